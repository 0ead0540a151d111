//! Aggregates, and what follows from what is in them.

use std::borrow::Cow;

use milepost::semantics::time::Grain;
use milepost::syntax::ast::{AggregateFunction, Date, Duration, Step};

use super::{
    DatasetId, DimensionId, EntityId, Model, Path, RowExpr, RowKind, SegmentId, ValueExpr,
    ValueKind,
};

/// An aggregate over the rows of a dataset, or over the members of an entity.
#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    pub(crate) function: AggregateFunction,
    pub(crate) distinct: bool,
    /// Of the rows with one key that of the highest rank counts, of several the earliest. The arguments are the value, the rank
    /// and the key.
    pub(crate) one_each: bool,
    pub(crate) dataset: DatasetId,
    /// The rows are the members of this entity.
    pub(crate) members: Option<EntityId>,
    /// Nothing for rows that are counted, several for a composite key.
    pub(crate) args: Vec<RowExpr>,
    pub(crate) percentile: Option<f64>,
    pub(crate) approximate: bool,
    pub(crate) on: Option<RowExpr>,
    pub(crate) window: Window,
    pub(crate) filter: Option<RowExpr>,
    /// Where rows look: those that look before the data don't count, nor those that look at what is still to come.
    pub(crate) looks: Vec<Look>,
    /// Members of whom that is true are sliced by what they were that much earlier; a bucket, if nothing is said.
    pub(crate) earlier: Option<(RowExpr, Option<Duration>)>,
}

/// Where a row looks.
#[derive(Clone, Debug)]
pub(crate) enum Look {
    /// At the rows of an aggregate, in a span of time.
    Span { within: Within, rows: Box<Aggregate> },
    /// At nothing, but it waits as if it looked at these rows in a span of time.
    Wait { within: Within, rows: Box<Aggregate> },
    /// At a segment, as of the end of the day before.
    Segment(SegmentId),
}

/// An aggregate that is the value of one row: over other rows.
#[derive(Clone, Debug)]
pub(crate) struct Inner {
    pub(crate) aggregate: Aggregate,
    /// What must be the same.
    pub(crate) links: Vec<Link>,
    /// By `with same`: a row never matches itself.
    pub(crate) others_only: bool,
    pub(crate) within: Option<Within>,
}

#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) outer: RowExpr,
    pub(crate) inner: RowExpr,
}

#[derive(Clone, Debug)]
pub(crate) struct Within {
    pub(crate) length: Duration,
    pub(crate) before: bool,
    /// Absent: the row's own time.
    pub(crate) anchor: Option<RowExpr>,
    /// One of the spans of this length that follow each other from there, the end of each left out.
    pub(crate) step: Option<Step>,
    /// Where it begins instead.
    pub(crate) since: Option<Since>,
}

/// A time of the row that asks, from which on it sees rows: from that day on, if that or their time is a day.
#[derive(Clone, Debug)]
pub(crate) struct Since {
    pub(crate) time: RowExpr,
    /// That time itself is left out.
    pub(crate) apart: bool,
}

impl Within {
    /// What it is seen from.
    pub(crate) fn times(&self) -> impl Iterator<Item = &RowExpr> {
        self.anchor.iter().chain(self.since.iter().map(|since| &since.time))
    }

    /// From the time to the end, or to the earliest one that there may be.
    pub(crate) fn reach(&self) -> Duration {
        let steps = self.step.map_or(1, |step| step.number + 1);
        Duration { count: self.length.count * steps, ..self.length }
    }
}

/// A number for each block of time, summarized.
#[derive(Clone, Debug)]
pub(crate) struct Blocks<E> {
    pub(crate) function: AggregateFunction,
    pub(crate) percentile: Option<f64>,
    pub(crate) operand: E,
    pub(crate) unit: BlockUnit,
    pub(crate) window: Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BlockUnit {
    Day,
    Week,
    Month,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    Bucket,
    Over {
        length: Duration,
        before: bool,
    },
    Ever {
        before: bool,
    },
    Since(Date),
    ToDate(Grain),
    AtStart,
    AtEnd,
    Average,
    /// A bucket that follows so many buckets later.
    Step(Step),
}

#[derive(Clone, Debug)]
pub(crate) struct InSegment {
    pub(crate) segment: SegmentId,
    pub(crate) key: Vec<RowExpr>,
    pub(crate) at: SegmentAt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SegmentAt {
    /// At the end of the bucket.
    End,
    /// At the end of the day before the row's own time.
    DayBefore,
}

impl Window {
    pub(crate) const fn is_bare(self) -> bool {
        matches!(self, Self::Bucket)
    }

    pub(crate) const fn is_state(self) -> bool {
        matches!(self, Self::AtStart | Self::AtEnd | Self::Average)
    }
}

impl Aggregate {
    /// The value of a dimension for its rows.
    pub(crate) fn slice<'m>(&self, model: &'m Model, dimension: DimensionId) -> Cow<'m, RowExpr> {
        let now = &model[self.dataset].reach[&dimension];
        match &self.earlier {
            Some(earlier) => Cow::Owned(now.clone().or_as_it_was(earlier)),
            None => Cow::Borrowed(now),
        }
    }

