//! Segments: how large their groups are over time, and who moved between two days.

use serde::{Deserialize, Serialize};

use super::{Bucket, Cell, Grain, Words};

/// A segment with its history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// The name in the specs.
    pub name: String,
    pub label: Option<String>,
    pub description: Option<String>,
    pub owner: Option<String>,
    /// What it means, a sentence each.
    pub words: Vec<String>,
    /// The definition in the spec, as it is written.
    pub yaml: String,
    /// Whom it divides: `account`, `accounts`.
    pub of: Words,
    /// Why its members can't be counted.
    pub unavailable: Option<String>,
    pub grain: Grain,
    /// At their ends members are counted; from old to new.
    pub buckets: Vec<Bucket>,
    /// All living members, one for each bucket.
    pub total: Vec<Cell>,
    /// In the order of the rule; those who fit none, and those of whom it can't be told, come last.
    pub groups: Vec<Group>,
    /// The position of the group of those who belong to it, where it is about belonging.
    pub inside: Option<usize>,
    /// The last bucket that is over, and who moved in it, or why that can't be told.
    pub period: Option<(String, Result<Transition, String>)>,
    /// The first of those who moved in it, by name, where the project allows that; else nobody.
    #[serde(default)]
    pub moved: Vec<Moved>,
}

/// A member that moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// What it is called.
    pub name: String,
    pub from: String,
    pub to: String,
}

/// One group of members.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// As people read it.
    pub name: String,
    /// Of these it can't be told where they are.
    pub is_unknown: bool,
    /// How many there are, one for each bucket.
    pub cells: Vec<Cell>,
}

/// From where to where members moved between two days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// The days at whose ends they are counted, ISO.
    pub since: String,
    pub until: String,
    /// What the groups are called.
    pub groups: Vec<String>,
    /// From each group, and then from outside: to each group, and then to outside.
    pub counts: Vec<Vec<u64>>,
}

/// Where members are who have not begun, and who have ended.
pub const NEW: &str = "(new)";
pub const GONE: &str = "(gone)";

impl Transition {
    /// How many are in a group at the first day.
    #[must_use]
    pub fn before(&self, group: usize) -> u64 {
        self.counts[group].iter().sum()
    }

    /// How many are in a group at the second day.
    #[must_use]
    pub fn after(&self, group: usize) -> u64 {
        self.counts.iter().map(|from| from[group]).sum()
    }

    /// How many came into a group from another one, or from outside.
    #[must_use]
    pub fn entered(&self, group: usize) -> u64 {
        self.after(group) - self.counts[group][group]
    }

    /// How many left a group for another one, or for good.
    #[must_use]
    pub fn left(&self, group: usize) -> u64 {
        self.before(group) - self.counts[group][group]
    }

    /// All members at the first day, and at the second.
    #[must_use]
    pub fn members(&self) -> (u64, u64) {
        let all = 0..self.groups.len();
        (
            all.clone().map(|group| self.before(group)).sum(),
            all.map(|group| self.after(group)).sum(),
        )
    }

    /// How many began between the two days.
    #[must_use]
    pub fn begun(&self) -> u64 {
        self.counts.last().map_or(0, |row| row.iter().sum())
    }

    /// How many ended between them.
    #[must_use]
    pub fn ended(&self) -> u64 {
        self.counts.iter().filter_map(|row| row.last()).sum()
    }

    /// How many are in another group than before.
    #[must_use]
    pub fn moved(&self) -> u64 {
        let entered: u64 = (0..self.groups.len()).map(|group| self.entered(group)).sum();
        entered - self.begun()
    }

    /// From where, to where, and how many, where there are any. Outside is called [`NEW`] and [`GONE`].
    pub fn steps(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        let name = |at: usize, outside| self.groups.get(at).map_or(outside, String::as_str);
        let rows = self.counts.iter().enumerate();
        let cells =
            rows.flat_map(|(from, row)| row.iter().enumerate().map(move |(to, n)| (from, to, *n)));
        let any = cells.filter(|(.., number)| *number > 0);
        any.map(move |(from, to, number)| (name(from, NEW), name(to, GONE), number))
    }
}
