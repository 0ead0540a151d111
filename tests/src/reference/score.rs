//! What a score says of a member, sentence by sentence from docs/language.md.

use milepost::syntax::ast::{BinaryOp, Expr, ExprKind};

use crate::bind::score_number as written;
use crate::evaluate::Spot;
use crate::tree::{RowExpr, Says, Score};
use crate::value::{NULL, Val, Value, is_true};
use crate::world::World;

impl World<'_> {
    pub(crate) fn score(&self, score: &Score, says: &Says, member: &Spot) -> Val {
        let value = |expr: &RowExpr| self.row_value(expr, member).ok();
        let parts: Vec<Option<f64>> = score
            .parts
            .iter()
            .map(|part| {
                let value = value(&part.value)?.number();
                let by = part.by.iter().find(|(holds, _)| is_true(&self.row_value(holds, member)));
                let (worst, best) = by.map_or(part.ends, |(_, ends)| *ends);
                Some((100.0 * (value - worst) / (best - worst)).clamp(0.0, 100.0))
            })
            .collect();
        if let Says::Part(i) = says {
            return parts[*i].map(Value::Number).ok_or(NULL);
        }
        let weights: Vec<f64> = score.parts.iter().map(|part| part.weight).collect();
        let all: f64 = weights.iter().sum();
        let known = parts.iter().zip(&weights).filter(|(part, _)| part.is_some());
        let known: f64 = known.map(|(_, weight)| weight).sum();
        let (worth, divisor) = match score.missing.as_str() {
            "" | "renormalize" => (None, known),
            "zero" => (Some(0.0), all),
            "neutral" => (Some(50.0), all),
            "fail" => (None, all),
            other => panic!("`{other}`"),
        };
        let too_few = known < score.least * all - 1e-12
            || divisor == 0.0
            || (score.missing == "fail" && known < all);
        let points = |i: usize| {
            let part = parts[i].or(worth).filter(|_| !too_few)?;
            Some(weights[i] * part / divisor)
        };
        let lost = |i: usize| {
            let part = parts[i].or(worth).filter(|_| !too_few)?;
            Some(weights[i] * (100.0 - part) / divisor)
        };
        let numbers = || 0..parts.len();
        let sum = (!too_few).then(|| numbers().filter_map(points).sum::<f64>());
        let holding = score.caps.iter().filter(|(when, _)| is_true(&self.row_value(when, member)));
        let cap = holding.map(|(_, at_most)| *at_most).reduce(f64::min);
        let number = sum.map(|sum| cap.map_or(sum, |cap| sum.min(cap)));
        let said = match says {
            Says::Part(_) => unreachable!(),
            Says::Points(i) => points(*i).map(Value::Number),
            Says::Sum => sum.map(Value::Number),
            Says::Number => number.map(Value::Number),
            Says::CapPoints => sum.zip(cap).map(|(sum, cap)| Value::Number(sum.min(cap) - sum)),
            Says::Band => number.map(|number| Value::Text(band(score, number))),
            Says::Drag => {
                let most = numbers().filter_map(lost).fold(0.0, f64::max);
                let first = numbers().find(|i| most > 0.0 && lost(*i) == Some(most));
                first.map(|i| Value::Text(score.parts[i].name.clone()))
            }
        };
        said.ok_or(NULL)
    }
}

/// The first band whose condition is true of a number.
fn band(score: &Score, number: f64) -> String {
    let first = score
        .bands
        .iter()
        .find(|(_, condition)| condition.as_ref().is_none_or(|condition| holds(condition, number)));
    first.expect("the last band takes all others").0.clone()
}

fn holds(condition: &Expr, number: f64) -> bool {
    match &condition.kind {
        ExprKind::Binary { op: BinaryOp::GreaterOrEqual, right, .. } => number >= written(right),
        ExprKind::Binary { op: BinaryOp::Less, right, .. } => number < written(right),
        other => panic!("{other:?}"),
    }
}
