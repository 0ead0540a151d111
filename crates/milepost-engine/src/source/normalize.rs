//! One Arrow type per type of the language, whatever the file had.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, StringArray, TimestampMicrosecondArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};

use milepost_semantics::model::Type;
use milepost_semantics::time::{Calendar, epoch_day};
use milepost_syntax::ast::Date;

/// Digits after the point of decimals that come from text or doubles.
const DEFAULT_SCALE: i8 = 9;

/// What a type of the language is in memory; `found`: what the file has.
pub(crate) fn arrow_type(ty: Type, found: Option<&DataType>) -> DataType {
    match ty {
        Type::Text | Type::Unknown | Type::Duration => DataType::Utf8,
        Type::Integer => DataType::Int64,
        Type::Number => DataType::Float64,
        Type::Decimal => DataType::Decimal128(38, found.map_or(DEFAULT_SCALE, scale)),
        Type::Boolean => DataType::Boolean,
        Type::Date => DataType::Date32,
        Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    }
}

fn scale(found: &DataType) -> i8 {
    match found {
        DataType::Decimal32(_, s)
        | DataType::Decimal64(_, s)
        | DataType::Decimal128(_, s)
        | DataType::Decimal256(_, s) => (*s).max(0),
        DataType::Int64 => 0,
        _ => DEFAULT_SCALE,
    }
}

/// The type that both can be read as without loss; absent if there is none.
pub(super) fn wider(a: (Type, &DataType), b: (Type, &DataType)) -> Option<(Type, DataType)> {
    let decimal = || DataType::Decimal128(38, scale(a.1).max(scale(b.1)));
    match (a.0, b.0) {
        (x, y) if x == y => Some((x, if x == Type::Decimal { decimal() } else { a.1.clone() })),
        (Type::Integer, Type::Number) | (Type::Number, Type::Integer) => {
            Some((Type::Number, DataType::Float64))
        }
        (Type::Integer, Type::Decimal) | (Type::Decimal, Type::Integer) => {
            Some((Type::Decimal, decimal()))
        }
        _ => None,
    }
}

/// A value that a column's type has no place for.
#[derive(Debug)]
pub(super) enum BadValue {
    /// The value as text, and its row in the array.
    Unfit { row: usize, value: String },
    /// A day or instant that is too early or too late, in words.
    DateOutOfRange { row: usize, what: String },
    /// NaN or infinity.
    NotFinite { row: usize },
}

/// The array as the type; timestamps without a zone are read in `zone`.
pub(super) fn normalize(
    array: &ArrayRef,
    ty: Type,
    stored: &DataType,
    zone: &Calendar,
) -> Result<ArrayRef, BadValue> {
    let zoned = matches!(array.data_type(), DataType::Timestamp(_, Some(_)));
    let array: ArrayRef = match (ty, array.data_type()) {
        (Type::Timestamp, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View) => {
            parse_timestamps(array, zone)?
        }
        (Type::Timestamp, DataType::Timestamp(_, None)) if zone.time_zone != "UTC" => {
            localize(&cast(array, stored)?, zone)
        }
        (Type::Timestamp, _) if zoned => {
            let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
            cast(&cast(array, &utc)?, stored)?
        }
        (Type::Timestamp, DataType::Date32 | DataType::Date64) => {
            localize(&cast(array, stored)?, zone)
        }
        _ => cast(array, stored)?,
    };
    check_range(&array)?;
    Ok(array)
}

/// Casts, and tells the first value that did not survive.
fn cast(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, BadValue> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    let options = CastOptions { safe: true, ..CastOptions::default() };
    let first = || (0..array.len()).find(|i| array.is_valid(*i)).unwrap_or(0);
    let out = cast_with_options(array, to, &options)
        .map_err(|_| BadValue::Unfit { row: first(), value: show(array, first()) })?;
    if out.null_count() > array.null_count() {
        let row = (0..array.len()).find(|i| array.is_valid(*i) && out.is_null(*i)).unwrap_or(0);
        if matches!(to, DataType::Timestamp(..) | DataType::Date32) && !is_text(array.data_type()) {
            return Err(BadValue::DateOutOfRange { row, what: out_of_range(to) });
        }
        return Err(BadValue::Unfit { row, value: show(array, row) });
    }
    Ok(out)
}

