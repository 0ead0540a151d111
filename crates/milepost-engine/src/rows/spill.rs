//! Hash partitioning: rows are partitioned by their keys while they are read, and spilled to disk as far as they have no room
//! in memory.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufReader, Read as _, Seek, SeekFrom, Take, Write as _};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{
    Array, ArrayRef, BooleanArray, NullArray, RecordBatch, RecordBatchOptions, UInt32Array,
};
use arrow::compute::{concat_batches, filter_record_batch, take_record_batch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use datafusion::common::{DataFusionError, Result, exec_err, internal_err};
use datafusion::execution::disk_manager::DiskManager;
use datafusion::execution::{SpillFile, SpillWriter};

use crate::rows::ids::{Id, RowId, TableColumnId};
use crate::rows::key::{Key, KeyPart};
use crate::rows::store::table::{Column, rows_of};

/// A partition of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rows) struct PartitionId(usize);

/// How many partitions rows have.
#[derive(Clone, Copy, Debug)]
pub(in crate::rows) struct PartitionCount(NonZeroUsize);

impl PartitionId {
    /// The part of rows that lack a key: they meet no others.
    pub(in crate::rows) const KEYLESS: Self = Self(0);

    pub(in crate::rows) const fn position(self) -> usize {
        self.0
    }
}

impl PartitionCount {
    /// At least one.
    pub(in crate::rows) fn new(n: usize) -> Self {
        Self(NonZeroUsize::new(n).unwrap_or(NonZeroUsize::MIN))
    }

    pub(in crate::rows) const fn len(self) -> usize {
        self.0.get()
    }

    pub(in crate::rows) fn iter(self) -> impl Iterator<Item = PartitionId> {
        (0..self.len()).map(PartitionId)
    }

    /// Some part, another one with each number in turn.
    pub(in crate::rows) const fn in_turn(self, n: usize) -> PartitionId {
        PartitionId(n % self.len())
    }

    /// The part that rows of a key are in.
    #[expect(clippy::cast_possible_truncation, reason = "less than the number of parts")]
    pub(in crate::rows) fn of(self, key: &[KeyPart]) -> PartitionId {
        PartitionId(((u128::from(hash_of(key)) * self.len() as u128) >> 64) as usize)
    }
}

/// The same in every run.
fn hash_of(key: &[KeyPart]) -> u64 {
    key.iter().fold(0_u64, |hash, part| {
        let own = match part {
            // As quick as can be: most keys are whole numbers.
            KeyPart::Integer(n) => n.cast_unsigned(),
            part => {
                let mut hasher = DefaultHasher::new();
                part.hash(&mut hasher);
                hasher.finish()
            }
        };
        (hash.rotate_left(5) ^ own).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    })
}

/// How rows are partitioned.
#[derive(Debug)]
pub(in crate::rows) struct Partitioning {
    pub(in crate::rows) parts: PartitionCount,
    /// Columns, all of them kept; none: any row may be in any part.
    pub(in crate::rows) by: Vec<TableColumnId>,
    /// Columns that are kept.
    pub(in crate::rows) kept: Vec<TableColumnId>,
    /// How many bytes one who reads rows may hold.
    pub(in crate::rows) room: usize,
    pub(in crate::rows) disk: Arc<DiskManager>,
}

/// What partitions the rows that one partition of a scan reads.
pub(in crate::rows) struct HashPartitioner {
    partitioning: Arc<Partitioning>,
    /// How many columns a row had, and what is kept of it.
    width: usize,
    schema: Option<SchemaRef>,
    /// By part.
    held: Vec<Vec<RecordBatch>>,
    bytes: usize,
    spilled: Option<Spilled>,
    /// Batches that were taken.
    taken: usize,
}

/// Rows on disk.
struct Spilled {
    file: Arc<dyn SpillFile>,
    /// Locked by nobody: a writer is not one that threads share.
    writer: Mutex<Box<dyn SpillWriter>>,
    /// The part of each stretch of bytes, where it begins, and how long it is.
    stretches: Vec<(PartitionId, u64, u64)>,
    end: u64,
}

impl std::fmt::Debug for HashPartitioner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HashPartitioner").field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl HashPartitioner {
    pub(in crate::rows) fn new(partitioning: &Arc<Partitioning>) -> Self {
        Self {
            partitioning: Arc::clone(partitioning),
            width: 0,
            schema: None,
            held: vec![Vec::new(); partitioning.parts.len()],
            bytes: 0,
            spilled: None,
            taken: 0,
        }
    }

    pub(in crate::rows) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many bytes are on disk.
    pub(in crate::rows) fn on_disk(&self) -> u64 {
        self.spilled.as_ref().map_or(0, |spilled| spilled.end)
    }

    /// Takes rows in, those of `kept`.
    pub(in crate::rows) fn take(
        &mut self,
        batch: &[ArrayRef],
        kept: Option<&BooleanArray>,
    ) -> Result<()> {
        let partitioning = Arc::clone(&self.partitioning);
        self.width = batch.len();
        let schema =
            Arc::clone(self.schema.get_or_insert_with(|| schema(&partitioning.kept, batch)));
        let arrays =
            partitioning.kept.iter().map(|column| Arc::clone(&batch[column.position()])).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows_of(batch)?));
        let mut rows = RecordBatch::try_new_with_options(schema, arrays, &options)?;
        if let Some(kept) = kept {
            rows = filter_record_batch(&rows, kept)?;
        }
        let all = self.partitioned(&rows)?;
        for (held, rows) in self.held.iter_mut().zip(all) {
            if rows.num_rows() > 0 {
                self.bytes += rows.get_array_memory_size();
                held.push(rows);
            }
        }
        self.taken += 1;
        if self.bytes > partitioning.room { self.spill() } else { Ok(()) }
    }

    fn partitioned(&self, rows: &RecordBatch) -> Result<Vec<RecordBatch>> {
        let Partitioning { parts, by, kept, .. } = &*self.partitioning;
        let mut places: Vec<Vec<u32>> = vec![Vec::new(); parts.len()];
        let Ok(n) = u32::try_from(rows.num_rows()) else {
            return internal_err!("a batch has {} rows", rows.num_rows());
        };
        if by.is_empty() {
            places[parts.in_turn(self.taken).position()].extend(0..n);
        } else {
            let key = |column: &TableColumnId| {
                let Some(at) = kept.iter().position(|kept| kept == column) else {
                    return internal_err!("rows are partitioned by what is not kept of them");
                };
                Column::new(rows.column(at))
            };
            let keys = by.iter().map(key).collect::<Result<Vec<Column>>>()?;
            for row in 0..n {
                let of = RowId::new(row as usize);
                let key: Option<Key> = keys.iter().map(|key| key.part(of)).collect();
                let part = key.map_or(PartitionId::KEYLESS, |key| parts.of(&key));
                places[part.position()].push(row);
            }
        }
        let taken = places.into_iter().map(|places| {
            if places.len() == rows.num_rows() {
                return Ok(rows.clone());
            }
            Ok(take_record_batch(rows, &UInt32Array::from(places))?)
        });
        taken.collect()
    }

    /// Writes everything that is held to disk.
    fn spill(&mut self) -> Result<()> {
        let Some(schema) = self.schema.clone() else { return Ok(()) };
        let spilled = match &mut self.spilled {
            Some(spilled) => spilled,
            none => {
                let file = self.partitioning.disk.create_tmp_file("entity timelines")?;
                let writer = Mutex::new(file.open_writer()?);
                none.insert(Spilled { file, writer, stretches: Vec::new(), end: 0 })
            }
        };
        let writer = spilled.writer.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (part, held) in self.partitioning.parts.iter().zip(&mut self.held) {
            if held.is_empty() {
                continue;
            }
            let rows = concat_batches(&schema, &std::mem::take(held))?;
            let mut bytes = Vec::new();
            let mut stream = StreamWriter::try_new(&mut bytes, &schema)?;
            stream.write(&rows)?;
            stream.finish()?;
            drop(stream);
            writer.write_all(&bytes).map_err(DataFusionError::IoError)?;
            spilled.stretches.push((part, spilled.end, bytes.len() as u64));
            spilled.end += bytes.len() as u64;
        }
        self.bytes = 0;
        writer.flush().map_err(DataFusionError::IoError)
    }

    /// Hands the rows of one part on. They are not here afterward, but for those on disk.
    pub(in crate::rows) fn drain(
        &mut self,
        part: PartitionId,
        mut to: impl FnMut(&[ArrayRef]) -> Result<()>,
    ) -> Result<()> {
        if let Some(spilled) = &mut self.spilled {
            for (_, start, length) in spilled.stretches.iter().filter(|(p, ..)| *p == part) {
                for rows in stretch(&*spilled.file, *start, *length)? {
                    to(&wide(&rows?, &self.partitioning.kept, self.width))?;
                }
            }
        }
        for rows in std::mem::take(&mut self.held[part.position()]) {
            self.bytes = self.bytes.saturating_sub(rows.get_array_memory_size());
            to(&wide(&rows, &self.partitioning.kept, self.width))?;
        }
        // What types its columns have is known of a part without rows too.
        if let Some(schema) = &self.schema {
            let rows = RecordBatch::new_empty(Arc::clone(schema));
            to(&wide(&rows, &self.partitioning.kept, self.width))?;
        }
        Ok(())
    }
}

