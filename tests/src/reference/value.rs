//! Values, and what operators and functions do to them: the same for rows and for aggregated values.

use std::cmp::Ordering;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use milepost::plan::results::Reason;
use milepost::syntax::ast::{self, BinaryOp, UnaryOp};

use super::calendar::{Calendar, Instant, civil, instant_in, zone};
use crate::tree::{Literal, ScalarFunction, Type};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Text(String),
    Number(f64),
    Boolean(bool),
    Date(Date),
    Time(Instant),
    Length(ast::Duration),
}

/// A value or why there is none. Of a row, the only reason is null, for which any is.
pub(crate) type Val = Result<Value, Reason>;

/// Null in a row.
pub(crate) const NULL: Reason = Reason::NoData;

impl Value {
    /// A cell of a CSV file, as a column of that type reads it.
    pub(crate) fn read(text: &str, ty: Type, time_zone: Option<&str>) -> Self {
        match ty {
            Type::Integer | Type::Number | Type::Decimal => Self::Number(text.parse().unwrap()),
            Type::Boolean => Self::Boolean(text.parse().unwrap()),
            Type::Date => Self::Date(text.parse().unwrap()),
            Type::Timestamp => Self::Time(match text.parse::<Timestamp>() {
                Ok(at) => at.as_microsecond(),
                Err(_) => instant_in(&zone(time_zone.unwrap_or("UTC")), text.parse().unwrap()),
            }),
            Type::Text => Self::Text(text.to_owned()),
        }
    }

    pub(crate) fn literal(literal: &Literal) -> Val {
        Ok(match literal {
            Literal::Number(n) => Self::Number(n.to_f64()),
            Literal::Percent(n) => Self::Number(ast::Decimal { scale: n.scale + 2, ..*n }.to_f64()),
            Literal::Text(text) => Self::Text(text.clone()),
            Literal::Boolean(b) => Self::Boolean(*b),
            Literal::Date(day) => Self::Date(civil(*day)),
            Literal::Duration(length) => Self::Length(*length),
            Literal::Null => return Err(NULL),
        })
    }

    pub(crate) fn number(&self) -> f64 {
        match self {
            Self::Number(n) => *n,
            Self::Boolean(b) => f64::from(u8::from(*b)),
            other => panic!("{other:?} is no number"),
        }
    }

    /// The instant: of a day, its first.
    pub(crate) fn instant(&self, calendar: &Calendar) -> Instant {
        match self {
            Self::Time(at) => *at,
            Self::Date(day) => calendar.midnight(*day),
            other => panic!("{other:?} is no time"),
        }
    }

    /// Order of values; a time beside a day is compared by its own day.
    pub(crate) fn compare(&self, other: &Self, calendar: &Calendar) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b).unwrap(),
            (Self::Text(a), Self::Text(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Time(a), Self::Date(b)) => calendar.day(*a).cmp(b),
            (Self::Date(a), Self::Time(b)) => a.cmp(&calendar.day(*b)),
            (a, b) => panic!("{a:?} beside {b:?}"),
        }
    }

    /// As the name of a slice.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(n) => n.to_string(),
            Self::Boolean(b) => b.to_string(),
            Self::Date(day) => day.to_string(),
            other => panic!("{other:?} is no slice"),
        }
    }
}

pub(crate) fn truth(value: bool) -> Val {
    Ok(Value::Boolean(value))
}

pub(crate) fn is_true(value: &Val) -> bool {
    *value == Ok(Value::Boolean(true))
}

pub(crate) fn unary(op: UnaryOp, value: Val) -> Val {
    Ok(match (op, value?) {
        (UnaryOp::Negate, value) => Value::Number(0.0 - value.number()),
        (UnaryOp::Not, value) => Value::Boolean(value != Value::Boolean(true)),
    })
}

/// Three-valued: what decides alone decides; else the leftmost reason.
fn logic(decides: bool, left: Val, right: Val) -> Val {
    let decided = Ok(Value::Boolean(decides));
    if left == decided || right == decided {
        return decided;
    }
    left?;
    right
}

