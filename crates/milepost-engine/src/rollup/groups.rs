//! Running a rollup: one pass, whose cells become groups.

use arrow::datatypes::i256;
use datafusion::common::Result;

use milepost_plan::exact::{self, Int256};

use super::keyed::keyed_groups;
use super::pass::Rollup;
use super::states::{Collected, Finished, Heads, Program};
use crate::data::Data;
use crate::merge::{Groups, Places};

/// What a rollup took, for those who ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Rows that were taken in.
    pub(crate) rows: u64,
    /// About: the states of all partitions when each was whole.
    pub(crate) bytes: usize,
}

/// The groups of a rollup, and what they took.
pub(crate) struct Grouped {
    pub(crate) groups: Groups,
    pub(crate) measured: Measured,
}

impl Grouped {
    /// What a scan collected for a rollup. `first`: when the first row of the dataset was, if the scan was asked.
    ///
    /// # Errors
    /// The states are not those of this program, which is a bug in milepost.
    pub(crate) fn new(
        data: &Data,
        rollup: &Rollup<'_>,
        program: &Program,
        collected: Collected,
    ) -> Result<Self> {
        let measured = Measured { rows: collected.rows(), bytes: collected.held() };
        let first = collected.first().map(|first| rollup.instant(first));
        let Finished { heads, rows, counts, states, keyed, mut names } = collected.finish()?;
        let dataset = rollup.place.dataset;
        let told = data.status(dataset).filter(|_| data.streamed.contains_key(&dataset));
        let keyed = keyed.into_values().zip(rollup.keyed.values());
        let keyed = keyed.map(|((heads, kept), keyed)| {
            keyed_groups(rollup, keyed, program, heads, kept, &mut names)
        });
        let keyed = keyed.collect::<Result<_>>()?;
        let Heads { lo, hi, masks, dims } = heads;
        let groups = Groups {
            cuts: rollup.cuts.iter().copied().collect(),
            first: rollup
                .place
                .complete_from(rollup.model)
                .or_else(|| told.map_or(first, |status| status.first)),
            until: rollup.place.complete_until(rollup.model),
            places: places(rollup, lo, hi),
            // They are there for every dimension, in its order.
            dims: dims.into_values().collect(),
            names,
            masks,
            rows,
            counts,
            states,
            keyed,
        };
        Ok(Self { groups, measured })
    }
}

/// Where groups stand in time, of a rollup.
pub(super) fn places(rollup: &Rollup<'_>, lo: Vec<i64>, hi: Vec<i64>) -> Places {
    Places { lo, hi: if rollup.place.has_until() { hi } else { Vec::new() } }
}

/// The double that is nearest to an exact decimal.
pub(crate) fn decimal(mantissa: impl Into<i256>, scale: i32) -> f64 {
    exact::decimal(plain(mantissa.into()), scale)
}

/// The same whole number without Arrow.
pub(crate) fn plain(whole: i256) -> Int256 {
    let (low, high) = whole.to_parts();
    Int256::from_parts(low, high)
}
