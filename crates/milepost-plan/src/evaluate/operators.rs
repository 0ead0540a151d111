use std::cmp::Ordering;

use milepost_semantics::model::ScalarFunction;
use milepost_semantics::time::{Calendar, Instant, date_of_epoch_day, epoch_day};
use milepost_syntax::ast::{BinaryOp, Duration, DurationStyle, TimeUnit};

use super::{Outcome, Value};
use crate::results::Reason;
use crate::text;

const DAY: f64 = 86_400_000_000.0;

pub fn negate(value: Value) -> Outcome {
    match value {
        Value::Number(x) => Ok(Value::Number(-x)),
        _ => Err(Reason::NoData),
    }
}

pub fn not(value: Value) -> Outcome {
    match value {
        Value::Boolean(b) => Ok(Value::Boolean(!b)),
        _ => Err(Reason::NoData),
    }
}

/// Three-valued: what is false stays false whatever the other side lacks.
pub fn and(left: Outcome, right: Outcome) -> Outcome {
    match (left, right) {
        (Ok(Value::Boolean(false)), _) | (_, Ok(Value::Boolean(false))) => {
            Ok(Value::Boolean(false))
        }
        (Err(reason), _) | (_, Err(reason)) => Err(reason),
        (Ok(_), Ok(right)) => Ok(right),
    }
}

/// Three-valued: what is true stays true whatever the other side lacks.
pub fn or(left: Outcome, right: Outcome) -> Outcome {
    match (left, right) {
        (Ok(Value::Boolean(true)), _) | (_, Ok(Value::Boolean(true))) => Ok(Value::Boolean(true)),
        (Err(reason), _) | (_, Err(reason)) => Err(reason),
        (Ok(_), Ok(right)) => Ok(right),
    }
}

/// Arithmetic, comparison and text tests. A timestamp beside a date is compared by its calendar day.
pub fn binary(op: BinaryOp, left: &Value, right: &Value, calendar: &Calendar) -> Outcome {
    if let (Value::Number(a), Value::Number(b)) = (left, right) {
        match op {
            BinaryOp::Add => return Ok(Value::Number(a + b)),
            BinaryOp::Subtract => return Ok(Value::Number(a - b)),
            BinaryOp::Multiply => return Ok(Value::Number(a * b)),
            BinaryOp::Divide if *b == 0.0 => return Err(Reason::ZeroDenominator),
            BinaryOp::Divide => return Ok(Value::Number(a / b)),
            _ => {}
        }
    }
    holds(op, left, right, calendar).map(Value::Boolean).ok_or(Reason::NoData)
}

/// Whether a comparison or a test of a text holds; absent for what can't be compared, and for other operators.
pub fn holds(op: BinaryOp, left: &Value, right: &Value, calendar: &Calendar) -> Option<bool> {
    if let (Value::Text(a), Value::Text(b)) = (left, right) {
        match op {
            BinaryOp::StartsWith => return Some(a.starts_with(&**b)),
            BinaryOp::Contains => return Some(a.contains(&**b)),
            // Most texts differ in length, which is seen at once.
            BinaryOp::Equal => return Some(a == b),
            _ => {}
        }
    }
    let order = compare(left, right, calendar)?;
    Some(match op {
        BinaryOp::Equal => order == Ordering::Equal,
        BinaryOp::NotEqual => order != Ordering::Equal,
        BinaryOp::Less => order == Ordering::Less,
        BinaryOp::LessOrEqual => order != Ordering::Greater,
        BinaryOp::Greater => order == Ordering::Greater,
        BinaryOp::GreaterOrEqual => order != Ordering::Less,
        _ => return None,
    })
}

fn compare(left: &Value, right: &Value, calendar: &Calendar) -> Option<Ordering> {
    let day = |t: i64| epoch_day(calendar.date_of(Instant(t)));
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Some(a.cmp(b)),
        (Value::Timestamp(a), Value::Timestamp(b)) => Some(a.cmp(b)),
        (Value::Timestamp(a), Value::Date(b)) => Some(day(*a).cmp(b)),
        (Value::Date(a), Value::Timestamp(b)) => Some(a.cmp(&day(*b))),
        _ => None,
    }
}

