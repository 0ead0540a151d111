//! What is asked of the engine, asked of the reference: by names, for their ids are their own. And what the two must agree
//! on before any figure is looked at: the bucket of a metric, and by what it can be sliced.

use std::collections::BTreeSet;

use milepost::plan;
use milepost::semantics::model::{self, MetricId};

use crate::compare::{Difference, reached};
use crate::tree::{self, Metric, Model, Request};

/// The same request.
pub(crate) fn request(
    request: &plan::request::Request,
    theirs: &model::Model,
    own: &Model,
) -> Request {
    let metric = &theirs[request.metric].name;
    let dimension = |by: &model::DimensionId| {
        let name = &theirs[*by].name;
        let found = own.dimensions.iter().position(|own| own.name == *name);
        tree::DimensionId(found.unwrap_or_else(|| panic!("the reference has no `{name}`")))
    };
    let found = own.metrics.iter().position(|own| own.name == *metric);
    let found = found.unwrap_or_else(|| panic!("the reference has no `{metric}`"));
    let name = &theirs[request.metric][request.part].name;
    let part = own.metrics[found].parts.iter().position(|part| part.name == *name);
    Request {
        metric: tree::MetricId(found),
        part: part.unwrap_or_else(|| panic!("the reference has no `{metric}.{name}`")),
        grain: request.grain,
        by: request.by.iter().map(dimension).collect(),
        from: request.from,
        to: request.to,
    }
}

/// The dimensions that every aggregate of a metric reaches.
fn slices<'m>(own: &'m Model, metric: &Metric) -> BTreeSet<&'m str> {
    let ids = (0..own.dimensions.len()).map(tree::DimensionId);
    let reached = ids.filter(|dimension| {
        let mut reached = true;
        for part in &metric.parts {
            part.value.each_aggregate(&mut |aggregate| {
                reached &= own[aggregate.dataset].reach.contains_key(dimension);
            });
        }
        reached
    });
    reached.map(|dimension| own[dimension].name.as_str()).collect()
}

/// Metrics whose bucket or dimensions are not the same for both.
pub(crate) fn differences(theirs: &model::Model, own: &Model) -> Vec<Difference> {
    let mut found = Vec::new();
    // The members of a score are listed beside the metrics.
    let defined = (0..theirs.metrics.len()).map(MetricId);
    let defined = defined.filter(|id| milepost::report::score_of(theirs, *id).is_none());
    let names: Vec<&str> = defined.map(|id| theirs[id].name.as_str()).collect();
    let own_names: Vec<&str> = own.metrics.iter().map(|metric| metric.name.as_str()).collect();
    assert_eq!(names, own_names);
    for (i, metric) in own.metrics.iter().enumerate() {
        let id = MetricId(i);
        let engine = (
            theirs[id].grain,
            reached(theirs, id).iter().map(|by| theirs[*by].name.as_str()).collect::<BTreeSet<_>>(),
        );
        let reference = (metric.grain, slices(own, metric));
        if engine != reference {
            let told = format!("reference {reference:?}\n  engine    {engine:?}");
            let request = "grain and dimensions".to_owned();
            found.push(Difference { metric: metric.name.clone(), request, told });
        }
    }
    found
}
