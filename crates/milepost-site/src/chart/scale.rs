//! From values to pixels.

use crate::page::Display;

/// Beyond this a difference of two values could overflow.
const LARGEST: f64 = 1e300;

/// A straight line from a span of values to a span of pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// `low` is drawn at `from`, `high` at `to`. A span without length is drawn in the middle.
    #[must_use]
    pub fn new((low, high): (f64, f64), (from, to): (f64, f64)) -> Self {
        Self { low: low.clamp(-LARGEST, LARGEST), high: high.clamp(-LARGEST, LARGEST), from, to }
    }

    /// The pixel of a value; values outside the span are drawn at its end.
    #[must_use]
    pub fn at(&self, value: f64) -> f64 {
        let span = self.high - self.low;
        if span <= 0.0 {
            return f64::midpoint(self.from, self.to);
        }
        let share = ((value.clamp(-LARGEST, LARGEST) - self.low) / span).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }
}

/// The least and the greatest of the finite values.
#[must_use]
pub fn extent(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values.filter(|v| v.is_finite()).fold(None, |span, value| match span {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

/// What an axis measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// A share of a whole, which ends at 1 when no value is above it.
    Share,
    Number,
}

impl Axis {
    /// The axis of a KPI shown like that.
    #[must_use]
    pub const fn of(display: &Display) -> Self {
        match display {
            Display::Percent => Self::Share,
            Display::Currency(_) | Display::Number(_) => Self::Number,
        }
    }
}

/// The span an axis shows for values of that extent: from zero where zero is near, else with a little room, so that
/// a flat line is drawn flat and not as noise.
#[must_use]
pub fn axis_span((low, high): (f64, f64), axis: Axis) -> (f64, f64) {
    let (low, high) = (low.clamp(-LARGEST, LARGEST), high.clamp(-LARGEST, LARGEST));
    let size = low.abs().max(high.abs());
    if size == 0.0 {
        return (0.0, 1.0);
    }
    let room = ((high - low) * 0.08).max(size * 0.02);
    let mut span = (low - room, high + room);
    if low >= 0.0 && (low < high * 0.5 || span.0 < 0.0) {
        span.0 = 0.0;
    }
    if high <= 0.0 && (high > low * 0.5 || span.1 > 0.0) {
        span.1 = 0.0;
    }
    if axis == Axis::Share && high <= 1.0 {
        span.1 = span.1.min(1.0);
    }
    span
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_and_clamps() {
        let y = Scale::new((0.0, 10.0), (100.0, 0.0));
        assert_eq!((y.at(0.0), y.at(5.0), y.at(10.0), y.at(99.0)), (100.0, 50.0, 0.0, 0.0));
        assert_eq!(Scale::new((3.0, 3.0), (0.0, 10.0)).at(3.0), 5.0);
    }

    #[test]
    fn zero_is_shown_when_near() {
        assert_eq!(axis_span((10.0, 100.0), Axis::Number).0, 0.0);
        assert!(axis_span((80.0, 100.0), Axis::Number).0 > 70.0);
        assert_eq!(axis_span((-100.0, -10.0), Axis::Number).1, 0.0);
        assert_eq!(axis_span((0.0, 0.0), Axis::Number), (0.0, 1.0));
    }

    #[test]
    fn percent_stops_at_its_ceiling() {
        assert_eq!(axis_span((0.9, 0.99), Axis::Share).1, 1.0);
        assert!(axis_span((0.9, 1.2), Axis::Share).1 > 1.2);
    }

    #[test]
    fn extremes_stay_finite() {
        let span = axis_span((f64::MIN, f64::MAX), Axis::Number);
        assert!((span.1 - span.0).is_finite());
        assert!(Scale::new(span, (0.0, 1.0)).at(f64::MAX).is_finite());
        assert_eq!(extent([f64::NAN, f64::INFINITY].into_iter()), None);
    }
}