pub fn call(function: ScalarFunction, args: Vec<Outcome>, calendar: &Calendar) -> Outcome {
    if function == ScalarFunction::Coalesce {
        let mut last = Err(Reason::NoData);
        for arg in args {
            if arg.is_ok() {
                return arg;
            }
            // The first reason stays when nothing is there.
            if last == Err(Reason::NoData) {
                last = arg;
            }
        }
        return last;
    }
    let args = args.into_iter().collect::<Result<Vec<Value>, Reason>>()?;
    apply(function, &args.iter().collect::<Vec<&Value>>(), calendar)
}

/// A function of values that are there.
pub fn apply(function: ScalarFunction, args: &[&Value], calendar: &Calendar) -> Outcome {
    match (function, args) {
        (ScalarFunction::Abs, [Value::Number(x)]) => Ok(Value::Number(x.abs())),
        (ScalarFunction::Sqrt, [Value::Number(x)]) if *x >= 0.0 => Ok(Value::Number(x.sqrt())),
        (ScalarFunction::Round, [Value::Number(x)]) => Ok(Value::Number(x.round())),
        (ScalarFunction::Round, [Value::Number(x), Value::Number(digits)]) => {
            let scale = 10f64.powi(digits.clamp(-15.0, 15.0).round() as i32);
            Ok(Value::Number((x * scale).round() / scale))
        }
        (ScalarFunction::Least, values) => pick(values, Ordering::Less, calendar),
        (ScalarFunction::Greatest, values) => pick(values, Ordering::Greater, calendar),
        (ScalarFunction::DaysBetween, [from, to]) => days_between(from, to, calendar),
        (ScalarFunction::Day, [Value::Timestamp(t)]) => {
            Ok(Value::Date(epoch_day(calendar.date_of(Instant(*t)))))
        }
        (ScalarFunction::Day, [Value::Date(day)]) => Ok(Value::Date(*day)),
        (ScalarFunction::Weekday, [Value::Timestamp(t)]) => {
            Ok(Value::Number(f64::from(calendar.weekday(Instant(*t)))))
        }
        // 1970-01-01 was a Thursday.
        (ScalarFunction::Weekday, [Value::Date(day)]) => {
            Ok(Value::Number(f64::from((day + 3).rem_euclid(7) + 1)))
        }
        (ScalarFunction::Hour, [Value::Timestamp(t)]) => {
            Ok(Value::Number(f64::from(calendar.hour(Instant(*t)))))
        }
        (ScalarFunction::Hour, [Value::Date(_)]) => Ok(Value::Number(0.0)),
        (ScalarFunction::BusinessDaysBetween, [from, to]) => business_days(from, to, calendar),
        (ScalarFunction::Month | ScalarFunction::Quarter | ScalarFunction::Year, [time]) => {
            part_of_year(function, time, calendar)
        }
        (_, [Value::Text(text), others @ ..]) => of_text(function, text, others),
        _ => Err(Reason::NoData),
    }
}

fn part_of_year(function: ScalarFunction, time: &Value, calendar: &Calendar) -> Outcome {
    let date = match time {
        Value::Timestamp(t) => calendar.date_of(Instant(*t)),
        Value::Date(day) => date_of_epoch_day(*day),
        Value::Number(_) | Value::Boolean(_) | Value::Text(_) => return Err(Reason::NoData),
    };
    Ok(Value::Number(match function {
        ScalarFunction::Month => f64::from(date.month),
        ScalarFunction::Quarter => f64::from((date.month + 2) / 3),
        _ => f64::from(date.year),
    }))
}

