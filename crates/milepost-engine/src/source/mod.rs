//! From a dataset's `from:` to files, their columns, and their rows; or from rows in memory.

mod contents;
mod csv;
mod decimals;
mod elements;
mod fault;
mod formats;
mod given;
mod identity;
mod input;
mod ipc;
mod json;
mod kind;
mod kinds;
mod lines;
mod locate;
mod memory;
mod nested;
mod normalize;
mod pages;
mod parquet;
mod profile;
mod read;
mod schema;
mod side;
mod stream;
mod tables;
#[cfg(test)]
mod tests;
mod textual;
mod unfit;
mod unpivot;
mod walk;
mod workbook;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;

use milepost_semantics::DataNeed;
use milepost_semantics::model::{
    Column, ColumnSource, Csv, Dataset, Format, Location, Type, Unpivot, ValueFormat,
};
use milepost_syntax::ast::BadValues;

pub(crate) use contents::Contents;
pub(crate) use csv::Written;
pub(crate) use given::given;
pub(crate) use identity::{Stamp, is_settled, stamp};
pub(crate) use input::Packing;
pub use kind::other_than_a_file;
pub(crate) use locate::{Located, locate};
pub use locate::{advice, files_of, is_data_file};
pub(crate) use normalize::arrow_type;
pub use profile::{
    ColumnProfile, Fit, Profile, Reading, Sketch, TextFacts, column_names, profile, sketch,
};
pub(crate) use read::read_columns;
pub(crate) use schema::{settle, unite};
pub(crate) use stream::{DataFault, Streamed, StreamedTable, View, look};
pub use tables::{advice_on_table, kept_by};
pub(crate) use textual::is_uuid;
pub use workbook::sheets_of;

/// One data file of a dataset.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    pub(crate) path: PathBuf,
    /// The path from the project's folder, for people.
    pub(crate) shown: String,
    pub(crate) format: Format,
    /// How it is compressed as a whole.
    pub(crate) packing: Option<Packing>,
    /// Of CSV and sheets: what is said of how it is written.
    pub(crate) csv: Arc<Csv>,
    /// Of a workbook: which of its sheets is read, if that is said.
    pub(crate) sheet: Option<String>,
    /// Columns that become rows.
    pub(crate) unpivot: Option<Arc<Unpivot>>,
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
    /// Columns that identify members or rows and whose type neither the specs nor the files declare.
    pub(crate) open: BTreeSet<String>,
    /// By column: values that were bad, and are null.
    pub(crate) nulled: Arc<Mutex<BTreeMap<String, Nulled>>>,
}

/// What is asked of files, or of rows in their place, of whose columns the specs say nothing.
const fn undeclared(name: String, from: Location) -> DataNeed {
    DataNeed {
        name,
        from,
        columns: Vec::new(),
        types_at: Vec::new(),
        time_zone: None,
        optional: false,
        names: Vec::new(),
        identifiers: Vec::new(),
    }
}

/// Values of a column that did not fit, and are null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Nulled {
    pub(crate) count: u64,
    /// The first of them: its value where that may be shown, and its place.
    pub(crate) example: String,
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
    /// How its values are written, where that is not the usual way.
    pub(crate) format: Option<ValueFormat>,
    /// Values that do not fit are null.
    pub(crate) bad_values: BadValues,
    /// The values are keys that nobody declares, and whole numbers elsewhere: where that is.
    pub(crate) whole_by: Option<String>,
}

impl SourceColumn {
    /// A column of which the specs say nothing.
    fn found(name: &str, ty: Type, stored: DataType) -> Self {
        let name = name.to_owned();
        let (format, bad_values, whole_by) = (None, BadValues::Error, None);
        Self { name, ty, stored, personal: false, format, bad_values, whole_by }
    }

    /// Its values are read as the files have them.
    pub(crate) fn is_usual(&self) -> bool {
        self.format.is_none() && self.bad_values == BadValues::Error && self.whole_by.is_none()
    }
}

/// The place of a row of the first file in words, counted from 0; of rows in memory, by the name of their dataset.
pub(crate) fn place_in(source: &Source, dataset: &str, row: usize) -> String {
    match source.files.first() {
        Some(file) => format!("{} of `{}`", lines::place(file, row), file.shown),
        None => format!("row {} of `{dataset}`", row + 1),
    }
}

impl Source {
    /// Whether a column stands inside of another one in some file.
    pub(crate) fn is_nested(&self, column: &str) -> bool {
        self.contents.iter().any(|contents| contents.nested.path(column).is_some())
    }

    /// What was found in the files that readers should know: how they are written where nobody said so, and which values
    /// are null because they don't fit.
    pub(crate) fn notes(&self, dataset: &Dataset) -> Vec<String> {
        let mut ways: Vec<(String, Vec<&str>)> = Vec::new();
        for (file, contents) in self.files.iter().zip(&self.contents) {
            let Some(way) = contents.written.as_ref().and_then(Written::found) else { continue };
            match ways.iter_mut().find(|(known, _)| *known == way) {
                Some((_, files)) => files.push(&file.shown),
                None => ways.push((way, vec![&file.shown])),
            }
        }
        let sentence = |(way, files): (String, Vec<&str>)| match &files[..] {
            [one] => format!("`{one}` has {way}"),
            [first, rest @ ..] => format!("`{first}` and {} more files have {way}", rest.len()),
            [] => way,
        };
        let mut notes: Vec<String> = ways.into_iter().map(sentence).collect();
        let nulled = self.nulled.lock().unwrap_or_else(PoisonError::into_inner);
        let of_file = |column: &&Column| matches!(column.source, ColumnSource::File(_));
        for column in dataset.columns.iter().filter(of_file) {
            let ColumnSource::File(name) = &column.source else { continue };
            let Some(Nulled { count, example }) = nulled.get(name) else { continue };
            let (values, fit, are) = match count {
                1 => ("value", "fits", "is"),
                _ => ("values", "fit", "are"),
            };
            notes.push(format!(
                "{count} {values} of `{}` that {fit} no {} {are} null, for example {example}",
                column.name,
                column.ty.name()
            ));
        }
        notes
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
