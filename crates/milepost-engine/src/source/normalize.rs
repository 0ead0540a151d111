//! One Arrow type per type of the language, whatever the file had.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Date64Type, TimeUnit, TimestampMicrosecondType};

use milepost_semantics::model::Type;
use milepost_semantics::time::{Calendar, epoch_day, is_real_date};
use milepost_syntax::ast::Date;

use super::decimals::{self, Digits};

const DAY: i64 = 86_400_000_000;

/// What a type of the language is in memory; `found`: what the file has. Null for decimals whose digits only their values
/// tell.
pub(crate) fn arrow_type(ty: Type, found: Option<&DataType>) -> DataType {
    match ty {
        Type::Text | Type::Unknown | Type::Duration => DataType::Utf8,
        Type::Integer => DataType::Int64,
        Type::Number => DataType::Float64,
        Type::Decimal => found.and_then(digits).map_or(DataType::Null, Digits::stored),
        Type::Boolean => DataType::Boolean,
        Type::Date => DataType::Date32,
        Type::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
    }
}

/// The digits that the values of a type have; absent where the type does not say.
fn digits(found: &DataType) -> Option<Digits> {
    match found {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale) => {
            let after = u32::from(scale.max(&0).unsigned_abs());
            let zeros = u32::from(scale.min(&0).unsigned_abs());
            Some(Digits::new((u32::from(*precision) + zeros).saturating_sub(after), after))
        }
        ty if ty.is_integer() => Some(Digits::new(19, 0)),
        _ => None,
    }
}

/// The type that both can be read as without loss; absent if there is none.
pub(super) fn wider(a: (Type, &DataType), b: (Type, &DataType)) -> Option<(Type, DataType)> {
    let decimal = || match (digits(a.1), digits(b.1)) {
        (Some(a), Some(b)) => a.with(b).stored(),
        _ => DataType::Null,
    };
    match (a.0, b.0) {
        // A column of nulls has any type.
        (Type::Unknown, other) => Some((other, b.1.clone())),
        (other, Type::Unknown) => Some((other, a.1.clone())),
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
    /// A key that is no whole number as one is written.
    NoKey { row: usize, value: String },
    /// A time in place of a day.
    NoDay { row: usize, value: String },
    /// A decimal beside others that have so many digits after the point.
    TooManyDigits { row: usize, value: String, after: u32 },
    /// A day or instant that is too early or too late, in words.
    DateOutOfRange { row: usize, what: String },
    /// NaN or infinity.
    NotFinite { row: usize },
    /// Bytes that are no UTF-8.
    NotText { row: usize },
}

/// The array as the type; timestamps without a zone are read in `zone`.
pub(super) fn normalize(
    array: &ArrayRef,
    ty: Type,
    stored: &DataType,
    zone: &Calendar,
) -> Result<ArrayRef, BadValue> {
    let plain = match array.data_type() {
        DataType::Dictionary(_, values) if ty != Type::Text => cast(array, values)?,
        _ => Arc::clone(array),
    };
    let array = match ty {
        Type::Integer => integers(&plain)?,
        Type::Decimal => decimal(&plain, stored)?,
        Type::Date => dates(&plain, zone)?,
        Type::Timestamp => timestamps(&plain, stored, zone)?,
        Type::Text | Type::Number | Type::Boolean | Type::Duration | Type::Unknown => {
            cast(&plain, stored)?
        }
    };
    check_range(&array)?;
    Ok(array)
}

fn integers(array: &ArrayRef) -> Result<ArrayRef, BadValue> {
    match array.data_type() {
        ty if ty.is_integer() || ty.is_null() => cast(array, &DataType::Int64),
        DataType::Float16 | DataType::Float32 => {
            decimals::integers(&cast(array, &DataType::Float64)?)
        }
        _ => decimals::integers(&narrow(array)?),
    }
}

fn decimal(array: &ArrayRef, stored: &DataType) -> Result<ArrayRef, BadValue> {
    if array.data_type() == stored || array.data_type().is_null() {
        return cast(array, stored);
    }
    decimals::read(&narrow(array)?, stored)
}

/// How many digits the values of a column need.
pub(super) fn digits_of_values(array: &ArrayRef) -> Result<Digits, BadValue> {
    if array.data_type().is_null() {
        return Ok(Digits::default());
    }
    decimals::digits(&narrow(array)?)
}

/// The same values in one of the types that are read digit by digit.
fn narrow(array: &ArrayRef) -> Result<ArrayRef, BadValue> {
    match array.data_type() {
        DataType::Dictionary(_, values) => narrow(&cast(array, values)?),
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            cast(array, &DataType::Decimal128(*precision, *scale))
        }
        DataType::LargeUtf8 | DataType::Utf8View => cast(array, &DataType::Utf8),
        // The largest of 64 bits without a sign has no place in those with one.
        ty if ty.is_integer() && *ty != DataType::UInt64 => cast(array, &DataType::Int64),
        _ => Ok(Arc::clone(array)),
    }
}

