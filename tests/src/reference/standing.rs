//! Which rows count: all that a metric looks at from them must lie inside the data. Ahead it must have passed, and behind
//! the data must have begun; rows that don't count leave all aggregates over them.

use milepost::plan::results::Reason;
use milepost::syntax::ast::Duration;

use super::calendar::{Instant, short};
use super::evaluate::Spot;
use super::population::shortest;
use super::value::Value;
use super::world::World;
use crate::tree::{Aggregate, Look, Within};

/// Whether a row counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) young: bool,
    /// Why it looks before the data.
    pub(crate) short: Option<Reason>,
}

impl Standing {
    pub(crate) fn counts(&self) -> bool {
        !self.young && self.short.is_none()
    }
}

/// Why nothing is known of rows of which none counts.
pub(crate) fn none_left(rows: &[Standing]) -> Option<Reason> {
    if rows.iter().any(Standing::counts) {
        return None;
    }
    let short = shortest(rows.iter().filter_map(|row| row.short.clone()));
    short.or_else(|| rows.iter().any(|row| row.young).then_some(Reason::Immature))
}

impl World<'_> {
    pub(crate) fn standing(&self, aggregate: &Aggregate, spot: &Spot) -> Standing {
        Standing {
            young: aggregate.looks.iter().any(|look| self.is_young(look, aggregate, spot)),
            short: shortest(aggregate.looks.iter().filter_map(|look| self.short(look, spot))),
        }
    }

    /// A time from which is looked, and whether it is a day.
    pub(crate) fn anchor(&self, time: &Value) -> (Instant, bool) {
        (time.instant(&self.calendar), matches!(time, Value::Date(_)))
    }

    /// Why a look of a row begins before the data, if it does.
    fn short(&self, look: &Look, spot: &Spot) -> Option<Reason> {
        match look {
            Look::Span { within, rows } => {
                let (low, _) = self.span_of(within, spot)?;
                self.before_data(rows, low)
            }
            Look::Wait { .. } => None,
            Look::Segment(segment) => {
                let day = self.calendar.midnight(self.calendar.day(spot.time?));
                self.missing_segment(*segment, day).map(|_| Reason::ShortHistory)
            }
        }
    }

    /// Why an instant lies before the first row of a population, by calendar day.
    pub(crate) fn before_data(&self, rows: &Aggregate, at: Instant) -> Option<Reason> {
        let Some(first) = self.first(rows) else { return Some(Reason::NoData) };
        (self.calendar.day(at) < self.calendar.day(first)).then_some(Reason::ShortHistory)
    }

    /// What a row sees of the rows of an aggregate, from where it begins.
    pub(crate) fn span_seen(
        &self,
        within: &Within,
        rows: &Aggregate,
        spot: &Spot,
    ) -> Option<(Instant, Instant)> {
        let (low, high) = self.span_of(within, spot)?;
        let Some(since) = &within.since else { return Some((low, high)) };
        let time = self.row_value(&since.time, spot).ok()?;
        let (at, is_day) = self.anchor(&time);
        let by_day = is_day || self.is_placed_by_day(rows);
        Some(match (by_day, since.apart) {
            (true, true) => (self.next_day(at), high),
            (true, false) => (self.calendar.midnight(self.calendar.day(at)), high),
            (false, apart) => (at + Instant::from(apart), high),
        })
    }

    /// What a row sees from a time: from an instant on, before another. Without that time it sees nothing.
    pub(crate) fn span_of(&self, within: &Within, spot: &Spot) -> Option<(Instant, Instant)> {
        let Within { anchor, length, before, step, .. } = within;
        let (anchor, by_day) = match anchor {
            Some(expr) => self.anchor(&self.row_value(expr, spot).ok()?),
            None => (spot.time?, spot.by_day),
        };
        if let Some(step) = step {
            let ahead = |n| {
                let length = Duration { count: length.count * n, ..*length };
                self.moved(anchor, length, false, by_day)
            };
            let end = if step.onward { self.as_of } else { ahead(step.number + 1) };
            return Some((ahead(step.number), end));
        }
        let other = self.moved(anchor, *length, *before, by_day);
        Some(if *before {
            (other, anchor)
        } else if by_day && short(*length).is_none() {
            (anchor, self.next_day(other))
        } else {
            // Both ends are in, and instants are whole microseconds.
            (anchor, other + 1)
        })
    }

    /// Days that are counted from a day are days of the calendar, those that are counted from an instant are 24 hours.
    pub(crate) fn moved(&self, at: Instant, length: Duration, back: bool, by_day: bool) -> Instant {
        if by_day {
            self.calendar.shift(at, length, back)
        } else {
            self.calendar.shift_elapsed(at, length, back)
        }
    }

    pub(crate) fn next_day(&self, at: Instant) -> Instant {
        self.calendar.midnight(self.calendar.day(at).tomorrow().unwrap())
    }
}
