//! From rows to one value.

use std::cmp::Ordering;

use milepost::plan::results::Reason;
use milepost::syntax::ast::AggregateFunction;

use super::calendar::Instant;
use super::evaluate::Spot;
use super::frame::{Frame, Span};
use super::standing::Standing;
use super::value::{Val, Value, is_true, truth};
use super::world::World;
use crate::tree::{Aggregate, RowExpr};

/// An aggregate in one frame.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) value: Val,
    /// The rows (or keys, or values) that the value rests on.
    pub(crate) sample: u64,
    /// The rows that could not be evaluated.
    pub(crate) absent: u64,
    /// Which rows count, whatever they pass; of an aggregate that leaves some out.
    pub(crate) standings: Vec<Standing>,
}

/// What one row gives: its arguments, and when.
struct Given {
    time: Option<Instant>,
    values: Vec<Value>,
}

impl World<'_> {
    /// The aggregate over the rows of its window (or of a span of its own) that `keep` keeps.
    pub(crate) fn aggregate_rows(
        &self,
        aggregate: &Aggregate,
        frame: &Frame,
        own: Option<(Instant, Instant)>,
        keep: &dyn Fn(&Spot) -> bool,
    ) -> Outcome {
        let mut span = own.map_or_else(
            || self.span(aggregate.window, frame),
            |(low, high)| Span::Range(low, high),
        );
        if let Span::MeanAt(days) = &mut span {
            // Days before the first row are no days of the data.
            days.retain(|day| self.is_in_reach(aggregate, *day));
        }
        let lists = self.population(aggregate, &span, frame);
        let mut outcomes = lists.iter().map(|rows| self.over(aggregate, rows, keep));
        if !matches!(span, Span::MeanAt(_)) {
            return outcomes.next().unwrap();
        }
        let all: Vec<Outcome> = outcomes.collect();
        let values: Vec<Value> = all.iter().filter_map(|o| o.value.clone().ok()).collect();
        Outcome {
            value: self.summary(AggregateFunction::Avg, None, &values),
            // Of a mean over days: the mean of a day, in whole rows.
            sample: all.iter().map(|o| o.sample).sum::<u64>() / all.len().max(1) as u64,
            absent: all.iter().map(|o| o.absent).sum(),
            standings: all.into_iter().flat_map(|o| o.standings).collect(),
        }
    }

    /// The rows that count: looked at, kept, mature, and passing the filter.
    pub(crate) fn counted<'s>(
        &self,
        aggregate: &Aggregate,
        rows: &'s [Spot],
        keep: &dyn Fn(&Spot) -> bool,
        absent: &mut u64,
    ) -> Vec<&'s Spot> {
        let looks = aggregate.exprs().any(RowExpr::looks_from_the_row);
        let mut passes = |spot: &Spot| {
            let standing = self.standing(aggregate, spot);
            // A row that looks before the data can't be judged, unless it would not count anyway.
            let looks_before = looks && standing.short.is_some();
            if !standing.counts() && !looks_before {
                return false;
            }
            let value = match &aggregate.filter {
                None => truth(true),
                Some(filter) => self.row_value(filter, spot),
            };
            let unknown = value.is_err() || (looks_before && is_true(&value));
            *absent += u64::from(unknown && aggregate.is_judged());
            is_true(&value) && !looks_before
        };
        rows.iter().filter(|spot| keep(spot)).filter(|spot| passes(spot)).collect()
    }

    fn over(&self, aggregate: &Aggregate, rows: &[Spot], keep: &dyn Fn(&Spot) -> bool) -> Outcome {
        let mut absent = 0;
        let kept = rows.iter().filter(|spot| aggregate.leaves_out() && keep(spot));
        let standings = kept.map(|spot| self.standing(aggregate, spot)).collect();
        let rows = self.counted(aggregate, rows, keep, &mut absent);
        let mut given = Vec::new();
        for spot in &rows {
            let value = |arg: &RowExpr| self.row_value(arg, spot);
            match aggregate.args.iter().map(value).collect::<Result<Vec<_>, _>>() {
                Ok(values) => given.push(Given { time: spot.time, values }),
                Err(_) => absent += u64::from(aggregate.args.iter().any(RowExpr::is_judged)),
            }
        }
        let (value, sample) = self.of_values(aggregate, given);
        Outcome { value, sample, absent, standings }
    }

    fn of_values(&self, aggregate: &Aggregate, mut given: Vec<Given>) -> (Val, u64) {
        let by = |a: &Given, b: &Given| {
            let values = a.values.iter().zip(&b.values);
            values.fold(Ordering::Equal, |o, (a, b)| o.then_with(|| a.compare(b, &self.calendar)))
        };
        if aggregate.distinct {
            given.sort_by(&by);
            given.dedup_by(|a, b| by(a, b) == Ordering::Equal);
        }
        if aggregate.one_each {
            let better = |a: &Given, b: &Given| {
                let compare = |i: usize| a.values[i].compare(&b.values[i], &self.calendar);
                let by_key = (2..a.values.len()).map(compare);
                let by_key = by_key.fold(Ordering::Equal, Ordering::then);
                let by_rank = compare(1).reverse().then(a.time.cmp(&b.time)).then(compare(0));
                (by_key, by_rank)
            };
            given.sort_by(|a, b| {
                let (key, rank) = better(a, b);
                key.then(rank)
            });
            given.dedup_by(|later, kept| better(kept, later).0 == Ordering::Equal);
        }
        if aggregate.approximate {
            given.iter_mut().flat_map(|g| &mut g.values).for_each(|value| {
                *value = Value::Number(nine_bits(value.number()));
            });
        }
        let n = given.len() as u64;
        let value = match aggregate.function {
            AggregateFunction::Count => Ok(Value::Number(n as f64)),
            AggregateFunction::Any => Ok(Value::Boolean(n > 0)),
            function => {
                given.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| by(a, b)));
                let values: Vec<Value> = given.into_iter().map(|g| g.values[0].clone()).collect();
                match function {
                    AggregateFunction::Sum if values.is_empty() => Ok(Value::Number(0.0)),
                    _ => self.summary(function, aggregate.percentile, &values),
                }
            }
        };
        (value, n)
    }

    /// A summary of values in the order of their time; of nothing there is none.
    pub(crate) fn summary(
        &self,
        function: AggregateFunction,
        percentile: Option<f64>,
        values: &[Value],
    ) -> Val {
        let n = values.len();
        if n == 0 {
            return Err(Reason::NoData);
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(|a, b| a.compare(b, &self.calendar));
        let numbers = || sorted.iter().map(Value::number);
        let mean = || total(numbers()) / n as f64;
        Ok(match function {
            AggregateFunction::Count => Value::Number(n as f64),
            AggregateFunction::Any => Value::Boolean(values.contains(&Value::Boolean(true))),
            AggregateFunction::Sum => Value::Number(total(numbers())),
            AggregateFunction::Avg => Value::Number(mean()),
            AggregateFunction::Min => sorted[0].clone(),
            AggregateFunction::Max => sorted[n - 1].clone(),
            AggregateFunction::First => values[0].clone(),
            AggregateFunction::Last => values[n - 1].clone(),
            AggregateFunction::Stddev if n < 2 => return Err(Reason::NoData),
            AggregateFunction::Stddev => {
                let mean = mean();
                let squares = total(numbers().map(|x| (x - mean) * (x - mean)));
                Value::Number((squares / (n as f64 - 1.0)).sqrt())
            }
            AggregateFunction::Nth | AggregateFunction::Curve(_) => {
                panic!("{function:?} is of durations alone")
            }
            AggregateFunction::Median | AggregateFunction::Percentile => {
                let position = percentile.unwrap_or(50.0) / 100.0 * (n as f64 - 1.0);
                let below = position.floor();
                let at = |i: f64| sorted[(i as usize).min(n - 1)].number();
                Value::Number(at(below) + (position - below) * (at(below + 1.0) - at(below)))
            }
        })
    }
}

/// The nearest double with nine significant bits, of two the even one: by its bits, without any arithmetic of doubles.
fn nine_bits(x: f64) -> f64 {
    let (bits, dropped) = (x.to_bits(), 44);
    let even = bits >> dropped & 1;
    let rounded = bits + (1 << (dropped - 1)) - 1 + even;
    f64::from_bits(rounded >> dropped << dropped)
}

/// The sum, with what rounding loses added at the end.
fn total(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0f64, 0.0);
    for x in numbers {
        let next = sum + x;
        lost += if sum.abs() >= x.abs() { (sum - next) + x } else { (x - next) + sum };
        sum = next;
    }
    sum + lost
}
