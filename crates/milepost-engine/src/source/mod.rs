//! From a dataset's `from:` to files, their columns, and their rows; or from rows in memory.

mod given;
mod kind;
mod lines;
mod locate;
mod normalize;
mod read;
mod schema;
mod stream;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, SystemTime};

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;

use milepost_semantics::model::{Format, Type};

pub(crate) use given::given;
pub use kind::other_than_a_file;
pub(crate) use locate::locate;
pub(crate) use normalize::arrow_type;
pub(crate) use read::read_columns;
pub(crate) use schema::unite;
pub(crate) use stream::{DataFault, Streamed, StreamedTable, View, look};

/// One data file of a dataset.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    pub(crate) path: PathBuf,
    /// The path from the project's folder, for people.
    pub(crate) shown: String,
    pub(crate) format: Format,
    /// `month=2026-01` folders on the way: columns with one value for the whole file.
    pub(crate) partitions: Vec<(String, String)>,
}

/// Where each file is, how long it is and when it was last changed: what is equal has the same columns.
pub(crate) type Stamp = Vec<(PathBuf, u64, SystemTime)>;

/// A file may be written again so soon that its time of change stays the same.
const SETTLED: Duration = Duration::from_secs(1);

/// The stamp of files as they are now; none while one of them is too new to be told from what comes next.
pub(crate) fn stamp(files: &[DataFile]) -> Option<Stamp> {
    let one = |file: &DataFile| {
        let found = std::fs::metadata(&file.path).ok()?;
        let changed = found.modified().ok()?;
        let settled = changed.elapsed().is_ok_and(|age| age > SETTLED);
        settled.then(|| (file.path.clone(), found.len(), changed))
    };
    files.iter().map(one).collect()
}

/// The files of a dataset and what they hold together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    pub(crate) files: Vec<DataFile>,
    /// Rows that are there already, in place of files.
    pub(crate) rows: Option<RecordBatch>,
    /// By column name: united over all files.
    pub(crate) columns: Vec<SourceColumn>,
    /// What the files were like before they were read; absent where that says too little.
    pub(crate) stamp: Option<Stamp>,
    /// How often the rows were read.
    pub(crate) reads: Arc<AtomicU32>,
}

/// A column as the files have it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SourceColumn {
    pub(crate) name: String,
    pub(crate) ty: Type,
    /// What it is in memory once read.
    pub(crate) stored: DataType,
    /// No message shows its values.
    pub(crate) personal: bool,
}

/// The place of a row of the first file in words, counted from 0; of rows in memory, by the name of their dataset.
pub(crate) fn place_in(source: &Source, dataset: &str, row: usize) -> String {
    match source.files.first() {
        Some(file) => format!("{} of `{}`", lines::place(file, row), file.shown),
        None => format!("row {} of `{dataset}`", row + 1),
    }
}

impl SourceColumn {
    /// A value for messages: as it is, if it may be shown, and not too much of it.
    fn shown(&self, value: &str) -> String {
        if self.personal {
            return "a value".to_owned();
        }
        format!("`{}`", value.chars().take(60).collect::<String>())
    }
}
