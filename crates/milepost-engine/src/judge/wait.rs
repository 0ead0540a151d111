//! Rows that look ahead wait until everything that they look at is seen.

use milepost_semantics::model::{Ahead, Reach};
use milepost_semantics::time::{Calendar, Instant};
use milepost_syntax::ast::Duration;

use super::plan::elapsed;
use super::population::Population;
use super::program::Program;
use super::world::{Env, Row, World};

/// How far a row looks ahead.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    /// From this time of the row on, and whether it is a day; absent (or null): from the row's own time.
    pub(super) after: Option<(Program, bool)>,
    /// Whether the row's own time is a day.
    pub(super) by_day: bool,
    pub(super) reach: Reach,
    /// How far the rows that are found there look ahead, one after the other.
    pub(super) then: Vec<Ahead>,
    /// Until when what is looked at last is seen: the as-of, or an earlier day until which it is complete.
    pub(super) seen: Instant,
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
    pub(super) fn young_from(&self, calendar: &Calendar) -> Option<i64> {
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
    fn last(&self, calendar: &Calendar, from: i64, by_day: bool) -> i64 {
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

impl World<'_> {
    /// Whether something that a row looks at is still to come.
    pub(super) fn is_young(&self, population: &Population, row: Row, env: Env) -> bool {
        population.waits.iter().any(|wait| self.is_waiting(wait, row, env))
    }

    /// The same of one of the times that it waits for.
    pub(super) fn is_waiting(&self, wait: &Wait, row: Row, env: Env) -> bool {
        let after = wait.after.as_ref().and_then(|(after, by_day)| {
            Some((self.instant(&self.eval(after, row, env).ok()?)?, *by_day))
        });
        let from = after.or(row.time.map(|own| (own, wait.by_day)));
        from.is_some_and(|(from, by_day)| wait.last(self.calendar, from, by_day) >= wait.seen.0)
    }
}
