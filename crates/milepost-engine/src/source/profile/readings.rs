//! The ways in which the texts of a column may be read: a type, and a format where one is needed.

use std::collections::BTreeSet;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, max, min};
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType,
};

use milepost_semantics::is_currency_symbol;
use milepost_semantics::model::{NumberFormat, Type, ValueFormat};
use milepost_semantics::time::{Calendar, Pattern, patterns_of};

use crate::source::formats::{usual, whole, without_bad};
use crate::source::normalize::{BadValue, arrow_type, normalize};

/// Of the first values, so many may not fit (one of this number) for a reading to be tried on the rest.
const ONE_OF: usize = 10;

/// Values whose patterns are looked for.
const LOOKED_AT: usize = 20;

/// The most readings of a column that are tried on all of its values.
const MOST: usize = 8;

const MICROS_OF_A_DAY: f64 = 86_400e6;

/// A way to read the texts of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    pub ty: Type,
    /// What `format:` says: absent where values are written as usual.
    pub format: Option<String>,
    value: Option<ValueFormat>,
}

/// How a reading fits the values of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    pub reading: Reading,
    /// Values that it does not fit.
    pub bad: u64,
    /// The smallest and the largest value: numbers, or days since 1970.
    pub range: Option<(f64, f64)>,
}

impl Reading {
    /// Of values that are written as usual.
    #[must_use]
    pub const fn plain(ty: Type) -> Self {
        Self { ty, format: None, value: None }
    }

    fn pattern(ty: Type, text: &str) -> Option<Self> {
        let value = Some(ValueFormat::Pattern(Pattern::new(text).ok()?));
        Some(Self { ty, format: Some(text.to_owned()), value })
    }

    fn number(example: &str) -> Option<Self> {
        let value = Some(ValueFormat::Number(NumberFormat::parse(example).ok()?));
        Some(Self { ty: Type::Decimal, format: Some(example.to_owned()), value })
    }

    /// The values; numbers as doubles, of which the digits do not matter here.
    fn read(&self, texts: &ArrayRef, zone: &Calendar) -> Result<ArrayRef, BadValue> {
        let ty = if self.ty == Type::Decimal { Type::Number } else { self.ty };
        if self.ty == Type::Integer {
            // What is written `7.0` today may be `7.5` tomorrow.
            whole(texts)?;
        }
        let plain = match &self.value {
            Some(format) => usual(texts, format, ty == Type::Date, zone)?,
            None => texts.clone(),
        };
        normalize(&plain, ty, &arrow_type(ty, None), zone)
    }

    /// How it fits some values.
    pub(super) fn fit(&self, texts: &ArrayRef, zone: &Calendar) -> Fit {
        let (array, bad) = match self.read(texts, zone) {
            Ok(array) => (Some(array), 0),
            Err(_) => match without_bad(texts, |texts| self.read(texts, zone).map(|_| ())) {
                Ok((kept, bad)) => (self.read(&kept, zone).ok(), bad.len()),
                Err(_) => (None, texts.len() - texts.null_count()),
            },
        };
        let range = array.and_then(|array| range(&array));
        Fit { reading: self.clone(), bad: bad as u64, range }
    }
}

impl Fit {
    pub(super) fn with(&mut self, other: &Self) {
        self.bad += other.bad;
        self.range = united(self.range, other.range);
    }
}

pub(super) fn united(a: Option<(f64, f64)>, b: Option<(f64, f64)>) -> Option<(f64, f64)> {
    match (a, b) {
        (Some((low, high)), Some((l, h))) => Some((low.min(l), high.max(h))),
        (one, other) => one.or(other),
    }
}

/// The smallest and the largest value of numbers and times.
pub(super) fn range(array: &ArrayRef) -> Option<(f64, f64)> {
    let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
    match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            Some((f64::from(min(days)?), f64::from(max(days)?)))
        }
        DataType::Timestamp(..) | DataType::Date64 => {
            let times = cast(array, &micros).ok()?;
            let times = times.as_primitive::<TimestampMicrosecondType>();
            let day = |micros: i64| micros as f64 / MICROS_OF_A_DAY;
            Some((day(min(times)?), day(max(times)?)))
        }
        DataType::Int64 => {
            let numbers = array.as_primitive::<Int64Type>();
            Some((min(numbers)? as f64, max(numbers)? as f64))
        }
        ty if ty.is_numeric() => {
            let numbers = cast(array, &DataType::Float64).ok()?;
            let numbers = numbers.as_primitive::<Float64Type>();
            Some((min(numbers)?, max(numbers)?))
        }
        _ => None,
    }
}

/// The readings that may fit a column that begins with these values, the plainest first.
pub(super) fn candidates(texts: &ArrayRef, zone: &Calendar) -> Vec<Reading> {
    let values: BTreeSet<&str> = texts.as_string::<i32>().iter().flatten().map(str::trim).collect();
    let count = texts.len() - texts.null_count();
    let has_digits = values.iter().any(|value| value.bytes().any(|byte| byte.is_ascii_digit()));
    if !has_digits {
        // Nothing but words, or nothing at all yet.
        return if count == 0 { plain() } else { Vec::new() };
    }
    let patterns = values.iter().take(LOOKED_AT).flat_map(|value| patterns_of(value));
    let patterns: BTreeSet<String> = patterns.collect();
    let dated = patterns.iter().flat_map(|text| {
        let has_time = text.contains("%H") || text.contains("%I");
        Reading::pattern(if has_time { Type::Timestamp } else { Type::Date }, text)
    });
    let numbers = examples(&values);
    let numbers = numbers.iter().filter_map(|example| Reading::number(example));
    let fits = |reading: &Reading| {
        let bad = reading.fit(texts, zone).bad;
        usize::try_from(bad).is_ok_and(|bad| bad * ONE_OF <= count)
    };
    let others = plain().into_iter().chain(dated).filter(fits);
    // More than two ways of writing amounts say nothing more.
    others.chain(numbers.filter(fits).take(2)).take(MOST).collect()
}

