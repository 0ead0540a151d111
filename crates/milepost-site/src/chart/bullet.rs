//! A number against its goal and against the time before.

use serde::Serialize;

use super::coordinate;
use super::scale::{Axis, Scale, axis_span, extent};
use super::sparkline::bounds;
use super::text;
use crate::format::Formatter;
use crate::page::Bound;

const WIDTH: f64 = 320.0;
/// Half the room for a label at either end.
const EDGE: f64 = 2.0;
const LABEL_SIZE: f64 = 12.0;

/// A horizontal bar (now), a thin one (before) and marks (the goal).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bullet {
    pub width: String,
    /// The whole axis.
    pub track: Span,
    pub bar: Span,
    pub before: Option<Span>,
    pub goals: Vec<Mark>,
    /// The stretch that is good.
    pub good: Span,
}

/// From left to right.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Span {
    pub x: String,
    pub width: String,
}

/// One end of the goal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mark {
    pub x: String,
    /// Left out where two would overlap; the goal is next to the chart in words.
    pub label: Option<String>,
    /// `start`, `middle` or `end`: where the label is to stay inside.
    pub anchor: &'static str,
}

/// Draws the figure from zero. Only for goals, which need something to be held against.
#[must_use]
pub fn bullet(
    value: f64,
    before: Option<f64>,
    target: Bound,
    format: &Formatter,
    axis: Axis,
) -> Option<Bullet> {
    let goals = bounds(Some(target));
    let all = goals.iter().copied().chain([0.0, value]).chain(before);
    let (low, high) = axis_span(extent(all)?, axis);
    let x = Scale::new((low.min(0.0), high.max(0.0)), (EDGE, WIDTH - EDGE));
    let span = |from: f64, to: f64| {
        let (a, b) = (x.at(from.min(to)), x.at(from.max(to)));
        Span { x: coordinate(a), width: coordinate(b - a) }
    };
    let good = match target {
        Bound::AtLeast(least) => span(least, x.high),
        Bound::AtMost(most) => span(x.low, most),
        Bound::Inside(least, most) => span(least, most),
    };
    Some(Bullet {
        width: coordinate(WIDTH),
        track: span(x.low, x.high),
        bar: span(0.0, value),
        before: before.map(|b| span(0.0, b)),
        goals: marks(&goals, x, format),
        good,
    })
}

fn marks(goals: &[f64], x: Scale, format: &Formatter) -> Vec<Mark> {
    let places: Vec<(f64, f64)> = goals
        .iter()
        .map(|g| (x.at(*g), text::width(&format.goal_number(*g), LABEL_SIZE)))
        .collect();
    let overlap = places.windows(2).any(|w| w[1].0 - w[0].0 < w[0].1 + w[1].1);
    let label = |m: Mark| Mark { label: m.label.filter(|_| !overlap), ..m };
    goals.iter().zip(places).map(|(goal, (at, _))| label(mark(*goal, at, format))).collect()
}

fn mark(goal: f64, x: f64, format: &Formatter) -> Mark {
    let label = format.goal_number(goal);
    let half = text::width(&label, LABEL_SIZE) / 2.0;
    let anchor = match x {
        x if x < half => "start",
        x if x > WIDTH - half => "end",
        _ => "middle",
    };
    Mark { x: coordinate(x), label: Some(label), anchor }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Display;

    #[test]
    fn the_good_stretch_begins_at_the_goal() {
        let format = Formatter::new(&Display::Percent, std::iter::empty());
        let drawn = bullet(0.5, Some(0.4), Bound::AtLeast(0.8), &format, Axis::Share).unwrap();
        assert_eq!(drawn.goals[0].label.as_deref(), Some("80%"));
        assert_eq!(drawn.goals[0].x, drawn.good.x);
        assert_eq!(drawn.bar.x, "2.0");
    }

    #[test]
    fn labels_that_would_overlap_are_left_out() {
        let format = Formatter::new(&Display::Percent, std::iter::empty());
        let near = bullet(0.5, None, Bound::Inside(0.5, 0.51), &format, Axis::Share).unwrap();
        assert!(near.goals.iter().all(|g| g.label.is_none()));
        let apart = bullet(0.5, None, Bound::Inside(0.2, 0.8), &format, Axis::Share).unwrap();
        assert!(apart.goals.iter().all(|g| g.label.is_some()));
    }
}
