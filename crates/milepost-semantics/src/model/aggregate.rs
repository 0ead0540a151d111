//! Aggregates: over the rows of a dataset, over the members of an entity, and inside each other.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    BehaviorId, Dataset, DatasetId, DimensionId, EntityId, Form, Path, RowExpr, RowKind, SegmentAt,
    SegmentId, Type, Unit,
};
use crate::time::Grain;
use milepost_syntax::ast::{AggregateFunction, Date, Duration, Step};
use milepost_syntax::span::Span;

/// One aggregate over a population: the rows of one dataset, or the members of one entity.
///
/// A filter or argument that is itself made of aggregates ([`RowKind::Inner`]) is judged once for each row and bucket:
/// in the bucket's *frame*, which is the span from its start to its end (or to the as-of). A filter keeps a row only
/// where it is true; a row for which it is absent is counted as absent and left out, and so is a row whose argument is
/// absent because of an inner aggregate.
#[derive(Clone, Debug, Serialize)]
pub struct Aggregate {
    pub function: AggregateFunction,
    /// `count(distinct …)`.
    pub distinct: bool,
    /// Of the rows with one key only that of the highest rank counts, of several the earliest, of several at that time the one
    /// of the smallest value. The arguments are the value, the rank and the parts of the key; a row without one of the three
    /// does not count.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub one_each: bool,
    /// The rows. Of members: the home of their entity, or the list of its keys ([`super::Dataset::derived`]).
    pub dataset: DatasetId,
    /// The behavior that the author named instead of the dataset; its condition stands in `filter`.
    pub behavior: Option<BehaviorId>,
    /// The rows are members of this entity. Without `on` the window chooses those that live: at the frame's end
    /// ([`Window::Bucket`], [`Window::AtEnd`]), at its start ([`Window::AtStart`]), or at any instant of the window
    /// (the others); a member lives at an instant T if it began before T and did not end before T. With `on`, a member
    /// is a row placed at that time, whether it lives or not.
    pub members: Option<EntityId>,
    /// What is aggregated. `count` and `any` of rows: none. `count(distinct events.user)` of an entity: its key
    /// columns (several when the key is composite); a row with a null part has no key.
    pub args: Vec<RowExpr>,
    /// The 0–100 of `percentile(x, p)`; median is 50. The n of the nth value; of a curve the level, 0–1, or the days.
    pub percentile: Option<f64>,
    /// The percentile is that of the values rounded to nine significant bits (halves to even; from 2^960 on none is
    /// rounded), because its metric says `approximate: true`.
    pub approximate: bool,
    /// `on`: a timestamp or date that places rows in time instead of the dataset's own. Of members it may be an
    /// aggregate over all of a member's history.
    pub on: Option<RowExpr>,
    pub window: Window,
    /// `where`, with metric-level `where` joined by `and`.
    pub filter: Option<RowExpr>,
    /// What must have passed before a row counts, because some aggregate of the metric looks ahead from rows of this
    /// population: a row is left out while the end of one of them lies after the as-of. Empty: every row counts at once.
    pub matures: Vec<Matures>,
    /// Where rows of this population look, because some aggregate of the metric consults other rows from them: a row is
    /// left out if one of these looks begins before the data. Empty: every row counts.
    pub looks: Vec<Look>,
    /// By what members are sliced, where that is not what they are in when the frame ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Box<EarlierSlices>>,
    /// What is listed of each row; it changes no number.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub listed: Vec<RowExpr>,
    /// As the author wrote it (canonical text, without metric-level `where`).
    pub text: String,
    pub ty: Type,
    pub unit: Unit,
    pub span: Span,
}

/// Members stay in the slice that they were in at an earlier instant, for what they had then is what is counted: a customer
/// that has left has no plan any more.
#[derive(Clone, Debug, Serialize)]
pub struct EarlierSlices {
    /// Of these members, a condition that looks back by itself; the others are in the slice of the frame's end.
    pub members: RowExpr,
    /// How much earlier, as [`RowKind::Prior`] has it.
    pub by: Option<Duration>,
    /// The value of each dimension that is another one at another time.
    pub slices: BTreeMap<DimensionId, RowExpr>,
}

/// A span that must have passed before a row counts.
#[derive(Clone, Debug, Serialize)]
pub struct Matures {
    /// From this time of the row on; absent (or null): from the time at which the row is placed.
    pub after: Option<RowExpr>,
    pub reach: Reach,
    /// How far the rows that are found there look ahead themselves, those the rows that they find, and so on.
    pub then: Vec<Ahead>,
    /// The rows that are looked at last: what is complete until an earlier day is seen until then.
    pub rows: DatasetId,
}

