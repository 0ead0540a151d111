//! The figures of the shape `survey` beside its score: how sure it is, of what sorts its answers are, and what is left out.

use serde::Serialize;

use super::figures::{TableCell, state};
use super::parts::{Written, shown};
use crate::chart::stack::{Segment, segments};
use crate::format::{Formatter, whole};
use crate::page::{Bucket, Kpi, Part, Shape, part_of};
use crate::reading::latest_complete;

/// Of that many buckets, the newest, the answers are shown by sort.
const MOST_ROWS: usize = 12;

/// The sorts of answers, from left to right; the last ones are the good ones.
const SORTS: [(&str, Sort); 5] = [
    ("detractors", Sort { name: "detractors", look: "poor" }),
    ("passives", Sort { name: "passives", look: "between" }),
    ("promoters", Sort { name: "promoters", look: "best" }),
    ("not_satisfied", Sort { name: "not satisfied", look: "poor" }),
    ("satisfied", Sort { name: "satisfied", look: "best" }),
];

/// What is left out of the score, in words after its number.
const LEFT_OUT: [(&str, &str); 4] = [
    ("out_of_scale", "with a score off the scale"),
    ("empty", "without a score"),
    ("unknown_respondent", "of nobody who is known"),
    ("unweighed", "of nobody whose score is weighed"),
];

/// A sort of answers.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Sort {
    pub name: &'static str,
    /// How its segments are drawn: `poor`, `between` or `best`.
    pub look: &'static str,
}

/// What the page of a KPI says of its answers.
#[derive(Debug, Serialize)]
pub(crate) struct SurveyView {
    /// `26.1 to 50.0 points`, of the latest complete bucket.
    pub interval: Option<String>,
    /// `−22.6 points to +12.1 points`, of its change.
    pub change: Option<String>,
    /// `27.1% in 2025-12`, of its own latest complete bucket.
    pub rate: Option<String>,
    /// `2 with a score off the scale`, of the latest complete bucket.
    pub left_out: Vec<String>,
    /// The bucket that `left_out` is of.
    pub bucket: Option<String>,
    /// From left to right.
    pub sorts: Vec<Sort>,
    pub has_rate: bool,
    /// Newest first.
    pub rows: Vec<SurveyRow>,
}

/// The answers of one bucket.
#[derive(Debug, Serialize)]
pub(crate) struct SurveyRow {
    pub bucket: String,
    pub state: Option<&'static str>,
    pub stack: Vec<Segment>,
    /// `74 (53%)`, of each sort.
    pub counts: Vec<String>,
    pub responses: TableCell,
    pub rate: Option<TableCell>,
    /// How far the invitations of the bucket are answered.
    pub rate_state: Option<&'static str>,
}

pub(crate) fn survey(kpi: &Kpi, format: &Formatter) -> Option<SurveyView> {
    if kpi.shape != Shape::Survey {
        return None;
    }
    let at = latest_complete(&kpi.series.buckets);
    let is_shown = !shown(kpi).is_empty();
    let part = |name: &str| part_of(&kpi.parts, name);
    let range = |low: &str, high: &str| {
        let end = |name: &str| part(name)?.cells.get(at?)?.number().ok();
        Some((end(low)?, end(high)?)).filter(|_| is_shown)
    };
    let interval = range("low", "high")
        .map(|(low, high)| format!("{} to {}", format.full(low), format.sentence(high)));
    let change = range("change_low", "change_high").map(|(low, high)| {
        format!("{} to {}", format.difference(0.0, low), format.difference(0.0, high))
    });
    let sorts = SORTS.iter().filter_map(|(name, sort)| Some((part(name)?, *sort)));
    let (parts, sorts): (Vec<&Part>, Vec<Sort>) = sorts.unzip();
    let rate = part("response_rate").map(Written::new);
    let answers = Answers { sorts: parts, all: Written::new(part("responses")?), rate };
    let buckets = kpi.series.buckets.iter().enumerate().rev().take(MOST_ROWS);
    Some(SurveyView {
        interval,
        change,
        rate: answers.rate.as_ref().and_then(latest_rate),
        left_out: at.map_or_else(Vec::new, |at| left_out(kpi, at)),
        bucket: at.map(|at| kpi.series.buckets[at].label.clone()),
        sorts,
        has_rate: answers.rate.is_some(),
        rows: buckets.filter_map(|(at, bucket)| answers.row(bucket, at)).collect(),
    })
}

fn latest_rate(Written { part, format }: &Written<'_>) -> Option<String> {
    let at = latest_complete(&part.buckets)?;
    let value = part.cells.get(at)?.number().ok()?;
    Some(format!("{} in {}", format.full(value), part.buckets[at].label))
}

fn left_out(kpi: &Kpi, at: usize) -> Vec<String> {
    let one = |(name, words): &(&str, &str)| {
        let number = part_of(&kpi.parts, name)?.cells.get(at)?.number().ok()?;
        (number > 0.0).then(|| format!("{} {words}", whole(number)))
    };
    LEFT_OUT.iter().filter_map(one).collect()
}

/// What is said of the answers of each bucket.
struct Answers<'k> {
    sorts: Vec<&'k Part>,
    all: Written<'k>,
    rate: Option<Written<'k>>,
}

impl Answers<'_> {
    fn row(&self, bucket: &Bucket, at: usize) -> Option<SurveyRow> {
        let numbers = self.sorts.iter().map(|sort| sort.cells.get(at)?.number().ok());
        let numbers: Option<Vec<f64>> = numbers.collect();
        let numbers = numbers.unwrap_or_default();
        let all: f64 = numbers.iter().sum();
        let share = |number: &f64| match all {
            0.0 => whole(*number),
            all => format!("{} ({:.0}%)", whole(*number), number / all * 100.0),
        };
        let counts = match numbers.as_slice() {
            [] => self.sorts.iter().map(|_| String::new()).collect(),
            numbers => numbers.iter().map(share).collect(),
        };
        let rate = self.rate.as_ref();
        Some(SurveyRow {
            bucket: bucket.label.clone(),
            state: state(bucket),
            stack: segments(&numbers),
            counts,
            responses: self.all.cell(at)?,
            rate: rate.and_then(|rate| rate.cell(at)),
            rate_state: rate.and_then(|rate| rate.part.buckets.get(at)).and_then(state),
        })
    }
}
