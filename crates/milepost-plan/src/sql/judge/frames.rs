//! The spans of time that judgements are made in, as tables.

use std::sync::atomic::{AtomicBool, Ordering};

use milepost_semantics::model::{BlockUnit, Window};
use milepost_semantics::time::{Calendar, Grain, Instant};
use milepost_syntax::ast::Duration;

use super::Judge;
use crate::leaf::{Bounds, EVER, block_frames, earlier, is_step_over};
use crate::request::Frame;
use crate::sql::length::{Days, moved};
use crate::sql::text::timestamp;

/// Before all data.
pub(super) const EARLIEST: &str = "TIMESTAMP(6) '0001-01-01 00:00:00'";

/// A list of frames, each under a key.
#[derive(Debug)]
pub(in crate::sql) struct Frames {
    /// The name of their table: columns `bucket` (the key), `start`, `ends`, and `whole` where they are blocks: the key
    /// of the frame that they are part of.
    name: String,
    grain: Grain,
    list: List,
    /// Blocks of time, which the data must cover wholly.
    pub(super) blocks: bool,
    /// They are days, each under its end.
    by_end: bool,
    /// A segment is judged in them.
    pub(super) of_segment: bool,
    printed: AtomicBool,
}

#[derive(Debug)]
enum List {
    /// Known before anything is read: the key as SQL, and the frame.
    Known(Vec<(String, Frame)>),
    /// Instants that rows hold.
    Found,
}

/// What a window's table is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Columns `bucket`, `lo`, `hi`.
    Range,
    /// Columns `bucket`, `instant`.
    At,
    /// The same, with several instants for a bucket.
    Mean,
}

impl Shape {
    pub(super) const fn of(window: Window) -> Self {
        match window {
            Window::AtStart | Window::AtEnd => Self::At,
            Window::Average => Self::Mean,
            _ => Self::Range,
        }
    }
}

impl Frames {
    /// The frames of buckets (or of blocks of time), numbered from 0.
    pub(super) fn numbered(name: String, grain: Grain, frames: &[Frame], blocks: bool) -> Self {
        let list = frames.iter().enumerate().map(|(i, f)| (i.to_string(), f.clone())).collect();
        Self {
            name,
            grain,
            list: List::Known(list),
            blocks,
            by_end: false,
            of_segment: false,
            printed: AtomicBool::new(false),
        }
    }

    /// The one frame that sees everything up to the as-of.
    pub(super) fn all_of_time(name: String, judge: &Judge<'_>) -> Self {
        let calendar = &judge.model.project.calendar;
        let bucket = calendar.bucket_of(Grain::Day, Instant(judge.as_of.end.0 - 1));
        let frame = Frame { bucket, start: EVER, end: judge.as_of.end };
        Self::numbered(name, Grain::Day, &[frame], false)
    }

    /// All that is known at the end of the data, under the same keys.
    pub(in crate::sql) fn latest(&self, name: String, judge: &Judge<'_>) -> Self {
        let calendar = &judge.model.project.calendar;
        let bucket = calendar.bucket_of(Grain::Day, Instant(judge.as_of.end.0 - 1));
        let all = Frame { bucket, start: EVER, end: judge.as_of.end };
        let list = match &self.list {
            List::Known(list) => {
                List::Known(list.iter().map(|(key, _)| (key.clone(), all.clone())).collect())
            }
            List::Found => {
                let source = self.table(judge);
                let (start, end) = (instant(all.start), instant(all.end));
                judge.push(
                    &name,
                    &format!("SELECT f.bucket, {start} AS start, {end} AS ends FROM {source} AS f"),
                );
                List::Found
            }
        };
        let printed = AtomicBool::new(matches!(list, List::Found));
        Self {
            name,
            grain: Grain::Day,
            list,
            blocks: false,
            by_end: false,
            of_segment: self.of_segment,
            printed,
        }
    }

