//! Decimals and whole numbers from whatever files hold them as, digit by digit.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array};
use arrow::datatypes::{
    DataType, Decimal128Type, Float16Type, Float32Type, Float64Type, Int64Type,
};

use super::normalize::{BadValue, show};

/// The digits of a decimal, before and after the point together.
const MOST: u32 = 38;
/// Two of so many digits have a product of at most [`MOST`].
const NARROW: u32 = 18;

/// How many digits the values of a column have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digits {
    before: u32,
    after: u32,
}

impl Digits {
    pub(super) const fn new(before: u32, after: u32) -> Self {
        Self { before, after }
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self { before: self.before.max(other.before), after: self.after.max(other.after) }
    }

    /// The type that holds them, or that holds as many before the point as those after it leave.
    pub(super) fn stored(self) -> DataType {
        let precision = (self.before + self.after).clamp(NARROW, MOST);
        let narrow = |n: u32| u8::try_from(n.min(MOST)).unwrap_or(0);
        DataType::Decimal128(narrow(precision), narrow(self.after).cast_signed())
    }
}

/// `mantissa / 10^scale`, without zeros at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// Why a value is no decimal.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    NoNumber,
    NotFinite,
    TooManyDigits,
}

impl Decimal {
    /// `mantissa * 10^-scale`.
    fn new(mut mantissa: i128, mut scale: i64) -> Result<Self, Fault> {
        if mantissa == 0 {
            return Ok(Self { mantissa, scale: 0 });
        }
        while scale > 0 && mantissa % 10 == 0 {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        let up = u32::try_from(scale.min(0).unsigned_abs()).unwrap_or(u32::MAX);
        let scale = u32::try_from(scale.max(0)).unwrap_or(u32::MAX);
        let mantissa = 10_i128.checked_pow(up).and_then(|unit| mantissa.checked_mul(unit));
        match mantissa {
            Some(mantissa) if scale <= MOST && digits_of(mantissa) <= MOST => {
                Ok(Self { mantissa, scale })
            }
            _ => Err(Fault::TooManyDigits),
        }
    }

    /// `-12.50`, `1.5e-7`.
    fn parse(text: &str) -> Result<Self, Fault> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => {
                (number, exponent.parse::<i32>().map_err(|_| Fault::NoNumber)?)
            }
            None => (text, 0),
        };
        let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(Fault::NoNumber);
        }
        let (mut mantissa, mut zeros) = (0_i128, 0_u32);
        let mut beyond = false;
        for digit in whole.bytes().chain(fraction.bytes()) {
            match digit {
                b'0' if mantissa == 0 => {}
                b'0' => zeros += 1,
                b'1'..=b'9' => {
                    let unit = 10_i128.checked_pow(zeros + 1);
                    let next = unit.and_then(|unit| mantissa.checked_mul(unit));
                    let next = next.and_then(|m| m.checked_add(i128::from(digit - b'0')));
                    beyond |= next.is_none();
                    (mantissa, zeros) = (next.unwrap_or(mantissa), 0);
                }
                _ => return Err(Fault::NoNumber),
            }
        }
        if beyond {
            return Err(Fault::TooManyDigits);
        }
        let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
        let scale = places.saturating_sub(i64::from(exponent)) - i64::from(zeros);
        Self::new(if number.starts_with('-') { -mantissa } else { mantissa }, scale)
    }

    fn digits(self) -> Digits {
        let all = if self.mantissa == 0 { 0 } else { digits_of(self.mantissa) };
        Digits { before: all.saturating_sub(self.scale), after: self.scale }
    }

    /// The mantissa at so many digits after the point.
    fn at(self, scale: u32) -> Option<i128> {
        let unit = 10_i128.checked_pow(scale.checked_sub(self.scale)?)?;
        self.mantissa.checked_mul(unit).filter(|mantissa| digits_of(*mantissa) <= MOST)
    }
}

fn digits_of(mantissa: i128) -> u32 {
    mantissa.unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)
}

