//! How many windows of time a metric looks at: known from its definition and its buckets, before any row is read.

use std::collections::BTreeSet;

use crate::explain::duration_words;
use crate::model::{
    Aggregate, BlockUnit, Blocks, Inner, Metric, Model, RowExpr, RowKind, Segment, SegmentId,
    ValueExpr, ValueKind, Window, Within,
};
use crate::time::{AsOf, Calendar, Grain, Instant, approximate_days};
use milepost_syntax::ast::{Date, Duration};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::limits::{BUCKETS, WINDOWS, counted};
use milepost_syntax::span::Span;

/// The last day up to which data is used where nothing says when: what counts from a day on is counted to there.
const FAR: Date = Date { year: 2100, month: 1, day: 1 };

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// What there is to know of a project to say how much a metric looks at.
pub(crate) struct Work<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) as_of: Option<AsOf>,
    pub(crate) segment: &'a dyn Fn(SegmentId) -> Option<&'a Segment>,
}

/// Buckets, and how long each is in days.
#[derive(Clone, Copy)]
struct Frames {
    count: u64,
    days: f64,
}

/// Windows that were counted so far.
#[derive(Default)]
struct Count {
    windows: u64,
    segments: BTreeSet<SegmentId>,
    /// The blocks of time that are the most.
    largest: Option<(u64, Span)>,
}

/// Why a metric can't be computed for so many buckets: too many of these, or of the windows that it looks at in them.
#[must_use]
pub fn too_much(
    model: &Model,
    metric: &Metric,
    grain: Grain,
    buckets: u64,
    as_of: AsOf,
) -> Option<Diagnostic> {
    let work = Work {
        calendar: &model.project.calendar,
        as_of: Some(as_of),
        segment: &|id| Some(&model[id]),
    };
    work.too_many_buckets(metric, grain, buckets)
        .or_else(|| work.too_many_windows(metric, grain, buckets))
}

/// About how many buckets of a grain a length of time has.
#[must_use]
pub(crate) fn buckets_in(length: Duration, grain: Grain) -> u64 {
    // No time lies before year 1 or after year 9999.
    let days = approximate_days(length).min(9_999.0 * 365.25);
    whole(days / grain.usual_days())
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are positive, and those that are too large for a number are too many"
)]
/// A count that may have a fraction, as a whole number.
pub(crate) fn whole(count: f64) -> u64 {
    count.max(0.0).ceil() as u64
}

impl<'a> Work<'a> {
    pub(crate) fn too_many_buckets(
        &self,
        metric: &Metric,
        grain: Grain,
        buckets: u64,
    ) -> Option<Diagnostic> {
        (buckets > BUCKETS).then(|| {
            let message = format!(
                "`{}` by {} would have about {} buckets, and at most {} are computed",
                metric.name,
                grain.name(),
                counted(buckets),
                counted(BUCKETS)
            );
            Diagnostic::error(codes::LIMIT_EXCEEDED, metric.span, message)
                .help("go back less far, or use a longer grain")
        })
    }

    pub(crate) fn too_many_windows(
        &self,
        metric: &'a Metric,
        grain: Grain,
        buckets: u64,
    ) -> Option<Diagnostic> {
        let mut count = Count::default();
        let frames = Frames { count: buckets.max(1), days: grain.usual_days() };
        metric.parts.iter().for_each(|part| self.value(&part.value, frames, &mut count));
        (count.windows > WINDOWS).then(|| {
            let message = format!(
                "`{}` needs {} windows of time in {} by {}, and at most {} are computed",
                metric.name,
                counted(count.windows),
                if buckets == 1 { "1 bucket".to_owned() } else { format!("{} buckets", counted(buckets)) },
                grain.name(),
                counted(WINDOWS)
            );
            let at = count.largest.map_or(metric.value().span, |(_, span)| span);
            Diagnostic::error(codes::LIMIT_EXCEEDED, at, message)
                .help("use longer blocks (`per week`, `per month`) or a shorter window, nest them less, or go back less far")
        })
    }

