//! Laws of funnels.

use milepost::semantics::model::Shape;

use crate::generate::Metric;

use super::{SEEDS, each_answer, in_lines, side_by_side, told};

/// What chance brings too seldom to hold laws against it: a name, and the lines of the metric.
const FUNNELS: [(&str, &str); 4] = [
    (
        "f1",
        "grain: month; funnel: { of: account, within: 60 days, steps: [ step_0: events, step_1: events, step_2: tickets ] }",
    ),
    (
        "f2",
        "grain: quarter; funnel: { of: user, within: 1 month, steps: [ step_0: events, step_1: login ], count: attempts }",
    ),
    (
        "f3",
        "grain: month; funnel: { of: account, within: 2 weeks, steps: [ step_0: events, step_1: events on seen ], without: login }",
    ),
    (
        "f4",
        "grain: year; funnel: { of: account, within: 30 days, steps: [ step_0: tickets, step_1: events ], ties: apart }",
    ),
];

/// The same as metrics.
pub(super) fn seldom() -> impl Iterator<Item = Metric> {
    FUNNELS.iter().map(|(name, lines)| in_lines(name, lines))
}

/// No step is taken by more than the one before, nor by more than began; shares are from 0 to 1; and what takes time takes no
/// less than none.
#[test]
fn funnels_never_widen() {
    let (mut numbers, mut falls, mut whole, mut waiting) = (0, 0, 0, 0);
    each_answer(Shape::Funnel, SEEDS, &mut |project, model, answer| {
        let metric = &model[answer.metric];
        let of = told(project, model, answer);
        let part = |name: &str| metric.part(name).map(|id| id.0);
        let steps: Vec<usize> = (0..).map_while(|k| part(&format!("step_{k}"))).collect();
        for (what, cells) in side_by_side(&answer.parts.iter().collect::<Vec<_>>()) {
            let at = || format!("{of} {what}: {cells:?}");
            let number = |part: usize| cells[part].value.as_ref().ok().copied();
            let taken: Vec<f64> = steps.iter().filter_map(|step| number(*step)).collect();
            let Some(started) = number(part("started").unwrap()) else { continue };
            assert!(taken.windows(2).all(|pair| pair[0] >= pair[1]), "{}", at());
            assert!(taken.first().is_none_or(|first| *first <= started), "{}", at());
            numbers += taken.len();
            falls += usize::from(taken.windows(2).any(|pair| pair[0] > pair[1]));
            whole +=
                usize::from(taken.first().is_some_and(|n| *n > 0.0 && taken.last() == Some(n)));
            waiting += usize::from(taken.first().is_some_and(|first| *first < started));
            for (id, part) in metric.each_part() {
                let Some(value) = number(id.0) else { continue };
                let is_share = part.name.ends_with("share") || part.name.ends_with("of_previous");
                assert!(!is_share || (0.0..=1.0).contains(&value), "{}", at());
                assert!(!part.name.ends_with("days") || value >= 0.0, "{}", at());
            }
        }
    });
    assert!(
        numbers > 200 && falls > 30 && whole > 10 && waiting > 3,
        "{numbers} numbers, {falls} fall, {whole} are whole, {waiting} wait"
    );
}
