use serde::Serialize;

use super::notices::told_by;
use super::{Names, label_of};
use crate::page::{Kpi, Level, Site};

/// How far the figures of a KPI can be trusted: what the datasets that it reads promise, and what they don't keep.
#[derive(Debug, Serialize)]
pub(crate) struct Trust {
    /// `all 4 checks of its data hold`; absent where there is none, or one is broken.
    pub holds: Option<String>,
    /// Broken checks, lateness, and files that are not there.
    pub problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    pub level: &'static str,
    pub text: String,
    pub dataset: String,
    /// From the folder of the KPIs.
    pub href: Option<String>,
}

pub(crate) fn trust(site: &Site, kpi: &Kpi, names: &Names) -> Trust {
    let read = site.datasets.iter().filter(|d| kpi.definition.datasets.contains(&d.name));
    let mut problems = Vec::new();
    let mut checks = 0;
    for dataset in read {
        checks += dataset.checks.iter().filter(|check| check.failed_rows.is_some()).count();
        for (level, text) in told_by(dataset) {
            let level = match level {
                Level::Info => continue,
                Level::Warning => "warning",
                Level::Error => "error",
            };
            problems.push(Problem {
                level,
                text,
                dataset: label_of(&dataset.name, dataset.label.as_deref()),
                href: names.dataset(&dataset.name).map(|id| format!("../datasets.html#{id}")),
            });
        }
    }
    let holds = match checks {
        _ if !problems.is_empty() => None,
        0 => None,
        1 => Some("the check of its data holds".to_owned()),
        n => Some(format!("all {n} checks of its data hold")),
    };
    Trust { holds, problems }
}
