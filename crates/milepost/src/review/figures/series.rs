//! Two series of one metric, bucket by bucket and slice by slice.

use std::collections::BTreeMap;

use milepost_plan::results::{Cell, Reason, Series, SeriesBucket, SliceRow};
use milepost_semantics::model::MetricId;
use milepost_site::page::ReviewSeries;
use milepost_site::reading::{Verdict, verdict};
use serde::Serialize;

use super::{Computed, MetricFigures, Pair, apart, shown};
use crate::report;

/// A figure, or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// As readers see it: `97.4%`, `no data`.
    pub text: String,
}

/// A figure by both versions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    pub bucket: String,
    /// The slice; absent for the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<String>,
    /// `complete`, `partial`, … of the bucket.
    pub status: &'static str,
    pub before: Figure,
    pub after: Figure,
}

/// A bucket whose goal one version alone reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flip {
    pub bucket: String,
    /// `met`, `missed`
    pub before: &'static str,
    pub after: &'static str,
}

/// The figures of the slices of one dimension.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SliceFigures {
    pub by: String,
    pub compared: usize,
    pub differing: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest: Option<Point>,
}

pub(super) struct Comparison<'a> {
    pub(super) old: &'a Computed<'a>,
    pub(super) new: &'a Computed<'a>,
    pub(super) pair: &'a Pair,
    pub(super) ignore_below: Option<f64>,
}

/// Two cells of one bucket.
struct Both<'s> {
    bucket: &'s SeriesBucket,
    slice: Option<String>,
    before: Cell,
    after: Cell,
}

impl Both<'_> {
    fn differs(&self) -> bool {
        match (&self.before.value, &self.after.value) {
            // The same number, be it written as 0 or as -0.
            #[expect(clippy::float_cmp, reason = "any difference is one")]
            (Ok(before), Ok(after)) => before != after && !(before.is_nan() && after.is_nan()),
            (before, after) => before != after,
        }
    }

    /// Both as numbers, where they are.
    fn numbers(&self) -> (Option<f64>, Option<f64>) {
        (self.before.value.as_ref().ok().copied(), self.after.value.as_ref().ok().copied())
    }

    fn is_below(&self, share: Option<f64>) -> bool {
        let (before, after) = self.numbers();
        apart::is_below(share, before, after)
    }
}

