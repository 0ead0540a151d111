//! A journey as a page shows it.

use serde::{Deserialize, Serialize};

use super::{Cell, Display, Kpi, Words};

/// Where members are on their way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Journey {
    pub name: String,
    pub label: Option<String>,
    pub question: Option<String>,
    pub description: Option<String>,
    pub owner: Option<String>,
    /// Who is on it.
    pub of: Words,
    /// What the amounts of [`JourneyStage::amount`] are; absent where members have none.
    pub amount: Option<Display>,
    /// The last period that is over, which members are compared with: `2025-12`.
    pub before: Option<String>,
    /// From the first to the last.
    pub stages: Vec<JourneyStage>,
    /// How long it takes to the milestone that leads: its label, and the figure as a metric has it.
    pub focus: Option<(String, Box<Kpi>)>,
    /// How many have a milestone that was due, by the data, before they began.
    pub misdated: Option<f64>,
    /// What it means, a sentence each.
    pub definition: Vec<String>,
    /// The definition as it is written.
    pub yaml: String,
    /// The list with all members, and the segments with their stages and states, by their names.
    pub list: String,
    pub by_stage: String,
    pub by_state: String,
}

/// A stage, and who is in it at the as-of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JourneyStage {
    /// As the segment of stages calls it.
    pub name: String,
    pub label: String,
    pub question: Option<String>,
    pub now: Cell,
    /// At the end of the last period that is over.
    pub before: Option<Cell>,
    pub amount: Option<Cell>,
    /// The median of the days that its members have been in it.
    pub days: Cell,
    /// How many are in each state, where anybody is.
    pub states: Vec<(String, f64)>,
    pub milestones: Vec<Milestone>,
    /// Of those who left it in a year, the share that was lost; absent for the last stage, and where members are never lost.
    pub lost: Option<Cell>,
}

/// A milestone, and how it is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Milestone {
    pub label: String,
    /// The journey leads with it.
    pub is_focus: bool,
    /// The condition as it is written.
    pub reached: String,
    /// When it is due: `within 30 days`.
    pub due: Option<String>,
    /// The share that reached it in time, in the last period with anybody for whom it was due.
    pub in_time: Option<(String, Cell)>,
    /// The share that is to.
    pub target: Option<f64>,
    /// After how many days half of those who began in the last year have reached it.
    pub median: Cell,
}
