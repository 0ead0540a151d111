use milepost_semantics::model::Window;
use milepost_semantics::time::{Calendar, Grain, Instant};

use crate::request::Frame;

/// The rows that one bucket's value of an aggregate looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bounds {
    /// Rows whose time is in `[lo, hi)`.
    Range { lo: Instant, hi: Instant },
    /// The state just before the instant.
    At(Instant),
    /// The mean of the states just before each instant.
    MeanAt(Vec<Instant>),
}

/// Before all data.
pub(crate) const EVER: Instant = Instant(i64::MIN);

impl Bounds {
    /// The bounds of a window seen from a frame.
    pub(crate) fn of(window: Window, frame: &Frame, calendar: &Calendar) -> Self {
        let range = |lo, hi| Self::Range { lo, hi };
        match window {
            Window::Bucket => range(frame.start, frame.end),
            Window::Over { length, before } => {
                let hi = if before { frame.start } else { frame.end };
                range(calendar.shift(hi, length, true), hi)
            }
            Window::Ever { before } => range(EVER, if before { frame.start } else { frame.end }),
            Window::Since(date) => range(calendar.midnight(date).min(frame.end), frame.end),
            Window::ToDate(grain) => range(start_of(calendar, grain, frame.end), frame.end),
            Window::AtStart => Self::At(frame.start),
            Window::AtEnd => Self::At(frame.end),
            Window::Average => Self::MeanAt(day_ends(calendar, frame)),
        }
    }

    /// Where the window starts, if it has a start at all.
    pub(crate) fn lo(&self) -> Option<Instant> {
        match self {
            Self::Range { lo, .. } => (*lo != EVER).then_some(*lo),
            Self::At(_) | Self::MeanAt(_) => None,
        }
    }
}

/// The start of the bucket of `grain` that holds the last instant before `end`.
fn start_of(calendar: &Calendar, grain: Grain, end: Instant) -> Instant {
    calendar.bucket_of(grain, Instant(end.0 - 1)).start
}

/// The ends of the frame's days; a last day cut short ends with the frame.
fn day_ends(calendar: &Calendar, frame: &Frame) -> Vec<Instant> {
    let days = calendar.buckets(Grain::Day, frame.start, frame.end);
    days.into_iter().map(|day| day.end.min(frame.end)).collect()
}