    /// The days that end with these frames, each under its end.
    pub(super) fn last_days(&self, name: String, judge: &Judge<'_>) -> Self {
        let List::Known(frames) = &self.list else {
            let source = self.table(judge);
            let instants = format!("SELECT DISTINCT ends AS bucket FROM {source}");
            return Self::days_before(name, judge, &instants);
        };
        let calendar = &judge.model.project.calendar;
        let mut list: Vec<(String, Frame)> = Vec::new();
        for (_, frame) in frames {
            let key = timestamp(frame.end);
            if list.iter().all(|(k, _)| *k != key) {
                let bucket = calendar.bucket_of(Grain::Day, Instant(frame.end.0 - 1));
                list.push((key, Frame { start: bucket.start, end: frame.end, bucket }));
            }
        }
        let list = List::Known(list);
        Self {
            name,
            grain: Grain::Day,
            list,
            blocks: false,
            by_end: true,
            of_segment: true,
            printed: AtomicBool::new(false),
        }
    }

    /// The days that end with the instants of a query (column `bucket`).
    pub(super) fn days_before(name: String, judge: &Judge<'_>, instants: &str) -> Self {
        let start = format!("local_midnight(local_date({}))", just_before("t.bucket"));
        judge.push(
            &name,
            &format!("SELECT t.bucket, {start} AS start, t.bucket AS ends FROM ({instants}) AS t"),
        );
        Self {
            name,
            grain: Grain::Day,
            list: List::Found,
            blocks: false,
            by_end: true,
            of_segment: true,
            printed: AtomicBool::new(true),
        }
    }

    /// The name of their table, which may not be printed.
    pub(in crate::sql) fn name(&self) -> &str {
        &self.name
    }

    /// Whether they are days, each under its end.
    pub(super) const fn are_last_days(&self) -> bool {
        self.by_end
    }

    /// The name of their table, which is printed when it is first asked for.
    pub(in crate::sql) fn table(&self, judge: &Judge<'_>) -> &str {
        if let (List::Known(list), false) = (&self.list, self.printed.swap(true, Ordering::Relaxed))
        {
            let rows: Vec<String> = list
                .iter()
                .map(|(key, f)| format!("({key}, {}, {})", instant(f.start), instant(f.end)))
                .collect();
            judge.push_values(&self.name, &["bucket", "start", "ends"], &rows);
        }
        &self.name
    }

    /// The frames that `prior` reads, under the same keys.
    pub(in crate::sql) fn earlier(
        &self,
        name: String,
        judge: &Judge<'_>,
        by: Option<Duration>,
    ) -> Self {
        let calendar = &judge.model.project.calendar;
        let list = match &self.list {
            List::Known(list) => {
                let move_back = |f: &Frame| earlier(calendar, judge.as_of, self.grain, f, by);
                List::Known(list.iter().map(|(key, f)| (key.clone(), move_back(f))).collect())
            }
            List::Found => {
                let source = self.table(judge);
                let body = match by {
                    None => {
                        let day = format!("local_date({})", just_before("f.start"));
                        format!("local_midnight({day}) AS start, f.start AS ends")
                    }
                    Some(length) if self.grain.is_longer_than(length) => format!(
                        "{} AS start, {} AS ends",
                        moved("f.start", length, true, Days::Local),
                        moved("f.ends", length, true, Days::Local)
                    ),
                    Some(length) => {
                        let day =
                            format!("local_date({})", moved("f.start", length, true, Days::Local));
                        format!(
                            "local_midnight({day}) AS start, local_midnight(date_plus_days({day}, 1)) AS ends"
                        )
                    }
                };
                judge.push(&name, &format!("SELECT f.bucket, {body} FROM {source} AS f"));
                List::Found
            }
        };
        let printed = AtomicBool::new(matches!(list, List::Found));
        Self {
            name,
            grain: self.grain,
            list,
            blocks: false,
            by_end: false,
            of_segment: self.of_segment,
            printed,
        }
    }

