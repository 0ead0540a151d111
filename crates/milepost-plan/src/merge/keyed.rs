//! Groups that keep keys or values.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use roaring::{MultiOps, RoaringBitmap};

use super::{DimId, Masks, Places};

/// One group per interval, class and slice, sorted by `lo`.
#[derive(Debug)]
pub struct KeyedGroups {
    pub places: Places,
    /// The dimensions that leaves of these keys slice by.
    pub dims: BTreeMap<DimId, Slices>,
    /// Of the filters that were asked for.
    pub masks: Masks,
    pub kept: Kept,
}

/// The slices of a dimension.
#[derive(Debug)]
pub enum Slices {
    /// That of each group.
    OfGroups(Vec<u32>),
    /// That of each key: the slice of a key whose number is beyond is the last one's.
    OfKeys(Vec<u32>),
}

/// What each group keeps.
#[derive(Debug)]
pub enum Kept {
    Sets(Sets),
    /// Sorted.
    Values(Vec<Vec<f64>>),
    /// Rounded values, sorted, each with the number of its rows.
    Counts(Vec<Vec<(f64, u64)>>),
}

/// The set of each group, and unions that several leaves ask for: one is sliced in this way, the next in another.
#[derive(Debug, Default)]
pub struct Sets {
    pub sets: Vec<RoaringBitmap>,
    unions: Mutex<HashMap<Vec<usize>, Arc<RoaringBitmap>>>,
}

/// More unions than this are not remembered.
const UNIONS: usize = 1_024;

impl Sets {
    /// The sets of these groups.
    pub fn new(sets: Vec<RoaringBitmap>) -> Self {
        Self { sets, unions: Mutex::default() }
    }

    /// The members of these groups together.
    pub fn union(&self, groups: &BTreeSet<usize>) -> Arc<RoaringBitmap> {
        let groups: Vec<usize> = groups.iter().copied().collect();
        let unions = || self.unions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = unions().get(&groups) {
            return Arc::clone(known);
        }
        let union = Arc::new(groups.iter().map(|group| &self.sets[*group]).union());
        let mut unions = unions();
        if unions.len() < UNIONS {
            unions.insert(groups, Arc::clone(&union));
        }
        union
    }
}