pub(crate) fn binary(op: BinaryOp, left: Val, right: Val, calendar: &Calendar) -> Val {
    use Ordering::{Equal, Greater, Less};
    match op {
        BinaryOp::And => return logic(false, left, right),
        BinaryOp::Or => return logic(true, left, right),
        _ => {}
    }
    let (left, right) = (left?, right?);
    let order = || left.compare(&right, calendar);
    Ok(match op {
        BinaryOp::And | BinaryOp::Or => unreachable!(),
        BinaryOp::Equal => Value::Boolean(order() == Equal),
        BinaryOp::NotEqual => Value::Boolean(order() != Equal),
        BinaryOp::Less => Value::Boolean(order() == Less),
        BinaryOp::LessOrEqual => Value::Boolean(order() != Greater),
        BinaryOp::Greater => Value::Boolean(order() == Greater),
        BinaryOp::GreaterOrEqual => Value::Boolean(order() != Less),
        BinaryOp::StartsWith => Value::Boolean(text(&left).starts_with(text(&right))),
        BinaryOp::Contains => Value::Boolean(text(&left).contains(text(&right))),
        BinaryOp::Add | BinaryOp::Subtract => match (&left, &right) {
            (value, Value::Length(length)) => {
                moved(value, *length, op == BinaryOp::Subtract, calendar)
            }
            (Value::Length(length), value) => moved(value, *length, false, calendar),
            (a, b) if op == BinaryOp::Add => Value::Number(a.number() + b.number()),
            (a, b) => Value::Number(a.number() - b.number()),
        },
        BinaryOp::Multiply => Value::Number(left.number() * right.number()),
        BinaryOp::Divide if right.number() == 0.0 => return Err(Reason::ZeroDenominator),
        BinaryOp::Divide => Value::Number(left.number() / right.number()),
    })
}

fn text(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        other => panic!("{other:?} is no text"),
    }
}

fn moved(value: &Value, length: ast::Duration, back: bool, calendar: &Calendar) -> Value {
    match value {
        Value::Date(day) => Value::Date(calendar.shift_day(*day, length, back)),
        other => Value::Time(calendar.shift(other.instant(calendar), length, back)),
    }
}

pub(crate) fn is_in(value: Val, list: &[Literal], negated: bool, calendar: &Calendar) -> Val {
    let value = value?;
    let mut listed = list.iter().filter_map(|literal| Value::literal(literal).ok());
    let found = listed.any(|listed| value.compare(&listed, calendar) == Ordering::Equal);
    truth(found != negated)
}

pub(crate) fn is_between(
    value: Val,
    low: Val,
    high: Val,
    negated: bool,
    calendar: &Calendar,
) -> Val {
    let above = binary(BinaryOp::GreaterOrEqual, value.clone(), low, calendar);
    let below = binary(BinaryOp::LessOrEqual, value, high, calendar);
    let inside = logic(false, above, below);
    if negated { unary(UnaryOp::Not, inside) } else { inside }
}

pub(crate) fn call(function: ScalarFunction, args: Vec<Val>, calendar: &Calendar) -> Val {
    if function == ScalarFunction::Coalesce {
        let first = args.iter().find(|arg| arg.is_ok()).or(args.first());
        return first.cloned().unwrap();
    }
    let args: Vec<Value> = args.into_iter().collect::<Result<_, _>>()?;
    let first = &args[0];
    let pick = |wanted: Ordering| {
        args.iter().fold(
            first,
            |best, arg| {
                if arg.compare(best, calendar) == wanted { arg } else { best }
            },
        )
    };
    Ok(match function {
        ScalarFunction::Coalesce => unreachable!(),
        ScalarFunction::Abs => Value::Number(first.number().abs()),
        ScalarFunction::Sqrt if first.number() < 0.0 => return Err(NULL),
        ScalarFunction::Sqrt => Value::Number(first.number().sqrt()),
        ScalarFunction::Round => {
            let digits = args.get(1).map_or(0.0, Value::number);
            Value::Number(rounded(first.number(), digits))
        }
        ScalarFunction::Least => pick(Ordering::Less).clone(),
        ScalarFunction::Greatest => pick(Ordering::Greater).clone(),
        ScalarFunction::DaysBetween => Value::Number(match (first, &args[1]) {
            (Value::Date(a), Value::Date(b)) => days(a, b),
            (a, b) => (b.instant(calendar) - a.instant(calendar)) as f64 / 86_400e6,
        }),
        ScalarFunction::BusinessDaysBetween => {
            let day = |value: &Value| match value {
                Value::Date(day) => *day,
                other => calendar.day(other.instant(calendar)),
            };
            Value::Number(calendar.business_days(day(first), day(&args[1])) as f64)
        }
        ScalarFunction::Day => match first {
            Value::Time(at) => Value::Date(calendar.day(*at)),
            other => other.clone(),
        },
        ScalarFunction::Weekday => {
            let day = match first {
                Value::Date(day) => *day,
                other => calendar.day(other.instant(calendar)),
            };
            Value::Number(f64::from(day.weekday().to_monday_one_offset()))
        }
        ScalarFunction::Hour => {
            Value::Number(f64::from(calendar.local(first.instant(calendar)).hour()))
        }
    })
}

fn days(a: &Date, b: &Date) -> f64 {
    let elapsed: SignedDuration = b.duration_since(*a);
    (elapsed.as_hours() / 24) as f64
}

/// Halves away from zero, as the decimal text of the number says.
fn rounded(x: f64, digits: f64) -> f64 {
    let power = 10f64.powi(digits.abs() as i32);
    if digits < 0.0 { (x / power).round() * power } else { (x * power).round() / power }
}
