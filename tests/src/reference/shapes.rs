//! Laws of the shapes that the parts of a metric make together, on generated projects.

use std::collections::BTreeMap;

use milepost::plan::request::Request;
use milepost::plan::results::{Cell, Series, SliceRow, answers};
use milepost::semantics::model::{MetricId, Model, Shape};
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;

use crate::compare::{Opened, reached};
use crate::generate::Project;

const SEEDS: std::ops::Range<u64> = 81..89;
/// Few of the generated surveys have several answers that count.
const SEEDS_OF_SURVEYS: std::ops::Range<u64> = 81..121;

/// The metrics of a shape, each whole and by every dimension that it reaches, part by part.
fn asked(model: &Model, shape: Shape) -> Vec<Request> {
    let ids = (0..model.metrics.len()).map(MetricId).filter(|id| model[*id].shape == shape);
    let requests = ids.flat_map(|id| {
        let total = Request::total(model, id);
        let slices = reached(model, id).into_iter();
        let mut all: Vec<Request> =
            slices.map(|by| Request { by: vec![by], ..total.clone() }).collect();
        all.push(total);
        all
    });
    requests.flat_map(|request| request.parts(model)).collect()
}

/// Every cell of an answer: the cells of its parts beside each other, and what it is of.
fn side_by_side(parts: &[Series]) -> Vec<(String, Vec<Cell>)> {
    let first = &parts[0];
    let mut list = Vec::new();
    for row in &first.rows {
        // A slice is one of the rows of each part: another part may have none there.
        let rows: Vec<Option<&SliceRow>> =
            parts.iter().map(|part| part.rows.iter().find(|other| other.key == row.key)).collect();
        for (at, bucket) in first.buckets.iter().enumerate() {
            let what = format!("{} {:?}", bucket.bucket.label, row.key);
            let cell = |row: &Option<&SliceRow>| row.map_or_else(Cell::nothing, |r| r.cells.at(at));
            list.push((what, rows.iter().map(cell).collect()));
        }
    }
    list
}

/// Calls `f` with the parts of every answer of metrics of a shape, and what to say of it.
fn each_answer(shape: Shape, mut f: impl FnMut(&Model, MetricId, &[Series], &str)) {
    let seeds = if shape == Shape::Survey { SEEDS_OF_SURVEYS } else { SEEDS };
    for seed in seeds {
        let project = Project::new(seed);
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        let Opened { engine, model } = Opened::open(folder.path(), 2).unwrap();
        let requests = asked(&model, shape);
        assert!(!requests.is_empty());
        let as_of = model.project.as_of();
        let mut told = Diagnostics::default();
        let data = steps::open(&engine, &model, as_of, &requests, false, &mut told).unwrap();
        let series = steps::run(&engine, &model, &data, &requests).unwrap();
        for answer in answers(&model, &series) {
            let metric = &model[answer.metric];
            assert_eq!(answer.parts.len(), metric.parts.len());
            let what = format!("seed {seed}: {}", metric.parts[0].text);
            f(&model, answer.metric, answer.parts, &what);
        }
    }
}

/// A higher quantile is never the lower number; all rest on the same members, and have a number or the same reason.
#[test]
fn quantiles_are_in_order_and_rest_on_the_same_members() {
    let (mut compared, mut apart) = (0, 0);
    each_answer(Shape::Quantiles, |_, _, parts, metric| {
        for (what, cells) in side_by_side(parts) {
            let at = || format!("{metric} {what}: {cells:?}");
            for pair in cells.windows(2) {
                let [low, high] = pair else { unreachable!("windows of two") };
                assert_eq!((low.sample, low.absent), (high.sample, high.absent), "{}", at());
                match (&low.value, &high.value) {
                    (Ok(low), Ok(high)) => {
                        assert!(low <= high, "{}", at());
                        compared += 1;
                        apart += usize::from(low < high);
                    }
                    (low, high) => assert_eq!(low, high, "{}", at()),
                }
            }
        }
    });
    assert!(compared > 200 && apart > 30, "{compared} pairs were compared, {apart} of them apart");
}