    fn value(&self, value: &'a ValueExpr, frames: Frames, count: &mut Count) {
        match &value.kind {
            ValueKind::Aggregate(aggregate) => self.aggregate(aggregate, frames, count),
            ValueKind::Blocks(blocks) => {
                let inside = self.blocks(blocks, frames);
                count.note(inside, value.span);
                self.value(&blocks.operand, inside, count);
            }
            _ => value.each_child(&mut |child| self.value(child, frames, count)),
        }
    }

    fn aggregate(&self, aggregate: &'a Aggregate, frames: Frames, count: &mut Count) {
        let each = if aggregate.window == Window::Average { whole(frames.days) } else { 1 };
        count.add(frames.count.saturating_mul(each));
        let after = aggregate.matures.iter().filter_map(|m| m.after.as_ref());
        aggregate.exprs().chain(after).for_each(|expr| self.row(expr, frames, count));
    }

    fn row(&self, expr: &'a RowExpr, frames: Frames, count: &mut Count) {
        match &expr.kind {
            RowKind::Inner(inner) => self.inner(inner, frames, count),
            RowKind::Blocks(blocks) => {
                let inside = self.blocks(blocks, frames);
                count.note(inside, expr.span);
                self.row(&blocks.operand, inside, count);
            }
            RowKind::Segment(asked) if count.segments.insert(asked.segment) => {
                // Judged once for each day that is asked for.
                let days = Frames { count: frames.count, days: 1.0 };
                let conditions = (self.segment)(asked.segment).into_iter().flat_map(Segment::exprs);
                conditions.for_each(|condition| self.row(condition, days, count));
            }
            _ => {}
        }
        if !matches!(expr.kind, RowKind::Blocks(_)) {
            expr.each_child(&mut |child| self.row(child, frames, count));
        }
    }

    fn inner(&self, inner: &'a Inner, frames: Frames, count: &mut Count) {
        self.aggregate(&inner.aggregate, frames, count);
        let links = inner.links.iter().flat_map(|link| [&link.outer, &link.inner]);
        let times = inner.within.iter().flat_map(Within::times);
        links.chain(times).for_each(|expr| self.row(expr, frames, count));
    }

    /// The blocks in all of these frames.
    fn blocks<E>(&self, blocks: &Blocks<E>, frames: Frames) -> Frames {
        let days = match blocks.unit {
            BlockUnit::Day => 1.0,
            BlockUnit::Week => 7.0,
            BlockUnit::Month => Grain::Month.usual_days(),
        };
        let each = whole(self.window_days(blocks.window, frames) / days - 0.01).max(1);
        Frames { count: frames.count.saturating_mul(each), days }
    }

    #[expect(clippy::cast_precision_loss, reason = "days are few")]
    fn window_days(&self, window: Window, frames: Frames) -> f64 {
        match window {
            Window::Over { length, .. } => approximate_days(length).min(9_999.0 * 365.25),
            Window::ToDate(grain) => grain.usual_days(),
            Window::Since(date) => {
                let end = self.as_of.map_or_else(|| self.calendar.midnight(FAR), |a| a.end);
                let Instant(start) = self.calendar.midnight(date);
                (end.0.saturating_sub(start) / MICROS_OF_DAY) as f64
            }
            _ => frames.days,
        }
    }
}

impl Count {
    fn add(&mut self, windows: u64) {
        self.windows = self.windows.saturating_add(windows);
    }

    fn note(&mut self, blocks: Frames, span: Span) {
        if self.largest.is_none_or(|(count, _)| blocks.count > count) {
            self.largest = Some((blocks.count, span));
        }
    }
}

/// Why a history is too long to be shown by a grain.
pub(crate) fn too_long(
    history: Duration,
    span: Span,
    grain: Grain,
    at: Option<Span>,
) -> Option<Diagnostic> {
    let buckets = buckets_in(history, grain);
    if buckets <= BUCKETS {
        return None;
    }
    let message = format!(
        "a history of {} by {} has about {} buckets, and at most {} are computed",
        duration_words(history),
        grain.name(),
        counted(buckets),
        counted(BUCKETS)
    );
    let told = Diagnostic::error(codes::LIMIT_EXCEEDED, span, message);
    let told = match at {
        Some(at) => told.also(at, "the grain"),
        None => told,
    };
    Some(told.help("write a shorter `history`, or take a longer grain"))
}
