//! The partial state of an aggregate over rows.

use std::collections::{HashMap, HashSet};

use arrow::datatypes::i256;
use datafusion::common::{Result, internal_err};
use foldhash::fast::FixedState;

use milepost_syntax::ast::{AggregateFunction as F, Curve, CurveValue};

use crate::evaluate::{
    Outcome, Spell, SpellState, Value, curve_value, extreme, nth, rounded, summary, timed,
};
use crate::functions::ExactPartials;
use crate::intern::NONE;
use crate::results::Reason;
use crate::rollup::decimal;
use crate::rows::evaluate::best::{BestRow, keep_best};
use crate::rows::evaluate::block::{Block, Place};
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::ids::TableColumnId;
use crate::rows::key::Key;
use crate::rows::plan::population::Population;
use crate::rows::plan::program::Program;

/// What was accumulated so far.
#[derive(Debug)]
pub(in crate::rows) struct RowAccumulator {
    /// Rows that were handed over.
    pub(in crate::rows) rows: u64,
    /// Those that had a value.
    values: u64,
    held: AccumulatorState,
}

/// What is held of the rows, by what is computed of them.
#[derive(Debug)]
enum AccumulatorState {
    /// Their number says everything.
    Nothing,
    /// Values of a column, by their numbers.
    Numbers(HashSet<u32, FixedState>),
    /// Other keys, of several parts or computed.
    Keys(HashSet<Key, FixedState>),
    /// `10^scale` times the sum of a column; absent if it does not fit.
    Exact {
        total: Option<i256>,
        scale: i32,
        column: TableColumnId,
    },
    Doubles(ExactPartials),
    Values(Vec<Value>),
    /// How long each was on the way, and what came of it.
    Spells(Vec<Spell>),
    /// With the times of the rows.
    Timed(Vec<(i64, Value)>),
    /// The best row of each key.
    Best(HashMap<Key, BestRow, FixedState>),
}

impl AccumulatorState {
    fn new(context: &EvaluationContext<'_>, population: &Population) -> Self {
        match (population.function, population.args.first()) {
            (_, None) => Self::Nothing,
            _ if population.one_each => Self::Best(HashMap::default()),
            (F::Count, Some(_)) if population.distinct => match numbers(context, population) {
                Some(_) => Self::Numbers(HashSet::default()),
                None => Self::Keys(HashSet::default()),
            },
            (F::Count | F::Any, _) => Self::Nothing,
            (F::Sum | F::Avg, Some(arg)) => {
                let exact = match arg {
                    Program::Column(column) => {
                        let scale = context.column(population.table, *column).scale();
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
            (F::Curve(_), _) => Self::Spells(Vec::new()),
            (F::Min | F::Max | F::Nth | F::Stddev | F::Median | F::Percentile, _) => {
                Self::Values(Vec::new())
            }
        }
    }
}

/// The numbers of the values that are counted, by row, if they are those of one column.
fn numbers<'a>(context: &EvaluationContext<'a>, population: &Population) -> Option<&'a [u32]> {
    match population.args[..] {
        [Program::Column(column)] => context.numbers(population.table, column),
        _ => None,
    }
}

/// What an aggregate takes of one row.
#[derive(Debug)]
pub(in crate::rows) enum RowInput {
    /// It is there.
    Row,
    /// Its argument could not be computed.
    Absent,
    Number(u32),
    Key(Key),
    Exact(i256),
    Value(Value),
    Ranked(Key, BestRow),
    Spell(Spell),
}

/// How long one was on the way, and what came of it.
fn spell(days: Option<&Value>, state: Option<&Value>) -> Option<RowInput> {
    match (days?.number(), state) {
        (Some(days), Some(Value::Text(state))) => {
            Some(RowInput::Spell(Spell { days, state: SpellState::of(state) }))
        }
        _ => None,
    }
}

impl RowAccumulator {
    /// Nothing was handed over.
    #[cfg(test)]
    pub(in crate::rows) const fn nothing() -> Self {
        Self { rows: 0, values: 0, held: AccumulatorState::Nothing }
    }

    pub(in crate::rows) fn new(context: &EvaluationContext<'_>, population: &Population) -> Self {
        Self { rows: 0, values: 0, held: AccumulatorState::new(context, population) }
    }

