//! What windows hold: totals that can be taken back, groups that are looked at together, and members that are counted.

use std::collections::{BTreeMap, BTreeSet};

use milepost_syntax::ast::AggregateFunction as F;
use roaring::{MultiOps, RoaringBitmap};

use super::super::groups::{StateColumn, decimal};
use super::super::keyed::Kept;
use super::Merged;
use super::sweep::Content;
use crate::evaluate::{Value, extreme, percentile, stddev, timed};
use crate::functions::ExactPartials;

/// Rows of each slice: how many, and their sum where one is asked for.
pub(super) struct Totals<'a> {
    /// The slice of each group.
    pub(super) slices: &'a [u32],
    pub(super) rows: &'a [u64],
    pub(super) counts: Vec<u64>,
    /// How many values each group has, and how many each slice.
    pub(super) values: Option<(&'a [u64], Vec<u64>)>,
    pub(super) sum: Sum<'a>,
}

/// A sum that can be taken back exactly.
pub(super) enum Sum<'a> {
    None,
    Decimal { states: &'a [Option<i128>], scale: i32, sums: Vec<Option<i128>> },
    Exact { states: &'a [ExactPartials], sums: Vec<ExactPartials> },
}

impl Totals<'_> {
    fn moved(&mut self, group: usize, enters: bool) {
        let slice = self.slices[group] as usize;
        let change = |total: &mut u64, by: u64| {
            *total = if enters { *total + by } else { total.saturating_sub(by) };
        };
        change(&mut self.counts[slice], self.rows[group]);
        if let Some((values, counts)) = &mut self.values {
            change(&mut counts[slice], values[group]);
        }
        match &mut self.sum {
            Sum::None => {}
            Sum::Decimal { states, sums, .. } => {
                let by = states[group].unwrap_or(0);
                sums[slice] = sums[slice]
                    .and_then(|sum| if enters { sum.checked_add(by) } else { sum.checked_sub(by) });
            }
            Sum::Exact { states, sums } => {
                if enters {
                    sums[slice].merge(&states[group]);
                } else {
                    states[group].parts().iter().for_each(|x| sums[slice].add(-x));
                }
            }
        }
    }

    /// The number of values and the sum of a slice; infinite where it is too large.
    pub(super) fn sum(&self, slice: usize) -> (u64, Option<f64>) {
        let n = self.values.as_ref().map_or(self.counts[slice], |(_, counts)| counts[slice]);
        let sum = match &self.sum {
            Sum::None => None,
            Sum::Decimal { scale, sums, .. } => {
                Some(sums[slice].map_or(f64::INFINITY, |sum| decimal(sum, *scale)))
            }
            Sum::Exact { sums, .. } => Some(sums[slice].value()),
        };
        (n, sum)
    }
}

impl Content for Totals<'_> {
    fn enter(&mut self, group: usize) {
        self.moved(group, true);
    }

    fn leave(&mut self, group: usize) {
        self.moved(group, false);
    }
}

/// The groups of each slice that a window holds.
pub(super) struct Held<'a> {
    pub(super) slices: &'a [u32],
    pub(super) groups: BTreeMap<u32, BTreeSet<usize>>,
}

impl Content for Held<'_> {
    fn enter(&mut self, group: usize) {
        self.groups.entry(self.slices[group]).or_default().insert(group);
    }

    fn leave(&mut self, group: usize) {
        let slice = self.slices[group];
        if let Some(groups) = self.groups.get_mut(&slice) {
            groups.remove(&group);
            if groups.is_empty() {
                self.groups.remove(&slice);
            }
        }
    }
}

