//! The figure of the shape `movements`: from what there was to what there is, step by step.

use serde::Serialize;

use super::label_of;
use super::parts::unit_word;
use crate::chart::waterfall::{Step, waterfall};
use crate::format::{Formatter, relative};
use crate::page::{Kpi, Part, Shape, part_of};
use crate::reading::latest_complete;

/// The steps in their order: the part, what it is called, and which way it moves the amount.
const STEPS: [(&str, &str, Move); 7] = [
    ("opening", "Opening", Move::Level),
    ("new", "New", Move::Up),
    ("expansion", "Expansion", Move::Up),
    ("reactivation", "Reactivation", Move::Up),
    ("contraction", "Contraction", Move::Down),
    ("churned", "Churned", Move::Down),
    ("closing", "Closing", Move::Level),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Move {
    Level,
    Up,
    Down,
}

/// The waterfall of one bucket.
#[derive(Debug, Serialize)]
pub(crate) struct MovementsView {
    pub bucket: String,
    /// The metric whose amounts they are, where that is another one.
    pub of: Option<String>,
    /// What the amounts are, where they don't say so themselves.
    pub unit: Option<String>,
    pub steps: Vec<StepView>,
}

#[derive(Debug, Serialize)]
pub(crate) struct StepView {
    pub name: &'static str,
    /// `level`, `up` or `down`.
    pub kind: &'static str,
    /// With its sign, where it is a movement.
    pub value: String,
    /// Of the opening amount.
    pub share: Option<String>,
    pub step: Step,
}

/// The movements of the latest complete bucket; nothing where one of them has no number.
pub(crate) fn movements(kpi: &Kpi) -> Option<MovementsView> {
    let parts = match (&kpi.made_of, kpi.shape) {
        (_, Shape::Movements) => &kpi.parts,
        (Some(other), _) if other.shape == Shape::Movements => &other.parts,
        _ => return None,
    };
    let at = latest_complete(&kpi.series.buckets)?;
    let value = |part: &Part| part.cells.get(at)?.number().ok();
    let found: Option<Vec<f64>> =
        STEPS.iter().map(|(name, ..)| part_of(parts, name).and_then(value)).collect();
    let values = found?;
    let display = &part_of(parts, "opening")?.display;
    let format = Formatter::new(display, values.iter().copied());
    let signed = |(value, (.., way)): (&f64, &(&str, &str, Move))| match way {
        Move::Level | Move::Up => *value,
        Move::Down => -value,
    };
    let moves: Vec<f64> = values.iter().zip(&STEPS).map(signed).collect();
    let inner = moves.get(1..moves.len() - 1)?;
    let drawn = waterfall(values[0], inner);
    let steps = STEPS.iter().zip(&moves).zip(drawn).map(|(((_, name, way), value), step)| {
        let is_level = *way == Move::Level;
        let moves = !is_level && value.abs() > 0.0;
        StepView {
            name,
            kind: match way {
                Move::Level => "level",
                Move::Up => "up",
                Move::Down => "down",
            },
            value: if moves { format.difference(0.0, *value) } else { format.full(value.abs()) },
            share: (moves && values[0] > 0.0).then(|| relative(value / values[0])),
            step,
        }
    });
    Some(MovementsView {
        bucket: kpi.series.buckets[at].label.clone(),
        of: kpi.made_of.as_ref().map(|other| label_of(&other.name, other.label.as_deref())),
        unit: unit_word(display),
        steps: steps.collect(),
    })
}
