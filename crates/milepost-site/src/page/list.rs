//! Lists: who stands on each, in order.

pub use milepost_semantics::model::{ListChange, ListStatus};
use serde::{Deserialize, Serialize};

use super::{Display, Words};

/// A list and everybody on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// The name in the specs.
    pub name: String,
    pub label: Option<String>,
    pub question: Option<String>,
    pub description: Option<String>,
    pub owner: Option<String>,
    /// What it means, a sentence each.
    pub words: Vec<String>,
    /// The definition in the spec, as it is written.
    pub yaml: String,
    /// What its lines are: `account`, `accounts`.
    pub of: Words,
    /// They are rows of a dataset, rather than members.
    #[serde(default)]
    pub is_of_rows: bool,
    /// The day that was evaluated, ISO.
    pub day: String,
    /// How many the condition takes, before the limit and whoever is snoozed; or why that can't be told.
    pub total: Result<u64, String>,
    /// How many each assignee gets; without assignees, how many in all.
    pub limit: u64,
    pub next_step: Option<String>,
    /// What says who is to act: `csm_email`.
    pub assigned_by: Option<String>,
    /// What is shown of each, in order.
    pub fields: Vec<ListField>,
    /// In the order in which they are shown: by status, assignee and rank.
    pub rows: Vec<ListRow>,
    /// The day with which it is compared, ISO, or why it can't be; absent where it is compared with none.
    #[serde(default)]
    pub since: Option<(String, Option<String>)>,
    /// It shows personal data, or calls members by their names.
    pub is_personal: bool,
    /// It is about members whose key may not be shown, so that its lines have no ids.
    pub hides_key: bool,
    /// It is made of a journey or a score, whose page leads to it: all their members, whatever the limit.
    #[serde(default)]
    pub is_derived: bool,
}

/// What is shown of each member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListField {
    pub name: String,
    pub label: Option<String>,
    pub role: ListRole,
    pub kind: ListKind,
}

/// What a field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListRole {
    Key,
    /// What the member is called.
    Name,
    /// It orders the list.
    Order,
    Fact,
}

/// What the values of a field are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    Text,
    /// A key: digits as they are.
    Whole,
    Number(Display),
    Day,
    Instant,
    Truth,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListRow {
    pub status: ListStatus,
    pub assignee: Option<String>,
    /// Its place among those of one assignee, from 1 on.
    pub rank: Option<u64>,
    pub reason: Option<String>,
    /// The day on which it is back, of those that are snoozed.
    pub until: Option<String>,
    /// Compared with [`List::since`].
    #[serde(default)]
    pub change: Option<ListChange>,
    /// One for each field.
    pub cells: Vec<ListCell>,
}

/// A value; text of what is no number, as files have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ListCell {
    Truth(bool),
    Whole(i64),
    Number(f64),
    Text(String),
    Nothing,
}

impl List {
    /// The rows with that status, in their order.
    pub fn of_status(&self, status: ListStatus) -> impl Iterator<Item = &ListRow> {
        self.rows.iter().filter(move |row| row.status == status)
    }

    /// How many rows have that status.
    #[must_use]
    pub fn count(&self, status: ListStatus) -> u64 {
        self.of_status(status).count() as u64
    }

    /// How many rows changed so.
    #[must_use]
    pub fn changed(&self, change: ListChange) -> u64 {
        self.rows.iter().filter(|row| row.change == Some(change)).count() as u64
    }

    /// The rows with that status, group by group: those of one assignee follow each other.
    #[must_use]
    pub fn groups(&self, status: ListStatus) -> Vec<(Option<&str>, Vec<&ListRow>)> {
        let mut groups: Vec<(Option<&str>, Vec<&ListRow>)> = Vec::new();
        for row in self.of_status(status) {
            match groups.last_mut() {
                Some((assignee, rows)) if *assignee == row.assignee.as_deref() => rows.push(row),
                _ => groups.push((row.assignee.as_deref(), vec![row])),
            }
        }
        groups
    }

    /// Whether its lines say why each stands on it.
    #[must_use]
    pub fn has_reasons(&self) -> bool {
        self.rows.iter().any(|row| row.reason.is_some())
    }
}
