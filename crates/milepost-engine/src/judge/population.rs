//! Whose rows an aggregate looks at, what it computes of them, and what it looks up.

use milepost_semantics::model::Window;
use milepost_syntax::ast::{AggregateFunction, Duration};

use super::ids::{BandId, ById, IndexId, SegmentPlanId, TableColumnId, TableId, TimesId};
use super::program::Program;
use super::wait::Wait;
use crate::evaluate::Value;

/// A population and the aggregate over it.
#[derive(Clone, Debug)]
pub(super) struct Population {
    pub(super) table: TableId,
    pub(super) rows: Rows,
    /// The list of its rows.
    pub(super) index: IndexId,
    /// What the index has not filtered yet.
    pub(super) filter: Option<Program>,
    pub(super) args: Vec<Program>,
    pub(super) function: AggregateFunction,
    pub(super) distinct: bool,
    pub(super) percentile: Option<f64>,
    pub(super) approximate: bool,
    pub(super) window: Window,
    /// What must have passed until a row counts.
    pub(super) waits: Vec<Wait>,
    /// Where rows look: those that look before the data are left out.
    pub(super) looks: Vec<LookPlan>,
    /// Whether the aggregate itself looks there, so that rows that are left out are counted.
    pub(super) own_looks: bool,
}

impl Population {
    /// Whether rows are left out that are too young, or that look before the data.
    pub(super) const fn leaves_out(&self) -> bool {
        !self.waits.is_empty() || !self.looks.is_empty()
    }

    /// What tells which rows are left out.
    pub(super) fn left_out_by(&self) -> impl Iterator<Item = &Program> {
        let after =
            self.waits.iter().filter_map(|wait| wait.after.as_ref().map(|(after, _)| after));
        after.chain(self.looks.iter().filter_map(|look| match look {
            LookPlan::Span { within, .. } => within.anchor.as_ref(),
            LookPlan::Segment(_) => None,
        }))
    }

    /// Whether what is computed needs all values, or all keys, until the end.
    pub(super) const fn holds_values(&self) -> bool {
        use AggregateFunction as F;
        self.distinct || !matches!(self.function, F::Count | F::Any | F::Sum | F::Avg)
    }
}

/// Where a row looks.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum LookPlan {
    /// A span of time in which it consults rows of a table.
    Span { within: WithinPlan, table: TableId, rows: Rows },
    /// A segment, as of the end of the day before.
    Segment(SegmentPlanId),
}

/// How rows stand in time.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rows {
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
pub(super) enum Life {
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
pub(super) struct IndexPlan {
    pub(super) table: TableId,
    /// Rows without this time are in no list.
    pub(super) at: Option<TimesId>,
    /// The key, and whether each part is compared by its calendar day.
    pub(super) key: Vec<(Program, bool)>,
    /// A column that must be true.
    pub(super) filter: Option<TableColumnId>,
    /// Whether the key may be another one in another frame.
    pub(super) moves: bool,
}

/// An aggregate inside a judgement.
#[derive(Clone, Debug)]
pub(super) struct InnerPlan {
    /// The table of the rows that ask.
    pub(super) outer: TableId,
    /// What the row that asks is linked by, and whether it is compared by its calendar day.
    pub(super) key: Vec<(Program, bool)>,
    /// Whether a row may be linked to other rows in another frame.
    pub(super) moves: bool,
    pub(super) population: Population,
    pub(super) within: Option<WithinPlan>,
    /// Whether the row that asks is never among those that are asked.
    pub(super) others_only: bool,
}

/// A window seen from the row that asks.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct WithinPlan {
    pub(super) length: Duration,
    pub(super) before: bool,
    pub(super) anchor: Option<Program>,
    /// It is seen from a calendar day.
    pub(super) by_day: bool,
}

/// From when to when there are rows in stretches of time, whatever they pass: for rows that are too young to count, or
/// that look before the data.
#[derive(Clone, Debug)]
pub(super) struct AgePlan {
    pub(super) table: TableId,
    /// When each row is placed.
    pub(super) column: TableColumnId,
    /// Sorted.
    pub(super) cuts: Vec<i64>,
    /// Rows from this instant on are too young.
    pub(super) young_from: Option<i64>,
}

/// The rows of a history by the member's key.
#[derive(Clone, Debug)]
pub(super) struct HistoryPlan {
    pub(super) table: TableId,
    pub(super) key: Vec<TableColumnId>,
    pub(super) from: TimesId,
    pub(super) until: TimesId,
}

/// A segment: its members, and the values with their conditions, in order.
#[derive(Clone, Debug)]
pub(super) struct SegmentPlan {
    pub(super) table: TableId,
    pub(super) key: Vec<TableColumnId>,
    pub(super) bands: ById<BandId, (Option<Program>, Value)>,
    /// What a member has that no band takes.
    pub(super) otherwise: Value,
}
