//! Rows that are left out inside an evaluation: whether none is left for anybody, and whether some are only too young, so
//! that what is told of a member may still change.

use milepost_semantics::model::SegmentAt;
use milepost_semantics::time::Instant;
use milepost_syntax::ast::{
    AggregateFunction, Curve, CurveValue, Duration, DurationStyle, TimeUnit,
};

use crate::leaf::Bounds;
use crate::rows::evaluate::context::{Env, EvaluationContext};
use crate::rows::evaluate::frames::FrameId;
use crate::rows::evaluate::standing::Standings;
use crate::rows::ids::{InnerId, SegmentPlanId};
use crate::rows::plan::LeafPlan;
use crate::rows::plan::population::{InnerPlan, Population, Rows, WithinPlan};
use crate::rows::plan::program::Program;
use crate::rows::plan::wait::Wait;

/// From an instant on and before another: where rows lie that look.
type Span = (i64, i64);

const ALWAYS: Span = (i64::MIN, i64::MAX);

fn span_of(bounds: &Bounds) -> Span {
    match bounds {
        Bounds::Range { lo, hi } => (lo.0, hi.0),
        Bounds::At(instant) => (i64::MIN, instant.0),
        Bounds::MeanAt(instants) => {
            (i64::MIN, instants.iter().map(|at| at.0).max().unwrap_or(i64::MIN))
        }
    }
}

