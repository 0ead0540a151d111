//! Laws of cohorts.

use std::collections::BTreeMap;

use milepost::plan::results::{Absent, Cell};
use milepost::semantics::model::Shape;

use super::{SEEDS, each_answer, in_lines, side_by_side};
use crate::generate::{Metric, Project};

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

/// The same as metrics.
pub(super) fn seldom() -> impl Iterator<Item = Metric> {
    COHORTS.iter().map(|(name, lines)| in_lines(name, lines))
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
