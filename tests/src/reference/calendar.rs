//! A calendar of its own: days, buckets and lengths of time, counted as one would on paper. The zone rules are a
//! library's; nothing else is shared with the calendar of milepost.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime, Time, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use milepost::semantics::time::Grain;
use milepost::syntax::ast;

use crate::tree::Days;

/// Microseconds since 1970 in UTC.
pub(crate) type Instant = i64;

/// Before everything, after everything.
pub(crate) const NEVER: Instant = i64::MIN / 4;

const DAY: i64 = 86_400_000_000;

pub(crate) struct Calendar {
    zone: TimeZone,
    /// 1 is Monday.
    week_starts: i8,
    fiscal_year_starts: i8,
    business: [bool; 7],
    holidays: BTreeSet<Date>,
}

/// A span of time that has a name at its grain.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bucket {
    pub(crate) grain: Grain,
    pub(crate) first: Date,
    pub(crate) start: Instant,
    pub(crate) end: Instant,
}

pub(crate) fn civil(day: ast::Date) -> Date {
    date(day.year, day.month, day.day)
}

/// The instant of a local time: after the gap where it does not exist, the first where it comes twice.
pub(crate) fn instant_in(zone: &TimeZone, local: DateTime) -> Instant {
    zone.to_ambiguous_timestamp(local).compatible().unwrap().as_microsecond()
}

pub(crate) fn zone(name: &str) -> TimeZone {
    jiff::tz::db().get(name).unwrap()
}

impl Calendar {
    pub(crate) fn new(project: &Days) -> Self {
        Self {
            zone: zone(&project.time_zone),
            week_starts: project.week_starts,
            fiscal_year_starts: project.fiscal_year_starts,
            business: project.business_days,
            holidays: project.holidays.clone(),
        }
    }

    pub(crate) fn local(&self, at: Instant) -> DateTime {
        self.zone.to_datetime(Timestamp::from_microsecond(at).unwrap())
    }

    pub(crate) fn day(&self, at: Instant) -> Date {
        self.local(at).date()
    }

    pub(crate) fn midnight(&self, day: Date) -> Instant {
        instant_in(&self.zone, day.to_datetime(Time::midnight()))
    }

    /// The first instant that an as-of no longer sees: after the day, or just after the instant.
    pub(crate) fn as_of(&self, text: &str) -> Instant {
        match text.parse::<Date>() {
            Ok(day) if !text.contains('T') => self.midnight(day.tomorrow().unwrap()),
            _ => match text.parse::<Timestamp>() {
                Ok(at) => at.as_microsecond() + 1,
                Err(_) => instant_in(&self.zone, text.parse().unwrap()) + 1,
            },
        }
    }

    fn works(&self, day: Date) -> bool {
        let weekday = day.weekday().to_monday_zero_offset();
        self.business[usize::try_from(weekday).unwrap()] && !self.holidays.contains(&day)
    }

    /// Business days from one day to another, which is left out.
    pub(crate) fn business_days(&self, from: Date, to: Date) -> i64 {
        if to < from {
            return -self.business_days(to, from);
        }
        let (mut day, mut n) = (from, 0);
        while day < to {
            n += i64::from(self.works(day));
            day = day.tomorrow().unwrap();
        }
        n
    }

    /// Business days that begin in `[from, to)`.
    pub(crate) fn business_days_in(&self, from: Instant, to: Instant) -> i64 {
        let first = |at| {
            let day = self.day(at);
            if self.midnight(day) >= at { day } else { day.tomorrow().unwrap() }
        };
        if to <= from { 0 } else { self.business_days(first(from), first(to)) }
    }

    /// A day, that many business days later (earlier when negative).
    fn business_shift(&self, day: Date, n: i64) -> Date {
        let (mut day, mut left) = (day, n.abs());
        while left > 0 {
            day = if n < 0 { day.yesterday().unwrap() } else { day.tomorrow().unwrap() };
            left -= i64::from(self.works(day));
        }
        day
    }

    /// A day moved by a length of days or longer; month ends clip.
    pub(crate) fn shift_day(&self, day: Date, length: ast::Duration, back: bool) -> Date {
        let n = i64::from(length.count) * if back { -1 } else { 1 };
        if length.style == ast::DurationStyle::Business {
            return self.business_shift(day, n);
        }
        match in_months(length) {
            Some(months) => plus_months(day, if back { -months } else { months }),
            None if length.unit == ast::TimeUnit::Week => day.checked_add((7 * n).days()).unwrap(),
            None => day.checked_add(n.days()).unwrap(),
        }
    }

    /// An instant moved: days and longer keep the local time of day, hours and shorter are elapsed time.
    pub(crate) fn shift(&self, at: Instant, length: ast::Duration, back: bool) -> Instant {
        if let Some(elapsed) = short(length) {
            return if back { at - elapsed } else { at + elapsed };
        }
        let local = self.local(at);
        let day = self.shift_day(local.date(), length, back);
        instant_in(&self.zone, day.to_datetime(local.time()))
    }

