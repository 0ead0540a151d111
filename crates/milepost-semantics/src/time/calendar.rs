use std::collections::BTreeSet;

use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Span as Length, Timestamp};
use serde::Serialize;

use milepost_syntax::ast::{Date, Duration, DurationStyle, TimeUnit};

use super::{AsOf, Bucket, Grain, Instant};

/// The project's calendar: its zone, its weeks, its fiscal year, its business days.
#[derive(Clone, Debug, Serialize)]
pub struct Calendar {
    /// IANA name, e.g. `Europe/Amsterdam`.
    pub time_zone: String,
    /// 1 (Monday) to 7 (Sunday).
    pub week_starts: u8,
    /// 1 to 12.
    pub fiscal_year_starts: u8,
    /// Monday to Sunday.
    pub business_days: [bool; 7],
    pub holidays: BTreeSet<Date>,
    #[serde(skip)]
    zone: TimeZone,
}

impl Default for Calendar {
    /// UTC, weeks from Monday, fiscal years from January, business days Monday to Friday, no holidays.
    fn default() -> Self {
        Self {
            time_zone: "UTC".to_owned(),
            week_starts: 1,
            fiscal_year_starts: 1,
            business_days: [true, true, true, true, true, false, false],
            holidays: BTreeSet::new(),
            zone: TimeZone::UTC,
        }
    }
}

impl Calendar {
    /// The usual calendar in the zone of that IANA name; absent if there is none.
    #[must_use]
    pub fn in_zone(name: &str) -> Option<Self> {
        let mut calendar = Self::default();
        calendar.set_time_zone(name).then_some(calendar)
    }

    /// Sets the zone by its IANA name; `false` (and no change) if there is none of that name.
    pub fn set_time_zone(&mut self, name: &str) -> bool {
        // `TimeZone::get` would also take offsets and read the system's files; only names of the bundled database count.
        match jiff::tz::db().get(name) {
            Ok(zone) => {
                zone.iana_name().unwrap_or(name).clone_into(&mut self.time_zone);
                self.zone = zone;
                true
            }
            Err(_) => false,
        }
    }

    /// All zone names of the bundled database, for suggestions.
    #[must_use]
    pub fn time_zone_names() -> Vec<String> {
        jiff::tz::db().available().map(|name| name.to_string()).collect()
    }

    /// The day's first instant. (Where daylight saving skips midnight, the first instant that exists.)
    #[must_use]
    pub fn midnight(&self, date: Date) -> Instant {
        let zoned = to_civil(date).to_zoned_datetime(self.zone.clone());
        Instant(zoned.map_or(i64::MAX, |z| z.timestamp().as_microsecond()))
    }

    /// Where the calendar day ends that holds the instant.
    #[must_use]
    pub fn end_of_day(&self, instant: Instant) -> Instant {
        self.midnight(next_day(self.date_of(instant)))
    }

    /// The calendar day that holds the instant.
    #[must_use]
    pub fn date_of(&self, instant: Instant) -> Date {
        from_civil(self.local(instant).date())
    }

    /// The first day whose midnight is at or after the instant: a date column `d` satisfies
    /// `midnight(d) >= instant` exactly when `d >=` this day.
    #[must_use]
    pub fn first_day_from(&self, instant: Instant) -> Date {
        let day = self.date_of(instant);
        if self.midnight(day) >= instant { day } else { next_day(day) }
    }

    /// 1 (Monday) to 7 (Sunday).
    #[must_use]
    pub fn weekday(&self, instant: Instant) -> u8 {
        weekday(from_civil(self.local(instant).date()))
    }

    /// 0 to 23.
    #[must_use]
    pub fn hour(&self, instant: Instant) -> u8 {
        u8::try_from(self.local(instant).hour()).unwrap_or(0)
    }

