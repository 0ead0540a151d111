//! The rows of a dataset on their way to judgements: what is asked of them row by row becomes a table, the rest timelines.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, StringArray};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{concat, filter, max, min};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Int64Type, TimestampMicrosecondType, i256,
};
use datafusion::common::Result;

use milepost_semantics::time::{Calendar, date_of_epoch_day};

use super::needs::{LineNeeds, TableNeeds};
use super::table::{Column, Key, Table, digits};
use super::timelines::{Entries, Names, Timelines};
use crate::keys::NONE;
use crate::rollup::truths;

/// What was read of a dataset.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) table: Arc<Table>,
    /// With their positions in the plan's indexes.
    pub(super) lines: Vec<(usize, Arc<Timelines>)>,
    /// The first of instants, with the position of their list in the plan.
    pub(super) first: Vec<(usize, Option<i64>)>,
    /// The first and the last row between cuts, with their position in the plan's ages.
    pub(super) ages: Vec<(usize, Vec<Stretch>)>,
}

/// The first and the last instant of the rows in a stretch of time, if there are any.
pub(super) type Stretch = Option<(i64, i64)>;

/// What two parts of a stretch are together.
fn joined(a: Stretch, b: Stretch) -> Stretch {
    match (a, b) {
        (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
        (one, other) => one.or(other),
    }
}

/// What is known of all rows, whether they are kept or not.
#[derive(Clone, Debug)]
pub(super) struct Known {
    first: Vec<Option<i64>>,
    /// Before the first cut, between each two, and from the last on.
    ages: Vec<Vec<Stretch>>,
}

impl Known {
    pub(super) fn new(needs: &TableNeeds) -> Self {
        let ages = needs.ages.iter().map(|(.., cuts)| vec![None; cuts.len() + 1]);
        Self { first: vec![None; needs.first.len()], ages: ages.collect() }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (all, own) in self.first.iter_mut().zip(&other.first) {
            *all = all.iter().copied().chain(*own).min();
        }
        for (all, own) in self.ages.iter_mut().zip(&other.ages) {
            all.iter_mut().zip(own).for_each(|(all, own)| *all = joined(*all, *own));
        }
    }

    fn take(
        &mut self,
        needs: &TableNeeds,
        batch: &[ArrayRef],
        calendar: &Calendar,
        midnights: &mut HashMap<i32, i64>,
    ) {
        for ((_, column), first) in needs.first.iter().zip(&mut self.first) {
            let times = instants(&batch[*column], calendar, midnights);
            *first = first.iter().copied().chain(min(&times)).min();
        }
        for ((_, column, cuts), there) in needs.ages.iter().zip(&mut self.ages) {
            let times = instants(&batch[*column], calendar, midnights);
            // Most rows are older than all cuts.
            if max(&times).is_some_and(|last| cuts.first().is_some_and(|cut| last >= *cut)) {
                let place = |t: i64| cuts.partition_point(|cut| *cut <= t);
                for t in times.iter().flatten() {
                    let stretch = &mut there[place(t)];
                    *stretch = joined(*stretch, Some((t, t)));
                }
            }
        }
    }
}

/// What some of the rows give: those of one partition.
#[derive(Debug)]
pub(super) struct Part {
    needs: Arc<TableNeeds>,
    calendar: Calendar,
    /// By column; empty for one that is not asked for.
    columns: Vec<Vec<ArrayRef>>,
    /// By column, once there is a row.
    types: Vec<DataType>,
    /// Rows that were looked at.
    pub(super) seen: usize,
    /// Those that are kept.
    rows: usize,
    /// About what the columns take.
    column_bytes: usize,
    entries: Vec<Entries>,
    pub(super) known: Known,
    /// By day, as far as rows name days: when it begins.
    midnights: HashMap<i32, i64>,
}

/// Puts the parts together. `width`: how many columns there are.
pub(super) fn finish(needs: &TableNeeds, width: usize, parts: Vec<Part>) -> Result<Read> {
    let mut arrays: Vec<Vec<ArrayRef>> = vec![Vec::new(); width];
    let mut types: Vec<DataType> = Vec::new();
    let mut entries: Vec<Vec<Entries>> = needs.lines.iter().map(|_| Vec::new()).collect();
    let mut known = Known::new(needs);
    let mut rows = 0;
    for part in parts {
        for (all, own) in arrays.iter_mut().zip(part.columns) {
            all.extend(own);
        }
        if types.is_empty() {
            types = part.types;
        }
        for (all, mut own) in entries.iter_mut().zip(part.entries) {
            own.move_behind(rows);
            all.push(own);
        }
        known.merge(&part.known);
        rows += part.rows;
    }
    let lines = needs.lines.iter().zip(entries);
    let lines = lines.map(|(line, entries)| {
        let lines = Timelines::new(entries, line.at.is_some(), line.placed);
        (line.index, Arc::new(lines))
    });
    let lines = lines.collect();
    let columns = arrays.into_iter().enumerate().map(|(i, arrays)| {
        if !needs.columns.contains(&i) {
            return Ok(Column::NotAsked);
        }
        types.get(i).map_or(Ok(Column::Null), |of| whole(arrays, of))
    });
    let columns = columns.collect::<Result<Vec<Column>>>()?;
    let first = needs.first.iter().map(|(times, _)| *times).zip(known.first).collect();
    let ages = needs.ages.iter().map(|(age, ..)| *age).zip(known.ages).collect();
    Ok(Read { table: Arc::new(Table { columns, rows }), lines, first, ages })
}

/// Decimals as their digits, where they fit in eight bytes.
fn narrow(array: &ArrayRef) -> ArrayRef {
    match digits(array) {
        Some(digits) => Arc::new(digits),
        None => Arc::clone(array),
    }
}

/// One column of what came in parts, of which decimals may be narrow in some and not in others.
fn whole(arrays: Vec<ArrayRef>, of: &DataType) -> Result<Column> {
    let references = |arrays: &[ArrayRef]| {
        concat(&arrays.iter().map(AsRef::as_ref).collect::<Vec<&dyn Array>>())
    };
    let (DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale)) = of else {
        return Ok(Column::new(&references(&arrays)?));
    };
    if arrays.iter().all(|array| array.data_type() == &DataType::Int64) {
        let all = references(&arrays)?;
        return Ok(Column::Digits(all.as_primitive::<Int64Type>().clone(), i32::from(*scale)));
    }
    let wide = arrays.into_iter().map(|array| match array.as_primitive_opt::<Int64Type>() {
        Some(digits) => {
            let wide: ArrayRef = match of {
                DataType::Decimal256(..) => {
                    let wide = digits.unary::<_, Decimal256Type>(i256::from);
                    Arc::new(wide.with_data_type(of.clone()))
                }
                _ => {
                    let wide = digits.unary::<_, Decimal128Type>(i128::from);
                    Arc::new(wide.with_data_type(of.clone()))
                }
            };
            Ok(wide)
        }
        None => Ok(array),
    });
    let wide = wide.collect::<Result<Vec<ArrayRef>>>()?;
    Ok(Column::new(&references(&wide)?))
}

