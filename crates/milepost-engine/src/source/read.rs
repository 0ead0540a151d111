//! The rows of files in memory, and what is told of values that can't be read.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};

use milepost_semantics::DataNeed;
use milepost_semantics::model::{Format, NumberFormat, Type, ValueFormat};
use milepost_semantics::time::Calendar;
use milepost_syntax::ast::BadValues;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::contents::rows;
use super::decimals::Digits;
use super::fault::Fault;
use super::formats::{usual, whole, without_bad};
use super::memory::Budget;
use super::normalize::{BadValue, digits_of_values, normalize, show};
use super::textual::as_text;
use super::unfit::unfit;
use super::{DataFile, Nulled, Source, SourceColumn, lines};

type Told<T> = Result<T, Box<Diagnostic>>;

/// Reads the wanted columns of all files into one batch, every column as its stored type, by so many threads.
///
/// # Errors
/// The first file that can't be read or is not as it was, or the first value that its column has no place for.
pub(crate) fn read_columns(
    need: &DataNeed,
    source: &Source,
    wanted: &[SourceColumn],
    zone: &Calendar,
    threads: usize,
) -> Told<RecordBatch> {
    source.reads.fetch_add(1, Ordering::Relaxed);
    if let Some(rows) = &source.rows {
        return super::given::columns(rows, need, wanted, zone);
    }
    let mut reading = Reading::new(need, source, wanted, zone);
    for number in 0..source.files.len() {
        reading.file(number, threads)?;
    }
    reading.finish()
}

/// What was read so far.
struct Reading<'a> {
    need: &'a DataNeed,
    source: &'a Source,
    zone: &'a Calendar,
    wanted: Vec<SourceColumn>,
    budget: Budget,
    parts: Vec<Part>,
}

/// Some rows of a file, and how many are before them.
struct Part {
    file: usize,
    before: usize,
    rows: usize,
    arrays: Vec<ArrayRef>,
    /// By column: of the decimals whose values tell.
    digits: Vec<Digits>,
    /// By column: how many values are null because they don't fit, and the first of them with its row.
    nulled: Vec<Option<(u64, usize, String)>>,
}

impl Part {
    fn of(rows: usize) -> Self {
        let (arrays, digits, nulled) = (Vec::new(), Vec::new(), Vec::new());
        Self { file: 0, before: 0, rows, arrays, digits, nulled }
    }
}

/// How the values of a column are read from a file.
struct Reader<'a> {
    column: &'a SourceColumn,
    format: Option<Cow<'a, ValueFormat>>,
    zone: &'a Calendar,
}

impl<'a> Reader<'a> {
    fn new(column: &'a SourceColumn, file: &DataFile, zone: &'a Calendar) -> Self {
        let by_comma = file.format == Format::Csv && file.csv.decimal == b',';
        let format = match &column.format {
            Some(format) => Some(Cow::Borrowed(format)),
            None if by_comma && column.ty.is_numeric() => {
                Some(Cow::Owned(ValueFormat::Number(NumberFormat::with_decimal(','))))
            }
            None => None,
        };
        Self { column, format, zone }
    }

    /// The values as they are stored; decimals that wait for their digits as they are, with these.
    fn read(&self, written: &ArrayRef) -> Result<(ArrayRef, Digits), BadValue> {
        let column = self.column;
        if column.whole_by.is_some() && column.ty == Type::Integer {
            whole(written)?;
        }
        let array = match &self.format {
            Some(format) => usual(written, format, column.ty == Type::Date, self.zone)?,
            None => Arc::clone(written),
        };
        let read = if column.waits_for_digits() {
            digits_of_values(&array).map(|digits| (array, digits))
        } else {
            let read = normalize(&array, column.ty, &column.stored, self.zone);
            read.map(|array| (array, Digits::default()))
        };
        // Who wrote the value knows it as it is written.
        read.map_err(|bad| if self.format.is_some() { bad.written_as(written) } else { bad })
    }
}

