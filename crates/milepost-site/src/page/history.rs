//! How definitions came to be what they are, where the site was asked to say so.

use serde::{Deserialize, Serialize};

/// The commit of the specs that a site is made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeFrom {
    /// The whole id.
    pub commit: String,
    /// The id as people write it.
    pub short: String,
    /// There are definitions that no commit has yet.
    pub is_changed: bool,
}

/// What was different in a definition, the latest change first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    pub changes: Vec<DefinitionChange>,
    /// Older commits were not looked at, so nobody knows where it began.
    pub is_cut: bool,
}

/// A commit that changed what a KPI means, or what is said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionChange {
    /// Absent: it is not committed yet.
    pub commit: Option<CommitOf>,
    /// The word for how much it matters: `value-changing`.
    pub level: String,
    /// The definition began with it.
    pub is_first: bool,
    /// What was changed, and from what to what; of changes in what it reads the way that leads there.
    pub parts: Vec<String>,
    /// The plain sentences that no longer hold.
    pub before: Vec<String>,
    /// Those that hold instead.
    pub after: Vec<String>,
}

/// A commit, as readers know it. Its author is not among what a site tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitOf {
    /// The whole id.
    pub id: String,
    /// The id as people write it.
    pub short: String,
    /// When it was written, ISO.
    pub day: String,
    /// The first line of its message.
    pub message: String,
}
