//! Where rows stand in time.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use foldhash::fast::FixedState;

use super::intern::{NONE, number_of};
use super::program::{Placing, Program};

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

    /// The place of each row, [`NONE`] where it has none that is asked for; `at` gets when it is placed.
    pub(super) fn of(&mut self, inputs: &[ArrayRef], at: &mut Vec<i64>) -> Result<Vec<u32>> {
        let program = Arc::clone(&self.program);
        let cuts = &program.cuts;
        let last = i64::try_from(cuts.len()).unwrap_or(i64::MAX);
        let nulls = times(&inputs[0], at)?;
        let there = |row: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
        let mut index = Index { cuts, interval: 0, lo: i64::MAX, hi: i64::MIN };
        let mut until = Vec::new();
        let mut open = None;
        if program.placing == Placing::Span {
            open = times(&inputs[1], &mut until)?;
        }
        let mut ends = Index { cuts, interval: 0, lo: i64::MAX, hi: i64::MIN };
        let mut places = Vec::with_capacity(at.len());
        for (row, at) in at.iter().enumerate() {
            if !there(row) {
                places.push(NONE);
                continue;
            }
            places.push(match program.placing {
                Placing::Picture => self.number(*at, 0),
                Placing::Interval => match index.of(*at) {
                    lo if lo >= 1 && lo < last => self.number(lo, 0),
                    _ => NONE,
                },
                Placing::Span => {
                    let ended = open.as_ref().is_none_or(|open| open.is_valid(row));
                    let hi = if ended { ends.of(until[row]) } else { last };
                    match index.of(*at) {
                        lo if lo < last && hi > lo => self.number(lo, hi),
                        _ => NONE,
                    }
                }
            });
        }
        Ok(places)
    }
}

/// Which interval holds a time: how many cuts lie at or before it. Rows of one interval mostly follow each other.
struct Index<'a> {
    cuts: &'a [i64],
    interval: i64,
    /// The edges of the interval that was found last.
    lo: i64,
    hi: i64,
}

impl Index<'_> {
    #[inline]
    fn of(&mut self, t: i64) -> i64 {
        if t >= self.lo && t < self.hi {
            return self.interval;
        }
        let n = self.cuts.partition_point(|cut| *cut <= t);
        self.lo = n.checked_sub(1).map_or(i64::MIN, |i| self.cuts[i]);
        self.hi = self.cuts.get(n).copied().unwrap_or(i64::MAX);
        self.interval = i64::try_from(n).unwrap_or(i64::MAX);
        self.interval
    }
}

/// Microseconds, or days since 1970, and where there are none.
fn times(array: &ArrayRef, out: &mut Vec<i64>) -> Result<Option<arrow::buffer::NullBuffer>> {
    match array.data_type() {
        DataType::Timestamp(..) => {
            out.extend_from_slice(array.as_primitive::<TimestampMicrosecondType>().values());
        }
        DataType::Date32 => {
            out.extend(array.as_primitive::<Date32Type>().values().iter().map(|d| i64::from(*d)));
        }
        DataType::Int64 => out.extend_from_slice(array.as_primitive::<Int64Type>().values()),
        DataType::Null => out.resize(array.len(), 0),
        other => return exec_err!("rows are placed by {other}"),
    }
    Ok(array.logical_nulls())
}
