//! Row-by-row evaluation: aggregates whose value depends on the bucket or on other rows, so that no state of rows can be
//! merged into it.
//!
//! Each dataset that takes part is read once, by the statement that feeds its rollups too, which also computes everything
//! that a row alone determines. What comes in is kept as columns and as timelines: for each key the times of its rows in their order. An
//! expression is then a small program over one row and the frame of a bucket, and an aggregate inside it is a binary search
//! in the timeline of the row's key.
//!
//! ```text
//! leaves ── plan ──► Plan ── collect (spill) ──► Store ── evaluate ──► states by point ── cells ──► LeafTable
//! ```
//!
//! The folders stand on each other in this order: `ids` and `key`, `plan`, `store`, `spill`, `collect`, `evaluate`, `batch`.

mod batch;
mod collect;
mod evaluate;
mod ids;
mod key;
mod plan;
mod spill;
mod store;

use std::sync::Arc;

use datafusion::error::DataFusionError;

use milepost_semantics::model::{DimensionId, Model};

use crate::data::Data;
use crate::error::EngineError;
use crate::ids::ById;
use crate::leaf::{Leaf, LeafTable};

use batch::LeafBatch;
use collect::reader::Reader;
use plan::TablePlan;

pub(crate) use collect::reader::{Measure, PartitionCollector};
pub(crate) use evaluate::listing::ListedRow;
pub(crate) use ids::RunTableId;
pub(crate) use key::KeyPart;
pub(crate) use plan::listing::Listed;
pub(crate) use plan::show::evaluation_text;
pub(crate) use store::first_days::KnownFirstDays;

/// Whether a leaf is computed here: it is evaluated by row itself, or what it is sliced by is.
pub(crate) fn is_evaluated_by_row(model: &Model, leaf: &Leaf<'_>, by: &[DimensionId]) -> bool {
    let reach = &model[leaf.aggregate.dataset].reach;
    leaf.aggregate.is_judged() || by.iter().any(|dimension| reach[dimension].is_judged())
}

/// How evaluations use the machine. No number depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many rows are evaluated in all buckets before the next ones are: their timelines stay near the processor.
    pub(crate) at_once: u32,
    /// About how many bytes the rows of large datasets may take. More are partitioned by their keys, and evaluated one part
    /// after the other.
    pub(crate) bytes: usize,
}

impl Limits {
    pub(crate) const fn new() -> Self {
        Self { at_once: 1_024, bytes: 1 << 30 }
    }
}

/// The leaves that are evaluated by row of a run: what is to be read for them, and then what they are.
pub(crate) struct RowEvaluation<'m> {
    batches: Vec<LeafBatch<'m>>,
    leaves: usize,
}

impl<'m> RowEvaluation<'m> {
    /// # Errors
    /// Rows can't be evaluated as planned, which is a bug in milepost.
    pub(crate) fn new(
        model: &'m Model,
        data: &Data,
        leaves: &[(&'m Leaf<'m>, &'m [DimensionId])],
        limits: Limits,
    ) -> Result<Self, EngineError> {
        let batches = batch::batches(model, data, leaves, limits).map_err(|e| failed(&e))?;
        Ok(Self { batches, leaves: leaves.len() })
    }

    /// The same for the leaves of one number, with what is listed of the rows that the last of them holds, and (`unknown`) of
    /// those of which it can't be told.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn listing(
        model: &'m Model,
        data: &Data,
        leaves: &[&'m Leaf<'m>],
        listed: &[Listed<'m>],
        unknown: bool,
        limits: Limits,
    ) -> Result<Self, EngineError> {
        let batch = batch::listing(model, data, leaves, (listed, unknown), limits)
            .map_err(|e| failed(&e))?;
        Ok(Self { batches: vec![batch], leaves: leaves.len() })
    }

    /// The cells of the leaves, and the rows that are listed, after all tables were read.
    ///
    /// # Errors
    /// As [`Self::cells`].
    pub(crate) fn members(&self) -> Result<(Vec<LeafTable>, Vec<ListedRow>), EngineError> {
        let (mut cells, mut rows) = (Vec::with_capacity(self.leaves), Vec::new());
        for batch in &self.batches {
            let (own, listed) = batch.members().map_err(|e| failed(&e))?;
            cells.extend(own.into_iter().map(|(_, table)| table));
            rows.extend(listed);
        }
        Ok((cells, rows))
    }

    /// What is read of each dataset that takes part.
    pub(crate) fn tables(&self) -> ById<RunTableId, &TablePlan<'m>> {
        self.batches.iter().flat_map(|share| share.plan.tables.values()).collect()
    }

    /// How the rows of each table are read, in the same order.
    fn readers(&self) -> ById<RunTableId, &Arc<Reader>> {
        self.batches.iter().flat_map(|share| share.readers.values()).collect()
    }

    /// What takes the rows of a table in one partition of its scan.
    pub(crate) fn taking(&self, table: RunTableId) -> PartitionCollector {
        self.readers()[table].taking()
    }

    /// Takes in what was collected of a table, partition by partition.
    pub(crate) fn took(&self, table: RunTableId, parts: Vec<PartitionCollector>) {
        let reader = self.readers()[table];
        parts.into_iter().for_each(|taking| reader.put(taking));
    }

    /// What was taken of the rows of a table.
    pub(crate) fn measured(&self, table: RunTableId) -> Measure {
        self.readers()[table].measured()
    }

    /// The cells of the leaves, in their order, after all tables were read.
    ///
    /// # Errors
    /// Disk; or what was read is not what the plan asked for, which is a bug in milepost.
    pub(crate) fn cells(&self) -> Result<Vec<LeafTable>, EngineError> {
        let mut cells = Vec::with_capacity(self.leaves);
        for share in &self.batches {
            cells.extend(share.cells().map_err(|e| failed(&e))?);
        }
        cells.sort_by_key(|(leaf, _)| *leaf);
        Ok(cells.into_iter().map(|(_, table)| table).collect())
    }
}

fn failed(error: &DataFusionError) -> EngineError {
    EngineError::from_engine("timelines", error)
}
