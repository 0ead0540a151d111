use milepost_semantics::model::{BlockUnit, Window};
use milepost_semantics::time::{AsOf, Bucket, Calendar, Grain, Instant};
use milepost_syntax::ast::{Duration, DurationStyle, TimeUnit};

use crate::request::Frame;

/// The rows that one bucket's value of an aggregate looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// Rows whose time is in `[lo, hi)`.
    Range { lo: Instant, hi: Instant },
    /// The state just before the instant.
    At(Instant),
    /// The mean of the states just before each instant.
    MeanAt(Vec<Instant>),
}

/// Before all data.
pub const EVER: Instant = Instant(i64::MIN);

impl Bounds {
    /// The bounds of a window seen from a frame.
    pub fn of(window: Window, frame: &Frame, calendar: &Calendar, as_of: AsOf) -> Self {
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
            Window::Step(step) => {
                let bucket = later(calendar, &frame.bucket, step.number);
                range(bucket.start, if step.onward { as_of.end } else { bucket.end })
            }
        }
    }

    /// Where the window starts, if it has a start at all.
    pub fn lo(&self) -> Option<Instant> {
        match self {
            Self::Range { lo, .. } => (*lo != EVER).then_some(*lo),
            Self::At(_) | Self::MeanAt(_) => None,
        }
    }
}

impl Bounds {
    /// Whether nothing of this is known of data that is complete until that instant; with `whole`, not all of it.
    pub fn is_beyond(&self, until: Instant, whole: bool) -> bool {
        match self {
            Self::Range { hi, .. } if whole => *hi > until,
            Self::Range { .. } => self.lo().is_some_and(|lo| lo >= until),
            Self::At(instant) => *instant > until,
            Self::MeanAt(instants) if whole => instants.iter().any(|instant| *instant > until),
            Self::MeanAt(instants) => instants.iter().all(|instant| *instant > until),
        }
    }

    /// The last instant that is looked at.
    pub fn end(&self) -> Instant {
        match self {
            Self::Range { hi, .. } => *hi,
            Self::At(instant) => *instant,
            Self::MeanAt(instants) => instants.iter().copied().max().unwrap_or(EVER),
        }
    }
}

/// The bucket that follows so many buckets later.
fn later(calendar: &Calendar, bucket: &Bucket, number: u32) -> Bucket {
    (0..number).fold(bucket.clone(), |bucket, _| calendar.next(&bucket))
}

/// Whether all rows in a step of time were there, of rows that are seen until an instant; always where the window is none.
pub fn is_step_over(window: Window, frame: &Frame, calendar: &Calendar, seen: Instant) -> bool {
    match window {
        Window::Step(step) => later(calendar, &frame.bucket, step.number).end <= seen,
        _ => true,
    }
}

/// The whole blocks of a frame's window, counted back from its end; the latest first.
pub fn block_frames(
    calendar: &Calendar,
    unit: BlockUnit,
    window: Window,
    frame: &Frame,
    as_of: AsOf,
) -> Vec<Frame> {
    let bounds = Bounds::of(window, frame, calendar, as_of);
    let Bounds::Range { lo, hi } = bounds else { return Vec::new() };
    let unit = match unit {
        BlockUnit::Day => TimeUnit::Day,
        BlockUnit::Week => TimeUnit::Week,
        BlockUnit::Month => TimeUnit::Month,
    };
    // Each is counted from the end, so that months do not creep: 31, 28, 31.
    let back = |count| {
        let length = Duration { count, unit, style: DurationStyle::Plain };
        if count == 0 { hi } else { calendar.shift(hi, length, true) }
    };
    (0..)
        .map(|k| (back(k + 1), back(k)))
        .take_while(|(start, end)| *start >= lo && start < end)
        .map(|(start, end)| {
            let first_day = calendar.date_of(start);
            let label = String::new();
            let bucket = Bucket { grain: Grain::Day, start, end, first_day, label };
            Frame { bucket, start, end }
        })
        .collect()
}

/// The frame that `prior` reads.
pub fn earlier(
    calendar: &Calendar,
    as_of: AsOf,
    grain: Grain,
    frame: &Frame,
    by: Option<Duration>,
) -> Frame {
    match by {
        None => Frame::whole(calendar.previous(&frame.bucket), as_of),
        // Shorter than the grain: there is no earlier bucket to read, so the ends move back. `check` has seen that
        // every aggregate inside has its own window.
        Some(length) if grain.is_longer_than(length) => Frame {
            bucket: frame.bucket.clone(),
            start: calendar.shift(frame.start, length, true),
            end: calendar.shift(frame.end, length, true),
        },
        Some(length) => {
            let start = calendar.shift(frame.bucket.start, length, true);
            Frame::whole(calendar.bucket_of(grain, start), as_of)
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
