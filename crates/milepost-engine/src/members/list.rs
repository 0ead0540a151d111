//! Who stands on a list: the members that it counts, in order, split by who is to act, cut at its limit.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use milepost_semantics::model::{
    Aggregate, List, ListChange, ListRole, ListStatus, MetricId, Model,
};
use milepost_semantics::time::{Calendar, Instant, epoch_day};

use super::answer::{in_order, one_in_order, values};
use super::question::{ListedColumn, Part, key_part};
use crate::error::EngineError;
use crate::results::{Cell, SeriesBucket};
use crate::rows::{KeyPart, Listed, ListedRow};
use crate::write::Values;

/// Who stands on a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListMembers {
    pub metric: MetricId,
    /// The day that is evaluated.
    pub bucket: SeriesBucket,
    /// How many the condition takes, before the limit and whoever is snoozed.
    pub cell: Cell,
    /// The parts of the key by name. Empty where they are personal data that may not be shown, and where there are none.
    pub key: Vec<(String, Values)>,
    /// One for each column of the list, in their order; nothing of what is withheld.
    pub columns: Vec<Option<Values>>,
    /// What is known of each, in the order in which they are shown.
    pub entries: Vec<ListEntry>,
    /// What identifies each, also where that may not be shown.
    identities: Vec<String>,
}

/// A list compared with itself on an earlier day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListChanges {
    /// One for each entry; absent of those that neither are nor were on the list.
    pub now: Vec<Option<ListChange>>,
    /// The entries of the earlier day that were on the list and are nowhere now, by position.
    pub gone: Vec<usize>,
}

/// A member on a list, or one that would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListEntry {
    pub status: ListStatus,
    /// Its place among those of one assignee, from 1 on; absent of who has none.
    pub rank: Option<usize>,
}

impl ListMembers {
    /// How many have that status.
    #[must_use]
    pub fn count(&self, status: ListStatus) -> usize {
        self.entries.iter().filter(|entry| entry.status == status).count()
    }

    /// What is on the list and was not, or the other way round; nothing where of one of the days nothing is known.
    #[must_use]
    pub fn changes_since(&self, before: &Self) -> Option<ListChanges> {
        if self.cell.value.is_err() || before.cell.value.is_err() {
            return None;
        }
        let was: BTreeSet<&String> = before.on_it().map(|at| &before.identities[at]).collect();
        let known: BTreeSet<&String> = self.identities.iter().collect();
        let change = |(entry, identity): (&ListEntry, &String)| match (
            entry.status == ListStatus::Listed,
            was.contains(identity),
        ) {
            (true, true) => Some(ListChange::Stayed),
            (true, false) => Some(ListChange::New),
            (false, true) => Some(ListChange::Gone),
            (false, false) => None,
        };
        let gone = before.on_it().filter(|at| !known.contains(&before.identities[*at]));
        Some(ListChanges {
            now: self.entries.iter().zip(&self.identities).map(change).collect(),
            gone: gone.collect(),
        })
    }

    /// The positions of those on the list.
    fn on_it(&self) -> impl Iterator<Item = usize> {
        let all = self.entries.iter().enumerate();
        all.filter(|(_, entry)| entry.status == ListStatus::Listed).map(|(at, _)| at)
    }
}

/// What is listed of each member: the key, and then the columns of the list.
pub(super) fn columns<'m>(
    model: &'m Model,
    list: &List,
    rows: &'m Aggregate,
) -> Vec<ListedColumn<'m>> {
    let dataset = &model[rows.dataset];
    let part = key_part(dataset, &list.key);
    let keys = list.key.iter().map(|column| ListedColumn {
        name: dataset[*column].name.clone(),
        ty: dataset[*column].ty,
        listed: Listed::Column(*column),
        part,
    });
    let values = rows.listed.iter().map(|expr| ListedColumn {
        name: String::new(),
        ty: expr.ty,
        listed: Listed::Value(expr),
        part: Part::Value,
    });
    keys.chain(values).collect()
}

/// What decides where a member stands, among all that is listed of it.
struct Places<'l> {
    list: &'l List,
    /// How many of the values are those of the key.
    keys: usize,
    /// The day that is evaluated, counted from 1970.
    today: i32,
    calendar: &'l Calendar,
}

