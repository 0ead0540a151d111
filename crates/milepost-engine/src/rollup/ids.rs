//! What the lists of a rollup are indexed by.

use milepost_plan::typed_ids;

pub(crate) use crate::merge::{
    CountId, DimId, FilterId, KeyedFilterId, KeyedId, RollupId, StateId,
};

typed_ids! {
    /// An expression that is evaluated row by row: a column of the rows that a rollup takes in.
    pub(crate) InputId
    /// A condition that filters are made of.
    pub(crate) AtomId
    /// A thing that conditions and dimensions depend on, and nothing else.
    pub(crate) SourceId
    /// A condition of a source.
    pub(crate) SourceAtomId
    /// A dimension of a source.
    pub(crate) SourceDimId
    /// A key that is numbered.
    pub(crate) KeyId
}
