//! Reading the rows of a dataset for judgements, as they come: what is asked of them row by row becomes a table, the rest
//! timelines.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch};
use arrow::compute::{concat, filter};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int64Type, Schema, TimestampMicrosecondType,
};
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::physical_plan::{SendableRecordBatchStream, execute_stream_partitioned};
use datafusion::prelude::SessionContext;
use futures::StreamExt;

use milepost_semantics::time::{Calendar, date_of_epoch_day};

use super::needs::{LineNeeds, TableNeeds};
use super::table::{Column, Key, Table, digits};
use super::timelines::{Entries, Names, Timelines};
use crate::error::EngineError;

/// What was read of a dataset.
pub(super) struct Read {
    pub(super) table: Table,
    /// With their positions in the plan's indexes.
    pub(super) lines: Vec<(usize, Timelines)>,
    /// The first of instants, with the position of their list in the plan.
    pub(super) first: Vec<(usize, Option<i64>)>,
}

/// What one partition of the rows gives.
struct Part {
    needs: Arc<TableNeeds>,
    calendar: Calendar,
    /// By column; empty for one that is not asked for.
    columns: Vec<Vec<ArrayRef>>,
    rows: usize,
    entries: Vec<Entries>,
    first: Vec<Option<i64>>,
    /// By day, as far as rows name days: when it begins.
    midnights: HashMap<i32, i64>,
}

/// Runs the statement of a table.
pub(super) async fn read(
    context: &SessionContext,
    dataset: &str,
    sql: &str,
    needs: TableNeeds,
    calendar: &Calendar,
) -> Result<Read, EngineError> {
    let what = format!("dataset `{dataset}`");
    let failed = |e: &DataFusionError| EngineError::from_engine(&what, e);
    let frame = context.sql(sql).await.map_err(|e| failed(&e))?;
    let tasks = frame.task_ctx();
    let plan = frame.create_physical_plan().await.map_err(|e| failed(&e))?;
    let schema = plan.schema();
    let columns = schema.fields().len();
    let streams = execute_stream_partitioned(plan, Arc::new(tasks)).map_err(|e| failed(&e))?;
    let needs = Arc::new(needs);
    let parts: Vec<SpawnedTask<Result<Part, DataFusionError>>> = streams
        .into_iter()
        .map(|stream| {
            let part = Part::new(&needs, calendar, columns);
            SpawnedTask::spawn(part.all(stream))
        })
        .collect();
    let mut read = Vec::with_capacity(parts.len());
    for part in parts {
        let part =
            part.join_unwind().await.map_err(|e| EngineError::Internal(format!("{what}: {e}")))?;
        read.push(part.map_err(|e| failed(&e))?);
    }
    finish(&needs, &schema, read).map_err(|e| EngineError::Internal(format!("{what}: {e}")))
}

/// Puts the partitions together, in their order.
fn finish(needs: &TableNeeds, schema: &Schema, parts: Vec<Part>) -> Result<Read, DataFusionError> {
    let mut arrays: Vec<Vec<ArrayRef>> = vec![Vec::new(); schema.fields().len()];
    let mut entries: Vec<Vec<Entries>> = needs.lines.iter().map(|_| Vec::new()).collect();
    let mut first: Vec<Option<i64>> = vec![None; needs.first.len()];
    let mut rows = 0;
    for part in parts {
        for (all, own) in arrays.iter_mut().zip(part.columns) {
            all.extend(own);
        }
        for (all, mut own) in entries.iter_mut().zip(part.entries) {
            own.move_behind(rows);
            all.push(own);
        }
        for (all, own) in first.iter_mut().zip(part.first) {
            *all = all.iter().copied().chain(own).min();
        }
        rows += part.rows;
    }
    let lines = needs.lines.iter().zip(entries);
    let lines = lines.map(|(line, entries)| {
        (line.index, Timelines::new(entries, line.at.is_some(), needs.has_rows()))
    });
    let lines = lines.collect();
    let columns =
        arrays.into_iter().zip(schema.fields()).enumerate().map(|(i, (arrays, field))| {
            if needs.columns.contains(&i) {
                whole(arrays, field.data_type())
            } else {
                Ok(Column::NotAsked)
            }
        });
    let columns = columns.collect::<Result<Vec<Column>, DataFusionError>>()?;
    let first = needs.first.iter().map(|(times, _)| *times).zip(first).collect();
    Ok(Read { table: Table { columns, rows }, lines, first })
}

