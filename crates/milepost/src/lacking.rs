//! The metrics that a project lacks something for: reported beside the mistakes, or as mistakes where they are denied.

use milepost_engine::missing;
use milepost_plan::request::Request;
use milepost_semantics::model::{MetricId, Model};
use milepost_syntax::ast::Package;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Severity};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::Span;

/// A metric without any figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    pub name: String,
    /// `needs dataset touches`
    pub reason: String,
    /// Whether it would have a page.
    pub is_kpi: bool,
    /// The same as a message, at the place in the specs that asks for it.
    pub told: Diagnostic,
}

/// The metrics that a project lacks something for: first those whose dataset has no files, then those of packages that
/// need what the specs do not define.
#[must_use]
pub fn lacking(model: &Model, package: &Package, sources: &SourceMap) -> Vec<Lacking> {
    let place = |span: Span| {
        let path = &sources.get(span.source).path;
        let uses = package.project.uses.iter();
        let mut own = uses.filter(|used| path.strip_suffix(".yaml") == Some(used.node.as_str()));
        own.next().map_or(span, |used| used.span)
    };
    let note = |told: Diagnostic| Diagnostic { severity: Severity::Note, ..told };
    // What each of thousands of metrics reads is asked only where something is missing.
    let is_complete = model.datasets.iter().all(|dataset| !dataset.missing);
    let asked = if is_complete { 0 } else { model.metrics.len() };
    let without_files = (0..asked).map(MetricId).filter_map(|id| {
        let metric = &model[id];
        let dataset = missing(model, &Request::total(model, id))?;
        let reason = format!("needs dataset {dataset}");
        let message = format!("`{}` is unavailable: it {reason}", metric.name);
        let told =
            Diagnostic::error(codes::UNAVAILABLE, place(metric.span), message).help(format!(
                "bring the files of `{dataset}`, which is `optional: true`, or leave the metric out"
            ));
        let is_kpi = metric.category.is_some();
        Some(Lacking { name: metric.name.clone(), reason, is_kpi, told: note(told) })
    });
    let without_definition = model.unavailable.iter().map(|metric| Lacking {
        name: metric.name.clone(),
        reason: metric.reason(),
        is_kpi: metric.category.is_some(),
        told: note(metric.tell(place(metric.span))),
    });
    without_files.chain(without_definition).collect()
}
