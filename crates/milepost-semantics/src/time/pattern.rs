//! Days and instants that are written by a pattern, such as `%m/%d/%Y %I:%M %p`.

use jiff::civil;
use jiff::fmt::strtime::{self, BrokenDownTime};
use serde::Serialize;

use super::{Calendar, Instant};
use milepost_syntax::ast::Date;

/// What may stand behind `%`.
const PARTS: &str = "YymdbBaAHIMSfpjz%";

/// A pattern of `strftime`, as far as reading has a use for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pattern {
    /// As it is written.
    pub text: String,
    pub zone: PatternZone,
}

/// The zone of what a pattern reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PatternZone {
    /// That of who reads.
    Local,
    /// The pattern ends in `Z`, `UTC` or `GMT`.
    Utc,
    /// Each value has an offset.
    Offset,
}

/// Why a text is no pattern, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternFault {
    pub message: String,
    pub help: String,
}

/// A day, or a time that is no day alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayOrTime {
    Day(Date),
    Time,
}

impl Pattern {
    /// Reads a pattern that tells a day, or an instant.
    ///
    /// # Errors
    /// It has parts that nothing is read by, or lacks some.
    pub fn new(text: &str) -> Result<Self, PatternFault> {
        let parts = parts(text)?;
        let has = |part: char| parts.contains(&part);
        if parts.is_empty() {
            return Err(no_pattern(text));
        }
        let has_year = has('Y') || has('y');
        let has_month = has('m') || has('b') || has('B');
        if !has_year || !(has('j') || (has_month && has('d'))) {
            return Err(fault(
                text,
                "does not tell year, month and day",
                "it needs `%Y` (or `%y`), `%m` (or `%b`, `%B`) and `%d`: `%m/%d/%Y`",
            ));
        }
        if has('I') != has('p') {
            let help = "`%I` is an hour from 1 to 12 and needs `%p` for AM or PM; an hour from 0 to 23 is `%H`";
            return Err(fault(text, "does not tell the hour", help));
        }
        if (has('M') && !has('H') && !has('I'))
            || (has('S') && !has('M'))
            || (has('f') && !has('S'))
        {
            let help = "minutes need an hour, seconds need minutes: `%H:%M:%S`; the month is `%m`";
            return Err(fault(text, "does not tell the time", help));
        }
        let zone = if has('z') {
            PatternZone::Offset
        } else if ["Z", "UTC", "GMT"].iter().any(|zone| literal_end(text).ends_with(zone)) {
            PatternZone::Utc
        } else {
            PatternZone::Local
        };
        Ok(Self { text: text.to_owned(), zone })
    }

    /// The day of a value; absent if it is not written so.
    #[must_use]
    pub fn day(&self, value: &str) -> Option<DayOrTime> {
        let found = self.parse(value)?;
        let midnight = found.to_datetime().ok()?.time() == civil::Time::midnight();
        Some(if midnight { DayOrTime::Day(date(found.to_date().ok()?)) } else { DayOrTime::Time })
    }

    /// The instant of a value; one without a zone is of the calendar's. Absent if it is not written so.
    #[must_use]
    pub fn instant(&self, value: &str, calendar: &Calendar) -> Option<Instant> {
        let found = self.parse(value)?;
        let local = found.to_datetime().ok()?;
        match self.zone {
            PatternZone::Local => calendar.instant_of(local),
            PatternZone::Utc => Calendar::default().instant_of(local),
            PatternZone::Offset => {
                let instant = found.offset()?.to_timestamp(local).ok()?;
                Some(Instant(instant.as_microsecond()))
            }
        }
    }

    fn parse(&self, value: &str) -> Option<BrokenDownTime> {
        strtime::parse(&self.text, value.trim()).ok()
    }
}

fn date(date: civil::Date) -> Date {
    Date { year: date.year(), month: date.month(), day: date.day() }
}

/// What stands behind the last part of a pattern.
fn literal_end(text: &str) -> &str {
    text.rfind('%')
        .and_then(|at| text.get(at + 1..))
        .map_or(text, |rest| rest.trim_start_matches('-').get(1..).unwrap_or_default())
}

fn fault(text: &str, what: &str, help: &str) -> PatternFault {
    PatternFault { message: format!("the pattern `{text}` {what}"), help: help.to_owned() }
}

/// The letters behind `%`, in order.
fn parts(text: &str) -> Result<Vec<char>, PatternFault> {
    let mut parts = Vec::new();
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            continue;
        }
        let mut part = signs.next();
        // Zeros in front may be absent anyway.
        if part == Some('-') {
            part = signs.next();
        }
        match part {
            Some(part) if PARTS.contains(part) => parts.push(part),
            part => return Err(no_part(text, part)),
        }
    }
    parts.retain(|part| *part != '%');
    Ok(parts)
}

