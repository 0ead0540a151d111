//! Plain columns: rows in memory, and the bytes of Parquet files from them.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, NullArray,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::error::EngineError;

/// The values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Integer(Vec<Option<i64>>),
    Number(Vec<Option<f64>>),
    /// Mantissas, and how many of their digits stand after the point.
    Decimal {
        scale: u8,
        values: Vec<Option<i128>>,
    },
    Text(Vec<Option<String>>),
    Boolean(Vec<Option<bool>>),
    /// Days since 1970.
    Date(Vec<Option<i32>>),
    /// Microseconds since 1970 in UTC. Files don't say that it is UTC.
    Timestamp(Vec<Option<i64>>),
    /// The same, and files say so.
    Instant(Vec<Option<i64>>),
    /// So many nulls, of no type.
    Nothing(usize),
}

impl Values {
    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::Integer(v) | Self::Timestamp(v) | Self::Instant(v) => v.len(),
            Self::Number(v) => v.len(),
            Self::Decimal { values, .. } => values.len(),
            Self::Text(v) => v.len(),
            Self::Boolean(v) => v.len(),
            Self::Date(v) => v.len(),
            Self::Nothing(n) => *n,
        }
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Rows in memory that stand for the files of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenRows {
    pub dataset: String,
    /// How many there are, also where there is no column.
    pub rows: usize,
    /// By name in the files.
    pub columns: Vec<(String, Values)>,
}

/// Writes the bytes of one Parquet file.
///
/// # Errors
/// `to` refuses them, or columns differ in length.
pub fn parquet(to: impl Write + Send, columns: Vec<(String, Values)>) -> Result<(), EngineError> {
    written(to, columns, None)
}

/// The same, in row groups of at most so many rows.
///
/// # Errors
/// As [`parquet()`].
pub fn parquet_in_groups(
    to: impl Write + Send,
    columns: Vec<(String, Values)>,
    rows: usize,
) -> Result<(), EngineError> {
    written(to, columns, Some(rows.max(1)))
}

fn written(
    to: impl Write + Send,
    columns: Vec<(String, Values)>,
    group: Option<usize>,
) -> Result<(), EngineError> {
    Parts::begin(to, columns, group)?.finish().map(drop)
}

/// So many rows are written as a row group before more are appended, so that a file that is filled part by part does not
/// wait in memory.
const ROWS_OF_PARTS: usize = 1 << 17;

/// A Parquet file that is written part by part, each with the same columns.
#[derive(Debug)]
pub struct Parts<W: Write + Send> {
    writer: ArrowWriter<W>,
    schema: SchemaRef,
}

impl<W: Write + Send> Parts<W> {
    /// Begins with the first rows, in row groups of at most so many rows if that is said.
    ///
    /// # Errors
    /// As [`parquet()`].
    pub fn begin(
        to: W,
        columns: Vec<(String, Values)>,
        group: Option<usize>,
    ) -> Result<Self, EngineError> {
        let batch = batch(columns)?;
        let level = ZstdLevel::try_new(3).map_err(|e| failed(&e))?;
        // No name of a program or a time goes in: the same rows are the same bytes.
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_created_by("milepost".to_owned());
        if let Some(rows) = group {
            properties = properties.set_max_row_group_row_count(Some(rows));
        }
        let mut writer = ArrowWriter::try_new(to, batch.schema(), Some(properties.build()))
            .map_err(|e| failed(&e))?;
        writer.write(&batch).map_err(|e| failed(&e))?;
        Ok(Self { writer, schema: batch.schema() })
    }

    /// Adds rows.
    ///
    /// # Errors
    /// As [`parquet()`], and when the columns are others than those before.
    pub fn append(&mut self, columns: Vec<(String, Values)>) -> Result<(), EngineError> {
        let batch = batch(columns)?;
        if batch.schema() != self.schema {
            let message = "the parts of a table have different columns";
            return Err(EngineError::Internal(message.to_owned()));
        }
        if self.writer.in_progress_rows() >= ROWS_OF_PARTS {
            self.writer.flush().map_err(|e| failed(&e))?;
        }
        self.writer.write(&batch).map_err(|e| failed(&e))
    }

