//! Judged aggregates as a build computes them: rows that are looked at one by one, for each bucket.
//!
//! What depends on the bucket, or on other rows, can't be a state that is merged. So each dataset that takes part is read
//! once, by the statement that feeds its rollups too (`function`), which also computes everything that a row alone can tell.
//! As the rows come, they become (`read`) timelines: for each key the times of its rows in their order (`timelines`); what judgements ask of them besides is kept
//! in columns (`needs`, `table`). A judgement is then a small program over one row and the frame of a bucket (`program`),
//! and an aggregate inside it is a binary search in the timeline of the row's key (`inner`).
//!
//! ```text
//! leaves ── plan ──► Plan ── needs ──► read ──► Store ── World ── look ──► Found ── leaf ──► LeafTable
//! ```

mod frames;
mod function;
mod gather;
mod index;
mod inner;
mod leaf;
mod look;
mod needs;
mod plan;
mod population;
mod program;
mod read;
mod recent;
mod show;
mod span;
mod store;
mod table;
mod timelines;
mod world;

use std::sync::Arc;

use datafusion::error::DataFusionError;

use milepost_semantics::model::{DimensionId, Model};
use milepost_semantics::time::AsOf;

use crate::error::EngineError;
use crate::leaf::Leaf;
use crate::rollup::LeafTable;

use function::Reader;
use look::{Look, Task, look};
use plan::{Plan, TablePlan};
use store::Store;
use world::World;

pub(crate) use function::EntityTimelines;
pub(crate) use show::judged_text;

/// Whether a leaf is computed here: it is judged itself, or what it is sliced by is.
pub(crate) fn is_judged(model: &Model, leaf: &Leaf<'_>, by: &[DimensionId]) -> bool {
    let reach = &model[leaf.aggregate.dataset].reach;
    leaf.aggregate.is_judged()
        || by.iter().filter_map(|d| reach.get(d)).any(milepost_semantics::model::RowExpr::is_judged)
}

/// Fewer are judged sooner than a thread starts.
const ROWS_OF_A_THREAD: usize = 4_096;

/// The judged leaves of a run: what is to be read for them, and then what they are.
pub(crate) struct Judging<'m> {
    plan: Plan<'m>,
    /// By table of the plan.
    readers: Vec<Arc<Reader>>,
}

impl<'m> Judging<'m> {
    pub(crate) fn new(
        model: &'m Model,
        as_of: AsOf,
        leaves: &[(&Leaf<'m>, &[DimensionId])],
    ) -> Self {
        let plan = Plan::new(model, as_of, leaves);
        let calendar = &model.project.calendar;
        let readers = plan
            .tables
            .iter()
            .zip(needs::needs(&plan))
            .map(|(table, needs)| Arc::new(Reader::new(needs, calendar, table.columns.len())));
        let readers = readers.collect();
        Self { plan, readers }
    }

    /// What is read of each dataset that takes part.
    pub(crate) fn tables(&self) -> &[TablePlan<'m>] {
        &self.plan.tables
    }

    /// The aggregate function of that name that the rows of a table are handed to.
    pub(crate) fn function(&self, table: usize, name: String) -> EntityTimelines {
        EntityTimelines::new(name, &self.readers[table])
    }

    /// How many rows of a table were looked at, and about how many bytes are kept of them.
    pub(crate) fn measured(&self, table: usize) -> (usize, usize) {
        self.readers[table].measured()
    }

    /// The cells of the leaves, in their order, after all tables were read.
    ///
    /// # Errors
    /// What was read is not what the plan asked for, which is a bug in milepost.
    pub(crate) fn leaves(
        &self,
        leaves: &[(&Leaf<'m>, &[DimensionId])],
        threads: usize,
    ) -> Result<Vec<LeafTable>, EngineError> {
        let read = self.readers.iter().map(|reader| Ok(Arc::new(reader.finish()?)));
        let read = read.collect::<Result<Vec<_>, DataFusionError>>();
        let read = read.map_err(|e| EngineError::from_engine("timelines", &e))?;
        let store = Store::new(&self.plan, read);
        let world = World::new(&self.plan, &store);
        let planned = || leaves.iter().zip(&self.plan.leaves);
        let looks: Vec<Vec<Look>> =
            planned().map(|((leaf, _), planned)| world.looks(leaf, planned)).collect();
        let tasks = self.plan.leaves.iter().zip(&looks);
        let tasks: Vec<Task<'_>> =
            tasks.map(|(planned, looks)| Task::new(planned, looks, None)).collect();
        let rows: usize = store.tables.iter().map(|table| table.rows).sum();
        let threads = threads.min(1 + rows / ROWS_OF_A_THREAD);
        let found = look(&self.plan, &store, &tasks, threads, true);
        let cells = planned().zip(&looks).zip(found);
        Ok(cells
            .map(|((((leaf, _), planned), looks), found)| world.leaf(leaf, planned, looks, found))
            .collect())
    }
}
