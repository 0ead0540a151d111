//! What merging reads: the groups of a rollup, and where a leaf finds its states among them.

use milepost_semantics::time::Instant;

use super::{CountId, DimId, FilterId, KeyedFilterId, KeyedGroups, KeyedId, RollupId, StateId};
use crate::evaluate::Value;
use crate::exact::{ExactPartials, Int256, PowerSums};
use crate::ids::{ById, Id};
use crate::intern::{Bits, Interner, has};

/// Where a leaf finds its states.
#[derive(Clone, Debug)]
pub struct PlannedLeaf {
    pub rollup: RollupId,
    pub filter: FilterId,
    /// What its request slices by, in the same order.
    pub by: Vec<DimId>,
    pub read: Read,
}

/// What a leaf reads of its rollup.
#[derive(Clone, Copy, Debug)]
pub enum Read {
    /// The rows that pass the filter.
    Rows,
    /// How many values there are.
    Values(CountId),
    /// A state and the number of values behind it.
    State { state: StateId, values: CountId },
    /// A keyed group list, and the leaf's filter there.
    Keyed { keyed: KeyedId, filter: KeyedFilterId },
}

/// What one rollup holds after its pass: groups sorted by `lo`.
#[derive(Debug)]
pub struct Groups {
    pub cuts: Vec<Instant>,
    /// When the first row of the dataset was.
    pub first: Option<Instant>,
    /// From when on rows may be missing, if the dataset says so.
    pub until: Option<Instant>,
    pub places: Places,
    /// The value of each dimension, by group.
    pub dims: ById<DimId, Vec<u32>>,
    /// What the numbers in `dims` stand for.
    pub names: Names,
    pub masks: Masks,
    /// Rows, by group.
    pub rows: Vec<u64>,
    /// How many values there are, by group.
    pub counts: ById<CountId, Vec<u64>>,
    /// By group.
    pub states: ById<StateId, StateColumn>,
    pub keyed: ById<KeyedId, KeyedGroups>,
}

/// The filters that the rows of each group pass.
#[derive(Debug, Default)]
pub struct Masks {
    /// By group: a number in `known`.
    of: Vec<u32>,
    known: Interner<Bits>,
}

impl Masks {
    /// `of`: by group, a number in `known`.
    pub const fn new(of: Vec<u32>, known: Interner<Bits>) -> Self {
        Self { of, known }
    }

    /// Whether each group's rows pass a filter.
    pub fn passing(&self, filter: impl Id) -> Vec<bool> {
        let has = |mask: &Bits| has(mask, filter.position());
        let passes: Vec<bool> = self.known.values.iter().map(has).collect();
        self.of.iter().map(|mask| passes[*mask as usize]).collect()
    }
}

/// Where groups stand in time.
#[derive(Debug, Default)]
pub struct Places {
    /// The elementary interval (number of cuts at or before), the first instant at which a state holds, or a
    /// picture's own time.
    pub lo: Vec<i64>,
    /// One past the last instant at which a state holds; empty for rows and pictures.
    pub hi: Vec<i64>,
}

/// The codes of slice values by number.
pub type Names = Interner<String>;

/// One state of every group.
#[derive(Debug)]
pub enum StateColumn {
    Decimal {
        values: Vec<Option<Int256>>,
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
    /// Cells, and sets or lists of values.
    pub fn cells(&self) -> usize {
        self.rows.len() + self.keyed.values().map(|keyed| keyed.places.lo.len()).sum::<usize>()
    }
}