impl Comparison<'_> {
    /// The figures, and the bucket in which the whole differs most.
    pub(super) fn compare<'s>(
        &self,
        old: &[Series],
        new: &'s [Series],
    ) -> (MetricFigures, Option<&'s SeriesBucket>) {
        let whole = self.both(&old[0], &new[0]);
        let differing: Vec<&Both<'_>> = whole.iter().filter(|both| both.differs()).collect();
        let (hidden, shown): (Vec<&Both<'_>>, Vec<&Both<'_>>) =
            differing.iter().copied().partition(|both| both.is_below(self.ignore_below));
        let complete = whole.iter().rev().find(|both| both.bucket.status() == "complete");
        let slices = self.pair.by.iter().zip(old[1..].iter().zip(&new[1..]));
        let figures = MetricFigures {
            name: self.pair.name.clone(),
            buckets: whole.len(),
            differing: differing.len(),
            hidden: hidden.len(),
            first: shown.first().map(|both| self.point(both)),
            largest: largest(shown.iter().copied()).map(|both| self.point(both)),
            headline: complete.map(|both| self.point(both)),
            verdicts: self.flips(&whole),
            slices: slices.map(|(by, (old, new))| self.slice(by, old, new)).collect(),
            who: None,
            drawn: self.drawn(&whole),
        };
        // Of a bucket that is not over nobody can say who will be in it.
        let is_complete = |both: &&Both<'_>| both.bucket.status() == "complete";
        let most = largest(differing.iter().copied().filter(is_complete));
        let most = most.or_else(|| largest(differing.iter().copied()));
        (figures, most.map(|both| both.bucket))
    }

    fn drawn(&self, whole: &[Both<'_>]) -> ReviewSeries {
        let (model, metric) = (self.new.model, &self.new.model[self.pair.new]);
        let buckets: Vec<SeriesBucket> = whole.iter().map(|both| both.bucket.clone()).collect();
        ReviewSeries {
            grain: metric.grain,
            display: report::display_page(&metric.headline().display),
            buckets: report::buckets(&model.project.calendar, &buckets),
            before: whole.iter().map(|both| report::cell(&both.before)).collect(),
            after: whole.iter().map(|both| report::cell(&both.after)).collect(),
        }
    }

    fn both<'s>(&self, old: &Series, new: &'s Series) -> Vec<Both<'s>> {
        let label = |bucket: &SeriesBucket| bucket.bucket.label.clone();
        let places: BTreeMap<String, usize> =
            old.buckets.iter().enumerate().map(|(at, bucket)| (label(bucket), at)).collect();
        let key = |row: &SliceRow| -> Vec<String> {
            let text = |value: &milepost_plan::results::SliceValue| {
                value.text().unwrap_or("(unknown)").to_owned()
            };
            row.key.iter().map(text).collect()
        };
        let olds: BTreeMap<Vec<String>, &SliceRow> =
            old.rows.iter().map(|row| (key(row), row)).collect();
        let news: BTreeMap<Vec<String>, &SliceRow> =
            new.rows.iter().map(|row| (key(row), row)).collect();
        let mut keys: Vec<&Vec<String>> = olds.keys().chain(news.keys()).collect();
        keys.sort();
        keys.dedup();
        let mut found = Vec::new();
        for key in keys {
            for (at, bucket) in new.buckets.iter().enumerate() {
                let Some(place) = places.get(&label(bucket)) else { continue };
                // A slice that one side does not have holds nothing there.
                let cell = |row: Option<&&SliceRow>, at: usize| {
                    row.map_or_else(Cell::nothing, |row| row.cells.at(at))
                };
                found.push(Both {
                    bucket,
                    slice: (!key.is_empty()).then(|| key.join(", ")),
                    before: cell(olds.get(key), *place),
                    after: cell(news.get(key), at),
                });
            }
        }
        found
    }

    fn slice(&self, by: &str, old: &Series, new: &Series) -> SliceFigures {
        let all = self.both(old, new);
        let differing = || all.iter().filter(|both| both.differs());
        let shown = differing().filter(|both| !both.is_below(self.ignore_below));
        SliceFigures {
            by: by.to_owned(),
            compared: all.len(),
            differing: differing().count(),
            largest: largest(shown).map(|both| self.point(both)),
        }
    }

    /// Complete buckets of the whole in which the verdict is another one, each by its own goal.
    fn flips(&self, whole: &[Both<'_>]) -> Vec<Flip> {
        let bound = |side: &Computed<'_>, id: MetricId| {
            let target = side.model[id].target.as_ref();
            target.and_then(|target| target.bound)
        };
        let old = bound(self.old, self.pair.old);
        let new = bound(self.new, self.pair.new);
        let word = |verdict: Verdict| match verdict {
            Verdict::Met => Some("met"),
            Verdict::Missed => Some("missed"),
            Verdict::NotJudged | Verdict::NoTarget => None,
        };
        let complete = whole.iter().filter(|both| both.bucket.status() == "complete");
        let flips = complete.filter_map(|both| {
            let before = word(verdict(both.before.value.clone().ok(), old))?;
            let after = word(verdict(both.after.value.clone().ok(), new))?;
            let bucket = both.bucket.bucket.label.clone();
            (before != after).then_some(Flip { bucket, before, after })
        });
        flips.collect()
    }

    fn point(&self, both: &Both<'_>) -> Point {
        let figure = |side: &Computed<'_>, id: MetricId, value: &Result<f64, Reason>| match value {
            Ok(value) => Figure { value: Some(*value), text: shown(side.model, id, *value) },
            Err(reason) => Figure { value: None, text: reason.to_string() },
        };
        Point {
            bucket: both.bucket.bucket.label.clone(),
            slice: both.slice.clone(),
            status: both.bucket.status(),
            before: figure(self.old, self.pair.old, &both.before.value),
            after: figure(self.new, self.pair.new, &both.after.value),
        }
    }
}

/// The two that are farthest apart; of several the earliest.
fn largest<'b, 's: 'b>(all: impl Iterator<Item = &'b Both<'s>>) -> Option<&'b Both<'s>> {
    apart::farthest(all, |both| {
        let (before, after) = both.numbers();
        apart::distance(before, after)
    })
}