/// Shows each value with its row, until one is refused. A double is the shortest decimal that reads back as the same.
fn each(
    array: &ArrayRef,
    mut take: impl FnMut(usize, Option<Decimal>) -> Result<(), BadValue>,
) -> Result<(), BadValue> {
    let mut text = String::new();
    let mut shortest = |x: f64, narrow: Option<f32>| {
        if !x.is_finite() {
            return Err(Fault::NotFinite);
        }
        text.clear();
        // Nothing refuses to be written into a text.
        _ = match narrow {
            Some(x) => write!(text, "{x:e}"),
            None => write!(text, "{x:e}"),
        };
        Decimal::parse(&text)
    };
    for row in 0..array.len() {
        if array.is_null(row) {
            take(row, None)?;
            continue;
        }
        let value = match array.data_type() {
            DataType::Utf8 => Decimal::parse(array.as_string::<i32>().value(row)),
            DataType::Float64 => shortest(array.as_primitive::<Float64Type>().value(row), None),
            DataType::Float32 => {
                let x = array.as_primitive::<Float32Type>().value(row);
                shortest(f64::from(x), Some(x))
            }
            DataType::Float16 => {
                let x = array.as_primitive::<Float16Type>().value(row).to_f32();
                shortest(f64::from(x), Some(x))
            }
            DataType::Decimal128(_, scale) => {
                let x = array.as_primitive::<Decimal128Type>().value(row);
                Decimal::new(x, i64::from(*scale))
            }
            DataType::Int64 => {
                let x = array.as_primitive::<Int64Type>().value(row);
                Decimal::new(i128::from(x), 0)
            }
            _ => Decimal::parse(&show(array, row)),
        };
        match value {
            Ok(value) => take(row, Some(value))?,
            Err(fault) => return Err(bad(array, row, &fault)),
        }
    }
    Ok(())
}

fn bad(array: &ArrayRef, row: usize, fault: &Fault) -> BadValue {
    match fault {
        Fault::NoNumber => BadValue::Unfit { row, value: show(array, row) },
        Fault::NotFinite => BadValue::NotFinite { row },
        Fault::TooManyDigits => BadValue::TooManyDigits { row, value: show(array, row), after: 0 },
    }
}

/// How many digits the values of a column need.
pub(super) fn digits(array: &ArrayRef) -> Result<Digits, BadValue> {
    let mut all = Digits::default();
    each(array, |_, value| {
        all = all.with(value.map_or_else(Digits::default, Decimal::digits));
        Ok(())
    })?;
    Ok(all)
}

/// The values as that decimal type, every digit kept.
pub(super) fn read(array: &ArrayRef, to: &DataType) -> Result<ArrayRef, BadValue> {
    let DataType::Decimal128(precision, scale) = *to else {
        return Err(BadValue::Unfit { row: 0, value: to.to_string() });
    };
    let after = u32::try_from(scale).unwrap_or(0);
    let mut values = Vec::with_capacity(array.len());
    each(array, |row, value| {
        let mantissa = value.map(|value| {
            let wide = || BadValue::TooManyDigits { row, value: show(array, row), after };
            value.at(after).ok_or_else(wide)
        });
        values.push(mantissa.transpose()?);
        Ok(())
    })?;
    let values =
        Decimal128Array::from(values).with_data_type(DataType::Decimal128(precision, scale));
    Ok(Arc::new(values))
}

/// The values as 64-bit whole numbers; one with a fraction is refused.
pub(super) fn integers(array: &ArrayRef) -> Result<ArrayRef, BadValue> {
    let mut values = Vec::with_capacity(array.len());
    let unfit = |row| BadValue::Unfit { row, value: show(array, row) };
    if let Some(numbers) = array.as_primitive_opt::<Float64Type>() {
        // Not by its shortest decimal, which may be another whole number than the double is.
        for (row, number) in numbers.iter().enumerate() {
            values.push(number.map(|x| whole(x).ok_or_else(|| unfit(row))).transpose()?);
        }
    } else {
        each(array, |row, value| {
            let whole = value.map(|value| {
                let whole = i64::try_from(value.mantissa).ok().filter(|_| value.scale == 0);
                whole.ok_or_else(|| unfit(row))
            });
            values.push(whole.transpose()?);
            Ok(())
        })?;
    }
    Ok(Arc::new(Int64Array::from(values)))
}

