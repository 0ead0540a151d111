//! What groups, and the states that they hold, are looked up by.

use crate::typed_ids;

typed_ids! {
    /// A rollup of a run.
    pub RollupId
    /// A predicate: conditions that all must hold.
    pub FilterId
    /// A dimension that groups are kept apart by.
    pub DimId
    /// How many values an expression has in a group.
    pub CountId
    /// A state of an expression.
    pub StateId
    /// Keys or values that groups keep.
    pub KeyedId
    /// A filter among those that the leaves of one key ask for.
    pub KeyedFilterId
}