fn timestamps(array: &ArrayRef, stored: &DataType, zone: &Calendar) -> Result<ArrayRef, BadValue> {
    match array.data_type() {
        ty if is_text(ty) => parse_timestamps(array, zone),
        DataType::Timestamp(_, Some(_)) => {
            let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
            cast(&cast(array, &utc)?, stored)
        }
        DataType::Timestamp(_, None) | DataType::Date32 | DataType::Date64 => {
            let naive = cast(array, stored)?;
            Ok(if zone.time_zone == "UTC" { naive } else { localize(&naive, zone) })
        }
        _ => cast(array, stored),
    }
}

/// Days that are written as days: an instant has one only once a zone is chosen.
fn dates(array: &ArrayRef, zone: &Calendar) -> Result<ArrayRef, BadValue> {
    let no_day = |row| BadValue::NoDay { row, value: show(array, row) };
    match array.data_type() {
        ty if is_text(ty) => parse_dates(array, zone),
        DataType::Timestamp(_, Some(_)) => {
            match (0..array.len()).find(|row| array.is_valid(*row)) {
                Some(row) => Err(no_day(row)),
                None => cast(array, &DataType::Date32),
            }
        }
        DataType::Timestamp(_, None) => {
            let times = cast(array, &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            let times = times.as_primitive::<TimestampMicrosecondType>();
            let inside = |t: Option<i64>| t.is_some_and(|t| t.rem_euclid(DAY) != 0);
            times.iter().position(inside).map_or(Ok(()), |row| Err(no_day(row)))?;
            cast(array, &DataType::Date32)
        }
        DataType::Date64 => {
            let times = array.as_primitive::<Date64Type>();
            let inside = |t: Option<i64>| t.is_some_and(|t| t.rem_euclid(DAY / 1_000) != 0);
            times.iter().position(inside).map_or(Ok(()), |row| Err(no_day(row)))?;
            cast(array, &DataType::Date32)
        }
        _ => cast(array, &DataType::Date32),
    }
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
    if out.null_count() > array.logical_null_count() {
        let row = (0..array.len()).find(|i| array.is_valid(*i) && out.is_null(*i)).unwrap_or(0);
        if matches!(to, DataType::Timestamp(..) | DataType::Date32) && !is_text(array.data_type()) {
            return Err(BadValue::DateOutOfRange { row, what: out_of_range(to) });
        }
        return Err(BadValue::Unfit { row, value: show(array, row) });
    }
    Ok(out)
}

pub(super) const fn is_text(ty: &DataType) -> bool {
    matches!(ty, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

pub(super) fn show(array: &ArrayRef, row: usize) -> String {
    arrow::util::display::array_value_to_string(array, row).unwrap_or_default()
}

/// What is wrong with a value of that type that is too early or too late.
fn out_of_range(ty: &DataType) -> String {
    if ty == &DataType::Date32 {
        "a date is outside the years 1 to 9999".to_owned()
    } else {
        "a time is before the year 1 or after 9999-12-30".to_owned()
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

/// Each text that there is, with its row.
pub(super) fn texts(array: &ArrayRef) -> Box<dyn Iterator<Item = Option<&str>> + '_> {
    match array.data_type() {
        DataType::Utf8View => Box::new(array.as_string_view().iter()),
        DataType::LargeUtf8 => Box::new(array.as_string::<i64>().iter()),
        _ => Box::new(array.as_string::<i32>().iter()),
    }
}

/// `2026-03-31` and nothing else.
fn parse_dates(array: &ArrayRef, zone: &Calendar) -> Result<ArrayRef, BadValue> {
    let mut out = Vec::with_capacity(array.len());
    for (row, value) in texts(array).enumerate() {
        let day = value.map(|value| {
            parse_date(value).ok_or_else(|| {
                let value = value.to_owned();
                if zone.parse_instant(&value).is_some() {
                    return BadValue::NoDay { row, value };
                }
                match beyond(&value) {
                    Some(_) if !value.starts_with("9999") => {
                        BadValue::DateOutOfRange { row, what: out_of_range(&DataType::Date32) }
                    }
                    _ => BadValue::Unfit { row, value },
                }
            })
        });
        out.push(day.transpose()?.map(epoch_day));
    }
    Ok(Arc::new(Date32Array::from(out)))
}

/// A day that exists.
fn parse_date(text: &str) -> Option<Date> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let number = |digits: &[u8]| {
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| digits.iter().fold(0_i16, |n, digit| 10 * n + i16::from(digit - b'0')))
    };
    let small = |digits: &[u8]| i8::try_from(number(digits)?).ok();
    let date =
        Date { year: number(&bytes[..4])?, month: small(&bytes[5..7])?, day: small(&bytes[8..])? };
    (bytes[4] == b'-' && bytes[7] == b'-' && date.year > 0 && is_real_date(date)).then_some(date)
}

/// `2026-03-31`, `2026-03-31 12:00:00`, with or without `Z` or an offset.
fn parse_timestamps(array: &ArrayRef, zone: &Calendar) -> Result<ArrayRef, BadValue> {
    let mut out = Vec::with_capacity(array.len());
    for (row, value) in texts(array).enumerate() {
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
    let micros = |day: i32| i64::from(day) * DAY;
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
