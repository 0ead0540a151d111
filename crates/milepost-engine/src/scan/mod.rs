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

use milepost_semantics::model::DatasetId;

use crate::ids::ById;
use crate::merge::RollupId;
use crate::rollup::Rollup;
use crate::rows::RowEvaluation;
use crate::sql::Scope;

pub(crate) use show::explained;
pub use show::plan_text;
pub(crate) use statement::Statement;

/// One statement over the rows of a dataset, and what it feeds.
pub(crate) struct Scan {
    pub(crate) dataset: DatasetId,
    pub(crate) rollups: Vec<RollupId>,
    /// Positions among the run's judged tables.
    pub(crate) tables: Vec<usize>,
    /// The dataset with everything that is joined to its rows.
    from: String,
}

/// The statements that serve a run: one for each dataset, unless joins of one name lead to different rows.
pub(crate) fn scans(
    rollups: &ById<RollupId, Rollup<'_>>,
    evaluation: &RowEvaluation<'_>,
) -> Vec<Scan> {
    let mut scans: Vec<Scan> = Vec::new();
    for (number, rollup) in rollups.iter() {
        let at = place(&mut scans, rollups, evaluation, rollup.place.dataset, &rollup.scope);
        scans[at].rollups.push(number);
    }
    for (number, table) in evaluation.tables().iter().enumerate() {
        let at = place(&mut scans, rollups, evaluation, table.dataset, &table.scope);
        scans[at].tables.push(number);
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
        let tables = scan.tables.iter().map(|number| &tables[*number].scope);
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
