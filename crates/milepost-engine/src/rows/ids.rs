//! Positions in a plan and in what is read for it. Each has a type of its own, so that one is never taken for another, and
//! a list by such a position is made from the list that it belongs to: it is as long.

use milepost_plan::typed_ids;

pub(in crate::rows) use crate::ids::{ById, Id};

typed_ids! {
    /// A dataset's table.
    pub(crate) TableId
    /// A table among those of all batches of a run.
    pub(crate) RunTableId
    /// A column of a table: an expression that a row alone determines.
    pub(crate) TableColumnId
    /// A list of the instants of a table's rows.
    pub(crate) TimesId
    /// The timelines of a table's rows by a key.
    pub(crate) IndexId
    /// An aggregate inside an evaluation.
    pub(crate) InnerId
    /// A history that is looked up.
    pub(crate) HistoryId
    /// The members of a dataset, by one key.
    pub(crate) MembersId
    /// A segment of the plan.
    pub(crate) SegmentPlanId
    /// A condition of a segment with its value.
    pub(crate) BandId
    /// A key by which rows ask for members.
    pub(crate) MemberKeyId
    /// Stretches of time in which rows may be too young, or look before the data.
    pub(crate) AgeId
    /// Timelines that are made while a table is read.
    pub(crate) LineId
    /// What some of these timelines are keyed by.
    pub(crate) LineKeyId
    /// A leaf of the plan.
    pub(crate) LeafId
    /// One span or instant at which the rows of a leaf are evaluated.
    pub(crate) PointId
    /// A slice of one leaf in one bucket.
    pub(crate) SliceId
}

/// A row of a table: its position there is its identity. A table has fewer rows than four bytes can count, which is seen to
/// when they are taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::rows) struct RowId(u32);

/// The most rows that a table can have.
pub(in crate::rows) const MOST_ROWS: usize = u32::MAX as usize - 1;

impl RowId {
    #[expect(clippy::cast_possible_truncation, reason = "no table has more rows than `MOST_ROWS`")]
    pub(in crate::rows) const fn new(position: usize) -> Self {
        debug_assert!(position <= MOST_ROWS);
        Self(position as u32)
    }

    pub(in crate::rows) const fn position(self) -> usize {
        self.0 as usize
    }

    /// The row so many rows further on.
    pub(in crate::rows) const fn behind(self, rows: usize) -> Self {
        Self::new(self.position() + rows)
    }
}