/// What ends the reading of a file.
enum Stop {
    Fault(Fault),
    Told(Box<Diagnostic>),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<'a> Reading<'a> {
    fn new(
        need: &'a DataNeed,
        source: &'a Source,
        wanted: &[SourceColumn],
        zone: &'a Calendar,
    ) -> Self {
        let wanted = wanted.to_vec();
        Self { need, source, zone, wanted, budget: Budget::of_machine(), parts: Vec::new() }
    }

    fn file(&mut self, number: usize, threads: usize) -> Told<()> {
        let (need, source) = (self.need, self.source);
        let (file, contents) = (&source.files[number], &source.contents[number]);
        let own: Vec<&str> = self.wanted.iter().map(|c| c.name.as_str()).collect();
        let work = |before, batch: RecordBatch| self.part(number, before, &batch);
        let parts = rows(file, contents, &own, threads, work);
        source.still(number, need)?;
        self.parts.extend(parts.map_err(|stop| match stop {
            Stop::Fault(fault) => fault.told(need, file),
            Stop::Told(told) => told,
        })?);
        Ok(())
    }

    fn part(&self, number: usize, before: usize, batch: &RecordBatch) -> Result<Part, Stop> {
        let file = &self.source.files[number];
        let mut part = Part { file: number, before, ..Part::of(batch.num_rows()) };
        for column in &self.wanted {
            let told = |bad: BadValue| Stop::Told(unfit(self.need, file, column, before, &bad));
            let mut array = as_text(&raw(batch, column, file)).map_err(told)?;
            let reader = Reader::new(column, file, self.zone);
            let mut nulled = None;
            if column.bad_values == BadValues::Null {
                let (kept, rows) =
                    without_bad(&array, |array| reader.read(array).map(|_| ())).map_err(told)?;
                nulled =
                    rows.first().map(|first| (rows.len() as u64, *first, show(&array, *first)));
                array = kept;
            }
            let (read, digits) = reader.read(&array).map_err(told)?;
            self.budget.take(size_of(&read))?;
            part.arrays.push(read);
            part.digits.push(digits);
            part.nulled.push(nulled);
        }
        Ok(part)
    }

    /// All rows, once it is known how many digits the decimals have.
    fn finish(mut self) -> Told<RecordBatch> {
        let known = self.wanted.clone();
        for (i, column) in self.wanted.iter_mut().enumerate() {
            if column.waits_for_digits() {
                let all = self.parts.iter().map(|part| part.digits[i]);
                column.stored = all.fold(Digits::default(), Digits::with).stored();
            }
        }
        self.note_nulled();
        let field = |c: &SourceColumn| Field::new(&c.name, c.stored.clone(), true);
        let schema = Arc::new(Schema::new(self.wanted.iter().map(field).collect::<Vec<_>>()));
        let mut batches = Vec::with_capacity(self.parts.len());
        for part in std::mem::take(&mut self.parts) {
            let file = &self.source.files[part.file];
            let mut arrays = part.arrays;
            for ((array, column), before) in arrays.iter_mut().zip(&self.wanted).zip(&known) {
                if before.waits_for_digits() {
                    let read = normalize(array, column.ty, &column.stored, self.zone);
                    *array =
                        read.map_err(|bad| unfit(self.need, file, column, part.before, &bad))?;
                }
            }
            let options = RecordBatchOptions::new().with_row_count(Some(part.rows));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &options);
            batches.push(batch.map_err(|e| self.failed(&e.to_string()))?);
        }
        for (i, column) in self.wanted.iter().enumerate() {
            let bytes = bytes_of_texts(batches.iter().map(|batch| batch.column(i)));
            texts_fit(self.need, column, bytes)?;
        }
        concat_batches(&schema, &batches).map_err(|e| self.failed(&e.to_string()))
    }

    /// Notes which values were bad, each reading anew.
    fn note_nulled(&self) {
        let mut all = BTreeMap::new();
        for (i, column) in self.wanted.iter().enumerate() {
            let parts = self.parts.iter();
            let found = parts.filter_map(|part| part.nulled[i].as_ref().map(|found| (part, found)));
            let count = found.clone().map(|(_, (count, ..))| count).sum();
            let Some((part, (_, row, value))) = found.clone().next() else { continue };
            let file = &self.source.files[part.file];
            let place = lines::place(file, part.before + row);
            let example = format!("{} ({place} of `{}`)", column.shown(value), file.shown);
            all.insert(column.name.clone(), Nulled { count, example });
        }
        *self.source.nulled.lock().unwrap_or_else(PoisonError::into_inner) = all;
    }

