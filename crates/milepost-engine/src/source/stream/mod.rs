//! Large Parquet datasets, read while they are computed with instead of into memory.

mod groups;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use milepost_semantics::DataNeed;
use milepost_semantics::model::{Dataset, Type};
use milepost_semantics::time::{AsOf, Calendar, Instant};
use milepost_syntax::diagnostic::Diagnostic;

use super::fault::Fault;
use super::{DataFile, Source, SourceColumn};

pub(crate) use groups::look;
pub(crate) use table::StreamedTable;

/// A dataset that is read as a stream: its files, and what their footers tell.
#[derive(Debug)]
pub(crate) struct Streamed {
    pub(crate) need: DataNeed,
    pub(crate) source: Source,
    /// Names of the model, and what is read from the files.
    pub(crate) columns: Vec<(String, SourceColumn)>,
    /// By column: its texts are too many for a dictionary in some row group.
    many_texts: Vec<bool>,
    /// The column that places rows in time, a position in `columns`.
    time: usize,
    /// The zone of timestamps without one.
    zone: Calendar,
    files: Vec<ArrowReaderMetadata>,
    /// In the order of the files.
    groups: Vec<RowGroup>,
    pub(crate) counted: Counted,
}

/// What was read of a stream, in all runs.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) groups: AtomicU64,
    /// Compressed, of the columns that were asked for.
    pub(crate) bytes: AtomicU64,
}

/// A row group, with the first and last time in it.
#[derive(Clone, Copy, Debug)]
struct RowGroup {
    file: usize,
    number: usize,
    rows: u64,
    first: i64,
    last: i64,
    /// The time of some row is null.
    nulls: bool,
}

/// What the as-of lets be seen of a stream.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) streamed: Arc<Streamed>,
    pub(crate) dataset: Dataset,
    pub(crate) calendar: Calendar,
    pub(crate) as_of: AsOf,
    pub(crate) partitions: usize,
}

impl Streamed {
    /// The first and last instant of the dataset's time.
    pub(crate) fn newest(&self) -> Option<Instant> {
        self.groups.iter().map(|g| Instant(g.last)).max()
    }

    /// How many row groups there are, how many files.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.groups.len(), self.files.len())
    }

    /// Row groups and bytes that were read so far.
    pub(crate) fn read(&self) -> (u64, u64) {
        let counted = &self.counted;
        (counted.groups.load(Ordering::Relaxed), counted.bytes.load(Ordering::Relaxed))
    }

    /// The rows as they are read: text as it is stored.
    pub(crate) fn schema(&self) -> SchemaRef {
        let field =
            |(at, (name, _)): (usize, &(String, _))| Field::new(name, self.read_as(at), true);
        Arc::new(Schema::new(self.columns.iter().enumerate().map(field).collect::<Vec<_>>()))
    }

    /// The type of a column as it is read. Text stays in dictionaries: what is asked of a value is asked once. Where files
    /// have none, it would have to be made, which costs more than it saves.
    fn read_as(&self, column: usize) -> DataType {
        let (_, source) = &self.columns[column];
        if source.ty != Type::Text {
            return source.stored.clone();
        }
        if self.many_texts[column] {
            return DataType::Utf8;
        }
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
    }
}

/// A mistake in the data that was met on the way.
#[derive(Debug)]
pub(crate) struct DataFault(pub(crate) Box<Diagnostic>);

impl std::fmt::Display for DataFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for DataFault {}

/// A file that can't be read, or is not what its footer says.
fn broken(streamed: &Streamed, file: &DataFile, fault: Fault) -> DataFault {
    DataFault(fault.told(&streamed.need, file))
}