impl Places<'_> {
    fn value<'r>(&self, row: &'r ListedRow, role: ListRole) -> Option<&'r KeyPart> {
        row.values[self.keys + self.list.position(role)?].as_ref()
    }

    /// Off the list while the day on which it is back lies ahead.
    fn is_snoozed(&self, row: &ListedRow) -> bool {
        match self.value(row, ListRole::Until) {
            Some(KeyPart::Date(day)) => *day > self.today,
            Some(KeyPart::Timestamp(time)) => day_of(self.calendar, *time) > self.today,
            _ => false,
        }
    }

    fn by_order(&self, a: &ListedRow, b: &ListedRow) -> Ordering {
        let of = |row| self.value(row, ListRole::Order);
        let ordered = one_in_order(of(a), of(b), self.list.descending);
        ordered.then_with(|| in_order(&a.values[..self.keys], &b.values[..self.keys]))
    }

    fn by_assignee(&self, a: &ListedRow, b: &ListedRow) -> Ordering {
        let of = |row| self.value(row, ListRole::Assignee);
        one_in_order(of(a), of(b), false)
    }

    /// The rows with where they stand, in the order in which they are shown.
    fn placed(&self, mut rows: Vec<ListedRow>) -> Vec<(ListEntry, ListedRow)> {
        rows.sort_by(|a, b| self.by_assignee(a, b).then_with(|| self.by_order(a, b)));
        let mut taken: BTreeMap<Option<String>, usize> = BTreeMap::new();
        let mut placed: Vec<(ListEntry, ListedRow)> = Vec::with_capacity(rows.len());
        for row in rows {
            let entry = if !row.known {
                ListEntry { status: ListStatus::Unknown, rank: None }
            } else if self.is_snoozed(&row) {
                ListEntry { status: ListStatus::Snoozed, rank: None }
            } else {
                let assignee = self.value(&row, ListRole::Assignee).map(|part| format!("{part:?}"));
                let rank = taken.entry(assignee).or_default();
                *rank += 1;
                let is_listed = *rank <= self.list.limit;
                let status = if is_listed { ListStatus::Listed } else { ListStatus::BeyondLimit };
                ListEntry { status, rank: Some(*rank) }
            };
            placed.push((entry, row));
        }
        placed.sort_by_key(|(entry, _)| entry.status);
        placed
    }
}

impl ListMembers {
    pub(super) fn new(
        model: &Model,
        metric: MetricId,
        bucket: SeriesBucket,
        cell: Cell,
        columns: &[ListedColumn<'_>],
        rows: Vec<ListedRow>,
    ) -> Result<Self, EngineError> {
        let list = list_of(model, metric)?;
        let calendar = &model.project.calendar;
        let keys = columns.iter().filter(|column| column.part != Part::Value).count();
        let today = day_of(calendar, bucket.end.0 - 1);
        let places = Places { list, keys, today, calendar };
        let rows: Vec<ListedRow> =
            rows.into_iter().filter(|row| row.known || !list.hides_unknown).collect();
        let placed = places.placed(rows);
        let column = |at: usize| {
            values(columns[at].ty, placed.iter().map(move |(_, row)| row.values[at].as_ref()))
        };
        let shown = columns.iter().take(keys);
        let is_hidden = shown.clone().any(|column| column.part == Part::Hidden) && !list.shows_key;
        let key = if is_hidden {
            Vec::new()
        } else {
            let parts = shown.enumerate().map(|(at, of)| Ok((of.name.clone(), column(at)?)));
            parts.collect::<Result<_, EngineError>>()?
        };
        let all = list.columns.iter().enumerate();
        let listed = all.map(|(at, of)| (!of.withheld).then(|| column(keys + at)).transpose());
        Ok(Self {
            metric,
            bucket,
            cell,
            key,
            columns: listed.collect::<Result<_, EngineError>>()?,
            entries: placed.iter().map(|(entry, _)| *entry).collect(),
            identities: placed
                .iter()
                .map(|(_, row)| format!("{:?}", &row.values[..keys]))
                .collect(),
        })
    }
}

/// The list of a metric.
pub(super) fn list_of(model: &Model, metric: MetricId) -> Result<&List, EngineError> {
    model[metric]
        .list
        .as_deref()
        .ok_or_else(|| EngineError::Internal(format!("`{}` is no list", model[metric].name)))
}

fn day_of(calendar: &Calendar, time: i64) -> i32 {
    epoch_day(calendar.date_of(Instant(time)))
}