    fn failed(&self, why: &str) -> Box<Diagnostic> {
        let message = format!("dataset `{}`: {why}", self.need.name);
        Box::new(Diagnostic::error(codes::DATA_UNREADABLE, self.need.from.span, message))
    }
}

/// The texts of a column in memory stand behind each other, with places of 31 bits.
fn texts_fit(need: &DataNeed, column: &SourceColumn, bytes: i64) -> Told<()> {
    if bytes <= i64::from(i32::MAX) {
        return Ok(());
    }
    let message = format!(
        "the texts of column `{}` take more than the 2 GB that a column in memory may have (dataset `{}`)",
        column.name, need.name
    );
    Err(Box::new(
        Diagnostic::error(codes::DATA_UNREADABLE, need.from.span, message).help(
            "shorten the texts or leave the column out; of events in Parquet files with a `time` in UTC, and without `unique`, texts are read as they are needed",
        ),
    ))
}

/// How many bytes the texts of a column have; nothing if it holds none.
fn bytes_of_texts<'b>(arrays: impl Iterator<Item = &'b ArrayRef>) -> i64 {
    let bytes = arrays.filter_map(|array| {
        let offsets = array.as_string_opt::<i32>()?.offsets();
        let ends = offsets.first().zip(offsets.last());
        ends.map(|(first, last)| i64::from(*last) - i64::from(*first))
    });
    bytes.sum()
}

/// Bytes of an array alone, which may share its buffers with others.
fn size_of(array: &ArrayRef) -> usize {
    let data = array.to_data();
    data.get_slice_memory_size().unwrap_or_else(|_| array.get_array_memory_size())
}

/// The values as the file has them, or its folder; null where neither has any.
fn raw(batch: &RecordBatch, column: &SourceColumn, file: &DataFile) -> ArrayRef {
    if let Some(array) = batch.column_by_name(&column.name) {
        return Arc::clone(array);
    }
    let of_folder = file.partitions.iter().find(|partition| partition.name == column.name);
    match of_folder.and_then(|partition| partition.value.as_ref()) {
        Some(value) => {
            let values = std::iter::repeat_n(value, batch.num_rows());
            Arc::new(StringArray::from_iter_values(values))
        }
        None => new_null_array(&DataType::Null, batch.num_rows()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::undeclared;
    use milepost_semantics::model::Location;
    use milepost_syntax::span::{SourceId, Span};

    #[test]
    fn the_texts_of_a_column_are_counted_in_all_its_arrays_as_far_as_they_are_seen() {
        let texts = || Arc::new(StringArray::from(vec![Some("abc"), None, Some("de")]));
        let numbers = new_null_array(&DataType::Int64, 3);
        let arrays: [ArrayRef; 3] = [texts(), Arc::new(texts().slice(1, 2)), numbers];
        assert_eq!(bytes_of_texts(arrays.iter()), 5 + 2);
        assert_eq!(bytes_of_texts([].iter()), 0);
    }

    #[test]
    fn texts_that_no_column_has_room_for_are_refused_by_the_name_of_the_column() {
        let span = Span::new(SourceId(0), 0, 4);
        let from = Location { pattern: "data/*.csv".to_owned(), ..Location::nowhere(span) };
        let need = undeclared("notes".to_owned(), from);
        let column = SourceColumn::found("body", Type::Text, DataType::Utf8);
        let most = i64::from(i32::MAX);
        assert!(texts_fit(&need, &column, most).is_ok());
        let told = texts_fit(&need, &column, most + 1).unwrap_err();
        assert_eq!(told.code, codes::DATA_UNREADABLE);
        assert!(told.message.contains("column `body`") && told.message.contains("`notes`"));
    }
}
