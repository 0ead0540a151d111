//! Groups that keep keys or values.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use datafusion::common::Result;
use roaring::{MultiOps, RoaringBitmap};

use super::groups::{Masks, Names, Places, column, numbers, places};
use super::pass::Rollup;
use super::plan::Keyed;
use super::states::{DimSource, Program, Source, counts};

/// One group per interval, class and slice, sorted by `lo`.
pub(crate) struct KeyedGroups {
    pub(crate) places: Places,
    /// By dimension of the rollup; empty for those that the groups are not kept apart by.
    pub(crate) dims: Vec<Vec<u32>>,
    /// By dimension of the rollup, by key: the slice of a key whose number is beyond is the last one's.
    pub(crate) slices: Vec<Vec<u32>>,
    /// Of the filters that were asked for: positions in the rollup's list.
    pub(crate) filters: Vec<usize>,
    pub(crate) masks: Masks,
    pub(crate) kept: Kept,
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
    pub(super) fn read(
        rollup: &Rollup<'_>,
        number: usize,
        keyed: &Keyed,
        program: &Program,
        cells: &RecordBatch,
        names: &mut Names,
    ) -> Result<Self> {
        let input = &program.keyed[number];
        let mut dims = vec![Vec::new(); rollup.dims.len()];
        for dim in &input.dims {
            dims[*dim] = numbers(column(cells, &format!("d{dim}")), names);
        }
        let mut slices = vec![Vec::new(); rollup.dims.len()];
        for dim in &keyed.by_key {
            slices[*dim] = of_keys(program, *dim, names);
        }
        let array = column(cells, "kept");
        let kept = if keyed.rounded {
            Kept::Counts(counts::read(array))
        } else if keyed.numeric {
            let lists = array.as_list::<i32>().iter();
            let values = lists.map(|list| {
                list.map(|l| l.as_primitive::<Float64Type>().values().to_vec()).unwrap_or_default()
            });
            Kept::Values(values.collect())
        } else {
            Kept::Sets(Sets::new(program.sets.take(array.as_primitive())?))
        };
        Ok(Self {
            places: places(rollup, cells),
            dims,
            slices,
            filters: keyed.filters.clone(),
            masks: Masks::read(column(cells, "mask")),
            kept,
        })
    }
}

/// The slice of each key.
fn of_keys(program: &Program, dim: usize, names: &mut Names) -> Vec<u32> {
    let DimSource::Fact { source, dim } = program.dims[dim] else { return Vec::new() };
    let Source::Link { facts, .. } = &program.sources[source] else {
        return Vec::new();
    };
    let slices: Vec<u32> =
        facts.profiles.iter().map(|profile| names.number(&profile.slices[dim])).collect();
    facts.of.iter().map(|profile| slices[profile as usize]).collect()
}
