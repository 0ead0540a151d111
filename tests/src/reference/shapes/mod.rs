//! Laws of the shapes that the parts of a metric make together, on generated projects.

mod cohorts;
mod durations;
mod funnels;
mod journeys;
mod movements;
mod surveys;

use milepost::plan::request::Request;
use milepost::plan::results::{Answer, Cell, Series, SliceRow, answers};
use milepost::semantics::model::{MetricId, Model, Shape};
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;

use crate::compare::{Opened, reached};
use crate::generate::{Metric, Project};

const SEEDS: std::ops::Range<u64> = 81..89;

/// The metrics of a shape, each whole and by every dimension that it reaches, part by part.
fn asked(model: &Model, shape: Shape) -> Vec<Request> {
    let ids = (0..model.metrics.len()).map(MetricId).filter(|id| model[*id].shape == shape);
    let requests = ids.flat_map(|id| {
        let total = Request::total(model, id);
        let slices = reached(model, id).into_iter();
        let slices = slices.map(|by| Request { by: vec![by], ..total.clone() });
        std::iter::once(total.clone()).chain(slices).collect::<Vec<_>>()
    });
    requests.flat_map(|request| request.parts(model)).collect()
}

/// Every cell of an answer: the cells of some of its parts beside each other, and what it is of. A part of other members may
/// lack a slice, and has no cell there.
fn beside(parts: &[&Series]) -> Vec<(String, Vec<Option<Cell>>)> {
    let first = &parts[0];
    let mut list = Vec::new();
    for row in &first.rows {
        let rows: Vec<Option<&SliceRow>> =
            parts.iter().map(|part| part.rows.iter().find(|other| other.key == row.key)).collect();
        for (at, bucket) in first.buckets.iter().enumerate() {
            let what = format!("{} {:?}", bucket.bucket.label, row.key);
            list.push((what, rows.iter().map(|row| Some(row.as_ref()?.cells.at(at))).collect()));
        }
    }
    list
}

/// Those of slices that all of these parts have.
fn side_by_side(parts: &[&Series]) -> Vec<(String, Vec<Cell>)> {
    let whole = |(what, cells): (String, Vec<Option<Cell>>)| {
        Some((what, cells.into_iter().collect::<Option<Vec<_>>>()?))
    };
    beside(parts).into_iter().filter_map(whole).collect()
}

/// Calls `f` for every answer about the metrics of a shape, with the project and its model.
fn each_answer(
    shape: Shape,
    seeds: std::ops::Range<u64>,
    f: &mut dyn FnMut(&Project, &Model, &Answer<'_>),
) {
    for seed in seeds {
        let mut project = Project::new(seed);
        match shape {
            Shape::Cohort => project.metrics.extend(cohorts::seldom()),
            Shape::Funnel => project.metrics.extend(funnels::seldom()),
            Shape::Duration => project.metrics.extend(durations::seldom()),
            _ => {}
        }
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        let Opened { engine, model } = Opened::open(folder.path(), 2).unwrap();
        let requests = asked(&model, shape);
        assert!(!requests.is_empty());
        let as_of = model.project.as_of();
        let mut diagnostics = Diagnostics::default();
        let data = steps::open(&engine, &model, as_of, &requests, false, &mut diagnostics).unwrap();
        let series = steps::run(&engine, &model, &data, &requests).unwrap();
        for answer in answers(&model, &series) {
            assert_eq!(answer.parts.len(), model[answer.metric].parts.len());
            f(&project, &model, &answer);
        }
    }
}

/// A metric of these lines, with `; ` between them.
fn in_lines(name: &str, lines: &str) -> Metric {
    let lines = lines.split("; ").map(str::to_owned).collect();
    Metric { name: name.to_owned(), lines }
}

/// What an answer is of.
fn told(project: &Project, model: &Model, answer: &Answer<'_>) -> String {
    format!("seed {}: {}", project.seed, model[answer.metric].parts[0].text)
}

/// A higher quantile is never the lower number; all rest on the same members, and have a number or the same reason.
#[test]
fn quantiles_are_in_order_and_rest_on_the_same_members() {
    let (mut compared, mut apart) = (0, 0);
    each_answer(Shape::Quantiles, SEEDS, &mut |project, model, answer| {
        let of = told(project, model, answer);
        for (what, cells) in side_by_side(&answer.parts.iter().collect::<Vec<_>>()) {
            let at = || format!("{of} {what}: {cells:?}");
            for pair in cells.windows(2) {
                let [low, high] = pair else { unreachable!("windows of two") };
                assert_eq!((low.sample, low.absent), (high.sample, high.absent), "{}", at());
                match (&low.value, &high.value) {
                    (Ok(low), Ok(high)) => {
                        assert!(low <= high, "{}", at());
                        compared += 1;
                        apart += usize::from(low < high);
                    }
                    (low, high) => assert_eq!(low, high, "{}", at()),
                }
            }
        }
    });
    assert!(compared > 200 && apart > 30, "{compared} pairs were compared, {apart} of them apart");
}
