//! Percentiles of each slice, from window to window: values are counted in and out by their ranks.

use super::Merged;
use super::sweep::Content;
use crate::evaluate::{Value, percentile};
use crate::intern::NONE;

/// So many bits of a rank stand for one counter of the level above.
const BITS: usize = 6;

/// What stands in a group's list: a value and the number of its rows.
pub(super) trait Weighted: Copy {
    /// Every value stands for one row.
    const ONE_EACH: bool;
    fn value(self) -> f64;
    fn rows(self) -> u64;
}

impl Weighted for f64 {
    const ONE_EACH: bool = true;

    fn value(self) -> f64 {
        self
    }

    fn rows(self) -> u64 {
        1
    }
}

impl Weighted for (f64, u64) {
    const ONE_EACH: bool = false;

    fn value(self) -> f64 {
        self.0
    }

    fn rows(self) -> u64 {
        self.1
    }
}

/// The values of windows that overlap.
pub(super) struct Values<'a> {
    /// The slice of each group.
    slices: &'a [u32],
    /// The ranks of the values of all groups that pass, one group's after the other's.
    ranks: Vec<u32>,
    /// How many rows each of them stands for, unless that is one.
    rows: Option<Vec<u32>>,
    /// By group: where its ranks start; the last one's end.
    starts: Vec<usize>,
    /// By slice.
    held: Vec<Counted>,
}

/// How often a window holds each of the values that a slice ever has.
#[derive(Default)]
struct Counted {
    /// By rank: in ascending order, each once.
    values: Vec<f64>,
    /// How many values of each rank are held, then how many of 64 ranks each, and so on, up to 64 counters or fewer.
    levels: Vec<Vec<u32>>,
    n: u64,
}

impl Counted {
    fn new(values: Vec<f64>) -> Self {
        let mut levels = vec![vec![0; values.len()]];
        let mut width = values.len();
        while width > 1 << BITS {
            width = width.div_ceil(1 << BITS);
            levels.push(vec![0; width]);
        }
        Self { values, levels, n: 0 }
    }

    fn moved(&mut self, ranks: &[u32], rows: Option<&[u32]>, enters: bool) {
        if let Some(rows) = rows {
            ranks.iter().zip(rows).for_each(|(rank, n)| self.moved_rows(*rank, *n, enters));
            return;
        }
        let n = ranks.len() as u64;
        self.n = if enters { self.n + n } else { self.n - n };
        for (level, counts) in self.levels.iter_mut().enumerate() {
            for rank in ranks {
                let count = &mut counts[*rank as usize >> (BITS * level)];
                *count = if enters { *count + 1 } else { *count - 1 };
            }
        }
    }

    fn moved_rows(&mut self, rank: u32, n: u32, enters: bool) {
        let rows = u64::from(n);
        self.n = if enters { self.n + rows } else { self.n - rows };
        for (level, counts) in self.levels.iter_mut().enumerate() {
            let count = &mut counts[rank as usize >> (BITS * level)];
            *count = if enters { *count + n } else { *count - n };
        }
    }

    /// The value at a position of those that are held.
    fn at(&self, position: u64) -> Option<f64> {
        let mut left = position;
        let mut found = 0;
        for counts in self.levels.iter().rev() {
            let first = found << BITS;
            let mut below = counts[first..].iter().take(1 << BITS);
            found = first
                + below.position(|n| match left.checked_sub(u64::from(*n)) {
                    Some(rest) => {
                        left = rest;
                        false
                    }
                    None => true,
                })?;
        }
        self.values.get(found).copied()
    }
}

impl<'a> Values<'a> {
    /// `lists`: the sorted values of each group; `count`: of slices. Nothing if there are more values than ranks, or more
    /// rows than a counter holds.
    pub(super) fn new<T: Weighted>(
        slices: &'a [u32],
        count: usize,
        lists: &[Vec<T>],
        passing: &[bool],
    ) -> Option<Self> {
        let mut starts = vec![0];
        let mut groups: Vec<Vec<usize>> = vec![Vec::new(); count];
        let (mut end, mut all) = (0, 0_u64);
        for (group, list) in lists.iter().enumerate() {
            if passing[group] {
                end += list.len();
                all += list.iter().map(|item| item.rows()).sum::<u64>();
                groups[slices[group] as usize].push(group);
            }
            starts.push(end);
        }
        if all >= u64::from(NONE) {
            return None;
        }
        let mut ranks = vec![0; end];
        let rows = (!T::ONE_EACH).then(|| {
            let passing = lists.iter().zip(passing).filter(|(_, passes)| **passes);
            passing.flat_map(|(list, _)| list).map(|item| number_of_rows(item.rows())).collect()
        });
        let held = groups.iter().map(|own| Counted::new(ranked(own, lists, &starts, &mut ranks)));
        let held = held.collect();
        Some(Self { slices, ranks, rows, starts, held })
    }

    /// A percentile of a slice's values.
    pub(super) fn percentile(&self, slice: usize, p: f64) -> Merged {
        let held = &self.held[slice];
        let value = percentile(held.n, p, |position| held.at(position));
        Merged { value: value.map(Value::Number), sample: held.n }
    }

    /// The slices of which a window holds a value.
    pub(super) fn slices(&self) -> impl Iterator<Item = usize> {
        let held = self.held.iter().enumerate();
        held.filter(|(_, held)| held.n > 0).map(|(slice, _)| slice)
    }

    fn moved(&mut self, group: usize, enters: bool) {
        let range = self.starts[group]..self.starts[group + 1];
        let rows = self.rows.as_ref().map(|rows| &rows[range.clone()]);
        self.held[self.slices[group] as usize].moved(&self.ranks[range], rows, enters);
    }
}

/// A count that is no larger than that of all rows, which is smaller than [`NONE`].
#[expect(clippy::cast_possible_truncation, reason = "there are fewer rows")]
const fn number_of_rows(n: u64) -> u32 {
    n as u32
}

/// The values of these groups in ascending order, each once; their ranks are filled in.
fn ranked<T: Weighted>(
    groups: &[usize],
    lists: &[Vec<T>],
    starts: &[usize],
    ranks: &mut [u32],
) -> Vec<f64> {
    let values = |group: usize| lists[group].iter().map(|item| item.value());
    let places = groups.iter().flat_map(|group| values(*group).zip(starts[*group]..));
    let mut places: Vec<(f64, usize)> = places.collect();
    // Sorted runs one after the other: the stable sort merges them.
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut values: Vec<f64> = Vec::new();
    let mut rank = 0;
    for (value, place) in places {
        match values.last() {
            Some(last) if last.to_bits() == value.to_bits() => {}
            Some(_) => {
                rank += 1;
                values.push(value);
            }
            None => values.push(value),
        }
        ranks[place] = rank;
    }
    values
}

impl Content for Values<'_> {
    fn enter(&mut self, group: usize) {
        self.moved(group, true);
    }

    fn leave(&mut self, group: usize) {
        self.moved(group, false);
    }
}
