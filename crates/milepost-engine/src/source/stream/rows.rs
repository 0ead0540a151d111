//! The rows of a stream, as the as-of lets them be seen.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::compute::{cast, max, min};
use arrow::datatypes::{SchemaRef, TimestampMicrosecondType};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use milepost_semantics::model::Type;
use milepost_semantics::time::{Instant, epoch_day};

use super::{DataFault, RowGroup, Streamed, View, broken};
use crate::data::{Days, Seen, visible, visible_facts};
use crate::source::decimals::Digits;
use crate::source::fault::Fault;
use crate::source::identity::Identity;
use crate::source::normalize::{digits_of_values, normalize};
use crate::source::pages;
use crate::source::textual::as_text;
use crate::source::unfit::unfit;

/// Rows of one batch: its columns stay in the processor's cache while they are computed with.
const BATCH: usize = 8_192;

/// Some row groups of a stream.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) view: Arc<View>,
    /// Positions in [`Streamed::columns`].
    pub(super) columns: Vec<usize>,
    pub(super) schema: SchemaRef,
    pub(super) groups: Vec<RowGroup>,
    /// The part that is counted as a reading of the dataset.
    pub(super) is_first: bool,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        if self.is_first {
            self.view.streamed.source.reads.fetch_add(1, Ordering::Relaxed);
        }
        let (view, columns) = (Arc::clone(&self.view), self.columns.clone());
        let groups = self.groups.clone().into_iter();
        let batches = groups.flat_map(move |group| Rows::open(&view, &columns, group));
        Box::pin(RecordBatchStreamAdapter::new(
            Arc::clone(&self.schema),
            futures::stream::iter(batches),
        ))
    }
}

/// The rows of one group.
struct Rows {
    view: Arc<View>,
    /// What is read: what is asked for, and the time last if it is not among it. Which rows are seen depends on it.
    columns: Vec<usize>,
    /// Of `columns`.
    schema: SchemaRef,
    /// How many of `columns` are asked for.
    asked: usize,
    group: RowGroup,
    reader: ParquetRecordBatchReader,
    /// Rows of the group before the next batch.
    before: usize,
}

impl Rows {
    /// Its batches, or the error that came before them.
    fn open(
        view: &Arc<View>,
        asked: &[usize],
        group: RowGroup,
    ) -> Box<dyn Iterator<Item = Result<RecordBatch>> + Send> {
        let streamed = &view.streamed;
        let mut columns = asked.to_vec();
        if !columns.contains(&streamed.time) {
            columns.push(streamed.time);
        }
        let opened = reader(streamed, &columns, group).map_err(external);
        let opened = opened.and_then(|reader| Ok((reader, streamed.schema().project(&columns)?)));
        match opened {
            Ok((reader, schema)) => Box::new(Self {
                view: Arc::clone(view),
                columns,
                schema: Arc::new(schema),
                asked: asked.len(),
                group,
                reader,
                before: 0,
            }),
            Err(error) => Box::new(std::iter::once(Err(error))),
        }
    }

    fn batch(&mut self, read: &RecordBatch) -> Result<RecordBatch> {
        let streamed = &self.view.streamed;
        let arrays = self.columns.iter().map(|column| self.column(read, *column));
        let arrays = arrays.collect::<Result<Vec<ArrayRef>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(read.num_rows()));
        self.before += read.num_rows();
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?;
        let time = &streamed.columns[streamed.time].0;
        if let Some(times) = batch.column_by_name(time) {
            self.keeps_to_its_footer(times)?;
        }
        let View { dataset, calendar, as_of, .. } = &*self.view;
        let see = if self.group.last < as_of.end.0 { visible_facts } else { visible };
        let batch = see(dataset, &batch, calendar, *as_of)?;
        if self.asked == self.columns.len() {
            return Ok(batch);
        }
        Ok(batch.project(&(0..self.asked).collect::<Vec<_>>())?)
    }

    fn column(&self, read: &RecordBatch, at: usize) -> Result<ArrayRef> {
        let streamed = &self.view.streamed;
        let (column, read_as) = (&streamed.columns[at].1, streamed.read_as(at));
        let Some(array) = read.column_by_name(&column.name) else {
            return Ok(new_null_array(&read_as, read.num_rows()));
        };
        if column.ty == Type::Text && *array.data_type() == read_as {
            return Ok(Arc::clone(array));
        }
        let file = &streamed.source.files[self.group.file];
        let array = as_text(array)
            .and_then(|array| normalize(&array, column.ty, &column.stored, &streamed.zone))
            .map_err(|bad| {
                let before = self.before + rows_before(streamed, self.group);
                external(DataFault(unfit(&streamed.need, file, column, before, &bad)))
            })?;
        Ok(cast(&array, &read_as)?)
    }

    /// Whole row groups were left out, and the as-of was chosen, by what the footer says.
    fn keeps_to_its_footer(&self, times: &ArrayRef) -> Result<()> {
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let outside = |t: i64| t < self.group.first || t > self.group.last;
        let met = if times.null_count() == 0 {
            times.values().iter().any(|t| outside(*t))
        } else {
            times.iter().flatten().any(outside)
        };
        if met {
            let file = &self.view.streamed.source.files[self.group.file];
            let why = Fault::Said("its footer has other times than its rows".to_owned());
            return Err(external(broken(&self.view.streamed, file, why)));
        }
        Ok(())
    }
}