    /// The instant of a civil date and time, microseconds since midnight, in this zone. In a gap: after it; in a fold:
    /// the first.
    #[must_use]
    pub fn instant(&self, date: Date, micros_of_day: i64) -> Instant {
        let datetime =
            to_civil(date).at(0, 0, 0, 0).checked_add(Length::new().microseconds(micros_of_day));
        let zoned = datetime.and_then(|d| d.to_zoned_datetime(self.zone.clone()));
        Instant(zoned.map_or(i64::MAX, |z| z.timestamp().as_microsecond()))
    }

    /// The instant, moved by a length of time (back when `back`): days and longer by the local calendar (month ends
    /// clip), hours and shorter as elapsed time, business days over weekends and holidays.
    #[must_use]
    pub fn shift(&self, instant: Instant, length: Duration, back: bool) -> Instant {
        if length.style == DurationStyle::Business {
            return self.shift_business(instant, length.count, back);
        }
        let n = i64::from(length.count) * if back { -1 } else { 1 };
        let zoned = timestamp(instant).to_zoned_datetime(self.zone.clone());
        let span = match length.unit {
            TimeUnit::Second => Length::new().try_seconds(n),
            TimeUnit::Minute => Length::new().try_minutes(n),
            TimeUnit::Hour => Length::new().try_hours(n),
            TimeUnit::Day => Length::new().try_days(n),
            TimeUnit::Week => Length::new().try_weeks(n),
            TimeUnit::Month => Length::new().try_months(n),
            TimeUnit::Quarter => Length::new().try_months(3 * n),
            TimeUnit::Year => Length::new().try_years(n),
        };
        let edge = if back { i64::MIN / 4 } else { i64::MAX / 4 };
        span.and_then(|s| zoned.checked_add(s))
            .map_or(Instant(edge), |z| Instant(z.timestamp().as_microsecond()))
    }

    fn shift_business(&self, instant: Instant, count: u32, back: bool) -> Instant {
        let local = self.local(instant);
        let mut day = from_civil(local.date());
        let mut left = count;
        // A calendar without any business day would never end; a thousand years is past every use.
        let most = count.saturating_mul(10).saturating_add(3_660).min(366_000);
        let mut steps = 0;
        while left > 0 && steps < most {
            day = if back { previous_day(day) } else { next_day(day) };
            left -= u32::from(self.is_business_day(day));
            steps += 1;
        }
        let time = local.time();
        let micros = time.since(civil::Time::midnight()).map_or(0, |s| {
            s.get_hours() as i64 * 3_600_000_000
                + s.get_minutes() * 60_000_000
                + s.get_seconds() * 1_000_000
                + s.get_milliseconds() * 1_000
                + s.get_microseconds()
        });
        self.instant(day, micros)
    }

    /// Whether people work on that day.
    #[must_use]
    pub fn is_business_day(&self, day: Date) -> bool {
        self.business_days[usize::from(weekday(day)) - 1] && !self.holidays.contains(&day)
    }

    /// Business days whose midnight is in `[from, to)`.
    #[must_use]
    pub fn business_days_between(&self, from: Instant, to: Instant) -> u32 {
        let mut day = self.first_day_from(from);
        let end = self.first_day_from(to);
        let mut n = 0;
        while day < end {
            n += u32::from(self.is_business_day(day));
            day = next_day(day);
        }
        n
    }

    /// The bucket that holds the instant.
    #[must_use]
    pub fn bucket_of(&self, grain: Grain, instant: Instant) -> Bucket {
        let first_day = self.first_day_of(grain, self.date_of(instant));
        let after = match grain {
            Grain::Day => next_day(first_day),
            Grain::Week => plus_days(first_day, 7),
            Grain::Month => plus_months(first_day, 1),
            Grain::Quarter | Grain::FiscalQuarter => plus_months(first_day, 3),
            Grain::Year | Grain::FiscalYear => plus_months(first_day, 12),
        };
        Bucket {
            grain,
            start: self.midnight(first_day),
            end: self.midnight(after),
            first_day,
            label: self.label(grain, first_day),
        }
    }

