//! One value of a row.

use crate::model::Type;
use crate::time::{Calendar, Instant, parse_day};
use milepost_syntax::ast::{Date, GivenCell};

/// A value, read as a type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Number(f64),
    Decimal { mantissa: i128, scale: u8 },
    Boolean(bool),
    Date(Date),
    Timestamp(Instant),
}

/// The type that a value has by itself; absent: null. Text in quotes is text, whatever it looks like.
pub(super) fn natural(cell: &GivenCell, zone: &Calendar) -> Option<Type> {
    let text = cell.text.as_deref()?;
    Some(match text {
        _ if cell.quoted => Type::Text,
        "true" | "false" => Type::Boolean,
        _ if integer(text).is_some() && !is_code(text) => Type::Integer,
        _ if number(text).is_some() && !is_code(text) => Type::Number,
        _ if parse_day(text).is_some() => Type::Date,
        _ if timestamp(text, zone).is_some() => Type::Timestamp,
        _ => Type::Text,
    })
}

/// The type that both can be read as; absent if there is none.
pub(super) fn wider(a: Type, b: Type) -> Option<Type> {
    match (a, b) {
        _ if a == b => Some(a),
        (Type::Integer, Type::Number) | (Type::Number, Type::Integer) => Some(Type::Number),
        (Type::Date, Type::Timestamp) | (Type::Timestamp, Type::Date) => Some(Type::Timestamp),
        _ => None,
    }
}

/// The value as a type; `Err` holds what to write instead.
pub(super) fn read(text: &str, ty: Type, zone: &Calendar) -> Result<Value, &'static str> {
    let (value, instead) = match ty {
        Type::Text | Type::Unknown | Type::Duration => {
            return Ok(Value::Text(text.to_owned()));
        }
        Type::Integer => (integer(text).map(Value::Integer), "write a whole number, like `12`"),
        Type::Number => (number(text).map(Value::Number), "write a number, like `12.5`"),
        Type::Decimal => (decimal(text), "write a number of at most 38 digits, like `12.50`"),
        Type::Boolean => {
            let value = match text {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            };
            (value.map(Value::Boolean), "write `true` or `false`")
        }
        Type::Date => {
            (parse_day(text).map(Value::Date), "write a day that exists, like `2026-03-31`")
        }
        Type::Timestamp => (
            timestamp(text, zone).map(Value::Timestamp),
            "write an instant, like `2026-03-31T12:00:00`, or a day",
        ),
    };
    value.ok_or(instead)
}

/// `007`: digits that name something rather than count it.
fn is_code(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.")
}

/// The digits without the `_` between them.
fn digits(text: &str) -> Option<String> {
    let inside = !text.starts_with('_') && !text.ends_with('_');
    let good = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'.' | b'_'));
    (inside && good && text.bytes().any(|b| b.is_ascii_digit())).then(|| text.replace('_', ""))
}

fn integer(text: &str) -> Option<i64> {
    digits(text)?.parse().ok()
}

/// A number as a double.
pub(super) fn number(text: &str) -> Option<f64> {
    digits(text)?.parse().ok().filter(|number: &f64| number.is_finite())
}

fn decimal(text: &str) -> Option<Value> {
    const MOST_DIGITS: usize = 38;
    let text = digits(text)?;
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let significant = whole.trim_start_matches(['-', '0']).len() + fraction.len();
    if significant > MOST_DIGITS || fraction.contains(['.', '-']) {
        return None;
    }
    let mantissa = format!("{whole}{fraction}").parse().ok()?;
    Some(Value::Decimal { mantissa, scale: u8::try_from(fraction.len()).ok()? })
}

fn timestamp(text: &str, zone: &Calendar) -> Option<Instant> {
    text.starts_with(|c: char| c.is_ascii_digit()).then(|| zone.parse_instant(text))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_syntax::span::{SourceId, Span, Spanned};

    fn of(text: &str, quoted: bool) -> Type {
        let span = Span::new(SourceId(0), 0, 0);
        let column = Spanned::new("x".to_owned(), span);
        let cell = GivenCell { column, span, text: Some(text.to_owned()), quoted };
        natural(&cell, &Calendar::default()).unwrap()
    }

    #[test]
    fn values_have_the_type_that_they_look_like() {
        for (text, ty) in [
            ("12", Type::Integer),
            ("-1_000", Type::Integer),
            ("0", Type::Integer),
            ("0.5", Type::Number),
            ("007", Type::Text),
            ("99999999999999999999", Type::Number),
            ("true", Type::Boolean),
            ("yes", Type::Text),
            ("2026-02-28", Type::Date),
            ("2026-02-30", Type::Text),
            ("2026-03-31T12:00:00", Type::Timestamp),
            ("2026-03-31 12:00:00Z", Type::Timestamp),
            ("acme", Type::Text),
            ("-", Type::Text),
        ] {
            assert_eq!(of(text, false), ty, "{text}");
        }
        assert_eq!(of("12", true), Type::Text);
    }

    #[test]
    fn decimals_are_exact() {
        let read = |text: &str| read(text, Type::Decimal, &Calendar::default());
        assert_eq!(read("0.10"), Ok(Value::Decimal { mantissa: 10, scale: 2 }));
        assert_eq!(read("-7"), Ok(Value::Decimal { mantissa: -7, scale: 0 }));
        assert_eq!(read("0.0000000375"), Ok(Value::Decimal { mantissa: 375, scale: 10 }));
        let nines = "9".repeat(38);
        let most = Value::Decimal { mantissa: 10_i128.pow(38) - 1, scale: 38 };
        assert_eq!(read(&format!("0.{nines}")), Ok(most));
        for wrong in ["1.2.3", "1-2", "", "1e3", &format!("1{nines}"), &format!("1.{nines}")] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
