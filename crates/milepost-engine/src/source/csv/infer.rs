//! What the values of a column look like.

use arrow::datatypes::{DataType, TimeUnit};

const BOOLEAN: u8 = 1;
const INTEGER: u8 = 2;
const NUMBER: u8 = 4;
const DATE: u8 = 8;
const TIMESTAMP: u8 = 16;
const TEXT: u8 = 32;

/// Everything that the values seen so far look like; empty ones look like nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    /// `decimal`: what stands before the decimals of a number.
    pub(super) fn see(&mut self, value: &[u8], decimal: u8) {
        // Nothing that is still to come makes texts anything else.
        if !value.is_empty() && self.0 & TEXT == 0 {
            self.0 |= kind(value, decimal);
        }
    }

    pub(super) const fn with(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The type that has room for all of them.
    pub(super) const fn data_type(self) -> DataType {
        const NUMBERS: u8 = INTEGER | NUMBER;
        const TIMES: u8 = DATE | TIMESTAMP;
        match self.0 {
            0 => DataType::Null,
            BOOLEAN => DataType::Boolean,
            INTEGER => DataType::Int64,
            NUMBER | NUMBERS => DataType::Float64,
            DATE => DataType::Date32,
            TIMESTAMP | TIMES => DataType::Timestamp(TimeUnit::Microsecond, None),
            _ => DataType::Utf8,
        }
    }
}

fn kind(value: &[u8], decimal: u8) -> u8 {
    match value[0] {
        b'0'..=b'9' if is_day(value) => {
            return match &value[10..] {
                [] => DATE,
                time if is_time(time) => TIMESTAMP,
                _ => TEXT,
            };
        }
        b'0'..=b'9' | b'-' | b'.' | b',' => {
            if let Some(kind) = number(value, decimal) {
                return kind;
            }
        }
        _ => {}
    }
    if value.eq_ignore_ascii_case(b"true") || value.eq_ignore_ascii_case(b"false") {
        BOOLEAN
    } else if matches!(value, b"NaN" | b"nan" | b"inf" | b"-inf") {
        // What is no number is told when it is read.
        NUMBER
    } else {
        TEXT
    }
}

/// How many digits it begins with.
fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn number(value: &[u8], decimal: u8) -> Option<u8> {
    let text = value.strip_prefix(b"-").unwrap_or(value);
    let whole = digits(text);
    let rest = &text[whole..];
    if rest.is_empty() {
        // More than 64 bits are no number that can be computed with as it is written.
        let fits = whole < 19 || std::str::from_utf8(value).is_ok_and(|t| t.parse::<i64>().is_ok());
        return (whole > 0).then_some(if fits { INTEGER } else { TEXT });
    }
    let (part, rest) = match rest.strip_prefix(&[decimal]) {
        Some(after) => (digits(after), &after[digits(after)..]),
        None => (0, rest),
    };
    let exponent = match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', power @ ..] | [b'e' | b'E', power @ ..] => {
            !power.is_empty() && digits(power) == power.len()
        }
        _ => false,
    };
    (whole + part > 0 && exponent).then_some(NUMBER)
}

/// `2026-03-31`, whatever follows.
fn is_day(text: &[u8]) -> bool {
    let [a, b, c, d, b'-', e, f, b'-', g, h, ..] = text else { return false };
    [a, b, c, d, e, f, g, h].into_iter().all(u8::is_ascii_digit)
}

/// `T12:00:00`, `T12:00:00.25`, and a zone or anything else behind it.
fn is_time(text: &[u8]) -> bool {
    let [b'T' | b' ', a, b, b':', c, d, b':', e, f, rest @ ..] = text else { return false };
    if ![a, b, c, d, e, f].into_iter().all(u8::is_ascii_digit) {
        return false;
    }
    let zone = match rest {
        [b'.', part @ ..] => {
            let n = digits(part);
            if n == 0 || n > 9 {
                return false;
            }
            &part[n..]
        }
        rest => rest,
    };
    zone.first().is_none_or(|byte| !byte.is_ascii_digit()) && !zone.contains(&b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[&str]) -> DataType {
        by(values, b'.')
    }

    fn by(values: &[&str], decimal: u8) -> DataType {
        let mut kinds = Kinds::default();
        values.iter().for_each(|value| kinds.see(value.as_bytes(), decimal));
        kinds.data_type()
    }

    #[test]
    fn numbers_have_one_decimal_sign() {
        assert_eq!(by(&["1,5", "-2", ",5"], b','), DataType::Float64);
        assert_eq!(by(&["12"], b','), DataType::Int64);
        assert_eq!(by(&["1.5"], b','), DataType::Utf8);
        assert_eq!(by(&["1,5"], b'.'), DataType::Utf8);
        assert_eq!(by(&["1.234,50"], b','), DataType::Utf8);
    }

    #[test]
    fn all_values_tell_the_type() {
        let time = DataType::Timestamp(TimeUnit::Microsecond, None);
        for (values, expected) in [
            (&[][..], DataType::Null),
            (&["", ""], DataType::Null),
            (&["true", "FALSE", ""], DataType::Boolean),
            (&["0", "-12", "9223372036854775807"], DataType::Int64),
            (&["9223372036854775808"], DataType::Utf8),
            (&["1", "1.5", ".5", "5.", "-2e3", "2.5E-3", "nan"], DataType::Float64),
            (&["1", "-"], DataType::Utf8),
            (&["."], DataType::Utf8),
            (&["1e"], DataType::Utf8),
            (&["+1"], DataType::Utf8),
            (&["2026-03-31", ""], DataType::Date32),
            (&["2026-03-31", "2026-03-31 12:00:00"], time.clone()),
            (&["2026-03-31T12:00:00.123456789Z"], time.clone()),
            (&["2026-03-31T12:00:00+02:00[Europe/Amsterdam]"], time),
            (&["2026-03-31T12:00"], DataType::Utf8),
            (&["2026-03-31T12:00:00.1234567890"], DataType::Utf8),
            (&["2026-03-311"], DataType::Utf8),
            (&["2026-03-31", "1"], DataType::Utf8),
            (&["true", "1"], DataType::Utf8),
        ] {
            assert_eq!(of(values), expected, "{values:?}");
        }
    }
}
