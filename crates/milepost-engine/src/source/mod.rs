//! From a dataset's `from:` to files, their columns, and their rows; or from rows in memory.

mod contents;
mod csv;
mod decimals;
mod fault;
mod given;
mod identity;
mod input;
mod ipc;
mod json;
mod kind;
mod lines;
mod locate;
mod memory;
mod normalize;
mod pages;
mod parquet;
mod read;
mod schema;
mod side;
mod stream;
#[cfg(test)]
mod tests;
mod textual;
mod walk;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;

use milepost_semantics::model::{Format, Type};

pub(crate) use contents::Contents;
pub(crate) use given::given;
pub(crate) use identity::{Stamp, is_settled, stamp};
pub(crate) use input::Packing;
pub use kind::other_than_a_file;
pub use locate::files_of;
pub(crate) use locate::{Located, locate};
pub(crate) use normalize::arrow_type;
pub(crate) use read::read_columns;
pub(crate) use schema::unite;
pub(crate) use stream::{DataFault, Streamed, StreamedTable, View, look};
pub(crate) use textual::is_uuid;

/// One data file of a dataset.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    pub(crate) path: PathBuf,
    /// The path from the project's folder, for people.
    pub(crate) shown: String,
    pub(crate) format: Format,
    /// How it is compressed as a whole.
    pub(crate) packing: Option<Packing>,
    pub(crate) partitions: Vec<Partition>,
}

/// A folder on the way named `month=2026-01`: a column with one value, or null, for the whole file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    pub(crate) name: String,
    /// The name as the folder has it, in which `%2F` stands for what a folder can't be named after.
    pub(crate) written: String,
    pub(crate) value: Option<String>,
}

/// The files of a dataset and what they hold together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    pub(crate) files: Vec<DataFile>,
    /// What each of them holds.
    pub(crate) contents: Vec<Contents>,
    /// Rows that are there already, in place of files.
    pub(crate) rows: Option<RecordBatch>,
    /// By column name: united over all files.
    pub(crate) columns: Vec<SourceColumn>,
    /// Columns that can't be named, each with the reason as a clause.
    pub(crate) refused: BTreeMap<String, String>,
    /// What each of the files was like before its columns were read.
    pub(crate) stamp: Stamp,
    /// Files whose stamp is the same later are the same files.
    pub(crate) settled: bool,
    /// How often the rows were read.
    pub(crate) reads: Arc<AtomicU32>,
}

/// A column as the files have it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SourceColumn {
    pub(crate) name: String,
    pub(crate) ty: Type,
    /// What it is in memory once read; null for decimals whose digits only their values tell.
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

    /// Its values tell how many digits they need.
    pub(crate) fn waits_for_digits(&self) -> bool {
        self.ty == Type::Decimal && self.stored.is_null()
    }
}
