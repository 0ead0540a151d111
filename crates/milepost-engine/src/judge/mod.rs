//! Judged aggregates as a build computes them: rows that are looked at one by one, for each bucket.
//!
//! What depends on the bucket, or on other rows, can't be a state that is merged. So each dataset that takes part is read
//! once, by one statement that also computes everything that a row alone can tell (`read`). As the rows come, they become
//! timelines: for each key the times of its rows in their order (`timelines`); what judgements ask of them besides is kept
//! in columns (`needs`, `table`). A judgement is then a small program over one row and the frame of a bucket (`program`),
//! and an aggregate inside it is a binary search in the timeline of the row's key (`inner`).
//!
//! ```text
//! leaves ── plan ──► Plan ── needs ──► read ──► tables, timelines ── World ── leaf ──► LeafTable
//! ```

mod gather;
mod index;
mod inner;
mod leaf;
mod needs;
mod plan;
mod population;
mod program;
mod read;
mod show;
mod span;
mod table;
mod timelines;
mod world;

use milepost_semantics::model::{DimensionId, Model};

use crate::data::Data;
use crate::error::EngineError;
use crate::leaf::Leaf;
use crate::rollup::LeafTable;

pub(crate) use show::judged_text;

/// Whether a leaf is computed here: it is judged itself, or what it is sliced by is.
pub(crate) fn is_judged(model: &Model, leaf: &Leaf<'_>, by: &[DimensionId]) -> bool {
    let reach = &model[leaf.aggregate.dataset].reach;
    leaf.aggregate.is_judged()
        || by.iter().filter_map(|d| reach.get(d)).any(milepost_semantics::model::RowExpr::is_judged)
}

/// Computes these leaves, in their order.
///
/// # Errors
/// Memory; numbers out of range; or a statement that the engine refused, which is a bug in milepost.
pub(crate) async fn run(
    model: &Model,
    data: &Data,
    leaves: &[(&Leaf<'_>, &[DimensionId])],
) -> Result<Vec<LeafTable>, EngineError> {
    let plan = plan::Plan::new(model, data.as_of, leaves);
    let calendar = &model.project.calendar;
    let mut tables = Vec::with_capacity(plan.tables.len());
    for (table, needs) in plan.tables.iter().zip(needs::needs(&plan)) {
        let name = &model[table.dataset].name;
        tables.push(read::read(&data.context, name, &table.sql(), needs, calendar).await?);
    }
    let world = world::World::new(&plan, tables);
    Ok(leaves
        .iter()
        .zip(&plan.leaves)
        .map(|((leaf, _), planned)| world.leaf(leaf, planned))
        .collect())
}
