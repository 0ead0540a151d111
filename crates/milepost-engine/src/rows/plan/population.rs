//! Whose rows an aggregate looks at, what it computes of them, and what it looks up.

use milepost_semantics::model::{SegmentId, Window};
use milepost_syntax::ast::{AggregateFunction, Curve, CurveValue, Duration, Step};

use crate::evaluate::Value;
use crate::rows::ids::{
    BandId, ById, IndexId, MembersId, SegmentPlanId, TableColumnId, TableId, TimesId,
};
use crate::rows::plan::program::Program;
use crate::rows::plan::wait::Wait;

/// A population and the aggregate over it.
#[derive(Clone, Debug)]
pub(in crate::rows) struct Population {
    pub(in crate::rows) table: TableId,
    pub(in crate::rows) rows: Rows,
    /// The list of its rows.
    pub(in crate::rows) index: IndexId,
    /// What the index has not filtered yet.
    pub(in crate::rows) filter: Option<Program>,
    pub(in crate::rows) args: Vec<Program>,
    pub(in crate::rows) function: AggregateFunction,
    pub(in crate::rows) distinct: bool,
    /// Of the rows with one key only the best counts: the arguments are the value, the rank and the key.
    pub(in crate::rows) one_each: bool,
    pub(in crate::rows) percentile: Option<f64>,
    pub(in crate::rows) approximate: bool,
    pub(in crate::rows) window: Window,
    /// What must have passed until a row counts.
    pub(in crate::rows) waits: Vec<Wait>,
    /// Where rows look: those that look before the data are left out.
    pub(in crate::rows) looks: Vec<LookPlan>,
    /// Whether the aggregate itself looks there, so that rows that are left out are counted.
    pub(in crate::rows) own_looks: bool,
}

impl Population {
    /// The same without what is asked of its values only after all of them are there: at which level a percentile is.
    /// Populations that are equal then are evaluated once for all.
    pub(in crate::rows) fn until_finished(&self) -> Self {
        let function = match self.function {
            AggregateFunction::Median => AggregateFunction::Percentile,
            AggregateFunction::Curve(_) => {
                AggregateFunction::Curve(Curve { asks: CurveValue::Quantile, business: false })
            }
            other => other,
        };
        Self { function, percentile: None, ..self.clone() }
    }

    /// Whether rows are left out that are too young, or that look before the data.
    pub(in crate::rows) const fn leaves_out(&self) -> bool {
        !self.waits.is_empty() || !self.looks.is_empty()
    }

    /// What tells which rows are left out.
    pub(in crate::rows) fn left_out_by(&self) -> impl Iterator<Item = &Program> {
        let after =
            self.waits.iter().filter_map(|wait| wait.after.as_ref().map(|(after, _)| after));
        after.chain(self.looks.iter().filter_map(|look| match look {
            LookPlan::Span { within, .. } => within.anchor.as_ref(),
            LookPlan::Segment(_) => None,
        }))
    }

    /// Whether what is computed needs all values, or all keys, until the end.
    pub(in crate::rows) const fn holds_values(&self) -> bool {
        use AggregateFunction as F;
        self.distinct || !matches!(self.function, F::Count | F::Any | F::Sum | F::Avg)
    }
}

/// Where a row looks.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rows) enum LookPlan {
    /// A span of time in which it consults rows of a table.
    Span { within: WithinPlan, table: TableId, rows: Rows },
    /// A segment, as of the end of the day before.
    Segment(SegmentPlanId),
}

/// How rows stand in time.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rows) enum Rows {
    /// Placed at one instant.
    Placed { at: TimesId, first: TimesId },
    /// True from an instant to another.
    State {
        at: TimesId,
        until: Option<TimesId>,
        /// The rows of the latest picture.
        picture: bool,
        /// A row counts for a while only: without one in reach nothing is known.
        fades: bool,
    },
    /// Those that live.
    Members(Life),
    /// Members placed at one instant, whether they live or not.
    PlacedMembers { life: Life, at: TimesId },
}

/// When a member lives.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rows) enum Life {
    Always,
    Between {
        from: TimesId,
        until: Option<TimesId>,
    },
    /// Since the first row that names it; null: always.
    Since(TimesId),
}

/// The index of a population's rows: lists by key, sorted by time.
#[derive(Clone, Debug)]
pub(in crate::rows) struct IndexPlan {
    pub(in crate::rows) table: TableId,
    /// Rows without this time are in no list.
    pub(in crate::rows) at: Option<TimesId>,
    /// The key, and whether each part is compared by its calendar day.
    pub(in crate::rows) key: Vec<(Program, bool)>,
    /// A column that must be true.
    pub(in crate::rows) filter: Option<TableColumnId>,
    /// Whether the key may be another one in another frame.
    pub(in crate::rows) moves: bool,
}