impl Held<'_> {
    /// The least, greatest, first or last value of a slice.
    pub(super) fn best(&self, slice: u32, state: &StateColumn, function: F) -> Option<Value> {
        let groups = self.groups.get(&slice)?.iter();
        match state {
            StateColumn::Extreme(values) => {
                extreme(groups.filter_map(|g| values[*g].clone()), function == F::Min)
            }
            StateColumn::Timed { values, times } => {
                let rows = groups.filter_map(|g| Some((times[*g]?, values[*g].clone()?)));
                timed(rows, function == F::First)
            }
            StateColumn::Rows(_) | StateColumn::Decimal { .. } | StateColumn::Exact(_) => None,
        }
    }

    /// The percentile or deviation of a slice's values.
    pub(super) fn summary(&self, slice: u32, kept: &Kept, function: F, p: Option<f64>) -> Merged {
        let Kept::Values(lists) = kept else { return Merged { value: None, sample: 0 } };
        let groups = self.groups.get(&slice).into_iter().flatten();
        let mut values: Vec<f64> = groups.flat_map(|g| &lists[*g]).copied().collect();
        // Sorted runs one after the other: the stable sort merges them.
        values.sort_by(f64::total_cmp);
        let weighted: Vec<(f64, u64)> = values.into_iter().map(|x| (x, 1)).collect();
        let n = weighted.len() as u64;
        let value = match function {
            F::Stddev => stddev(&weighted, n),
            _ => percentile(&weighted, n, p.unwrap_or(50.0)),
        };
        Merged { value: value.map(Value::Number), sample: n }
    }

    /// How many members each slice has: by slice of groups, then part.
    pub(super) fn members(&self, sets: &[RoaringBitmap], parts: &KeyParts<'_>, totals: &mut [u64]) {
        for (slice, groups) in &self.groups {
            let union;
            let set = match groups.first() {
                Some(one) if groups.len() == 1 => &sets[*one],
                _ => {
                    union = groups.iter().map(|g| &sets[*g]).union();
                    &union
                }
            };
            let first = *slice as usize * parts.count;
            if parts.of.is_empty() {
                totals[first] += set.len();
            } else {
                set.iter().for_each(|key| totals[first + parts.part(key)] += 1);
            }
        }
    }
}

/// The part of a slice that each key decides.
pub(super) struct KeyParts<'a> {
    /// By key: that of the last one beyond. Empty: keys decide nothing.
    pub(super) of: &'a [u32],
    pub(super) count: usize,
}

impl KeyParts<'_> {
    #[inline]
    fn part(&self, key: u32) -> usize {
        let place = (key as usize).min(self.of.len().saturating_sub(1));
        self.of.get(place).map_or(0, |part| *part as usize)
    }
}

/// In how many groups of a window each member is, by slice.
pub(super) struct Members<'a> {
    /// The slice of each group.
    pub(super) slices: &'a [u32],
    pub(super) sets: &'a [RoaringBitmap],
    /// By slice of groups, then member.
    pub(super) met: Vec<u32>,
    pub(super) keys: usize,
    /// By final slice.
    pub(super) totals: Vec<u64>,
    pub(super) parts: KeyParts<'a>,
}

impl Members<'_> {
    fn moved(&mut self, group: usize, enters: bool) {
        let slice = self.slices[group] as usize;
        let met = &mut self.met[slice * self.keys..(slice + 1) * self.keys];
        let first = slice * self.parts.count;
        for key in &self.sets[group] {
            let n = &mut met[key as usize];
            let changes = if enters {
                *n += 1;
                *n == 1
            } else {
                *n -= 1;
                *n == 0
            };
            if changes {
                let total = &mut self.totals[first + self.parts.part(key)];
                *total = if enters { *total + 1 } else { *total - 1 };
            }
        }
    }
}

impl Content for Members<'_> {
    fn enter(&mut self, group: usize) {
        self.moved(group, true);
    }

    fn leave(&mut self, group: usize) {
        self.moved(group, false);
    }
}

/// Two contents of the same groups.
pub(super) struct Both<'c>(pub(super) &'c mut dyn Content, pub(super) &'c mut dyn Content);

impl Content for Both<'_> {
    fn enter(&mut self, group: usize) {
        self.0.enter(group);
        self.1.enter(group);
    }

    fn leave(&mut self, group: usize) {
        self.0.leave(group);
        self.1.leave(group);
    }
}
