//! Running a rollup: one pass, whose cells become groups.

use arrow::datatypes::i256;
use datafusion::common::Result;

use milepost_semantics::time::Instant;

use super::ids::{CountId, DimId, KeyedId, StateId};
use super::keyed::KeyedGroups;
use super::pass::Rollup;
use super::states::{Collected, Finished, Heads, Program, has};
use crate::data::Data;
use crate::evaluate::Value;
use crate::functions::{ExactPartials, PowerSums};
use crate::ids::{ById, Id};
use crate::keys::Interner;

/// What one rollup holds after its pass: groups sorted by `lo`.
pub(crate) struct Groups {
    pub(crate) cuts: Vec<Instant>,
    /// When the first row of the dataset was.
    pub(crate) first: Option<Instant>,
    /// From when on rows may be missing, if the dataset says so.
    pub(crate) until: Option<Instant>,
    pub(crate) places: Places,
    /// The value of each dimension, by group.
    pub(crate) dims: ById<DimId, Vec<u32>>,
    /// What the numbers in `dims` stand for.
    pub(crate) names: Names,
    pub(crate) masks: Masks,
    /// Rows, by group.
    pub(crate) rows: Vec<u64>,
    /// How many values there are, by group.
    pub(crate) counts: ById<CountId, Vec<u64>>,
    /// By group.
    pub(crate) states: ById<StateId, StateColumn>,
    pub(crate) keyed: ById<KeyedId, KeyedGroups>,
    pub(crate) measured: Measured,
}

/// What a rollup took, for those who ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured {
    /// Rows that were taken in.
    pub(crate) rows: u64,
    /// About: the states of all partitions when each was whole.
    pub(crate) bytes: usize,
}

/// The filters that the rows of each group pass.
#[derive(Debug, Default)]
pub(crate) struct Masks {
    /// By group: a number in `known`.
    of: Vec<u32>,
    known: Interner<Vec<u64>>,
}

impl Masks {
    /// `of`: by group, a number in `known`.
    pub(super) const fn new(of: Vec<u32>, known: Interner<Vec<u64>>) -> Self {
        Self { of, known }
    }

    /// Whether each group's rows pass a filter.
    pub(super) fn passing(&self, filter: impl Id) -> Vec<bool> {
        let has = |mask: &Vec<u64>| has(mask, filter.position());
        let passes: Vec<bool> = self.known.values.iter().map(has).collect();
        self.of.iter().map(|mask| passes[*mask as usize]).collect()
    }
}

/// Where groups stand in time.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// The elementary interval (number of cuts at or before), the first instant at which a state holds, or a
    /// picture's own time.
    pub(crate) lo: Vec<i64>,
    /// One past the last instant at which a state holds; empty for rows and pictures.
    pub(crate) hi: Vec<i64>,
}

/// The codes of slice values by number.
pub(crate) type Names = Interner<String>;

/// One state of every group.
#[derive(Debug)]
pub(crate) enum StateColumn {
    Decimal {
        values: Vec<Option<i256>>,
        scale: i32,
    },
    Exact(Vec<ExactPartials>),
    Powers {
        sums: Vec<PowerSums>,
        /// The values are so many powers of ten smaller.
        scale: u32,
    },
    Extreme(Vec<Option<Value>>),
    /// The value and the time of its row.
    Timed {
        values: Vec<Option<Value>>,
        times: Vec<Option<i64>>,
    },
}

impl Groups {
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
            KeyedGroups::new(rollup, keyed, program, heads, kept, &mut names)
        });
        let keyed = keyed.collect::<Result<_>>()?;
        let Heads { lo, hi, masks, dims } = heads;
        Ok(Self {
            cuts: rollup.cuts.iter().copied().collect(),
            first: rollup
                .place
                .complete_from(rollup.model)
                .or_else(|| told.map_or(first, |status| status.first)),
            until: rollup.place.complete_until(rollup.model),
            places: Places::new(rollup, lo, hi),
            // They are there for every dimension, in its order.
            dims: dims.into_values().collect(),
            names,
            masks,
            rows,
            counts,
            states,
            keyed,
            measured,
        })
    }
}

impl Places {
    pub(super) fn new(rollup: &Rollup<'_>, lo: Vec<i64>, hi: Vec<i64>) -> Self {
        Self { lo, hi: if rollup.has_until() { hi } else { Vec::new() } }
    }
}

impl Groups {
    /// Cells, and sets or lists of values.
    pub(crate) fn cells(&self) -> usize {
        self.rows.len() + self.keyed.values().map(|keyed| keyed.places.lo.len()).sum::<usize>()
    }
}

/// The nearest double of an exact decimal.
#[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
pub(crate) fn decimal(mantissa: impl Into<i256>, scale: i32) -> f64 {
    let mantissa: i256 = mantissa.into();
    // Below 2^53 both are exact and the quotient is correctly rounded; above, read the decimal as text, which is too.
    if let Some(small) = mantissa.to_i128()
        && small.unsigned_abs() < 1 << 53
        && scale <= 22
    {
        return small as f64 / 10f64.powi(scale);
    }
    format!("{mantissa}e-{scale}").parse().unwrap_or(f64::NAN)
}
