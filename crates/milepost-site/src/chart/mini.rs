//! Small charts side by side on one scale: each a part, with the whole behind it.

use serde::Serialize;

use super::coordinate;
use super::line::{Tick, value_ticks};
use super::scale::Scale;
use super::text;
use super::trace::{Trace, places, trace};
use crate::format::Formatter;
use crate::page::{Bucket, Cell};

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 132.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 110.0;
const FONT: f64 = 11.5;

/// One of the small charts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mini {
    pub width: String,
    pub height: String,
    pub left: String,
    pub right: String,
    pub bottom: String,
    pub ticks: Vec<Tick>,
    pub first: String,
    pub last: String,
    pub trace: Trace,
    /// The whole, for comparison; empty where it lies outside the scale of the parts.
    pub whole: Trace,
}

/// What all charts of one slice share.
#[derive(Debug)]
pub struct Shared<'a> {
    pub buckets: &'a [Bucket],
    pub span: (f64, f64),
    pub format: &'a Formatter,
    pub whole: Option<&'a [Cell]>,
}

impl Shared<'_> {
    /// Draws one part.
    #[must_use]
    pub fn draw(&self, cells: &[Cell]) -> Mini {
        let y = Scale::new(self.span, (BOTTOM, TOP));
        let ticks = value_ticks(self.span, 3, y, self.format);
        let widest = ticks.iter().map(|t| text::width(&t.label, FONT)).fold(0.0, f64::max);
        let (left, right) = (widest + 8.0, WIDTH - 6.0);
        let xs = places(self.buckets.len(), left + 4.0, right);
        let label = |b: Option<&Bucket>| b.map(|b| b.label.clone()).unwrap_or_default();
        Mini {
            width: coordinate(WIDTH),
            height: coordinate(HEIGHT),
            left: coordinate(left),
            right: coordinate(right),
            bottom: coordinate(BOTTOM),
            ticks,
            first: label(self.buckets.first()),
            last: label(self.buckets.last().filter(|_| self.buckets.len() > 1)),
            trace: trace(self.buckets, cells, &xs, y),
            whole: self.whole.map(|w| trace(self.buckets, w, &xs, y)).unwrap_or_default(),
        }
    }
}
