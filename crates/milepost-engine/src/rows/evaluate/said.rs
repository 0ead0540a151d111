//! What segments say of members besides bands: a value, the first day on which something held, a value as it was on a day.

use milepost_semantics::model::FIRST_DAYS;
use milepost_semantics::time::{Instant, epoch_day};
use milepost_syntax::ast::BinaryOp;

use crate::evaluate::{Outcome, Value};
use crate::results::Reason;
use crate::rows::evaluate::changes::Ahead;
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::evaluate::known::Setting;
use crate::rows::ids::{RowId, SegmentPlanId};
use crate::rows::plan::population::{Says, SegmentPlan};
use crate::rows::plan::program::Program;

impl EvaluationContext<'_> {
    /// What a segment says of a member at the end of a day. Values are made of each other, and asked by many metrics, so what
    /// was said of the last members is kept.
    pub(in crate::rows) fn said(
        &self,
        segment: SegmentPlanId,
        plan: &SegmentPlan,
        member: RowId,
        end: i64,
    ) -> Outcome {
        if let Says::FirstDay { since, condition } = &plan.says {
            let day = self.first_day(segment, plan, (since, condition), member);
            let day = day.filter(|day| *day <= self.last_day_over(end));
            return day.map(Value::Date).ok_or(Reason::NoData);
        }
        if let Some(said) = self.segments.said[segment].borrow().get((member, end)) {
            return said;
        }
        let said = self.say(segment, plan, member, end);
        self.segments.said[segment].borrow_mut().keep((member, end), said.clone());
        said
    }

    fn say(&self, segment: SegmentPlanId, plan: &SegmentPlan, member: RowId, end: i64) -> Outcome {
        if let Some(reason) = self.unknown_segment(segment, end) {
            return Err(reason);
        }
        let mut own = plan.bands.values().filter_map(|(program, _)| program.as_ref());
        let (first, second) = (own.next(), own.next());
        let Some(own) = first else { return Err(self.fault("a segment says nothing")) };
        if let (Says::Rank, Some(among)) = (&plan.says, second) {
            let all = || self.ranked(plan, (own, among), end);
            let rank = self.store.ranks[segment].of(member, end, all);
            return rank.map(Value::Number).ok_or(Reason::NoData);
        }
        let value = self.on_day(plan, own, member, end)?;
        match &plan.says {
            Says::OnDay { value: program } => {
                let end = match self.day_of(&value).map(|day| self.end_of(day)) {
                    Some(then) if then <= end => then,
                    _ => return Err(Reason::NoData),
                };
                if !self.is_known_on(segment, program, end) {
                    return Err(Reason::NoData);
                }
                self.on_day(plan, program, member, end)
            }
            Says::Value | Says::Band | Says::FirstDay { .. } | Says::Rank => Ok(value),
        }
    }

    /// The number and the group of each member at the end of a day.
    fn ranked(
        &self,
        plan: &SegmentPlan,
        (own, among): (&Program, &Program),
        end: i64,
    ) -> Vec<Option<(f64, Value)>> {
        let one = |member| {
            let Ok(Value::Number(number)) = self.on_day(plan, own, member, end) else {
                return None;
            };
            Some((number, self.on_day(plan, among, member, end).ok()?))
        };
        (0..self.table(plan.table).rows).map(RowId::new).map(one).collect()
    }

    fn on_day(&self, plan: &SegmentPlan, program: &Program, member: RowId, end: i64) -> Outcome {
        let row = Row { table: plan.table, row: member, time: None };
        self.eval(program, row, Env::of(self.frames.day(end)))
    }

    /// The first day of a member, from that of `since` on, at whose end a condition is true.
    pub(in crate::rows) fn first_day(
        &self,
        segment: SegmentPlanId,
        plan: &SegmentPlan,
        programs: (&Program, &Program),
        member: RowId,
    ) -> Option<i32> {
        let find = || self.find_first_day(segment, plan, programs, member);
        self.store.first_days[segment].of(member, find)
    }

    fn find_first_day(
        &self,
        segment: SegmentPlanId,
        plan: &SegmentPlan,
        (since, condition): (&Program, &Program),
        member: RowId,
    ) -> Option<i32> {
        let as_of = self.plan.as_of.end.0;
        let last = self.day_at(as_of - 1);
        if self.unknown(since, self.frames.day(as_of), Setting::OnDay).is_some() {
            return None;
        }
        let since = self.on_day(plan, since, member, as_of).ok()?;
        let first = self.day_of(&since)?.max(last.saturating_sub(FIRST_DAYS - 1));
        let row = Row { table: plan.table, row: member, time: None };
        // Each part of the condition with the day until which it is as it was found.
        let mut parts: Vec<(&Program, bool, i32)> = Vec::new();
        conjuncts(condition, &mut |part| parts.push((part, false, i32::MIN)));
        let mut day = first;
        while day <= last {
            let end = self.end_of(day);
            // Where nothing is known, that may change for everybody on any day.
            if !self.is_known_on(segment, condition, end) {
                day += 1;
                continue;
            }
            let fails = parts.iter_mut().find_map(|(part, holds, until)| {
                if *until <= day {
                    *holds = self.on_day(plan, part, member, end) == Ok(Value::Boolean(true));
                    let ahead = Ahead { day, last };
                    let next = match *holds {
                        true => self.changes(part, row, ahead),
                        false => self.may_hold(part, row, ahead),
                    };
                    *until = next.unwrap_or(i32::MAX);
                }
                (!*holds).then_some(*until)
            });
            match fails {
                None => return Some(day),
                Some(until) => day = until,
            }
        }
        None
    }

    /// Whether the program that a segment evaluates on another day is known at the end of that one, for anybody.
    fn is_known_on(&self, segment: SegmentPlanId, program: &Program, end: i64) -> bool {
        let known = &self.segments.known_days[segment];
        if let Some(found) = known.borrow().get(end) {
            return found;
        }
        let found = self.unknown(program, self.frames.day(end), Setting::OnDay).is_none();
        known.borrow_mut().keep(end, found);
        found
    }

    /// When a day is over, or the data ends.
    pub(in crate::rows) fn end_of(&self, day: i32) -> i64 {
        let as_of = self.plan.as_of.end.0;
        self.instant(&Value::Date(day.saturating_add(1))).map_or(as_of, |end| end.min(as_of))
    }

    /// The last day that is over at an instant: all are when the data ends.
    fn last_day_over(&self, end: i64) -> i32 {
        if let Some((last, day)) = self.segments.last_day_over.get()
            && last == end
        {
            return day;
        }
        let is_all = end >= self.plan.as_of.end.0;
        let day = if is_all { i32::MAX } else { self.day_at(end) - 1 };
        self.segments.last_day_over.set(Some((end, day)));
        day
    }

    pub(in crate::rows) fn day_of(&self, time: &Value) -> Option<i32> {
        match time {
            Value::Date(day) => Some(*day),
            time => self.instant(time).map(|at| self.day_at(at)),
        }
    }

    pub(in crate::rows) fn day_at(&self, at: i64) -> i32 {
        epoch_day(self.calendar.date_of(Instant(at)))
    }
}

/// The conditions that must all be true.
fn conjuncts<'p>(condition: &'p Program, each: &mut impl FnMut(&'p Program)) {
    match condition {
        Program::Binary { op: BinaryOp::And, left, right } => {
            conjuncts(left, each);
            conjuncts(right, each);
        }
        other => each(other),
    }
}
