//! The rows of a dataset on their way to evaluations: what is asked of them row by row becomes a table, the rest timelines.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{concat, filter, max, min};
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Int64Type, i256};
use datafusion::common::{Result, internal_err, resources_err};

use milepost_semantics::time::Calendar;

use crate::intern::NONE;
use crate::rollup::truths;
use crate::rows::collect::keys::{BatchKeys, BatchTimes, Midnights};
use crate::rows::ids::{
    AgeId, ById, Id, LineId, LineKeyId, MOST_ROWS, RowId, TableColumnId, TimesId,
};
use crate::rows::plan::needs::{LineNeeds, TableNeeds};
use crate::rows::store::table::{Column, Table, digits, rows_of};
use crate::rows::store::timelines::{Entries, Names, Timelines};
use crate::rows::store::{CollectedTable, Stretch};

/// What two parts of a stretch are together.
fn joined(a: Stretch, b: Stretch) -> Stretch {
    match (a, b) {
        (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
        (one, other) => one.or(other),
    }
}

/// What is known of all rows, whether they are kept or not.
#[derive(Clone, Debug)]
pub(in crate::rows) struct TableStatistics {
    first: BTreeMap<TimesId, Option<i64>>,
    /// Before the first cut, between each two, and from the last on.
    ages: BTreeMap<AgeId, Vec<Stretch>>,
}

impl TableStatistics {
    pub(in crate::rows) fn new(needs: &TableNeeds) -> Self {
        let first = needs.first.iter().map(|(times, _)| (*times, None));
        let ages = needs.ages.iter().map(|(age, _, cuts)| (*age, vec![None; cuts.len() + 1]));
        Self { first: first.collect(), ages: ages.collect() }
    }

    pub(in crate::rows) fn merge(&mut self, other: &Self) {
        for (times, own) in &other.first {
            let all = self.first.entry(*times).or_default();
            *all = all.iter().copied().chain(*own).min();
        }
        for (age, own) in &other.ages {
            let all = self.ages.entry(*age).or_insert_with(|| vec![None; own.len()]);
            all.iter_mut().zip(own).for_each(|(all, own)| *all = joined(*all, *own));
        }
    }

    fn take(&mut self, needs: &TableNeeds, batch: &mut BatchTimes<'_>) -> Result<()> {
        for (times, column) in &needs.first {
            let first = self.first.entry(*times).or_default();
            let times = batch.instants(*column)?;
            *first = first.iter().copied().chain(min(&times)).min();
        }
        for (age, column, cuts) in &needs.ages {
            let there = self.ages.entry(*age).or_insert_with(|| vec![None; cuts.len() + 1]);
            let times = batch.instants(*column)?;
            // Most rows are older than all cuts.
            if max(&times).is_some_and(|last| cuts.first().is_some_and(|cut| last >= *cut)) {
                let place = |t: i64| cuts.partition_point(|cut| *cut <= t);
                for t in times.iter().flatten() {
                    let stretch = &mut there[place(t)];
                    *stretch = joined(*stretch, Some((t, t)));
                }
            }
        }
        Ok(())
    }
}

/// What some of the rows give: those of one partition.
#[derive(Debug)]
pub(in crate::rows) struct PartitionRows {
    needs: Arc<TableNeeds>,
    /// Of the columns that are asked for.
    columns: BTreeMap<TableColumnId, Vec<ArrayRef>>,
    /// Of all columns, once there is a row.
    types: Option<ById<TableColumnId, DataType>>,
    /// Rows that were evaluated.
    pub(in crate::rows) seen: usize,
    /// Those that are kept.
    rows: usize,
    /// About what the columns take.
    column_bytes: usize,
    names: ById<LineKeyId, Names>,
    entries: ById<LineId, Entries>,
    pub(in crate::rows) known: TableStatistics,
    midnights: Midnights,
}

/// Puts the parts together. `width`: how many columns there are.
pub(in crate::rows) fn finish(
    needs: &TableNeeds,
    width: usize,
    parts: Vec<PartitionRows>,
) -> Result<CollectedTable> {
    let mut arrays: BTreeMap<TableColumnId, Vec<ArrayRef>> = BTreeMap::new();
    let mut types: Option<ById<TableColumnId, DataType>> = None;
    let mut names: ById<LineKeyId, Names> = needs.keys.map(|_, _| Names::default());
    let mut entries: ById<LineId, Vec<Entries>> = needs.lines.map(|_, _| Vec::new());
    let mut known = TableStatistics::new(needs);
    let mut rows = 0;
    for part in parts {
        for (column, own) in part.columns {
            arrays.entry(column).or_default().extend(own);
        }
        types = types.or(part.types);
        has_room(rows + part.rows)?;
        let mut numbers = part.names.map(|_, _| None);
        for (key, own) in part.names.into_iter() {
            // The first are numbered as they are.
            if names[key].is_empty() {
                names[key] = own;
            } else {
                numbers[key] = Some(names[key].append(own));
            }
        }
        for (line, mut own) in part.entries.into_iter() {
            own.move_behind(rows);
            if let Some(numbers) = &numbers[needs.lines[line].key] {
                own.renumber(numbers);
            }
            entries[line].push(own);
        }
        known.merge(&part.known);
        rows += part.rows;
    }
    let listed = |parts: &Vec<Entries>| parts.iter().map(Entries::len).sum();
    entries.values().map(listed).chain([rows]).try_for_each(has_room)?;
    let names = names.into_values().map(Arc::new).collect::<ById<LineKeyId, Arc<Names>>>();
    let lines = entries.into_iter().map(|(line, entries)| {
        let line = &needs.lines[line];
        let names = Arc::clone(&names[line.key]);
        let lines = Timelines::new(names, entries, line.at.is_some(), line.placed);
        (line.index, Arc::new(lines))
    });
    let lines = lines.collect();
    let column = |column: TableColumnId| match (&types, arrays.remove(&column)) {
        _ if !needs.columns.contains(&column) => Ok(Column::NotAsked),
        // Nobody had a row.
        (None, _) => Ok(Column::Null),
        (Some(types), Some(arrays)) => whole(arrays, &types[column]),
        (Some(_), None) => internal_err!("a column that is asked for was not kept"),
    };
    let columns = (0..width).map(TableColumnId::new).map(column);
    let columns = columns.collect::<Result<ById<TableColumnId, Column>>>()?;
    let TableStatistics { first, ages } = known;
    Ok(CollectedTable { table: Arc::new(Table { columns, rows }), lines, first, ages })
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
        return Column::new(&references(&arrays)?);
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
    Column::new(&references(&wide)?)
}

impl PartitionRows {
    pub(in crate::rows) fn new(needs: &Arc<TableNeeds>, calendar: &Calendar) -> Self {
        Self {
            needs: Arc::clone(needs),
            columns: BTreeMap::new(),
            types: None,
            seen: 0,
            rows: 0,
            column_bytes: 0,
            names: needs.keys.map(|_, _| Names::default()),
            entries: needs.lines.map(|_, _| Entries::default()),
            known: TableStatistics::new(needs),
            midnights: Midnights::new(calendar),
        }
    }

    /// Takes rows in, column by column.
    pub(in crate::rows) fn take(&mut self, batch: &[ArrayRef]) -> Result<()> {
        let needs = Arc::clone(&self.needs);
        let rows = rows_of(batch)?;
        if self.types.is_none() {
            self.types = Some(batch.iter().map(|column| column.data_type().clone()).collect());
        }
        let listed = self.look(batch)?;
        let kept = any(&needs, &listed, rows, |line| line.placed);
        let ids = ids(self.rows, rows, kept.as_ref());
        let keys = needs.keys.try_map(|id, key| {
            let lines = needs.lines.iter().filter(|(_, line)| line.key == id);
            let asked = lines.map(|(line, _)| listed[line].len(rows)).sum::<usize>();
            BatchKeys::new(batch, key, &mut self.names[id], asked >= rows)
        })?;
        for (id, entries) in self.entries.iter_mut() {
            let line = &needs.lines[id];
            let names = &mut self.names[line.key];
            enter(&keys[line.key], names, &listed[id], line.placed.then_some(&ids), entries)?;
        }
        for column in &needs.columns {
            let array = narrow(&batch[column.position()]);
            let array = match &kept {
                Some(kept) => filter(&array, kept)?,
                None => array,
            };
            self.column_bytes += array.get_array_memory_size();
            self.columns.entry(*column).or_default().push(array);
        }
        self.rows += kept.map_or(rows, |kept| kept.true_count());
        self.entries.values().map(Entries::len).chain([self.rows]).try_for_each(has_room)?;
        Ok(())
    }

    /// Which rows of a batch are asked for at all, if they are not all, for rows that are taken in later.
    pub(in crate::rows) fn asked(&mut self, batch: &[ArrayRef]) -> Result<Option<BooleanArray>> {
        let listed = self.look(batch)?;
        Ok(any(&self.needs, &listed, rows_of(batch)?, |_| true))
    }

    /// Which rows of a batch each timeline has.
    fn look(&mut self, batch: &[ArrayRef]) -> Result<ById<LineId, ListedRows>> {
        let needs = Arc::clone(&self.needs);
        self.seen += rows_of(batch)?;
        let mut times = BatchTimes::new(batch, &mut self.midnights);
        self.known.take(&needs, &mut times)?;
        needs.lines.try_map(|_, line| ListedRows::new(batch, line, &mut times))
    }

    /// About how many bytes this holds.
    pub(in crate::rows) fn bytes(&self) -> usize {
        let names = self.names.values().map(Names::bytes);
        self.column_bytes + names.chain(self.entries.values().map(Entries::bytes)).sum::<usize>()
    }
}

/// Whether a table can have so many rows.
fn has_room(rows: usize) -> Result<()> {
    if rows <= MOST_ROWS { Ok(()) } else { resources_err!("{rows} rows of one dataset are kept") }
}

/// Which rows of a batch are in a timeline, but for their keys.
struct ListedRows {
    times: Option<Int64Array>,
    /// Absent: all.
    rows: Option<BooleanBuffer>,
}

impl ListedRows {
    fn new(batch: &[ArrayRef], line: &LineNeeds, times: &mut BatchTimes<'_>) -> Result<Self> {
        let times = line.at.map(|at| times.instants(at));
        let times = times.transpose()?;
        let timed = times.as_ref().and_then(|times| times.nulls());
        let timed = timed.filter(|nulls| nulls.null_count() > 0).map(|nulls| nulls.inner().clone());
        let passing = line.filter.map(|filter| passing(&batch[filter.position()])).transpose()?;
        let rows = match (timed, passing) {
            (Some(timed), Some(passing)) => Some(&timed & &passing),
            (one, other) => one.or(other),
        };
        Ok(Self { times, rows })
    }

    /// How many of so many rows there are.
    fn len(&self, rows: usize) -> usize {
        self.rows.as_ref().map_or(rows, BooleanBuffer::count_set_bits)
    }
}

/// The rows that are in one of these timelines, unless all are.
fn any(
    needs: &TableNeeds,
    listed: &ById<LineId, ListedRows>,
    rows: usize,
    of: impl Fn(&LineNeeds) -> bool,
) -> Option<BooleanArray> {
    if needs.every_row {
        return None;
    }
    let mut all = BooleanBuffer::new_unset(rows);
    for (id, _) in needs.lines.iter().filter(|(_, line)| of(line)) {
        all = &all | listed[id].rows.as_ref()?;
    }
    Some(BooleanArray::new(all, None))
}

/// The rows of a batch in the table, `before` of which are there.
enum KeptRows {
    All { before: usize },
    Kept(Vec<Option<RowId>>),
}

fn ids(before: usize, rows: usize, kept: Option<&BooleanArray>) -> KeptRows {
    let Some(kept) = kept else { return KeptRows::All { before } };
    let mut ids = vec![None; rows];
    for (number, row) in kept.values().set_indices().enumerate() {
        ids[row] = Some(RowId::new(before + number));
    }
    KeptRows::Kept(ids)
}

impl KeptRows {
    fn get(&self, row: usize) -> Result<RowId> {
        let kept = match self {
            Self::All { before } => Some(RowId::new(before + row)),
            Self::Kept(ids) => ids[row],
        };
        match kept {
            Some(id) => Ok(id),
            None => internal_err!("a row is listed that is not kept"),
        }
    }
}

/// Adds the rows of a batch to a timeline. `ids`: of the rows in the table, if they are asked for.
fn enter(
    keys: &BatchKeys,
    names: &mut Names,
    listed: &ListedRows,
    ids: Option<&KeptRows>,
    entries: &mut Entries,
) -> Result<()> {
    let times = listed.times.as_ref();
    if let (BatchKeys::Lists(lists), None) = (keys, &listed.rows)
        && !lists.contains(&NONE)
    {
        let rows = ids.into_iter().flat_map(|ids| (0..lists.len()).map(|row| ids.get(row)));
        let rows = rows.collect::<Result<Vec<RowId>>>()?;
        entries.add_all(lists, times.map(|times| &times.values()[..]), rows.into_iter());
        return Ok(());
    }
    let mut add = |row: usize| {
        if let Some(list) = keys.number(row, names) {
            let time = times.map(|times| times.value(row));
            entries.add(list, time, ids.map(|ids| ids.get(row)).transpose()?);
        }
        Ok(())
    };
    match &listed.rows {
        Some(rows) => rows.set_indices().try_for_each(&mut add),
        None => (0..keys.rows()).try_for_each(&mut add),
    }
}

/// Where a condition is true.
fn passing(array: &ArrayRef) -> Result<BooleanBuffer> {
    match array.data_type() {
        DataType::Boolean => Ok(truths(array.as_boolean())),
        DataType::Null => Ok(BooleanBuffer::new_unset(array.len())),
        other => internal_err!("a condition is of the type {other}"),
    }
}
