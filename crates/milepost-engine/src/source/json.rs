//! Files of JSON: one object a line, or a list of objects.

use std::io::{self, Read};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::json::ReaderBuilder;
use memchr::memrchr;

use milepost_semantics::model::Type;

use super::elements::Elements;
use super::fault::Fault;
use super::input::{self, LONGEST, too_long};
use super::nested::with_nested;
use super::side::side_by_side;
use super::{Contents, DataFile, kinds};

/// What is read at once.
const BLOCK: usize = 1 << 20;
/// Rows of one batch.
const BATCH: usize = 8_192;

/// The text of a file, one object per line.
pub(super) fn open(file: &DataFile) -> io::Result<Elements<Box<dyn Read + Send>>> {
    Ok(Elements::new(input::open(file)?))
}

/// The columns of a file: all its rows tell, but no key is a number.
pub(super) fn contents(
    file: &DataFile,
    declared: impl Fn(&str) -> Option<Type>,
    is_key: impl Fn(&str) -> bool,
) -> Result<Contents, Fault> {
    let mut lines = input::Lines::new(open(file)?);
    let types = kinds::columns(&mut lines, None)?;
    let key = |name: &str, ty: &DataType| ty.is_numeric() && is_key(name);
    let types = with_texts(types.fields(), "", &key);
    // What no double holds is read as it is written.
    let digits = |name: &str, ty: &DataType| {
        ty.is_floating() && matches!(declared(name), Some(Type::Decimal | Type::Integer))
    };
    let read = with_texts(&types, "", &digits);
    let mut contents = Contents::new(Schema::new(types), Schema::new(read));
    contents.is_list = lines.get_ref().input.is_list();
    Ok(contents)
}

/// The fields with text in place of those, by their names from the row on, of which `is_text` says so.
fn with_texts(fields: &Fields, before: &str, is_text: &dyn Fn(&str, &DataType) -> bool) -> Fields {
    let changed = fields.iter().map(|field| {
        let name = format!("{before}{}", field.name());
        let ty = match field.data_type() {
            DataType::Struct(inner) => {
                DataType::Struct(with_texts(inner, &format!("{name}."), is_text))
            }
            ty if is_text(&name, ty) => DataType::Utf8,
            ty => ty.clone(),
        };
        field.as_ref().clone().with_data_type(ty)
    });
    changed.collect()
}

/// The names of the columns that the first rows have.
pub(super) fn first_names(file: &DataFile, rows: usize) -> Result<Vec<String>, Fault> {
    let types = kinds::columns(input::Lines::new(open(file)?), Some(rows))?;
    let fields = with_nested(&types).0.fields;
    Ok(fields.iter().map(|field| field.name().clone()).collect())
}

/// A name that no value has, for rows of which none is wanted: they have a number all the same.
const NO_COLUMN: &str = "\u{0}";

/// Works on the rows of some columns (positions), part by part and by several threads: on the number of rows before a part,
/// and its rows.
pub(super) fn rows<T: Send, E: Send + From<Fault>>(
    file: &DataFile,
    contents: &Contents,
    columns: &[usize],
    threads: usize,
    work: impl Fn(usize, RecordBatch) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let schema = match columns {
        [] => Schema::new(vec![Field::new(NO_COLUMN, DataType::Null, true)]),
        columns => contents.read.project(columns).map_err(Fault::from)?,
    };
    let schema = Arc::new(schema);
    let mut lines = Lines::new(open(file).map_err(Fault::from)?);
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
        let mut endless = Lines::new(io::repeat(b'x'));
        assert!(matches!(endless.next(), Some(Err(Fault::Lines(Some(_))))));
    }
}
