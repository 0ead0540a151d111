//! What the files of a dataset hold, as someone who can read files found it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Type;

/// Columns and types of the files of every dataset that could be read, by dataset name.
///
/// A dataset that is absent here could not be read: columns that its spec does not declare are then of unknown type
/// and no message is told about them (the reader has told why the file is unreadable).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schemas {
    pub datasets: BTreeMap<String, FileSchema>,
    /// Whether columns may exist that are not listed: the rows of a test leave out what does not matter to it.
    pub partial: bool,
    /// Names of definitions that were left out with [`Schemas::partial`]: a column of that name is never taken for granted.
    pub taken: BTreeSet<String>,
}

/// Columns of one dataset's files, in file order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSchema {
    /// Of unknown type where every value is null: such a column has any type.
    pub columns: Vec<(String, Type)>,
    /// Columns that can't be named, each with the reason as a clause: `columns 2 and 4 of …` have the name.
    pub refused: BTreeMap<String, String>,
    /// Set when the dataset is optional and its files are missing: metrics that need it are `unavailable`.
    pub missing: bool,
}