/// The figures of a survey in one bucket of one slice, by part.
struct Asked<'a> {
    model: &'a Model,
    metric: MetricId,
    cells: Vec<Cell>,
}

impl Asked<'_> {
    fn value(&self, part: &str) -> Option<f64> {
        let part = self.model[self.metric].part(part)?;
        self.cells[part.0].value.clone().ok()
    }

    /// The sum of parts that all have a number.
    fn sum(&self, parts: &[&str]) -> Option<f64> {
        parts.iter().map(|part| self.value(part)).sum()
    }

    /// From where to where its scores go, where the parts say so.
    fn scale(&self) -> (f64, f64) {
        let has = |part| self.model[self.metric].part(part).is_some();
        match (has("promoters"), has("satisfied")) {
            (true, _) => (-100.0, 100.0),
            (_, true) => (0.0, 1.0),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }
}

/// The sums of all slices, by bucket.
fn sums(series: &Series) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for row in &series.rows {
        for (cell, bucket) in row.cells.iter().zip(&series.buckets) {
            *sums.entry(bucket.bucket.label.clone()).or_default() += cell.value.unwrap_or(0.0);
        }
    }
    sums
}

/// What the sums of rounded numbers may be off by.
const ROUNDING: f64 = 1e-9;

/// A score lies in its interval and that on the scale, its change in its own; the sorts of answers are all of them; nobody's
/// score is no number; at most all invitations are answered; and slices share the answers.
#[test]
fn surveys_stay_on_their_scale_and_their_answers_are_shared() {
    let (mut scores, mut rates, mut shared) = (0, 0, 0);
    let mut sliced: Vec<(String, BTreeMap<String, f64>)> = Vec::new();
    each_answer(Shape::Survey, |model, metric, parts, of| {
        let least = model[metric].min_sample;
        for (what, cells) in side_by_side(parts) {
            let at = || format!("{of} {what}: {cells:?}");
            let asked = Asked { model, metric, cells: cells.clone() };
            let (lowest, highest) = asked.scale();
            if let (Some(low), Some(score), Some(high)) =
                (asked.value("low"), asked.value("score"), asked.value("high"))
            {
                assert!(lowest <= low && high <= highest, "{}", at());
                assert!(low - ROUNDING <= score && score <= high + ROUNDING, "{}", at());
                scores += 1;
            }
            if let (Some(low), Some(change), Some(high)) =
                (asked.value("change_low"), asked.value("change"), asked.value("change_high"))
            {
                assert!(low - ROUNDING <= change && change <= high + ROUNDING, "{}", at());
            }
            let number = asked.value("responses");
            for sorts in
                [&["promoters", "passives", "detractors"][..], &["satisfied", "not_satisfied"]]
            {
                if let (Some(sum), Some(number)) = (asked.sum(sorts), number) {
                    assert!((sum - number).abs() < ROUNDING, "{}", at());
                }
            }
            if number == Some(0.0) {
                assert_eq!(asked.value("score"), None, "{}", at());
            }
            if let Some(rate) = asked.value("response_rate") {
                assert!((0.0..=1.0).contains(&rate), "{}", at());
                rates += 1;
            }
            for left_out in ["out_of_scale", "empty", "unknown_respondent", "unweighed"] {
                assert!(asked.value(left_out).unwrap_or(0.0) >= 0.0, "{}", at());
            }
        }
        let responses = model[metric].part("responses").unwrap();
        let totals = sums(&parts[responses.0]);
        if least.is_some() {
            return;
        }
        if !parts[0].by.is_empty() {
            sliced.push((format!("{:?}", parts[0].by), totals));
            return;
        }
        // The whole is asked after its slices.
        for (dimension, slices) in sliced.drain(..) {
            for (bucket, total) in &totals {
                // Where nobody ever answered, there is no slice.
                let sliced = slices.get(bucket).copied().unwrap_or(0.0);
                assert!((sliced - total).abs() < ROUNDING, "{of} by {dimension} in {bucket}");
                shared += usize::from(*total > 0.0);
            }
        }
    });
    assert!(
        scores > 100 && rates > 20 && shared > 10,
        "{scores} scores, {rates} rates, {shared} shared"
    );
}
