//! Summaries of values: what the functions of aggregates give for a handful of them.

use std::cmp::Ordering;

use milepost_syntax::ast::AggregateFunction as F;

use super::Value;
use crate::exact::{ExactPartials, PowerSums};
use crate::results::Reason;

/// The order of two values of one type. What is no number, from an overflow in a row, comes after all numbers.
pub fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
        }
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        _ => Ordering::Equal,
    }
}

/// The reason of several blocks of time that are not known: that some lie before the data, else the first.
pub fn shortest(mut reasons: impl Iterator<Item = Reason>) -> Option<Reason> {
    let first = reasons.next()?;
    if first == Reason::ShortHistory {
        return Some(first);
    }
    reasons.find(|reason| *reason == Reason::ShortHistory).or(Some(first))
}

/// The smallest value, or the largest.
pub fn extreme(values: impl Iterator<Item = Value>, least: bool) -> Option<Value> {
    values.reduce(|best, value| if order(&value, &best).is_lt() == least { value } else { best })
}

/// The nth of the values in their order.
pub fn nth(mut values: Vec<Value>, n: Option<f64>) -> Option<Value> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number")]
    let at = (n.unwrap_or(1.0) as usize).checked_sub(1)?;
    values.sort_by(order);
    values.into_iter().nth(at)
}

/// The value of the first or last row; among rows of one time the smallest or largest value.
pub fn timed(values: impl Iterator<Item = (i64, Value)>, first: bool) -> Option<Value> {
    let earlier = |(t, v): &(i64, Value), (best_t, best): &(i64, Value)| {
        t.cmp(best_t).then_with(|| order(v, best)).is_lt()
    };
    values
        .reduce(|best, item| if earlier(&item, &best) == first { item } else { best })
        .map(|(_, value)| value)
}

/// The value at `p` percent of `n` sorted values, linearly interpolated between neighbors (as `percentile_cont`).
/// `at`: the value at a position.
pub fn percentile(n: u64, p: f64, at: impl Fn(u64) -> Option<f64>) -> Option<f64> {
    let (below, rest) = place(n, p)?;
    let (low, high) = (at(below)?, at((below + 1).min(n - 1))?);
    Some(low + (high - low) * rest)
}

/// The position at or before `p` percent of `n` values, and how far behind it that is, as a share of a step.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions in a list"
)]
fn place(n: u64, p: f64) -> Option<(u64, f64)> {
    let place = p / 100.0 * n.checked_sub(1)? as f64;
    let below = place.floor();
    Some((below as u64, place - below))
}

/// The same of values in no order, of which only those that count come to their places.
pub fn percentile_among(values: &mut [f64], p: f64) -> Option<f64> {
    let n = values.len() as u64;
    let (below, _) = place(n, p)?;
    let (_, low, above) =
        values.select_nth_unstable_by(usize::try_from(below).ok()?, f64::total_cmp);
    let low = *low;
    let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
    percentile(n, p, |position| Some(if position == below { low } else { high }))
}

/// The same of a list.
pub fn percentile_of(sorted: &[f64], p: f64) -> Option<f64> {
    let at = |position: u64| usize::try_from(position).ok().and_then(|i| sorted.get(i)).copied();
    percentile(sorted.len() as u64, p, at)
}

/// The summary of one value per block of time, the latest block first. Nothing summarizes to nothing, also a sum.
#[expect(clippy::cast_precision_loss, reason = "a count of blocks")]
pub fn of_blocks(function: F, p: Option<f64>, values: Vec<Value>) -> Option<Value> {
    if values.is_empty() {
        return None;
    }
    match function {
        F::Min | F::Max => return extreme(values.into_iter(), function == F::Min),
        F::First => return values.into_iter().next_back(),
        F::Last => return values.into_iter().next(),
        F::Any => return Some(Value::Boolean(values.contains(&Value::Boolean(true)))),
        F::Count => return Some(Value::Number(values.len() as f64)),
        F::Nth => return nth(values, p),
        // Of what is no number for a block alone.
        F::Curve(_) => return None,
        F::Sum | F::Avg | F::Stddev | F::Median | F::Percentile => {}
    }
    let numbers: Vec<f64> = values.iter().filter_map(Value::number).collect();
    summary(function, p, numbers).map(Value::Number)
}

/// A sum, mean, deviation or percentile of numbers.
#[expect(clippy::cast_precision_loss, reason = "a count of values")]
pub fn summary(function: F, p: Option<f64>, mut numbers: Vec<f64>) -> Option<f64> {
    let n = numbers.len();
    match function {
        F::Stddev => PowerSums::of(&numbers).deviation(n as u64, 0),
        F::Median | F::Percentile => percentile_among(&mut numbers, p.unwrap_or(50.0)),
        _ => {
            let mut sum = ExactPartials::default();
            numbers.into_iter().for_each(|x| sum.add(x));
            match (function, n) {
                (F::Avg, 0) => None,
                (F::Avg, n) => Some(sum.value() / n as f64),
                _ => Some(sum.value()),
            }
        }
    }
}
