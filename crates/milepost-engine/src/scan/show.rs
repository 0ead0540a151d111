//! What a run reads and computes, in words.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant as Clock;

use milepost_semantics::model::{DatasetId, DatasetKind, DimensionId, Model};
use milepost_semantics::time::AsOf;

use super::statement::{Reading, Statement};
use super::{Scan, scans};
use crate::data::Data;
use crate::error::EngineError;
use crate::ids::{ById, Id};
use crate::job::Job;
use crate::leaf::{Leaf, LeafTable};
use crate::machine::{self, share};
use crate::merge::{PlannedLeaf, RollupId, merge};
use crate::request::Request;
use crate::rollup::{Grouped, KeyedOf, Rollup, plan};
use crate::rows::{self, Limits, Measure, RowEvaluation};

/// A metric's name, one of its aggregates, and what it is sliced by.
type Named<'a, 'm> = (&'a str, &'a Leaf<'m>, &'a [DimensionId]);

/// The aggregates that are evaluated row by row, and the others. Nothing is computed of what lacks a dataset.
fn leaves<'a, 'm>(
    model: &'a Model,
    jobs: &'a [Job<'m>],
) -> (Vec<Named<'a, 'm>>, Vec<Named<'a, 'm>>) {
    let there = jobs.iter().filter(|job| job.unavailable.is_none());
    let each = there.flat_map(|job| {
        let name = model[job.request.metric].name.as_str();
        job.leaves().map(move |(leaf, by)| (name, leaf, by))
    });
    each.partition(|(_, leaf, by)| rows::is_evaluated_by_row(model, leaf, by))
}

/// Which rollups serve these requests: the dataset each scans, what it keeps apart, what it counts, who reads it.
#[must_use]
pub fn plan_text(model: &Model, as_of: AsOf, requests: &[Request]) -> String {
    let jobs = requests.iter().map(|request| Job::of_any_size(model, as_of, request));
    let jobs: Vec<Job<'_>> = jobs.collect();
    let (judged, merged) = leaves(model, &jobs);
    let plain: Vec<_> = merged.iter().map(|(_, leaf, by)| (*leaf, *by)).collect();
    let (rollups, planned) = plan(model, &|_| false, &plain);
    let mut text = String::new();
    for (id, rollup) in rollups.iter() {
        rollup_text(&mut text, model, rollup, id, readers(&merged, &planned, id));
    }
    text.push_str(&rows::evaluation_text(model, as_of, &judged));
    text
}

/// The same over opened data: also what is read of which tables, and, with `run`, what that took.
///
/// # Errors
/// As a run's.
pub(crate) async fn explained(
    model: &Model,
    data: &Data,
    requests: &[Request],
    limits: Limits,
    run: bool,
) -> Result<String, EngineError> {
    let jobs = requests.iter().map(|request| Job::new(model, data.as_of, request));
    let jobs = jobs.collect::<Result<Vec<Job<'_>>, EngineError>>()?;
    let (judged, merged) = leaves(model, &jobs);
    let plain: Vec<_> = merged.iter().map(|(_, leaf, by)| (*leaf, *by)).collect();
    let is_streamed = |dataset: DatasetId| data.streamed.contains_key(&dataset);
    let (rollups, planned) = plan(model, &is_streamed, &plain);
    let by_row: Vec<_> = judged.iter().map(|(_, leaf, by)| (*leaf, *by)).collect();
    let evaluation = RowEvaluation::new(model, data, &by_row, limits)?;
    let (mut text, mut all) = (String::new(), BTreeMap::new());
    for (i, scan) in scans(&rollups, &evaluation).iter().enumerate() {
        let _ = writeln!(text, "scan {}: dataset {}", i + 1, model[scan.dataset].name);
        let statement = Statement::of(model, data, scan, &rollups, &evaluation).await?;
        statement.readings()?.iter().for_each(|reading| reading_text(&mut text, reading));
        let mut groups = Vec::new();
        if run {
            groups = scanned(&mut text, data, scan, &rollups, &evaluation, statement).await?;
        }
        for number in &scan.rollups {
            let readers = readers(&merged, &planned, *number);
            rollup_text(&mut text, model, &rollups[*number], *number, readers);
            if let Some((_, groups)) = groups.iter().find(|(at, _)| at == number) {
                groups_text(&mut text, groups);
            }
        }
        for number in &scan.tables {
            let _ = writeln!(text, "timelines of {}", model[scan.dataset].name);
            if run {
                measure_text(&mut text, evaluation.measured(*number));
            }
        }
        all.extend(groups);
    }
    text.push_str(&rows::evaluation_text(model, data.as_of, &judged));
    if run {
        let clock = Clock::now();
        let tables = evaluation.cells()?;
        cells_text(&mut text, "row-by-row evaluation", clock, &tables);
        let clock = Clock::now();
        let tables = merged_cells(model, data, &rollups, &all, (&plain, &planned))?;
        cells_text(&mut text, "merging", clock, &tables);
        if let Some(peak) = machine::peak() {
            let _ = writeln!(text, "memory: {} at most", megabytes(peak));
        }
    }
    Ok(text)
}

