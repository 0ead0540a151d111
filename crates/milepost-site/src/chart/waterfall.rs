//! A waterfall in the rows of a table: what there was and what there is from zero, and between them each step from where the
//! one before it ended.

use serde::Serialize;

use super::coordinate;
use super::scale::{Scale, extent};

const WIDTH: f64 = 240.0;

/// The bar of one row, and the lines that join it to its neighbors.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    pub x: String,
    pub width: String,
    /// Where the row before ends; nothing in the first.
    pub from: Option<String>,
    /// Where this row ends; nothing in the last.
    pub to: Option<String>,
}

/// One bar for the opening amount, each of the moves, and the amount that they end at. The scale begins at zero.
#[must_use]
pub fn waterfall(opening: f64, moves: &[f64]) -> Vec<Step> {
    let mut levels = vec![opening];
    for step in moves {
        levels.push(levels[levels.len() - 1] + step);
    }
    let Some(span) = extent(levels.iter().copied().chain([0.0])) else { return Vec::new() };
    let x = Scale::new(span, (0.0, WIDTH));
    let bar = |a: f64, b: f64, from: Option<f64>, to: Option<f64>| Step {
        x: coordinate(x.at(a.min(b))),
        width: coordinate(x.at(a.max(b)) - x.at(a.min(b))),
        from: from.map(|at| coordinate(x.at(at))),
        to: to.map(|at| coordinate(x.at(at))),
    };
    let closing = levels[levels.len() - 1];
    let mut steps = vec![bar(0.0, opening, None, Some(opening))];
    steps.extend(levels.windows(2).map(|pair| bar(pair[0], pair[1], Some(pair[0]), Some(pair[1]))));
    steps.push(bar(0.0, closing, Some(closing), None));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_begin_where_the_one_before_ended() {
        let steps = waterfall(100.0, &[20.0, -60.0]);
        let drawn: Vec<_> = steps.iter().map(|s| (s.x.as_str(), s.width.as_str())).collect();
        assert_eq!(
            drawn,
            [("0.0", "200.0"), ("200.0", "40.0"), ("120.0", "120.0"), ("0.0", "120.0")]
        );
        assert_eq!((steps[0].from.as_deref(), steps[0].to.as_deref()), (None, Some("200.0")));
        assert_eq!((steps[3].from.as_deref(), steps[3].to.as_deref()), (Some("120.0"), None));
    }

    #[test]
    fn nothing_but_zero_is_drawn() {
        assert!(waterfall(0.0, &[0.0]).iter().all(|step| step.width == "0.0"));
    }
}
