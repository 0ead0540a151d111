//! Bars of a table that show of how many sorts a whole is made: one row as wide as another, whatever it counts.

use serde::Serialize;

use super::coordinate;

const WIDTH: f64 = 240.0;

/// The part of a bar that is of one sort.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segment {
    pub x: String,
    pub width: String,
    /// The position of its sort among all, for its look.
    pub sort: usize,
}

/// One segment for each count above 0, from left to right.
#[must_use]
pub fn segments(counts: &[f64]) -> Vec<Segment> {
    let whole: f64 = counts.iter().sum();
    let mut before = 0.0;
    let mut list = Vec::new();
    for (sort, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        let width = count / whole * WIDTH;
        list.push(Segment { x: coordinate(before), width: coordinate(width), sort });
        before += width;
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_wide_as_all_others() {
        let drawn = segments(&[1.0, 0.0, 3.0]);
        let shown: Vec<_> =
            drawn.iter().map(|s| (s.x.as_str(), s.width.as_str(), s.sort)).collect();
        assert_eq!(shown, [("0.0", "60.0", 0), ("60.0", "180.0", 2)]);
        assert_eq!(segments(&[0.0, 0.0]), []);
    }
}
