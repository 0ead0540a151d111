//! What the lists of a rollup are indexed by.

use crate::ids::{Id, ids};

ids! {
    /// A rollup of a run.
    RollupId
    /// An expression that is evaluated row by row: a column of the rows that a rollup takes in.
    InputId
    /// A condition that filters are made of.
    AtomId
    /// A predicate: conditions that all must hold.
    FilterId
    /// A dimension that groups are kept apart by.
    DimId
    /// A thing that conditions and dimensions depend on, and nothing else.
    SourceId
    /// A condition of a source.
    SourceAtomId
    /// A dimension of a source.
    SourceDimId
    /// How many values an expression has in a group.
    CountId
    /// A state of an expression.
    StateId
    /// Keys or values that groups keep.
    KeyedId
    /// A filter among those that the leaves of one key ask for.
    KeyedFilterId
    /// A key that is numbered.
    KeyId
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
