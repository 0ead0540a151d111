//! The area between two series: between the lowest and the highest quantile.

use super::coordinate;
use super::scale::Scale;
use crate::page::Cell;

/// Half the width of the area of a bucket without neighbors.
const ALONE: f64 = 3.0;

/// SVG paths, one for each run of buckets in which both series have a figure. `xs` holds a place for every bucket.
#[must_use]
pub fn spread(low: &[Cell], high: &[Cell], xs: &[f64], y: Scale) -> Vec<String> {
    let both = |(x, (low, high)): (&f64, (&Cell, &Cell))| {
        Some((*x, y.at(low.number().ok()?), y.at(high.number().ok()?)))
    };
    let points: Vec<_> = xs.iter().zip(low.iter().zip(high)).map(both).collect();
    points
        .split(Option::is_none)
        .filter_map(|run| area(&run.iter().flatten().copied().collect::<Vec<_>>()))
        .collect()
}

/// Along the upper edge, and back along the lower one.
fn area(run: &[(f64, f64, f64)]) -> Option<String> {
    let widened;
    let run = match run {
        [] => return None,
        [(x, low, high)] => {
            widened = [(x - ALONE, *low, *high), (x + ALONE, *low, *high)];
            &widened[..]
        }
        run => run,
    };
    let point = |x: f64, y: f64| format!("{} {}", coordinate(x), coordinate(y));
    let upper = run.iter().map(|(x, _, high)| point(*x, *high));
    let lower = run.iter().rev().map(|(x, low, _)| point(*x, *low));
    Some(format!("M{}Z", upper.chain(lower).collect::<Vec<_>>().join("L")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Absent;

    fn value(value: f64) -> Cell {
        Cell::Value { value, n: None, absent: Absent::default() }
    }

    #[test]
    fn an_area_ends_where_a_figure_is_missing() {
        let none = || Cell::Reason("no data".to_owned());
        let low = [value(1.0), value(2.0), none(), value(3.0)];
        let high = [value(5.0), value(6.0), value(7.0), value(8.0)];
        let drawn =
            spread(&low, &high, &[0.0, 10.0, 20.0, 30.0], Scale::new((0.0, 10.0), (10.0, 0.0)));
        assert_eq!(
            drawn,
            ["M0.0 5.0L10.0 4.0L10.0 8.0L0.0 9.0Z", "M27.0 2.0L33.0 2.0L33.0 7.0L27.0 7.0Z"]
        );
    }
}
