//! Files of values with a separator between: their columns, and their rows as text.

mod dialect;
mod encoding;
mod infer;
mod lines;
mod open;
mod split;
mod written;

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema};

use super::fault::{Fault, UTF_8};
use super::side::side_by_side;
use super::{Contents, DataFile};
pub(crate) use dialect::Dialect;
pub(super) use encoding::NotText;
use infer::Kinds;
pub(super) use open::{Opened, open};
use split::{Block, Splitter};
pub(crate) use written::Written;

/// The columns of a file. All values are read as text; of columns that are not `declared`, all of them tell the type, but no
/// key is a number.
pub(super) fn contents(
    file: &DataFile,
    declared: impl Fn(&str) -> bool,
    is_key: impl Fn(&str) -> bool,
    threads: usize,
) -> Result<Contents, Fault> {
    let opened = open(file)?;
    let (written, decimal) = (Written::of(&opened, file), opened.dialect.decimal);
    let mut splitter = Splitter::new(opened.text, opened.dialect);
    let Some(names) = splitter.header()? else { return Err(Fault::Empty) };
    let nulls = &file.csv.null_values;
    let asked: Vec<usize> = (0..names.len()).filter(|i| !declared(&names[*i])).collect();
    let mut kinds = vec![Kinds::default(); asked.len()];
    if !asked.is_empty() {
        let look = |block: Block| {
            let mut kinds = vec![Kinds::default(); asked.len()];
            for (kinds, column) in kinds.iter_mut().zip(&asked) {
                block.each(*column, |value| {
                    if !is_null(value, nulls) {
                        kinds.see(value, decimal);
                    }
                });
            }
            Ok(kinds)
        };
        for found in side_by_side(threads, || splitter.next(), look, || Fault::Damaged)? {
            kinds.iter_mut().zip(found).for_each(|(all, found)| all.with(found));
        }
    }
    let field = |(i, name): (usize, &String)| {
        let kinds = asked.iter().position(|column| *column == i).map(|at| kinds[at]);
        let ty = kinds.map_or(DataType::Utf8, Kinds::data_type);
        Field::new(name, if ty.is_numeric() && is_key(name) { DataType::Utf8 } else { ty }, true)
    };
    let text = |name: &String| Field::new(name, DataType::Utf8, true);
    let types = Schema::new(names.iter().enumerate().map(field).collect::<Vec<_>>());
    let read = Schema::new(names.iter().map(text).collect::<Vec<_>>());
    Ok(Contents { written: Some(written), ..Contents::new(types, read) })
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
    let opened = open(file).map_err(Fault::from)?;
    let mut splitter = Splitter::new(opened.text, opened.dialect);
    splitter.header()?;
    let schema = Arc::new(contents.read.project(columns).map_err(Fault::from)?);
    let convert = |block: Block| {
        if !block.is_text() {
            return Err(Fault::NotText(UTF_8).into());
        }
        let nulls = &file.csv.null_values;
        let arrays = columns.iter().map(|column| texts(&block, *column, nulls)).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(block.rows()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options);
        work(block.before, batch.map_err(Fault::from)?)
    };
    let next = || Some(splitter.next()?.map_err(E::from));
    side_by_side(threads, next, convert, || Fault::Damaged.into())
}

/// An empty value is null, in quotes too; so is what stands for null.
fn texts(block: &Block, column: usize, nulls: &[String]) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(block.rows(), 8 * block.rows());
    block.each(column, |value| match std::str::from_utf8(value) {
        Ok(text) if !is_null(value, nulls) => builder.append_value(text),
        Ok(_) | Err(_) => builder.append_null(),
    });
    Arc::new(builder.finish())
}

fn is_null(value: &[u8], nulls: &[String]) -> bool {
    value.is_empty() || nulls.iter().any(|null| null.as_bytes() == value)
}