impl EvaluationContext<'_> {
    /// Which rows in the window of an aggregate count, whoever they are linked to.
    pub(in crate::rows) fn standings(&self, inner: InnerId, frame: FrameId) -> Standings {
        if let Some(found) = self.standings.borrow().get(&(inner, frame)) {
            return found.clone();
        }
        let population = &self.plan.inners[inner].population;
        let env = Env::of(frame);
        let lines = self.index(population.index, env);
        let mut all = Standings::default();
        let mut add = |bounds: &Bounds| {
            for list in lines.lists() {
                let seen = self.seen(population, &lines, list, bounds, frame);
                for (row, env) in self.rows(population, &lines, &seen, bounds, env) {
                    all.add(&self.standing(population, row, env));
                }
            }
        };
        match &*self.frames.bounds(frame, population.window) {
            Bounds::MeanAt(instants) => {
                instants.iter().for_each(|instant| add(&Bounds::At(*instant)));
            }
            bounds => add(bounds),
        }
        self.standings.borrow_mut().insert((inner, frame), all.clone());
        all
    }

    /// Whether what a leaf tells of some row in a bucket may still change, because of what is too young inside an evaluation.
    pub(in crate::rows) fn is_leaf_open(
        &self,
        plan: &LeafPlan,
        bounds: &Bounds,
        frame: FrameId,
    ) -> bool {
        let population = &plan.population;
        let judged = population.args.iter().chain(&population.filter);
        let mut judged = judged.chain(plan.slices.iter().map(|(slice, _)| slice));
        let placed = match &population.rows {
            Rows::Placed { at, .. } | Rows::PlacedMembers { at, .. } => {
                self.is_time_open(&self.plan.times[*at].1, bounds)
            }
            Rows::State { .. } | Rows::Members(_) => false,
        };
        placed || judged.any(|program| self.is_open(program, frame, span_of(bounds)))
    }

    /// Whether some that begin in the bounds of a curve have not been followed for the days after which it is asked.
    pub(in crate::rows) fn is_curve_open(&self, population: &Population, bounds: &Bounds) -> bool {
        let AggregateFunction::Curve(Curve { asks, business }) = population.function else {
            return false;
        };
        if asks == CurveValue::Quantile {
            return false;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole days")]
        let count = population.percentile.unwrap_or(0.0) as u32;
        let style = if business { DurationStyle::Business } else { DurationStyle::Plain };
        let length = Duration { count, unit: TimeUnit::Day, style };
        self.calendar.shift(bounds.end(), length, false) > self.plan.as_of.end
    }

    /// The same of what a program tells of anybody. `span`: where the rows lie that ask.
    fn is_open(&self, program: &Program, frame: FrameId, span: Span) -> bool {
        match program {
            Program::Inner(number) => {
                let plan = &self.plan.inners[*number];
                let population = &plan.population;
                let asking = span;
                let (own, span) = match &plan.within {
                    Some(within) => {
                        let span = self.looked_at(within, span);
                        (self.is_open_after(plan, span), span)
                    }
                    None => {
                        let bounds = self.frames.bounds(frame, population.window);
                        let waits = !population.waits.is_empty();
                        (waits && self.standings(*number, frame).young > 0, span_of(&bounds))
                    }
                };
                let mut inside = population.args.iter().chain(&population.filter);
                let mut times = plan.within.iter().flat_map(WithinPlan::times);
                own || inside.any(|program| self.is_open(program, frame, span))
                    || times.any(|time| self.is_open(time, frame, asking))
            }
            Program::Prior { operand, by } => {
                self.is_open(operand, self.frames.earlier(frame, *by), span)
            }
            Program::Latest(operand) => self.is_open(operand, self.frames.ever(), span),
            Program::Blocks { operand, unit, window, .. } => {
                let blocks = self.frames.blocks(frame, *unit, *window);
                blocks.iter().any(|block| self.is_open(operand, *block, span))
            }
            Program::Segment { segment, at: SegmentAt::End, .. } => {
                self.is_segment_open(*segment, self.frames.end(frame))
            }
            // Rows that ask as of another day wait themselves.
            Program::Segment { at: SegmentAt::DayBefore, .. } | Program::History { .. } => false,
            _ => program.operands().into_iter().any(|program| self.is_open(program, frame, span)),
        }
    }

    /// The same of what a segment says of anybody at an instant. Segments are made of each other, so each is asked once.
    fn is_segment_open(&self, segment: SegmentPlanId, end: i64) -> bool {
        let open = &self.segments.open[segment];
        if let Some(found) = open.borrow().get(&end) {
            return *found;
        }
        let day = self.frames.day(end);
        let mut programs = self.plan.segments[segment].programs();
        let found = programs.any(|program| self.is_open(program, day, ALWAYS));
        open.borrow_mut().insert(end, found);
        found
    }

    /// Whether rows in a span of time, which other rows consult, are too young by a time of their own, or still to come: how
    /// long that is after theirs nobody who consults them knows.
    fn is_open_after(&self, plan: &InnerPlan, (lo, hi): Span) -> bool {
        let waits: Vec<&Wait> =
            plan.population.waits.iter().filter(|wait| wait.after.is_some()).collect();
        let bounds = Bounds::Range { lo: Instant(lo), hi: Instant(hi) };
        !waits.is_empty()
            && (hi > self.plan.as_of.end.0 || self.is_any_young(plan, &waits, &bounds))
    }

    /// Whether the time by which rows are placed may still change, for rows that are placed in these bounds.
    fn is_time_open(&self, time: &Program, bounds: &Bounds) -> bool {
        let Program::Inner(number) = time else {
            return time.operands().into_iter().any(|part| self.is_time_open(part, bounds));
        };
        let plan = &self.plan.inners[*number];
        let waits: Vec<&Wait> = plan.population.waits.iter().collect();
        !waits.is_empty() && self.is_any_young(plan, &waits, bounds)
    }

    fn is_any_young(&self, plan: &InnerPlan, waits: &[&Wait], bounds: &Bounds) -> bool {
        let population = &plan.population;
        // A state is read as of an instant, and none of its rows is placed in bounds.
        if matches!(population.rows, Rows::State { .. }) {
            return false;
        }
        let frame = self.frames.ever();
        let lines = self.index(population.index, Env::of(frame));
        lines.lists().any(|list| {
            let seen = self.seen(population, &lines, list, bounds, frame);
            let mut rows = self.rows(population, &lines, &seen, bounds, Env::of(frame));
            rows.any(|(row, env)| waits.iter().any(|wait| self.is_waiting(wait, row, env)))
        })
    }

    /// Where rows lie that are consulted from rows in a span, at most.
    fn looked_at(&self, within: &WithinPlan, (lo, hi): Span) -> Span {
        let is_onward = within.step.is_some_and(|step| step.onward);
        if within.times().next().is_some() || hi == i64::MAX || is_onward {
            return ALWAYS;
        }
        if within.before {
            return (i64::MIN, hi);
        }
        let last = self.calendar.shift(Instant(hi), within.reach(), false);
        (lo, self.calendar.end_of_day(last).0)
    }
}
