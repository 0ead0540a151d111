//! When an attempt reaches a step, and what is counted of attempts.

use super::read::{Funnel, Placed, Step};
use crate::forms::build::{Reduce, Writer};
use crate::forms::rows::with_dataset;
use crate::model::Type;
use milepost_syntax::ast::{AggregateFunction, BinaryOp, Duration, Expr, Linked, Since, TimeUnit};
use milepost_syntax::span::Spanned;

/// The rows of the first step, each with the times at which it reaches the others.
pub(super) struct Attempts<'f, 'a> {
    pub(super) funnel: &'f Funnel<'a>,
}

impl Attempts<'_, '_> {
    /// The position of the last step.
    pub(super) const fn last(&self) -> usize {
        self.funnel.steps.len() - 1
    }

    /// What must be right before anything is made of it: the rows of each step by themselves.
    pub(super) fn checks(&self) -> Vec<Expr> {
        let steps = self.funnel.steps.iter().map(|step| &step.placed);
        let all = steps.chain(&self.funnel.without);
        all.map(|placed| self.over(placed, AggregateFunction::Count, rows(placed), None).done())
            .collect()
    }

    /// How many reach a step.
    pub(super) fn count(&self, step: usize) -> Expr {
        self.counted(self.reaches(step))
    }

    /// How many begin, whether their time is up or not.
    pub(super) fn started(&self) -> Expr {
        self.counted(None)
    }

    /// Of those that reach a step, how many reach another.
    pub(super) fn share(&self, step: usize, from: usize) -> Expr {
        self.write().binary(BinaryOp::Divide, self.count(step), self.count(from))
    }

    /// The median of the days from the step before to a step, of the attempts that count.
    pub(super) fn days(&self, step: usize) -> Option<Expr> {
        self.median(step, step - 1, step)
    }

    /// The same from the first step to the last.
    pub(super) fn days_in_all(&self) -> Option<Expr> {
        self.median(self.last(), 0, self.last())
    }

    /// The median of the days between two steps, of the attempts that reach `step` and count.
    fn median(&self, step: usize, from: usize, to: usize) -> Option<Expr> {
        let write = self.write();
        let first = &self.funnel.steps[0].placed;
        let days = write.call("days_between", vec![self.time(from)?, self.time(to)?]);
        // A day begins before an instant that is compared with it by the day.
        let days = match self.funnel.is_mixed {
            true => write.call("greatest", vec![days, write.number(0)]),
            false => days,
        };
        let all = self.over(first, AggregateFunction::Median, days, self.reaches(step));
        let all = all.per(first.rows.name.clone());
        if self.funnel.counts_attempts {
            return Some(all.done());
        }
        Some(all.best(self.funnel.of.clone(), self.depth(step)?).done())
    }

    /// How far an attempt goes that reaches a step.
    fn depth(&self, reached: usize) -> Option<Expr> {
        let write = self.write();
        let number = |step: usize| i64::try_from(step).map(|step| write.number(step)).ok();
        let mut depth = number(reached)?;
        for step in reached + 1..=self.last() {
            depth = write.call("if", vec![self.reaches(step)?, number(step)?, depth]);
        }
        Some(depth)
    }

    /// Attempts, or the members whose attempts they are, for which something is true.
    fn counted(&self, condition: Option<Expr>) -> Expr {
        let first = &self.funnel.steps[0].placed;
        let name = &first.rows.name;
        if self.funnel.counts_attempts {
            return self.over(first, AggregateFunction::Count, rows(first), condition).done();
        }
        let key = self.write().column(name, &self.funnel.of.node);
        self.over(first, AggregateFunction::Count, key, condition).distinct().done()
    }

    /// An aggregate over the rows of a step for which something more is true.
    fn over(
        &self,
        placed: &Placed<'_>,
        function: AggregateFunction,
        subject: Expr,
        condition: Option<Expr>,
    ) -> Reduce {
        let own = placed.rows.filter.clone();
        let filter = self.write().all(own.into_iter().chain(condition));
        self.write().aggregate(function, subject).on(placed.rows.on.clone()).filter(filter)
    }

