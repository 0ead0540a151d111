//! Functions of texts, the same wherever they are computed.

use std::ops::Range;

use milepost_semantics::time::{Calendar, DayOrTime, Instant, Pattern, epoch_day};
use milepost_syntax::ast::Date;

/// What is trimmed: blanks, tabs, line breaks and no-break spaces.
const BLANKS: [char; 5] = [' ', '\t', '\n', '\r', '\u{a0}'];

/// Without blanks at both ends.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(BLANKS)
}

/// The part of a text between separators, counted from 1; absent where there is none, or nothing in it.
#[must_use]
pub fn part<'t>(text: &'t str, separator: &str, number: i64) -> Option<&'t str> {
    let at = usize::try_from(number).ok()?.checked_sub(1)?;
    // Nothing separates nothing: the text is its only part.
    let part = if separator.is_empty() {
        (at == 0).then_some(text)
    } else {
        text.split(separator).nth(at)
    };
    part.filter(|part| !part.is_empty())
}

/// The first characters of a text.
#[must_use]
pub fn left(text: &str, count: i64) -> &str {
    let count = usize::try_from(count).unwrap_or(0);
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

/// With another text in place of each occurrence of a part.
#[must_use]
pub fn replaced(text: &str, part: &str, other: &str) -> String {
    if part.is_empty() { text.to_owned() } else { text.replace(part, other) }
}

/// The number that a text is, with a point before decimals; absent where it is none.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    let text = trimmed(text);
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse::<f64>().ok().filter(|number| is_plain && number.is_finite())
}

/// How days and instants are written in texts: by a pattern, and in a zone if it tells none.
#[derive(Debug)]
pub struct Written {
    pattern: Pattern,
    zone: Calendar,
    /// The instants of the years that there are.
    years: Range<i64>,
}

impl Written {
    /// Absent if there is no such pattern or no such zone.
    #[must_use]
    pub fn new(pattern: &str, zone: &str) -> Option<Self> {
        let utc = Calendar::default();
        let first = utc.midnight(Date { year: 1, month: 1, day: 1 });
        let last = utc.midnight(Date { year: 9999, month: 12, day: 31 });
        Some(Self {
            pattern: Pattern::new(pattern).ok()?,
            zone: Calendar::in_zone(zone)?,
            years: first.0..last.0,
        })
    }

    /// The day that a text is, counted from 1970; absent where it is none, or a time of day.
    #[must_use]
    pub fn day(&self, text: &str) -> Option<i32> {
        match self.pattern.day(trimmed(text))? {
            DayOrTime::Day(day) => (1..=9999).contains(&day.year).then(|| epoch_day(day)),
            DayOrTime::Time => None,
        }
    }

    /// The instant that a text is, in microseconds since 1970; absent where it is none.
    #[must_use]
    pub fn instant(&self, text: &str) -> Option<i64> {
        let Instant(found) = self.pattern.instant(trimmed(text), &self.zone)?;
        self.years.contains(&found).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_days_and_instants_as_they_are_written() {
        let written = |pattern: &str, zone: &str| Written::new(pattern, zone).unwrap();
        let days = written("%m/%d/%Y", "UTC");
        assert_eq!(days.day("\u{a0}01/02/1970 "), Some(1));
        for text in ["", "13/01/2026", "2026-01-02", "01/02/0000", "01/02/2026 10:00"] {
            assert_eq!(days.day(text), None, "{text}");
        }
        let times = written("%d.%m.%Y %H:%M", "Europe/Amsterdam");
        assert_eq!(times.day("02.01.1970 10:00"), None);
        assert_eq!(times.instant("01.01.1970 02:00"), Some(3_600_000_000));
        assert_eq!(times.instant("31.12.9999 12:00"), None);
        assert!(Written::new("%m/%d", "UTC").is_none());
        assert!(Written::new("%m/%d/%Y", "Europe/Nowhere").is_none());
    }

    #[test]
    fn texts_are_taken_apart() {
        assert_eq!(trimmed(" \u{a0}a b\t\r\n"), "a b");
        assert_eq!(part("ann@example.com", "@", 2), Some("example.com"));
        assert_eq!(part("ann", "@", 2), None);
        assert_eq!(part("ann@", "@", 2), None);
        assert_eq!(part("a--b--c", "--", 3), Some("c"));
        assert_eq!(part("abc", "", 1), Some("abc"));
        assert_eq!(part("abc", "", 2), None);
        assert_eq!(left("Zürich", 2), "Zü");
        assert_eq!(left("Zü", 15), "Zü");
        assert_eq!(replaced("a-b-c", "-", ""), "abc");
        assert_eq!(replaced("abc", "", "x"), "abc");
    }

    #[test]
    fn numbers_are_plain_ones() {
        assert_eq!(number(" -1.5e3 "), Some(-1500.0));
        for text in ["", "n/a", "1,5", "nan", "inf", "1e999", "0x1", "1_000", "$5"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
