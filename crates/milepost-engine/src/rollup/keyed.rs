//! Groups that keep keys or values.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::{Result, exec_err};
use roaring::{MultiOps, RoaringBitmap};

use super::groups::{Masks, Names, Places};
use super::ids::DimId;
use super::pass::Rollup;
use super::plan::{Keyed, SlicedBy};
use super::states::{DimSource, Heads, Program, Source};

/// One group per interval, class and slice, sorted by `lo`.
pub(crate) struct KeyedGroups {
    pub(crate) places: Places,
    /// The dimensions that leaves of these keys slice by.
    pub(crate) dims: BTreeMap<DimId, Slices>,
    /// Of the filters that were asked for.
    pub(crate) masks: Masks,
    pub(crate) kept: Kept,
}

/// The slices of a dimension.
pub(crate) enum Slices {
    /// That of each group.
    OfGroups(Vec<u32>),
    /// That of each key: the slice of a key whose number is beyond is the last one's.
    OfKeys(Vec<u32>),
}

/// What each group keeps.
pub(crate) enum Kept {
    Sets(Sets),
    /// Sorted.
    Values(Vec<Vec<f64>>),
    /// Rounded values, sorted, each with the number of its rows.
    Counts(Vec<Vec<(f64, u64)>>),
}

/// The set of each group, and unions that several leaves ask for: one is sliced in this way, the next in another.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    pub(crate) sets: Vec<RoaringBitmap>,
    unions: Mutex<HashMap<Vec<usize>, Arc<RoaringBitmap>>>,
}

/// More unions than this are not remembered.
const UNIONS: usize = 1_024;

impl Sets {
    pub(crate) fn new(sets: Vec<RoaringBitmap>) -> Self {
        Self { sets, unions: Mutex::default() }
    }

    /// The members of these groups together.
    pub(crate) fn union(&self, groups: &BTreeSet<usize>) -> Arc<RoaringBitmap> {
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

impl KeyedGroups {
    pub(super) fn new(
        rollup: &Rollup<'_>,
        keyed: &Keyed,
        program: &Program,
        heads: Heads,
        kept: Kept,
        names: &mut Names,
    ) -> Result<Self> {
        let Heads { lo, hi, masks, dims } = heads;
        let of_groups = dims.into_iter().map(|(dim, slices)| (dim, Slices::OfGroups(slices)));
        let mut dims: BTreeMap<DimId, Slices> = of_groups.collect();
        for (dim, _) in keyed.dims.iter().filter(|(_, by)| *by == SlicedBy::Key) {
            dims.insert(*dim, Slices::OfKeys(of_keys(program, *dim, names)?));
        }
        Ok(Self { places: Places::new(rollup, lo, hi), dims, masks, kept })
    }
}

/// The slice of each key.
fn of_keys(program: &Program, dim: DimId, names: &mut Names) -> Result<Vec<u32>> {
    let DimSource::Fact { source, dim } = program.dims[dim] else {
        return exec_err!("a row decides what its key does");
    };
    let Source::Link { facts, .. } = &program.sources[source] else {
        return exec_err!("a text decides what a key does");
    };
    let slices: Vec<u32> =
        facts.profiles.iter().map(|profile| names.number(&profile.slices[dim])).collect();
    Ok(facts.of.iter().map(|profile| slices[profile as usize]).collect())
}