impl Matures {
    /// What must pass, one after the other.
    #[must_use]
    pub fn lengths(&self) -> Vec<Duration> {
        let own = match self.reach {
            Reach::Ahead(length) => Some(length),
            Reach::Before | Reach::DayBefore => None,
        };
        own.into_iter().chain(self.then.iter().map(|then| then.length)).collect()
    }
}

/// How far rows look ahead, one after the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    pub ahead: Vec<Ahead>,
    /// The rows that are looked at last.
    pub rows: DatasetId,
}

/// The last time at which a row looks, counted from a time of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Reach {
    /// So far ahead.
    Ahead(Duration),
    /// At what was before.
    Before,
    /// At what was before its day.
    DayBefore,
}

/// How far rows look ahead from the time at which they are placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ahead {
    pub length: Duration,
    /// Days and longer are days of the calendar, and the last one is included whole: the rows are placed by a day, or the
    /// length is one of the calendar.
    pub whole_days: bool,
}

/// What a row looks at from its own time, and what must have begun by then.
#[derive(Clone, Debug, Serialize)]
pub enum Look {
    /// A span of time, and the population that is consulted in it, without its arguments and its filter.
    Span { within: Within, rows: Box<Aggregate> },
    /// A segment as of the end of the day before the row.
    Segment(SegmentId),
}

/// An aggregate that is the value of one row: over the rows of another population that belong to it.
///
/// Its windows are seen from the frame of the row's own aggregate.
#[derive(Clone, Debug, Serialize)]
pub struct Inner {
    pub aggregate: Aggregate,
    /// What must be the same. Null matches nothing. Never empty.
    pub links: Vec<Link>,
    /// Written with `with same`: the row that asks is never among the rows that are asked.
    pub others_only: bool,
    /// Seen from the row rather than from the frame; the aggregate's own window is then [`Window::Bucket`] and means
    /// nothing.
    pub within: Option<Within>,
}

/// Two values that must be the same.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Of the row that asks.
    pub outer: RowExpr,
    /// Of the rows that are asked.
    pub inner: RowExpr,
}

/// `within D after T`: rows from T to T + D, both included. `within D before T`: rows from T − D to T, T left out.
#[derive(Clone, Debug, Serialize)]
pub struct Within {
    /// Elapsed time; calendar or business days where its style says so.
    pub length: Duration,
    pub before: bool,
    /// T, of the row that asks; absent: the time at which it is placed.
    pub anchor: Option<RowExpr>,
    /// T is a calendar day: lengths of days and longer follow the calendar, and the last day is included whole.
    pub by_day: bool,
    /// The span is one of those of this length that follow T without gaps: from T + number × D to T + (number + 1) × D,
    /// which is left out; onward: to the as-of. Never `before`.
    pub step: Option<Step>,
    /// Where it begins instead, ending where it would: steps of a funnel follow each other. Never `before`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Box<Since>>,
}

/// A time of the row that asks, from which on a span sees rows; without it nothing is seen.
#[derive(Clone, Debug, Serialize)]
pub struct Since {
    pub time: RowExpr,
    /// That time itself is left out: of a calendar day, the whole day.
    pub apart: bool,
    /// That time and those of the rows that are seen are compared by their calendar day, for one of them is a day.
    pub by_day: bool,
}

impl Within {
    /// How far it is from T to the end of the span, or to where it may end at the earliest.
    #[must_use]
    pub const fn reach(&self) -> Duration {
        match self.step {
            Some(step) => step.end(self.length),
            None => self.length,
        }
    }

    /// The times of the row that asks that it is seen from.
    pub fn times(&self) -> impl Iterator<Item = &RowExpr> {
        self.anchor.iter().chain(self.since.iter().map(|since| &since.time))
    }

    /// The same, to be changed.
    pub fn times_mut(&mut self) -> impl Iterator<Item = &mut RowExpr> {
        self.anchor.iter_mut().chain(self.since.iter_mut().map(|since| &mut since.time))
    }
}