/// Decimals as their digits, where they fit in eight bytes.
fn narrow(array: &ArrayRef) -> ArrayRef {
    match array.as_primitive_opt::<Decimal128Type>().and_then(digits) {
        Some(digits) => Arc::new(digits),
        None => Arc::clone(array),
    }
}

/// One column of what came in parts, of which decimals may be narrow in some and not in others.
fn whole(arrays: Vec<ArrayRef>, of: &DataType) -> Result<Column, DataFusionError> {
    if arrays.is_empty() {
        return Ok(Column::Null);
    }
    let references = |arrays: &[ArrayRef]| {
        concat(&arrays.iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>())
    };
    let DataType::Decimal128(precision, scale) = of else {
        return Ok(Column::new(&references(&arrays)?));
    };
    if arrays.iter().all(|array| array.data_type() == &DataType::Int64) {
        let all = references(&arrays)?;
        return Ok(Column::Digits(all.as_primitive::<Int64Type>().clone(), i32::from(*scale)));
    }
    let wide = arrays.into_iter().map(|array| match array.as_primitive_opt::<Int64Type>() {
        Some(digits) => {
            let wide = digits.unary::<_, Decimal128Type>(i128::from);
            Ok(Arc::new(wide.with_precision_and_scale(*precision, *scale)?) as ArrayRef)
        }
        None => Ok(array),
    });
    let wide = wide.collect::<Result<Vec<ArrayRef>, DataFusionError>>()?;
    Ok(Column::new(&references(&wide)?))
}

impl TableNeeds {
    /// Whether rows are in the table, so that they have numbers.
    fn has_rows(&self) -> bool {
        self.every_row || !self.columns.is_empty()
    }
}

impl Part {
    fn new(needs: &Arc<TableNeeds>, calendar: &Calendar, columns: usize) -> Self {
        Self {
            needs: Arc::clone(needs),
            calendar: calendar.clone(),
            columns: vec![Vec::new(); columns],
            rows: 0,
            entries: needs.lines.iter().map(|_| Entries::default()).collect(),
            first: vec![None; needs.first.len()],
            midnights: HashMap::new(),
        }
    }

    async fn all(mut self, mut stream: SendableRecordBatchStream) -> Result<Self, DataFusionError> {
        while let Some(batch) = stream.next().await {
            self.batch(&batch?)?;
        }
        Ok(self)
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), DataFusionError> {
        let needs = Arc::clone(&self.needs);
        for ((_, column), first) in needs.first.iter().zip(&mut self.first) {
            let times = instants(batch.column(*column), &self.calendar, &mut self.midnights);
            *first = first.iter().copied().chain(arrow::compute::min(&times)).min();
        }
        let listed: Vec<Listed> = needs
            .lines
            .iter()
            .map(|line| Listed::new(batch, line, &self.calendar, &mut self.midnights))
            .collect();
        // Rows that are in no timeline are left out, where nothing else looks at them.
        let kept: Option<BooleanArray> = (!needs.every_row).then(|| {
            (0..batch.num_rows()).map(|row| Some(listed.iter().any(|l| l.has(row)))).collect()
        });
        for ((line, listed), entries) in needs.lines.iter().zip(&listed).zip(&mut self.entries) {
            let rows = needs.has_rows().then_some((self.rows, kept.as_ref()));
            enter(batch, line, listed, rows, entries);
        }
        for column in &needs.columns {
            let array = narrow(batch.column(*column));
            self.columns[*column].push(match &kept {
                Some(kept) => filter(&array, kept)?,
                None => array,
            });
        }
        self.rows += kept.map_or(batch.num_rows(), |kept| kept.true_count());
        Ok(())
    }
}

/// Which rows of a batch are in a timeline, but for their keys.
struct Listed {
    times: Option<Int64Array>,
    filter: Option<BooleanArray>,
}

