//! The rows of a project as they are seen from the as-of.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::calendar::{Calendar, Instant};
use super::evaluate::Spot;
use super::value::{Val, Value};
use crate::tree::{
    Column, ColumnId, ColumnSource, Dataset, DatasetId, DatasetKind, Derived, Model,
};

/// The text of one row's cells by the name of their column; what is absent is null.
pub(crate) type RawRow = BTreeMap<String, String>;

/// The rows of each dataset by its name, as in the files.
pub(crate) type RawTables = BTreeMap<String, Vec<RawRow>>;

/// What a row holds: one cell for each column of its dataset. Cells of computed columns are empty.
type Row = Vec<Option<Value>>;

pub(crate) struct World<'m> {
    pub(crate) model: &'m Model,
    pub(crate) calendar: Calendar,
    /// The first instant that is not seen.
    pub(crate) as_of: Instant,
    /// How many rows repeat others, and how many lie after the as-of.
    pub(crate) dropped: (usize, usize),
    tables: Vec<Vec<Row>>,
}

impl<'m> World<'m> {
    pub(crate) fn open(model: &'m Model, raw: &RawTables, as_of: &str) -> Self {
        let calendar = Calendar::new(&model.project.calendar);
        let as_of = calendar.as_of(as_of);
        let mut world = Self { model, calendar, as_of, dropped: (0, 0), tables: Vec::new() };
        for dataset in &model.datasets {
            let rows = raw.get(&dataset.name).map_or(&[][..], Vec::as_slice);
            let rows: Vec<Row> = rows.iter().map(|row| read(dataset, row)).collect();
            let all = rows.len();
            let rows = world.without_repeats(dataset, rows);
            let once = rows.len();
            let rows: Vec<Row> =
                rows.into_iter().filter_map(|row| world.seen(dataset, row)).collect();
            world.dropped.0 += all - once;
            world.dropped.1 += once - rows.len();
            world.tables.push(rows);
        }
        for (i, dataset) in model.datasets.iter().enumerate() {
            if let Some(derived) = &dataset.derived {
                world.tables[i] = world.members(dataset, derived);
            }
        }
        world
    }

    pub(crate) fn rows(&self, dataset: DatasetId) -> std::ops::Range<usize> {
        0..self.tables[dataset.0].len()
    }

    /// A cell. A computed column is computed, and read like any other: later times are null.
    pub(crate) fn cell(&self, dataset: DatasetId, row: usize, column: ColumnId) -> Option<Value> {
        let found = &self.model[dataset].columns[column.0];
        match &found.source {
            ColumnSource::File(_) => self.tables[dataset.0][row][column.0].clone(),
            ColumnSource::Computed(expr) => {
                let value = self.row_value(expr, &Spot::of(dataset, row)).ok()?;
                (found.planned || !self.is_later(&value)).then_some(value)
            }
        }
    }

    /// The instant that a column holds.
    pub(crate) fn time(&self, dataset: DatasetId, row: usize, column: ColumnId) -> Option<Instant> {
        Some(self.cell(dataset, row, column)?.instant(&self.calendar))
    }

    fn is_later(&self, value: &Value) -> bool {
        match value {
            Value::Date(_) | Value::Time(_) => value.instant(&self.calendar) >= self.as_of,
            _ => false,
        }
    }

    /// The row as the as-of lets it be seen, if it does.
    fn seen(&self, dataset: &Dataset, mut row: Row) -> Option<Row> {
        if let Some(begins) = dataset.begins()
            && row[begins.0].as_ref().is_some_and(|time| self.is_later(time))
        {
            return None;
        }
        for (i, column) in dataset.columns.iter().enumerate() {
            let ends = matches!(dataset.kind, DatasetKind::History { to, .. } if to.0 == i);
            if (!column.planned || ends) && row[i].as_ref().is_some_and(|v| self.is_later(v)) {
                row[i] = None;
            }
        }
        Some(row)
    }

    /// Of rows that share the columns of `unique`, the earliest stays; of those at one time the smallest by all
    /// columns in the order of their names.
    fn without_repeats(&self, dataset: &Dataset, rows: Vec<Row>) -> Vec<Row> {
        if dataset.unique.is_empty() {
            return rows;
        }
        let time = dataset.begins();
        let mut names: Vec<(&str, usize)> =
            dataset.columns.iter().enumerate().map(|(i, c)| (c.name.as_str(), i)).collect();
        names.sort_unstable();
        let order = |a: &Row, b: &Row| {
            let by = |i: usize| self.nulls_last(a[i].as_ref(), b[i].as_ref());
            let first = time.map_or(Ordering::Equal, |t| by(t.0));
            names.iter().fold(first, |order, (_, i)| order.then_with(|| by(*i)))
        };
        let mut kept: Vec<Row> = Vec::new();
        for row in rows {
            let twin = kept.iter().position(|other| {
                dataset.unique.iter().all(|c| row[c.0].is_some() && row[c.0] == other[c.0])
            });
            match twin {
                Some(i) if order(&row, &kept[i]) == Ordering::Less => kept[i] = row,
                Some(_) => {}
                None => kept.push(row),
            }
        }
        kept
    }

    fn nulls_last(&self, a: Option<&Value>, b: Option<&Value>) -> Ordering {
        match (a, b) {
            (Some(a), Some(b)) => a.compare(b, &self.calendar),
            (a, b) => a.is_none().cmp(&b.is_none()),
        }
    }

    /// The members of an entity without a home: the keys that other datasets hold.
    fn members(&self, dataset: &Dataset, derived: &Derived) -> Vec<Row> {
        let mut found: Vec<(Vec<Value>, Row)> = Vec::new();
        let mut always = BTreeSet::new();
        for source in &derived.sources {
            for row in self.rows(source.dataset) {
                let key: Option<Vec<Value>> =
                    source.key.iter().map(|c| self.cell(source.dataset, row, *c)).collect();
                let Some(key) = key else { continue };
                // A row without a time, where there should be one, names nobody.
                let begins = self.model[source.dataset].begins();
                let time = begins.map(|begins| self.time(source.dataset, row, begins));
                if time == Some(None) {
                    continue;
                }
                let at = found.iter().position(|(k, _)| *k == key).unwrap_or_else(|| {
                    let mut member: Row = vec![None; dataset.columns.len()];
                    for (column, value) in dataset.key.iter().zip(&key) {
                        member[column.0] = Some(value.clone());
                    }
                    found.push((key, member));
                    found.len() - 1
                });
                let smallest = |into: &mut Option<Value>, value: Option<Value>| {
                    if self.nulls_last(value.as_ref(), into.as_ref()) == Ordering::Less {
                        *into = value;
                    }
                };
                for (column, there) in &source.parents {
                    smallest(&mut found[at].1[column.0], self.cell(source.dataset, row, *there));
                }
                match time.flatten() {
                    None => _ = always.insert(at),
                    since => smallest(&mut found[at].1[derived.since.0], since.map(Value::Time)),
                }
            }
        }
        for at in always {
            found[at].1[derived.since.0] = None;
        }
        found.into_iter().map(|(_, row)| row).collect()
    }
}

fn read(dataset: &Dataset, raw: &RawRow) -> Row {
    let zone = dataset.time_zone.as_deref();
    let cell = |column: &Column| match &column.source {
        ColumnSource::File(name) => raw.get(name).map(|text| Value::read(text, column.ty, zone)),
        ColumnSource::Computed(_) => None,
    };
    dataset.columns.iter().map(cell).collect()
}

/// The value of a cell in an expression.
pub(crate) fn or_null(cell: Option<Value>) -> Val {
    cell.ok_or(super::value::NULL)
}
