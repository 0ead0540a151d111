//! When stages are entered and left, and when milestones are reached and due.

use super::Journey;
use crate::forms::build::Writer;
use crate::forms::term::Term;
use milepost_syntax::ast::{
    AggregateFunction, BinaryOp, Expr, ExprKind, LengthSpec, MilestoneSpec, StageSpec,
};
use milepost_syntax::span::Spanned;

impl<'s> Journey<'s> {
    /// When the journey began and ended, milestones were reached, stages were entered.
    pub(super) fn times(&mut self) {
        let span = self.spec.name.span;
        let column = |name: &Spanned<String>| Term::name(name, name.span);
        let day = |time| Term::call("day", vec![time], span);
        let started = day(column(self.starts));
        // A start that is planned lies ahead.
        let started =
            started.clone().at_most(self.named.today()).choose(started, self.named.nothing());
        self.named.value(&["started_at"], started);
        if let Some(ends) = &self.spec.ends {
            self.named.value(&["ended_at"], day(column(ends)));
        }
        for (_, milestone) in self.spec.milestones() {
            self.reached(milestone);
        }
        self.opened();
        self.entered();
        for (stage, milestone) in self.spec.milestones() {
            self.due(stage, milestone);
        }
        for stage in &self.spec.stages {
            self.stuck_at(stage);
        }
    }

    /// When the member was lost; nothing where members of the journey are never lost.
    pub(super) fn ended(&self) -> Option<Term> {
        self.spec.ends.as_ref().map(|_| self.named.read(&["ended_at"]))
    }

    /// `reached_at`, and whether the condition holds today.
    fn reached(&mut self, milestone: &'s MilestoneSpec) {
        let Some(condition) = &milestone.reached else { return };
        let name = milestone.name.node.as_str();
        let started = self.named.read(&["started_at"]);
        let held = self.before_end(condition);
        self.named.first_day(&[name, "reached_at"], started, held);
        self.named.holds(&[name, "holds"], condition.clone());
        if let Some(value) = compared(condition) {
            self.named.value(&[name, "value"], Term(value.clone()));
        }
    }

    /// A condition up to the day on which the member is lost.
    fn before_end(&self, condition: &Expr) -> Expr {
        match self.ended() {
            None => condition.clone(),
            Some(ended) => {
                let alive = ended.clone().absent().or(ended.at_least(self.named.today()));
                Term(condition.clone()).and(alive).0
            }
        }
    }

    /// When the way into each stage was open: by its own condition, or by the exit of the stage before.
    fn opened(&mut self) {
        let mut before: Option<&StageSpec> = None;
        for stage in &self.spec.stages {
            let name = stage.name.node.as_str();
            let started = self.named.read(&["started_at"]);
            match (&stage.enter, before) {
                (Some(enter), _) => {
                    let held = self.before_end(enter);
                    self.named.first_day(&[name, "opened_at"], started, held);
                }
                (None, None) => self.named.value(&[name, "opened_at"], started),
                (None, Some(before)) => {
                    let exited = self.named.read(&[&before.name.node, "exited_at"]);
                    self.named.value(&[name, "opened_at"], exited);
                }
            }
            self.exited(stage);
            before = Some(stage);
        }
    }

    /// When a stage was exited, which counts once it was open.
    fn exited(&mut self, stage: &'s StageSpec) {
        let name = stage.name.node.as_str();
        let since = self.named.read(&[name, "opened_at"]);
        match (self.spec.exit_milestone(stage), &stage.exit) {
            (Some((_, milestone)), _) => {
                let reached = self.named.read(&[&milestone.name.node, "reached_at"]);
                self.named.value(&[name, "exited_at"], since.greatest(reached));
            }
            (None, Some(condition)) => {
                let held = self.before_end(condition);
                self.named.first_day(&[name, "exited_at"], since, held);
            }
            (None, None) => {}
        }
    }

    /// When each stage was entered and left: one that opens when a later one has been entered is never entered.
    fn entered(&mut self) {
        let stages = &self.spec.stages;
        for (i, stage) in stages.iter().enumerate() {
            let name = stage.name.node.as_str();
            let opened = self.named.read(&[name, "opened_at"]);
            let later = stages[i + 1..].iter();
            let later = later.map(|later| self.named.read(&[&later.name.node, "opened_at"]));
            let later: Vec<Term> = later.collect();
            let ended_here = self.named.all(later.iter().cloned().map(Term::absent));
            let entered = match self.named.earliest(later.clone()) {
                // Only an exit of this stage opens those that follow, after it was entered.
                Some(next) if stages[i + 1..].iter().any(|later| later.enter.is_some()) => {
                    next.below(opened.clone()).choose(self.named.nothing(), opened)
                }
                _ => opened,
            };
            self.named.value(&[name, "entered_at"], entered);
            let ends = later.into_iter().chain(self.ended()).collect();
            let left = self.named.earliest(ends);
            let entered = self.named.read(&[name, "entered_at"]);
            let has_end = left.is_some();
            if let Some(left) = left {
                let left = entered.absent().choose(self.named.nothing(), left);
                self.named.value(&[name, "left_at"], left);
            }
            if let Some(ended) = self.ended() {
                let lost = self.named.read(&[name, "entered_at"]).present().and(ended_here);
                self.named.value(&[name, "lost_at"], lost.choose(ended, self.named.nothing()));
            }
            self.days(name, has_end);
        }
    }

