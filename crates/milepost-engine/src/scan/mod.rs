//! What a run reads: one statement for each dataset, whatever asks.
//!
//! The rollups of a dataset and its entity timelines read the rows of one statement, so they are read, decoded and joined
//! once, and each expression is evaluated once for all of them. The rows are streamed to collectors, one for each partition
//! (`collect`).
//!
//! ```text
//! rollups, judged tables ── scans ──► Scan ── Statement ──► streams of rows ── collect ──► Groups, parts of timelines
//! ```

mod collect;
mod show;
mod statement;

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use milepost_semantics::model::{DatasetId, Model};

use crate::data::Data;
use crate::error::EngineError;
use crate::ids::ById;
use crate::merge::RollupId;
use crate::rollup::{Grouped, Rollup};
use crate::rows::{RowEvaluation, RunTableId};
use crate::sql::Scope;

pub(crate) use show::explained;
pub use show::plan_text;
use statement::Statement;

/// One statement over the rows of a dataset, and what it feeds.
struct Scan {
    dataset: DatasetId,
    rollups: Vec<RollupId>,
    tables: Vec<RunTableId>,
    /// The dataset with everything that is joined to its rows.
    from: String,
}

/// So many statements are planned or run at the same time: while one is planned, the rows of others are read.
const AT_ONCE: usize = 4;

/// Reads everything that a run needs, once: the groups of each rollup. Those who evaluate rows get what was taken of their
/// tables.
///
/// # Errors
/// A table can't be read; numbers are out of range; memory. Of several errors that of the first statement.
pub(crate) async fn scan_all(
    model: &Model,
    data: &Data,
    rollups: &ById<RollupId, Rollup<'_>>,
    evaluation: &RowEvaluation<'_>,
) -> Result<BTreeMap<RollupId, Grouped>, EngineError> {
    let runs = scans(rollups, evaluation).into_iter().map(|scan| async move {
        let statement = Statement::of(model, data, &scan, rollups, evaluation).await?;
        statement.run(data, rollups, evaluation).await
    });
    let groups: Vec<_> = stream::iter(runs).buffered(AT_ONCE).try_collect().await?;
    Ok(groups.into_iter().flatten().collect())
}

/// The statements that serve a run: one for each dataset, unless joins of one name lead to different rows.
fn scans(rollups: &ById<RollupId, Rollup<'_>>, evaluation: &RowEvaluation<'_>) -> Vec<Scan> {
    let mut scans: Vec<Scan> = Vec::new();
    for (number, rollup) in rollups.iter() {
        let at = place(&mut scans, rollups, evaluation, rollup.place.dataset, &rollup.scope);
        scans[at].rollups.push(number);
    }
    for (id, table) in evaluation.tables().iter() {
        let at = place(&mut scans, rollups, evaluation, table.dataset, &table.scope);
        scans[at].tables.push(id);
    }
    scans
}

/// The position of the statement that can feed one more reader.
fn place(
    scans: &mut Vec<Scan>,
    rollups: &ById<RollupId, Rollup<'_>>,
    evaluation: &RowEvaluation<'_>,
    dataset: DatasetId,
    scope: &Scope<'_>,
) -> usize {
    let candidates = scans.iter_mut().enumerate().filter(|(_, scan)| scan.dataset == dataset);
    for (at, scan) in candidates {
        let readers = scan.rollups.iter().map(|number| &rollups[*number].scope);
        let tables = evaluation.tables();
        let tables = scan.tables.iter().map(|id| &tables[*id].scope);
        let scopes: Vec<&Scope<'_>> = readers.chain(tables).chain([scope]).collect();
        if let Some(from) = Scope::united(&scopes) {
            scan.from = from;
            return at;
        }
    }
    let from = scope.passing_by();
    scans.push(Scan { dataset, rollups: Vec::new(), tables: Vec::new(), from });
    scans.len() - 1
}
