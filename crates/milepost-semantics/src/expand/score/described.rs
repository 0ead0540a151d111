//! What readers of a score are told of it, as far as it stands in its definition.

use milepost_syntax::ast::{
    BandSpec, BinaryOp, BoundSpec, ComponentSpec, Expr, ExprKind, ScoreSpec, UnaryOp,
};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::print_expr;

use super::check;
use super::number::Number;
use crate::model::{Combination, Component, ComponentBound, ComponentScale, MissingComponent};

/// Of more components there are too many combinations to read.
const MOST: usize = 3;

/// The components of a score that is right.
pub(crate) fn components(spec: &ScoreSpec) -> Option<Vec<Component>> {
    // What is wrong was reported where it was expanded.
    let weights = check::check(spec, &mut Diagnostics::default())?;
    let whole = weights.iter().copied().fold(Number::ZERO, Number::plus).to_f64();
    let all = spec.components.iter().zip(weights).map(|(part, weight)| {
        Some(Component {
            name: part.name.node.clone(),
            label: part.label.as_ref().map(|label| label.node.clone()),
            weight: weight.to_f64(),
            share: weight.to_f64() / whole,
            scale: scale(spec, part)?,
        })
    });
    all.collect()
}

fn scale(spec: &ScoreSpec, part: &ComponentSpec) -> Option<ComponentScale> {
    if part.ranked.is_none() {
        let (worst, best) = (bound(part.worst.as_ref()?)?, bound(part.best.as_ref()?)?);
        return Some(ComponentScale::Between { worst, best });
    }
    Some(ComponentScale::Rank {
        among: spec.ranked_within(part).map(|among| among.node.clone()),
        is_lower_better: part.is_lower_better(),
    })
}

fn bound(spec: &BoundSpec) -> Option<ComponentBound> {
    let by = spec.by.iter().flat_map(|by| {
        let text = |(value, expr): &(milepost_syntax::span::Spanned<String>, Expr)| {
            (by.dimension.node.clone(), value.node.clone(), print_expr(expr))
        };
        by.values.iter().map(text)
    });
    Some(ComponentBound { default: print_expr(spec.default.as_ref()?), by: by.collect() })
}

/// What a component without a value is worth.
pub(crate) fn missing(spec: &ScoreSpec) -> MissingComponent {
    match spec.missing.as_ref().map(|missing| missing.node.as_str()) {
        Some("zero") => MissingComponent::Zero,
        Some("neutral") => MissingComponent::Neutral,
        Some("fail") => MissingComponent::Fail,
        _ => MissingComponent::Renormalize,
    }
}

/// The least share of the weights.
pub(crate) fn min_weight(spec: &ScoreSpec) -> Option<f64> {
    Some(Number::of(spec.min_weight.as_ref()?)?.to_f64())
}

/// The caps, the lowest first.
pub(crate) fn caps(spec: &ScoreSpec) -> Vec<f64> {
    let all = spec.caps.iter().filter_map(|cap| Number::of(cap.at_most.as_ref()?));
    let mut all: Vec<f64> = all.map(Number::to_f64).collect();
    all.sort_by(f64::total_cmp);
    all
}

/// The bands by name, in their order.
pub(crate) fn bands(spec: &ScoreSpec) -> Vec<String> {
    let bands = spec.bands.iter().flat_map(|bands| &bands.node);
    bands.map(|band| band.name.node.clone()).collect()
}

/// The score for each combination of components at worst and best, all at their best first.
pub(crate) fn combinations(spec: &ScoreSpec, components: &[Component]) -> Vec<Combination> {
    if components.len() > MOST {
        return Vec::new();
    }
    let whole: f64 = components.iter().map(|part| part.weight).sum();
    let count = 1usize << components.len();
    let all = (0..count).map(|at| {
        // The first component changes last.
        let bit = |place: usize| at & (count >> (place + 1)) == 0;
        let is_best: Vec<bool> = (0..components.len()).map(bit).collect();
        let best = components.iter().zip(&is_best).filter(|(_, best)| **best);
        let score = 100.0 * best.fold(0.0, |sum, (part, _)| sum + part.weight) / whole;
        let bands = spec.bands.iter().flat_map(|bands| &bands.node);
        let band = first(bands, score).map(|band| band.name.node.clone());
        Combination { is_best, score, band }
    });
    all.collect()
}

/// The first band that takes a score; nothing where one before it asks for more than the score.
fn first<'s>(bands: impl Iterator<Item = &'s BandSpec>, score: f64) -> Option<&'s BandSpec> {
    for band in bands {
        let Some(condition) = &band.condition else { return Some(band) };
        if holds(condition, score)? {
            return Some(band);
        }
    }
    None
}

/// Whether a condition on `score` holds; nothing where it is about anything else.
fn holds(condition: &Expr, score: f64) -> Option<bool> {
    match &condition.kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => Some(!holds(operand, score)?),
        ExprKind::Binary { op: BinaryOp::And, left, right, .. } => {
            Some(holds(left, score)? & holds(right, score)?)
        }
        ExprKind::Binary { op: BinaryOp::Or, left, right, .. } => {
            Some(holds(left, score)? | holds(right, score)?)
        }
        ExprKind::Between { operand, low, high, negated } => {
            let (x, low, high) = (value(operand, score)?, value(low, score)?, value(high, score)?);
            Some((low..=high).contains(&x) != *negated)
        }
        ExprKind::Binary { op, left, right, .. } => {
            let (left, right) = (value(left, score)?, value(right, score)?);
            Some(match op {
                BinaryOp::Less => left < right,
                BinaryOp::LessOrEqual => left <= right,
                BinaryOp::Greater => left > right,
                BinaryOp::GreaterOrEqual => left >= right,
                _ => return None,
            })
        }
        _ => None,
    }
}

fn value(expr: &Expr, score: f64) -> Option<f64> {
    match &expr.kind {
        ExprKind::Path(path) => match path.as_slice() {
            [name] if name.node == "score" => Some(score),
            _ => None,
        },
        _ => Number::of(expr).map(Number::to_f64),
    }
}