/// A value for each block of time, summarized: `avg(count(events) per day over 28 days)`.
///
/// The blocks are counted back from the window's end, whole ones only. In each, the operand is computed as in a bucket
/// of that span; blocks in which it is absent are left out, blocks in which nothing happened count. Where the first
/// block lies before the data, the whole is `short history`.
#[derive(Clone, Debug, Serialize)]
pub struct Blocks<E> {
    pub function: AggregateFunction,
    pub percentile: Option<f64>,
    pub operand: E,
    pub unit: BlockUnit,
    /// [`Window::Bucket`], [`Window::Over`], [`Window::ToDate`] or [`Window::Since`].
    pub window: Window,
    /// As the author wrote it, canonical.
    pub text: String,
}

/// The length of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum BlockUnit {
    Day,
    Week,
    Month,
}

/// Which rows a bucket sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Window {
    /// Rows whose time is in the bucket.
    Bucket,
    /// The window of that length that ends with the bucket (or with its start: `before`).
    Over { length: Duration, before: bool },
    /// All rows before the bucket's end (or its start).
    Ever { before: bool },
    /// Rows from that day's midnight to the bucket's end.
    Since(Date),
    /// From the start of the grain that holds the bucket's last instant to the bucket's end.
    ToDate(Grain),
    /// States at the end of the previous bucket.
    AtStart,
    /// States just before the bucket's end.
    AtEnd,
    /// The mean of the daily `AtEnd` of the bucket's days.
    Average,
    /// Rows in the bucket that follows so many buckets later (onward: from there to the as-of). They are known once that
    /// bucket is over. Inside aggregates only.
    Step(Step),
}

impl Window {
    /// Whether the rows are chosen by the bucket alone, with no window of its own.
    #[must_use]
    pub const fn is_bare(self) -> bool {
        matches!(self, Self::Bucket)
    }

    /// Whether it reads a state at instants, rather than rows placed in time.
    #[must_use]
    pub const fn is_state(self) -> bool {
        matches!(self, Self::AtStart | Self::AtEnd | Self::Average)
    }
}

impl Aggregate {
    /// Whether it depends on where the bucket starts, rather than on its end and a window of its own.
    #[must_use]
    pub fn starts_with_bucket(&self) -> bool {
        let bare = matches!(
            self.window,
            Window::Bucket | Window::AtStart | Window::Average | Window::Step(_)
        );
        let alive = self.members.is_some() && self.on.is_none() && self.window == Window::Bucket;
        (bare && !alive) || self.exprs().any(RowExpr::starts_with_bucket)
    }

    /// The value of a dimension for a row of `dataset`, which is that of the aggregate; nothing where the rows have none. Of
    /// members that stay in the slice of an earlier instant it is that of then.
    #[must_use]
    pub fn slice<'a>(
        &'a self,
        dataset: &'a Dataset,
        dimension: DimensionId,
    ) -> Option<&'a RowExpr> {
        let earlier = self.earlier.as_ref().and_then(|earlier| earlier.slices.get(&dimension));
        earlier.or_else(|| dataset.reach.get(&dimension))
    }

    /// Whether somewhere inside it rows of later buckets are read.
    #[must_use]
    pub fn steps_ahead(&self) -> bool {
        let mut found = false;
        self.each_aggregate(&mut |inside| found |= matches!(inside.window, Window::Step(_)));
        found
    }

    /// How many of its arguments are values, rather than what chooses among rows.
    #[must_use]
    pub const fn values(&self) -> usize {
        if self.one_each { 1 } else { self.args.len() }
    }

    /// Whether somewhere inside it something is read as it is known at the end of the data.
    #[must_use]
    pub fn reads_latest(&self) -> bool {
        self.exprs().any(RowExpr::reads_latest)
    }

    /// Its arguments, `on` and filter, in this order.
    pub fn exprs(&self) -> impl Iterator<Item = &RowExpr> {
        self.args.iter().chain(&self.on).chain(&self.filter)
    }

    /// What decides which rows count besides the filter: from when on they wait, and from where they look.
    pub fn waits(&self) -> impl Iterator<Item = &RowExpr> {
        self.waits_from().chain(self.looks_from())
    }

    /// The times from which on rows wait, where these are not the times at which they are placed.
    pub fn waits_from(&self) -> impl Iterator<Item = &RowExpr> {
        self.matures.iter().filter_map(|matures| matures.after.as_ref())
    }

    /// The times from which rows look, where these are not the times at which they are placed.
    pub fn looks_from(&self) -> impl Iterator<Item = &RowExpr> {
        self.looks.iter().filter_map(|look| match look {
            Look::Span { within, .. } => within.anchor.as_ref(),
            Look::Segment(_) => None,
        })
    }

    /// Calls `f` for this aggregate and for all inside it, from the outside in.
    pub fn each_aggregate<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
        f(self);
        for expr in self.exprs().chain(self.waits()) {
            expr.each_inner(&mut |inner| inner.each_aggregate(f));
        }
    }

    /// Whether rows are left out that are too young, or that look before the data.
    #[must_use]
    pub const fn leaves_out(&self) -> bool {
        !self.matures.is_empty() || !self.looks.is_empty()
    }

    /// Whether the rows are judged again at each bucket (or consult other rows), so that no state of rows alone
    /// answers it.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.members.is_some()
            || self.one_each
            || self.leaves_out()
            || self.exprs().any(RowExpr::is_judged)
    }

    /// Whether the time by which rows are placed is a calendar day. `own`: the type of the dataset's own time.
    #[must_use]
    pub fn is_placed_by_day(&self, own: Option<Type>) -> bool {
        self.on.as_ref().map(|on| on.ty).or(own) == Some(Type::Date)
    }
}