/// An aggregate inside an evaluation.
#[derive(Clone, Debug)]
pub(in crate::rows) struct InnerPlan {
    /// The table of the rows that ask.
    pub(in crate::rows) outer: TableId,
    /// What the row that asks is linked by, and whether it is compared by its calendar day.
    pub(in crate::rows) key: Vec<(Program, bool)>,
    /// Whether a row may be linked to other rows in another frame.
    pub(in crate::rows) moves: bool,
    pub(in crate::rows) population: Population,
    pub(in crate::rows) within: Option<WithinPlan>,
    /// Whether the row that asks is never among those that are asked.
    pub(in crate::rows) others_only: bool,
}

/// A window seen from the row that asks.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rows) struct WithinPlan {
    pub(in crate::rows) length: Duration,
    pub(in crate::rows) before: bool,
    pub(in crate::rows) anchor: Option<Program>,
    /// It is seen from a calendar day.
    pub(in crate::rows) by_day: bool,
    /// Which of the spans of this length that follow each other.
    pub(in crate::rows) step: Option<Step>,
    /// Where it begins instead.
    pub(in crate::rows) since: Option<SincePlan>,
}

/// A time of the row that asks, from which on it sees rows.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rows) struct SincePlan {
    pub(in crate::rows) time: Program,
    /// That time itself is left out.
    pub(in crate::rows) apart: bool,
    pub(in crate::rows) by_day: bool,
}

impl WithinPlan {
    /// How far the span reaches from the row that asks, or at least reaches where it is open.
    pub(in crate::rows) const fn reach(&self) -> Duration {
        match self.step {
            Some(step) => step.end(self.length),
            None => self.length,
        }
    }

    /// The times of the row that asks that it is seen from.
    pub(in crate::rows) fn times(&self) -> impl Iterator<Item = &Program> {
        self.anchor.iter().chain(self.since.iter().map(|since| &since.time))
    }
}

/// From when to when there are rows in stretches of time, whatever they pass: for rows that are too young to count, or
/// that look before the data.
#[derive(Clone, Debug)]
pub(in crate::rows) struct AgePlan {
    pub(in crate::rows) table: TableId,
    /// When each row is placed.
    pub(in crate::rows) column: TableColumnId,
    /// Sorted.
    pub(in crate::rows) cuts: Vec<i64>,
    /// Rows from this instant on are too young.
    pub(in crate::rows) young_from: Option<i64>,
}

/// The rows of a history by the member's key.
#[derive(Clone, Debug)]
pub(in crate::rows) struct HistoryPlan {
    pub(in crate::rows) table: TableId,
    pub(in crate::rows) key: Vec<TableColumnId>,
    pub(in crate::rows) from: TimesId,
    pub(in crate::rows) until: TimesId,
}

/// The members of a dataset, by the columns of a key.
#[derive(Clone, Debug)]
pub(in crate::rows) struct MembersPlan {
    pub(in crate::rows) table: TableId,
    pub(in crate::rows) key: Vec<TableColumnId>,
}

/// What rows of a table ask for members by.
#[derive(Clone, Debug)]
pub(in crate::rows) struct MemberKeyPlan {
    pub(in crate::rows) table: TableId,
    pub(in crate::rows) key: Vec<Program>,
    /// Whether a row may name another member in another frame.
    pub(in crate::rows) moves: bool,
}

/// A segment: its members, and the values with their conditions, in order.
#[derive(Clone, Debug)]
pub(in crate::rows) struct SegmentPlan {
    pub(in crate::rows) id: SegmentId,
    pub(in crate::rows) table: TableId,
    pub(in crate::rows) members: MembersId,
    pub(in crate::rows) bands: ById<BandId, (Option<Program>, Value)>,
    /// What a member has that no band takes.
    pub(in crate::rows) otherwise: Value,
    pub(in crate::rows) says: Says,
}

/// What a segment says of a member. The programs of its bands are then what must be known for that.
#[derive(Clone, Debug)]
pub(in crate::rows) enum Says {
    /// The first band whose condition is true.
    Band,
    /// The value of the one program.
    Value,
    /// The first day at whose end the condition is true. Nothing must be known for it.
    FirstDay { since: Program, condition: Program },
    /// The value as it was on the day that the one program says.
    OnDay { value: Program },
    /// Where the number of the first program stands among those of the members of which the second is the same.
    Rank,
}

impl SegmentPlan {
    /// All that it evaluates.
    pub(in crate::rows) fn programs(&self) -> impl Iterator<Item = &Program> {
        let bands = self.bands.values().filter_map(|(condition, _)| condition.as_ref());
        let more = match &self.says {
            Says::Band | Says::Value | Says::Rank => [None, None],
            Says::FirstDay { since, condition } => [Some(since), Some(condition)],
            Says::OnDay { value } => [Some(value), None],
        };
        bands.chain(more.into_iter().flatten())
    }
}
