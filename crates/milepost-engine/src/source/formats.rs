//! Values that are written in another way than usual, as what every reader of values knows.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::{cast, nullif};
use arrow::datatypes::{DataType, Int64Type};

use milepost_semantics::model::{EpochUnit, NumberFormat, ValueFormat};
use milepost_semantics::time::{Calendar, DayOrTime, Pattern, epoch_day};

use super::normalize::{BadValue, is_text, show, texts};

/// Rows that are looked at together: where one of them is bad, each is looked at alone.
const FEW: usize = 256;

/// The values as dates, instants in UTC, or texts of numbers and booleans as they are usually written. Values that the files have
/// a type for are left as they are; no number is percent, though.
pub(super) fn usual(
    array: &ArrayRef,
    format: &ValueFormat,
    is_date: bool,
    zone: &Calendar,
) -> Result<ArrayRef, BadValue> {
    let plain = match array.data_type() {
        DataType::Null => return Ok(Arc::clone(array)),
        DataType::Dictionary(_, values) => cast(array, values).map_err(|_| unfit(array, 0))?,
        _ => Arc::clone(array),
    };
    let has_text = is_text(plain.data_type());
    // `20260331` may be a whole number too.
    let written = match format {
        ValueFormat::Pattern(_) if plain.data_type().is_integer() => {
            cast(&plain, &DataType::Utf8).map_err(|_| unfit(array, 0))?
        }
        _ => Arc::clone(&plain),
    };
    match format {
        ValueFormat::Epoch(unit) => instants_since(&plain, *unit),
        ValueFormat::Words { yes, no } => words(&plain, yes, no),
        ValueFormat::Pattern(_) if !is_text(written.data_type()) => Ok(plain),
        ValueFormat::Pattern(pattern) if is_date => days(&written, pattern),
        ValueFormat::Pattern(pattern) => instants(&written, pattern, zone),
        ValueFormat::Number(number) if has_text => numbers(&plain, number),
        ValueFormat::Number(number) => match (0..plain.len()).find(|row| plain.is_valid(*row)) {
            Some(row) if number.is_percent => Err(unfit(&plain, row)),
            _ => Ok(plain),
        },
    }
}

fn unfit(array: &ArrayRef, row: usize) -> BadValue {
    BadValue::Unfit { row, value: show(array, row) }
}