impl Inner {
    /// Calls `f` for the aggregate and for all inside it, also in its links and the times that it is seen from.
    pub fn each_aggregate<'a>(&'a self, f: &mut dyn FnMut(&'a Aggregate)) {
        self.aggregate.each_aggregate(f);
        let links = self.links.iter().flat_map(|link| [&link.outer, &link.inner]);
        for expr in links.chain(self.within.iter().flat_map(Within::times)) {
            expr.each_inner(&mut |inner| inner.each_aggregate(f));
        }
    }
}

impl Inner {
    /// Calls `f` for every path of the aggregate, its links and the times that it is seen from.
    pub fn each_path<'a>(&'a self, f: &mut dyn FnMut(&'a Path)) {
        let links = self.links.iter().flat_map(|link| [&link.outer, &link.inner]);
        let times = self.within.iter().flat_map(Within::times);
        for expr in self.aggregate.exprs().chain(links).chain(times) {
            expr.each_path(f);
        }
    }
}

impl RowExpr {
    /// Whether it says who belongs to a segment, which slices show as yes or no.
    #[must_use]
    pub fn is_belonging(&self) -> bool {
        self.ty == Type::Boolean
            && match &self.kind {
                RowKind::Segment(_) => true,
                RowKind::Prior { operand, .. } => operand.is_belonging(),
                RowKind::Form(Form::If { then, .. }) => then.is_belonging(),
                _ => false,
            }
    }

    /// Calls `f` for every aggregate that stands in the expression itself.
    pub fn each_inner<'a>(&'a self, f: &mut dyn FnMut(&'a Inner)) {
        if let RowKind::Inner(inner) = &self.kind {
            f(inner);
        }
        self.each_child(&mut |child| child.each_inner(f));
    }

    /// Whether it consults other rows in a span of time seen from the row, or a segment as of the day before it.
    #[must_use]
    pub fn looks_from_the_row(&self) -> bool {
        match &self.kind {
            RowKind::Inner(inner) => inner.within.is_some(),
            RowKind::Segment(asked) => asked.at == SegmentAt::DayBefore,
            _ => self.any_child(Self::looks_from_the_row),
        }
    }

    /// Whether something in it is read as it is known at the end of the data.
    #[must_use]
    pub fn reads_latest(&self) -> bool {
        match &self.kind {
            RowKind::Latest(_) => true,
            RowKind::Inner(inner) => inner.aggregate.reads_latest(),
            _ => self.any_child(Self::reads_latest),
        }
    }

    fn starts_with_bucket(&self) -> bool {
        match &self.kind {
            RowKind::Inner(inner) => inner.within.is_none() && inner.aggregate.starts_with_bucket(),
            RowKind::BusinessDays => true,
            RowKind::Latest(_) => false,
            RowKind::Blocks(blocks) => matches!(blocks.window, Window::Bucket),
            _ => self.any_child(Self::starts_with_bucket),
        }
    }

    /// Whether its value depends on the frame or on other rows.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        match &self.kind {
            RowKind::Inner(_)
            | RowKind::Prior { .. }
            | RowKind::Blocks(_)
            | RowKind::Segment(_)
            | RowKind::Seen(_)
            | RowKind::BusinessDays
            | RowKind::Latest(_)
            | RowKind::Now(_)
            | RowKind::Today => true,
            RowKind::Column(path) => path.hops.iter().any(|hop| hop.valid.is_some()),
            RowKind::Form(_) => self.any_child(Self::is_judged),
        }
    }
}
