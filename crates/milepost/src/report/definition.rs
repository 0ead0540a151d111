//! What a KPI means: in words, as the author wrote it, and as SQL.

use std::collections::BTreeSet;

use milepost_engine::{Request, sql};
use milepost_semantics::explain::describe;
use milepost_semantics::model::{Aggregate, DatasetId, MetricId, Model, Unavailable};
use milepost_site::page;
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::Span;

use super::Findings;

pub(super) fn page(findings: &Findings<'_>, id: MetricId) -> page::Definition {
    let model = findings.model;
    let metric = &model[id];
    page::Definition {
        words: describe(model, id),
        choices: Vec::new(),
        place: Some(place(findings.sources, metric.span)),
        yaml: yaml(findings.sources, metric.definition),
        sql: Some(sql(model, findings.as_of, &Request::total(model, id))),
        datasets: datasets(model, id)
            .into_iter()
            .map(|dataset| model[dataset].name.clone())
            .collect(),
    }
}

/// What a KPI would mean that the project lacks something for.
pub(super) fn lacking(findings: &Findings<'_>, metric: &Unavailable) -> page::Definition {
    page::Definition {
        words: vec![format!("It is unavailable: it {}.", metric.reason())],
        place: Some(place(findings.sources, metric.span)),
        yaml: yaml(findings.sources, metric.definition),
        ..page::Definition::default()
    }
}

/// `specs/adoption.yaml:12`
fn place(sources: &SourceMap, span: Span) -> String {
    let file = sources.get(span.source);
    format!("{}:{}", file.path, file.line_column(span.start).line)
}

/// The datasets that a metric reads, also those it only passes through on a path.
#[must_use]
pub fn datasets(model: &Model, id: MetricId) -> BTreeSet<DatasetId> {
    let mut found = BTreeSet::new();
    model[id].value.each_aggregate(&mut |aggregate: &Aggregate| {
        found.insert(aggregate.dataset);
        let parts = aggregate.args.iter().chain(&aggregate.on).chain(&aggregate.filter);
        for part in parts {
            part.each_path(&mut |path| {
                found.insert(path.dataset);
                found.extend(path.hops.iter().map(|hop| hop.to));
            });
        }
    });
    found
}

/// The definition as it stands in the spec, moved to the left margin.
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
