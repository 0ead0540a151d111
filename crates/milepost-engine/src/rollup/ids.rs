//! What the lists of a rollup are indexed by.

use milepost_plan::typed_ids;

use crate::ids::Id;

typed_ids! {
    /// A rollup of a run.
    pub(crate) RollupId
    /// An expression that is evaluated row by row: a column of the rows that a rollup takes in.
    pub(crate) InputId
    /// A condition that filters are made of.
    pub(crate) AtomId
    /// A predicate: conditions that all must hold.
    pub(crate) FilterId
    /// A dimension that groups are kept apart by.
    pub(crate) DimId
    /// A thing that conditions and dimensions depend on, and nothing else.
    pub(crate) SourceId
    /// A condition of a source.
    pub(crate) SourceAtomId
    /// A dimension of a source.
    pub(crate) SourceDimId
    /// How many values an expression has in a group.
    pub(crate) CountId
    /// A state of an expression.
    pub(crate) StateId
    /// Keys or values that groups keep.
    pub(crate) KeyedId
    /// A filter among those that the leaves of one key ask for.
    pub(crate) KeyedFilterId
    /// A key that is numbered.
    pub(crate) KeyId
}

/// What columns of states are called.
impl DimId {
    pub(super) fn name(self) -> String {
        format!("d{}", self.position())
    }
}

impl CountId {
    pub(super) fn name(self) -> String {
        format!("n{}", self.position())
    }
}

impl StateId {
    pub(super) fn name(self) -> String {
        format!("s{}", self.position())
    }
}
