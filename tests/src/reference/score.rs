//! What a score says of a member, sentence by sentence from docs/language.md.

use milepost::syntax::ast::{BinaryOp, Expr, ExprKind};

use crate::bind::score_number as written;
use crate::evaluate::Spot;
use crate::tree::{EntityId, RowExpr, Says, Scale, Score, ScorePart};
use crate::value::{NULL, Val, Value, is_true};
use crate::world::World;

impl World<'_> {
    pub(crate) fn score(&self, score: &Score, says: &Says, member: &Spot) -> Val {
        let value = |expr: &RowExpr| self.row_value(expr, member).ok();
        let parts: Vec<Option<f64>> = score
            .parts
            .iter()
            .map(|part| match &part.scale {
                Scale::Between { ends, by } => {
                    let value = value(&part.value)?.number();
                    let by = by.iter().find(|(holds, _)| is_true(&self.row_value(holds, member)));
                    let (worst, best) = by.map_or(*ends, |(_, ends)| *ends);
                    Some((100.0 * (value - worst) / (best - worst)).clamp(0.0, 100.0))
                }
                Scale::Rank { among, is_lower_better } => {
                    let rank = self.rank(score.of, part, among.as_ref(), member)?;
                    Some(if *is_lower_better { 100.0 - rank } else { rank })
                }
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

impl World<'_> {
    /// The share of the others that a member is above, in percent, with half of those that it equals.
    fn rank(
        &self,
        of: EntityId,
        part: &ScorePart,
        among: Option<&RowExpr>,
        member: &Spot,
    ) -> Option<f64> {
        let end = member.frame().end;
        let stands = |row: usize| {
            let spot = Spot { row, ..member.clone() };
            let (from, to) = self.life(of, member.dataset, row)?;
            let group = match among {
                Some(among) => Some(self.row_value(among, &spot).ok()?.name()),
                None => None,
            };
            let value = self.row_value(&part.value, &spot).ok()?.number();
            (from < end && to >= end).then_some((group, value))
        };
        let (group, own) = stands(member.row)?;
        let others = self.rows(member.dataset).filter(|row| *row != member.row);
        let others: Vec<f64> = others
            .filter_map(stands)
            .filter(|(other, _)| *other == group)
            .map(|(_, value)| value)
            .collect();
        let below = others.iter().filter(|other| **other < own).count() as f64;
        let equal = others.iter().filter(|other| **other == own).count() as f64;
        (!others.is_empty()).then(|| 100.0 * (below + equal / 2.0) / others.len() as f64)
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