    /// Whether an attempt reaches a step; of the first step every row does.
    fn reaches(&self, step: usize) -> Option<Expr> {
        let write = self.write();
        if step == 0 {
            return None;
        }
        let is_there = write.not(write.is_null(self.time(step)?));
        let Some(ends) = self.ends() else { return Some(is_there) };
        // Days and instants are compared by the day, so that a later step can seem to be in time where an earlier was not.
        let from = if self.funnel.is_mixed { 1 } else { step };
        let too_late = |at: usize| {
            let op = if self.funnel.apart { BinaryOp::GreaterOrEqual } else { BinaryOp::Greater };
            Some(write.binary(op, self.time(at)?, ends.clone()))
        };
        let in_time = (from..=step).filter_map(too_late).map(|late| {
            // Without an end nothing is too late.
            let known = write.call("coalesce", vec![late, write.literal(false)]);
            write.not(known)
        });
        write.all(std::iter::once(is_there).chain(in_time))
    }

    /// When the attempt is ended by something else.
    fn ends(&self) -> Option<Expr> {
        let placed = self.funnel.without.as_ref()?;
        let from = Since { time: Box::new(self.time(0)?), apart: true };
        Some(self.earliest(placed, self.funnel.of, Some(from)))
    }

    /// When an attempt is at a step, with no regard to what ends it; null where it is never.
    fn time(&self, step: usize) -> Option<Expr> {
        let Step { placed, of, is_first_row, is_later, .. } = &self.funnel.steps[step];
        if step == 0 {
            return Some(placed.time.clone());
        }
        let before = self.time(step - 1)?;
        if *is_first_row {
            return self.of_the_first_row(placed, before, *is_later);
        }
        // The window begins with the first step by itself.
        let needed = step > 1 || *is_later || self.funnel.is_mixed;
        let since = needed.then(|| Since { time: Box::new(before), apart: *is_later });
        Some(self.earliest(placed, of, since))
    }

    /// The time of the earliest row of others in the window.
    fn earliest(&self, placed: &Placed<'_>, of: &Spanned<String>, since: Option<Since>) -> Expr {
        let write = self.write();
        let same = std::iter::once(of).chain(&self.funnel.spec.same).cloned();
        let linked = Linked {
            same: same.collect(),
            within: Some(write.at(self.funnel.within)),
            before: false,
            anchor: None,
            since,
        };
        let rows = self.over(placed, AggregateFunction::Min, placed.time.clone(), None);
        rows.linked(Some(write.at(linked))).done()
    }

    /// A later time of the row of the first step, if it is one that counts.
    fn of_the_first_row(&self, placed: &Placed<'_>, before: Expr, is_later: bool) -> Option<Expr> {
        let write = self.write();
        let first = &self.funnel.steps[0].placed;
        let time = || placed.time_of(&first.rows.name);
        let op = if is_later { BinaryOp::Greater } else { BinaryOp::GreaterOrEqual };
        let length = write.length(self.elapsed(first));
        let until = write.binary(BinaryOp::Add, first.time.clone(), length);
        let filter = placed.rows.filter.as_ref();
        let conditions = filter.map(|filter| with_dataset(filter, &first.rows.name)).into_iter();
        let conditions = conditions.chain([
            write.binary(op, time(), before),
            write.binary(BinaryOp::LessOrEqual, time(), until),
        ]);
        let counts = write.all(conditions)?;
        Some(write.call("if", vec![counts, time(), write.nothing()]))
    }

    /// The window, as arithmetic counts it: from an instant days are elapsed time in spans and of the calendar in sums.
    fn elapsed(&self, first: &Placed<'_>) -> Duration {
        let within = self.funnel.within;
        if first.ty != Some(Type::Timestamp) || !within.is_elapsed() {
            return within;
        }
        let hours = match within.unit {
            TimeUnit::Day => 24,
            TimeUnit::Week => 7 * 24,
            _ => return within,
        };
        Duration { unit: TimeUnit::Hour, ..within.times(hours) }
    }

    const fn write(&self) -> Writer {
        Writer { span: self.funnel.spec.span }
    }
}

/// The rows of a step, by name.
fn rows(placed: &Placed<'_>) -> Expr {
    Writer { span: placed.rows.name.span }.name(&placed.rows.name)
}
