//! The rows of files in memory, and what is told of values that can't be read.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};

use milepost_semantics::DataNeed;
use milepost_semantics::model::Type;
use milepost_semantics::time::Calendar;
use milepost_syntax::codes::{self, Code};
use milepost_syntax::diagnostic::Diagnostic;

use super::contents::rows;
use super::decimals::Digits;
use super::fault::Fault;
use super::memory::Budget;
use super::normalize::{BadValue, digits_of_values, normalize};
use super::textual::as_text;
use super::{DataFile, Source, SourceColumn, lines};

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
        let mut arrays = Vec::with_capacity(self.wanted.len());
        let mut digits = vec![Digits::default(); self.wanted.len()];
        for (column, digits) in self.wanted.iter().zip(&mut digits) {
            let told = |bad: BadValue| Stop::Told(unfit(self.need, file, column, before, &bad));
            let array = raw(batch, column, file);
            let array = as_text(&array).map_err(told)?;
            let array = if column.waits_for_digits() {
                *digits = digits_of_values(&array).map_err(told)?;
                array
            } else {
                normalize(&array, column.ty, &column.stored, self.zone).map_err(told)?
            };
            self.budget.take(size_of(&array))?;
            arrays.push(array);
        }
        Ok(Part { file: number, before, rows: batch.num_rows(), arrays, digits })
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

pub(super) fn unfit(
    need: &DataNeed,
    file: &DataFile,
    column: &SourceColumn,
    before: usize,
    bad: &BadValue,
) -> Box<Diagnostic> {
    let place = |row: &usize| {
        let place = lines::place(file, before + row);
        format!("column `{}`, {place} of `{}`", column.name, file.shown)
    };
    let span = need.type_at(&column.name);
    let (code, message) = bad.told(column, place);
    let (name, dataset) = (&column.name, &need.name);
    let help = match bad {
        BadValue::Unfit { value, .. } if column.ty == Type::Integer && value.trim().parse::<f64>().is_ok_and(f64::is_finite) => format!("declare `{name}: number` under `columns:` of `{dataset}`, or correct the value in the file"),
        BadValue::Unfit { .. } if column.ty.is_numeric() => format!("leave the value empty where there is no number; if it is no column of numbers, declare `{name}: text` under `columns:` of `{dataset}`: it can be counted and compared"),
        BadValue::Unfit { .. } => format!("correct the value in the file, or declare `{name}` with a type that fits under `columns:` of `{dataset}`"),
        BadValue::NoDay { .. } => format!("declare `{name}` as `timestamp` under `columns:` of `{dataset}`, and write `day({name})` where its calendar day is meant"),
        BadValue::TooManyDigits { .. } => format!("declare `{name}` as `number` under `columns:` of `{dataset}`, which rounds to about 16 digits, or write fewer digits"),
        BadValue::DateOutOfRange { .. } => "a sentinel such as 9999-12-31T23:59:59Z for \"no end\" should be empty (null) instead".to_owned(),
        BadValue::NotText { .. } => "write it as text when the file is produced: a key in hexadecimal digits, a text in UTF-8".to_owned(),
        BadValue::NotFinite { .. } => "no sum or average is right with it: write an empty value (null) where there is no number".to_owned(),
    };
    Box::new(Diagnostic::error(code, span, message).help(help))
}

impl BadValue {
    /// The code, and what is wrong; `place`: where a row is, in words.
    pub(super) fn told(
        &self,
        column: &SourceColumn,
        place: impl Fn(&usize) -> String,
    ) -> (Code, String) {
        let ty = column.ty;
        match self {
            Self::Unfit { row, value } => {
                let message =
                    format!("{} is no {} ({})", column.shown(value), word(ty), place(row));
                (codes::COLUMN_TYPE, message)
            }
            Self::NoDay { row, value } => {
                let value = column.shown(value);
                let message =
                    format!("{value} is a time, and a date is a day alone ({})", place(row));
                (codes::COLUMN_TYPE, message)
            }
            Self::TooManyDigits { row, value, after } => {
                let beside = match after {
                    0 => String::new(),
                    n => format!(", of which other values need {n} after the point"),
                };
                let value = column.shown(value);
                let message = format!(
                    "{value} has more digits than the 38 of a decimal{beside} ({})",
                    place(row)
                );
                (codes::COLUMN_TYPE, message)
            }
            Self::DateOutOfRange { row, what } => {
                let personal = "a time is too early or too late";
                let what = if column.personal { personal } else { what.as_str() };
                (codes::DATE_OUT_OF_RANGE, format!("{what} ({})", place(row)))
            }
            Self::NotText { row } => {
                (codes::BAD_TEXT, format!("bytes that are not UTF-8 are not text ({})", place(row)))
            }
            Self::NotFinite { row } => {
                (codes::NOT_FINITE, format!("a number is NaN or infinite ({})", place(row)))
            }
        }
    }
}

const fn word(ty: Type) -> &'static str {
    match ty {
        Type::Text => "text",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Decimal => "decimal number",
        Type::Boolean => "true or false",
        Type::Date => "date (write 2026-03-31)",
        Type::Timestamp => "timestamp (write 2026-03-31T12:00:00)",
        Type::Duration | Type::Unknown => "value",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let need = DataNeed {
            name: "notes".to_owned(),
            from: Location { pattern: "data/*.csv".to_owned(), format: None, span },
            columns: Vec::new(),
            types_at: Vec::new(),
            time_zone: None,
            optional: false,
        };
        let column = SourceColumn {
            name: "body".to_owned(),
            ty: Type::Text,
            stored: DataType::Utf8,
            personal: true,
        };
        let most = i64::from(i32::MAX);
        assert!(texts_fit(&need, &column, most).is_ok());
        let told = texts_fit(&need, &column, most + 1).unwrap_err();
        assert_eq!(told.code, codes::DATA_UNREADABLE);
        assert!(told.message.contains("column `body`") && told.message.contains("`notes`"));
    }
}