impl Part {
    pub(super) fn new(needs: &Arc<TableNeeds>, calendar: &Calendar) -> Self {
        Self {
            needs: Arc::clone(needs),
            calendar: calendar.clone(),
            columns: Vec::new(),
            types: Vec::new(),
            seen: 0,
            rows: 0,
            column_bytes: 0,
            entries: needs.lines.iter().map(|_| Entries::default()).collect(),
            known: Known::new(needs),
            midnights: HashMap::new(),
        }
    }

    /// Takes rows in, column by column.
    pub(super) fn take(&mut self, batch: &[ArrayRef]) -> Result<()> {
        let needs = Arc::clone(&self.needs);
        if self.types.is_empty() {
            self.types = batch.iter().map(|column| column.data_type().clone()).collect();
            self.columns = vec![Vec::new(); batch.len()];
        }
        let listed = self.look(batch);
        let kept = any(&needs, &listed, rows_of(batch), |line| line.placed);
        let numbers = numbers(self.rows, rows_of(batch), kept.as_ref());
        for ((line, listed), entries) in needs.lines.iter().zip(&listed).zip(&mut self.entries) {
            enter(batch, line, listed, line.placed.then_some(&numbers), entries);
        }
        for column in &needs.columns {
            let array = narrow(&batch[*column]);
            let array = match &kept {
                Some(kept) => filter(&array, kept)?,
                None => array,
            };
            self.column_bytes += array.get_array_memory_size();
            self.columns[*column].push(array);
        }
        self.rows += kept.map_or(rows_of(batch), |kept| kept.true_count());
        Ok(())
    }

    /// Which rows of a batch are asked for at all, if they are not all, for rows that are taken in later.
    pub(super) fn asked(&mut self, batch: &[ArrayRef]) -> Option<BooleanArray> {
        let listed = self.look(batch);
        any(&self.needs, &listed, rows_of(batch), |_| true)
    }

    /// Which rows of a batch each timeline has.
    fn look(&mut self, batch: &[ArrayRef]) -> Vec<Listed> {
        let needs = Arc::clone(&self.needs);
        self.seen += rows_of(batch);
        self.known.take(&needs, batch, &self.calendar, &mut self.midnights);
        let lines = needs.lines.iter();
        lines.map(|line| Listed::new(batch, line, &self.calendar, &mut self.midnights)).collect()
    }

