//! What the timelines of a table share of a batch: the numbers of its keys, and its times as instants.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, internal_err};
use foldhash::fast::FixedState;

use milepost_semantics::time::{Calendar, date_of_epoch_day};

use crate::intern::NONE;
use crate::rows::ids::{Id, RowId, TableColumnId};
use crate::rows::key::Key;
use crate::rows::store::table::{Column, rows_of};
use crate::rows::store::timelines::Names;

/// The keys of a batch's rows.
pub(super) enum BatchKeys {
    /// All rows are in one list.
    One {
        list: u32,
        rows: usize,
    },
    /// The list of each row, [`NONE`] where it has no key.
    Lists(Vec<u32>),
    /// Keys whose lists are looked up for the rows that are asked for.
    Integers(Int64Array),
    Texts(StringArray),
    Columns {
        columns: Vec<Column>,
        rows: usize,
    },
}

impl BatchKeys {
    /// `all`: as many rows are asked for as there are, in one timeline or in several.
    pub(super) fn new(
        batch: &[ArrayRef],
        key: &[TableColumnId],
        names: &mut Names,
        all: bool,
    ) -> Result<Self> {
        let rows = rows_of(batch)?;
        let [column] = key else {
            if key.is_empty() {
                return Ok(Self::One { list: names.number(Key::new()), rows });
            }
            let columns = key.iter().map(|at| Column::new(&batch[at.position()]));
            return Ok(Self::Columns { columns: columns.collect::<Result<_>>()?, rows });
        };
        let array = &batch[column.position()];
        Ok(match array.data_type() {
            DataType::Int64 if all => Self::Lists(names.of_integers(array.as_primitive())),
            DataType::Int64 => Self::Integers(array.as_primitive::<Int64Type>().clone()),
            DataType::Utf8 if all => Self::Lists(names.of_texts(array.as_string::<i32>())),
            DataType::Utf8 => Self::Texts(array.as_string::<i32>().clone()),
            _ => Self::Columns { columns: vec![Column::new(array)?], rows },
        })
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::One { rows, .. } | Self::Columns { rows, .. } => *rows,
            Self::Lists(lists) => lists.len(),
            Self::Integers(array) => array.len(),
            Self::Texts(array) => array.len(),
        }
    }

    /// The list of a row; absent if a part of its key is null.
    pub(super) fn number(&self, row: usize, names: &mut Names) -> Option<u32> {
        match self {
            Self::One { list, .. } => Some(*list),
            Self::Lists(lists) => Some(lists[row]).filter(|list| *list != NONE),
            Self::Integers(array) => array.is_valid(row).then(|| names.integer(array.value(row))),
            Self::Texts(array) => array.is_valid(row).then(|| names.text(array.value(row))),
            Self::Columns { columns, .. } => {
                let row = RowId::new(row);
                let key: Option<Key> = columns.iter().map(|column| column.part(row)).collect();
                key.map(|key| names.number(key))
            }
        }
    }
}

/// When days begin, as far as rows name days.
#[derive(Debug)]
pub(super) struct Midnights {
    calendar: Calendar,
    known: HashMap<i32, i64, FixedState>,
    /// Of the day that was asked for last.
    last: (i32, i64),
}

impl Midnights {
    pub(super) fn new(calendar: &Calendar) -> Self {
        let last = (0, calendar.midnight(date_of_epoch_day(0)).0);
        Self { calendar: calendar.clone(), known: HashMap::default(), last }
    }

    /// By day since 1970.
    fn of(&mut self, day: i32) -> i64 {
        if day != self.last.0 {
            let first = || self.calendar.midnight(date_of_epoch_day(day)).0;
            self.last = (day, *self.known.entry(day).or_insert_with(first));
        }
        self.last.1
    }
}

/// The times of a batch's rows: each column is read once.
pub(super) struct BatchTimes<'a> {
    batch: &'a [ArrayRef],
    midnights: &'a mut Midnights,
    known: BTreeMap<TableColumnId, Int64Array>,
}

impl<'a> BatchTimes<'a> {
    pub(super) const fn new(batch: &'a [ArrayRef], midnights: &'a mut Midnights) -> Self {
        Self { batch, midnights, known: BTreeMap::new() }
    }

    /// Times as instants: a day stands for its first.
    pub(super) fn instants(&mut self, column: TableColumnId) -> Result<Int64Array> {
        if let Some(known) = self.known.get(&column) {
            return Ok(known.clone());
        }
        let array = &self.batch[column.position()];
        let instants = match array.data_type() {
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                let times = array.as_primitive::<TimestampMicrosecondType>();
                Int64Array::new(times.values().clone(), times.nulls().cloned())
            }
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>();
                days.iter().map(|day| day.map(|day| self.midnights.of(day))).collect()
            }
            DataType::Null => Int64Array::new_null(array.len()),
            other => return internal_err!("a time is of the type {other}"),
        };
        self.known.insert(column, instants.clone());
        Ok(instants)
    }
}
