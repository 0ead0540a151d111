//! Groups that keep keys or values, of what a pass kept.

use std::collections::BTreeMap;

use datafusion::common::{Result, exec_err};

use super::groups::places;
use super::ids::DimId;
use super::pass::Rollup;
use super::plan::{Keyed, SlicedBy};
use super::states::{DimSource, Heads, Program, Source};
use crate::merge::{Kept, KeyedGroups, Names, Slices};

/// The groups of one key, or of the values of one expression.
///
/// # Errors
/// Something else than the key decides its slice, which is a bug in milepost.
pub(super) fn keyed_groups(
    rollup: &Rollup<'_>,
    keyed: &Keyed,
    program: &Program,
    heads: Heads,
    kept: Kept,
    names: &mut Names,
) -> Result<KeyedGroups> {
    let Heads { lo, hi, masks, dims } = heads;
    let of_groups = dims.into_iter().map(|(dim, slices)| (dim, Slices::OfGroups(slices)));
    let mut dims: BTreeMap<DimId, Slices> = of_groups.collect();
    for (dim, _) in keyed.dims.iter().filter(|(_, by)| *by == SlicedBy::Key) {
        dims.insert(*dim, Slices::OfKeys(of_keys(program, *dim, names)?));
    }
    Ok(KeyedGroups { places: places(rollup, lo, hi), dims, masks, kept })
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
