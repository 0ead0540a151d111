//! Laws of movements: what a retention yields.

use milepost::plan::results::{Cell, Reason, Series};
use milepost::semantics::model::{Model, Shape};

use super::{each_answer, side_by_side, told};

/// Movements need more projects: in some nothing is paid.
const MOVING: std::ops::Range<u64> = 81..97;

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
    assert!(compared > 100 && apart > 8, "{compared} were compared, {apart} of them apart");
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
