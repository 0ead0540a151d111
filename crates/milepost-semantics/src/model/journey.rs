//! Journeys: what readers need to know of one besides what it says of members, which stands among the segments.

use serde::Serialize;

use super::{EntityId, Meta, MetricId, Model};
use milepost_syntax::span::Span;

/// A journey. What it says of members are segments whose [`super::Segment::owner`] it is, by [`Journey::says`].
#[derive(Clone, Debug, Serialize)]
pub struct Journey {
    pub name: String,
    pub meta: Meta,
    pub question: Option<String>,
    /// The name in the spec.
    pub span: Span,
    /// The whole definition in the spec.
    pub definition: Span,
    pub of: EntityId,
    /// The column of a member with the time at which it begins, and the one with the time at which the member is lost.
    pub starts: String,
    pub ends: Option<String>,
    /// How many are on the way, and who they are.
    pub metric: MetricId,
    /// A list of everything that is known of each member: its columns are called like what the journey says.
    pub story: MetricId,
    /// The milestone that leads.
    pub focus: Option<String>,
    /// From the first to the last.
    pub stages: Vec<JourneyStage>,
}

/// A stage as it is written.
#[derive(Clone, Debug, Serialize)]
pub struct JourneyStage {
    pub name: String,
    /// What readers call it.
    pub label: String,
    pub question: Option<String>,
    /// The condition by which it is entered, where it has one of its own.
    pub enter: Option<String>,
    pub exit: Option<String>,
    pub ready: Option<String>,
    /// After how long members are stuck, in words.
    pub stuck: Option<String>,
    pub milestones: Vec<Milestone>,
    /// Of those who left it in a year, the share that was lost; nothing of the last stage, and where members are never lost.
    pub lost: Option<MetricId>,
}

/// A milestone as it is written.
#[derive(Clone, Debug, Serialize)]
pub struct Milestone {
    pub name: String,
    /// What readers call it.
    pub label: String,
    /// The condition.
    pub reached: String,
    /// When it is due, in words.
    pub due: Option<String>,
    /// The share that reaches it in time, where it is due at all.
    pub in_time: Option<MetricId>,
    /// How long it takes from the beginning.
    pub time: MetricId,
}

impl Model {
    /// The journey of that name.
    #[must_use]
    pub fn journey(&self, name: &str) -> Option<&Journey> {
        self.journeys.iter().find(|journey| journey.name == name)
    }
}

impl Journey {
    /// The name of what it says of each member: `lifecycle.onboarding.days` for `onboarding.days`.
    #[must_use]
    pub fn says(&self, what: &str) -> String {
        format!("{}.{what}", self.name)
    }

    /// Its milestones, from the first to the last.
    pub fn milestones(&self) -> impl Iterator<Item = (&JourneyStage, &Milestone)> {
        self.stages.iter().flat_map(|stage| stage.milestones.iter().map(move |own| (stage, own)))
    }
}
