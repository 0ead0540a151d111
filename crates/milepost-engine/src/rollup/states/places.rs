//! Where rows stand in time.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::buffer::{NullBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use foldhash::fast::FixedState;

use super::intervals::Intervals;
use super::program::{Inputs, Placing, Program};
use super::rows::{Placed, Run, are_short};
use crate::intern::{NONE, number_of};

/// The places that rows have.
#[derive(Debug)]
pub(super) struct Places {
    program: Arc<Program>,
    intervals: Intervals,
    numbers: HashMap<(i64, i64), u32, FixedState>,
    edges: Vec<(i64, i64)>,
    /// The place that was asked for last.
    last: ((i64, i64), u32),
    /// By interval: its place, if rows of it were met.
    of_intervals: Vec<u32>,
}

impl Places {
    pub(super) fn new(program: &Arc<Program>) -> Self {
        let intervals = Intervals::new(&program.cuts);
        Self {
            program: Arc::clone(program),
            of_intervals: vec![NONE; intervals.cuts() + 1],
            intervals,
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
    pub(super) fn of(&mut self, at: &Times, inputs: &Inputs) -> Result<Placed> {
        if self.program.placing == Placing::Interval
            && at.nulls.is_none()
            && let Some(runs) = self.runs(&at.values)
        {
            return Ok(Placed::in_order(runs));
        }
        let rows = 0..at.values.len();
        let places: Vec<u32> = match self.program.placing {
            Placing::Picture => {
                rows.map(|row| at.get(row).map_or(NONE, |at| self.number(at, 0))).collect()
            }
            Placing::Interval => {
                let place =
                    |row| at.get(row).map_or(NONE, |at| self.interval(self.intervals.of(at)));
                rows.map(place).collect()
            }
            Placing::Span { until } => self.spans(at, &Times::of(&inputs[until])?),
        };
        Ok(Placed::new(&places, self.edges.len()))
    }

    /// The place of an interval, if it is asked for.
    #[inline]
    fn interval(&mut self, interval: usize) -> u32 {
        match self.of_intervals[interval] {
            NONE if interval > 0 && interval < self.intervals.cuts() => {
                let place = self.number(index_of(interval), 0);
                self.of_intervals[interval] = place;
                place
            }
            place => place,
        }
    }

    /// The places of rows of one interval that mostly follow each other; absent if they don't.
    fn runs(&mut self, at: &[i64]) -> Option<Vec<Run>> {
        let mut runs: Vec<Run> = Vec::new();
        let mut start = 0;
        while let Some(first) = at.get(start) {
            if are_short(runs.len(), start) {
                return None;
            }
            let interval = self.intervals.of(*first);
            let (lo, hi) = self.intervals.edges(interval);
            let beyond = at[start..].iter().position(|t| *t < lo || *t >= hi);
            let end = beyond.map_or(at.len(), |n| start + n.max(1));
            runs.push(Run { place: self.interval(interval), rows: start..end });
            start = end;
        }
        Some(runs)
    }

    fn spans(&mut self, at: &Times, until: &Times) -> Vec<u32> {
        let last = index_of(self.intervals.cuts());
        let place = |row: usize| {
            let Some(at) = at.get(row) else { return NONE };
            let lo = index_of(self.intervals.of(at));
            let hi = until.get(row).map_or(last, |until| index_of(self.intervals.of(until)));
            if lo < last && hi > lo { self.number(lo, hi) } else { NONE }
        };
        (0..at.values.len()).map(place).collect()
    }
}

fn index_of(n: usize) -> i64 {
    n.cast_signed() as i64
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
