//! A question of a page about a segment: its sizes over time, and who moved since a day.

use std::fmt::Write as _;
use std::path::Path;

use milepost::engine::{Data, Engine, Moves};
use milepost::plan::request::Request;
use milepost::plan::results::{Cell, Series, SliceValue};
use milepost::report::{cell_text, standings, transition};
use milepost::segments::Sizes;
use milepost::semantics::model::SegmentId;
use milepost::semantics::time::{Grain, Instant};
use milepost::site::page::Transition;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{Loaded, steps};

use super::query::{Failure, Parsed, open, run, run_alike, table};

/// The answer to a question about a segment, in a model that counts its members.
pub(super) fn answer(
    folder: &Path,
    engine: &Engine,
    text: &str,
    (loaded, sizes, segment): (&Loaded, &Sizes, SegmentId),
    parsed: &Parsed,
) -> Result<String, Failure> {
    let Parsed { question, from, to, since } = parsed;
    let model = sizes.model();
    let calendar = &model.project.calendar;
    let request = match sizes.asked(segment, question.grain.as_deref(), &question.by) {
        Ok(request) => request,
        Err(told) => return Ok(format!("{text}\n  {}: {}\n", told.code.name(), told.message)),
    };
    // Both name the last day that is seen.
    let end = |text: &String| calendar.parse_as_of(text).map(|as_of| as_of.end);
    let to = to.as_ref().and_then(end);
    let from = from.as_ref().and_then(|text| calendar.parse_instant(text));
    let request = Request { from, to, ..request };
    let Some(since) = since.as_ref().and_then(end) else {
        let series = run_alike(folder, engine, (loaded, model), &request)?;
        let whole = Request { by: Vec::new(), ..request };
        partitions(&series, &run(engine, model, &whole)?);
        return Ok(format!("{text}\n{}", table(&series)));
    };
    let data = open(engine, model, &request)?;
    let between = (since, to.unwrap_or(data.as_of().end));
    let moves = moves_of(engine, sizes, &data, segment, between)?;
    for partitions in [1, 3] {
        let other = Engine::with_partitions(folder, partitions)?;
        steps::schemas(&other, &loaded.package, &mut Diagnostics::default());
        let data = open(&other, model, &request)?;
        let again = moves_of(&other, sizes, &data, segment, between)?;
        assert_eq!(again, moves, "with {partitions} partitions");
    }
    let Some(own) = moves.dimensions.first() else {
        let mut ends = [&moves.before, &moves.after].into_iter();
        let reason = ends.find_map(|(_, cell)| cell.value.clone().err()).ok_or("a reason")?;
        return Ok(format!("{text}\n  {reason}\n"));
    };
    let counted = transition(model, segment, between, own);
    let living = |cell: &Cell| cell.value.clone().map(|value| value as u64);
    let members = counted.members();
    assert_eq!((Ok(members.0), Ok(members.1)), (living(&moves.before.1), living(&moves.after.1)));
    let at =
        |to: Instant| Request { grain: Grain::Day, from: None, to: Some(to), ..request.clone() };
    closes(&counted, |group| counted.before(group), &run(engine, model, &at(between.0))?);
    closes(&counted, |group| counted.after(group), &run(engine, model, &at(between.1))?);
    let mut out = format!("{text}\n");
    for line in milepost::site::segments::moves(&model[segment].name, &counted).lines() {
        let _ = writeln!(out, "  {line}");
    }
    for (at, (from, to)) in standings(model, segment, own).into_iter().enumerate() {
        let key = own.moved.iter().map(|(name, values)| {
            format!("{name} {}", cell_text(values, at, calendar).unwrap_or_default())
        });
        let _ = writeln!(out, "  {}: {from} -> {to}", key.collect::<Vec<_>>().join(", "));
    }
    Ok(out)
}

/// Everybody is in one group.
fn partitions(series: &Series, whole: &Series) {
    for (at, bucket) in series.buckets.iter().enumerate() {
        let Ok(all) = whole.rows[0].cells.at(at).value else { continue };
        let sizes = series.rows.iter().filter_map(|row| row.cells.at(at).value.ok());
        let sum: f64 = sizes.sum();
        assert!(
            (sum - all).abs() < 0.5,
            "{sum} of {all} are in a group in {}",
            bucket.bucket.label
        );
    }
}

fn moves_of(
    engine: &Engine,
    sizes: &Sizes,
    data: &Data,
    segment: SegmentId,
    between: (Instant, Instant),
) -> Result<Moves, Failure> {
    Ok(sizes.moves(engine, data, &[segment], between, (&[], None))?)
}

/// Each group has as many members as are counted in it on that day (by both lowerings), and those who entered it less those
/// who left are its change.
fn closes(counted: &Transition, size: impl Fn(usize) -> u64, series: &Series) {
    for (group, name) in counted.groups.iter().enumerate() {
        let (entered, left) = (counted.entered(group), counted.left(group));
        assert_eq!(counted.before(group) + entered, counted.after(group) + left, "{name}");
        let row = series.rows.iter().find(|row| match row.key.first() {
            Some(SliceValue::Unknown) => name == "(unknown)",
            Some(value) => value.text() == Some(name),
            None => false,
        });
        let found = row.and_then(|row| row.cells.iter().last()?.value.ok()).unwrap_or(0.0);
        assert!(
            (found - size(group) as f64).abs() < 0.5,
            "{name} has {found} members, not {}",
            size(group)
        );
    }
}
