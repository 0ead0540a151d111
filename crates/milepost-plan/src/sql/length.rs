//! Moving times by lengths of time, as SQL.

use milepost_syntax::ast::{Duration, DurationStyle, TimeUnit};

/// What a plain length of days or weeks is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// Days of the calendar: the same local time on another day.
    Local,
    /// 24 hours each.
    Elapsed,
}

/// An instant, moved.
pub fn moved(instant: &str, length: Duration, back: bool, days: Days) -> String {
    let n = signed(length, back);
    if length.style == DurationStyle::Business {
        return format!("plus_business_days({instant}, {n})");
    }
    let elapsed = days == Days::Elapsed && length.style == DurationStyle::Plain;
    match length.unit {
        TimeUnit::Second => format!("plus_seconds({instant}, {n})"),
        TimeUnit::Minute => format!("plus_seconds({instant}, {})", 60 * n),
        TimeUnit::Hour => format!("plus_seconds({instant}, {})", 3_600 * n),
        TimeUnit::Day if elapsed => format!("plus_seconds({instant}, {})", 86_400 * n),
        TimeUnit::Week if elapsed => format!("plus_seconds({instant}, {})", 604_800 * n),
        TimeUnit::Day => format!("local_plus_days({instant}, {n})"),
        TimeUnit::Week => format!("local_plus_days({instant}, {})", 7 * n),
        TimeUnit::Month => format!("local_plus_months({instant}, {n})"),
        TimeUnit::Quarter => format!("local_plus_months({instant}, {})", 3 * n),
        TimeUnit::Year => format!("local_plus_months({instant}, {})", 12 * n),
    }
}

/// A calendar day, moved; by hours or less it becomes an instant, counted from its midnight.
pub fn moved_date(date: &str, length: Duration, back: bool) -> String {
    let n = signed(length, back);
    if length.style == DurationStyle::Business {
        return format!("date_plus_business_days({date}, {n})");
    }
    match length.unit {
        TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour => {
            moved(&format!("local_midnight({date})"), length, back, Days::Local)
        }
        TimeUnit::Day => format!("date_plus_days({date}, {n})"),
        TimeUnit::Week => format!("date_plus_days({date}, {})", 7 * n),
        TimeUnit::Month => format!("date_plus_months({date}, {n})"),
        TimeUnit::Quarter => format!("date_plus_months({date}, {})", 3 * n),
        TimeUnit::Year => format!("date_plus_months({date}, {})", 12 * n),
    }
}

fn signed(length: Duration, back: bool) -> i64 {
    i64::from(length.count) * if back { -1 } else { 1 }
}
