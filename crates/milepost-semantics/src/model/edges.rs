//! What a value reads of its bucket: whether a bucket that is cut short still says what a whole one does.

use std::collections::BTreeMap;

use super::{
    Aggregate, DimensionId, Inner, Model, RowExpr, RowKind, SegmentAt, SegmentId, ValidAt,
    ValueExpr, ValueKind, Window, Within,
};
use crate::time::Grain;
use milepost_syntax::ast::Duration;

/// Which parts of its bucket a value reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// What happened between the start and the end.
    inside: bool,
    /// What ends with the bucket: a window, a state, a judgement.
    end: bool,
    /// What is over when the bucket begins: an earlier bucket, a window before it, a state at its start.
    earlier: bool,
    /// The day with which the bucket ends, beside an earlier one: a segment compares the two.
    days: bool,
}

impl Edges {
    const INSIDE: Self = Self { inside: true, ..Self::NONE };
    const END: Self = Self { end: true, ..Self::NONE };
    const EARLIER: Self = Self { earlier: true, ..Self::NONE };
    const NONE: Self = Self { inside: false, end: false, earlier: false, days: false };

    const fn and(self, other: Self) -> Self {
        Self {
            inside: self.inside || other.inside,
            end: self.end || other.end,
            earlier: self.earlier || other.earlier,
            days: self.days || other.days,
        }
    }

    /// Whether a bucket that ends early gives another kind of number than a whole one: it counts what happened in the
    /// bucket, or holds what ends with it against what was over before it began.
    #[must_use]
    pub const fn is_partial_when_cut(self) -> bool {
        self.inside || (self.end && self.earlier)
    }

    /// The same of a bucket that ends in the course of a day.
    #[must_use]
    pub const fn is_partial_within_a_day(self) -> bool {
        self.is_partial_when_cut() || self.days
    }

    /// Whether it counts what happened between the bucket's start and its end.
    #[must_use]
    pub const fn counts_inside(self) -> bool {
        self.inside
    }

    /// Seen from an earlier bucket, which is read whole.
    const fn before(self) -> Self {
        if self.inside || self.end || self.earlier { Self::EARLIER } else { Self::NONE }
    }
}

impl ValueExpr {
    /// What the value reads of a bucket of this grain, sliced by these dimensions.
    #[must_use]
    pub fn edges(&self, model: &Model, grain: Grain, by: &[DimensionId]) -> Edges {
        Walk { model, segments: BTreeMap::new() }.value(self, grain, by)
    }
}

struct Walk<'m> {
    model: &'m Model,
    /// Segments that compare the day with an earlier one, or don't.
    segments: BTreeMap<SegmentId, bool>,
}

impl Walk<'_> {
    fn value(&mut self, expr: &ValueExpr, grain: Grain, by: &[DimensionId]) -> Edges {
        match &expr.kind {
            ValueKind::Aggregate(aggregate) => {
                let mut found = self.aggregate(aggregate, grain);
                for dimension in by {
                    // A slice is that of the bucket's end; of a state, that of its own instant.
                    if let Some(value) = aggregate.slice(&self.model[aggregate.dataset], *dimension)
                    {
                        found = found.and(self.row(value, grain, instant(aggregate.window)));
                    }
                }
                found
            }
            ValueKind::BusinessDays => Edges::INSIDE,
            ValueKind::Prior { operand, by: length } => {
                prior(self.value(operand, grain, by), *length, grain)
            }
            ValueKind::Blocks(blocks) => window(blocks.window),
            _ => {
                let mut found = Edges::NONE;
                expr.each_child(&mut |child| found = found.and(self.value(child, grain, by)));
                found
            }
        }
    }

    fn aggregate(&mut self, aggregate: &Aggregate, grain: Grain) -> Edges {
        // Members of a bucket are those that live at its end.
        let alive = aggregate.members.is_some() && aggregate.on.is_none();
        let own = match aggregate.window {
            Window::Bucket if alive => Edges::END,
            own => window(own),
        };
        own.and(self.rows(aggregate, grain, instant(aggregate.window)))
    }

    /// What the rows of an aggregate read, wherever its window lies.
    fn rows(&mut self, aggregate: &Aggregate, grain: Grain, instant: Edges) -> Edges {
        aggregate.exprs().fold(Edges::NONE, |found, expr| found.and(self.row(expr, grain, instant)))
    }

    /// `instant`: where the instant lies at which states are read.
    fn row(&mut self, expr: &RowExpr, grain: Grain, instant: Edges) -> Edges {
        let own = match &expr.kind {
            RowKind::Column(path) => {
                let at_end = path.hops.iter().any(|hop| hop.valid == Some(ValidAt::End));
                if at_end { instant } else { Edges::NONE }
            }
            RowKind::Inner(inner) => self.inner(inner, grain, instant),
            RowKind::Prior { operand, by } => {
                return prior(self.row(operand, grain, instant), *by, grain);
            }
            RowKind::Blocks(blocks) => return window(blocks.window),
            RowKind::Segment(asked) if asked.at == SegmentAt::End => {
                Edges { days: self.compares_days(asked.segment), ..Edges::END }
            }
            // The same wherever the bucket ends.
            RowKind::Latest(_) => return Edges::NONE,
            RowKind::Seen(_) | RowKind::Today | RowKind::Now(_) => Edges::END,
            RowKind::BusinessDays => Edges::INSIDE,
            _ => Edges::NONE,
        };
        let mut found = own;
        expr.each_child(&mut |child| found = found.and(self.row(child, grain, instant)));
        found
    }

    fn inner(&mut self, inner: &Inner, grain: Grain, instant: Edges) -> Edges {
        let links = inner.links.iter().flat_map(|link| [&link.outer, &link.inner]);
        let times = inner.within.iter().flat_map(Within::times);
        let mut found = Edges::NONE;
        for expr in links.chain(times) {
            found = found.and(self.row(expr, grain, instant));
        }
        // What is seen from a row ends with the row's own time.
        found.and(match inner.within {
            Some(_) => self.rows(&inner.aggregate, grain, instant),
            None => self.aggregate(&inner.aggregate, grain),
        })
    }

    /// A segment is judged by days.
    fn compares_days(&mut self, id: SegmentId) -> bool {
        if let Some(known) = self.segments.get(&id) {
            return *known;
        }
        let model = self.model;
        let found = model[id].exprs().fold(Edges::NONE, |found, condition| {
            found.and(self.row(condition, Grain::Day, Edges::END))
        });
        let compares = found.is_partial_within_a_day();
        self.segments.insert(id, compares);
        compares
    }
}

/// What a window reads of its bucket.
const fn window(window: Window) -> Edges {
    match window {
        Window::Bucket | Window::Average | Window::Step(_) => Edges::INSIDE,
        Window::AtStart | Window::Over { before: true, .. } | Window::Ever { before: true } => {
            Edges::EARLIER
        }
        Window::Over { before: false, .. }
        | Window::Ever { before: false }
        | Window::Since(_)
        | Window::ToDate(_)
        | Window::AtEnd => Edges::END,
    }
}

/// Where the instant lies at which the rows of an aggregate are judged.
const fn instant(window: Window) -> Edges {
    if matches!(window, Window::AtStart) { Edges::EARLIER } else { Edges::END }
}

/// An earlier bucket is read whole; by less than a bucket the ends move back, and nothing else changes.
fn prior(operand: Edges, by: Option<Duration>, grain: Grain) -> Edges {
    match by {
        Some(length) if grain.is_longer_than(length) => operand,
        _ => operand.before(),
    }
}