fn of_text(function: ScalarFunction, text: &str, others: &[&Value]) -> Outcome {
    let found = |text: &str| Ok(Value::Text(text.into()));
    match (function, others) {
        (ScalarFunction::Lower, []) => found(&text.to_lowercase()),
        (ScalarFunction::Upper, []) => found(&text.to_uppercase()),
        (ScalarFunction::Trim, []) => found(text::trimmed(text)),
        (ScalarFunction::Replace, [Value::Text(part), Value::Text(other)]) => {
            found(&text::replaced(text, part, other))
        }
        (ScalarFunction::SplitPart, [Value::Text(separator), Value::Number(number)]) => {
            text::part(text, separator, *number as i64).map_or(Err(Reason::NoData), found)
        }
        (ScalarFunction::Left, [Value::Number(count)]) => found(text::left(text, *count as i64)),
        (ScalarFunction::Length, []) => Ok(Value::Number(text.chars().count() as f64)),
        (ScalarFunction::Date, [Value::Text(pattern)]) => {
            let found = text::Written::new(pattern, "UTC").and_then(|written| written.day(text));
            found.map(Value::Date).ok_or(Reason::NoData)
        }
        (ScalarFunction::Timestamp, [Value::Text(pattern), zone @ ..]) => {
            let zone = match zone {
                [Value::Text(zone)] => zone,
                _ => "UTC",
            };
            let found = text::Written::new(pattern, zone)
                .and_then(|written| written.instant(text))
                .map(Value::Timestamp);
            found.ok_or(Reason::NoData)
        }
        (ScalarFunction::Number, []) => {
            text::number(text).map_or(Err(Reason::NoData), |number| Ok(Value::Number(number)))
        }
        _ => Err(Reason::NoData),
    }
}

fn pick(values: &[&Value], wanted: Ordering, calendar: &Calendar) -> Outcome {
    let mut best = *values.first().ok_or(Reason::NoData)?;
    for value in values.iter().copied() {
        if compare(value, best, calendar) == Some(wanted) {
            best = value;
        }
    }
    Ok(best.clone())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of any calendar time are exact in a double"
)]
fn days_between(from: &Value, to: &Value, calendar: &Calendar) -> Outcome {
    let instant = |value: &Value| match value {
        Value::Timestamp(t) => Some(*t),
        Value::Date(day) => Some(calendar.midnight(date_of_epoch_day(*day)).0),
        _ => None,
    };
    if let (Value::Date(a), Value::Date(b)) = (from, to) {
        return Ok(Value::Number(f64::from(b - a)));
    }
    match (instant(from), instant(to)) {
        (Some(a), Some(b)) => Ok(Value::Number((b - a) as f64 / DAY)),
        _ => Err(Reason::NoData),
    }
}

/// Business days from the day of `from` (included) to the day of `to` (left out), negative backward.
fn business_days(from: &Value, to: &Value, calendar: &Calendar) -> Outcome {
    let midnight = |value: &Value| match value {
        Value::Timestamp(t) => Some(calendar.midnight(calendar.date_of(Instant(*t)))),
        Value::Date(day) => Some(calendar.midnight(date_of_epoch_day(*day))),
        Value::Number(_) | Value::Boolean(_) | Value::Text(_) => None,
    };
    let (Some(a), Some(b)) = (midnight(from), midnight(to)) else { return Err(Reason::NoData) };
    let days = |from, to| f64::from(calendar.business_days_between(from, to));
    Ok(Value::Number(if a <= b { days(a, b) } else { -days(b, a) }))
}

/// A timestamp or date, moved by a length of time. A date moved by hours or less is an instant: it starts at midnight.
pub fn shift(time: &Value, length: Duration, back: bool, calendar: &Calendar) -> Outcome {
    match time {
        Value::Timestamp(t) => Ok(Value::Timestamp(calendar.shift(Instant(*t), length, back).0)),
        Value::Date(day) => {
            let date = date_of_epoch_day(*day);
            let elapsed =
                matches!(length.unit, TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour);
            let moved = calendar.shift(calendar.midnight(date), length, back);
            if elapsed && length.style != DurationStyle::Business {
                return Ok(Value::Timestamp(moved.0));
            }
            Ok(Value::Date(epoch_day(calendar.date_of(moved))))
        }
        Value::Number(_) | Value::Boolean(_) | Value::Text(_) => Err(Reason::NoData),
    }
}