fn no_part(text: &str, part: Option<char>) -> PatternFault {
    let Some(part) = part else {
        return fault(
            text,
            "ends in `%`",
            "write `%%` for a percent sign, or the part that is missing",
        );
    };
    let help = match part {
        'T' => "write `%H:%M:%S`",
        'R' => "write `%H:%M`",
        'F' => "write `%Y-%m-%d`",
        'D' => "write `%m/%d/%y`",
        'h' => "write `%b` for the short name of a month, `%I` with `%p` for an hour from 1 to 12",
        'e' => "write `%d`: a blank or a zero in front may be absent",
        'k' | 'l' => "write `%H`, or `%I` with `%p`: a blank or a zero in front may be absent",
        'L' | 'g' | 'n' => "write `%f` for fractions of a second, with as many digits as there are",
        's' => "write `format: epoch seconds` for seconds since 1970",
        'Z' => {
            "a name of a zone is not read: write `UTC` as it is, `%z` for an offset, or leave it out with `time_zone` at the dataset"
        }
        _ => {
            "days are `%Y` or `%y`, `%m`, `%b` or `%B`, `%d`, `%j`, `%a` and `%A`; times are `%H` or `%I` with `%p`, `%M`, `%S`, `%f` and `%z`"
        }
    };
    fault(text, &format!("has `%{part}`, by which nothing is read"), help)
}

/// What other programs write for the parts, the longest first.
const LETTERS: [(&str, &str); 20] = [
    ("yyyy", "%Y"),
    ("YYYY", "%Y"),
    ("MMMM", "%B"),
    ("MMM", "%b"),
    ("SSS", "%f"),
    ("yy", "%y"),
    ("YY", "%y"),
    ("MM", "%m"),
    ("dd", "%d"),
    ("DD", "%d"),
    ("HH", "%H"),
    ("hh", "%I"),
    ("mm", "%M"),
    ("ss", "%S"),
    ("M", "%m"),
    ("d", "%d"),
    ("D", "%d"),
    ("H", "%H"),
    ("h", "%I"),
    ("a", "%p"),
];

/// A pattern in the letters of other programs, such as `MM/dd/yyyy`.
fn no_pattern(text: &str) -> PatternFault {
    let mut written = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let known = LETTERS.iter().find(|(letters, _)| rest.starts_with(letters));
        let (part, length) = known.map_or_else(
            || (first.to_string(), first.len_utf8()),
            |(letters, part)| ((*part).to_owned(), letters.len()),
        );
        written += &part;
        rest = &rest[length..];
    }
    let written = written.replace("AM/PM", "%p").replace("A%p", "%p");
    // Without a part it would be asked about again.
    let has_part = parts(&written).is_ok_and(|parts| !parts.is_empty());
    let help = if has_part && Pattern::new(&written).is_ok() {
        format!("write `{written}`")
    } else {
        "write a pattern such as `%m/%d/%Y` for 03/31/2026, or `%d.%m.%Y %H:%M`".to_owned()
    };
    fault(text, "has no part such as `%Y`", &help)
}

