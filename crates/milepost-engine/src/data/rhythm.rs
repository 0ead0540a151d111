//! On which days a dataset has rows, and how old its pictures are.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};

use milepost_semantics::model::{Dataset, DatasetKind};
use milepost_semantics::time::{AsOf, Calendar, Instant, date_of_epoch_day, epoch_day};

/// So many of the latest days with rows say how long gaps usually are.
pub(crate) const DAYS: usize = 90;
/// With fewer days nothing is usual.
const FEWEST_DAYS: usize = 20;
/// So many times longer than the longest gap a pause is told.
const LONGER: i32 = 3;
/// With fewer pictures no distance is usual.
const FEWEST_PICTURES: usize = 3;
/// So many times older than usual a picture is too old.
const OLDER: i32 = 2;

/// The days with rows, counted from 1970, the latest [`DAYS`] of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Days(BTreeSet<i32>);

impl Days {
    /// The days of more rows.
    pub(crate) fn add(&mut self, times: &ArrayRef, calendar: &Calendar) {
        /// Clocks differ by whole quarters of an hour, so the day of one of its instants is that of all.
        const QUARTER: i64 = 15 * 60 * 1_000_000;
        match times.data_type() {
            DataType::Date32 => self.0.extend(times.as_primitive::<Date32Type>().iter().flatten()),
            DataType::Timestamp(..) => {
                let times = times.as_primitive::<TimestampMicrosecondType>().iter().flatten();
                let mut quarters: Vec<i64> = times.map(|t| t.div_euclid(QUARTER)).collect();
                quarters.sort_unstable();
                quarters.dedup();
                let day = |quarter: i64| epoch_day(calendar.date_of(Instant(quarter * QUARTER)));
                self.0.extend(quarters.into_iter().map(day));
            }
            _ => {}
        }
        while self.0.len() > DAYS {
            self.0.pop_first();
        }
    }

    /// The earliest of them, if there are as many as are asked for.
    pub(crate) fn enough(&self) -> Option<i32> {
        self.0.first().copied().filter(|_| self.0.len() >= DAYS)
    }

    /// How the rows ended, if that was long ago beside what is usual.
    pub(crate) fn ended(&self, calendar: &Calendar, as_of: AsOf) -> Option<Ended> {
        let days: Vec<i32> = self.0.iter().copied().collect();
        let gap = days.windows(2).map(|pair| pair[1] - pair[0]).max()?;
        let newest = *days.last()?;
        let age = last_day(calendar, as_of.end) - newest;
        let ended = Ended { newest, age, gap, days: days.len() };
        (days.len() >= FEWEST_DAYS && age > gap.saturating_mul(LONGER)).then_some(ended)
    }
}

/// Rows that ended before the as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The day of the newest row, and how many days that is before the as-of's.
    pub(crate) newest: i32,
    pub(crate) age: i32,
    /// The longest way from one day with rows to the next, and how many such days were looked at.
    pub(crate) gap: i32,
    pub(crate) days: usize,
}

/// Whether rows may have ended unnoticed: they promise nothing, and their newest is older than any usual pause.
pub(crate) fn may_have_ended(
    dataset: &Dataset,
    calendar: &Calendar,
    as_of: AsOf,
    newest: Option<Instant>,
) -> bool {
    let silent = dataset.freshness.is_none() && dataset.complete.until.is_none();
    let age = |newest: Instant| last_day(calendar, as_of.end) - epoch_day(calendar.date_of(newest));
    dataset.time().is_some() && silent && newest.is_some_and(|newest| age(newest) > LONGER)
}

/// The pictures of a snapshot of which the latest holds until the next, however late that is.
#[derive(Clone, Debug)]
pub(crate) struct Pictures {
    /// Their days, counted from 1970, and the instants of the first and the last of each day.
    pub(crate) days: Vec<i32>,
    instants: Vec<i64>,
    /// How many days they are apart usually: the median.
    pub(crate) usual: i32,
    calendar: Calendar,
}

impl Pictures {
    /// Of a snapshot that says nothing of how long a picture holds; absent if there are too few.
    pub(crate) fn of(dataset: &Dataset, times: &ArrayRef, calendar: &Calendar) -> Option<Self> {
        if !matches!(dataset.kind, DatasetKind::Snapshot { carry: None, .. })
            || dataset.complete.until.is_some()
        {
            return None;
        }
        let distinct: BTreeSet<i64> =
            super::visible::instants_of(times, calendar).into_iter().flatten().collect();
        let instants: Vec<i64> = distinct.into_iter().collect();
        let mut days: Vec<i32> =
            instants.iter().map(|at| epoch_day(calendar.date_of(Instant(*at)))).collect();
        days.dedup();
        let mut apart: Vec<i32> = days.windows(2).map(|pair| pair[1] - pair[0]).collect();
        apart.sort_unstable();
        let usual = apart.get(apart.len() / 2).copied()?;
        (days.len() >= FEWEST_PICTURES).then(|| Self {
            days,
            instants,
            usual,
            calendar: calendar.clone(),
        })
    }

    /// Whether the latest picture before an instant is too old to stand for it.
    pub(crate) fn are_old_at(&self, at: Instant) -> bool {
        let before = self.instants.partition_point(|picture| *picture < at.0);
        let Some(latest) = before.checked_sub(1).map(|i| Instant(self.instants[i])) else {
            return false;
        };
        let age = last_day(&self.calendar, at) - epoch_day(self.calendar.date_of(latest));
        self.is_long(age)
    }

    /// Whether so many days are too many between two pictures.
    pub(crate) const fn is_long(&self, days: i32) -> bool {
        days > self.usual.saturating_mul(OLDER)
    }
}

/// The day that ends with an instant.
pub(crate) fn last_day(calendar: &Calendar, end: Instant) -> i32 {
    epoch_day(calendar.date_of(Instant(end.0 - 1)))
}

/// `2026-03-31` of a day counted from 1970.
pub(crate) fn shown(day: i32) -> String {
    milepost_semantics::time::show_date(date_of_epoch_day(day))
}
