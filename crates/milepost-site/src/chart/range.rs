//! Ranges of a table: from the lowest to the highest value of a row with one in between, all on the same scale.

use serde::Serialize;

use super::coordinate;
use super::scale::{Scale, extent};

const WIDTH: f64 = 120.0;

/// The range of one row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Range {
    pub x: String,
    pub width: String,
    /// Where the value in between is.
    pub middle: String,
}

/// One range for each row of (lowest, in between, highest); `None` where a value is missing. The scale includes zero.
#[must_use]
pub fn ranges(rows: &[Option<[f64; 3]>]) -> Vec<Option<Range>> {
    let values = rows.iter().flatten().flatten().copied();
    let Some(span) = extent(values.chain([0.0])) else { return Vec::new() };
    let x = Scale::new(span, (0.0, WIDTH));
    let range = |[low, middle, high]: [f64; 3]| Range {
        x: coordinate(x.at(low)),
        width: coordinate(x.at(high) - x.at(low)),
        middle: coordinate(x.at(middle)),
    };
    rows.iter().map(|row| row.map(range)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_share_a_scale_that_includes_zero() {
        let drawn = ranges(&[Some([20.0, 30.0, 40.0]), None, Some([50.0, 60.0, 100.0])]);
        let first = drawn[0].clone().unwrap();
        assert_eq!(
            (first.x.as_str(), first.width.as_str(), first.middle.as_str()),
            ("24.0", "24.0", "36.0")
        );
        assert_eq!(drawn[1], None);
    }
}
