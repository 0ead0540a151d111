//! Laws of the shapes that the parts of a metric make together, on generated projects.

use std::collections::BTreeMap;

use milepost::plan::request::Request;
use milepost::plan::results::{Absent, Answer, Cell, Series, answers};
use milepost::semantics::model::{MetricId, Model, Shape};
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;

use crate::compare::{Opened, reached};
use crate::generate::{Metric, Project};

const SEEDS: std::ops::Range<u64> = 81..89;

/// What chance brings too seldom to hold laws against it: a name, and the lines of the metric.
const COHORTS: [(&str, &str); 4] = [
    (
        "c1",
        "grain: month; cohort: { of: account, starts: events, returns: events, offsets: 2, zero: returns }",
    ),
    (
        "c2",
        "grain: week; cohort: { of: user, starts: events, returns: events, offsets: 2, zero: returns, mode: on_or_after }",
    ),
    (
        "c3",
        "grain: month; cohort: { of: user, starts: events, returns: events, offsets: 2, zero: returns, clock: elapsed, step: week }",
    ),
    (
        "c4",
        "grain: month; cohort: { of: account, starts: born, returns: login, offsets: 3, mode: on_or_after, clock: elapsed, step: day }",
    ),
];

/// The metrics of a shape, each whole and by every dimension that it reaches, part by part.
fn asked(model: &Model, shape: Shape) -> Vec<Request> {
    let ids = (0..model.metrics.len()).map(MetricId).filter(|id| model[*id].shape == shape);
    let requests = ids.flat_map(|id| {
        let total = Request::total(model, id);
        let slices = reached(model, id).into_iter();
        let mut all: Vec<Request> =
            slices.map(|by| Request { by: vec![by], ..total.clone() }).collect();
        all.push(total);
        all
    });
    requests.flat_map(|request| request.parts(model)).collect()
}

/// Every cell of an answer: the cells of its parts beside each other, and what it is of.
fn side_by_side(parts: &[Series]) -> Vec<(String, Vec<Cell>)> {
    let first = &parts[0];
    let mut list = Vec::new();
    for row in &first.rows {
        let rows = parts.iter().map(|part| part.rows.iter().find(|other| other.key == row.key));
        // Of what no row counts in, a part has no slice.
        let Some(rows) = rows.collect::<Option<Vec<_>>>() else { continue };
        for (at, bucket) in first.buckets.iter().enumerate() {
            let what = format!("{} {:?}", bucket.bucket.label, row.key);
            list.push((what, rows.iter().map(|row| row.cells.at(at)).collect()));
        }
    }
    list
}

