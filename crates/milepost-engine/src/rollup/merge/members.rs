//! Distinct keys, percentiles and deviations of a leaf, from bucket to bucket.

use std::collections::{BTreeMap, HashMap};

use roaring::RoaringBitmap;

use super::content::{FEW, Held, KeyParts, Members, Recent};
use super::sweep::{Content, Seen, Sweep};
use super::window::NumberedSlices;
use super::{Merged, Merger, Slice};
use crate::evaluate::Value;
use crate::leaf::Bounds;
use crate::rollup::keyed::{Kept, KeyedGroups};
use crate::rollup::states::NONE;

/// Members times slices that are counted in and out: beyond, the counters would take more memory than the sets.
const COUNTED: usize = 1 << 25;

/// The keyed groups of a window.
pub(super) struct KeyedWindow<'a> {
    pub(super) groups: &'a KeyedGroups,
    sweep: Sweep,
    passing: Vec<bool>,
    content: KeptContent<'a>,
}

enum KeptContent<'a> {
    /// Values, sets of windows that share no group, and those of very many slices: what is held is looked at together.
    Held(Held<'a>, KeyParts<'a>),
    /// Sets of windows that overlap: each member is counted in and out.
    Members(Members<'a>),
    /// The same of windows that move on in time.
    Recent(Recent<'a>),
}

impl<'a> KeyedWindow<'a> {
    pub(super) fn new(
        merger: &Merger<'a>,
        numbered: &'a NumberedSlices,
        groups: &'a KeyedGroups,
    ) -> Self {
        let filter = merger.planned.filter;
        let position = groups.filters.iter().position(|f| *f == filter).unwrap_or(0);
        let slices = &numbered.keyed.of;
        let n = numbered.keyed.texts.len();
        let parts = KeyParts::new(&numbered.keys.of, numbered.key_parts());
        let content = match &groups.kept {
            Kept::Sets(sets) if overlap(merger, groups) && n * key_count(sets) <= COUNTED => {
                let keys = key_count(sets);
                let totals = vec![0; n * numbered.key_parts()];
                if groups.places.hi.is_empty() && parts.count <= FEW {
                    let (last, own) = (vec![NONE; n * keys], vec![Vec::new(); sets.len()]);
                    KeptContent::Recent(Recent { slices, sets, last, keys, own, totals, parts })
                } else {
                    let met = vec![0; n * keys];
                    KeptContent::Members(Members { slices, sets, met, keys, totals, parts })
                }
            }
            Kept::Sets(_) | Kept::Values(_) => {
                KeptContent::Held(Held { slices, groups: BTreeMap::new() }, parts)
            }
        };
        let passing = groups.masks.passing(position);
        Self { groups, sweep: Sweep::new(&groups.places), passing, content }
    }

    /// Moves on, and gives what each slice holds.
    pub(super) fn merged(
        &mut self,
        seen: &Seen,
        merger: &Merger<'_>,
        numbered: &NumberedSlices,
    ) -> HashMap<Slice, Merged> {
        let content: &mut dyn Content = match &mut self.content {
            KeptContent::Held(held, _) => held,
            KeptContent::Members(members) => members,
            KeptContent::Recent(recent) => recent,
        };
        self.sweep.to(seen, &self.groups.places, &self.passing, content);
        match (&self.content, &self.groups.kept) {
            (KeptContent::Members(members), _) => counted(&members.totals, numbered),
            (KeptContent::Recent(recent), _) => counted(&recent.totals, numbered),
            (KeptContent::Held(held, parts), Kept::Sets(sets)) => {
                let n = numbered.keyed.texts.len() * numbered.key_parts();
                let mut totals = vec![0; n];
                held.members(sets, parts, &mut totals);
                counted(&totals, numbered)
            }
            (KeptContent::Held(held, _), Kept::Values(_)) => {
                let aggregate = merger.leaf.aggregate;
                let summary = |slice: &u32| {
                    held.summary(
                        *slice,
                        &self.groups.kept,
                        aggregate.function,
                        aggregate.percentile,
                    )
                };
                let slices = held.groups.keys();
                slices
                    .map(|slice| (numbered.keyed.texts[*slice as usize].clone(), summary(slice)))
                    .collect()
            }
        }
    }
}

/// One more than the largest key.
fn key_count(sets: &[RoaringBitmap]) -> usize {
    sets.iter().filter_map(RoaringBitmap::max).max().map_or(0, |key| key as usize + 1)
}

#[expect(clippy::cast_precision_loss, reason = "results are doubles")]
fn counted(totals: &[u64], numbered: &NumberedSlices) -> HashMap<Slice, Merged> {
    let there = totals.iter().enumerate().filter(|(_, n)| **n > 0);
    there
        .map(|(number, n)| {
            let merged = Merged { value: Some(Value::Number(*n as f64)), sample: *n };
            (numbered.whole(number), merged)
        })
        .collect()
}

/// Whether any group is seen by more than one window.
fn overlap(merger: &Merger<'_>, groups: &KeyedGroups) -> bool {
    let mut end = 0;
    for bounds in &merger.leaf.bounds {
        let instants: Vec<Bounds> = match bounds {
            Bounds::MeanAt(instants) => instants.iter().map(|i| Bounds::At(*i)).collect(),
            Bounds::Range { .. } | Bounds::At(_) => vec![bounds.clone()],
        };
        for bounds in &instants {
            match merger.seen(&groups.places, bounds) {
                Seen::Holding(_) => return true,
                Seen::Range(range) if range.is_empty() => {}
                Seen::Range(range) if range.start < end => return true,
                Seen::Range(range) => end = range.end,
            }
        }
    }
    false
}
