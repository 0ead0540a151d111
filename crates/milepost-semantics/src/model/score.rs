//! Scores: how well members are doing, from 0 to 100.

use serde::Serialize;

use super::{EntityId, Meta, MetricId, Model};
use milepost_syntax::ast::Duration;

/// A score. What it says of members are segments that it owns: `health`, `health.band`, `health.use.points`.
#[derive(Clone, Debug, Serialize)]
pub struct Score {
    pub name: String,
    pub meta: Meta,
    pub question: Option<String>,
    pub of: EntityId,
    /// At least one.
    pub components: Vec<Component>,
    pub missing: MissingComponent,
    /// The least share of the weights whose components have a value.
    pub min_weight: Option<f64>,
    /// The highest scores while conditions hold, the lowest first.
    pub caps: Vec<f64>,
    /// In their order.
    pub bands: Vec<String>,
    /// Whether rows say what the score is.
    pub is_overridden: bool,
    /// The time over which it is compared with itself.
    pub period: Duration,
    /// The score before caps and override for each combination of components at worst and best; empty of more than three
    /// components.
    pub combinations: Vec<Combination>,
    /// What lists the members with their scores.
    pub members: MetricId,
}

/// A part of a score.
#[derive(Clone, Debug, Serialize)]
pub struct Component {
    pub name: String,
    pub label: Option<String>,
    pub weight: f64,
    /// The share of its weight in all weights.
    pub share: f64,
    pub scale: ComponentScale,
}

/// What of a component is 0, and what is 100.
#[derive(Clone, Debug, Serialize)]
pub enum ComponentScale {
    Between {
        worst: ComponentBound,
        best: ComponentBound,
    },
    /// The lowest and the highest of the members with the same value of a dimension, or of all.
    Rank {
        among: Option<String>,
        is_lower_better: bool,
    },
}

/// The value that gives 0 or 100, as it is written.
#[derive(Clone, Debug, Serialize)]
pub struct ComponentBound {
    pub default: String,
    /// dimension, value of it, and what stands in place of the default there.
    pub by: Vec<(String, String, String)>,
}

/// What the members are called that have 0 and 100 by their rank.
#[must_use]
pub const fn rank_ends(is_lower_better: bool) -> (&'static str, &'static str) {
    if is_lower_better { ("highest", "lowest") } else { ("lowest", "highest") }
}

/// What a component without a value is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MissingComponent {
    /// The others share its weight.
    Renormalize,
    /// 0
    Zero,
    /// 50
    Neutral,
    /// There is no score.
    Fail,
}

/// What a score is where each component is at its worst or at its best.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Combination {
    /// Of each component.
    pub is_best: Vec<bool>,
    pub score: f64,
    /// Absent where bands ask for more than the score.
    pub band: Option<String>,
}

impl Model {
    /// The score of that name.
    #[must_use]
    pub fn score(&self, name: &str) -> Option<&Score> {
        self.scores.iter().find(|score| score.name == name)
    }
}

impl Component {
    /// What readers call it.
    #[must_use]
    pub fn called(&self) -> String {
        self.label.clone().unwrap_or_else(|| self.name.replace('_', " "))
    }
}