fn plain() -> Vec<Reading> {
    [Type::Integer, Type::Number, Type::Date, Type::Timestamp].map(Reading::plain).to_vec()
}

/// Examples of numbers that the values may be like: with each of the symbols that stand around them.
fn examples(values: &BTreeSet<&str>) -> Vec<String> {
    /// What is between thousands and before decimals, and a percentage.
    const WAYS: [(&str, &str); 4] =
        [("1,234.50", "12.5"), ("1.234,50", "12,5"), ("1 234,50", "12,5"), ("1'234.50", "12.5")];
    let around: BTreeSet<(String, bool, String)> =
        values.iter().take(LOOKED_AT).filter_map(|value| symbols(value)).collect();
    let mut found = Vec::new();
    for (way, percent) in WAYS {
        for (before, is_percent, after) in &around {
            let number = if *is_percent { percent } else { way };
            let sign = if *is_percent { "%" } else { "" };
            let space = |text: &str| if text.chars().count() > 1 { " " } else { "" };
            let after = if after.is_empty() { String::new() } else { format!(" {after}") };
            found.push(format!("{before}{}{number}{sign}{after}", space(before)));
        }
    }
    found
}

/// What stands before a number and behind it, and whether it is percent.
fn symbols(value: &str) -> Option<(String, bool, String)> {
    let first = value.find(|c: char| c.is_ascii_digit())?;
    let last = value.rfind(|c: char| c.is_ascii_digit())?;
    let bare = |text: &str| {
        let text = text.replace(['(', ')', '+', '-', '\u{2212}', '.', ','], "");
        text.trim().trim_matches('%').trim().to_owned()
    };
    let (before, after) = (&value[..first], &value[last + 1..]);
    let is_percent = before.contains('%') || after.contains('%');
    let (before, after) = (bare(before), bare(after));
    // `ACC-17` is a name, not an amount.
    let is_money = |text: &str| text.is_empty() || is_currency_symbol(text);
    (is_money(&before) && is_money(&after)).then_some((before, is_percent, after))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::StringArray;

    use super::*;

    fn of(values: &[&str]) -> Vec<(Type, Option<String>)> {
        let texts: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        let found = candidates(&texts, &Calendar::default());
        found.into_iter().map(|reading| (reading.ty, reading.format)).collect()
    }

    fn first(values: &[&str]) -> Option<(Type, Option<String>)> {
        of(values).into_iter().next()
    }

    fn formatted(ty: Type, text: &str) -> Option<(Type, Option<String>)> {
        Some((ty, Some(text.to_owned())))
    }

    #[test]
    fn values_tell_how_they_are_read() {
        assert_eq!(first(&["1", "-2"]), Some((Type::Integer, None)));
        assert_eq!(first(&["1", "2.5"]), Some((Type::Number, None)));
        assert_eq!(first(&["1.0", "2.0"]), Some((Type::Number, None)));
        assert_eq!(first(&["2026-03-31"]), Some((Type::Date, None)));
        assert_eq!(first(&["2026-03-31T12:00:00Z"]), Some((Type::Timestamp, None)));
        assert_eq!(first(&["2026-03-31 12:00:00 UTC"]), Some((Type::Timestamp, None)));
        assert_eq!(first(&["03/31/2026", "04/01/2026"]), formatted(Type::Date, "%m/%d/%Y"));
        assert_eq!(first(&["31.03.2026", "1.4.2026"]), formatted(Type::Date, "%d.%m.%Y"));
        assert_eq!(first(&["3/31/2026 1:05 PM"]), formatted(Type::Timestamp, "%m/%d/%Y %I:%M %p"));
        assert_eq!(first(&["$1,234.50", "($5.00)"]), formatted(Type::Decimal, "$1,234.50"));
        assert_eq!(first(&["1.234,50 €", "5 €"]), formatted(Type::Decimal, "1.234,50 €"));
        assert_eq!(first(&["CHF 1'200.50"]), formatted(Type::Decimal, "CHF 1'234.50"));
        assert_eq!(first(&["12,5 %"]), formatted(Type::Decimal, "12,5%"));
        assert_eq!(first(&["12,50", "7"]), formatted(Type::Decimal, "1.234,50"));
        for words in [&["a", "b"][..], &["a1", "b2"], &["ACC-17"], &["+1 (555) 010-9999"]] {
            assert_eq!(first(words), None, "{words:?}");
        }
    }

    #[test]
    fn where_the_day_may_come_first_both_are_tried() {
        let found = of(&["03/04/2026", "05/06/2026"]);
        let formats: Vec<_> = found.into_iter().filter_map(|(_, format)| format).collect();
        assert_eq!(formats, ["%d/%m/%Y", "%m/%d/%Y"]);
    }

    #[test]
    fn values_that_do_not_fit_are_counted() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["1", "x", "3"]));
        let fit = Reading::plain(Type::Integer).fit(&texts, &Calendar::default());
        assert_eq!((fit.bad, fit.range), (1, Some((1.0, 3.0))));
    }
}
