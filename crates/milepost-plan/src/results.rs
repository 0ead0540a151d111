//! What a run yields: numbers, or the reason why there is none.

use serde::Serialize;

pub use crate::cells::Cells;

use milepost_semantics::model::{DimensionId, MetricId, Model, PartId};
use milepost_semantics::time::{Bucket, Calendar, Grain, Instant};
use milepost_syntax::ast::Date;

/// What a metric yields at one grain, whole or sliced: a series for each part that was asked for, in their order. What the
/// parts make together is the metric's [`Shape`](milepost_semantics::model::Shape).
#[derive(Clone, Copy, Debug)]
pub struct Answer<'s> {
    pub metric: MetricId,
    pub parts: &'s [Series],
    headline: PartId,
}

/// The series of several questions, of which the parts of one follow each other, as
/// [`Request::parts`](crate::request::Request::parts) asks for them.
#[must_use]
pub fn answers<'s>(model: &Model, series: &'s [Series]) -> Vec<Answer<'s>> {
    let is_of_one = |a: &Series, b: &Series| {
        (a.metric, a.grain, &a.by) == (b.metric, b.grain, &b.by) && a.part < b.part
    };
    let answer = |parts: &'s [Series]| {
        let metric = parts.first()?.metric;
        Some(Answer { metric, parts, headline: model[metric].headline })
    };
    series.chunk_by(is_of_one).filter_map(answer).collect()
}

impl<'s> Answer<'s> {
    /// The part that stands for all, if it was asked for.
    #[must_use]
    pub fn headline(&self) -> Option<&'s Series> {
        self.parts.iter().find(|series| series.part == self.headline)
    }
}

/// One part of a metric at one grain, whole or sliced.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    pub metric: MetricId,
    pub part: PartId,
    pub grain: Grain,
    /// What it is sliced by; empty: the total.
    pub by: Vec<DimensionId>,
    /// The buckets, in order: the same for all rows.
    pub buckets: Vec<SeriesBucket>,
    /// One row per combination of slice values, sorted, [`SliceValue::Unknown`] last; exactly one row (with an empty key)
    /// for the total.
    pub rows: Vec<SliceRow>,
}

/// A bucket of a series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesBucket {
    pub bucket: Bucket,
    /// What is covered of it: from its start to its end, unless the question or the as-of cuts it.
    pub start: Instant,
    pub end: Instant,
    /// The question (`--from`, `--to`) covers only a part of it. Such a bucket is partial too.
    pub cut: bool,
    /// Not over at the as-of, where that makes another number than that of a whole bucket, resting on data that ends
    /// before it does, or cut by the question:
    /// drawn apart, never part of a change or a verdict.
    pub partial: bool,
    /// Some rows of it are too young to be judged, because the metric looks ahead from them. Such a bucket is partial
    /// too.
    pub maturing: bool,
    /// Ended less than the metric's `maturity` before the as-of: shown as not settled yet.
    pub immature: bool,
}

impl SeriesBucket {
    /// Its state in one word.
    #[must_use]
    pub const fn status(&self) -> &'static str {
        match self {
            Self { maturing: true, .. } => "maturing",
            Self { cut: true, .. } => "cut",
            Self { partial: true, .. } => "partial",
            Self { immature: true, .. } => "immature",
            _ => "complete",
        }
    }

    /// The first day that is covered, and the day after the last.
    #[must_use]
    pub fn days(&self, calendar: &Calendar) -> (Date, Date) {
        (calendar.date_of(self.start), calendar.first_day_from(self.end))
    }
}

/// The cells of one slice.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SliceRow {
    /// One value per dimension of `by`.
    pub key: Vec<SliceValue>,
    /// One cell per bucket.
    pub cells: Cells,
}

/// What a row is counted under: a value of a dimension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SliceValue {
    /// A value as it is written: a text as it stands, also one that is empty or looks like `(unknown)`.
    Known(String),
    /// A member of an entity that has labels: what no other member is called, and its key.
    Member { name: String, key: String },
    /// Null, or a key without a match.
    Unknown,
}

impl SliceValue {
    /// The value as text; absent where there is none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Known(text) | Self::Member { name: text, .. } => Some(text),
            Self::Unknown => None,
        }
    }

    /// Whether a spec that writes this text means the value: a member goes by its name, by its key, and by its label,
    /// which others may have too.
    #[must_use]
    pub fn answers_to(&self, text: &str) -> bool {
        match self {
            Self::Known(value) => value == text,
            Self::Member { name, key } => {
                let label = name.strip_suffix(&format!(" ({key})"));
                name == text || key == text || label == Some(text)
            }
            Self::Unknown => false,
        }
    }
}

/// A cell: a number or a reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    pub value: Result<f64, Reason>,
    /// What the number rests on: the rows (or distinct keys) of the denominator, where there is an aggregate at all.
    pub sample: Option<u64>,
    pub absent: Absent,
}

impl Cell {
    /// No number, and nothing is said of it.
    #[must_use]
    pub const fn nothing() -> Self {
        let absent = Absent { numerator: 0, denominator: 0 };
        Self { value: Err(Reason::NoData), sample: None, absent }
    }
}

/// How many members or rows could not be judged, because something that the judgement asks for is absent. Each is counted
/// once on each side of a ratio, whatever asks about it there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Absent {
    /// Of a ratio those above; else all.
    pub numerator: u64,
    pub denominator: u64,
}

impl Absent {
    /// Whether all could be judged.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.numerator == 0 && self.denominator == 0
    }
}

/// Why there is no number. Nothing downstream may turn a reason into 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Outside the span of the data, or a summary of nothing.
    NoData,
    ZeroDenominator,
    /// Fewer than `min_sample`.
    TooFew,
    /// A window that reaches before the dataset's first row.
    ShortHistory,
    /// Every row is too young to be judged.
    Immature,
    /// A curve that stays below the level.
    NotReached,
    /// A dataset is missing.
    Unavailable {
        dataset: String,
    },
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoData => f.write_str("no data"),
            Self::ZeroDenominator => f.write_str("zero denominator"),
            Self::TooFew => f.write_str("too few"),
            Self::ShortHistory => f.write_str("short history"),
            Self::Immature => f.write_str("immature"),
            Self::NotReached => f.write_str("not reached"),
            Self::Unavailable { dataset } => write!(f, "unavailable (needs dataset {dataset})"),
        }
    }
}
