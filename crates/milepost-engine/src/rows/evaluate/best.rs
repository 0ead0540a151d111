//! Of the rows with one key, the one that counts.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

use crate::evaluate::{Value, order};
use crate::rows::evaluate::accumulator::RowInput;
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::key::Key;
use crate::rows::plan::population::Population;

/// A row that may be the best of its key.
#[derive(Clone, Debug)]
pub(in crate::rows) struct BestRow {
    rank: Value,
    /// Rows without a time are all at one.
    time: Option<i64>,
    pub(in crate::rows) value: Value,
}

impl BestRow {
    /// What an aggregate takes of a row: its key with its value, its rank and its time; nothing without one of them.
    pub(in crate::rows) fn of(
        context: &EvaluationContext<'_>,
        population: &Population,
        row: Row,
        env: Env,
    ) -> Option<RowInput> {
        let [value, rank, key @ ..] = population.args.as_slice() else { return None };
        let key = key.iter().map(|part| context.part(part, false, row, env));
        let key = key.collect::<Option<Key>>()?;
        let of = |program| context.eval(program, row, env).ok();
        Some(RowInput::Ranked(key, Self { rank: of(rank)?, time: row.time, value: of(value)? }))
    }

    /// Whether it counts rather than the other: by the higher rank, the earlier time, the smaller value.
    fn is_before(&self, other: &Self) -> bool {
        let by_rank = order(&other.rank, &self.rank);
        let by_time = by_rank.then_with(|| self.time.cmp(&other.time));
        by_time.then_with(|| order(&self.value, &other.value)) == Ordering::Less
    }
}

/// Takes a row, if none of its key is better.
pub(in crate::rows) fn keep_best<S: BuildHasher>(
    rows: &mut HashMap<Key, BestRow, S>,
    key: Key,
    row: BestRow,
) {
    match rows.entry(key) {
        Entry::Vacant(place) => {
            place.insert(row);
        }
        Entry::Occupied(mut best) if row.is_before(best.get()) => {
            best.insert(row);
        }
        Entry::Occupied(_) => {}
    }
}