const fn is_text(ty: &DataType) -> bool {
    matches!(ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn show(array: &ArrayRef, row: usize) -> String {
    arrow::util::display::array_value_to_string(array, row).unwrap_or_default()
}

/// What is wrong with a value of that type that is too early or too late.
fn out_of_range(ty: &DataType) -> String {
    if ty == &DataType::Date32 {
        "a date lies outside the years 1 to 9999".to_owned()
    } else {
        "a time lies before the year 1 or after 9999-12-30".to_owned()
    }
}

/// The same of a text that is written like a time, such as the `9999-12-31T23:59:59Z` that stands for "no end".
fn beyond(value: &str) -> Option<String> {
    let (year, rest) = value.trim().split_once('-')?;
    let like_a_date = year.len() >= 4 && rest.len() >= 5 && rest.as_bytes()[2] == b'-';
    let year = year.bytes().all(|b| b.is_ascii_digit()).then(|| year.parse::<u64>().ok())??;
    let value: String = value.chars().take(60).collect();
    match year {
        _ if !like_a_date => None,
        0 => Some(format!("`{value}` is before the year 1")),
        9999.. => Some(format!("`{value}` is after 9999-12-30, the last day that a time can have")),
        _ => None,
    }
}

/// `2026-03-31`, `2026-03-31 12:00:00`, with or without `Z` or an offset.
fn parse_timestamps(array: &ArrayRef, zone: &Calendar) -> Result<ArrayRef, BadValue> {
    let text = cast(array, &DataType::Utf8)?;
    let text: &StringArray = text.as_string();
    let mut out = Vec::with_capacity(text.len());
    for (row, value) in text.iter().enumerate() {
        let instant = match value {
            None => None,
            Some(value) => match zone.parse_instant(value) {
                Some(instant) => Some(instant.0),
                None => {
                    return Err(match beyond(value) {
                        Some(what) => BadValue::DateOutOfRange { row, what },
                        None => BadValue::Unfit { row, value: value.to_owned() },
                    });
                }
            },
        };
        out.push(instant);
    }
    Ok(Arc::new(TimestampMicrosecondArray::from(out)))
}

/// Reads naive timestamps as local times of the zone.
fn localize(array: &ArrayRef, zone: &Calendar) -> ArrayRef {
    const DAY: i64 = 86_400_000_000;
    let naive = array.as_primitive::<TimestampMicrosecondType>();
    let utc: TimestampMicrosecondArray = naive
        .iter()
        .map(|t| {
            t.map(|t| {
                let day = i32::try_from(t.div_euclid(DAY)).unwrap_or(i32::MAX);
                zone.instant(milepost_semantics::time::date_of_epoch_day(day), t.rem_euclid(DAY)).0
            })
        })
        .collect();
    Arc::new(utc)
}

/// Dates of the years 1 to 9999, finite numbers.
fn check_range(array: &ArrayRef) -> Result<(), BadValue> {
    let first_day = epoch_day(Date { year: 1, month: 1, day: 1 });
    let last_day = epoch_day(Date { year: 9999, month: 12, day: 31 });
    let micros = |day: i32| i64::from(day) * 86_400_000_000;
    let bad = match array.data_type() {
        DataType::Date32 => {
            let days: &Date32Array = array.as_primitive();
            days.iter().position(|d| d.is_some_and(|d| d < first_day || d > last_day))
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            let times = array.as_primitive::<TimestampMicrosecondType>();
            times
                .iter()
                .position(|t| t.is_some_and(|t| t < micros(first_day) || t >= micros(last_day)))
        }
        DataType::Float64 => {
            let numbers = array.as_primitive::<arrow::datatypes::Float64Type>();
            return match numbers.iter().position(|x| x.is_some_and(|x| !x.is_finite())) {
                Some(row) => Err(BadValue::NotFinite { row }),
                None => Ok(()),
            };
        }
        _ => None,
    };
    bad.map_or(Ok(()), |row| {
        Err(BadValue::DateOutOfRange { row, what: out_of_range(array.data_type()) })
    })
}
