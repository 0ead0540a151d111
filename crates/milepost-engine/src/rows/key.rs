//! Values that are looked up: by what rows are linked.

use std::sync::Arc;

use arrow::datatypes::i256;

use crate::evaluate::Value;
use crate::rollup::decimal;

/// A value that can be looked up: equal exactly when the values are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum KeyPart {
    Integer(i64),
    /// The bits of a number that is no integer.
    Number(u64),
    Boolean(bool),
    Date(i32),
    Timestamp(i64),
    Text(Arc<str>),
}

/// Several values that are looked up together.
pub(in crate::rows) type Key = Vec<KeyPart>;

impl KeyPart {
    /// The order of values of one type, as people expect it.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        use KeyPart as K;
        match (self, other) {
            (K::Integer(a), K::Integer(b)) => a.cmp(b),
            (K::Integer(_) | K::Number(_), K::Integer(_) | K::Number(_)) => {
                self.number().total_cmp(&other.number())
            }
            (K::Boolean(a), K::Boolean(b)) => a.cmp(b),
            (K::Date(a), K::Date(b)) => a.cmp(b),
            (K::Timestamp(a), K::Timestamp(b)) => a.cmp(b),
            (K::Text(a), K::Text(b)) => a.cmp(b),
            _ => self.kind().cmp(&other.kind()),
        }
    }

    /// As a double; of what is no number the order among kinds.
    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    pub(crate) fn number(&self) -> f64 {
        match self {
            Self::Integer(n) => *n as f64,
            Self::Number(bits) => f64::from_bits(*bits),
            _ => f64::from(self.kind()),
        }
    }

    const fn kind(&self) -> u8 {
        match self {
            Self::Integer(_) | Self::Number(_) => 0,
            Self::Boolean(_) => 1,
            Self::Date(_) => 2,
            Self::Timestamp(_) => 3,
            Self::Text(_) => 4,
        }
    }

    /// A decimal; absent if it has too many digits to be one.
    pub(in crate::rows) fn of_digits(x: i256, scale: i32) -> Option<Self> {
        let unit = i256::from(10_i64).checked_pow(u32::try_from(scale).ok()?)?;
        let (whole, rest) = (x.checked_div(unit)?, x.checked_rem(unit)?);
        Some(match whole.to_i128().and_then(|whole| i64::try_from(whole).ok()) {
            Some(whole) if rest == i256::ZERO => Self::Integer(whole),
            _ => Self::of(&Value::Number(decimal(x, scale))),
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "whole numbers inside the range")]
    pub(in crate::rows) fn of(value: &Value) -> Self {
        match value {
            Value::Number(x) if x.fract() == 0.0 && x.abs() < 9.2e18 => Self::Integer(*x as i64),
            Value::Number(x) => Self::Number(x.to_bits()),
            Value::Boolean(b) => Self::Boolean(*b),
            Value::Date(day) => Self::Date(*day),
            Value::Timestamp(t) => Self::Timestamp(*t),
            Value::Text(text) => Self::Text(Arc::clone(text)),
        }
    }
}