    /// How many days a stage has taken so far.
    fn days(&mut self, stage: &str, has_end: bool) {
        let entered = self.named.read(&[stage, "entered_at"]);
        let until = match has_end {
            true => {
                let left = self.named.read(&[stage, "left_at"]);
                self.named.call("coalesce", vec![left, self.named.today()])
            }
            false => self.named.today(),
        };
        let days = self.named.call("days_between", vec![entered, until]);
        self.named.value(&[stage, "days"], days);
    }

    /// When a milestone is due: by the data where it says so, else so long after its stage was entered.
    fn due(&mut self, stage: &'s StageSpec, milestone: &'s MilestoneSpec) {
        let name = milestone.name.node.as_str();
        let within = milestone.within.as_ref().map(|length| {
            let after = [name, "due_after"];
            self.after(stage, length, &after)
        });
        let due = milestone.due.as_ref().map(|due| {
            let day = Term::call("day", vec![Term(due.clone())], due.span);
            self.named.value(&[name, "due_by_data"], day);
            // A day before the journey began is a mistake in the data.
            let day = || self.named.read(&[name, "due_by_data"]);
            let is_before = day().below(self.named.read(&["started_at"]));
            is_before.choose(self.named.nothing(), day())
        });
        let due = match (due, within) {
            (Some(due), Some(within)) => self.named.call("coalesce", vec![due, within]),
            (Some(only), None) | (None, Some(only)) => only,
            (None, None) => return,
        };
        self.named.value(&[name, "due_at"], due);
    }

    /// `stuck_at`: the last day on which nobody is stuck.
    fn stuck_at(&mut self, stage: &'s StageSpec) {
        let after = stage.stuck.as_ref().and_then(|stuck| stuck.after.as_ref());
        if let Some(after) = after {
            let name = stage.name.node.as_str();
            let day = self.after(stage, after, &[name, "stuck_after"]);
            self.named.value(&[name, "stuck_at"], day);
        }
    }

    /// A day so long after a stage was entered, by the values that dimensions had then. `named`: what that day is called, where
    /// it depends on them.
    fn after(&mut self, stage: &StageSpec, length: &'s LengthSpec, named: &[&str]) -> Term {
        let entered = self.named.read(&[&stage.name.node, "entered_at"]);
        let plus = |day: &Term, length: &Spanned<_>| {
            let write = Writer { span: length.span };
            day.clone() + Term(write.length(length.node))
        };
        if length.by.is_empty() {
            return match &length.default {
                Some(length) => plus(&entered, length),
                None => self.named.nothing(),
            };
        }
        let today = self.named.today();
        let mut choices = Vec::new();
        for (dimension, values) in &length.by {
            for (value, length) in values {
                let write = Writer { span: value.span };
                let is =
                    Term::name(dimension, dimension.span).equals(Term(write.text(&value.node)));
                choices.push((is, plus(&today, length)));
            }
        }
        let default = length.default.as_ref().map(|length| plus(&today, length));
        let default = default.unwrap_or_else(|| self.named.nothing());
        self.named.on_day(named, entered, Term::cases(choices, default));
        self.named.read(named)
    }
}

/// The number that a condition compares with a fixed one.
fn compared(condition: &Expr) -> Option<&Expr> {
    let ExprKind::Binary { op, left, right, .. } = &condition.kind else { return None };
    let is_order = matches!(
        op,
        BinaryOp::GreaterOrEqual | BinaryOp::Greater | BinaryOp::LessOrEqual | BinaryOp::Less
    );
    let is_fixed = matches!(right.kind, ExprKind::Number(_) | ExprKind::Percent(_));
    (is_order && is_fixed).then_some(left)
}

/// The fixed number above zero that a condition needs at least.
pub(super) fn needed(condition: &Expr) -> Option<&Expr> {
    let ExprKind::Binary { op, right, .. } = &condition.kind else { return None };
    let is_least = matches!(op, BinaryOp::GreaterOrEqual | BinaryOp::Greater);
    let is_positive = match &right.kind {
        ExprKind::Number(number) | ExprKind::Percent(number) => number.mantissa > 0,
        _ => false,
    };
    (is_least && is_positive).then_some(right)
}

/// How many rows a condition needs at least: the 3 of `count(key_use) >= 3` and of `count(key_use) > 2`.
pub(super) fn needed_rows(condition: &Expr) -> Option<i128> {
    let ExprKind::Binary { op, left, .. } = &condition.kind else { return None };
    let ExprKind::Number(number) = needed(condition)?.kind else { return None };
    let ExprKind::Aggregate(counted) = &left.kind else { return None };
    let is_count = counted.function.node == AggregateFunction::Count && counted.per.is_none();
    let more = i128::from(*op == BinaryOp::Greater);
    (is_count && number.scale == 0).then_some(number.mantissa + more)
}
