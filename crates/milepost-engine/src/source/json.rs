//! Files of one JSON object a line.

use std::io::Read;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Schema};
use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema;
use memchr::memrchr;

use milepost_semantics::model::Type;

use super::fault::Fault;
use super::input::{self, LONGEST, too_long};
use super::side::side_by_side;
use super::{Contents, DataFile};

/// What is read at once.
const BLOCK: usize = 1 << 20;
/// Rows of one batch.
const BATCH: usize = 8_192;

/// The columns of a file: all its rows tell, but no key is a number.
pub(super) fn contents(
    file: &DataFile,
    declared: impl Fn(&str) -> Option<Type>,
    is_key: impl Fn(&str) -> bool,
) -> Result<Contents, Fault> {
    let (types, _) = infer_json_schema(input::lines(file)?, None)?;
    let types = types.fields().iter().map(|field| {
        let is_number = field.data_type().is_numeric() && is_key(field.name());
        let ty = if is_number { DataType::Utf8 } else { field.data_type().clone() };
        field.as_ref().clone().with_data_type(ty)
    });
    let types = Schema::new(types.collect::<Vec<_>>());
    let read = types.fields().iter().map(|field| {
        // What no double holds is read as it is written.
        let digits = matches!(declared(field.name()), Some(Type::Decimal | Type::Integer));
        let ty = field.data_type();
        let ty = if digits && ty.is_floating() { DataType::Utf8 } else { ty.clone() };
        field.as_ref().clone().with_data_type(ty)
    });
    let read = Schema::new(read.collect::<Vec<_>>());
    Ok(Contents::new(types, read))
}

/// The names of the columns that the first rows have.
pub(super) fn first_names(file: &DataFile, rows: usize) -> Result<Vec<String>, Fault> {
    let (types, _) = infer_json_schema(input::lines(file)?, Some(rows))?;
    Ok(types.fields().iter().map(|field| field.name().clone()).collect())
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
    // Rows have a number also where none of their columns is asked for.
    let schema = match columns {
        [] => Arc::clone(&contents.read),
        columns => Arc::new(contents.read.project(columns).map_err(Fault::from)?),
    };
    let mut lines = Lines::new(input::open(file).map_err(Fault::from)?);
    let convert = |(mut before, bytes): (usize, Vec<u8>)| {
        // Numbers are taken for text as they are written.
        let reader = ReaderBuilder::new(Arc::clone(&schema))
            .with_coerce_primitive(true)
            .with_batch_size(BATCH);
        let mut done = Vec::new();
        for batch in reader.build(&bytes[..]).map_err(Fault::from)? {
            let batch = batch.map_err(Fault::from)?;
            let rows = batch.num_rows();
            done.push(work(before, batch)?);
            before += rows;
        }
        Ok(done)
    };
    let next = || Some(lines.next()?.map_err(E::from));
    let done = side_by_side(threads, next, convert, || Fault::Damaged.into())?;
    Ok(done.into_iter().flatten().collect())
}

/// Whole lines, block by block.
struct Lines<R> {
    input: R,
    rest: Vec<u8>,
    ended: bool,
    /// Lines with something on them that were given so far.
    rows: usize,
}

impl<R: Read> Lines<R> {
    const fn new(input: R) -> Self {
        Self { input, rest: Vec::new(), ended: false, rows: 0 }
    }

    /// The number of rows before some lines, and these.
    fn next(&mut self) -> Option<Result<(usize, Vec<u8>), Fault>> {
        let mut size = BLOCK;
        loop {
            let wanted = u64::try_from(size).unwrap_or(u64::MAX);
            match self.input.by_ref().take(wanted).read_to_end(&mut self.rest) {
                Ok(read) => self.ended = read < size,
                Err(error) => return Some(Err(error.into())),
            }
            let end = match memrchr(b'\n', &self.rest) {
                _ if self.ended => self.rest.len(),
                Some(last) => last + 1,
                None if self.rest.len() > LONGEST => {
                    return Some(Err(Fault::Lines(Some(too_long()))));
                }
                None => {
                    size = self.rest.len();
                    continue;
                }
            };
            let rest = self.rest.split_off(end);
            let bytes = std::mem::replace(&mut self.rest, rest);
            let lines = bytes.split(|byte| *byte == b'\n');
            let before = self.rows;
            self.rows += lines.filter(|line| !line.trim_ascii().is_empty()).count();
            return (!bytes.is_empty()).then_some(Ok((before, bytes)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_whole_and_rows_are_counted() {
        let line = format!("{{\"a\": \"{}\"}}\n", "x".repeat(700_000));
        let text = line.repeat(5) + "\n{}";
        let mut lines = Lines::new(text.as_bytes());
        let (mut all, mut seen) = (Vec::new(), Vec::new());
        while let Some(block) = lines.next() {
            let (before, bytes) = block.unwrap();
            seen.push(before);
            all.extend(bytes);
        }
        assert_eq!(all, text.as_bytes());
        assert_eq!(seen, [0, 1, 2, 4]);
        let mut endless = Lines::new(std::io::repeat(b'x'));
        assert!(matches!(endless.next(), Some(Err(Fault::Lines(Some(_))))));
    }
}
