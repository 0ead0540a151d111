//! An aggregate of the rows that are handed to it.

use std::collections::HashSet;

use arrow::datatypes::i256;

use milepost_syntax::ast::AggregateFunction as F;

use super::population::Population;
use super::program::Program;
use super::table::{Key, Part};
use super::world::{Env, Row, World};
use crate::evaluate::{Value, extreme, rounded, summary, timed};
use crate::functions::ExactPartials;
use crate::rollup::decimal;

/// What was gathered so far.
#[derive(Debug)]
pub(super) struct Gather {
    /// Rows that were handed over.
    pub(super) rows: u64,
    /// Those that had a value.
    values: u64,
    sum: Sum,
    keys: HashSet<Key>,
    list: Vec<(i64, Value)>,
}

#[derive(Debug)]
enum Sum {
    /// `10^scale` times the sum, and whether it fits.
    Exact {
        total: Option<i256>,
        scale: i32,
        column: usize,
    },
    Doubles(ExactPartials),
}

impl Gather {
    /// Nothing was handed over.
    #[cfg(test)]
    pub(super) fn nothing() -> Self {
        let sum = Sum::Doubles(ExactPartials::default());
        Self { rows: 0, values: 0, sum, keys: HashSet::new(), list: Vec::new() }
    }

    pub(super) fn new(world: &World<'_>, population: &Population) -> Self {
        let exact = match population.args.first() {
            Some(Program::Column(column)) => world.table(population.table).columns[*column]
                .scale()
                .map(|scale| Sum::Exact { total: Some(i256::ZERO), scale, column: *column }),
            _ => None,
        };
        Self {
            rows: 0,
            values: 0,
            sum: exact.unwrap_or_else(|| Sum::Doubles(ExactPartials::default())),
            keys: HashSet::new(),
            list: Vec::new(),
        }
    }

    /// Takes a row; whether its argument could be computed.
    pub(super) fn add(
        &mut self,
        world: &World<'_>,
        population: &Population,
        row: Row,
        env: Env,
    ) -> bool {
        self.rows += 1;
        let Some(arg) = population.args.first() else { return true };
        if population.distinct {
            let parts = population.args.iter().map(|arg| match arg {
                Program::Column(column) => world.table(row.table).columns[*column].part(row.row),
                arg => world.eval(arg, row, env).ok().as_ref().map(Part::of),
            });
            let Some(key) = parts.collect() else { return false };
            self.keys.insert(key);
            return true;
        }
        if let (Sum::Exact { total, column, .. }, F::Sum | F::Avg) =
            (&mut self.sum, population.function)
        {
            let Some(x) = world.table(row.table).columns[*column].exact(row.row) else {
                return false;
            };
            *total = total.and_then(|total| total.checked_add(x));
            self.values += 1;
            return true;
        }
        let Ok(value) = world.eval(arg, row, env) else { return false };
        self.values += 1;
        match (population.function, &mut self.sum) {
            (F::Count | F::Any, _) => {}
            (F::Sum | F::Avg, Sum::Doubles(sum)) => sum.add(value.number().unwrap_or(0.0)),
            _ => self.list.push((row.time.unwrap_or(i64::MIN), value)),
        }
        true
    }

    /// Takes what others gathered of the same population.
    pub(super) fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.values += other.values;
        match (&mut self.sum, other.sum) {
            (Sum::Exact { total, .. }, Sum::Exact { total: more, .. }) => {
                *total = total.zip(more).and_then(|(total, more)| total.checked_add(more));
            }
            (Sum::Doubles(sum), Sum::Doubles(more)) => sum.merge(&more),
            // The columns of one plan have one type each.
            (Sum::Exact { total, .. }, Sum::Doubles(_)) => *total = None,
            (Sum::Doubles(_), Sum::Exact { .. }) => {}
        }
        self.keys.extend(other.keys);
        self.list.extend(other.list);
    }

    /// The value, absent for a summary of nothing, and what it rests on.
    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    pub(super) fn finish(self, population: &Population) -> (Option<Value>, u64) {
        let Population { function, distinct, percentile, approximate, args, .. } = population;
        let number = |n: u64| Some(Value::Number(n as f64));
        let n = self.values;
        match function {
            F::Count if *distinct => {
                let keys = self.keys.len() as u64;
                (number(keys), keys)
            }
            F::Count if args.is_empty() => (number(self.rows), self.rows),
            F::Count => (number(n), n),
            F::Any => (Some(Value::Boolean(self.rows > 0)), self.rows),
            F::Sum | F::Avg => {
                let sum = match self.sum {
                    Sum::Exact { total, scale, .. } => {
                        total.map_or(f64::INFINITY, |total| decimal(total, scale))
                    }
                    Sum::Doubles(sum) => sum.value(),
                };
                let value = match (function, n) {
                    (F::Avg, 0) => None,
                    (F::Avg, n) => Some(sum / n as f64),
                    _ => Some(sum),
                };
                (value.map(Value::Number), n)
            }
            F::Min | F::Max => {
                (extreme(self.list.into_iter().map(|(_, value)| value), *function == F::Min), n)
            }
            F::First | F::Last => (timed(self.list.into_iter(), *function == F::First), n),
            F::Stddev | F::Median | F::Percentile => {
                let numbers = self.list.iter().filter_map(|(_, value)| value.number());
                let seen = |x: f64| if *approximate { rounded(x) } else { x };
                let numbers = numbers.map(seen).collect();
                (summary(*function, *percentile, numbers).map(Value::Number), n)
            }
        }
    }
}
