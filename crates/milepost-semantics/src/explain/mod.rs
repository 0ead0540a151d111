//! A metric's definition in plain words, for its page and for `milepost explain`.

mod notes;
mod rows;
mod values;
mod words;

use std::collections::BTreeSet;

pub use words::duration_words;

use crate::model::{MetricId, Model, ValueExpr, ValueKind};

/// What a metric is, sentence by sentence: first the value, then the metrics that it names, then the choices that a
/// reader would otherwise have to guess (windows, ratios, partial buckets, time columns, the as-of).
#[must_use]
pub fn describe(model: &Model, metric: MetricId) -> Vec<String> {
    let found = &model[metric];
    let mut lines = vec![words::sentence(&values::value(model, &found.value, false))];
    let mut told = BTreeSet::from([metric]);
    named(model, &found.value, &mut told, &mut lines);
    notes::notes(model, found, &mut lines);
    lines
}

/// A line for each metric that stands by its name in what was told so far, each once.
fn named(model: &Model, value: &ValueExpr, told: &mut BTreeSet<MetricId>, lines: &mut Vec<String>) {
    if let ValueKind::Metric { metric, value: inner } = &value.kind
        && values::as_defined(model, *metric, inner)
        && told.insert(*metric)
    {
        let own = &model[*metric];
        lines.push(format!(
            "There, {} is {}.",
            values::metric_name(model, *metric),
            values::value(model, &own.value, false)
        ));
        if let Some(filter) = &own.filter_text {
            lines.push(format!(
                "In {}, only rows with `{filter}` count.",
                values::metric_name(model, *metric)
            ));
        }
    }
    value.each_child(&mut |child| named(model, child, told, lines));
}
