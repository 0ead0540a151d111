//! An aggregate of the rows that are handed to it.

use std::collections::HashSet;

use arrow::datatypes::i256;
use datafusion::common::{Result, internal_err};

use milepost_syntax::ast::AggregateFunction as F;

use crate::evaluate::{Value, extreme, rounded, summary, timed};
use crate::functions::ExactPartials;
use crate::rollup::decimal;
use crate::rows::evaluate::context::{Env, Row, World};
use crate::rows::ids::TableColumnId;
use crate::rows::key::{Key, Part};
use crate::rows::plan::population::Population;
use crate::rows::plan::program::Program;

/// What was gathered so far.
#[derive(Debug)]
pub(in crate::rows) struct Gather {
    /// Rows that were handed over.
    pub(in crate::rows) rows: u64,
    /// Those that had a value.
    values: u64,
    held: Held,
}

/// What is held of the rows, by what is computed of them.
#[derive(Debug)]
enum Held {
    /// Their number says everything.
    Nothing,
    Keys(HashSet<Key>),
    /// `10^scale` times the sum of a column; absent if it does not fit.
    Exact {
        total: Option<i256>,
        scale: i32,
        column: TableColumnId,
    },
    Doubles(ExactPartials),
    Values(Vec<Value>),
    /// With the times of the rows.
    Timed(Vec<(i64, Value)>),
}

impl Held {
    fn new(world: &World<'_>, population: &Population) -> Self {
        match (population.function, population.args.first()) {
            (_, None) => Self::Nothing,
            (F::Count, Some(_)) if population.distinct => Self::Keys(HashSet::new()),
            (F::Count | F::Any, _) => Self::Nothing,
            (F::Sum | F::Avg, Some(arg)) => {
                let exact = match arg {
                    Program::Column(column) => {
                        let scale = world.column(population.table, *column).scale();
                        scale.map(|scale| (scale, *column))
                    }
                    _ => None,
                };
                exact.map_or_else(
                    || Self::Doubles(ExactPartials::default()),
                    |(scale, column)| Self::Exact { total: Some(i256::ZERO), scale, column },
                )
            }
            (F::First | F::Last, _) => Self::Timed(Vec::new()),
            (F::Min | F::Max | F::Stddev | F::Median | F::Percentile, _) => {
                Self::Values(Vec::new())
            }
        }
    }
}

impl Gather {
    /// Nothing was handed over.
    #[cfg(test)]
    pub(in crate::rows) const fn nothing() -> Self {
        Self { rows: 0, values: 0, held: Held::Nothing }
    }

    pub(in crate::rows) fn new(world: &World<'_>, population: &Population) -> Self {
        Self { rows: 0, values: 0, held: Held::new(world, population) }
    }

    /// Takes a row; whether its argument could be computed.
    pub(in crate::rows) fn add(
        &mut self,
        world: &World<'_>,
        population: &Population,
        row: Row,
        env: Env,
    ) -> bool {
        self.rows += 1;
        let Some(arg) = population.args.first() else { return true };
        match &mut self.held {
            Held::Keys(keys) => {
                let parts = population.args.iter().map(|arg| match arg {
                    Program::Column(column) => world.column(row.table, *column).part(row.row),
                    arg => world.eval(arg, row, env).ok().as_ref().map(Part::of),
                });
                let Some(key) = parts.collect() else { return false };
                keys.insert(key);
            }
            Held::Exact { total, column, .. } => {
                let Some(x) = world.column(row.table, *column).exact(row.row) else {
                    return false;
                };
                *total = total.and_then(|total| total.checked_add(x));
            }
            held => {
                let Ok(value) = world.eval(arg, row, env) else { return false };
                held.add(world, row, value);
            }
        }
        self.values += 1;
        true
    }

    /// Takes what others gathered of the same population.
    ///
    /// # Errors
    /// It was gathered in another way, which is a bug in milepost.
    pub(in crate::rows) fn merge(&mut self, other: Self) -> Result<()> {
        self.rows += other.rows;
        self.values += other.values;
        match (&mut self.held, other.held) {
            (Held::Nothing, Held::Nothing) => {}
            (Held::Keys(keys), Held::Keys(more)) => keys.extend(more),
            (Held::Exact { total, .. }, Held::Exact { total: more, .. }) => {
                *total = total.zip(more).and_then(|(total, more)| total.checked_add(more));
            }
            (Held::Doubles(sum), Held::Doubles(more)) => sum.merge(&more),
            (Held::Values(values), Held::Values(more)) => values.extend(more),
            (Held::Timed(values), Held::Timed(more)) => values.extend(more),
            (own, other) => return internal_err!("{own:?} can't take {other:?}"),
        }
        Ok(())
    }

    /// The value, absent for a summary of nothing, and what it rests on.
    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    pub(in crate::rows) fn finish(self, population: &Population) -> (Option<Value>, u64) {
        let Population { function, percentile, approximate, args, .. } = population;
        let number = |n: u64| Some(Value::Number(n as f64));
        let n = self.values;
        let mean = |sum: f64| match (function, n) {
            (F::Avg, 0) => None,
            (F::Avg, n) => Some(Value::Number(sum / n as f64)),
            _ => Some(Value::Number(sum)),
        };
        match self.held {
            Held::Nothing if *function == F::Any => {
                (Some(Value::Boolean(self.rows > 0)), self.rows)
            }
            Held::Nothing if args.is_empty() => (number(self.rows), self.rows),
            Held::Nothing => (number(n), n),
            Held::Keys(keys) => (number(keys.len() as u64), keys.len() as u64),
            Held::Exact { total, scale, .. } => {
                (mean(total.map_or(f64::INFINITY, |total| decimal(total, scale))), n)
            }
            Held::Doubles(sum) => (mean(sum.value()), n),
            Held::Timed(values) => (timed(values.into_iter(), *function == F::First), n),
            Held::Values(values) if matches!(function, F::Min | F::Max) => {
                (extreme(values.into_iter(), *function == F::Min), n)
            }
            Held::Values(values) => {
                let numbers = values.iter().filter_map(Value::number);
                let seen = |x: f64| if *approximate { rounded(x) } else { x };
                let numbers = numbers.map(seen).collect();
                (summary(*function, *percentile, numbers).map(Value::Number), n)
            }
        }
    }
}

impl Held {
    /// Takes the value of a row's argument.
    fn add(&mut self, world: &World<'_>, row: Row, value: Value) {
        match (self, row.time) {
            (Self::Nothing, _) => {}
            (Self::Doubles(sum), _) => match value.number() {
                Some(x) => sum.add(x),
                None => {
                    world.fault("a text was summed");
                }
            },
            (Self::Values(values), _) => values.push(value),
            (Self::Timed(values), Some(time)) => values.push((time, value)),
            (Self::Timed(_), None) => {
                world.fault("a row without a time was looked at by its time");
            }
            (Self::Keys(_) | Self::Exact { .. }, _) => {
                world.fault("a value was handed over where a column is read");
            }
        }
    }
}
