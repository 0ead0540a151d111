//! Rows that look ahead wait until everything that they look at is seen.

use milepost_semantics::model::{Ahead, Reach};
use milepost_semantics::time::{Calendar, Instant};
use milepost_syntax::ast::Duration;

use crate::rows::plan::elapsed;
use crate::rows::plan::program::Program;

/// How far a row looks ahead.
#[derive(Clone, Debug)]
pub(in crate::rows) struct Wait {
    /// From this time of the row on, and whether it is a day; absent (or null): from the row's own time.
    pub(in crate::rows) after: Option<(Program, bool)>,
    /// Whether the row's own time is a day.
    pub(in crate::rows) by_day: bool,
    pub(in crate::rows) reach: Reach,
    /// How far the rows that are found there look ahead, one after the other.
    pub(in crate::rows) then: Vec<Ahead>,
    /// Until when what is looked at last is seen: the as-of, or an earlier day until which it is complete.
    pub(in crate::rows) seen: Instant,
}

/// The last instant that is looked at from a time on; from a day on, the last of the last day.
fn last(calendar: &Calendar, from: i64, length: Duration, by_day: bool) -> i64 {
    if by_day && length.is_of_days() {
        let end = calendar.end_of_days(calendar.date_of(Instant(from)), length);
        return end.0.saturating_sub(1);
    }
    match elapsed(length) {
        Some(elapsed) => from.saturating_add(elapsed),
        None => calendar.shift(Instant(from), length, false).0,
    }
}

/// The first instant of a time's day.
fn midnight(calendar: &Calendar, at: i64) -> i64 {
    calendar.midnight(calendar.date_of(Instant(at))).0
}

impl Wait {
    /// The first of its own times from which on a row is too young, where every later one is too: not after times of
    /// another column, not by calendar days, business days and months, which the clock and the calendar repeat, and not
    /// where other rows wait themselves.
    pub(in crate::rows) fn young_from(&self, calendar: &Calendar) -> Option<i64> {
        let Reach::Ahead(length) = self.reach else { return None };
        let alone = self.after.is_none() && self.then.is_empty();
        let elapsed = elapsed(length).filter(|_| alone)?;
        if !(self.by_day && length.is_of_days()) {
            return Some(self.seen.0.saturating_sub(elapsed));
        }
        // Days before that of the last instant are seen whole; the last of those that a row looks at must be among them.
        let day = calendar.midnight(calendar.date_of(self.seen));
        Some(calendar.shift(day, length, true).0)
    }

    /// The last instant at which a row looks, itself or by the rows that it finds. `by_day`: the time is a day.
    pub(in crate::rows) fn last(&self, calendar: &Calendar, from: i64, by_day: bool) -> i64 {
        let own = match self.reach {
            Reach::Ahead(length) => last(calendar, from, length, by_day),
            Reach::Before => from.saturating_sub(1),
            Reach::DayBefore => midnight(calendar, from).saturating_sub(1),
        };
        self.then.iter().fold(own, |from, Ahead { length, whole_days }| {
            // Rows that are placed by a day look from its beginning.
            let from = if *whole_days { midnight(calendar, from) } else { from };
            last(calendar, from, *length, *whole_days)
        })
    }
}