    /// Prints a window, seen from each frame, as the table `name`.
    /// `seen`: until when its rows are seen, which steps that are not over pass.
    pub(super) fn windows(
        &self,
        judge: &Judge<'_>,
        name: &str,
        window: Window,
        seen: Instant,
    ) -> Shape {
        let shape = Shape::of(window);
        let calendar = &judge.model.project.calendar;
        match &self.list {
            List::Known(list) => {
                let mut rows = Vec::new();
                let over = |frame: &Frame| is_step_over(window, frame, calendar, seen);
                for (key, frame) in list.iter().filter(|(_, frame)| over(frame)) {
                    match Bounds::of(window, frame, calendar, judge.as_of) {
                        Bounds::Range { lo, hi } => {
                            rows.push(format!("({key}, {}, {})", instant(lo), instant(hi)));
                        }
                        Bounds::At(at) => rows.push(format!("({key}, {})", instant(at))),
                        Bounds::MeanAt(list) => {
                            rows.extend(list.iter().map(|at| format!("({key}, {})", instant(*at))));
                        }
                    }
                }
                let columns: &[&str] = match shape {
                    Shape::Range => &["bucket", "lo", "hi"],
                    Shape::At | Shape::Mean => &["bucket", "instant"],
                };
                judge.push_values(name, columns, &rows);
            }
            List::Found => {
                let source = self.table(judge);
                let body = match shape {
                    Shape::Range => {
                        let (lo, hi) = range(window, calendar);
                        format!("{lo} AS lo, {hi} AS hi")
                    }
                    Shape::At | Shape::Mean => {
                        let edge = if window == Window::AtStart { "start" } else { "ends" };
                        format!("f.{edge} AS instant")
                    }
                };
                judge.push(name, &format!("SELECT f.bucket, {body} FROM {source} AS f"));
            }
        }
        shape
    }

    /// The whole blocks of each frame's window, counted back from its end.
    pub(super) fn in_blocks(
        &self,
        name: String,
        judge: &Judge<'_>,
        unit: BlockUnit,
        window: Window,
    ) -> Self {
        let calendar = &judge.model.project.calendar;
        let printed = AtomicBool::new(true);
        let list = match &self.list {
            List::Known(frames) => {
                let mut list = Vec::new();
                let mut rows = Vec::new();
                for (whole, frame) in frames {
                    for block in block_frames(calendar, unit, window, frame, judge.as_of) {
                        let key = list.len().to_string();
                        let (start, end) = (instant(block.start), instant(block.end));
                        rows.push(format!("({key}, {start}, {end}, {whole})"));
                        list.push((key, block));
                    }
                }
                judge.push_values(&name, &["bucket", "start", "ends", "whole"], &rows);
                List::Known(list)
            }
            List::Found => {
                let source = self.table(judge);
                let (lo, hi) = range(window, calendar);
                let back = |k: &str| match unit {
                    BlockUnit::Day => format!("local_plus_days(f.hi, -({k}))"),
                    BlockUnit::Week => format!("local_plus_days(f.hi, -7 * ({k}))"),
                    BlockUnit::Month => format!("local_plus_months(f.hi, -({k}))"),
                };
                let numbers: Vec<String> =
                    (0..most_blocks(judge, unit, window)).map(|k| format!("({k})")).collect();
                judge.push(
                    &name,
                    &format!(
                        "SELECT b.bucket, b.start, b.ends, b.whole FROM (\n    SELECT concat(CAST(f.bucket AS VARCHAR), ' ', CAST(n.k AS VARCHAR)) AS bucket, {} AS start, {} AS ends, f.bucket AS whole, f.lo\n    FROM (SELECT f.bucket, {lo} AS lo, {hi} AS hi FROM {source} AS f) AS f\n    CROSS JOIN (VALUES {}) AS n (k)) AS b\n    WHERE b.start >= b.lo",
                        back("n.k + 1"),
                        back("n.k"),
                        numbers.join(", ")
                    ),
                );
                List::Found
            }
        };
        Self {
            name,
            grain: Grain::Day,
            list,
            blocks: true,
            by_end: false,
            of_segment: false,
            printed,
        }
    }
}

