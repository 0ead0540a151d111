//! Bars of a table: one a row, all on the same scale, always from zero.

use serde::Serialize;

use super::coordinate;
use super::scale::{Scale, extent};

const WIDTH: f64 = 120.0;

/// The bar of one row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bar {
    pub x: String,
    pub width: String,
    /// Where the whole is, to compare with.
    pub whole: Option<String>,
}

/// One bar for each figure; `None` where there is none.
#[must_use]
pub fn bars(values: &[Option<f64>], whole: Option<f64>) -> Vec<Option<Bar>> {
    let Some((low, high)) = extent(values.iter().copied().flatten().chain([0.0])) else {
        return Vec::new();
    };
    // The whole of a sum is far above its parts: then it is no measure for them and is left out.
    let whole = whole.filter(|w| (low..=high * 1.25).contains(w));
    let (low, high) = (low, whole.map_or(high, |w| high.max(w)));
    let x = Scale::new((low, high), (0.0, WIDTH));
    let bar = |value: f64| {
        let (a, b) = (x.at(value.min(0.0)), x.at(value.max(0.0)));
        Bar {
            x: coordinate(a),
            width: coordinate(b - a),
            whole: whole.map(|w| coordinate(x.at(w))),
        }
    };
    values.iter().map(|value| value.map(bar)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_start_at_zero() {
        let drawn = bars(&[Some(50.0), None, Some(100.0)], Some(80.0));
        let first = drawn[0].clone().unwrap();
        assert_eq!(
            (first.x.as_str(), first.width.as_str(), first.whole.as_deref()),
            ("0.0", "60.0", Some("96.0"))
        );
        assert_eq!(drawn[1], None);
    }

    #[test]
    fn below_zero_goes_left() {
        let drawn = bars(&[Some(-10.0), Some(10.0)], None);
        assert_eq!(drawn[0].clone().unwrap().x, "0.0");
        assert_eq!(drawn[1].clone().unwrap().x, "60.0");
    }
}
