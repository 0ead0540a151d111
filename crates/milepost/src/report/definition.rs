//! What a KPI means: in words, as the author wrote it, and as SQL.

use std::collections::BTreeSet;

use milepost_plan::request::Request;
use milepost_plan::sql::sql;
use milepost_semantics::explain::describe;
use milepost_semantics::model::{DatasetId, MetricId, Model, Unavailable};
use milepost_semantics::trace::{Lineage, Node};
use milepost_site::page;
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::Span;

use super::Findings;

pub(super) fn page(findings: &Findings<'_>, lineage: &Lineage, id: MetricId) -> page::Definition {
    let model = findings.model;
    let metric = &model[id];
    let place = place(findings.sources, metric.span);
    page::Definition {
        words: describe(model, id),
        choices: Vec::new(),
        place: Some(place.0),
        line: Some(place.1),
        yaml: yaml(findings.sources, metric.definition),
        sql: Some(sql(model, findings.as_of, &Request::total(model, id))),
        datasets: datasets(model, lineage, id)
            .into_iter()
            .map(|dataset| model[dataset].name.clone())
            .collect(),
    }
}

/// What a KPI would mean that the project lacks something for.
pub(super) fn lacking(findings: &Findings<'_>, metric: &Unavailable) -> page::Definition {
    let place = place(findings.sources, metric.span);
    page::Definition {
        words: vec![format!("It is unavailable: it {}.", metric.reason())],
        place: Some(place.0),
        line: Some(place.1),
        yaml: yaml(findings.sources, metric.definition),
        ..page::Definition::default()
    }
}

/// The file and the line in it.
fn place(sources: &SourceMap, span: Span) -> (String, u32) {
    let file = sources.get(span.source);
    (file.path.clone(), file.line_column(span.start).line)
}

/// The datasets that a metric and its slices read, also those that they only pass through.
fn datasets(model: &Model, lineage: &Lineage, id: MetricId) -> BTreeSet<DatasetId> {
    let mut seen = BTreeSet::from([Node::Metric(id)]);
    let mut open = vec![Node::Metric(id)];
    let mut found = BTreeSet::new();
    while let Some(node) = open.pop() {
        let mut next: Vec<Node> = lineage.sources(node).map(|(source, _)| source).collect();
        if let Node::Dataset(dataset) = node {
            found.insert(dataset);
            // A list of keys is made of the datasets that hold them.
            let derived = model[dataset].derived.iter().flat_map(|derived| &derived.sources);
            next.extend(derived.map(|source| Node::Dataset(source.dataset)));
        }
        open.extend(next.into_iter().filter(|node| seen.insert(*node)));
    }
    found
}

/// The definition as it is in the spec, moved to the left margin.
///
/// ```
/// use milepost::syntax::diagnostic::Diagnostics;
/// use milepost::{report, sources::Memory, steps};
///
/// let spec = "metrics:\n  sales:\n    grain: month\n    value: sum(orders.amount)\n";
/// let files = Memory::new().with("milepost.yaml", "project: shop").with("specs/a.yaml", spec);
/// let loaded = steps::load(&files, &mut Diagnostics::default());
/// let sales = &loaded.package.metrics[0];
/// let shown = report::yaml(&loaded.sources, sales.span);
/// assert_eq!(shown, "sales:\n  grain: month\n  value: sum(orders.amount)");
/// ```
#[must_use]
pub fn yaml(sources: &SourceMap, definition: Span) -> String {
    let file = sources.get(definition.source);
    let indent = file.line_column(definition.start).column.saturating_sub(1) as usize;
    let text = file.slice(definition);
    let mut lines = text.trim_end().lines();
    let mut out = lines.next().unwrap_or_default().trim_end().to_owned();
    for line in lines {
        let own = line.len() - line.trim_start_matches(' ').len();
        out.push('\n');
        out.push_str(line[own.min(indent)..].trim_end());
    }
    out
}

#[cfg(test)]
mod tests {
    use milepost_syntax::source::SourceMap;
    use milepost_syntax::span::Span;

    #[test]
    fn a_definition_is_moved_to_the_margin() {
        let mut sources = SourceMap::default();
        let text = "metrics:\n  nrr:\n    label: é\n\n    value: >\n      a\n  # after\n\n";
        let id = sources.add("a.yaml", text);
        let yaml = super::yaml(&sources, Span::new(id, 11, text.len() as u32));
        assert_eq!(yaml, "nrr:\n  label: é\n\n  value: >\n    a\n# after");
    }
}