impl Iterator for Rows {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let streamed = &self.view.streamed;
        let still = || streamed.source.still(self.group.file, &streamed.need);
        let read = match next(&mut self.reader) {
            Ok(Some(read)) => read,
            Ok(None) => return Some(Err(external(DataFault(still().err()?)))),
            Err(fault) => {
                if let Err(changed) = still() {
                    return Some(Err(external(DataFault(changed))));
                }
                let file = &self.view.streamed.source.files[self.group.file];
                return Some(Err(external(broken(&self.view.streamed, file, fault))));
            }
        };
        Some(self.batch(&read))
    }
}

/// The next rows of a reader, which panics over some files that are damaged.
fn next(reader: &mut ParquetRecordBatchReader) -> std::result::Result<Option<RecordBatch>, Fault> {
    let next = catch_unwind(AssertUnwindSafe(|| reader.next()));
    Ok(next.map_err(|_| Fault::Damaged)?.transpose()?)
}

fn external(fault: DataFault) -> DataFusionError {
    DataFusionError::External(Box::new(fault))
}

fn rows_before(streamed: &Streamed, group: RowGroup) -> usize {
    let before = streamed.groups.iter().filter(|g| g.file == group.file && g.number < group.number);
    before.map(|g| usize::try_from(g.rows).unwrap_or(0)).sum()
}

/// A reader of some columns of a row group.
fn reader(
    streamed: &Streamed,
    columns: &[usize],
    group: RowGroup,
) -> std::result::Result<ParquetRecordBatchReader, DataFault> {
    let file = &streamed.source.files[group.file];
    let metadata = &streamed.files[group.file];
    let failed = |fault| broken(streamed, file, fault);
    let opened = File::open(&file.path).ok();
    // What is behind the name may change; what was opened is asked.
    let found = opened.as_ref().and_then(|file| Identity::of(&file.metadata().ok()?));
    streamed.source.same(group.file, found.as_ref(), &streamed.need).map_err(DataFault)?;
    let Some(opened) = opened else {
        return Err(failed(Fault::Said("it can't be opened".to_owned())));
    };
    let named = |name: &str| columns.iter().any(|c| streamed.columns[*c].1.name == name);
    let fields = metadata.schema().fields().iter().enumerate();
    let roots = fields.filter(|(_, field)| named(field.name())).map(|(i, _)| i);
    let mask = ProjectionMask::roots(metadata.parquet_schema(), roots);
    let chunks = metadata.metadata().row_group(group.number).columns().iter().enumerate();
    let chunks: Vec<_> = chunks.filter(|(leaf, _)| mask.leaf_included(*leaf)).collect();
    if let Some(fault) = chunks.iter().find_map(|(_, chunk)| pages::fault(&opened, chunk)) {
        return Err(failed(Fault::Page(fault)));
    }
    let bytes = chunks.iter().map(|(_, c)| u64::try_from(c.compressed_size()).unwrap_or(0)).sum();
    streamed.counted.groups.fetch_add(1, Ordering::Relaxed);
    streamed.counted.bytes.fetch_add(bytes, Ordering::Relaxed);
    ParquetRecordBatchReaderBuilder::new_with_metadata(opened, metadata.clone())
        .with_projection(mask)
        .with_row_groups(vec![group.number])
        .with_batch_size(BATCH)
        .build()
        .map_err(|e| failed(e.into()))
}

