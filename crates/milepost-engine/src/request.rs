//! What is asked of a run.

use milepost_semantics::model::{DimensionId, MetricId, Model};
use milepost_semantics::time::{AsOf, Bucket, Grain, Instant};

use crate::results::SeriesBucket;

/// One metric, at one grain, whole or sliced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub metric: MetricId,
    pub grain: Grain,
    /// What to slice by; several are crossed. Empty: the total.
    pub by: Vec<DimensionId>,
    /// Absent: as far back as the project's `history` shows.
    pub from: Option<Instant>,
    /// Absent (or later): the as-of.
    pub to: Option<Instant>,
}

impl Request {
    /// The whole metric at its own grain, over the project's history.
    #[must_use]
    pub fn total(model: &Model, metric: MetricId) -> Self {
        Self { metric, grain: model[metric].grain, by: Vec::new(), from: None, to: None }
    }

    /// The same, sliced by one dimension.
    #[must_use]
    pub fn sliced(model: &Model, metric: MetricId, by: DimensionId) -> Self {
        Self { by: vec![by], ..Self::total(model, metric) }
    }
}

/// The span of time that a value is computed for: a bucket, cut by the as-of and by what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) bucket: Bucket,
    pub(crate) start: Instant,
    pub(crate) end: Instant,
}

impl Frame {
    /// The whole bucket, as far as the as-of lets it be seen.
    pub(crate) fn whole(bucket: Bucket, as_of: AsOf) -> Self {
        Self { start: bucket.start, end: bucket.end.min(as_of.end), bucket }
    }

    /// Whether the question, rather than the as-of, leaves out some of the bucket.
    fn is_cut(&self, as_of: AsOf) -> bool {
        self.start > self.bucket.start || self.end < self.bucket.end.min(as_of.end)
    }

    /// Whether the as-of ends it before its time.
    fn is_running(&self, as_of: AsOf) -> bool {
        self.end == as_of.end && self.end < self.bucket.end
    }
}

/// The frames of a request, in order.
pub(crate) fn frames(model: &Model, as_of: AsOf, request: &Request) -> Vec<Frame> {
    let calendar = &model.project.calendar;
    let to = request.to.unwrap_or(as_of.end).min(as_of.end);
    let history = calendar.shift(to, model.project.history, true);
    let from = request.from.unwrap_or(history);
    let buckets = calendar.buckets(request.grain, from, to);
    buckets
        .into_iter()
        // The history counts whole buckets and cuts none; `from` cuts the bucket that it falls in.
        .filter(|bucket| request.from.is_some() || bucket.start >= history)
        .map(|bucket| {
            let start = request.from.map_or(bucket.start, |from| from.max(bucket.start));
            Frame { start, end: bucket.end.min(to), bucket }
        })
        // Nothing of it is left when `from` is after the as-of.
        .filter(|frame| frame.start < frame.end)
        .collect()
}

/// The buckets of a series, with what is to be known about each.
pub(crate) fn series_buckets(
    model: &Model,
    as_of: AsOf,
    request: &Request,
    frames: &[Frame],
) -> Vec<SeriesBucket> {
    let metric = &model[request.metric];
    let calendar = &model.project.calendar;
    let edges = metric.value.edges(model, request.grain, &request.by);
    let within_a_day = calendar.midnight(calendar.date_of(as_of.end)) != as_of.end;
    let changes =
        if within_a_day { edges.is_partial_within_a_day() } else { edges.is_partial_when_cut() };
    frames
        .iter()
        .map(|frame| {
            let cut = frame.is_cut(as_of);
            let settled = metric.maturity.map(|length| calendar.settled(&frame.bucket, length));
            SeriesBucket {
                bucket: frame.bucket.clone(),
                start: frame.start,
                end: frame.end,
                cut,
                partial: cut || (changes && frame.is_running(as_of)),
                maturing: false,
                immature: settled.is_some_and(|settled| settled > as_of.end),
            }
        })
        .collect()
}
