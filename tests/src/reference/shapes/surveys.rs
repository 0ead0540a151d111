//! Laws of surveys.

use std::collections::BTreeMap;

use milepost::plan::results::{Cell, Series};
use milepost::semantics::model::{MetricId, Model, Shape};

use super::{SEEDS, beside, each_answer, told};

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

/// What the sums of rounded numbers may be off by.
const ROUNDING: f64 = 1e-9;

/// How many answers count in each bucket, in all slices together. Answers of nobody whose score is weighed have a slice, too.
fn answered(model: &Model, parts: &[Series]) -> BTreeMap<String, f64> {
    let mut totals: BTreeMap<String, f64> = BTreeMap::new();
    let is_number = |part: &&Series| model[part.metric][part.part].name == "responses";
    for part in parts.iter().filter(is_number) {
        for (at, bucket) in part.buckets.iter().enumerate() {
            let numbers = part.rows.iter().filter_map(|row| row.cells.value(at).ok());
            totals.insert(bucket.bucket.label.clone(), numbers.sum());
        }
    }
    totals
}

/// A score lies in its interval and that on the scale, its change in its own; the sorts of answers are all of them; nobody's
/// score is no number; at most all invitations are answered; and slices share the answers.
#[test]
fn surveys_stay_on_their_scale_and_their_answers_are_shared() {
    let (mut scores, mut rates, mut shared) = (0, 0, 0);
    // Of the survey that was asked last: its whole comes before its slices.
    let mut whole: BTreeMap<String, f64> = BTreeMap::new();
    each_answer(Shape::Survey, SEEDS, &mut |project, model, answer| {
        let (metric, parts, of) = (answer.metric, answer.parts, told(project, model, answer));
        let least = model[metric].min_sample;
        for (what, cells) in beside(&parts.iter().collect::<Vec<_>>()) {
            // In a slice of which a part counts nothing there is nothing.
            let cells: Vec<Cell> =
                cells.into_iter().map(|cell| cell.unwrap_or_else(Cell::nothing)).collect();
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
        if least.is_some() {
            return;
        }
        let totals = answered(model, parts);
        if parts[0].by.is_empty() {
            whole = totals;
            return;
        }
        for (bucket, total) in &whole {
            // Where nobody ever answered, there is no slice.
            let sliced = totals.get(bucket).copied().unwrap_or(0.0);
            assert!(
                (sliced - total).abs() < ROUNDING,
                "{of} by {:?} in {bucket}: {sliced} of {total}",
                parts[0].by
            );
            shared += usize::from(*total > 0.0);
        }
    });
    assert!(
        scores > 25 && rates > 10 && shared > 10,
        "{scores} scores, {rates} rates, {shared} shared"
    );
}
