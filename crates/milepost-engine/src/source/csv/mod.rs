//! Files of values with a separator between: their columns, and their rows as text.

mod infer;
mod split;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema};

use super::fault::Fault;
use super::input;
use super::side::side_by_side;
use super::{Contents, DataFile};
use infer::Kinds;
use split::{Block, Splitter};

/// How the values of a file are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    pub(super) quote: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { separator: b',', quote: b'"' }
    }
}

/// The columns of a file. All values are read as text; of columns that are not `declared`, all of them tell the type.
pub(super) fn contents(
    file: &DataFile,
    declared: impl Fn(&str) -> bool,
    threads: usize,
) -> Result<Contents, Fault> {
    let mut splitter = Splitter::new(input::open(file)?, Dialect::default());
    let Some(names) = splitter.header()? else { return Err(Fault::Empty) };
    let asked: Vec<usize> = (0..names.len()).filter(|i| !declared(&names[*i])).collect();
    let mut kinds = vec![Kinds::default(); asked.len()];
    if !asked.is_empty() {
        let look = |block: Block| {
            let mut kinds = vec![Kinds::default(); asked.len()];
            for (kinds, column) in kinds.iter_mut().zip(&asked) {
                block.each(*column, |value| kinds.see(value));
            }
            Ok(kinds)
        };
        for found in side_by_side(threads, || splitter.next(), look, || Fault::Damaged)? {
            kinds.iter_mut().zip(found).for_each(|(all, found)| all.with(found));
        }
    }
    let field = |(i, name): (usize, &String)| {
        let kinds = asked.iter().position(|column| *column == i).map(|at| kinds[at]);
        Field::new(name, kinds.map_or(DataType::Utf8, Kinds::data_type), true)
    };
    let text = |name: &String| Field::new(name, DataType::Utf8, true);
    let types = Schema::new(names.iter().enumerate().map(field).collect::<Vec<_>>());
    let read = Schema::new(names.iter().map(text).collect::<Vec<_>>());
    Ok(Contents::new(types, read))
}

/// Works on the rows of some columns (positions), part by part and by several threads: on the number of rows before a part,
/// and its rows.
pub(super) fn rows<T: Send, E: Send + From<Fault>>(
    file: &DataFile,
    contents: &Contents,
    columns: &[usize],
    threads: usize,
    work: impl Fn(usize, RecordBatch) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let opened = input::open(file).map_err(Fault::from)?;
    let mut splitter = Splitter::new(opened, Dialect::default());
    splitter.header()?;
    let schema = Arc::new(contents.read.project(columns).map_err(Fault::from)?);
    let convert = |block: Block| {
        if !block.is_text() {
            return Err(Fault::NotText.into());
        }
        let arrays = columns.iter().map(|column| texts(&block, *column)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(block.rows()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options);
        work(block.before, batch.map_err(Fault::from)?)
    };
    let next = || Some(splitter.next()?.map_err(E::from));
    side_by_side(threads, next, convert, || Fault::Damaged.into())
}

/// An empty value is null, in quotes too.
fn texts(block: &Block, column: usize) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(block.rows(), 8 * block.rows());
    block.each(column, |value| match std::str::from_utf8(value) {
        Ok("") | Err(_) => builder.append_null(),
        Ok(text) => builder.append_value(text),
    });
    Arc::new(builder.finish())
}