    /// Computes what is taken of a row, once for all who accumulate the same aggregate.
    pub(in crate::rows) fn input(
        &self,
        context: &EvaluationContext<'_>,
        population: &Population,
        row: Row,
        env: Env,
    ) -> RowInput {
        let Some(arg) = population.args.first() else { return RowInput::Row };
        let input = match &self.held {
            AccumulatorState::Numbers(_) => {
                let number =
                    numbers(context, population).map(|numbers| numbers[row.row.position()]);
                number.filter(|number| *number != NONE).map(RowInput::Number)
            }
            AccumulatorState::Keys(_) => {
                let part = |arg: &Program| context.part(arg, false, row, env);
                population.args.iter().map(part).collect::<Option<Key>>().map(RowInput::Key)
            }
            AccumulatorState::Exact { column, .. } => {
                context.column(row.table, *column).exact(row.row).map(RowInput::Exact)
            }
            AccumulatorState::Best(_) => BestRow::of(context, population, row, env),
            AccumulatorState::Spells(_) => {
                let value = |at: usize| context.eval(population.args.get(at)?, row, env).ok();
                spell(value(0).as_ref(), value(1).as_ref())
            }
            AccumulatorState::Nothing
            | AccumulatorState::Doubles(_)
            | AccumulatorState::Values(_)
            | AccumulatorState::Timed(_) => context.eval(arg, row, env).ok().map(RowInput::Value),
        };
        input.unwrap_or(RowInput::Absent)
    }

    /// The same of the rows at some places of a block.
    pub(in crate::rows) fn inputs(
        &self,
        context: &EvaluationContext<'_>,
        population: &Population,
        (block, at): (&Block, &[Place]),
        env: Env,
    ) -> Vec<RowInput> {
        let args = &population.args;
        let values = |arg: &Program| context.values(arg, block, at, env);
        let or_absent = |input: Option<RowInput>| input.unwrap_or(RowInput::Absent);
        let rows = 0..at.len();
        match (&self.held, args.as_slice()) {
            (_, []) => rows.map(|_| RowInput::Row).collect(),
            (AccumulatorState::Spells(_), [days, state]) => {
                let (days, state) = (values(days), values(state));
                rows.map(|row| or_absent(spell(days.get(row), state.get(row)))).collect()
            }
            (
                AccumulatorState::Nothing
                | AccumulatorState::Doubles(_)
                | AccumulatorState::Values(_)
                | AccumulatorState::Timed(_),
                [arg, ..],
            ) => {
                let values = values(arg).into_values(at.len()).into_iter();
                values.map(|value| or_absent(value.map(RowInput::Value))).collect()
            }
            _ => {
                let one = |place: &Place| self.input(context, population, block.row(*place), env);
                at.iter().map(one).collect()
            }
        }
    }

    /// Takes a row; whether its argument could be computed.
    pub(in crate::rows) fn add(
        &mut self,
        context: &EvaluationContext<'_>,
        row: Row,
        input: &RowInput,
    ) -> bool {
        self.rows += 1;
        match (&mut self.held, input, row.time) {
            (_, RowInput::Row, _) => return true,
            (_, RowInput::Absent, _) => return false,
            (AccumulatorState::Numbers(numbers), RowInput::Number(number), _) => {
                numbers.insert(*number);
            }
            (AccumulatorState::Keys(keys), RowInput::Key(key), _) => {
                if !keys.contains(key) {
                    keys.insert(key.clone());
                }
            }
            (AccumulatorState::Exact { total, .. }, RowInput::Exact(x), _) => {
                *total = total.and_then(|total| total.checked_add(*x));
            }
            (AccumulatorState::Nothing, RowInput::Value(_), _) => {}
            (AccumulatorState::Doubles(sum), RowInput::Value(value), _) => match value.number() {
                Some(x) => sum.add(x),
                None => {
                    context.fault("a text was summed");
                }
            },
            (AccumulatorState::Values(values), RowInput::Value(value), _) => {
                values.push(value.clone());
            }
            (AccumulatorState::Spells(spells), RowInput::Spell(spell), _) => spells.push(*spell),
            (AccumulatorState::Timed(values), RowInput::Value(value), Some(time)) => {
                values.push((time, value.clone()));
            }
            (AccumulatorState::Best(rows), RowInput::Ranked(key, row), _) => {
                keep_best(rows, key.clone(), row.clone());
            }
            (AccumulatorState::Timed(_), RowInput::Value(_), None) => {
                context.fault("a row without a time was accumulated by its time");
            }
            _ => {
                context.fault("a row was handed over as what another aggregate takes");
            }
        }
        self.values += 1;
        true
    }

