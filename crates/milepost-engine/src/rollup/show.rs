//! The rollups of a run in words.

use std::fmt::Write as _;
use std::time::Instant as Clock;

use milepost_semantics::model::{DatasetId, DatasetKind, DimensionId, Model};
use milepost_semantics::time::AsOf;

use super::groups::Groups;
use super::pass::Rollup;
use super::plan;
use super::statement::{Cost, Scan, Statement};
use crate::data::Data;
use crate::error::EngineError;
use crate::judge;
use crate::leaf::{Compiled, Leaf, compile};
use crate::request::{Request, frames};
use crate::run::missing;

/// Requests taken apart.
struct Compiling<'m>(Vec<(&'m str, &'m [DimensionId], Compiled<'m>)>);

/// A metric's name, one of its aggregates, and what it is sliced by.
type Named<'a, 'm> = (&'a str, &'a Leaf<'m>, &'a [DimensionId]);

impl<'m> Compiling<'m> {
    /// What lacks a dataset is left out: nothing is computed for it.
    fn new(model: &'m Model, as_of: AsOf, requests: &'m [Request]) -> Self {
        let there = requests.iter().filter(|request| missing(model, request).is_none());
        let compiled = there.map(|request| {
            let (metric, frames) = (&model[request.metric], frames(model, as_of, request));
            let compiled = compile(model, as_of, request.grain, &metric.value, &frames);
            (metric.name.as_str(), request.by.as_slice(), compiled)
        });
        Self(compiled.collect())
    }

    /// The aggregates that are judged, and the others.
    fn leaves(&self, model: &Model) -> (Vec<Named<'_, 'm>>, Vec<Named<'_, 'm>>) {
        let each = self.0.iter().flat_map(|(name, by, compiled)| {
            compiled.leaves.iter().map(move |leaf| (*name, leaf, *by))
        });
        each.partition(|(_, leaf, by)| judge::is_judged(model, leaf, by))
    }
}

/// Which rollups serve these requests: the dataset each scans, what it keeps apart, what it counts, who reads it.
#[must_use]
pub fn plan_text(model: &Model, as_of: AsOf, requests: &[Request]) -> String {
    let compiled = Compiling::new(model, as_of, requests);
    let (judged, merged) = compiled.leaves(model);
    let plain: Vec<_> = merged.iter().map(|(_, leaf, by)| (*leaf, *by)).collect();
    let (rollups, planned) = plan(model, &|_| false, &plain);
    let mut text = String::new();
    for (i, rollup) in rollups.iter().enumerate() {
        let readers = merged.iter().zip(&planned).filter(|(_, planned)| planned.rollup == i);
        rollup_text(&mut text, model, rollup, i, readers.map(|((name, ..), _)| *name));
    }
    text.push_str(&judge::judged_text(model, as_of, &judged));
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
    run: bool,
) -> Result<String, EngineError> {
    let compiled = Compiling::new(model, data.as_of, requests);
    let (judged, merged) = compiled.leaves(model);
    let plain: Vec<_> = merged.iter().map(|(_, leaf, by)| (*leaf, *by)).collect();
    let is_streamed = |dataset: DatasetId| data.streamed.contains_key(&dataset);
    let (mut rollups, planned) = plan(model, &is_streamed, &plain);
    let calendar = &model.project.calendar;
    let mut text = String::new();
    for (i, rollup) in rollups.iter_mut().enumerate() {
        let readers = merged.iter().zip(&planned).filter(|(_, planned)| planned.rollup == i);
        rollup_text(&mut text, model, rollup, i, readers.map(|((name, ..), _)| *name));
        let statement = Statement::of(data, calendar, rollup, i).await?;
        for scan in statement.scans().map_err(|e| rollup.failed(&e))? {
            scan_text(&mut text, &scan);
        }
        if run {
            let stream = data.streamed.get(&rollup.place.dataset);
            let before = stream.map(|stream| stream.read());
            let clock = Clock::now();
            let groups = Groups::run(data, rollup, statement).await?;
            let cost = Cost::of(&groups.program, groups.cells(), clock.elapsed().as_secs_f64());
            cost_text(&mut text, &cost);
            if let (Some(stream), Some((groups, bytes))) = (stream, before) {
                let (read, (all, files)) = (stream.read(), stream.size());
                let _ = writeln!(
                    text,
                    "  read {} of {all} row groups in {files} files, {} compressed",
                    read.0 - groups,
                    megabytes(usize::try_from(read.1 - bytes).unwrap_or(0))
                );
            }
        }
    }
    text.push_str(&judge::judged_text(model, data.as_of, &judged));
    Ok(text)
}

fn rollup_text<'a>(
    text: &mut String,
    model: &Model,
    rollup: &Rollup<'_>,
    number: usize,
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
        number + 1,
        rollup.place.dataset_name,
        rollup.cuts.len()
    );
    let dims: Vec<&str> = rollup.dims.iter().map(|d| model[d.dimension].name.as_str()).collect();
    if !dims.is_empty() {
        let _ = writeln!(text, "  kept apart by {}", dims.join(", "));
    }
    for filter in rollup.filters.iter().filter(|f| !f.is_empty()) {
        let atoms: Vec<&str> = filter.iter().map(|a| rollup.atoms[*a].sql.as_str()).collect();
        let _ = writeln!(text, "  predicate {}", atoms.join(" AND "));
    }
    for keyed in &rollup.keyed {
        let keys: Vec<&str> = keyed.inputs.iter().map(|i| rollup.inputs[*i].as_str()).collect();
        let kind = if keyed.numeric { "values of" } else { "distinct" };
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

fn scan_text(text: &mut String, scan: &Scan) {
    let _ = write!(text, "  reads {} ({})", scan.table, scan.columns.join(", "));
    if !scan.filters.is_empty() {
        let _ = write!(text, ", only where {}", scan.filters.join(" and "));
    }
    text.push('\n');
}

fn cost_text(text: &mut String, cost: &Cost) {
    let _ = writeln!(
        text,
        "  took {:.3} s: {} rows into {} cells, {}",
        cost.seconds,
        cost.rows,
        cost.cells,
        megabytes(cost.memory)
    );
}

#[expect(clippy::cast_precision_loss, reason = "a size that people read")]
fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
