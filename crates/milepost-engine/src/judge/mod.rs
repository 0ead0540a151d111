//! Judged aggregates as a build computes them: rows that are looked at one by one, for each bucket.
//!
//! What depends on the bucket, or on other rows, can't be a state that is merged. So each dataset that takes part is read
//! once, by the scan that feeds its rollups too, which also computes everything that a row alone can tell.
//! As the rows come, they become (`read`) timelines: for each key the times of its rows in their order (`timelines`); what
//! judgements ask of them besides is kept in columns (`needs`, `table`). A judgement is then a small program over one row and the frame of a bucket (`program`),
//! and an aggregate inside it is a binary search in the timeline of the row's key (`inner`).
//!
//! ```text
//! leaves ── plan ──► Plan ── needs ──► read ──► Store ── World ── look ──► Found ── leaf ──► LeafTable
//! ```

mod cut;
mod frames;
mod gather;
mod index;
mod inner;
mod inside;
mod leaf;
mod look;
mod needs;
mod plan;
mod population;
mod program;
mod reach;
mod read;
mod reader;
mod recent;
mod scatter;
mod share;
mod show;
mod span;
mod store;
mod table;
mod timelines;
mod wait;
mod world;

use std::sync::Arc;

use datafusion::error::DataFusionError;

use milepost_semantics::model::{DimensionId, Model};

use crate::data::Data;
use crate::error::EngineError;
use crate::leaf::Leaf;
use crate::rollup::LeafTable;

use plan::TablePlan;
use reader::Reader;
use share::Share;

pub(crate) use reader::{Measure, Taking};
pub(crate) use show::judged_text;

/// Whether a leaf is computed here: it is judged itself, or what it is sliced by is.
pub(crate) fn is_judged(model: &Model, leaf: &Leaf<'_>, by: &[DimensionId]) -> bool {
    let reach = &model[leaf.aggregate.dataset].reach;
    leaf.aggregate.is_judged()
        || by.iter().filter_map(|d| reach.get(d)).any(milepost_semantics::model::RowExpr::is_judged)
}

/// How judgements use the machine. No number depends on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How many rows are looked at in all buckets before the next ones are: their timelines stay near the processor.
    pub(crate) at_once: u32,
    /// About how many bytes the rows of large datasets may take. More are put apart by their keys, and judged one part
    /// after the other.
    pub(crate) bytes: usize,
}

impl Limits {
    pub(crate) const fn new() -> Self {
        Self { at_once: 1_024, bytes: 1 << 30 }
    }
}

/// The judged leaves of a run: what is to be read for them, and then what they are.
pub(crate) struct Judging<'m> {
    shares: Vec<Share<'m>>,
    leaves: usize,
}

impl<'m> Judging<'m> {
    pub(crate) fn new(
        model: &'m Model,
        data: &Data,
        leaves: &[(&'m Leaf<'m>, &'m [DimensionId])],
        limits: Limits,
    ) -> Self {
        Self { shares: share::shares(model, data, leaves, limits), leaves: leaves.len() }
    }

    /// What is read of each dataset that takes part.
    pub(crate) fn tables(&self) -> Vec<&TablePlan<'m>> {
        self.shares.iter().flat_map(|share| &share.plan.tables).collect()
    }

    /// How the rows of each table are read, in the same order.
    fn readers(&self) -> Vec<&Arc<Reader>> {
        self.shares.iter().flat_map(|share| &share.readers).collect()
    }

    /// One who takes the rows of a table in one partition of its scan.
    pub(crate) fn taking(&self, table: usize) -> Taking {
        self.readers()[table].taking()
    }

    /// Takes in what was taken of a table, partition by partition.
    pub(crate) fn took(&self, table: usize, parts: Vec<Taking>) {
        let reader = self.readers()[table];
        parts.into_iter().for_each(|taking| reader.put(taking));
    }

    /// What was taken of the rows of a table.
    pub(crate) fn measured(&self, table: usize) -> Measure {
        self.readers()[table].measured()
    }

    /// The cells of the leaves, in their order, after all tables were read.
    ///
    /// # Errors
    /// Disk; or what was read is not what the plan asked for, which is a bug in milepost.
    pub(crate) fn cells(&self) -> Result<Vec<LeafTable>, EngineError> {
        let failed = |e: DataFusionError| EngineError::from_engine("timelines", &e);
        let mut cells = Vec::with_capacity(self.leaves);
        for share in &self.shares {
            cells.extend(share.cells().map_err(failed)?);
        }
        cells.sort_by_key(|(leaf, _)| *leaf);
        Ok(cells.into_iter().map(|(_, table)| table).collect())
    }
}