    /// What is in it, in the order in which it is written.
    pub(crate) fn exprs(&self) -> impl Iterator<Item = &RowExpr> {
        self.args.iter().chain(&self.on).chain(&self.filter)
    }

    pub(crate) fn exprs_mut(&mut self) -> impl Iterator<Item = &mut RowExpr> {
        self.args.iter_mut().chain(&mut self.on).chain(&mut self.filter)
    }

    /// Calls `f` for it and for every aggregate inside.
    pub(crate) fn each_aggregate<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
        f(self);
        for expr in self.exprs() {
            expr.each_inner(&mut |inner| inner.each_aggregate(f));
        }
    }

    /// Whether its rows are judged, so that those that can't be are counted beside its number.
    pub(crate) fn is_judged(&self) -> bool {
        self.members.is_some()
            || self.one_each
            || self.leaves_out()
            || self.exprs().any(RowExpr::is_judged)
    }

    /// Whether rows are left out, whatever they pass.
    pub(crate) const fn leaves_out(&self) -> bool {
        !self.looks.is_empty()
    }

    /// Where its rows look by what is in it.
    pub(crate) fn own_looks(&self) -> Vec<Look> {
        let mut looks = Vec::new();
        self.exprs().for_each(|expr| expr.collect_looks(&mut looks));
        looks
    }
}

impl Inner {
    fn exprs(&self) -> impl Iterator<Item = &RowExpr> {
        let links = self.links.iter().flat_map(|link| [&link.outer, &link.inner]);
        links.chain(self.within.iter().flat_map(Within::times))
    }

    fn each_aggregate<'a>(&'a self, f: &mut dyn FnMut(&'a Aggregate)) {
        self.aggregate.each_aggregate(f);
        for expr in self.exprs() {
            expr.each_inner(&mut |inner| inner.each_aggregate(f));
        }
    }
}

impl RowExpr {
    fn collect_looks(&self, looks: &mut Vec<Look>) {
        self.each_inner(&mut |Inner { within, aggregate, .. }| {
            let Some(within) = within else { return };
            let rows = Box::new(aggregate.clone());
            let all = Within { since: None, ..within.clone() };
            looks.push(Look::Span { within: all, rows });
            within.since.iter().for_each(|since| since.time.collect_looks(looks));
        });
        self.each_segment(&mut |asked| {
            if asked.at == SegmentAt::DayBefore {
                looks.push(Look::Segment(asked.segment));
            }
        });
    }

    /// Calls `f` for every aggregate in the expression, but not for those inside them.
    pub(crate) fn each_inner<'a>(&'a self, f: &mut dyn FnMut(&'a Inner)) {
        if let RowKind::Inner(inner) = &self.kind {
            f(inner);
        }
        self.each_child(&mut |child| child.each_inner(f));
    }

    /// The same, to change them.
    pub(crate) fn each_inner_mut(&mut self, f: &mut dyn FnMut(&mut Inner)) {
        if let RowKind::Inner(inner) = &mut self.kind {
            f(inner);
        }
        self.each_child_mut(&mut |child| child.each_inner_mut(f));
    }

    /// Calls `f` for every segment that the row itself asks for.
    pub(crate) fn each_segment<'a>(&'a self, f: &mut dyn FnMut(&'a InSegment)) {
        if let RowKind::Segment(asked) = &self.kind {
            f(asked);
        }
        self.each_child(&mut |child| child.each_segment(f));
    }

    /// Calls `f` for every path, also inside aggregates.
    pub(crate) fn each_path<'a>(&'a self, f: &mut dyn FnMut(&'a Path)) {
        match &self.kind {
            RowKind::Column(path) => f(path),
            RowKind::Inner(inner) => {
                inner.aggregate.exprs().chain(inner.exprs()).for_each(|expr| expr.each_path(f));
            }
            _ => self.each_child(&mut |child| child.each_path(f)),
        }
    }

    /// Whether the row itself looks at others in a span of time, or at a segment as of the day before.
    pub(crate) fn looks_from_the_row(&self) -> bool {
        self.some(&|expr| match &expr.kind {
            RowKind::Inner(inner) => Some(inner.within.is_some()),
            RowKind::Segment(asked) => Some(asked.at == SegmentAt::DayBefore),
            _ => None,
        })
    }

    /// Whether its value depends on the bucket or on other rows.
    pub(crate) fn is_judged(&self) -> bool {
        self.some(&|expr| match &expr.kind {
            RowKind::Inner(_)
            | RowKind::Prior { .. }
            | RowKind::Blocks(_)
            | RowKind::Segment(_)
            | RowKind::Seen(_)
            | RowKind::BusinessDays
            | RowKind::Today => Some(true),
            RowKind::Column(path) => Some(path.hops.iter().any(|hop| hop.valid.is_some())),
            _ => None,
        })
    }
}

impl ValueExpr {
    /// Calls `f` for every outermost aggregate.
    pub(crate) fn each_aggregate<'a>(&'a self, f: &mut dyn FnMut(&'a Aggregate)) {
        if let ValueKind::Aggregate(aggregate) = &self.kind {
            f(aggregate);
        }
        self.each_child(&mut |child| child.each_aggregate(f));
    }
}