/// A double that is a whole number of 64 bits, as that.
#[expect(clippy::cast_possible_truncation, reason = "whole numbers inside the range")]
fn whole(x: f64) -> Option<i64> {
    const END: f64 = 9_223_372_036_854_775_808.0;
    (x.fract() == 0.0 && (-END..END).contains(&x)).then_some(x as i64)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, StringArray};
    use proptest::prelude::*;

    use super::*;

    fn of(text: &str) -> Result<(i128, u32), Fault> {
        Decimal::parse(text).map(|d| (d.mantissa, d.scale))
    }

    #[test]
    fn texts_are_read_digit_by_digit() {
        let nines = "9".repeat(38);
        let least = format!("0.{}1", "0".repeat(37));
        for (text, expected) in [
            ("12.50", (125, 1)),
            ("-7", (-7, 0)),
            ("+.5", (5, 1)),
            ("5.", (5, 0)),
            ("0.000", (0, 0)),
            ("1e3", (1000, 0)),
            ("1.5E-7", (15, 8)),
            ("1200e-1", (120, 0)),
            ("0.0000000375", (375, 10)),
            (nines.as_str(), (10_i128.pow(38) - 1, 0)),
            (least.as_str(), (1, 38)),
        ] {
            assert_eq!(of(text), Ok(expected), "{text}");
        }
        for text in ["", ".", "-", "1.2.3", "1e", "e5", "0x1", "1,5", " 1", "NaN", "--1", "1-"] {
            assert_eq!(of(text), Err(Fault::NoNumber), "{text}");
        }
        for text in ["1e38", "1e-39", &format!("1{nines}"), "1e999999999", &format!("0.{nines}9")] {
            assert_eq!(of(text), Err(Fault::TooManyDigits), "{text}");
        }
    }

    #[test]
    fn a_double_that_is_whole_is_that_number() {
        let of = |x: f64| integers(&(Arc::new(Float64Array::from(vec![x])) as ArrayRef));
        for (x, expected) in [
            (5.0, 5),
            (-0.0, 0),
            (9_007_199_254_740_992.0, 9_007_199_254_740_992),
            (-9_223_372_036_854_775_808.0, i64::MIN),
            (1_152_921_504_606_846_976.0, 1_152_921_504_606_846_976),
        ] {
            assert_eq!(of(x).unwrap().as_primitive::<Int64Type>().value(0), expected);
        }
        for x in [1.5, 9_223_372_036_854_775_808.0, 1e300, f64::NAN, f64::INFINITY] {
            assert!(of(x).is_err(), "{x}");
        }
    }

    proptest! {
        /// Digits are kept, whatever the others of the column have; a double comes back as itself.
        #[test]
        fn digits_are_kept(values in prop::collection::vec((-10_i64.pow(15)..10_i64.pow(15), 0_u32..20), 1..20)) {
            let texts: Vec<String> = values.iter().map(|(m, s)| format!("{m}e-{s}")).collect();
            let array = Arc::new(StringArray::from(texts)) as ArrayRef;
            let to = digits(&array).unwrap().stored();
            let DataType::Decimal128(_, scale) = to else { unreachable!() };
            let read = read(&array, &to).unwrap();
            for ((mantissa, own), found) in values.iter().zip(read.as_primitive::<Decimal128Type>().values()) {
                let (a, b) = (u32::try_from(scale).unwrap(), *own);
                let (left, right) = (i128::from(*mantissa) * 10_i128.pow(a.saturating_sub(b)), found * 10_i128.pow(b.saturating_sub(a)));
                prop_assert_eq!(left, right);
            }
        }

        #[test]
        fn doubles_read_back_as_themselves(x in -1e15_f64..1e15) {
            let array = Arc::new(Float64Array::from(vec![x])) as ArrayRef;
            let read = read(&array, &digits(&array).unwrap().stored()).unwrap();
            prop_assert_eq!(show(&read, 0).parse::<f64>().unwrap(), x);
        }
    }
}
