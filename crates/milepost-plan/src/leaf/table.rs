//! The cells of a leaf.

use std::collections::{BTreeMap, BTreeSet};

use milepost_syntax::limits::{CELLS, FIGURES};

use super::Leaf;
use crate::evaluate::{Column, LeafCells};
use crate::results::{Reason, SliceValue};

/// A leaf's cells by slice, and the cell of a slice in which the leaf has no row.
#[derive(Debug)]
pub struct LeafTable {
    /// Slice values in the order of the request's dimensions; one cell per bucket.
    pub rows: BTreeMap<Vec<SliceValue>, LeafCells>,
    /// The same of slices in which no row counts, but some could not be judged: there is such a slice only if another
    /// leaf has it.
    pub unjudged: BTreeMap<Vec<SliceValue>, LeafCells>,
    pub empty: LeafCells,
    /// Why bounds are not known. Told for leaves in blocks of time only, which must be whole.
    pub short: Vec<Option<Reason>>,
    /// In which bounds some rows are too young to be judged.
    pub maturing: Vec<bool>,
    /// Whether rows of each bucket are left out because they look before the data.
    pub clipped: Vec<bool>,
    /// There are more cells than are computed, and the rest was left out.
    pub is_cut: bool,
}

impl LeafTable {
    /// What is too large.
    pub fn cut() -> Self {
        Self {
            rows: BTreeMap::new(),
            unjudged: BTreeMap::new(),
            empty: LeafCells::default(),
            short: Vec::new(),
            maturing: Vec::new(),
            clipped: Vec::new(),
            is_cut: true,
        }
    }

    /// How many cells there are, in all slices.
    pub fn len(&self) -> usize {
        self.rows.values().map(LeafCells::len).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// About how many bytes they take.
    pub fn bytes(&self) -> usize {
        self.rows.values().map(LeafCells::bytes).sum()
    }

    /// The cells of a slice.
    pub fn column(&self, slice: &[SliceValue]) -> Column<'_> {
        let cells = self.rows.get(slice).or_else(|| self.unjudged.get(slice));
        Column { cells: cells.unwrap_or(&self.empty), short: &self.short }
    }
}

/// Whether so many slices of a leaf have more cells than are computed.
pub fn are_too_many(slices: usize, leaf: &Leaf<'_>) -> bool {
    let most = if leaf.in_blocks { CELLS } else { FIGURES };
    slices.saturating_mul(leaf.bounds.len()) as u64 > most
}

/// All slices that any of a request's leaves has, in the order in which people read them: what has no value last, numbers
/// by size, text by letters.
pub fn slice_order<'t>(tables: impl Iterator<Item = &'t LeafTable>) -> Vec<Vec<SliceValue>> {
    let all: BTreeSet<&Vec<SliceValue>> = tables.flat_map(|t| t.rows.keys()).collect();
    let mut list: Vec<Vec<SliceValue>> = all.into_iter().cloned().collect();
    list.sort_by_cached_key(|key| key.iter().map(sort_key).collect::<Vec<_>>());
    list
}

fn sort_key(value: &SliceValue) -> (bool, bool, u64, String) {
    let number = value.text().and_then(|text| text.parse::<i64>().ok());
    // Order-preserving map of signed to unsigned.
    let rank = number.map_or(0, |n| (n as u64) ^ (1 << 63));
    let text = value.text().unwrap_or_default().to_owned();
    (value.text().is_none(), number.is_none(), rank, text)
}
