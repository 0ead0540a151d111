//! What a change of definitions does to the numbers, as one page.

use serde::{Deserialize, Serialize};

use super::{Bucket, Cell, Display, Grain};

/// Two versions of a project, compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    pub project: Option<String>,
    /// What was compared and why it was that: the base, then the head.
    pub sides: Vec<ReviewSide>,
    /// What can't be compared as it should.
    pub doubts: Vec<String>,
    /// What the policy of the project says.
    pub policy: Vec<ReviewRule>,
    /// The worst first; those of which nothing is different are not among them.
    pub levels: Vec<ReviewLevel>,
    /// What could not be compared, and what became of published figures, in a sentence each.
    pub remarks: Vec<String>,
    /// Everything in one sentence.
    pub sentence: String,
    /// `milepost 0.1.0`
    pub generator: String,
}

/// One of the two versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewSide {
    /// `main (1a2b3c4)`
    pub what: String,
    pub why: String,
}

/// A sentence of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRule {
    /// The change is not allowed.
    pub failed: bool,
    pub text: String,
}

/// The definitions that are different by that much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewLevel {
    pub sign: String,
    pub name: String,
    pub meaning: String,
    /// What no reviewer has to read.
    pub is_folded: bool,
    pub definitions: Vec<ReviewDefinition>,
}

/// A definition that is different.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewDefinition {
    /// `metric`, `segment`
    pub kind: String,
    pub name: String,
    pub renamed_from: Option<String>,
    pub changes: Vec<ReviewChange>,
    /// The plain sentences that no longer hold.
    pub before: Vec<String>,
    /// Those that hold instead.
    pub after: Vec<String>,
    /// What its figures do, in a sentence each.
    pub figures: Vec<String>,
    /// Absent: its figures were not computed.
    pub series: Option<ReviewSeries>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewChange {
    pub sign: String,
    /// The place and both values, or the way that leads to what is different.
    pub text: String,
    pub why: Option<String>,
    pub id: Option<String>,
}

/// The figures of a metric by both versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReviewSeries {
    pub grain: Grain,
    pub display: Display,
    /// Those that both have, from old to new.
    pub buckets: Vec<Bucket>,
    /// One for each bucket.
    pub before: Vec<Cell>,
    /// One for each bucket.
    pub after: Vec<Cell>,
}