/// Calls `f` for every answer about the metrics of a shape, with the project and its model.
fn each_answer(shape: Shape, f: &mut dyn FnMut(&Project, &Model, &Answer<'_>)) {
    for seed in SEEDS {
        let mut project = Project::new(seed);
        if shape == Shape::Cohort {
            let metric = |(name, lines): &(&str, &str)| Metric {
                name: (*name).to_owned(),
                lines: lines.split("; ").map(str::to_owned).collect(),
            };
            project.metrics.extend(COHORTS.iter().map(metric));
        }
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        let Opened { engine, model } = Opened::open(folder.path(), 2).unwrap();
        let requests = asked(&model, shape);
        assert!(!requests.is_empty());
        let as_of = model.project.as_of();
        let mut told = Diagnostics::default();
        let data = steps::open(&engine, &model, as_of, &requests, false, &mut told).unwrap();
        let series = steps::run(&engine, &model, &data, &requests).unwrap();
        for answer in answers(&model, &series) {
            assert_eq!(answer.parts.len(), model[answer.metric].parts.len());
            f(&project, &model, &answer);
        }
    }
}

/// A higher quantile is never the lower number; all rest on the same members, and have a number or the same reason.
#[test]
fn quantiles_are_in_order_and_rest_on_the_same_members() {
    let (mut compared, mut apart) = (0, 0);
    each_answer(Shape::Quantiles, &mut |_, model, answer| {
        let text = &model[answer.metric].parts[0].text;
        for (what, cells) in side_by_side(answer.parts) {
            let at = || format!("{text} {what}: {cells:?}");
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

/// The spec of a cohort, as the generator wrote it.
fn form<'p>(project: &'p Project, name: &str) -> &'p str {
    let metric = project.metrics.iter().find(|metric| metric.name == name).unwrap();
    metric.lines.iter().find(|line| line.starts_with("cohort:")).unwrap()
}

/// No more come back than began. On or after, no more come back in a step than in the one before. Where the first row is
/// itself a return, all come back in the first step.
#[test]
fn cohorts_come_back_at_most_whole() {
    let (mut numbers, mut falling, mut whole) = (0, 0, 0);
    each_answer(Shape::Cohort, &mut |project, model, answer| {
        let metric = &model[answer.metric];
        let form = form(project, &metric.name);
        let part = |name: &str| metric.part(name).unwrap().0;
        let counts: Vec<usize> =
            (0..).map_while(|k| Some(metric.part(&format!("count_{k}"))?.0)).collect();
        let returns = ["events", "login", "tickets"];
        let is_same = |rows: &&str| form.contains(&format!("starts: {rows}, returns: {rows},"));
        let same = returns.iter().any(is_same);
        let all_return = same && form.contains("zero: returns") && !form.contains("at_least");
        for (what, cells) in side_by_side(answer.parts) {
            let at = || format!("{form} {what}: {cells:?}");
            let number = |part: usize| cells[part].value.as_ref().ok().copied();
            for count in counts.iter().filter_map(|count| number(*count)) {
                assert!(number(part("size")).is_none_or(|size| count <= size), "{}", at());
                numbers += 1;
            }
            if form.contains("on_or_after") {
                // Members whose step begins before the data are left out of that step alone.
                let later =
                    counts.iter().filter(|count| cells[**count].absent == Absent::default());
                let later: Vec<f64> = later.filter_map(|count| number(*count)).collect();
                assert!(later.windows(2).all(|pair| pair[0] >= pair[1]), "{}", at());
                falling += later.windows(2).filter(|pair| pair[0] > pair[1]).count();
            }
            if let (true, Some(share)) = (all_return, number(part("at_0"))) {
                assert_eq!(share, 1.0, "{}", at());
                whole += 1;
            }
        }
    });
    assert!(
        numbers > 1_000 && falling > 20 && whole > 20,
        "{numbers} numbers, {falling} fall, {whole} are whole"
    );
}

/// Every member is in one slice, so what its slices count adds up to the total.
#[test]
fn slices_of_cohorts_add_up() {
    let mut totals: BTreeMap<(String, String, String), Vec<Cell>> = BTreeMap::new();
    let mut compared = 0;
    for sliced in [false, true] {
        let mut number = 0;
        each_answer(Shape::Cohort, &mut |project, model, answer| {
            let metric = &model[answer.metric];
            let whole = answer.parts[0].by.is_empty();
            if whole == sliced {
                return;
            }
            number += 1;
            for (part, series) in metric.parts.iter().zip(answer.parts) {
                let key = (project.spec(), metric.name.clone(), part.name.clone());
                if whole {
                    totals.insert(key, series.rows[0].cells.from(0).collect());
                    continue;
                }
                let adds = part.name == "size" || part.name.starts_with("count_");
                for (at, total) in totals[&key].iter().enumerate().filter(|_| adds) {
                    let cells = series.rows.iter().map(|row| row.cells.at(at));
                    let numbers: Vec<f64> = cells.filter_map(|cell| cell.value.ok()).collect();
                    let (Ok(total), false) = (&total.value, numbers.len() < series.rows.len())
                    else {
                        continue;
                    };
                    let sum: f64 = numbers.iter().sum();
                    assert_eq!(sum, *total, "{} {:?}", part.text, series.by);
                    compared += usize::from(sum > 0.0);
                }
            }
        });
        assert!(number > 0);
    }
    assert!(compared > 100, "{compared} sums were compared");
}
