//! Scores: how the members stand, what drags them, and what moved them.

use serde::{Deserialize, Serialize};

use super::List;

/// A score, and everybody who has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// All members, the lowest first; its fields are `score`, `band`, `drag` and so on, and those of the lines.
    pub members: List,
    pub components: Vec<ScoreComponent>,
    /// Whether conditions hold it down, and rows say what it is.
    pub has_caps: bool,
    pub has_overrides: bool,
    /// In their order, the best first as the author has them.
    pub bands: Vec<String>,
    /// How many members were in each band, over time.
    pub sizes: Vec<BandSizes>,
    /// `one month`
    pub period: String,
    pub combinations: Vec<ScoreCombination>,
}

/// A part of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreComponent {
    pub name: String,
    pub label: String,
    /// The share of its weight, from 0 to 1.
    pub share: f64,
    /// What gives 0 and 100, as it is written.
    pub worst: String,
    pub best: String,
}

/// How many members were in each band.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BandSizes {
    /// `2026-03`
    pub bucket: String,
    /// One for each band; absent where it is not known.
    pub counts: Vec<Option<u64>>,
    /// Without a score.
    pub without: Option<u64>,
}

/// The score where each component is at its worst or at its best.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreCombination {
    pub is_best: Vec<bool>,
    pub score: f64,
    pub band: Option<String>,
}

impl Score {
    /// The names of the lines whose points sum to the score.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let parts = self.components.iter().map(|part| part.name.as_str());
        let cap = self.has_caps.then_some("cap");
        parts.chain(cap).chain(self.has_overrides.then_some("override"))
    }
}
