//! Spans of time: what a bucket sees, what a window sees of it, and the bucket before.

use milepost::syntax::ast::{Duration, DurationStyle, TimeUnit};

use super::calendar::{Bucket, Instant, NEVER, civil, is_shorter};
use super::world::World;
use crate::tree::{BlockUnit, Window};

/// A bucket, as far as it is looked at.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) bucket: Bucket,
    pub(crate) start: Instant,
    pub(crate) end: Instant,
}

/// What a window is in a frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Span {
    /// Rows from the first instant on, before the second.
    Range(Instant, Instant),
    /// The state just before that instant.
    At(Instant),
    /// The mean of the states just before these instants.
    MeanAt(Vec<Instant>),
}

impl World<'_> {
    /// The frame that a window's rows are seen from: the whole bucket before the as-of.
    fn whole(&self, bucket: Bucket) -> Frame {
        Frame { start: bucket.start, end: bucket.end.min(self.as_of), bucket }
    }

    /// Over all of history, up to the as-of.
    pub(crate) fn all_history(&self, frame: &Frame) -> Frame {
        Frame { start: NEVER, end: self.as_of, bucket: frame.bucket.clone() }
    }

    /// The bucket before, or the one that holds the start moved back; where the length is shorter than a bucket, the
    /// frame itself moves back.
    pub(crate) fn earlier(&self, frame: &Frame, by: Option<Duration>) -> Frame {
        let bucket = &frame.bucket;
        match by {
            None => self.whole(self.calendar.bucket_at(bucket.grain, bucket.start - 1)),
            Some(length) if is_shorter(length, bucket.grain) => {
                let back = |at| self.calendar.shift(at, length, true);
                Frame {
                    bucket: Bucket {
                        start: back(bucket.start),
                        end: back(bucket.end),
                        ..bucket.clone()
                    },
                    start: back(frame.start),
                    end: back(frame.end),
                }
            }
            Some(length) => {
                let start = self.calendar.shift(bucket.start, length, true);
                self.whole(self.calendar.bucket_at(bucket.grain, start))
            }
        }
    }

    pub(crate) fn span(&self, window: Window, frame: &Frame) -> Span {
        let calendar = &self.calendar;
        let edge = |before| if before { frame.start } else { frame.end };
        match window {
            Window::Bucket => Span::Range(frame.start, frame.end),
            Window::Over { length, before } => {
                Span::Range(calendar.shift(edge(before), length, true), edge(before))
            }
            Window::Ever { before } => Span::Range(NEVER, edge(before)),
            Window::Since(day) => Span::Range(calendar.midnight(civil(day)), frame.end),
            Window::ToDate(grain) => {
                Span::Range(calendar.bucket_at(grain, frame.end - 1).start, frame.end)
            }
            Window::AtStart => Span::At(frame.start),
            Window::AtEnd => Span::At(frame.end),
            Window::Average => Span::MeanAt(self.ends_of_days(frame)),
            Window::Step(step) => {
                let bucket = self.later(&frame.bucket, step.number);
                Span::Range(bucket.start, if step.onward { self.as_of } else { bucket.end })
            }
        }
    }

    /// The bucket that follows so many later.
    pub(crate) fn later(&self, bucket: &Bucket, number: u32) -> Bucket {
        let mut bucket = bucket.clone();
        for _ in 0..number {
            bucket = self.calendar.bucket_at(bucket.grain, bucket.end);
        }
        bucket
    }

    fn ends_of_days(&self, frame: &Frame) -> Vec<Instant> {
        let mut day = self.calendar.day(frame.start);
        let mut ends = Vec::new();
        while self.calendar.midnight(day) < frame.end {
            day = day.tomorrow().unwrap();
            ends.push(self.calendar.midnight(day).min(frame.end));
        }
        ends
    }

    /// The whole blocks of a window, counted back from its end, the latest first.
    pub(crate) fn blocks(&self, unit: BlockUnit, window: Window, frame: &Frame) -> Vec<Frame> {
        let Span::Range(low, high) = self.span(window, frame) else { unreachable!() };
        let unit = match unit {
            BlockUnit::Day => TimeUnit::Day,
            BlockUnit::Week => TimeUnit::Week,
            BlockUnit::Month => TimeUnit::Month,
        };
        let back = |count| {
            let length = Duration { count, unit, style: DurationStyle::Plain };
            self.calendar.shift(high, length, true)
        };
        let mut list = Vec::new();
        let mut end = high;
        for k in 1.. {
            let start = back(k);
            if start < low {
                break;
            }
            let bucket = Bucket { start, end, ..frame.bucket.clone() };
            list.push(Frame { bucket, start, end });
            end = start;
        }
        list
    }
}
