//! The small line beside a number.

use serde::Serialize;

use super::coordinate;
use super::scale::{Scale, extent};
use super::trace::{Trace, places, trace};
use crate::page::{Bound, Bucket, Cell};

const WIDTH: f64 = 240.0;
const HEIGHT: f64 = 48.0;
/// Room for half a dot.
const EDGE: f64 = 4.0;

/// A line without axes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sparkline {
    pub width: String,
    pub height: String,
    pub trace: Trace,
    /// Heights of the goal's lines.
    pub goals: Vec<String>,
}

/// Draws the series on its own scale; `None` without a single figure.
#[must_use]
pub fn sparkline(buckets: &[Bucket], cells: &[Cell], target: Option<Bound>) -> Option<Sparkline> {
    let figures = cells.iter().filter_map(|c| c.number().ok());
    let goals = bounds(target);
    let (low, high) = extent(figures)?;
    let (low, high) = extent(goals.iter().copied().chain([low, high]))?;
    let y = Scale::new((low, high), (HEIGHT - EDGE, EDGE));
    let xs = places(buckets.len(), EDGE, WIDTH - EDGE);
    Some(Sparkline {
        width: coordinate(WIDTH),
        height: coordinate(HEIGHT),
        trace: trace(buckets, cells, &xs, y),
        goals: goals.into_iter().map(|g| coordinate(y.at(g))).collect(),
    })
}

/// The ends of a goal.
#[must_use]
pub fn bounds(target: Option<Bound>) -> Vec<f64> {
    match target {
        None => Vec::new(),
        Some(Bound::AtLeast(value) | Bound::AtMost(value)) => vec![value],
        Some(Bound::Inside(low, high)) => vec![low, high],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_to_draw_without_figures() {
        assert_eq!(sparkline(&[], &[], None), None);
    }
}