    fn first_day_of(&self, grain: Grain, day: Date) -> Date {
        let month_back =
            |months: i8| Date { day: 1, ..plus_months(Date { day: 1, ..day }, -i32::from(months)) };
        let fiscal_month = (day.month - to_i8(self.fiscal_year_starts)).rem_euclid(12);
        match grain {
            Grain::Day => day,
            Grain::Week => {
                let back = (weekday(day) + 7 - self.week_starts) % 7;
                plus_days(day, -i32::from(back))
            }
            Grain::Month => Date { day: 1, ..day },
            Grain::Quarter => month_back((day.month - 1) % 3),
            Grain::Year => Date { month: 1, day: 1, ..day },
            Grain::FiscalQuarter => month_back(fiscal_month % 3),
            Grain::FiscalYear => month_back(fiscal_month),
        }
    }

    fn label(&self, grain: Grain, first: Date) -> String {
        let Date { year, month, day } = first;
        // A fiscal year is named by the calendar year of its last day.
        let fiscal_year = || {
            let start = self.first_day_of(Grain::FiscalYear, first);
            previous_day(plus_months(start, 12)).year
        };
        match grain {
            Grain::Day => format!("{year:04}-{month:02}-{day:02}"),
            Grain::Week if self.week_starts == 1 => {
                let iso = to_civil(first).iso_week_date();
                format!("{:04}-W{:02}", iso.year(), iso.week())
            }
            Grain::Week => format!("{year:04}-{month:02}-{day:02}/7d"),
            Grain::Month => format!("{year:04}-{month:02}"),
            Grain::Quarter => format!("{year:04}-Q{}", (month - 1) / 3 + 1),
            Grain::Year => format!("{year:04}"),
            Grain::FiscalQuarter => {
                let quarter = (month - to_i8(self.fiscal_year_starts)).rem_euclid(12) / 3 + 1;
                format!("FY{:04}-Q{quarter}", fiscal_year())
            }
            Grain::FiscalYear => format!("FY{:04}", fiscal_year()),
        }
    }

    /// Reads an as-of: `2026-03-31` (to the end of that day) or `2026-03-31T12:00:00` with an optional zone or offset
    /// (rows at that instant are still seen). Absent if it is neither.
    #[must_use]
    pub fn parse_as_of(&self, text: &str) -> Option<AsOf> {
        if text.len() == 10
            && let Ok(date) = text.parse::<civil::Date>()
        {
            return Some(AsOf { end: self.midnight(next_day(from_civil(date))) });
        }
        Some(AsOf { end: Instant(self.parse_instant(text)?.0 + 1) })
    }

    /// The end of the day before that of an as-of.
    #[must_use]
    pub fn day_before(&self, as_of: AsOf) -> AsOf {
        AsOf { end: self.midnight(self.date_of(Instant(as_of.end.0 - 1))) }
    }