/// How many digits the values of a column have, in all rows: each run reads them as one type.
pub(super) fn digits(streamed: &Streamed, column: usize) -> std::result::Result<Digits, DataFault> {
    let mut all = Digits::default();
    let name = &streamed.columns[column].1.name;
    for group in &streamed.groups {
        let file = &streamed.source.files[group.file];
        if streamed.files[group.file].schema().field_with_name(name).is_err() {
            continue;
        }
        let mut before = rows_before(streamed, *group);
        let mut reader = reader(streamed, &[column], *group)?;
        while let Some(batch) = next(&mut reader).map_err(|fault| broken(streamed, file, fault))? {
            let Some(array) = batch.column_by_name(name) else { continue };
            let digits = as_text(array).and_then(|array| digits_of_values(&array));
            let digits = digits.map_err(|bad| {
                let column = &streamed.columns[column].1;
                DataFault(unfit(&streamed.need, file, column, before, &bad))
            })?;
            all = all.with(digits);
            before += batch.num_rows();
        }
        streamed.source.still(group.file, &streamed.need).map_err(DataFault)?;
    }
    Ok(all)
}

impl Streamed {
    /// Shows the texts of a column to someone, until that is enough.
    pub(crate) fn look_at(
        &self,
        column: usize,
        seen: &mut Seen,
    ) -> std::result::Result<(), DataFault> {
        let name = &self.columns[column].1.name;
        for group in &self.groups {
            let file = &self.source.files[group.file];
            if self.files[group.file].schema().field_with_name(name).is_err() {
                continue;
            }
            let mut reader = reader(self, &[column], *group)?;
            while let Some(batch) = next(&mut reader).map_err(|fault| broken(self, file, fault))? {
                if seen.is_done() {
                    return Ok(());
                }
                let Some(array) = batch.column_by_name(name) else { continue };
                // Bytes that are no text are told where they are read.
                if let Ok(texts) = as_text(array) {
                    seen.array(&texts);
                }
            }
            self.source.still(group.file, &self.need).map_err(DataFault)?;
        }
        Ok(())
    }
}

impl View {
    /// The latest days with rows: the latest row groups tell them.
    pub(crate) fn days(self: &Arc<Self>) -> Result<Days> {
        let mut groups: Vec<RowGroup> = self.streamed.groups.clone();
        groups.sort_by_key(|group| std::cmp::Reverse((group.last, group.first)));
        let mut days = Days::default();
        for group in groups {
            let day = |at: i64| epoch_day(self.calendar.date_of(Instant(at)));
            if days.enough().is_some_and(|earliest| day(group.last) < earliest) {
                break;
            }
            for batch in Rows::open(self, &[self.streamed.time], group) {
                days.add(batch?.column(0), &self.calendar);
            }
        }
        Ok(days)
    }

    /// How many rows are seen, and the first and last instant of their time.
    pub(crate) fn span(self: &Arc<Self>) -> Result<(u64, Option<(Instant, Instant)>)> {
        let mut rows = 0;
        let mut span: Option<(i64, i64)> = None;
        let mut seen = |first: i64, last: i64| {
            span = Some(span.map_or((first, last), |(a, b)| (a.min(first), b.max(last))));
        };
        for group in &self.streamed.groups {
            if group.last < self.as_of.end.0 {
                rows += group.rows;
                seen(group.first, group.last);
            } else if group.nulls || group.first < self.as_of.end.0 {
                // The as-of cuts the group: its times tell.
                for batch in Rows::open(self, &[self.streamed.time], *group) {
                    let batch = batch?;
                    rows += batch.num_rows() as u64;
                    let times = batch.column(0).as_primitive::<TimestampMicrosecondType>();
                    if let (Some(first), Some(last)) = (min(times), max(times)) {
                        seen(first, last);
                    }
                }
            }
        }
        Ok((rows, span.map(|(a, b)| (Instant(a), Instant(b)))))
    }
}
