//! Plain columns: rows in memory, and the bytes of Parquet files from them.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, NullArray,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::DataType;
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
    written(to, std::iter::once(columns), None)
}

/// The same of rows that come one part after the other: at least one, all with the same columns.
///
/// # Errors
/// As [`parquet()`], or parts differ in their columns.
pub fn parquet_in_parts(
    to: impl Write + Send,
    parts: impl Iterator<Item = Vec<(String, Values)>>,
) -> Result<(), EngineError> {
    written(to, parts, None)
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
    written(to, std::iter::once(columns), Some(rows.max(1)))
}

fn written(
    to: impl Write + Send,
    parts: impl Iterator<Item = Vec<(String, Values)>>,
    group: Option<usize>,
) -> Result<(), EngineError> {
    let failed = |e: &dyn std::fmt::Display| EngineError::Resource(e.to_string());
    let mut batches = parts.map(batch);
    let nothing = || EngineError::Internal("a Parquet file of no columns".to_owned());
    let first = batches.next().ok_or_else(nothing)??;
    let level = ZstdLevel::try_new(3).map_err(|e| failed(&e))?;
    // No name of a program or a time goes in: the same rows are the same bytes.
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_created_by("milepost".to_owned());
    if let Some(rows) = group {
        properties = properties.set_max_row_group_row_count(Some(rows));
    }
    let mut writer = ArrowWriter::try_new(to, first.schema(), Some(properties.build()))
        .map_err(|e| failed(&e))?;
    writer.write(&first).map_err(|e| failed(&e))?;
    drop(first);
    for batch in batches {
        writer.write(&batch?).map_err(|e| failed(&e))?;
    }
    writer.close().map(drop).map_err(|e| failed(&e))
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
