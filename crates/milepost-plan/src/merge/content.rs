//! What windows hold: totals that can be taken back, groups that are looked at together, and members that are counted.

use std::collections::{BTreeMap, BTreeSet};

use roaring::RoaringBitmap;

use super::Merged;
use super::Sets;
use super::sweep::Content;
use crate::evaluate::{Value, percentile, percentile_among, percentile_of};
use crate::exact::{ExactPartials, Int256, PowerSums, decimal};
use crate::intern::number_of;

/// As many parts of slices are few.
pub(super) const FEW: usize = 16;

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
    Decimal { states: &'a [Option<Int256>], scale: i32, sums: Vec<Option<Int256>> },
    Exact { states: &'a [ExactPartials], sums: Vec<ExactPartials> },
    Powers { states: &'a [PowerSums], scale: u32, sums: Vec<PowerSums> },
}

impl Totals<'_> {
    fn moved(&mut self, group: usize, enters: bool) {
        let slice = self.slices[group] as usize;
        let change = |total: &mut u64, by: u64| {
            *total = if enters { *total + by } else { *total - by };
        };
        change(&mut self.counts[slice], self.rows[group]);
        if let Some((values, counts)) = &mut self.values {
            change(&mut counts[slice], values[group]);
        }
        match &mut self.sum {
            Sum::None => {}
            Sum::Decimal { states, sums, .. } => {
                let by = states[group].unwrap_or(Int256::ZERO);
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
            Sum::Powers { states, sums, .. } => {
                if enters {
                    sums[slice].merge(&states[group]);
                } else {
                    sums[slice].take(&states[group]);
                }
            }
        }
    }

    /// How many values a slice has.
    pub(super) fn values(&self, slice: usize) -> u64 {
        self.values.as_ref().map_or(self.counts[slice], |(_, counts)| counts[slice])
    }

    /// The sum of a slice, or the deviation, which few values don't have; infinite where it is too large.
    pub(super) fn sum(&self, slice: usize) -> Option<f64> {
        match &self.sum {
            Sum::None => None,
            Sum::Decimal { scale, sums, .. } => {
                Some(sums[slice].map_or(f64::INFINITY, |sum| decimal(sum, *scale)))
            }
            Sum::Exact { sums, .. } => Some(sums[slice].value()),
            Sum::Powers { sums, scale, .. } => sums[slice].deviation(self.values(slice), *scale),
        }
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
    /// A percentile of a slice's values.
    pub(super) fn percentile(&self, slice: u32, lists: &[Vec<f64>], p: f64) -> Merged {
        let groups = self.groups.get(&slice).into_iter().flatten();
        let lists: Vec<&Vec<f64>> = groups.map(|group| &lists[*group]).collect();
        let (value, n) = if let [one] = lists.as_slice() {
            (percentile_of(one, p), one.len())
        } else {
            let mut values: Vec<f64> = lists.into_iter().flatten().copied().collect();
            (percentile_among(&mut values, p), values.len())
        };
        Merged { value: value.map(Value::Number), sample: n as u64 }
    }

    /// The same of values that are counted.
    pub(super) fn counted_percentile(
        &self,
        slice: u32,
        lists: &[Vec<(f64, u64)>],
        p: f64,
    ) -> Merged {
        let groups = self.groups.get(&slice).into_iter().flatten();
        let mut pairs: Vec<(f64, u64)> = groups.flat_map(|g| &lists[*g]).copied().collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut sample = 0;
        for (_, rows) in &mut pairs {
            sample += *rows;
            *rows = sample;
        }
        let at = |position| {
            let place = pairs.partition_point(|(_, seen)| *seen <= position);
            pairs.get(place).map(|(value, _)| *value)
        };
        Merged { value: percentile(sample, p, at).map(Value::Number), sample }
    }

    /// How many members each slice has: by slice of groups, then part.
    pub(super) fn members(&self, kept: &Sets, parts: &KeyParts<'_>, totals: &mut [u64]) {
        for (slice, groups) in &self.groups {
            let first = *slice as usize * parts.count;
            let totals = &mut totals[first..first + parts.count];
            match groups.first() {
                Some(one) if groups.len() == 1 => parts.count(&kept.sets[*one], totals),
                _ => parts.count(&kept.union(groups), totals),
            }
        }
    }
}

/// The part of a slice that each key decides.
pub(super) struct KeyParts<'a> {
    decided: Decided<'a>,
    pub(super) count: usize,
}

enum Decided<'a> {
    /// There is one part.
    Nothing,
    /// By key: that of the last one beyond.
    ByKey { of: &'a [u32], last: usize },
    /// The keys of each part but that of the last key, where there are few parts: sets are then compared, not looked
    /// through.
    BySet { of: &'a [u32], last: usize, sets: Vec<(usize, RoaringBitmap)> },
}

impl<'a> KeyParts<'a> {
    /// `of`: empty if keys decide nothing; `count`: of parts.
    pub(super) fn new(of: &'a [u32], count: usize) -> Self {
        let Some(last) = of.last().map(|part| *part as usize) else {
            return Self { decided: Decided::Nothing, count };
        };
        if count > FEW {
            return Self { decided: Decided::ByKey { of, last }, count };
        }
        let others = (0..count).filter(|part| *part != last);
        let sets = others.map(|part| (part, keys_of(of, part))).collect();
        Self { decided: Decided::BySet { of, last, sets }, count }
    }

    #[inline]
    fn part(&self, key: u32) -> usize {
        match &self.decided {
            Decided::Nothing => 0,
            Decided::ByKey { of, last } | Decided::BySet { of, last, .. } => {
                of.get(key as usize).map_or(*last, |part| *part as usize)
            }
        }
    }

    /// Adds how many of the keys each part has.
    fn count(&self, keys: &RoaringBitmap, totals: &mut [u64]) {
        match &self.decided {
            Decided::Nothing => totals[0] += keys.len(),
            Decided::ByKey { .. } => keys.iter().for_each(|key| totals[self.part(key)] += 1),
            Decided::BySet { last, sets, .. } => {
                let mut rest = keys.len();
                for (part, set) in sets {
                    let n = set.intersection_len(keys);
                    totals[*part] += n;
                    rest -= n;
                }
                totals[*last] += rest;
            }
        }
    }
}

/// The keys of a part.
fn keys_of(of: &[u32], part: usize) -> RoaringBitmap {
    let mut bits = vec![0_u8; of.len().div_ceil(8)];
    for (key, of) in of.iter().enumerate() {
        bits[key / 8] |= u8::from(*of as usize == part) << (key % 8);
    }
    RoaringBitmap::from_lsb0_bytes(0, &bits)
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
        self.sets[group].iter().for_each(|key| {
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
        });
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

/// Members of windows that groups leave in the order in which they entered: with the last group that has it, a member
/// leaves.
pub(super) struct Recent<'a> {
    /// The slice of each group.
    pub(super) slices: &'a [u32],
    pub(super) sets: &'a [RoaringBitmap],
    /// By slice of groups, then member: the group that it entered with last.
    pub(super) last: Vec<u32>,
    pub(super) keys: usize,
    /// By group: how many members entered with it last, by part. Empty: it is not in the window.
    pub(super) own: Vec<Vec<u32>>,
    /// By final slice.
    pub(super) totals: Vec<u64>,
    pub(super) parts: KeyParts<'a>,
}

impl Content for Recent<'_> {
    fn enter(&mut self, group: usize) {
        let slice = self.slices[group] as usize;
        let last = &mut self.last[slice * self.keys..(slice + 1) * self.keys];
        let totals = &mut self.totals[slice * self.parts.count..];
        let mut own = vec![0; self.parts.count];
        self.sets[group].iter().for_each(|key| {
            let part = self.parts.part(key);
            let before = std::mem::replace(&mut last[key as usize], number_of(group));
            match self.own.get_mut(before as usize).and_then(|own| own.get_mut(part)) {
                Some(n) => *n -= 1,
                None => totals[part] += 1,
            }
            own[part] += 1;
        });
        self.own[group] = own;
    }

    fn leave(&mut self, group: usize) {
        let first = self.slices[group] as usize * self.parts.count;
        let own = std::mem::take(&mut self.own[group]);
        for (total, n) in self.totals[first..].iter_mut().zip(own) {
            *total -= u64::from(n);
        }
    }
}

/// Two contents of the same groups.
pub(super) struct Both<'c, A, B>(pub(super) &'c mut A, pub(super) &'c mut B);

impl<A: Content, B: Content> Content for Both<'_, A, B> {
    fn enter(&mut self, group: usize) {
        self.0.enter(group);
        self.1.enter(group);
    }

    fn leave(&mut self, group: usize) {
        self.0.leave(group);
        self.1.leave(group);
    }
}