    /// Reads `2026-03-31T12:00:00` (or with a space, or a day alone: its first instant), with `Z`, an offset or ` UTC`, else
    /// in this zone. Absent if it is none of these.
    #[must_use]
    pub fn parse_instant(&self, text: &str) -> Option<Instant> {
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Some(Instant(timestamp.as_microsecond()));
        }
        // Warehouses write `2026-03-31 12:00:00 UTC`.
        if let Some(local) = text.strip_suffix(" UTC").and_then(|text| text.parse().ok()) {
            return Self::default().instant_of(local);
        }
        self.instant_of(text.parse().ok()?)
    }

    /// The instant of a local time. In a gap: after it; in a fold: the first.
    pub(super) fn instant_of(&self, local: civil::DateTime) -> Option<Instant> {
        Some(Instant(local.to_zoned_datetime(self.zone.clone()).ok()?.timestamp().as_microsecond()))
    }

    /// `2026-03-31` when the as-of is the end of a day, else the instant in the project's zone, `2026-03-31T12:00:00+02:00`.
    #[must_use]
    pub fn show_as_of(&self, as_of: AsOf) -> String {
        let last = Instant(as_of.end.0 - 1);
        let day = self.date_of(last);
        if self.midnight(next_day(day)) == as_of.end {
            return show_date(day);
        }
        let zoned = timestamp(last).to_zoned_datetime(self.zone.clone());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// An instant as it is written for programs: in ISO 8601, with the offset of this zone, `2026-03-31T12:00:00+02:00`.
    /// In UTC, with a `Z`, where the offset of that time has seconds, which ISO 8601 has no place for.
    #[must_use]
    pub fn iso_instant(&self, instant: Instant) -> String {
        let zoned = timestamp(instant).to_zoned_datetime(self.zone.clone());
        if zoned.offset().seconds() % 60 == 0 {
            zoned.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
        } else {
            timestamp(instant).strftime("%Y-%m-%dT%H:%M:%S%.fZ").to_string()
        }
    }

    /// The local date and time of an instant, `2026-03-31T12:00:00`.
    #[must_use]
    pub fn show_instant(&self, instant: Instant) -> String {
        self.local(instant).strftime("%Y-%m-%dT%H:%M:%S").to_string()
    }

    fn local(&self, instant: Instant) -> civil::DateTime {
        timestamp(instant).to_zoned_datetime(self.zone.clone()).datetime()
    }
}

/// Days since 1970-01-01.
#[must_use]
pub fn epoch_day(date: Date) -> i32 {
    let epoch = civil::date(1970, 1, 1);
    to_civil(date).since((jiff::Unit::Day, epoch)).map_or(0, |s| s.get_days())
}

/// The day that many days after 1970-01-01; out of range: the nearest day that exists.
#[must_use]
pub fn date_of_epoch_day(days: i32) -> Date {
    plus_days(Date { year: 1970, month: 1, day: 1 }, days)
}

/// A day that exists.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    let shape = |(i, b): (usize, u8)| {
        if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() }
    };
    if text.len() != "2026-03-31".len() || !text.bytes().enumerate().all(shape) {
        return None;
    }
    let date = Date {
        year: text[..4].parse().ok()?,
        month: text[5..7].parse().ok()?,
        day: text[8..].parse().ok()?,
    };
    (date.year > 0 && is_real_date(date)).then_some(date)
}

/// `2026-03-31`.
#[must_use]
pub fn show_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// Whether year, month and day name a day that exists.
#[must_use]
pub fn is_real_date(date: Date) -> bool {
    civil::Date::new(date.year, date.month, date.day).is_ok()
}

fn weekday(day: Date) -> u8 {
    u8::try_from(to_civil(day).weekday().to_monday_one_offset()).unwrap_or(1)
}

pub(super) fn next_day(day: Date) -> Date {
    plus_days(day, 1)
}

fn previous_day(day: Date) -> Date {
    plus_days(day, -1)
}

fn plus_days(day: Date, n: i32) -> Date {
    from_civil(to_civil(day).saturating_add(Length::new().days(n)))
}

fn plus_months(day: Date, n: i32) -> Date {
    from_civil(to_civil(day).saturating_add(Length::new().months(n)))
}

/// Instants outside what the calendar can name are clipped to its ends.
fn timestamp(instant: Instant) -> Timestamp {
    Timestamp::from_microsecond(instant.0).unwrap_or(if instant.0 < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn to_civil(date: Date) -> civil::Date {
    civil::Date::new(date.year, date.month, date.day).unwrap_or(civil::Date::MIN)
}

fn from_civil(date: civil::Date) -> Date {
    Date { year: date.year(), month: date.month(), day: date.day() }
}

fn to_i8(n: u8) -> i8 {
    i8::try_from(n).unwrap_or(1)
}