    /// About how many bytes this holds.
    pub(super) fn bytes(&self) -> usize {
        self.column_bytes + self.entries.iter().map(Entries::bytes).sum::<usize>()
    }
}

fn rows_of(batch: &[ArrayRef]) -> usize {
    batch.first().map_or(0, |column| column.len())
}

/// Which rows of a batch are in a timeline, but for their keys.
struct Listed {
    times: Option<Int64Array>,
    /// Absent: all.
    rows: Option<BooleanBuffer>,
}

impl Listed {
    fn new(
        batch: &[ArrayRef],
        line: &LineNeeds,
        calendar: &Calendar,
        midnights: &mut HashMap<i32, i64>,
    ) -> Self {
        let times = line.at.map(|at| instants(&batch[at], calendar, midnights));
        let timed = times.as_ref().and_then(|times| times.nulls());
        let timed = timed.filter(|nulls| nulls.null_count() > 0).map(|nulls| nulls.inner().clone());
        let passing = line.filter.map(|filter| passing(&batch[filter]));
        let rows = match (timed, passing) {
            (Some(timed), Some(passing)) => Some(&timed & &passing),
            (one, other) => one.or(other),
        };
        Self { times, rows }
    }
}

/// The rows that are in one of these timelines, unless all are.
fn any(
    needs: &TableNeeds,
    listed: &[Listed],
    rows: usize,
    of: impl Fn(&LineNeeds) -> bool,
) -> Option<BooleanArray> {
    if needs.every_row {
        return None;
    }
    let mut all = BooleanBuffer::new_unset(rows);
    for (_, listed) in needs.lines.iter().zip(listed).filter(|(line, _)| of(line)) {
        all = &all | listed.rows.as_ref()?;
    }
    Some(BooleanArray::new(all, None))
}

/// The number of each row in the table, `before` of which are there; of those that are not kept, any.
fn numbers(before: usize, rows: usize, kept: Option<&BooleanArray>) -> Vec<usize> {
    let Some(kept) = kept else { return (before..before + rows).collect() };
    let mut numbers = vec![0; rows];
    for (number, row) in kept.values().set_indices().enumerate() {
        numbers[row] = before + number;
    }
    numbers
}

/// Adds the rows of a batch to a timeline. `numbers`: of the rows in the table, if they are asked for.
fn enter(
    batch: &[ArrayRef],
    line: &LineNeeds,
    listed: &Listed,
    numbers: Option<&Vec<usize>>,
    entries: &mut Entries,
) {
    let keys = Keys::new(batch, line, &mut entries.names, listed.rows.is_none());
    let mut add = |row: usize| {
        if let Some(list) = keys.number(row, &mut entries.names) {
            let time = listed.times.as_ref().map(|times| times.value(row));
            entries.add(list, time, numbers.map(|numbers| numbers[row]));
        }
    };
    match &listed.rows {
        Some(rows) => rows.set_indices().for_each(&mut add),
        None => (0..rows_of(batch)).for_each(&mut add),
    }
}

/// The keys of a batch's rows.
enum Keys {
    /// All rows are in one list.
    One(u32),
    Integers(Int64Array),
    Texts(StringArray),
    /// The list of each row.
    Listed(Vec<u32>),
    Columns(Vec<Column>),
}

impl Keys {
    /// `all`: most rows are asked for.
    fn new(batch: &[ArrayRef], line: &LineNeeds, names: &mut Names, all: bool) -> Self {
        let [column] = line.key[..] else {
            if line.key.is_empty() {
                return Self::One(names.number(Key::new()));
            }
            return Self::Columns(line.key.iter().map(|at| Column::new(&batch[*at])).collect());
        };
        let array = &batch[column];
        match array.data_type() {
            DataType::Int64 => Self::Integers(array.as_primitive::<Int64Type>().clone()),
            DataType::Utf8 if all => Self::Listed(names.of_texts(array.as_string::<i32>())),
            DataType::Utf8 => Self::Texts(array.as_string::<i32>().clone()),
            _ => Self::Columns(vec![Column::new(array)]),
        }
    }

    /// The list of a row; absent if a part of its key is null.
    fn number(&self, row: usize, names: &mut Names) -> Option<u32> {
        match self {
            Self::One(list) => Some(*list),
            Self::Integers(array) => array.is_valid(row).then(|| names.integer(array.value(row))),
            Self::Listed(lists) => Some(lists[row]).filter(|list| *list != NONE),
            Self::Texts(array) => array.is_valid(row).then(|| names.text(array.value(row))),
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

/// Where a condition is true.
fn passing(array: &ArrayRef) -> BooleanBuffer {
    array.as_boolean_opt().map_or_else(|| BooleanBuffer::new_unset(array.len()), truths)
}