/// How many blocks a window has at most, wherever it ends.
fn most_blocks(judge: &Judge<'_>, unit: BlockUnit, window: Window) -> i64 {
    let calendar = &judge.model.project.calendar;
    let bucket = calendar.bucket_of(Grain::Day, Instant(judge.as_of.end.0 - 1));
    let frame = Frame { start: bucket.start, end: judge.as_of.end, bucket };
    let days = match window {
        Window::Bucket => 1,
        Window::ToDate(Grain::Year | Grain::FiscalYear) => 366,
        Window::ToDate(_) => 92,
        // Months and years are not all of one length.
        _ => match Bounds::of(window, &frame, calendar, judge.as_of) {
            Bounds::Range { lo, hi } => (hi.0 - lo.0) / 86_400_000_000 + 4,
            Bounds::At(_) | Bounds::MeanAt(_) => 1,
        },
    };
    let length = match unit {
        BlockUnit::Day => 1,
        BlockUnit::Week => 7,
        BlockUnit::Month => 28,
    };
    (days / length).max(1)
}

/// The ends of a window, seen from the frame `f`.
fn range(window: Window, calendar: &Calendar) -> (String, String) {
    let end = |before: bool| if before { "f.start" } else { "f.ends" }.to_owned();
    match window {
        Window::Over { length, before } => {
            (moved(&end(before), length, true, Days::Local), end(before))
        }
        Window::Ever { before } => (EARLIEST.to_owned(), end(before)),
        Window::Since(date) => {
            (format!("least({}, f.ends)", timestamp(calendar.midnight(date))), end(false))
        }
        Window::ToDate(grain) => (
            start_of(calendar, grain, &format!("local_date({})", just_before("f.ends"))),
            end(false),
        ),
        // A day that a segment is judged in has no later ones, which `check` has seen.
        Window::Bucket | Window::AtStart | Window::AtEnd | Window::Average | Window::Step(_) => {
            ("f.start".to_owned(), end(false))
        }
    }
}

/// The start of the bucket that holds a day.
fn start_of(calendar: &Calendar, grain: Grain, day: &str) -> String {
    let truncated = |unit: &str, months: i64| {
        let there = format!("date_plus_months({day}, {})", -months);
        let start = format!("CAST(date_trunc('{unit}', {there}) AS DATE)");
        format!("local_midnight(date_plus_months({start}, {months}))")
    };
    let fiscal = i64::from(calendar.fiscal_year_starts) - 1;
    match grain {
        Grain::Day => format!("local_midnight({day})"),
        Grain::Week => format!(
            "local_midnight(date_plus_days({day}, -((date_weekday({day}) + 7 - {}) % 7)))",
            calendar.week_starts
        ),
        Grain::Month => truncated("month", 0),
        Grain::Quarter => truncated("quarter", 0),
        Grain::Year => truncated("year", 0),
        Grain::FiscalQuarter => truncated("quarter", fiscal % 3),
        Grain::FiscalYear => truncated("year", fiscal),
    }
}

/// The last instant before this one.
pub(in crate::sql) fn just_before(instant: &str) -> String {
    format!("{instant} - INTERVAL '1 microsecond'")
}

/// An instant as SQL, also one before all data.
fn instant(at: Instant) -> String {
    timestamp(at)
}

/// The day on which an instant is, or the next one where it is past the day's midnight.
pub(in crate::sql) fn day_from(instant: &str) -> String {
    format!(
        "CASE WHEN local_midnight(local_date({instant})) >= {instant} THEN local_date({instant}) ELSE date_plus_days(local_date({instant}), 1) END"
    )
}
