//! Laws of the shapes that the parts of a metric make together, on generated projects.

use std::collections::BTreeMap;

use milepost::plan::request::Request;
use milepost::plan::results::{Absent, Answer, Cell, Reason, Series, answers};
use milepost::semantics::model::{MetricId, Model, Shape};
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;

use crate::compare::{Opened, reached};
use crate::generate::{Metric, Project};

const SEEDS: std::ops::Range<u64> = 81..89;

/// Movements need more projects: in some nothing is paid.
const MOVING: std::ops::Range<u64> = 81..97;

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
        let slices = slices.map(|by| Request { by: vec![by], ..total.clone() });
        std::iter::once(total.clone()).chain(slices).collect::<Vec<_>>()
    });
    requests.flat_map(|request| request.parts(model)).collect()
}

/// Every cell of an answer: the cells of some of its parts beside each other, and what it is of.
fn side_by_side(parts: &[&Series]) -> Vec<(String, Vec<Cell>)> {
    let first = &parts[0];
    let mut list = Vec::new();
    for row in &first.rows {
        let rows = parts.iter().map(|part| part.rows.iter().find(|other| other.key == row.key));
        // A part of other members may lack a slice.
        let Some(rows) = rows.collect::<Option<Vec<_>>>() else { continue };
        for (at, bucket) in first.buckets.iter().enumerate() {
            let what = format!("{} {:?}", bucket.bucket.label, row.key);
            list.push((what, rows.iter().map(|row| row.cells.at(at)).collect()));
        }
    }
    list
}

/// Calls `f` for every answer about the metrics of a shape, with the project and its model.
fn each_answer(
    shape: Shape,
    seeds: std::ops::Range<u64>,
    f: &mut dyn FnMut(&Project, &Model, &Answer<'_>),
) {
    for seed in seeds {
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
        let mut diagnostics = Diagnostics::default();
        let data = steps::open(&engine, &model, as_of, &requests, false, &mut diagnostics).unwrap();
        let series = steps::run(&engine, &model, &data, &requests).unwrap();
        for answer in answers(&model, &series) {
            assert_eq!(answer.parts.len(), model[answer.metric].parts.len());
            f(&project, &model, &answer);
        }
    }
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

const MOVEMENTS: [&str; 7] =
    ["opening", "new", "expansion", "reactivation", "contraction", "churned", "closing"];

/// The parts of these names.
fn named<'s>(model: &Model, parts: &'s [Series], names: &[&str]) -> Vec<&'s Series> {
    let of = |name: &&str| {
        parts.iter().find(|part| model[part.metric][part.part].name == *name).unwrap()
    };
    names.iter().map(of).collect()
}

fn numbers(cells: &[Cell]) -> Option<Vec<f64>> {
    cells.iter().map(|cell| cell.value.clone().ok()).collect()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// Movements lead from the opening amount to the closing one, none is negative, and all rest on the same members.
#[test]
fn movements_close() {
    let (mut whole, mut moving) = (0, 0);
    each_answer(Shape::Movements, MOVING, &mut |project, model, answer| {
        let (of, parts) = (told(project, model, answer), answer.parts);
        for (what, cells) in side_by_side(&named(model, parts, &MOVEMENTS)) {
            let at = || format!("{of} {what}: {cells:?}");
            let first = &cells[0];
            for cell in &cells {
                assert_eq!((cell.sample, cell.absent), (first.sample, first.absent), "{}", at());
                assert_eq!(cell.value.as_ref().err(), first.value.as_ref().err(), "{}", at());
            }
            let Some(moves) = numbers(&cells) else { continue };
            let [opening, new, expansion, reactivation, contraction, churned, closing] = moves[..]
            else {
                unreachable!("seven movements")
            };
            assert!(moves.iter().all(|amount| *amount >= 0.0), "{}", at());
            let end = opening + new + expansion + reactivation - contraction - churned;
            assert!(close(end, closing), "{}", at());
            whole += 1;
            moving += usize::from(moves[1..6].iter().any(|amount| *amount > 0.0));
        }
    });
    assert!(whole > 200 && moving > 50, "{whole} buckets were compared, {moving} with movements");
}

/// Nobody keeps more than all, nor less than nothing; what is kept without upsells is no more than with them. All three
/// rates rest on the same members.
#[test]
fn gross_is_at_most_net_and_at_most_all() {
    let (mut compared, mut apart) = (0, 0);
    each_answer(Shape::Movements, MOVING, &mut |project, model, answer| {
        let (of, parts) = (told(project, model, answer), answer.parts);
        for (what, cells) in side_by_side(&named(model, parts, &["net", "gross", "logo"])) {
            let at = || format!("{of} {what}: {cells:?}");
            for cell in &cells {
                assert_eq!(cell.value.as_ref().err(), cells[0].value.as_ref().err(), "{}", at());
            }
            let Some(rates) = numbers(&cells) else { continue };
            let [net, gross, logo] = rates[..] else { unreachable!("three rates") };
            assert!(cells.iter().all(|cell| cell.sample == cells[0].sample), "{}", at());
            assert!((0.0..=1.0 + 1e-12).contains(&gross) && gross <= net + 1e-12, "{}", at());
            assert!((0.0..=1.0).contains(&logo), "{}", at());
            compared += 1;
            apart += usize::from(gross < net);
        }
    });
    assert!(compared > 150 && apart > 20, "{compared} were compared, {apart} of them apart");
}

/// Every member is in one slice: the amounts of the slices make up that of the whole.
#[test]
fn slices_of_movements_sum_to_the_whole() {
    let mut compared = 0;
    // Of the metric that was asked last: its whole comes before its slices.
    let mut whole: Vec<Series> = Vec::new();
    each_answer(Shape::Movements, MOVING, &mut |project, model, answer| {
        let (of, parts) = (told(project, model, answer), answer.parts);
        if parts[0].by.is_empty() {
            whole = parts.to_vec();
            return;
        }
        let all = named(model, &whole, &MOVEMENTS);
        for (all, part) in all.into_iter().zip(named(model, parts, &MOVEMENTS)) {
            assert_eq!((all.metric, all.part), (part.metric, part.part));
            if model[part.metric].min_sample.is_some() || part.rows.is_empty() {
                continue;
            }
            for at in 0..part.buckets.len() {
                let sum: Result<f64, Reason> =
                    part.rows.iter().map(|row| row.cells.value(at)).sum();
                let what = || format!("{of} {:?} {}", part.by, part.buckets[at].bucket.label);
                match (all.rows[0].cells.value(at), sum) {
                    (Ok(all), Ok(sum)) => assert!(close(all, sum), "{}: {all} {sum}", what()),
                    (all, sum) => assert_eq!(all, sum, "{}", what()),
                }
                compared += 1;
            }
        }
    });
    assert!(compared > 500, "{compared} sums were compared");
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
    each_answer(Shape::Cohort, SEEDS, &mut |project, model, answer| {
        let metric = &model[answer.metric];
        let form = form(project, &metric.name);
        let part = |name: &str| metric.part(name).unwrap().0;
        let counts: Vec<usize> =
            (0..).map_while(|k| Some(metric.part(&format!("count_{k}"))?.0)).collect();
        let returns = ["events", "login", "tickets"];
        let is_same = |rows: &&str| form.contains(&format!("starts: {rows}, returns: {rows},"));
        let same = returns.iter().any(is_same);
        let all_return = same && form.contains("zero: returns") && !form.contains("at_least");
        for (what, cells) in side_by_side(&answer.parts.iter().collect::<Vec<_>>()) {
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
        each_answer(Shape::Cohort, SEEDS, &mut |project, model, answer| {
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
