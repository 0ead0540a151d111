//! What is asked of a run.

use milepost_semantics::model::{DimensionId, Metric, MetricId, Model, PartId, ValueExpr};
use milepost_semantics::time::{AsOf, Bucket, Grain, Instant};
use milepost_syntax::ast::Date;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::limits::{FIGURES, counted};

use crate::results::SeriesBucket;

/// One part of a metric, at one grain, whole or sliced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub metric: MetricId,
    pub part: PartId,
    pub grain: Grain,
    /// What to slice by; several are crossed. Empty: the total.
    pub by: Vec<DimensionId>,
    /// Absent: as far back as the project's `history` shows.
    pub from: Option<Instant>,
    /// Absent (or later): the as-of.
    pub to: Option<Instant>,
}

impl Request {
    /// The headline of the whole metric at its own grain, over the project's history.
    #[must_use]
    pub fn total(model: &Model, metric: MetricId) -> Self {
        let Metric { headline: part, grain, .. } = model[metric];
        Self { metric, part, grain, by: Vec::new(), from: None, to: None }
    }

    /// The same, sliced by one dimension.
    #[must_use]
    pub fn sliced(model: &Model, metric: MetricId, by: DimensionId) -> Self {
        Self { by: vec![by], ..Self::total(model, metric) }
    }

    /// The same of every part of the metric, in their order. What comes out is put together by
    /// [`answers`](crate::results::answers).
    pub fn parts(self, model: &Model) -> impl Iterator<Item = Self> {
        let parts = model[self.metric].each_part();
        parts.map(move |(part, _)| Self { part, ..self.clone() })
    }

    /// The value that is asked for.
    #[must_use]
    pub fn value<'m>(&self, model: &'m Model) -> &'m ValueExpr {
        &model[self.metric][self.part].value
    }
}

/// The span of time that a value is computed for: a bucket, cut by the as-of and by what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub bucket: Bucket,
    pub start: Instant,
    pub end: Instant,
}

impl Frame {
    /// The whole bucket, as far as the as-of lets it be seen.
    pub fn whole(bucket: Bucket, as_of: AsOf) -> Self {
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

/// Why a request can't be computed: it asks for more buckets, or for more windows in them, than are looked at.
#[must_use]
pub fn too_much(model: &Model, as_of: AsOf, request: &Request) -> Option<Diagnostic> {
    let Span { from, to, .. } = span(model, as_of, request);
    let buckets = request.grain.about_how_many(from, to);
    milepost_semantics::too_much(model, &model[request.metric], request.grain, buckets, as_of)
}

/// There are more slices than can be computed in so many buckets.
pub fn too_sliced(model: &Model, request: &Request, buckets: usize) -> Diagnostic {
    let metric = &model[request.metric];
    let by: Vec<&str> = request.by.iter().map(|d| model[*d].name.as_str()).collect();
    let message = format!(
        "`{}` by {} has too many slices: with {} buckets by {}, there would be more than {} figures",
        metric.name,
        by.join(", "),
        counted(buckets as u64),
        request.grain.name(),
        counted(FIGURES)
    );
    Diagnostic::error(codes::LIMIT_EXCEEDED, metric.span, message).help(
        "go back less far, use a longer grain or fewer dimensions, or filter with a condition",
    )
}

/// The time that a request is about.
struct Span {
    from: Instant,
    to: Instant,
    /// From when on whole buckets count, where nothing says where they begin.
    history: Instant,
}

fn span(model: &Model, as_of: AsOf, request: &Request) -> Span {
    let calendar = &model.project.calendar;
    let to = request.to.unwrap_or(as_of.end).min(as_of.end);
    // No time lies before the first year.
    let first = calendar.midnight(Date { year: 1, month: 1, day: 1 });
    let history = calendar.shift(to, model.project.history, true).max(first);
    let from = request.from.map_or(history, |from| from.max(first));
    Span { from, to, history }
}

/// The frames of a request, in order.
pub fn frames(model: &Model, as_of: AsOf, request: &Request) -> Vec<Frame> {
    let calendar = &model.project.calendar;
    let Span { from, to, history } = span(model, as_of, request);
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
pub fn series_buckets(
    model: &Model,
    as_of: AsOf,
    request: &Request,
    frames: &[Frame],
) -> Vec<SeriesBucket> {
    let metric = &model[request.metric];
    let calendar = &model.project.calendar;
    let edges = request.value(model).edges(model, request.grain, &request.by);
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
