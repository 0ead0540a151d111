//! Distinct keys and percentiles of a leaf, from bucket to bucket.

use std::collections::{BTreeMap, HashMap};

use roaring::RoaringBitmap;

use super::KeyedFilterId;
use super::content::{FEW, Held, KeyParts, Members, Recent};
use super::sweep::{Seen, Sweep};
use super::values::Values;
use super::window::{NumberedSlices, Parts};
use super::{Kept, KeyedGroups};
use super::{Merged, Merger, Slice, Span};
use crate::evaluate::Value;
use crate::intern::NONE;

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
    /// Windows that share no group, and sets of very many slices: what is held is looked at together.
    Held(Held<'a>, KeyParts<'a>),
    /// Sets of windows that overlap: each member is counted in and out.
    Members(Members<'a>),
    /// The same of windows that move on in time.
    Recent(Recent<'a>),
    /// Values of windows that overlap: each is counted in and out.
    Values(Values<'a>),
}

impl<'a> KeyedWindow<'a> {
    pub(super) fn new(
        merger: &Merger<'a>,
        numbered: &'a NumberedSlices,
        groups: &'a KeyedGroups,
        filter: KeyedFilterId,
    ) -> Self {
        let passing = groups.masks.passing(filter);
        let content = match &groups.kept {
            _ if !overlap(merger, groups) => None,
            Kept::Sets(kept) => counted_members(numbered, groups, &kept.sets),
            Kept::Values(lists) => {
                let Parts { of, texts } = &numbered.keyed;
                Values::new(of, texts.len(), lists, &passing).map(KeptContent::Values)
            }
            Kept::Counts(lists) => {
                let Parts { of, texts } = &numbered.keyed;
                Values::new(of, texts.len(), lists, &passing).map(KeptContent::Values)
            }
        };
        let content = content.unwrap_or_else(|| {
            let held = Held { slices: &numbered.keyed.of, groups: BTreeMap::new() };
            KeptContent::Held(held, key_parts(numbered))
        });
        Self { groups, sweep: Sweep::new(&groups.places), passing, content }
    }

    /// Moves on, and gives what each slice holds.
    pub(super) fn merged(
        &mut self,
        seen: &Seen,
        merger: &Merger<'_>,
        numbered: &NumberedSlices,
    ) -> HashMap<Slice, Merged> {
        let (sweep, places, passing) = (&mut self.sweep, &self.groups.places, &self.passing);
        match &mut self.content {
            KeptContent::Held(held, _) => sweep.to(seen, places, passing, held),
            KeptContent::Members(members) => sweep.to(seen, places, passing, members),
            KeptContent::Recent(recent) => sweep.to(seen, places, passing, recent),
            KeptContent::Values(values) => sweep.to(seen, places, passing, values),
        }
        let text = |slice: usize| numbered.keyed.texts[slice].clone();
        let p = merger.leaf.aggregate.percentile.unwrap_or(50.0);
        match (&self.content, &self.groups.kept) {
            (KeptContent::Members(members), _) => counted(&members.totals, numbered),
            (KeptContent::Recent(recent), _) => counted(&recent.totals, numbered),
            (KeptContent::Held(held, parts), Kept::Sets(kept)) => {
                let n = numbered.keyed.texts.len() * numbered.key_parts();
                let mut totals = vec![0; n];
                held.members(kept, parts, &mut totals);
                counted(&totals, numbered)
            }
            (KeptContent::Held(held, _), Kept::Values(lists)) => {
                let slices = held.groups.keys();
                slices.map(|s| (text(*s as usize), held.percentile(*s, lists, p))).collect()
            }
            (KeptContent::Held(held, _), Kept::Counts(lists)) => {
                let slices = held.groups.keys();
                slices.map(|s| (text(*s as usize), held.counted_percentile(*s, lists, p))).collect()
            }
            (KeptContent::Values(values), _) => {
                values.slices().map(|s| (text(s), values.percentile(s, p))).collect()
            }
        }
    }
}

fn key_parts(numbered: &NumberedSlices) -> KeyParts<'_> {
    KeyParts::new(&numbered.keys.of, numbered.key_parts())
}

/// What counts members in and out, unless that would take too much memory.
fn counted_members<'a>(
    numbered: &'a NumberedSlices,
    groups: &KeyedGroups,
    sets: &'a [RoaringBitmap],
) -> Option<KeptContent<'a>> {
    let Parts { of: slices, texts } = &numbered.keyed;
    let (n, keys) = (texts.len(), key_count(sets));
    if n * keys > COUNTED {
        return None;
    }
    let parts = key_parts(numbered);
    let totals = vec![0; n * parts.count];
    Some(if groups.places.hi.is_empty() && parts.count <= FEW {
        let (last, own) = (vec![NONE; n * keys], vec![Vec::new(); sets.len()]);
        KeptContent::Recent(Recent { slices, sets, last, keys, own, totals, parts })
    } else {
        let met = vec![0; n * keys];
        KeptContent::Members(Members { slices, sets, met, keys, totals, parts })
    })
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
    for seeing in merger.spans.iter().flat_map(Span::seeing) {
        match merger.seen(&groups.places, seeing) {
            Seen::Holding(_) => return true,
            Seen::Range(range) if range.is_empty() => {}
            Seen::Range(range) if range.start < end => return true,
            Seen::Range(range) => end = range.end,
        }
    }
    false
}
