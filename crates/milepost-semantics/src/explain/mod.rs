//! A metric's definition in plain words, for its page and for `milepost explain`.
//!
//! The words name every condition that the plan evaluates, in the sentence of the value, of a metric, behavior or segment
//! that it names, or of the `where` of the metric (a test compares them).

mod aggregates;
mod context;
mod form;
mod journey;
mod list;
mod named;
mod notes;
mod rows;
mod score;
mod values;
mod words;

pub use words::duration_words;
pub(crate) use words::ordinal;

use crate::model::{MetricId, Model, SegmentId};
use context::Words;
use named::Named;

/// What a metric is, sentence by sentence: first the value, then the metrics, behaviors and segments that it names, then
/// the choices that a reader would otherwise have to guess (windows, ratios, partial buckets, time columns, the as-of).
#[must_use]
pub fn describe(model: &Model, metric: MetricId) -> Vec<String> {
    let found = &model[metric];
    let words = Words::of_metric(model, found, found.grain);
    let mut lines = Vec::new();
    if let Some(of) = model.journey(&found.name) {
        journey::journey(&words, of, &mut lines);
        return lines;
    }
    if let Some(score) = model.score(&found.name).filter(|score| score.members == metric) {
        lines.extend(score::score(&words, score));
        let named = Named::of(model, found).without_score(model, &score.name);
        named::behaviors_and_segments(&words, &named, &mut lines);
        notes::notes(&words, found, &named, &mut lines);
        return lines;
    }
    if !found.shape.has_words() {
        lines.push(words::sentence(&words.value(found.value())));
    }
    lines.extend(found.words.iter().cloned());
    list::list(&words, found, &mut lines);
    named::metrics(&words, metric, &mut lines);
    let named = Named::of(model, found);
    named::behaviors_and_segments(&words, &named, &mut lines);
    notes::notes(&words, found, &named, &mut lines);
    lines
}

/// What a segment is, sentence by sentence: its rule, then the behaviors and segments that it names.
#[must_use]
pub fn describe_segment(model: &Model, segment: SegmentId) -> Vec<String> {
    named::segment_and_others(&Words::of_day(model), segment)
}
