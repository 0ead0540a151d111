//! Opening the data: each dataset once, seen from the as-of, ready for both lowerings.

mod ask;
mod carry;
mod compared;
mod currencies;
mod derive;
mod kept;
mod members;
mod needs;
mod open;
mod place;
mod promised;
mod repeats;
mod rhythm;
mod stream;
mod structure;
mod verify;
mod visible;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::prelude::SessionContext;

use milepost_semantics::model::{ColumnId, ColumnSource, DatasetId, DimensionId, Hop, Model};
use milepost_semantics::time::{AsOf, Instant};

use crate::rows::KnownFirstDays;
use crate::source::Streamed;

pub(crate) use compared::{Compared, Seen, Texts};
pub(crate) use needs::{Needs, needs_of_all};
pub(crate) use open::{Opening, open};
pub(crate) use rhythm::{Days, Ended, Pictures, last_day, shown};
pub(crate) use visible::{visible, visible_facts};

/// The opened data of a project. Every table in `context` has its dataset's name, holds only what the as-of lets be
/// seen, and has no repeats.
pub struct Data {
    pub(crate) as_of: AsOf,
    pub(crate) context: SessionContext,
    pub(crate) datasets: Vec<DatasetStatus>,
    /// How many rows break a promise of values, by dataset and check, where the as-of hides times that are promised.
    pub(crate) empty: BTreeMap<DatasetId, BTreeMap<usize, u64>>,
    pub(crate) opened: BTreeMap<DatasetId, usize>,
    /// Those that are read while they are computed with.
    pub(crate) streamed: BTreeMap<DatasetId, Arc<Streamed>>,
    /// By the column that holds their names.
    members: BTreeMap<(DatasetId, ColumnId), members::Keys>,
    /// The datasets that were asked for, rather than opened for checks.
    pub(crate) asked: BTreeSet<DatasetId>,
    /// Those whose rows ended long before the as-of, beside what is usual.
    pub(crate) ended: BTreeMap<DatasetId, Ended>,
    /// Snapshots of which the latest picture holds until the next.
    pub(crate) pictures: BTreeMap<DatasetId, Pictures>,
    /// Links from rows to the members that they belong to, of all that is read.
    pub(crate) links: Vec<Hop>,
    /// What conditions compare with texts, and the texts that the compared columns hold.
    pub(crate) compared: Vec<Compared>,
    pub(crate) texts: Texts,
    /// First days of members that were found.
    pub(crate) first_days: Arc<KnownFirstDays>,
}

/// What was found in one dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetStatus {
    pub dataset: DatasetId,
    pub files: usize,
    /// Rows seen from the as-of, repeats dropped.
    pub rows: u64,
    /// Repeats that were dropped.
    pub dropped: u64,
    /// Those of them that say something else than the row that is kept.
    pub differing: u64,
    /// The first instant of the dataset's own time (`valid` start for histories).
    pub first: Option<Instant>,
    /// The newest.
    pub newest: Option<Instant>,
    /// How often its rows were read from its files in this run.
    pub opened: u32,
    /// What was found in its files that readers should know, each a sentence without a full stop.
    pub notes: Vec<String>,
}

impl DatasetStatus {
    /// Of a dataset without files.
    #[must_use]
    pub const fn missing(dataset: DatasetId) -> Self {
        Self {
            dataset,
            files: 0,
            rows: 0,
            dropped: 0,
            differing: 0,
            first: None,
            newest: None,
            opened: 0,
            notes: Vec::new(),
        }
    }
}

impl Data {
    /// Up to when the data is looked at.
    #[must_use]
    pub fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// The datasets that were opened, in the model's order.
    #[must_use]
    pub fn datasets(&self) -> &[DatasetStatus] {
        &self.datasets
    }

    /// What was found in that dataset; absent if it was not opened.
    #[must_use]
    pub fn status(&self, dataset: DatasetId) -> Option<&DatasetStatus> {
        self.opened.get(&dataset).map(|i| &self.datasets[*i])
    }

    /// The key of each member by its name, where a dimension's values are members with labels.
    pub(crate) fn members(&self, model: &Model, by: DimensionId) -> Option<&members::Keys> {
        let path = model.datasets.iter().find_map(|d| d.reach.get(&by)?.as_column())?;
        match model[path.dataset][path.column].source {
            ColumnSource::MemberName(_) => self.members.get(&(path.dataset, path.column)),
            _ => None,
        }
    }

    /// Whether that dataset is read while it is computed with, rather than held in memory.
    #[must_use]
    pub fn is_streamed(&self, dataset: DatasetId) -> bool {
        self.streamed.contains_key(&dataset)
    }
}

impl std::fmt::Debug for Data {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Data")
            .field("as_of", &self.as_of)
            .field("datasets", &self.datasets)
            .finish_non_exhaustive()
    }
}
