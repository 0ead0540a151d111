//! One dataset as its page shows it.

use milepost_engine::{CheckOutcome, DatasetStatus};
use milepost_semantics::model::{Column, DatasetId, DatasetKind, Model};
use milepost_site::page;

use super::Findings;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// All that were opened, and those that are missing, in the order of the specs.
pub(super) fn pages(findings: &Findings<'_>) -> Vec<page::Dataset> {
    let model = findings.model;
    let ids = (0..model.datasets.len()).map(DatasetId);
    let status = |id| {
        let mut opened = findings.datasets.iter().filter(|status| status.dataset == id);
        match opened.next() {
            Some(status) => Some(status.clone()),
            None => model[id].missing.then(|| DatasetStatus::missing(id)),
        }
    };
    ids.filter_map(status).map(|status| page(findings, &status)).collect()
}

fn page(findings: &Findings<'_>, status: &DatasetStatus) -> page::Dataset {
    let model = findings.model;
    let dataset = &model[status.dataset];
    let calendar = &model.project.calendar;
    let instant = |instant| calendar.show_instant(instant);
    page::Dataset {
        name: dataset.name.clone(),
        label: dataset.meta.label.clone(),
        description: dataset.meta.description.clone(),
        owner: dataset.meta.owner.clone(),
        kind: kind(dataset.kind).to_owned(),
        source: dataset.from.place(),
        missing: dataset.missing,
        rows: status.rows,
        dropped_repeats: status.dropped,
        differing_repeats: status.differing,
        oldest: status.first.map(instant),
        newest: status.newest.map(instant),
        age_seconds: status
            .newest
            .map(|newest| (findings.as_of.end.0 - newest.0).max(0) / MICROS_PER_SECOND),
        freshness: freshness(findings, status),
        promised: promised(findings, status),
        checks: findings
            .checks
            .iter()
            .filter(|outcome| outcome.dataset == status.dataset && outcome.failed_rows.is_some())
            .map(|outcome| page::Check {
                text: outcome.text.clone(),
                failed_rows: outcome.failed_rows,
            })
            .collect(),
        remarks: remarks(findings, status),
        columns: dataset
            .columns
            .iter()
            .filter(|column| column.declared)
            .map(|declared| column(model, declared))
            .collect(),
    }
}

/// The word for a kind, as in specs.
#[must_use]
pub fn kind(kind: DatasetKind) -> &'static str {
    match kind {
        DatasetKind::Attributes => "attributes",
        DatasetKind::History { .. } => "history",
        DatasetKind::Snapshot { .. } => "snapshot",
        DatasetKind::Events { .. } => "events",
    }
}

/// As the checks found it.
fn freshness(findings: &Findings<'_>, status: &DatasetStatus) -> page::Freshness {
    let of_this = |o: &&CheckOutcome| o.dataset == status.dataset && o.failed_rows.is_none();
    let promises: Vec<_> = findings.checks.iter().filter(of_this).collect();
    let broken = |fatal| promises.iter().any(|o| !o.passed && o.fatal == fatal);
    match (broken(true), broken(false)) {
        _ if promises.is_empty() => page::Freshness::NotChecked,
        (true, _) => page::Freshness::Stale,
        (false, true) => page::Freshness::Late,
        (false, false) => page::Freshness::Fresh,
    }
}

/// How new the newest row was promised to be.
fn promised(findings: &Findings<'_>, status: &DatasetStatus) -> Vec<String> {
    let of_this = |o: &&CheckOutcome| o.dataset == status.dataset && o.failed_rows.is_none();
    let promises = findings.checks.iter().filter(of_this);
    promises
        .map(|outcome| {
            let text = outcome.text.strip_prefix("there is ").unwrap_or(&outcome.text);
            format!("{text}, else {}", if outcome.fatal { "an error" } else { "a warning" })
        })
        .collect()
}

/// What was found that nobody asked, warnings first.
fn remarks(findings: &Findings<'_>, status: &DatasetStatus) -> Vec<page::Remark> {
    let own = findings.remarks.iter().filter(|remark| remark.dataset == status.dataset);
    let mut list: Vec<page::Remark> = own
        .map(|remark| page::Remark {
            level: remark.warning.as_ref().map_or(page::Level::Info, |_| page::Level::Warning),
            text: quoted(&remark.text),
        })
        .collect();
    list.sort_by_key(|remark| std::cmp::Reverse(remark.level));
    list
}

/// With typographic quotes around names, as readers of pages know them.
fn quoted(text: &str) -> String {
    let mut parts = text.split('`').enumerate();
    let mut quoted = parts.next().map_or_else(String::new, |(_, first)| first.to_owned());
    for (at, part) in parts {
        quoted.push(if at % 2 == 1 { '\u{201c}' } else { '\u{201d}' });
        quoted.push_str(part);
    }
    quoted
}

fn column(model: &Model, column: &Column) -> page::Column {
    page::Column {
        name: column.name.clone(),
        ty: column.ty.name().to_owned(),
        unit: (!column.unit.is_plain()).then(|| column.unit.name()),
        dimension: column.dimension.map(|dimension| model[dimension].name.clone()),
        description: column.description.clone(),
        pii: column.pii,
    }
}
