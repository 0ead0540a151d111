//! The days on which what is said of a member can change: who looks for the first day on which something holds skips all others.
//!
//! What a program is made of tells the next day at whose end it may be another one than today. That day may be too early, and is never too late.

use std::ops::RangeInclusive;

use milepost_semantics::model::{SegmentAt, Window};

use crate::evaluate::operators;
use crate::leaf::Bounds;
use crate::results::Reason;
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::ids::{InnerId, MemberKeyId, SegmentPlanId, TimesId};
use crate::rows::plan::population::{InnerPlan, Life, Population, Rows, Says};
use crate::rows::plan::program::Program;
use crate::rows::store::timelines::{Positions, Timelines};
use milepost_syntax::ast::BinaryOp;

/// The day that is over, and the last one that is looked at.
#[derive(Clone, Copy)]
pub(in crate::rows) struct Ahead {
    pub(in crate::rows) day: i32,
    pub(in crate::rows) last: i32,
}

impl Ahead {
    /// The next day, if there is one.
    fn tomorrow(self) -> Option<i32> {
        self.on(self.day.saturating_add(1))
    }

    /// A day, if it is one that is looked at.
    pub(in crate::rows) fn on(self, day: i32) -> Option<i32> {
        (self.day < day && day <= self.last).then_some(day)
    }

    fn days(self) -> RangeInclusive<i32> {
        self.day.saturating_add(1)..=self.last
    }
}

/// The earlier of two days.
pub(in crate::rows) fn earlier(one: Option<i32>, other: Option<i32>) -> Option<i32> {
    one.into_iter().chain(other).min()
}

/// The first of some days for which something is so, where it stays so from then on.
fn first_of(days: RangeInclusive<i32>, is_so: impl Fn(i32) -> bool) -> Option<i32> {
    let (mut before, last) = (days.start().saturating_sub(1), *days.end());
    if days.is_empty() || !is_so(last) {
        return None;
    }
    // Steps that grow, for it is near most often; then halves.
    let (mut found, mut step) = (last, 1_i32);
    while let Some(next) = before.checked_add(step).filter(|next| *next < last) {
        if is_so(next) {
            found = next;
            break;
        }
        (before, step) = (next, step.saturating_mul(2));
    }
    while found - before > 1 {
        let middle = before + (found - before) / 2;
        if is_so(middle) {
            found = middle;
        } else {
            before = middle;
        }
    }
    Some(found)
}

/// Whether it is as of when is asked, or so long before or after that: later from day to day, and never earlier.
fn is_clock(program: &Program) -> bool {
    match program {
        Program::Today | Program::Now { .. } => true,
        Program::Shift { time, .. } => is_clock(time),
        _ => false,
    }
}

