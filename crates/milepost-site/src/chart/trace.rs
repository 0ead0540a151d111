//! A series as strokes: solid where complete, provisional where not, broken where there is no figure.

use serde::Serialize;

use super::coordinate;
use super::scale::Scale;
use crate::page::{Bucket, Cell};

/// The strokes of one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Trace {
    /// SVG path of all complete stretches; empty if there is none.
    pub solid: String,
    /// SVG path to and between buckets that are not complete.
    pub provisional: String,
    pub dots: Vec<Dot>,
}

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dot {
    pub x: String,
    pub y: String,
    /// By position.
    pub bucket: usize,
    pub complete: bool,
    /// No stroke touches it, so the dot is all there is.
    pub alone: bool,
    /// The newest complete figure.
    pub latest: bool,
    /// The newest figure of all.
    pub newest: bool,
}

/// The horizontal place of every bucket: one in the middle, many from edge to edge.
#[must_use]
pub fn places(count: usize, from: f64, to: f64) -> Vec<f64> {
    let last = f64::from(u32::try_from(count.saturating_sub(1)).unwrap_or(u32::MAX));
    (0..u32::try_from(count).unwrap_or(u32::MAX))
        .map(|i| {
            if count == 1 {
                f64::midpoint(from, to)
            } else {
                from + (to - from) * f64::from(i) / last
            }
        })
        .collect()
}

/// Draws a series. `xs` holds a place for every bucket.
#[must_use]
pub fn trace(buckets: &[Bucket], cells: &[Cell], xs: &[f64], y: Scale) -> Trace {
    let mut out = Trace::default();
    let mut before: Option<(f64, f64, bool)> = None;
    let mut drawing = Pen::Up;
    for (i, ((bucket, cell), x)) in buckets.iter().zip(cells).zip(xs).enumerate() {
        let Ok(value) = cell.number() else {
            before = None;
            drawing = Pen::Up;
            continue;
        };
        let (x, y, complete) = (*x, y.at(value), bucket.is_complete());
        if let Some((px, py, was_complete)) = before {
            let pen = if complete && was_complete { Pen::Solid } else { Pen::Provisional };
            let path = if pen == Pen::Solid { &mut out.solid } else { &mut out.provisional };
            if drawing != pen {
                path.push_str(&format_point('M', px, py));
            }
            path.push_str(&format_point('L', x, y));
            drawing = pen;
            if let Some(dot) = out.dots.last_mut() {
                dot.alone = false;
            }
        }
        out.dots.push(Dot {
            x: coordinate(x),
            y: coordinate(y),
            bucket: i,
            complete,
            alone: before.is_none(),
            latest: false,
            newest: false,
        });
        before = Some((x, y, complete));
    }
    if let Some(dot) = out.dots.iter_mut().rev().find(|d| d.complete) {
        dot.latest = true;
    }
    if let Some(dot) = out.dots.last_mut() {
        dot.newest = true;
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pen {
    Up,
    Solid,
    Provisional,
}

fn format_point(command: char, x: f64, y: f64) -> String {
    format!("{command}{} {}", coordinate(x), coordinate(y))
}

/// A run of neighbouring buckets without a figure, all for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// First and last bucket, by position.
    pub first: usize,
    pub last: usize,
    pub reason: String,
}

/// All gaps, from old to new.
#[must_use]
pub fn gaps(cells: &[Cell]) -> Vec<Gap> {
    let mut out: Vec<Gap> = Vec::new();
    for (i, cell) in cells.iter().enumerate() {
        let Err(reason) = cell.number() else { continue };
        match out.last_mut() {
            Some(gap) if gap.last + 1 == i && gap.reason == reason => gap.last = i,
            _ => out.push(Gap { first: i, last: i, reason: reason.to_owned() }),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Absent;

    fn bucket(partial: bool) -> Bucket {
        Bucket {
            label: String::new(),
            start: String::new(),
            end: String::new(),
            partial,
            maturing: false,
            immature: false,
        }
    }

    fn value(value: f64) -> Cell {
        Cell::Value { value, n: None, absent: Absent::default() }
    }

    fn none() -> Cell {
        Cell::Reason("no data".to_owned())
    }

    #[test]
    fn gaps_break_the_line_and_never_touch_zero() {
        let buckets = vec![bucket(false); 5];
        let cells = [value(1.0), value(2.0), none(), value(4.0), none()];
        let xs = places(5, 0.0, 40.0);
        let drawn = trace(&buckets, &cells, &xs, Scale::new((0.0, 10.0), (10.0, 0.0)));
        assert_eq!(drawn.solid, "M0.0 9.0L10.0 8.0");
        assert_eq!(drawn.provisional, "");
        assert_eq!(drawn.dots.iter().map(|d| d.alone).collect::<Vec<_>>(), [false, false, true]);
        assert_eq!(gaps(&cells).len(), 2);
    }

    #[test]
    fn the_running_bucket_is_drawn_apart() {
        let buckets = [bucket(false), bucket(false), bucket(true)];
        let xs = places(3, 0.0, 20.0);
        let drawn = trace(
            &buckets,
            &[value(1.0), value(1.0), value(0.0)],
            &xs,
            Scale::new((0.0, 1.0), (10.0, 0.0)),
        );
        assert_eq!(drawn.solid, "M0.0 0.0L10.0 0.0");
        assert_eq!(drawn.provisional, "M10.0 0.0L20.0 10.0");
        assert!(!drawn.dots[2].complete);
    }

    #[test]
    fn one_bucket_stands_in_the_middle() {
        assert_eq!(places(1, 0.0, 10.0), [5.0]);
        assert!(places(0, 0.0, 10.0).is_empty());
    }
}
