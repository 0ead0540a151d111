//! The least, greatest, first or last value of each slice, from window to window.

use std::cmp::Ordering;
use std::collections::{BTreeSet, VecDeque};

use milepost_syntax::ast::AggregateFunction as F;

use super::Places;
use super::sweep::Content;
use crate::evaluate::{Value, order};
use crate::intern::{NONE, number_of};

/// The best value of each slice that a window holds.
pub(super) struct Best<'a> {
    /// The slice of each group.
    slices: &'a [u32],
    candidates: Candidates<'a>,
    contenders: Contenders,
}

/// The values of groups.
pub(super) struct Candidates<'a> {
    values: &'a [Option<Value>],
    /// When the values are from, where that counts.
    times: Option<&'a [Option<i64>]>,
    /// Whether the best one is the least.
    least: bool,
}

/// What may be the best one, by slice.
enum Contenders {
    /// Of windows that groups leave in the order in which they entered: each group that none after it beats. The best
    /// one is in front.
    Queues(Vec<VecDeque<u32>>),
    /// Of windows that groups leave in any order: their ranks, by group, and those that are held.
    Ranked { ranks: Vec<u32>, order: Vec<u32>, held: Vec<BTreeSet<u32>> },
}

impl<'a> Candidates<'a> {
    pub(super) fn new(
        values: &'a Vec<Option<Value>>,
        times: Option<&'a Vec<Option<i64>>>,
        function: F,
    ) -> Self {
        let least = matches!(function, F::Min | F::First);
        Self { values, times: times.map(Vec::as_slice), least }
    }

    fn value(&self, group: usize) -> Option<&Value> {
        self.values[group].as_ref()
    }

    /// By time, where it counts, and value.
    fn order(&self, a: usize, b: usize) -> Ordering {
        let times = self.times.map_or(Ordering::Equal, |times| times[a].cmp(&times[b]));
        let values = || match (self.value(a), self.value(b)) {
            (Some(a), Some(b)) => order(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        times.then_with(values)
    }

    /// Whether a group takes the place of one before it: the same choice as among rows.
    fn beats(&self, group: usize, before: usize) -> bool {
        self.order(group, before).is_lt() == self.least
    }

    /// The groups that pass and have a value, in their order.
    fn sorted(&self, passing: &[bool]) -> Vec<u32> {
        let there = |group: &usize| passing[*group] && self.value(*group).is_some();
        let mut groups: Vec<usize> = (0..passing.len()).filter(there).collect();
        groups.sort_by(|a, b| self.order(*a, *b));
        groups.into_iter().map(number_of).collect()
    }
}

impl<'a> Best<'a> {
    /// `count`: of slices.
    pub(super) fn new(
        slices: &'a [u32],
        count: usize,
        candidates: Candidates<'a>,
        places: &Places,
        passing: &[bool],
    ) -> Self {
        let contenders = if places.hi.is_empty() {
            Contenders::Queues(vec![VecDeque::new(); count])
        } else {
            let order = candidates.sorted(passing);
            let mut ranks = vec![NONE; passing.len()];
            for (rank, group) in (0..).zip(&order) {
                ranks[*group as usize] = rank;
            }
            Contenders::Ranked { ranks, order, held: vec![BTreeSet::new(); count] }
        };
        Self { slices, candidates, contenders }
    }

    /// The best value of a slice.
    pub(super) fn value(&self, slice: usize) -> Option<Value> {
        let group = match &self.contenders {
            Contenders::Queues(queues) => *queues[slice].front()?,
            Contenders::Ranked { order, held, .. } => {
                let held = &held[slice];
                let rank = if self.candidates.least { held.first() } else { held.last() };
                order[*rank? as usize]
            }
        };
        self.candidates.value(group as usize).cloned()
    }
}

impl Content for Best<'_> {
    fn enter(&mut self, group: usize) {
        if self.candidates.value(group).is_none() {
            return;
        }
        let slice = self.slices[group] as usize;
        match &mut self.contenders {
            Contenders::Queues(queues) => {
                let queue = &mut queues[slice];
                while queue
                    .pop_back_if(|last| self.candidates.beats(group, *last as usize))
                    .is_some()
                {}
                queue.push_back(number_of(group));
            }
            Contenders::Ranked { ranks, held, .. } => {
                held[slice].insert(ranks[group]);
            }
        }
    }

    fn leave(&mut self, group: usize) {
        let slice = self.slices[group] as usize;
        match &mut self.contenders {
            Contenders::Queues(queues) => {
                queues[slice].pop_front_if(|first| *first as usize == group);
            }
            Contenders::Ranked { ranks, held, .. } => {
                held[slice].remove(&ranks[group]);
            }
        }
    }
}