    /// Takes what others accumulated of the same population.
    ///
    /// # Errors
    /// It was accumulated in another way, which is a bug in milepost.
    pub(in crate::rows) fn merge(&mut self, other: Self) -> Result<()> {
        self.rows += other.rows;
        self.values += other.values;
        match (&mut self.held, other.held) {
            (AccumulatorState::Nothing, AccumulatorState::Nothing) => {}
            (AccumulatorState::Numbers(own), AccumulatorState::Numbers(more)) => own.extend(more),
            (AccumulatorState::Keys(keys), AccumulatorState::Keys(more)) => keys.extend(more),
            (
                AccumulatorState::Exact { total, .. },
                AccumulatorState::Exact { total: more, .. },
            ) => {
                *total = total.zip(more).and_then(|(total, more)| total.checked_add(more));
            }
            (AccumulatorState::Doubles(sum), AccumulatorState::Doubles(more)) => sum.merge(&more),
            (AccumulatorState::Values(values), AccumulatorState::Values(more)) => {
                values.extend(more);
            }
            (AccumulatorState::Spells(spells), AccumulatorState::Spells(more)) => {
                spells.extend(more);
            }
            (AccumulatorState::Timed(values), AccumulatorState::Timed(more)) => values.extend(more),
            (AccumulatorState::Best(rows), AccumulatorState::Best(more)) => {
                more.into_iter().for_each(|(key, row)| keep_best(rows, key, row));
            }
            (own, other) => return internal_err!("{own:?} can't take {other:?}"),
        }
        Ok(())
    }

    /// The value, or why there is none, and what it rests on.
    pub(in crate::rows) fn outcome(self, population: &Population) -> (Outcome, u64) {
        let Population { function: F::Curve(Curve { asks, .. }), percentile: Some(at), .. } =
            population
        else {
            let (value, n) = self.finish(population);
            return (value.ok_or(Reason::NoData), n);
        };
        let AccumulatorState::Spells(mut spells) = self.held else {
            return (Err(Reason::NoData), self.values);
        };
        (curve_value(*asks, *at, &mut spells).map(Value::Number), self.values)
    }

    /// Whether a curve is still below the level that is asked, and may reach it.
    pub(in crate::rows) fn is_rising(&self, population: &Population) -> bool {
        let F::Curve(Curve { asks: CurveValue::Quantile, .. }) = population.function else {
            return false;
        };
        let (AccumulatorState::Spells(spells), Some(level)) = (&self.held, population.percentile)
        else {
            return false;
        };
        let waits = spells.iter().any(|spell| spell.state == SpellState::Waiting);
        waits && curve_value(CurveValue::Quantile, level, &mut spells.clone()).is_err()
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
            AccumulatorState::Nothing if *function == F::Any => {
                (Some(Value::Boolean(self.rows > 0)), self.rows)
            }
            AccumulatorState::Nothing if args.is_empty() => (number(self.rows), self.rows),
            AccumulatorState::Nothing => (number(n), n),
            AccumulatorState::Numbers(keys) => (number(keys.len() as u64), keys.len() as u64),
            AccumulatorState::Keys(keys) => (number(keys.len() as u64), keys.len() as u64),
            AccumulatorState::Exact { total, scale, .. } => {
                (mean(total.map_or(f64::INFINITY, |total| decimal(total, scale))), n)
            }
            AccumulatorState::Doubles(sum) => (mean(sum.value()), n),
            AccumulatorState::Timed(values) => {
                (timed(values.into_iter(), *function == F::First), n)
            }
            AccumulatorState::Best(rows) => {
                let numbers: Vec<f64> =
                    rows.values().filter_map(|row| row.value.number()).collect();
                let n = numbers.len() as u64;
                (summary(*function, *percentile, numbers).map(Value::Number), n)
            }
            AccumulatorState::Values(values) if matches!(function, F::Min | F::Max) => {
                (extreme(values.into_iter(), *function == F::Min), n)
            }
            AccumulatorState::Values(values) if *function == F::Nth => {
                (nth(values, *percentile), n)
            }
            // What is asked of it is an outcome.
            AccumulatorState::Spells(_) => (None, n),
            AccumulatorState::Values(values) => {
                let numbers = values.iter().filter_map(Value::number);
                let seen = |x: f64| if *approximate { rounded(x) } else { x };
                let numbers = numbers.map(seen).collect();
                (summary(*function, *percentile, numbers).map(Value::Number), n)
            }
        }
    }
}
