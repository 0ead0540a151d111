//! Days and times of day as workbooks have them: a number of days, and a format that shows it.

use milepost_semantics::time::{date_of_epoch_day, show_date};

/// What a format shows a number as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) day: bool,
    pub(super) time: bool,
}

/// A format that the workbook need not describe, by its number (ECMA-376, 18.8.30, with those of Asian programs).
pub(super) const fn of_number(number: u32) -> Shown {
    match number {
        14..=17 | 27..=31 | 36 | 50..=54 | 57..=58 => Shown { day: true, time: false },
        18..=21 | 32..=35 | 45 | 47 | 55..=56 => Shown { day: false, time: true },
        22 => Shown { day: true, time: true },
        _ => Shown { day: false, time: false },
    }
}

/// By the letters of a format outside of its texts: `yyyy-mm-dd`, `d/m/yy h:mm;@`. A length of time, such as `[h]:mm`, is a number.
pub(super) fn of_format(code: &str) -> Shown {
    let mut shown = Shown::default();
    let mut has_month_or_minute = false;
    let mut signs = code.chars();
    while let Some(sign) = signs.next() {
        match sign.to_ascii_lowercase() {
            ';' => break,
            '"' => _ = signs.by_ref().find(|c| *c == '"'),
            '\\' | '_' | '*' => _ = signs.next(),
            '[' => {
                let inside: String = signs.by_ref().take_while(|c| *c != ']').collect();
                let is_length = |letter| {
                    !inside.is_empty()
                        && inside.chars().all(|c: char| c.eq_ignore_ascii_case(&letter))
                };
                if ['h', 'm', 's'].into_iter().any(is_length) {
                    return Shown::default();
                }
            }
            // `General`, and its name elsewhere, has letters of days too.
            'g' if code.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("general")) => {
                return shown;
            }
            'y' | 'd' => shown.day = true,
            'h' | 's' => shown.time = true,
            'm' => has_month_or_minute = true,
            _ => {}
        }
    }
    shown.day |= has_month_or_minute && !shown.time;
    shown
}

/// Milliseconds of a day: no program keeps less.
const DAY: i64 = 86_400_000;

/// A number of days as text: `2026-01-31`, `2026-01-31T09:30:00`, `09:30:00`; absent where it is no day that there is.
pub(super) fn day_or_time(days: f64, shown: Shown, from_1904: bool) -> Option<String> {
    const LAST: f64 = 2_958_466.0;
    if !(0.0..LAST).contains(&days) {
        return None;
    }
    let millis = (days * DAY as f64).round() as i64;
    let (whole, rest) = (millis / DAY, millis % DAY);
    if !shown.day {
        return (whole == 0).then(|| time(rest));
    }
    let first = match (from_1904, whole) {
        // 1904-01-01.
        (true, _) => -24_107,
        // The first programs had a February 29 in 1900, and the others count it with them.
        (false, 61..) => -25_569,
        (false, 1..=59) => -25_568,
        (false, _) => return None,
    };
    let day = show_date(date_of_epoch_day(i32::try_from(first + whole).ok()?));
    Some(if shown.time || rest > 0 { format!("{day}T{}", time(rest)) } else { day })
}

fn time(millis: i64) -> String {
    let seconds = millis / 1_000;
    let part = match millis % 1_000 {
        0 => String::new(),
        part => format!(".{part:03}"),
    };
    format!("{:02}:{:02}:{:02}{part}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_ALONE: Shown = Shown { day: true, time: false };
    const TIME_ALONE: Shown = Shown { day: false, time: true };
    const BOTH: Shown = Shown { day: true, time: true };

    #[test]
    fn the_letters_of_a_format_tell_what_it_shows() {
        for (code, shown) in [
            ("yyyy-mm-dd", DAY_ALONE),
            ("mmm yy", DAY_ALONE),
            ("[$-409]d\\-mmm\\-yyyy;@", DAY_ALONE),
            ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", DAY_ALONE),
            ("m/d/yy h:mm", BOTH),
            ("h:mm AM/PM", TIME_ALONE),
            ("mm:ss.0", TIME_ALONE),
            ("General", Shown::default()),
            ("0.00", Shown::default()),
            ("#,##0 \"days\"", Shown::default()),
            ("0\\d", Shown::default()),
            ("[h]:mm:ss", Shown::default()),
            ("[Red]0;[Blue]-0", Shown::default()),
            ("_(* #,##0.00_);_(* (#,##0.00)", Shown::default()),
            ("@", Shown::default()),
        ] {
            assert_eq!(of_format(code), shown, "{code}");
        }
    }

    #[test]
    fn numbers_are_the_days_that_programs_show() {
        let day = |days, shown| day_or_time(days, shown, false).unwrap_or_default();
        // As several programs show them.
        assert_eq!(day(1.0, DAY_ALONE), "1900-01-01");
        assert_eq!(day(59.0, DAY_ALONE), "1900-02-28");
        assert_eq!(day(60.0, DAY_ALONE), "");
        assert_eq!(day(61.0, DAY_ALONE), "1900-03-01");
        assert_eq!(day(46_053.0, DAY_ALONE), "2026-01-31");
        assert_eq!(day(2_958_465.0, DAY_ALONE), "9999-12-31");
        assert_eq!(day(2_958_466.0, DAY_ALONE), "");
        assert_eq!(day(-1.0, DAY_ALONE), "");
        assert_eq!(day(46_053.395_833_333_33, BOTH), "2026-01-31T09:30:00");
        assert_eq!(day(46_053.0, BOTH), "2026-01-31T00:00:00");
        // What is there is not dropped because it is not shown.
        assert_eq!(day(46_053.5, DAY_ALONE), "2026-01-31T12:00:00");
        assert_eq!(day(0.395_833_333_33, TIME_ALONE), "09:30:00");
        assert_eq!(day(46_053.5, TIME_ALONE), "");
        assert_eq!(day_or_time(0.0, DAY_ALONE, true).unwrap(), "1904-01-01");
        assert_eq!(day_or_time(44_591.0, DAY_ALONE, true).unwrap(), "2026-01-31");
    }
}
