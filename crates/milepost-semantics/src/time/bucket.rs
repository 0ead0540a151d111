use serde::{Deserialize, Serialize};

use milepost_syntax::ast::{Date, Duration, DurationStyle, TimeUnit};

use super::Calendar;
use super::calendar::next_day;

/// Microseconds since 1970-01-01T00:00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Instant(pub i64);

/// The length of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    Day,
    Week,
    Month,
    Quarter,
    Year,
    #[serde(rename = "fiscal quarter")]
    FiscalQuarter,
    #[serde(rename = "fiscal year")]
    FiscalYear,
}

impl Grain {
    /// All, from short to long.
    pub const ALL: [Self; 7] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
        Self::FiscalQuarter,
        Self::FiscalYear,
    ];

    /// The name in specs and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::FiscalQuarter => "fiscal quarter",
            Self::FiscalYear => "fiscal year",
        }
    }

    /// The grain of that name; `fiscal_year` reads as `fiscal year`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.replace('_', " ");
        Self::ALL.into_iter().find(|g| g.name() == name)
    }

    /// Its shortest possible length in days.
    #[must_use]
    pub const fn shortest_days(self) -> u32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 28,
            Self::Quarter | Self::FiscalQuarter => 90,
            Self::Year | Self::FiscalYear => 365,
        }
    }

    /// Whether a window of that length is shorter than a bucket of this grain (in calendar terms: a month is not
    /// shorter than a month, 28 days are).
    #[must_use]
    pub fn is_longer_than(self, length: Duration) -> bool {
        let months = match length.unit {
            TimeUnit::Month => Some(1),
            TimeUnit::Quarter => Some(3),
            TimeUnit::Year => Some(12),
            _ => None,
        };
        let own_months = match self {
            Self::Month => Some(1),
            Self::Quarter | Self::FiscalQuarter => Some(3),
            Self::Year | Self::FiscalYear => Some(12),
            Self::Day | Self::Week => None,
        };
        match (own_months, months) {
            (Some(own), Some(unit)) => length.count.saturating_mul(unit) < own,
            (None, Some(_)) => false,
            _ => approximate_days(length) < f64::from(self.longest_days()),
        }
    }

    /// About how many of these there are between two instants.
    #[must_use]
    pub fn about_how_many(self, from: Instant, to: Instant) -> u64 {
        let days = u32::try_from(to.0.saturating_sub(from.0).max(0) / 86_400_000_000);
        crate::work::whole(f64::from(days.unwrap_or(u32::MAX)) / self.usual_days()).max(1)
    }

    /// About how many days it has.
    pub(crate) const fn usual_days(self) -> f64 {
        match self {
            Self::Day => 1.0,
            Self::Week => 7.0,
            Self::Month => 30.0,
            Self::Quarter | Self::FiscalQuarter => 91.0,
            Self::Year | Self::FiscalYear => 365.0,
        }
    }

    const fn longest_days(self) -> u32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 31,
            Self::Quarter | Self::FiscalQuarter => 92,
            Self::Year | Self::FiscalYear => 366,
        }
    }
}

/// About how many days a length of time has.
pub(crate) fn approximate_days(length: Duration) -> f64 {
    let n = f64::from(length.count);
    match (length.style, length.unit) {
        (DurationStyle::Business, _) => n * 7.0 / 5.0,
        (_, TimeUnit::Second) => n / 86_400.0,
        (_, TimeUnit::Minute) => n / 1_440.0,
        (_, TimeUnit::Hour) => n / 24.0,
        (_, TimeUnit::Day) => n,
        (_, TimeUnit::Week) => n * 7.0,
        (_, TimeUnit::Month) => n * 30.0,
        (_, TimeUnit::Quarter) => n * 91.0,
        (_, TimeUnit::Year) => n * 365.0,
    }
}

/// A half-open span of time `[start, end)` of one grain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bucket {
    pub grain: Grain,
    pub start: Instant,
    pub end: Instant,
    /// The calendar day of `start`.
    pub first_day: Date,
    /// `2026-03-31`, `2026-W14`, `2026-03`, `2026-Q1`, `2026`, `FY2027-Q1`, `FY2027` (a fiscal year is named by the
    /// calendar year in which it ends).
    pub label: String,
}

impl Bucket {
    /// Whether nothing of it lies after the as-of.
    #[must_use]
    pub fn is_complete(&self, as_of: AsOf) -> bool {
        self.end <= as_of.end
    }
}

/// Up to when the data is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AsOf {
    /// The first instant that is no longer seen.
    pub end: Instant,
}

impl Calendar {
    /// The buckets of `grain` that overlap `[from, to)`, in order.
    #[must_use]
    pub fn buckets(&self, grain: Grain, from: Instant, to: Instant) -> Vec<Bucket> {
        let mut list = Vec::new();
        let mut bucket = self.bucket_of(grain, from);
        while bucket.start < to {
            let next = self.next(&bucket);
            // At the last day that the calendar can name there is no next bucket.
            let last = next.start <= bucket.start;
            list.push(bucket);
            if last {
                break;
            }
            bucket = next;
        }
        list
    }

    /// The first instant after the last one that lies at most that long after an instant of the bucket: nothing that
    /// is that far away is still to come.
    #[must_use]
    pub fn settled(&self, bucket: &Bucket, length: Duration) -> Instant {
        let ended = self.shift(bucket.end, length, false);
        if !length.is_of_days() {
            return ended;
        }
        // A month after 30 January is 28 February, and so is a month after the 31st: the day itself is the last.
        let last = self.date_of(Instant(bucket.end.0 - 1));
        ended.max(self.end_of_days(last, length))
    }

    /// The end of the day that lies that long (a length of days or longer) after another day.
    #[must_use]
    pub fn end_of_days(&self, day: Date, length: Duration) -> Instant {
        let last = self.date_of(self.shift(self.midnight(day), length, false));
        self.midnight(next_day(last))
    }

    /// The bucket after this one.
    #[must_use]
    pub fn next(&self, bucket: &Bucket) -> Bucket {
        self.bucket_of(bucket.grain, bucket.end)
    }

    /// The bucket before this one.
    #[must_use]
    pub fn previous(&self, bucket: &Bucket) -> Bucket {
        self.bucket_of(bucket.grain, Instant(bucket.start.0 - 1))
    }
}