/// Patterns by which a value may be written: more than one where it is not clear which number is the month.
#[must_use]
pub fn patterns_of(value: &str) -> Vec<String> {
    const DAYS: [&str; 14] = [
        "%m/%d/%Y",
        "%d/%m/%Y",
        "%d.%m.%Y",
        "%Y/%m/%d",
        "%Y%m%d",
        "%m-%d-%Y",
        "%d-%m-%Y",
        "%m/%d/%y",
        "%d/%m/%y",
        "%d.%m.%y",
        "%d %b %Y",
        "%b %d, %Y",
        "%B %d, %Y",
        "%d-%b-%Y",
    ];
    const TIMES: [&str; 10] = [
        "",
        " %H:%M",
        " %H:%M:%S",
        " %I:%M %p",
        " %I:%M:%S %p",
        ", %I:%M %p",
        ", %I:%M:%S %p",
        " %H:%M:%S.%f",
        " %H:%M:%S %z",
        "T%H%M%SZ",
    ];
    let mut found = Vec::new();
    for day in DAYS {
        for time in TIMES {
            let text = format!("{day}{time}");
            let Ok(pattern) = Pattern::new(&text) else { continue };
            // Two digits are read as a year of four too.
            let is_short = day.contains("%Y")
                && !value.split(|c: char| !c.is_ascii_digit()).any(|n| n.len() >= 4);
            if !is_short && pattern.parse(value).is_some() {
                found.push(text);
            }
        }
    }
    found.truncate(2);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(pattern: &str, value: &str) -> Option<String> {
        match Pattern::new(pattern).unwrap().day(value)? {
            DayOrTime::Day(day) => Some(super::super::show_date(day)),
            DayOrTime::Time => Some("a time".to_owned()),
        }
    }

    fn instant(pattern: &str, value: &str, zone: &str) -> Option<String> {
        let mut calendar = Calendar::default();
        assert!(calendar.set_time_zone(zone));
        let found = Pattern::new(pattern).unwrap().instant(value, &calendar)?;
        Some(Calendar::default().iso_instant(found))
    }

    #[test]
    fn days_by_a_pattern() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(day("%m/%d/%Y", "03/31/2026"), some("2026-03-31"));
        assert_eq!(day("%m/%d/%Y", " 3/5/2026 "), some("2026-03-05"));
        assert_eq!(day("%d.%m.%y", "31.03.26"), some("2026-03-31"));
        assert_eq!(day("%d.%m.%y", "31.03.69"), some("1969-03-31"));
        assert_eq!(day("%b %d, %Y", "mar 5, 2026"), some("2026-03-05"));
        assert_eq!(day("%Y%j", "2026032"), some("2026-02-01"));
        assert_eq!(day("%m/%d/%Y", "31/03/2026"), None);
        assert_eq!(day("%m/%d/%Y", "02/30/2026"), None);
        assert_eq!(day("%m/%d/%Y", "03/31/2026 x"), None);
        assert_eq!(day("%m/%d/%Y", ""), None);
        assert_eq!(day("%m/%d/%Y %H:%M", "03/31/2026 00:00"), some("2026-03-31"));
        assert_eq!(day("%m/%d/%Y %H:%M", "03/31/2026 10:00"), some("a time"));
    }

    #[test]
    fn instants_by_a_pattern() {
        let some = |text: &str| Some(text.to_owned());
        let pm = "%m/%d/%Y %I:%M %p";
        assert_eq!(instant(pm, "03/31/2026 01:05 PM", "UTC"), some("2026-03-31T13:05:00+00:00"));
        assert_eq!(instant(pm, "03/31/2026 12:05 am", "UTC"), some("2026-03-31T00:05:00+00:00"));
        assert_eq!(
            instant(pm, "3/31/2026 1:05 PM", "Europe/Paris"),
            some("2026-03-31T11:05:00+00:00")
        );
        assert_eq!(
            instant("%d/%m/%Y %H:%M:%S UTC", "31/03/2026 13:05:09 UTC", "Europe/Paris"),
            some("2026-03-31T13:05:09+00:00")
        );
        assert_eq!(
            instant("%Y%m%dT%H%M%SZ", "20260331T130509Z", "Europe/Paris"),
            some("2026-03-31T13:05:09+00:00")
        );
        assert_eq!(
            instant("%d/%b/%Y:%H:%M:%S %z", "31/Mar/2026:13:05:09 +0200", "UTC"),
            some("2026-03-31T11:05:09+00:00")
        );
        assert_eq!(
            instant("%d/%m/%Y %H:%M:%S.%f", "31/03/2026 13:05:09.5", "UTC"),
            some("2026-03-31T13:05:09.5+00:00")
        );
        // In the hour that is skipped: after it.
        assert_eq!(
            instant("%d/%m/%Y %H:%M", "29/03/2026 02:30", "Europe/Paris"),
            some("2026-03-29T01:30:00+00:00")
        );
        assert_eq!(instant(pm, "03/31/2026 13:05 PM", "UTC"), None);
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        let help = |text: &str| Pattern::new(text).unwrap_err().help;
        assert_eq!(help("MM/dd/yyyy"), "write `%m/%d/%Y`");
        assert_eq!(help("DD.MM.YYYY HH:mm"), "write `%d.%m.%Y %H:%M`");
        assert_eq!(help("M/d/yyyy h:mm a"), "write `%m/%d/%Y %I:%M %p`");
        for nothing in ["iso", "%%", "", "100%%"] {
            assert!(help(nothing).contains("such as"), "{nothing}");
        }
        assert!(help("%m/%Y").contains("`%d`"));
        assert!(help("%Y-%m-%d %I:%M").contains("%p"));
        assert!(help("%Y-%m-%d %M").contains("hour"));
        assert!(help("%F").contains("%Y-%m-%d"));
        assert!(help("%Y-%m-%d %Z").contains("time_zone"));
        assert!(help("%Y-%m-%d %").contains("%%"));
    }

    #[test]
    fn a_value_tells_its_pattern() {
        assert_eq!(patterns_of("03/31/2026"), ["%m/%d/%Y"]);
        assert_eq!(patterns_of("31.03.2026"), ["%d.%m.%Y"]);
        assert_eq!(patterns_of("03/04/2026"), ["%m/%d/%Y", "%d/%m/%Y"]);
        assert_eq!(patterns_of("3/31/26 1:05 PM"), ["%m/%d/%y %I:%M %p"]);
        assert_eq!(patterns_of("n/a"), [""; 0]);
    }
}