    /// The same, where plain days and weeks are elapsed time too.
    pub(crate) fn shift_elapsed(&self, at: Instant, length: ast::Duration, back: bool) -> Instant {
        let days = match (length.style, length.unit) {
            (ast::DurationStyle::Plain, ast::TimeUnit::Day) => 1,
            (ast::DurationStyle::Plain, ast::TimeUnit::Week) => 7,
            _ => return self.shift(at, length, back),
        };
        let elapsed = i64::from(length.count) * days * DAY;
        if back { at - elapsed } else { at + elapsed }
    }

    /// The bucket that holds a day.
    pub(crate) fn bucket(&self, grain: Grain, day: Date) -> Bucket {
        let month = |back: i8| plus_months(day.first_of_month(), -i64::from(back));
        let fiscal = (day.month() - self.fiscal_year_starts).rem_euclid(12);
        let weekday = day.weekday().to_monday_one_offset();
        let first = match grain {
            Grain::Day => day,
            Grain::Week => {
                let back = i64::from((weekday - self.week_starts).rem_euclid(7));
                day.checked_sub(back.days()).unwrap()
            }
            Grain::Month => month(0),
            Grain::Quarter => month((day.month() - 1) % 3),
            Grain::Year => month(day.month() - 1),
            Grain::FiscalQuarter => month(fiscal % 3),
            Grain::FiscalYear => month(fiscal),
        };
        let after = match grain {
            Grain::Day => first.tomorrow().unwrap(),
            Grain::Week => first.checked_add(7.days()).unwrap(),
            Grain::Month => plus_months(first, 1),
            Grain::Quarter | Grain::FiscalQuarter => plus_months(first, 3),
            Grain::Year | Grain::FiscalYear => plus_months(first, 12),
        };
        Bucket { grain, first, start: self.midnight(first), end: self.midnight(after) }
    }

    pub(crate) fn bucket_at(&self, grain: Grain, at: Instant) -> Bucket {
        self.bucket(grain, self.day(at))
    }

    /// `2026-03`, `2026-W14`, `FY2027-Q1`, …
    pub(crate) fn label(&self, bucket: &Bucket) -> String {
        let day = bucket.first;
        let fiscal = day.year()
            + i16::from(self.fiscal_year_starts > 1 && day.month() >= self.fiscal_year_starts);
        let fiscal_month = (day.month() - self.fiscal_year_starts).rem_euclid(12);
        match bucket.grain {
            Grain::Day => day.to_string(),
            Grain::Week if self.week_starts == 1 => {
                let week = day.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Grain::Week => format!("{day}/7d"),
            Grain::Month => format!("{:04}-{:02}", day.year(), day.month()),
            Grain::Quarter => format!("{:04}-Q{}", day.year(), (day.month() - 1) / 3 + 1),
            Grain::Year => format!("{:04}", day.year()),
            Grain::FiscalQuarter => format!("FY{fiscal:04}-Q{}", fiscal_month / 3 + 1),
            Grain::FiscalYear => format!("FY{fiscal:04}"),
        }
    }
}

pub(crate) fn plus_months(day: Date, n: i64) -> Date {
    let index = i64::from(day.year()) * 12 + i64::from(day.month()) - 1 + n;
    let year = i16::try_from(index.div_euclid(12)).unwrap();
    let first = date(year, i8::try_from(index.rem_euclid(12)).unwrap() + 1, 1);
    date(first.year(), first.month(), day.day().min(first.days_in_month()))
}

fn in_months(length: ast::Duration) -> Option<i64> {
    let n = i64::from(length.count);
    match (length.style, length.unit) {
        (ast::DurationStyle::Business, _) => None,
        (_, ast::TimeUnit::Month) => Some(n),
        (_, ast::TimeUnit::Quarter) => Some(3 * n),
        (_, ast::TimeUnit::Year) => Some(12 * n),
        _ => None,
    }
}

/// A length of hours or shorter, in microseconds.
pub(crate) fn short(length: ast::Duration) -> Option<i64> {
    let unit = match (length.style, length.unit) {
        (ast::DurationStyle::Business, _) => return None,
        (_, ast::TimeUnit::Second) => 1_000_000,
        (_, ast::TimeUnit::Minute) => 60_000_000,
        (_, ast::TimeUnit::Hour) => 3_600_000_000,
        _ => return None,
    };
    Some(i64::from(length.count) * unit)
}

/// Whether a length is shorter than a bucket: by months where both have them, else by days.
pub(crate) fn is_shorter(length: ast::Duration, grain: Grain) -> bool {
    let months = match grain {
        Grain::Day | Grain::Week => None,
        Grain::Month => Some(1),
        Grain::Quarter | Grain::FiscalQuarter => Some(3),
        Grain::Year | Grain::FiscalYear => Some(12),
    };
    match (in_months(length), months) {
        (Some(length), Some(bucket)) => length < bucket,
        (Some(_), None) => false,
        (None, _) => {
            let days = match length.unit {
                _ if length.style == ast::DurationStyle::Business => {
                    i64::from(length.count) * 7 / 5
                }
                ast::TimeUnit::Week => 7 * i64::from(length.count),
                ast::TimeUnit::Day => i64::from(length.count),
                _ => short(length).unwrap() / DAY,
            };
            let bucket = match grain {
                Grain::Day => 1,
                Grain::Week => 7,
                Grain::Month => 31,
                Grain::Quarter | Grain::FiscalQuarter => 92,
                Grain::Year | Grain::FiscalYear => 366,
            };
            days < bucket
        }
    }
}
