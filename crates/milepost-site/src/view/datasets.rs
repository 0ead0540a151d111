use serde::Serialize;

use super::{Names, Shell, label_of};
use crate::format::{age, count, counted};
use crate::page::{Column, Dataset, Freshness, Remark, Site};

#[derive(Debug, Serialize)]
pub(crate) struct DatasetsView {
    shell: Shell,
    datasets: Vec<DatasetView>,
}

/// A dataset as it is shown on the data page and, in short, on the pages of KPIs.
#[derive(Debug, Serialize)]
pub(crate) struct DatasetView {
    pub id: String,
    pub name: String,
    pub label: String,
    pub description: Option<String>,
    pub owner: Option<String>,
    pub kind: String,
    pub source: String,
    pub missing: bool,
    pub rows: String,
    pub dropped: Option<String>,
    /// Those of them that say something else than the row that is counted.
    pub differing: Option<String>,
    pub oldest: Option<String>,
    pub newest: Option<String>,
    pub age: Option<String>,
    /// `fresh`, `late`, `stale`, `none`.
    pub freshness: &'static str,
    /// What was promised of it, in one line.
    pub promised: Option<String>,
    pub checks: Vec<CheckView>,
    pub remarks: Vec<Remark>,
    pub columns: Vec<Column>,
    pub kpis: Vec<Link>,
}

#[derive(Debug, Serialize)]
pub(crate) struct CheckView {
    pub text: String,
    /// `holds`, `broken`, `open`.
    pub outcome: &'static str,
    pub words: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Link {
    pub label: String,
    pub href: Option<String>,
}

pub(crate) fn datasets(site: &Site, names: &Names) -> DatasetsView {
    DatasetsView {
        shell: Shell::new(site, "", "datasets"),
        datasets: site.datasets.iter().map(|d| view(site, d, names)).collect(),
    }
}

pub(crate) fn view(site: &Site, dataset: &Dataset, names: &Names) -> DatasetView {
    let checks = dataset.checks.iter().map(|check| {
        let (outcome, words) = match check.failed_rows {
            None => ("open", "not run".to_owned()),
            Some(0) => ("holds", "holds".to_owned()),
            Some(n) => ("broken", format!("broken by {}", counted(n, "row", "rows"))),
        };
        CheckView { text: check.text.clone(), outcome, words }
    });
    let readers = site.kpis.iter().filter(|k| k.definition.datasets.contains(&dataset.name));
    DatasetView {
        id: names.dataset(&dataset.name).unwrap_or_default(),
        name: dataset.name.clone(),
        label: label_of(&dataset.name, dataset.label.as_deref()),
        description: dataset.description.clone(),
        owner: dataset.owner.clone(),
        kind: dataset.kind.clone(),
        source: dataset.source.clone(),
        missing: dataset.missing,
        rows: count(dataset.rows),
        dropped: (dataset.dropped_repeats > 0).then(|| count(dataset.dropped_repeats)),
        differing: (dataset.differing_repeats > 0).then(|| {
            counted(
                dataset.differing_repeats,
                "differs from the row that is kept",
                "differ from the row that is kept",
            )
        }),
        oldest: dataset.oldest.clone(),
        newest: dataset.newest.clone(),
        age: dataset.age_seconds.map(age),
        freshness: match dataset.freshness {
            Freshness::NotChecked => "none",
            Freshness::Fresh => "fresh",
            Freshness::Late => "late",
            Freshness::Stale => "stale",
        },
        promised: (!dataset.promised.is_empty()).then(|| dataset.promised.join("; ")),
        checks: checks.collect(),
        remarks: dataset.remarks.clone(),
        columns: dataset.columns.clone(),
        kpis: readers
            .map(|k| Link {
                label: label_of(&k.name, k.label.as_deref()),
                href: names.page(&k.name).map(|page| format!("kpi/{page}")),
            })
            .collect(),
    }
}
