//! Whether the words of generated metrics name every condition of their plans.

use milepost::semantics::explain::describe;
use milepost::semantics::model::{MetricId, Model};

use super::plan_words::missing;

/// What the words of a model's metrics lack, a line for each metric.
pub(crate) fn lacking(model: &Model) -> Vec<String> {
    let metrics = model.metrics.iter().enumerate();
    let lacking = metrics.filter_map(|(id, metric)| {
        let lacks = missing(model, MetricId(id));
        let words = || describe(model, MetricId(id));
        (!lacks.is_empty()).then(|| format!("{} lacks {lacks:?}\n{:#?}", metric.name, words()))
    });
    lacking.collect()
}
