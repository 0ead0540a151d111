//! Values that the language has no type for and that have one way to be written: they are read as text.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int64Type, TimeUnit};

use super::normalize::BadValue;

/// The mark of a field of which the file says that it holds UUIDs, as Arrow writes it.
const EXTENSION: &str = "ARROW:extension:name";
const UUID: &str = "arrow.uuid";

pub(super) fn mark_as_uuid(field: Field) -> Field {
    let mut metadata = field.metadata().clone();
    metadata.insert(EXTENSION.to_owned(), UUID.to_owned());
    field.with_metadata(metadata)
}

/// Whether the file says so.
pub(crate) fn is_uuid(field: &Field) -> bool {
    *field.data_type() == DataType::FixedSizeBinary(16)
        && field.metadata().get(EXTENSION).is_some_and(|name| name == UUID)
}

/// Whether the values are read as text though the file has another type for them.
pub(crate) fn is_textual(ty: &DataType) -> bool {
    match ty {
        DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView
        | DataType::FixedSizeBinary(_)
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Duration(_) => true,
        DataType::Dictionary(_, values) => is_textual(values),
        _ => false,
    }
}

/// Such values as text, others as they are.
pub(super) fn as_text(array: &ArrayRef) -> Result<ArrayRef, BadValue> {
    Ok(match array.data_type() {
        ty if !is_textual(ty) => Arc::clone(array),
        DataType::Dictionary(_, values) => {
            let plain = cast(array, values).map_err(|_| BadValue::NotText { row: 0 })?;
            as_text(&plain)?
        }
        // Nobody keeps anything else of 16 bytes; not all writers say so.
        DataType::FixedSizeBinary(16) => {
            let values = array.as_fixed_size_binary();
            Arc::new(values.iter().map(|value| value.map(dashed)).collect::<StringArray>())
        }
        DataType::FixedSizeBinary(_) => {
            let values = array.as_fixed_size_binary();
            Arc::new(values.iter().map(|value| value.map(hex)).collect::<StringArray>())
        }
        DataType::Time32(unit) | DataType::Time64(unit) => counted(array, *unit, time),
        DataType::Duration(unit) => counted(array, *unit, length),
        // What old writers of Parquet call bytes is text.
        _ => bytes(array)?,
    })
}

fn bytes(array: &ArrayRef) -> Result<ArrayRef, BadValue> {
    let wide = cast(array, &DataType::LargeBinary).map_err(|_| BadValue::NotText { row: 0 })?;
    let values = wide.as_binary::<i64>();
    let text = |(row, value): (usize, Option<&[u8]>)| {
        let text = value.map(|value| std::str::from_utf8(value).map(str::to_owned)).transpose();
        text.map_err(|_| BadValue::NotText { row })
    };
    let texts = values.iter().enumerate().map(text).collect::<Result<StringArray, _>>()?;
    Ok(Arc::new(texts))
}

fn hex(value: &[u8]) -> String {
    value.iter().fold(String::with_capacity(2 * value.len()), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

fn dashed(value: &[u8]) -> String {
    let digits = hex(value);
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Counts of a unit, each shown by its whole seconds and its nanoseconds.
fn counted(array: &ArrayRef, unit: TimeUnit, show: impl Fn(i64, i64) -> String) -> ArrayRef {
    let per_second = match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    };
    let narrow = cast(array, &DataType::Int32)
        .ok()
        .filter(|_| array.data_type().primitive_width() == Some(4));
    let wide = narrow.map_or_else(|| cast(array, &DataType::Int64), |n| cast(&n, &DataType::Int64));
    let Ok(wide) = wide else { return arrow::array::new_null_array(&DataType::Utf8, array.len()) };
    let counts = wide.as_primitive::<Int64Type>().iter();
    let shown = counts.map(|count| {
        let count = count?;
        Some(show(count / per_second, count % per_second * (1_000_000_000 / per_second)))
    });
    Arc::new(shown.collect::<StringArray>())
}

/// `14:30:00`, `14:30:00.25`.
fn time(seconds: i64, nanos: i64) -> String {
    let (hours, rest) = (seconds / 3_600, seconds % 3_600);
    format!("{hours:02}:{:02}:{:02}{}", rest / 60, rest % 60, part(nanos))
}

/// `PT90S`, `-PT0.5S`.
fn length(seconds: i64, nanos: i64) -> String {
    let sign = if seconds < 0 || nanos < 0 { "-" } else { "" };
    format!("{sign}PT{}{}S", seconds.unsigned_abs(), part(nanos.abs()))
}

fn part(nanos: i64) -> String {
    if nanos == 0 {
        return String::new();
    }
    format!(".{nanos:09}").trim_end_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use arrow::array::{
        BinaryArray, DurationMillisecondArray, FixedSizeBinaryArray, Time32SecondArray,
        Time64MicrosecondArray,
    };

    use super::*;

    fn shown(array: impl Array + 'static) -> Vec<Option<String>> {
        let array = as_text(&(Arc::new(array) as ArrayRef)).unwrap();
        array.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn each_value_has_one_text() {
        let some = |text: &str| Some(text.to_owned());
        let day = Time64MicrosecondArray::from(vec![Some(52_200_250_000), None, Some(0)]);
        assert_eq!(shown(day), [some("14:30:00.25"), None, some("00:00:00")]);
        assert_eq!(shown(Time32SecondArray::from(vec![86_399])), [some("23:59:59")]);
        let lengths = DurationMillisecondArray::from(vec![90_000, -500, 0]);
        assert_eq!(shown(lengths), [some("PT90S"), some("-PT0.5S"), some("PT0S")]);
        let key = FixedSizeBinaryArray::try_from_iter([[0xAB_u8; 16]].into_iter()).unwrap();
        assert_eq!(shown(key), [some("abababab-abab-abab-abab-abababababab")]);
        let hash = FixedSizeBinaryArray::try_from_iter([[0xAB_u8; 20]].into_iter()).unwrap();
        assert_eq!(shown(hash), [some(&"ab".repeat(20))]);
        assert_eq!(shown(BinaryArray::from(vec!["ü".as_bytes()])), [some("ü")]);
        let broken = Arc::new(BinaryArray::from(vec![&b"a"[..], &[0xFF]])) as ArrayRef;
        assert!(matches!(as_text(&broken), Err(BadValue::NotText { row: 1 })));
    }
}