impl Listed {
    fn new(
        batch: &RecordBatch,
        line: &LineNeeds,
        calendar: &Calendar,
        midnights: &mut HashMap<i32, i64>,
    ) -> Self {
        Self {
            times: line.at.map(|at| instants(batch.column(at), calendar, midnights)),
            filter: line.filter.map(|filter| truths(batch.column(filter))),
        }
    }

    fn has(&self, row: usize) -> bool {
        self.times.as_ref().is_none_or(|times| times.is_valid(row))
            && self.filter.as_ref().is_none_or(|filter| filter.is_valid(row) && filter.value(row))
    }
}

/// Adds the rows of a batch to a timeline. `rows`: how many are in the table before the batch, and which of the batch
/// are; absent where none is.
fn enter(
    batch: &RecordBatch,
    line: &LineNeeds,
    listed: &Listed,
    rows: Option<(usize, Option<&BooleanArray>)>,
    entries: &mut Entries,
) {
    let keys = Keys::new(batch, line, &mut entries.names);
    let mut number = rows.map_or(0, |(before, _)| before);
    for row in 0..batch.num_rows() {
        if listed.has(row)
            && let Some(list) = keys.number(row, &mut entries.names)
        {
            let time = listed.times.as_ref().map(|times| times.value(row));
            entries.add(list, time, rows.map(|_| number));
        }
        let is_kept = rows.is_some_and(|(_, kept)| kept.is_none_or(|kept| kept.value(row)));
        number += usize::from(is_kept);
    }
}

/// The keys of a batch's rows.
enum Keys {
    /// All rows are in one list.
    One(u32),
    Integers(Int64Array),
    /// The list of each text, and which text a row has.
    Texts(Vec<Option<u32>>, Vec<u32>),
    Columns(Vec<Column>),
}

impl Keys {
    fn new(batch: &RecordBatch, line: &LineNeeds, names: &mut Names) -> Self {
        let mut columns: Vec<Column> =
            line.key.iter().map(|column| Column::new(batch.column(*column))).collect();
        if columns.is_empty() {
            return Self::One(names.number(Key::new()));
        }
        if let [_] = columns.as_slice()
            && let Some(column) = columns.pop()
        {
            return match column {
                Column::Integer(array) => Self::Integers(array),
                Column::Text { numbers, texts } => {
                    let lists = texts
                        .iter()
                        .map(|text| names.number(vec![super::table::Part::Text(Arc::clone(text))]));
                    let lists = lists.collect();
                    Self::Texts(numbers, lists)
                }
                column => Self::Columns(vec![column]),
            };
        }
        Self::Columns(columns)
    }

    /// The list of a row; absent if a part of its key is null.
    fn number(&self, row: usize, names: &mut Names) -> Option<u32> {
        match self {
            Self::One(list) => Some(*list),
            Self::Integers(array) => array.is_valid(row).then(|| names.integer(array.value(row))),
            Self::Texts(numbers, lists) => numbers[row].map(|text| lists[text as usize]),
            Self::Columns(columns) => {
                let key: Option<Key> = columns.iter().map(|column| column.part(row)).collect();
                key.map(|key| names.number(key))
            }
        }
    }
}

/// Times as instants: a day stands for its first.
fn instants(
    array: &ArrayRef,
    calendar: &Calendar,
    midnights: &mut HashMap<i32, i64>,
) -> Int64Array {
    match array.data_type() {
        DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, _) => {
            let times = array.as_primitive::<TimestampMicrosecondType>();
            Int64Array::new(times.values().clone(), times.nulls().cloned())
        }
        DataType::Date32 => {
            let mut midnight = |day: i32| {
                let first = || calendar.midnight(date_of_epoch_day(day)).0;
                *midnights.entry(day).or_insert_with(first)
            };
            let days = array.as_primitive::<Date32Type>();
            days.iter().map(|day| day.map(&mut midnight)).collect()
        }
        _ => Int64Array::new_null(array.len()),
    }
}

fn truths(array: &ArrayRef) -> BooleanArray {
    array.as_boolean_opt().cloned().unwrap_or_else(|| BooleanArray::new_null(array.len()))
}