impl EvaluationContext<'_> {
    /// The next day at whose end the value of a program may be another one than at the end of the day before it.
    pub(in crate::rows) fn changes(
        &self,
        program: &Program,
        row: Row,
        ahead: Ahead,
    ) -> Option<i32> {
        match program {
            Program::Literal(_) | Program::Column(_) | Program::Latest(_) => None,
            Program::Seen(time) => {
                let next = self.changes(time, row, ahead);
                let at = self.eval(time, row, self.env_of(ahead.day)).ok();
                let shown = at.and_then(|at| self.day_of(&at)).and_then(|day| ahead.on(day));
                earlier(next, shown)
            }
            Program::Binary { op, left, right } if op.is_comparison() => {
                self.pair_changes((left, right), row, ahead)
            }
            Program::Between { operand, low, high, .. } => earlier(
                self.pair_changes((operand, low), row, ahead),
                self.pair_changes((operand, high), row, ahead),
            ),
            Program::Inner(inner) => self.inner_changes(*inner, row, ahead),
            Program::Segment { segment, asks, at: SegmentAt::End } => {
                self.segment_changes(*segment, *asks, row, ahead)
            }
            Program::Segment { at: SegmentAt::DayBefore, .. }
            | Program::History { .. }
            | Program::Prior { .. }
            | Program::Blocks { .. }
            | Program::BusinessDays
            | Program::Today
            | Program::Now { .. } => ahead.tomorrow(),
            _ => {
                let operands = program.operands().into_iter();
                operands.filter_map(|operand| self.changes(operand, row, ahead)).min()
            }
        }
    }

    pub(in crate::rows) fn env_of(&self, day: i32) -> Env {
        Env::of(self.frames.day(self.end_of(day)))
    }

    /// The same of a comparison: a time and the clock pass each other once.
    fn pair_changes(
        &self,
        (left, right): (&Program, &Program),
        row: Row,
        ahead: Ahead,
    ) -> Option<i32> {
        let (clock, other) = match (is_clock(left), is_clock(right)) {
            (true, false) => (left, right),
            (false, true) => (right, left),
            _ => {
                let next = self.changes(left, row, ahead);
                return earlier(next, self.changes(right, row, ahead));
            }
        };
        let next = self.changes(other, row, ahead);
        let Ok(time) = self.eval(other, row, self.env_of(ahead.day)) else { return next };
        let stands = |day: i32| {
            let now = self.eval(clock, row, self.env_of(day))?;
            let compare = |op| operators::binary(op, &now, &time, self.calendar);
            Ok::<_, Reason>((compare(BinaryOp::Less)?, compare(BinaryOp::LessOrEqual)?))
        };
        let here = stands(ahead.day);
        let until = next.map_or(ahead.last, |next| next - 1);
        let days = Ahead { last: until, ..ahead }.days();
        earlier(first_of(days, |day| stands(day) != here), next)
    }

    /// The same of what a segment says of the member that a row names.
    fn segment_changes(
        &self,
        segment: SegmentPlanId,
        asks: MemberKeyId,
        row: Row,
        ahead: Ahead,
    ) -> Option<i32> {
        if self.plan.asks[asks].moves {
            return ahead.tomorrow();
        }
        let member = self.member(segment, asks, row, self.env_of(ahead.day))?;
        let plan = &self.plan.segments[segment];
        let own = Row { table: plan.table, row: member, time: None };
        let mut said = plan.bands.values().filter_map(|(program, _)| program.as_ref());
        match &plan.says {
            Says::Band | Says::Value => {
                said.filter_map(|own_program| self.changes(own_program, own, ahead)).min()
            }
            // Whoever it is compared with may change on any day.
            Says::Rank => ahead.tomorrow(),
            // Once it has come it stays what it is.
            Says::FirstDay { since, condition } => {
                ahead.on(self.first_day(segment, plan, (since, condition), member)?)
            }
            Says::OnDay { .. } => {
                let program = said.next()?;
                let next = self.changes(program, own, ahead);
                let day = self.eval(program, own, self.env_of(ahead.day)).ok();
                let comes = day.and_then(|day| self.day_of(&day)).and_then(|day| ahead.on(day));
                earlier(next, comes)
            }
        }
    }

    /// The same of an aggregate over the rows that are linked to a row: when it sees others of them.
    fn inner_changes(&self, id: InnerId, row: Row, ahead: Ahead) -> Option<i32> {
        let plan = &self.plan.inners[id];
        let population = &plan.population;
        let asked = population.filter.iter().chain(&population.args);
        let times = plan.within.iter().flat_map(|within| within.times());
        let is_plain = |time: &Program| match time {
            Program::Seen(time) => !time.moves(),
            time => !time.moves() || is_clock(time),
        };
        let moves = plan.moves
            || population.leaves_out()
            || asked.into_iter().any(Program::moves)
            || !times.into_iter().all(is_plain);
        if moves {
            return ahead.tomorrow();
        }
        let is_of_end =
            plan.within.is_none() && matches!(population.window, Window::Bucket | Window::AtEnd);
        let env = self.env_of(ahead.day);
        let lines = self.index(population.index, env);
        let list = self.list(id, plan, &lines, row, env);
        match &population.rows {
            Rows::Placed { .. } | Rows::PlacedMembers { .. } => {
                self.span_changes((id, plan), (&lines, list), row, ahead)
            }
            // Pictures are those of everybody.
            Rows::State { at, picture: true, .. } if self.is_at_end(id, ahead.day) => {
                let pictures = self.distinct(*at);
                let end = self.end_of(ahead.day);
                let next = pictures.get(pictures.partition_point(|at| *at < end));
                next.and_then(|at| ahead.on(self.day_at(*at)))
            }
            Rows::State { until, .. } if self.is_at_end(id, ahead.day) => {
                self.life_changes((None, *until), (&lines, list), ahead)
            }
            Rows::Members(life) if is_of_end => match life {
                Life::Always => None,
                Life::Since(from) => self.life_changes((Some(*from), None), (&lines, list), ahead),
                Life::Between { from, until } => {
                    self.life_changes((Some(*from), *until), (&lines, list), ahead)
                }
            },
            Rows::State { .. } | Rows::Members(_) => ahead.tomorrow(),
        }
    }

    /// Whether an aggregate over a state sees that of the end of a day.
    fn is_at_end(&self, id: InnerId, day: i32) -> bool {
        let end = self.end_of(day);
        let bounds = self.window(id, self.env_of(day));
        self.plan.inners[id].within.is_none()
            && matches!(*bounds, Bounds::At(instant) if instant.0 == end)
    }

    /// When another row of a list begins, or ends. Without `from` it begins at the time by which it is in the list.
    fn life_changes(
        &self,
        (from, until): (Option<TimesId>, Option<TimesId>),
        (lines, list): (&Timelines, Positions),
        ahead: Ahead,
    ) -> Option<i32> {
        let end = self.end_of(ahead.day);
        let time = |times: Option<TimesId>, position| {
            times.and_then(|times| self.time(times, self.row_at(lines, position)?))
        };
        let times = list.iter().flat_map(|position| {
            let begins = match from {
                None => lines.time(position),
                from => time(from, position),
            };
            [begins, time(until, position)]
        });
        let next = times.flatten().filter(|at| *at >= end).min()?;
        ahead.on(self.day_at(next))
    }

    /// When a window sees other rows of a list. It moves on from day to day, so if it sees the same at last it has seen them all along.
    fn span_changes(
        &self,
        (id, plan): (InnerId, &InnerPlan),
        (lines, list): (&Timelines, Positions),
        row: Row,
        ahead: Ahead,
    ) -> Option<i32> {
        let Population { table, rows, window, .. } = &plan.population;
        if matches!(window, Window::Step(_)) {
            return ahead.tomorrow();
        }
        let seen = |day: i32| match &plan.within {
            Some(within) => {
                let (lo, hi) = self.span_of(within, row, self.env_of(day))?;
                let is_known = self.covers(*table, rows, lo).is_ok();
                Some((is_known, lines.between(list, lo, hi)))
            }
            None => match &*self.window(id, self.env_of(day)) {
                Bounds::Range { lo, hi } => Some((true, lines.between(list, lo.0, hi.0))),
                Bounds::At(_) | Bounds::MeanAt(_) => None,
            },
        };
        let here = seen(ahead.day);
        let differs = |day: i32| seen(day) != here;
        if plan.within.is_some() {
            return first_of(ahead.days(), differs);
        }
        let Some((_, span)) = here else { return ahead.tomorrow() };
        let begun = lines.before(list, self.end_of(ahead.day));
        if !begun.ends_with(span) {
            return first_of(ahead.days(), differs);
        }
        // What comes next is seen on its own day, or later; until then rows only go.
        let next = begun.behind(list, 0).and_then(|position| lines.time(position));
        let comes = next.and_then(|at| ahead.on(self.day_at(at)));
        let ahead = Ahead { last: comes.map_or(ahead.last, |day| day - 1), ..ahead };
        let first = span.iter().next().and_then(|position| lines.time(position));
        let goes = first.and_then(|first| self.goes(*window, first, ahead, differs));
        earlier(goes, comes)
    }

    /// When the first row of a window is seen no longer, of the days on which no other comes.
    fn goes(
        &self,
        window: Window,
        first: i64,
        ahead: Ahead,
        is_gone: impl Fn(i32) -> bool,
    ) -> Option<i32> {
        if matches!(window, Window::Ever { .. } | Window::Since(_)) || !is_gone(ahead.last) {
            return None;
        }
        // Most windows are so many days long.
        let bounds = self.frames.bounds(self.frames.day(self.end_of(ahead.day)), window);
        if let Bounds::Range { lo, .. } = &*bounds {
            let guess = self.day_at(first).saturating_add(ahead.day - self.day_at(lo.0) + 1);
            if ahead.on(guess).is_some() && is_gone(guess) && !is_gone(guess - 1) {
                return Some(guess);
            }
        }
        first_of(ahead.days(), is_gone)
    }
}

#[cfg(test)]
mod tests {
    use super::first_of;

    #[test]
    fn the_first_of_some_days_is_found_wherever_it_is() {
        for from in -3..4 {
            for last in from - 1..from + 40 {
                for first in from - 1..=last + 1 {
                    let found = first_of(from..=last, |day| day >= first);
                    let expected = (from..=last).find(|day| *day >= first);
                    assert_eq!(found, expected, "{first} in {from}..={last}");
                }
            }
        }
    }
}