/// The cells of aggregates that are merges of states.
fn merged_cells(
    model: &Model,
    data: &Data,
    rollups: &ById<RollupId, Rollup<'_>>,
    groups: &BTreeMap<RollupId, Grouped>,
    (leaves, planned): (&[(&Leaf<'_>, &[DimensionId])], &[PlannedLeaf]),
) -> Result<Vec<LeafTable>, EngineError> {
    let table = |at: usize| {
        let ((leaf, _), planned) = (leaves[at], &planned[at]);
        let Some(groups) = groups.get(&planned.rollup) else {
            return Err(EngineError::Internal("no scan fed a rollup".to_owned()));
        };
        let place = &rollups[planned.rollup].place;
        Ok(merge(leaf, planned, place, &groups.groups, &model.project.calendar)?)
    };
    let threads = data.context.copied_config().target_partitions();
    share(threads, leaves.len(), table).into_iter().collect()
}

/// What it took to compute the cells of some aggregates.
fn cells_text(text: &mut String, what: &str, clock: Clock, tables: &[LeafTable]) {
    let _ = writeln!(
        text,
        "{what} of {} aggregates took {:.3} s: {} cells, {}",
        tables.len(),
        clock.elapsed().as_secs_f64(),
        tables.iter().map(LeafTable::len).sum::<usize>(),
        megabytes(tables.iter().map(LeafTable::bytes).sum())
    );
}

/// The metrics that feed on a rollup.
fn readers<'a>(
    merged: &'a [Named<'a, '_>],
    planned: &'a [PlannedLeaf],
    number: RollupId,
) -> impl Iterator<Item = &'a str> {
    let own = merged.iter().zip(planned).filter(move |(_, planned)| planned.rollup == number);
    own.map(|((name, ..), _)| *name)
}

/// Runs a scan, and tells what it took.
async fn scanned(
    text: &mut String,
    data: &Data,
    scan: &Scan,
    rollups: &ById<RollupId, Rollup<'_>>,
    evaluation: &RowEvaluation<'_>,
    statement: Statement,
) -> Result<Vec<(RollupId, Grouped)>, EngineError> {
    let stream = data.streamed.get(&scan.dataset);
    let before = stream.map(|stream| stream.read());
    let clock = Clock::now();
    let groups = statement.run(data, rollups, evaluation).await?;
    let _ = writeln!(text, "  took {:.3} s", clock.elapsed().as_secs_f64());
    if let (Some(stream), Some((groups, bytes))) = (stream, before) {
        let (read, (all, files)) = (stream.read(), stream.size());
        let _ = writeln!(
            text,
            "  read {} of {all} row groups in {files} files, {} compressed",
            read.0 - groups,
            megabytes(usize::try_from(read.1 - bytes).unwrap_or(0))
        );
    }
    Ok(groups)
}

fn rollup_text<'a>(
    text: &mut String,
    model: &Model,
    rollup: &Rollup<'_>,
    id: RollupId,
    readers: impl Iterator<Item = &'a str>,
) {
    let how = match rollup.place.kind {
        None => "rows by time",
        Some(DatasetKind::Snapshot { carry: None, .. }) => "pictures of a state",
        Some(_) => "states while they hold",
    };
    let _ = writeln!(
        text,
        "rollup {}: dataset {} ({how}), {} cuts in time",
        id.position() + 1,
        rollup.place.dataset_name,
        rollup.cuts.len()
    );
    let dims: Vec<&str> = rollup.dims.values().map(|d| model[d.dimension].name.as_str()).collect();
    if !dims.is_empty() {
        let _ = writeln!(text, "  kept apart by {}", dims.join(", "));
    }
    for filter in rollup.filters.values().filter(|f| !f.is_empty()) {
        let atoms: Vec<&str> = filter.iter().map(|a| rollup.atoms[*a].sql.as_str()).collect();
        let _ = writeln!(text, "  predicate {}", atoms.join(" AND "));
    }
    for keyed in rollup.keyed.values() {
        let inputs = keyed.of.inputs().iter();
        let keys: Vec<&str> = inputs.map(|input| rollup.inputs[*input].as_str()).collect();
        let kind = match keyed.of {
            KeyedOf::Keys(_) => "distinct",
            KeyedOf::Values(_) => "values of",
            KeyedOf::Counts(_) => "counts of rounded",
        };
        let _ = writeln!(text, "  {kind} {}", keys.join(", "));
    }
    let mut names: Vec<&str> = Vec::new();
    for name in readers {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let _ = writeln!(text, "  feeds {}", names.join(", "));
}

fn reading_text(text: &mut String, reading: &Reading) {
    let _ = write!(text, "  reads {} ({})", reading.table, reading.columns.join(", "));
    if !reading.filters.is_empty() {
        let _ = write!(text, ", only where {}", reading.filters.join(" and "));
    }
    text.push('\n');
}

fn measure_text(text: &mut String, measure: Measure) {
    let Measure { rows, bytes, on_disk } = measure;
    let _ = write!(text, "  {rows} rows, {}", megabytes(bytes));
    if on_disk > 0 {
        let _ = write!(text, ", {} on disk", megabytes(usize::try_from(on_disk).unwrap_or(0)));
    }
    text.push('\n');
}

fn groups_text(text: &mut String, groups: &Grouped) {
    let Grouped { groups, measured } = groups;
    let _ = writeln!(
        text,
        "  {} rows into {} cells, {}",
        measured.rows,
        groups.cells(),
        megabytes(measured.bytes)
    );
}

#[expect(clippy::cast_precision_loss, reason = "a size that people read")]
fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
