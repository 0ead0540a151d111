//! Lists: who, or what, stands on one, in which order, and what is shown of each.

use serde::{Deserialize, Serialize};

use super::{ColumnId, Display, EntityId, Model};

/// A list of members. It counts who stands on it, before its limit and whoever is snoozed: that is the value of the metric
/// that has it, and [`super::Aggregate::listed`] of that value holds the expressions.
#[derive(Clone, Debug, Serialize)]
pub struct List {
    /// What stands on it.
    pub of: ListSubject,
    /// The columns of the counted rows that identify a line.
    pub key: Vec<ColumnId>,
    /// What is listed of each member: one for each of the expressions, in their order.
    pub columns: Vec<ListColumn>,
    /// Whether the largest come first, by the column that orders.
    pub descending: bool,
    /// How many each assignee gets; without assignees, how many in all.
    pub limit: usize,
    pub next_step: Option<String>,
    /// Members for whom the condition can't be told are left out.
    pub hides_unknown: bool,
    /// Columns of the key that are personal data and may be shown.
    pub shows_key: bool,
    /// It is made of a journey, whose page shows it.
    pub is_journey: bool,
}

/// What the lines of a list are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListSubject {
    /// Members of an entity.
    Members(EntityId),
    /// Rows of a dataset or a behavior of that name.
    Rows(String),
}

impl ListSubject {
    /// What one of them is called.
    #[must_use]
    pub fn one(&self, model: &Model) -> String {
        match self {
            Self::Members(entity) => model[*entity].name.clone(),
            Self::Rows(name) => super::singular(name),
        }
    }

    /// Whether they are rows rather than members.
    #[must_use]
    pub const fn is_rows(&self) -> bool {
        matches!(self, Self::Rows(_))
    }
}

/// Something that is listed of each.
#[derive(Clone, Debug, Serialize)]
pub struct ListColumn {
    pub name: String,
    pub role: ListRole,
    /// What readers see, where it is said.
    pub label: Option<String>,
    /// How its number is shown.
    pub display: Display,
    /// Whether it is personal data that the project lets be shown here.
    pub personal: bool,
    /// It holds what members are called, which the project lets be shown.
    pub named: bool,
    /// It holds what members are called, and the project does not let that be shown.
    pub withheld: bool,
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListRole {
    /// It is what the member is called.
    Name,
    /// It orders.
    Order,
    /// It says why.
    Reason,
    /// It says who is to act.
    Assignee,
    /// The day on which a member is back on the list.
    Until,
    /// It is only shown.
    Fact,
}

impl List {
    /// The position of the column with a role that only one has.
    #[must_use]
    pub fn position(&self, role: ListRole) -> Option<usize> {
        self.columns.iter().position(|column| column.role == role)
    }

    /// Whether anything on it is personal data, or calls members by their names.
    #[must_use]
    pub fn is_personal(&self) -> bool {
        self.shows_key || self.columns.iter().any(|column| column.personal || column.named)
    }
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListStatus {
    /// On the list.
    Listed,
    /// After as many as its assignee gets.
    BeyondLimit,
    /// Off the list until a day that lies ahead.
    Snoozed,
    /// The condition can't be told of it.
    Unknown,
    /// It was on the list on an earlier day, and nothing puts it there any more.
    Gone,
}

impl ListStatus {
    /// Those of one day, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Listed, Self::BeyondLimit, Self::Snoozed, Self::Unknown];

    /// As files have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Listed => "listed",
            Self::BeyondLimit => "beyond_limit",
            Self::Snoozed => "snoozed",
            Self::Unknown => "unknown",
            Self::Gone => "gone",
        }
    }
}

/// How a line of a list stands to an earlier day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListChange {
    /// On the list, and was not.
    New,
    /// On the list, and was.
    Stayed,
    /// Not on the list, and was.
    Gone,
}

impl ListChange {
    /// As files have it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Stayed => "stayed",
            Self::Gone => "gone",
        }
    }
}