    /// Writes the end of the file, and gives back what it was written to.
    ///
    /// # Errors
    /// As [`parquet()`].
    pub fn finish(self) -> Result<W, EngineError> {
        self.writer.into_inner().map_err(|e| failed(&e))
    }
}

fn failed(error: &dyn std::fmt::Display) -> EngineError {
    EngineError::Resource(error.to_string())
}

fn batch(columns: Vec<(String, Values)>) -> Result<RecordBatch, EngineError> {
    let arrays = columns.into_iter().map(|(name, values)| (name, array(values), true));
    RecordBatch::try_from_iter_with_nullable(arrays)
        .map_err(|e| EngineError::Internal(e.to_string()))
}

/// The values as Arrow has them.
pub(crate) fn array(values: Values) -> ArrayRef {
    match values {
        Values::Integer(v) => Arc::new(Int64Array::from(v)),
        Values::Number(v) => Arc::new(Float64Array::from(v)),
        Values::Decimal { scale, values } => {
            // 18 digits fit every amount that a demo or a result has.
            let narrow = |x: &i128| x.unsigned_abs() < 1_000_000_000_000_000_000;
            let fits = scale <= 18 && values.iter().flatten().all(narrow);
            let digits = if fits { 18 } else { 38 };
            let ty = DataType::Decimal128(digits, i8::try_from(scale).unwrap_or(38).min(38));
            Arc::new(Decimal128Array::from(values).with_data_type(ty))
        }
        Values::Text(v) => Arc::new(StringArray::from(v)),
        Values::Boolean(v) => Arc::new(BooleanArray::from(v)),
        Values::Date(v) => Arc::new(Date32Array::from(v)),
        Values::Timestamp(v) => Arc::new(TimestampMicrosecondArray::from(v)),
        Values::Nothing(rows) => Arc::new(NullArray::new(rows)),
        Values::Instant(v) => Arc::new(TimestampMicrosecondArray::from(v).with_timezone("UTC")),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::AsArray as _;
    use arrow::datatypes::Int64Type;
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    use super::*;

    fn numbers(rows: std::ops::Range<usize>) -> Vec<(String, Values)> {
        let values = rows.map(|n| i64::try_from(n).ok()).collect();
        vec![("n".to_owned(), Values::Integer(values))]
    }

    #[test]
    fn parts_follow_each_other_and_one_part_is_a_whole_file() {
        let mut whole = Vec::new();
        parquet(&mut whole, numbers(0..1_000)).unwrap();
        let one = Parts::begin(Vec::new(), numbers(0..1_000), None).unwrap();
        assert_eq!(one.finish().unwrap(), whole);

        let first = ROWS_OF_PARTS + 7;
        let mut parts =
            Parts::begin(tempfile::tempfile().unwrap(), numbers(0..first), None).unwrap();
        parts.append(numbers(first..first + 5)).unwrap();
        parts.append(numbers(first + 5..first + 9)).unwrap();
        let file = parts.finish().unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        assert_eq!(reader.metadata().num_row_groups(), 2);
        let batches = reader.build().unwrap().map(Result::unwrap);
        let read: Vec<i64> = batches
            .flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec())
            .collect();
        assert!(read.iter().copied().eq(0..i64::try_from(first + 9).unwrap()));
    }

    #[test]
    fn a_part_with_other_columns_is_refused() {
        let mut parts = Parts::begin(Vec::new(), numbers(0..3), None).unwrap();
        let others = vec![("n".to_owned(), Values::Number(vec![Some(0.5)]))];
        assert!(matches!(parts.append(others), Err(EngineError::Internal(_))));
    }
}
