//! Groups that keep keys or values.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use datafusion::common::Result;
use roaring::RoaringBitmap;

use super::groups::{Masks, Names, Places, column, numbers, places};
use super::pass::Rollup;
use super::plan::Keyed;
use super::states::{DimSource, Program, Source};

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
    Sets(Vec<RoaringBitmap>),
    /// Sorted.
    Values(Vec<Vec<f64>>),
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
        let kept = if keyed.numeric {
            let lists = array.as_list::<i32>().iter();
            let values = lists.map(|list| {
                list.map(|l| l.as_primitive::<Float64Type>().values().to_vec()).unwrap_or_default()
            });
            Kept::Values(values.collect())
        } else {
            Kept::Sets(program.sets.take(array.as_primitive())?)
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
