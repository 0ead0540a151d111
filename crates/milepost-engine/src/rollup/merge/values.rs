//! Percentiles of each slice, from window to window: values are counted in and out by their ranks.

use super::Merged;
use super::sweep::Content;
use crate::evaluate::{Value, percentile};
use crate::rollup::states::NONE;

/// So many bits of a rank stand for one counter of the level above.
const BITS: usize = 6;

/// The values of windows that overlap.
pub(super) struct Values<'a> {
    /// The slice of each group.
    slices: &'a [u32],
    /// The ranks of the values of all groups that pass, one group's after the other's.
    ranks: Vec<u32>,
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

    fn moved(&mut self, ranks: &[u32], enters: bool) {
        let n = ranks.len() as u64;
        self.n = if enters { self.n + n } else { self.n - n };
        for (level, counts) in self.levels.iter_mut().enumerate() {
            for rank in ranks {
                let count = &mut counts[*rank as usize >> (BITS * level)];
                *count = if enters { *count + 1 } else { *count - 1 };
            }
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
    /// `lists`: the sorted values of each group; `count`: of slices. Nothing if there are more values than ranks.
    pub(super) fn new(
        slices: &'a [u32],
        count: usize,
        lists: &[Vec<f64>],
        passing: &[bool],
    ) -> Option<Self> {
        let mut starts = vec![0];
        let mut groups: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut end = 0;
        for (group, list) in lists.iter().enumerate() {
            if passing[group] {
                end += list.len();
                groups[slices[group] as usize].push(group);
            }
            starts.push(end);
        }
        let mut ranks = vec![0; end];
        if end >= NONE as usize {
            return None;
        }
        let held = groups.iter().map(|own| Counted::new(ranked(own, lists, &starts, &mut ranks)));
        let held = held.collect();
        Some(Self { slices, ranks, starts, held })
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
        let ranks = &self.ranks[self.starts[group]..self.starts[group + 1]];
        self.held[self.slices[group] as usize].moved(ranks, enters);
    }
}

/// The values of these groups in ascending order, each once; their ranks are filled in.
fn ranked(groups: &[usize], lists: &[Vec<f64>], starts: &[usize], ranks: &mut [u32]) -> Vec<f64> {
    let places =
        groups.iter().flat_map(|group| lists[*group].iter().copied().zip(starts[*group]..));
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
