//! What one file holds, and its rows as they stand in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};

use milepost_semantics::DataNeed;
use milepost_semantics::model::Format;

use super::csv::Written;
use super::fault::Fault;
use super::nested::{Nested, with_nested};
use super::schema::{is_identifier, type_of};
use super::unpivot::Unpivoted;
use super::{DataFile, csv, ipc, json, parquet, unpivot};

/// The columns of one file.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    /// What they are.
    pub(crate) types: SchemaRef,
    /// As what they are read: text where it must be seen as it is written.
    pub(crate) read: SchemaRef,
    /// Of CSV: how it is written.
    pub(crate) written: Option<Written>,
    /// Of JSON: it is one list of objects.
    pub(crate) is_list: bool,
    /// Columns inside of others, which stand behind all others.
    pub(crate) nested: Nested,
    /// Some of the columns of the file are rows here.
    pub(crate) unpivoted: Option<Arc<Unpivoted>>,
}

impl Contents {
    pub(super) fn new(types: Schema, read: Schema) -> Self {
        let ((types, nested), (read, _)) = (with_nested(&types), with_nested(&read));
        let (types, read) = (Arc::new(types), Arc::new(read));
        Self { types, read, written: None, is_list: false, nested, unpivoted: None }
    }

    /// The same with nothing inside of columns but what is wanted.
    fn pruned(&self, names: &[&str]) -> Self {
        let wanted = |field: &FieldRef| {
            self.nested.wanted(field, names).map_or_else(|| Arc::clone(field), Arc::new)
        };
        let read: Vec<FieldRef> = self.read.fields().iter().map(wanted).collect();
        Self { read: Arc::new(Schema::new(read)), ..self.clone() }
    }

    /// The column of that name as it is read.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.read.field_with_name(name).ok()
    }

    /// Columns that can't be named, each with the reason as a clause: several have the name, or none; or the language has no
    /// type for what they hold.
    pub(super) fn refused(&self, shown: &str) -> BTreeMap<String, String> {
        let mut places: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (i, field) in self.types.fields().iter().enumerate() {
            places.entry(field.name()).or_default().push(i + 1);
        }
        let why = |(name, places): (&str, Vec<usize>)| {
            let why = match (name, &places[..]) {
                ("", [one]) => format!("column {one} of `{shown}` has no name"),
                ("", many) => format!("columns {} of `{shown}` have no name", listed(many)),
                (_, [one]) => {
                    let ty = self.types.field(one - 1).data_type();
                    match type_of(ty) {
                        Some(_) => return None,
                        None if matches!(ty, DataType::Struct(_)) => self.fields_in(name, shown),
                        None => format!("in `{shown}` it holds {}", word(ty)),
                    }
                }
                (_, many) => format!("columns {} of `{shown}` have that name", listed(many)),
            };
            Some((name.to_owned(), why))
        };
        places.into_iter().filter_map(why).collect()
    }

    /// What is said of a column that holds others: how one of them is named.
    fn fields_in(&self, name: &str, shown: &str) -> String {
        let inside = self.types.fields().iter().map(|field| field.name());
        let mut inside =
            inside.filter(|inside| self.nested.path(inside).is_some_and(|path| path[0] == name));
        match inside.next() {
            Some(first) => format!("in `{shown}` it holds nested fields, such as `{first}`"),
            None => format!("in `{shown}` it holds nested fields"),
        }
    }
}

/// `2 and 4`, `2, 3 and 4`.
fn listed(places: &[usize]) -> String {
    let words: Vec<String> = places.iter().map(ToString::to_string).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

/// What values are that the language has no type for.
const fn word(ty: &DataType) -> &'static str {
    match ty {
        DataType::Struct(_) => "nested fields",
        DataType::Map(..) => "maps",
        DataType::Interval(_) => "intervals",
        DataType::Union(..) => "objects or lists in some rows, and other values in others",
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => "lists",
        _ => "values of a type that milepost does not have",
    }
}

/// The columns of a file.
pub(super) fn contents(
    file: &DataFile,
    need: &DataNeed,
    threads: usize,
) -> Result<Contents, Fault> {
    let unpivot = file.unpivot.as_deref();
    let declared = |name: &str| {
        let becomes = unpivot.filter(|unpivot| unpivot.name_of(name).is_some());
        let name = becomes.map_or(name, |unpivot| &unpivot.value);
        let column = need.columns.iter().find(|(column, _)| column == name);
        column.and_then(|(_, ty)| *ty)
    };
    let found = match file.format {
        Format::Parquet => parquet::contents(file),
        Format::Csv | Format::Xlsx => {
            let is_key = |name: &str| is_identifier(need, name);
            csv::contents(file, |name| declared(name).is_some(), is_key, threads)
        }
        Format::Json => json::contents(file, declared, |name| is_identifier(need, name)),
        Format::Arrow => ipc::contents(file),
    };
    with_rows_of_columns(found?, file)
}

/// The columns of a file of which nobody says anything; of CSV as they are written.
pub(super) fn undeclared_contents(file: &DataFile, threads: usize) -> Result<Contents, Fault> {
    let found = match file.format {
        Format::Parquet => parquet::contents(file),
        Format::Csv | Format::Xlsx => csv::contents(file, |_| true, |_| false, threads),
        Format::Json => json::contents(file, |_| None, |_| false),
        Format::Arrow => ipc::contents(file),
    };
    with_rows_of_columns(found?, file)
}

fn with_rows_of_columns(found: Contents, file: &DataFile) -> Result<Contents, Fault> {
    match &file.unpivot {
        Some(unpivot) => unpivot::contents(found, unpivot),
        None => Ok(found),
    }
}

/// Works on the rows of some columns, part by part and by several threads: on the number of rows before a part, and its
/// rows. What comes of the parts is in their order; an error is the first in that order.
pub(super) fn rows<T: Send, E: Send + From<Fault>>(
    file: &DataFile,
    contents: &Contents,
    columns: &[&str],
    threads: usize,
    work: impl Fn(usize, RecordBatch) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let unpivoted = contents.unpivoted.as_deref();
    let (contents, wanted) = match unpivoted {
        Some(unpivoted) => (&unpivoted.inner, unpivoted.wanted(columns)),
        None => (contents, columns.to_vec()),
    };
    let place = |name: &&str| contents.read.index_of(contents.nested.root(name)).ok();
    let mut places: Vec<usize> = wanted.iter().filter_map(place).collect();
    places.sort_unstable();
    places.dedup();
    let contents = &contents.pruned(&wanted);
    let work = |before, batch| {
        let batch = contents.nested.beside(&batch, &wanted).map_err(Fault::from)?;
        match unpivoted {
            Some(unpivoted) => {
                let rows = unpivoted.rows(&batch, columns).map_err(Fault::from)?;
                work(before * unpivoted.width(), rows)
            }
            None => work(before, batch),
        }
    };
    match file.format {
        Format::Parquet => parquet::rows(file, contents, &places, threads, work),
        Format::Csv | Format::Xlsx => csv::rows(file, contents, &places, threads, work),
        Format::Json => json::rows(file, contents, &places, threads, work),
        Format::Arrow => ipc::rows(file, &places, threads, work),
    }
}
