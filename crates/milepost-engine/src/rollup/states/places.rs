//! Where rows stand in time.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use foldhash::fast::FixedState;

use super::program::{Inputs, Placing, Program};
use super::rows::Run;
use crate::intern::{NONE, number_of};

/// The places that rows have.
#[derive(Debug)]
pub(super) struct Places {
    program: Arc<Program>,
    numbers: HashMap<(i64, i64), u32, FixedState>,
    edges: Vec<(i64, i64)>,
    /// The place that was asked for last.
    last: ((i64, i64), u32),
}

impl Places {
    pub(super) fn new(program: &Arc<Program>) -> Self {
        Self {
            program: Arc::clone(program),
            numbers: HashMap::default(),
            edges: Vec::new(),
            last: ((0, 0), NONE),
        }
    }

    /// The edges of a place: interval (0 beside it), first and one past the last cut, or the time of a picture (0 beside
    /// it).
    pub(super) fn edges(&self, place: u32) -> (i64, i64) {
        self.edges[place as usize]
    }

    /// The edges of all places, by their numbers.
    pub(super) fn all(&self) -> impl Iterator<Item = (i64, i64)> {
        self.edges.iter().copied()
    }

    pub(super) fn number(&mut self, lo: i64, hi: i64) -> u32 {
        if self.last.1 != NONE && self.last.0 == (lo, hi) {
            return self.last.1;
        }
        let next = number_of(self.edges.len());
        let n = *self.numbers.entry((lo, hi)).or_insert(next);
        if n == next {
            self.edges.push((lo, hi));
        }
        self.last = ((lo, hi), n);
        n
    }

    /// The places of all rows. `at`: when each is placed.
    pub(super) fn of(&mut self, at: &Times, inputs: &Inputs) -> Result<Vec<Run>> {
        Ok(match self.program.placing {
            Placing::Picture => runs(at, |_, at| self.number(at, 0)),
            Placing::Interval => self.intervals(at),
            Placing::Span { until } => self.spans(at, &Times::of(&inputs[until])?),
        })
    }

    fn intervals(&mut self, at: &Times) -> Vec<Run> {
        let program = Arc::clone(&self.program);
        let mut index = Index::new(&program.cuts);
        let mut number = |interval: i64| {
            let asked = interval >= 1 && interval < index_of(program.cuts.len());
            if asked { self.number(interval, 0) } else { NONE }
        };
        if at.nulls.is_some() {
            return runs(at, |_, at| number(index.of(at)));
        }
        // Rows of one interval mostly follow each other.
        let mut runs: Vec<Run> = Vec::new();
        let mut start = 0;
        while let Some(first) = at.values.get(start) {
            let place = number(index.of(*first));
            let beyond = at.values[start..].iter().position(|t| !index.holds(*t));
            let end = beyond.map_or(at.values.len(), |n| start + n.max(1));
            runs.push(Run { place, rows: start..end });
            start = end;
        }
        runs
    }

    fn spans(&mut self, at: &Times, until: &Times) -> Vec<Run> {
        let program = Arc::clone(&self.program);
        let last = index_of(program.cuts.len());
        let (mut starts, mut ends) = (Index::new(&program.cuts), Index::new(&program.cuts));
        runs(at, |row, at| {
            let lo = starts.of(at);
            let hi = until.get(row).map_or(last, |until| ends.of(until));
            if lo < last && hi > lo { self.number(lo, hi) } else { NONE }
        })
    }
}

/// The runs of rows whose place is told one by one.
fn runs(at: &Times, mut place: impl FnMut(usize, i64) -> u32) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for row in 0..at.values.len() {
        let place = at.get(row).map_or(NONE, |at| place(row, at));
        match runs.last_mut() {
            Some(run) if run.place == place => run.rows.end = row + 1,
            _ => runs.push(Run { place, rows: row..row + 1 }),
        }
    }
    runs
}

fn index_of(n: usize) -> i64 {
    n.cast_signed() as i64
}

/// Which interval holds a time: how many cuts lie at or before it.
struct Index<'a> {
    cuts: &'a [i64],
    /// The interval that was found last, and its edges.
    interval: i64,
    lo: i64,
    hi: i64,
}

impl<'a> Index<'a> {
    const fn new(cuts: &'a [i64]) -> Self {
        Self { cuts, interval: 0, lo: i64::MAX, hi: i64::MIN }
    }

    /// Whether it is the interval that was found last.
    #[inline]
    const fn holds(&self, t: i64) -> bool {
        t >= self.lo && t < self.hi
    }

    #[inline]
    fn of(&mut self, t: i64) -> i64 {
        if !self.holds(t) {
            let n = self.cuts.partition_point(|cut| *cut <= t);
            self.lo = n.checked_sub(1).map_or(i64::MIN, |i| self.cuts[i]);
            self.hi = self.cuts.get(n).copied().unwrap_or(i64::MAX);
            self.interval = index_of(n);
        }
        self.interval
    }
}

/// Microseconds, or days since 1970.
pub(super) struct Times {
    pub(super) values: ScalarBuffer<i64>,
    nulls: Option<NullBuffer>,
}

impl Times {
    pub(super) fn of(array: &ArrayRef) -> Result<Self> {
        let values = match array.data_type() {
            DataType::Timestamp(..) => {
                array.as_primitive::<TimestampMicrosecondType>().values().clone()
            }
            DataType::Date32 => {
                array.as_primitive::<Date32Type>().values().iter().map(|d| i64::from(*d)).collect()
            }
            DataType::Int64 => array.as_primitive::<Int64Type>().values().clone(),
            DataType::Null => vec![0; array.len()].into(),
            other => return exec_err!("rows are placed by {other}"),
        };
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        Ok(Self { values, nulls })
    }

    /// The first of them.
    pub(super) fn first(&self) -> Option<i64> {
        match &self.nulls {
            None => self.values.iter().min().copied(),
            Some(nulls) => nulls.valid_indices().map(|row| self.values[row]).min(),
        }
    }

    #[inline]
    fn get(&self, row: usize) -> Option<i64> {
        let there = self.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        there.then(|| self.values[row])
    }
}
