//! Curves of those who have reached something, after so many days, where some have not got there yet.
//!
//! Of each member there is one spell: the days until it reached it, was lost, or is followed no longer. The curve is the
//! cumulative incidence of Aalen and Johansen (1978); where nobody is lost for good it is one less the survival curve of
//! Kaplan and Meier (1958). Spells are sorted first, so any order of rows gives the same bits.

use std::cmp::Ordering;

use milepost_syntax::ast::{CurveScale, CurveValue};

use crate::results::Reason;

/// How far a curve may be from a level and still lie at it: it is a product of quotients.
pub const TOLERANCE: f64 = 1e-9;

/// The quantile of the normal distribution at 97.5 %.
pub const Z: f64 = 1.959_963_984_540_054;

/// How long one member was on the way, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spell {
    pub days: f64,
    pub state: SpellState,
}

/// What came of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpellState {
    /// It may still get there.
    Waiting,
    Reached,
    /// It never gets there.
    Lost,
    /// It is followed no longer.
    Censored,
}

impl SpellState {
    /// The state of that name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name {
            "reached" => Self::Reached,
            "lost" => Self::Lost,
            "censored" => Self::Censored,
            _ => Self::Waiting,
        }
    }
}

/// The curve after a day on which something happened, with sums from the beginning of which its variance is made.
#[derive(Clone, Copy, Debug, Default)]
struct Point {
    days: f64,
    /// The share that has reached it, F.
    share: f64,
    /// d ÷ n (n − d), for those who reached it or were lost; times F, and times F².
    hazard: [f64; 3],
    /// S² d₁ (n − d₁) ÷ n³.
    own: f64,
    /// S d₁ ÷ n²; times F.
    cross: [f64; 2],
}

/// What is asked of the curve of some spells. `at`: a level, or days.
pub fn curve_value(asks: CurveValue, at: f64, spells: &mut [Spell]) -> Result<f64, Reason> {
    if spells.is_empty() {
        return Err(Reason::NoData);
    }
    spells.sort_by(|a, b| a.days.total_cmp(&b.days));
    let points = points(spells);
    if asks == CurveValue::Quantile {
        return quantile(&points, at).ok_or(Reason::NotReached);
    }
    let is_followed = spells.last().is_some_and(|last| last.days >= at);
    let is = |state| spells.iter().any(|spell| spell.state == state);
    if !is_followed && is(SpellState::Waiting) {
        return Err(Reason::Immature);
    }
    if !is_followed && is(SpellState::Censored) {
        return Err(Reason::NoData);
    }
    let found = points.iter().rev().find(|point| point.days <= at).copied().unwrap_or_default();
    match asks {
        CurveValue::Quantile | CurveValue::Share => Ok(found.share),
        CurveValue::Low(scale) => found.end(scale, false).ok_or(Reason::NoData),
        CurveValue::High(scale) => found.end(scale, true).ok_or(Reason::NoData),
    }
}

/// The curve at each day on which somebody reached it or was lost.
#[expect(clippy::cast_precision_loss, reason = "counts of members")]
fn points(sorted: &[Spell]) -> Vec<Point> {
    let (mut points, mut left, mut at_risk) = (Vec::new(), 1.0, sorted.len());
    let mut last = Point::default();
    for same in sorted.chunk_by(|a, b| a.days.total_cmp(&b.days) == Ordering::Equal) {
        let count = |state| same.iter().filter(|spell| spell.state == state).count();
        let (reached, lost) = (count(SpellState::Reached), count(SpellState::Lost));
        if reached + lost > 0 {
            let (n, d1, d) = (at_risk as f64, reached as f64, (reached + lost) as f64);
            last.days = same[0].days;
            last.share += left * d1 / n;
            // Where nobody is left, the curve no longer moves, and this would be taken 0 times.
            let hazard = if n > d { d / (n * (n - d)) } else { 0.0 };
            let share = last.share;
            for (sum, factor) in last.hazard.iter_mut().zip([1.0, share, share * share]) {
                *sum += hazard * factor;
            }
            last.own += left * left * d1 * (n - d1) / (n * n * n);
            for (sum, factor) in last.cross.iter_mut().zip([1.0, share]) {
                *sum += left * d1 / (n * n) * factor;
            }
            left *= (n - d) / n;
            points.push(last);
        }
        at_risk -= same.len();
    }
    points
}

/// The days after which the curve is at a level: where it lies exactly there, the midpoint until it rises again.
fn quantile(points: &[Point], level: f64) -> Option<f64> {
    let reached = points.iter().find(|point| point.share >= level - TOLERANCE)?;
    let above = points.iter().find(|point| point.share > level + TOLERANCE);
    Some(match above {
        Some(above) if (reached.share - level).abs() <= TOLERANCE => {
            f64::midpoint(reached.days, above.days)
        }
        _ => reached.days,
    })
}

impl Point {
    /// The variance of Aalen's kind (Marubini and Valsecchi 1995, 10.12); where nobody is lost it is Greenwood's.
    fn variance(&self) -> f64 {
        let (f, [v, vf, vff], [w, wf]) = (self.share, self.hazard, self.cross);
        f * f * v - 2.0 * f * vf + vff + self.own - 2.0 * (f * w - wf)
    }

    /// An end of the interval; there is none where everybody or nobody has reached it.
    fn end(&self, scale: CurveScale, is_high: bool) -> Option<f64> {
        let share = self.share;
        if !(TOLERANCE..=1.0 - TOLERANCE).contains(&share) {
            return None;
        }
        let p = if scale == CurveScale::Incidence { share } else { 1.0 - share };
        let error = Z * self.variance().max(0.0).sqrt() / (p * p.ln()).abs();
        // p is below 1: a larger power is nearer to 0.
        let is_low_power = is_high == (scale == CurveScale::Incidence);
        let end = p.powf(if is_low_power { -error } else { error }.exp());
        Some(if scale == CurveScale::Incidence { end } else { 1.0 - end })
    }
}

#[cfg(test)]
mod tests;