/// Tells the first text that is no whole number as one is written: `007` and `7.0` are not 7 where keys are meant.
pub(super) fn whole(array: &ArrayRef) -> Result<(), BadValue> {
    if !is_text(array.data_type()) {
        return Ok(());
    }
    for (row, value) in texts(array).enumerate() {
        let digits = value.map(|value| value.strip_prefix('-').unwrap_or(value));
        let is_plain = |digits: &str| match digits.as_bytes() {
            [b'0'] => true,
            [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        if !digits.is_none_or(is_plain) {
            return Err(BadValue::NoKey { row, value: show(array, row) });
        }
    }
    Ok(())
}

fn numbers(array: &ArrayRef, format: &NumberFormat) -> Result<ArrayRef, BadValue> {
    let read = |(row, value): (usize, Option<&str>)| match value.map(|value| format.plain(value)) {
        Some(None) => Err(unfit(array, row)),
        plain => Ok(plain.flatten()),
    };
    let read = texts(array).enumerate().map(read).collect::<Result<StringArray, _>>()?;
    Ok(Arc::new(read))
}

fn days(array: &ArrayRef, pattern: &Pattern) -> Result<ArrayRef, BadValue> {
    let mut out = Vec::with_capacity(array.len());
    for (row, value) in texts(array).enumerate() {
        out.push(match value.map(|value| pattern.day(value)) {
            None => None,
            Some(Some(DayOrTime::Day(day))) => Some(epoch_day(day)),
            Some(Some(DayOrTime::Time)) => {
                return Err(BadValue::NoDay { row, value: show(array, row) });
            }
            Some(None) => return Err(unfit(array, row)),
        });
    }
    Ok(Arc::new(Date32Array::from(out)))
}

fn instants(array: &ArrayRef, pattern: &Pattern, zone: &Calendar) -> Result<ArrayRef, BadValue> {
    let mut out = Vec::with_capacity(array.len());
    for (row, value) in texts(array).enumerate() {
        let instant =
            value.map(|value| pattern.instant(value, zone).ok_or_else(|| unfit(array, row)));
        out.push(instant.transpose()?.map(|instant| instant.0));
    }
    Ok(Arc::new(TimestampMicrosecondArray::from(out).with_timezone_utc()))
}

fn instants_since(array: &ArrayRef, unit: EpochUnit) -> Result<ArrayRef, BadValue> {
    let mut out = Vec::with_capacity(array.len());
    if array.data_type().is_integer() {
        let counts = cast(array, &DataType::Int64).map_err(|_| unfit(array, 0))?;
        for (row, count) in counts.as_primitive::<Int64Type>().iter().enumerate() {
            let instant = count
                .map(|count| count.checked_mul(unit.micros()).ok_or_else(|| unfit(array, row)));
            out.push(instant.transpose()?);
        }
    } else {
        let counts = cast(array, &DataType::Utf8).map_err(|_| unfit(array, 0))?;
        for (row, count) in counts.as_string::<i32>().iter().enumerate() {
            let instant = count.map(|count| micros(count, unit).ok_or_else(|| unfit(array, row)));
            out.push(instant.transpose()?);
        }
    }
    Ok(Arc::new(TimestampMicrosecondArray::from(out).with_timezone_utc()))
}

/// Microseconds since 1970, of which no part counts.
fn micros(text: &str, unit: EpochUnit) -> Option<i64> {
    let text = text.trim();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if digits(fraction) && digits(whole.strip_prefix('-').unwrap_or(whole)) {
        let whole = whole.parse::<i64>().ok()?.checked_mul(unit.micros())?;
        let mut part = 0;
        let mut weight = unit.micros();
        for digit in fraction.bytes() {
            weight /= 10;
            part += i64::from(digit - b'0') * weight;
        }
        return whole.checked_add(if text.starts_with('-') { -part } else { part });
    }
    // `1.774962e9`, as programs write large doubles.
    let number = text.parse::<f64>().ok()?;
    let whole = number.is_finite() && text.contains(['e', 'E']);
    let micros = (number * unit.micros() as f64).round();
    (whole && micros.abs() < 9e17).then_some(micros as i64)
}

fn words(array: &ArrayRef, yes: &str, no: &str) -> Result<ArrayRef, BadValue> {
    if *array.data_type() == DataType::Boolean {
        return Ok(Arc::clone(array));
    }
    let values = cast(array, &DataType::Utf8).map_err(|_| unfit(array, 0))?;
    let mut out = Vec::with_capacity(array.len());
    for (row, value) in values.as_string::<i32>().iter().enumerate() {
        let word = value.map(|value| value.trim().to_lowercase());
        out.push(match word.as_deref() {
            None => None,
            Some(word) if word == yes => Some(true),
            Some(word) if word == no => Some(false),
            Some(_) => return Err(unfit(array, row)),
        });
    }
    Ok(Arc::new(BooleanArray::from(out)))
}

/// The array with null in place of each value by which `read` fails, and the rows of these.
pub(super) fn without_bad(
    array: &ArrayRef,
    read: impl Fn(&ArrayRef) -> Result<(), BadValue>,
) -> Result<(ArrayRef, Vec<usize>), BadValue> {
    let mut bad = Vec::new();
    for start in (0..array.len()).step_by(FEW) {
        let length = FEW.min(array.len() - start);
        if read(&array.slice(start, length)).is_ok() {
            continue;
        }
        bad.extend((start..start + length).filter(|row| read(&array.slice(*row, 1)).is_err()));
    }
    if bad.is_empty() {
        return Ok((Arc::clone(array), bad));
    }
    let mut mask = vec![false; array.len()];
    bad.iter().for_each(|row| mask[*row] = true);
    let kept = nullif(array, &BooleanArray::from(mask)).map_err(|_| unfit(array, bad[0]))?;
    Ok((kept, bad))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_since_1970_are_read_to_the_microsecond() {
        use EpochUnit::{Microseconds, Milliseconds, Seconds};
        for (text, unit, expected) in [
            ("1774962300", Seconds, Some(1_774_962_300_000_000)),
            ("1774962300.25", Seconds, Some(1_774_962_300_250_000)),
            ("1774962300.1234567", Seconds, Some(1_774_962_300_123_456)),
            (" 1774962300123 ", Milliseconds, Some(1_774_962_300_123_000)),
            ("1774962300123.5", Milliseconds, Some(1_774_962_300_123_500)),
            ("1774962300123456", Microseconds, Some(1_774_962_300_123_456)),
            ("-1.5", Seconds, Some(-1_500_000)),
            ("1.7749623e9", Seconds, Some(1_774_962_300_000_000)),
            ("", Seconds, None),
            ("-", Seconds, None),
            ("2026-03-31", Seconds, None),
            ("nan", Seconds, None),
            ("1e300", Seconds, None),
            ("99999999999999999999", Seconds, None),
            ("9999999999999", Seconds, None),
        ] {
            let found = micros(text, unit);
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn bad_values_are_null_and_the_others_stay() {
        let texts: Vec<String> =
            (0..1_000).map(|n| if n % 300 == 7 { "x".to_owned() } else { n.to_string() }).collect();
        let array: ArrayRef = Arc::new(StringArray::from(texts));
        let read = |array: &ArrayRef| {
            let bad = array.as_string::<i32>().iter().position(|text| text == Some("x"));
            bad.map_or(Ok(()), |row| Err(unfit(array, row)))
        };
        let (kept, bad) = without_bad(&array, read).unwrap();
        assert_eq!(bad, [7, 307, 607, 907]);
        assert_eq!((kept.null_count(), kept.as_string::<i32>().value(8)), (4, "8"));
    }
}
