use std::sync::Arc;

use milepost_semantics::model::Literal;
use milepost_semantics::time::epoch_day;

/// An aggregated value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Number(f64),
    Boolean(bool),
    Text(Arc<str>),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970 in UTC.
    Timestamp(i64),
}

impl Value {
    /// The value of a literal; null has none, and a duration none of its own.
    pub fn literal(literal: &Literal) -> Option<Self> {
        Some(match literal {
            Literal::Number(n) => Self::Number(n.to_f64()),
            Literal::Percent(n) => Self::Number(percent(*n)),
            Literal::Text(text) => Self::Text(text.as_str().into()),
            Literal::Boolean(b) => Self::Boolean(*b),
            Literal::Date(date) => Self::Date(epoch_day(*date)),
            Literal::Duration(_) | Literal::Null => return None,
        })
    }

    /// The value as a cell has it: dates and instants as days and microseconds since 1970.
    #[expect(
        clippy::cast_precision_loss,
        reason = "instants of the years 1 to 9999 round to the next microsecond at most"
    )]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(x) => Some(*x),
            Self::Boolean(b) => Some(f64::from(u8::from(*b))),
            Self::Date(day) => Some(f64::from(*day)),
            Self::Timestamp(t) => Some(*t as f64),
            Self::Text(_) => None,
        }
    }
}

fn percent(n: milepost_syntax::ast::Decimal) -> f64 {
    milepost_syntax::ast::Decimal { scale: n.scale + 2, ..n }.to_f64()
}