fn stretch(
    file: &dyn SpillFile,
    start: u64,
    length: u64,
) -> Result<StreamReader<BufReader<Take<File>>>> {
    let Some(path) = file.path() else { return exec_err!("a spilled file has no path") };
    let mut file = File::open(path).map_err(DataFusionError::IoError)?;
    file.seek(SeekFrom::Start(start)).map_err(DataFusionError::IoError)?;
    Ok(StreamReader::try_new_buffered(file.take(length), None)?)
}

/// The columns that are kept, by their numbers.
fn schema(kept: &[TableColumnId], batch: &[ArrayRef]) -> SchemaRef {
    let field = |column: &TableColumnId| {
        let at = column.position();
        Field::new(format!("c{at}"), batch[at].data_type().clone(), true)
    };
    Arc::new(Schema::new(kept.iter().map(field).collect::<Vec<_>>()))
}

/// The rows as they were, with nothing in columns that were not kept.
fn wide(rows: &RecordBatch, kept: &[TableColumnId], width: usize) -> Vec<ArrayRef> {
    let nothing: ArrayRef = Arc::new(NullArray::new(rows.num_rows()));
    let mut all = vec![nothing; width];
    for (column, array) in kept.iter().zip(rows.columns()) {
        all[column.position()] = Arc::clone(array);
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use arrow::array::{Float64Array, Int64Array};
    use datafusion::execution::disk_manager::DiskManagerBuilder;
    use milepost_semantics::time::Calendar;
    use proptest::prelude::*;

    use super::*;
    use crate::evaluate::Value;
    use crate::rows::collect::partition::{self, finish};
    use crate::rows::plan::needs::TableNeeds;

    /// Keys with a value each, in batches.
    fn batches() -> impl Strategy<Value = Vec<Vec<(Option<i64>, u8)>>> {
        let row = (prop::option::weighted(0.9, -3_i64..9), any::<u8>());
        prop::collection::vec(prop::collection::vec(row, 0..20), 0..8)
    }

    proptest! {
        #[test]
        fn every_row_is_in_one_part_and_all_rows_of_a_key_are(batches in batches(), parts in 1_usize..5, room in 0_usize..3_000, keyed: bool) {
            let disk = Arc::new(DiskManagerBuilder::default().build().unwrap());
            let columns = [TableColumnId::new(1), TableColumnId::new(2)];
            let by = if keyed { vec![columns[0]] } else { Vec::new() };
            let parts = PartitionCount::new(parts);
            let partitioning = Arc::new(Partitioning { parts, by, kept: columns.to_vec(), room, disk });
            let mut scatter = HashPartitioner::new(&partitioning);
            for batch in &batches {
                let keys: Int64Array = batch.iter().map(|(key, _)| *key).collect();
                let values: Float64Array = batch.iter().map(|(_, value)| Some(f64::from(*value))).collect();
                let kept: BooleanArray = batch.iter().map(|(_, value)| Some(value % 3 > 0)).collect();
                let nothing: ArrayRef = Arc::new(NullArray::new(batch.len()));
                scatter.take(&[nothing, Arc::new(keys), Arc::new(values)], Some(&kept)).unwrap();
            }
            let needs = TableNeeds { columns: BTreeSet::from(columns), every_row: true, ..TableNeeds::default() };
            let needs = Arc::new(needs);
            let mut found: Vec<(Option<i64>, u8)> = Vec::new();
            let mut homes: BTreeMap<Option<i64>, PartitionId> = BTreeMap::new();
            for number in parts.iter() {
                let mut part = partition::PartitionRows::new(&needs, &Calendar::default());
                scatter.drain(number, |rows| part.take(rows)).unwrap();
                let table = finish(&needs, 3, vec![part]).unwrap().table;
                for row in table.ids() {
                    let number_of = |column: usize| table.columns[columns[column - 1]].value(row).as_ref().and_then(Value::number);
                    #[expect(clippy::cast_possible_truncation, reason = "small whole numbers")]
                    let key = number_of(1).map(|key| key as i64);
                    prop_assert!(!keyed || *homes.entry(key).or_insert(number) == number);
                    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes")]
                    found.push((key, number_of(2).unwrap() as u8));
                }
            }
            let mut expected: Vec<(Option<i64>, u8)> = batches.into_iter().flatten().filter(|(_, value)| value % 3 > 0).collect();
            expected.sort_unstable();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
