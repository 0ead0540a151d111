//! Rows that look ahead wait until everything that they look at is seen.

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
    pub(super) length: Duration,
    /// Until when what is looked at is seen: the as-of, or an earlier day until which it is complete.
    pub(super) seen: Instant,
}

/// The first instant after all that is looked at from a time on: the last instant is looked at too, and from a day on the
/// last day is, whole.
fn end(calendar: &Calendar, from: i64, length: Duration, by_day: bool) -> i64 {
    if by_day && length.is_of_days() {
        return calendar.end_of_days(calendar.date_of(Instant(from)), length).0;
    }
    let last = match elapsed(length) {
        Some(elapsed) => from.saturating_add(elapsed),
        None => calendar.shift(Instant(from), length, false).0,
    };
    last.saturating_add(1)
}

impl Wait {
    /// The first of its own times from which on a row is too young, where every later one is too: not after times of
    /// another column, and not by calendar days, business days and months, which the clock and the calendar repeat.
    pub(super) fn young_from(&self, calendar: &Calendar) -> Option<i64> {
        let elapsed = elapsed(self.length).filter(|_| self.after.is_none())?;
        if !(self.by_day && self.length.is_of_days()) {
            return Some(self.seen.0.saturating_sub(elapsed));
        }
        // Days before that of the last instant are seen whole; the last of those that a row looks at must be among them.
        let day = calendar.midnight(calendar.date_of(self.seen));
        Some(calendar.shift(day, self.length, true).0)
    }
}

impl World<'_> {
    /// Whether something that a row looks at is still to come.
    pub(super) fn is_young(&self, population: &Population, row: Row, env: Env) -> bool {
        population.waits.iter().any(|wait| {
            let after = wait.after.as_ref().and_then(|(after, by_day)| {
                Some((self.instant(&self.eval(after, row, env).ok()?)?, *by_day))
            });
            let from = after.or(row.time.map(|own| (own, wait.by_day)));
            from.is_some_and(|(from, by_day)| {
                end(self.calendar, from, wait.length, by_day) > wait.seen.0
            })
        })
    }
}
