use serde::Serialize;

use super::{Names, label_of};
use crate::format::{age, counted};
use crate::page::{Dataset, Freshness, Level, Notice, Site};

/// A notice as it is shown on the index.
#[derive(Debug, Serialize)]
pub(crate) struct NoticeView {
    pub level: &'static str,
    pub text: String,
    /// What it is about.
    pub about: Option<String>,
    pub href: Option<String>,
}

/// All that a reader must know: what the caller says, and what the datasets say themselves. Grave first. KPIs without
/// figures are listed with the others.
pub(crate) fn notices(site: &Site, names: &Names) -> Vec<NoticeView> {
    let mut all: Vec<Notice> = Vec::new();
    for dataset in &site.datasets {
        all.extend(told_by(dataset).into_iter().map(|(level, text)| Notice {
            level,
            text,
            kpi: None,
            dataset: Some(dataset.name.clone()),
        }));
    }
    all.extend(site.notices.iter().cloned());
    all.sort_by_key(|notice| std::cmp::Reverse(notice.level));
    all.iter().map(|notice| view(site, names, notice)).collect()
}

fn view(site: &Site, names: &Names, notice: &Notice) -> NoticeView {
    let level = match notice.level {
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    let (about, href) = match (&notice.kpi, &notice.dataset) {
        (Some(name), _) => {
            let label = site.kpis.iter().find(|k| &k.name == name).and_then(|k| k.label.as_deref());
            (Some(label_of(name, label)), names.page(name).map(|page| format!("kpi/{page}")))
        }
        (None, Some(name)) => {
            (Some(name.clone()), names.dataset(name).map(|id| format!("datasets.html#{id}")))
        }
        (None, None) => (None, None),
    };
    NoticeView { level, text: notice.text.clone(), about, href }
}

/// What a dataset's state says.
pub(super) fn told_by(dataset: &Dataset) -> Vec<(Level, String)> {
    let mut out = Vec::new();
    if dataset.missing {
        out.push((Level::Warning, format!("no files at {}", dataset.source)));
        return out;
    }
    let newest = dataset.age_seconds.map_or_else(
        || "it has no rows".to_owned(),
        |seconds| format!("the newest row is {} old", age(seconds)),
    );
    match dataset.freshness {
        Freshness::Late => out.push((Level::Warning, format!("late: {newest}"))),
        Freshness::Stale => out.push((Level::Error, format!("stale: {newest}"))),
        Freshness::NotChecked | Freshness::Fresh => {}
    }
    for check in &dataset.checks {
        if let Some(failed) = check.failed_rows.filter(|n| *n > 0) {
            let rows = counted(failed, "row breaks", "rows break");
            out.push((Level::Warning, format!("{rows} the check \u{201c}{}\u{201d}", check.text)));
        }
    }
    let remarks = dataset.remarks.iter().filter(|remark| remark.level > Level::Info);
    out.extend(remarks.map(|remark| (remark.level, remark.text.clone())));
    if dataset.dropped_repeats > 0 {
        let rows = counted(dataset.dropped_repeats, "duplicate row was", "duplicate rows were");
        let text = format!("{rows} dropped; {} are counted", counted(dataset.rows, "row", "rows"));
        let n = dataset.differing_repeats;
        out.push(match n {
            0 => (Level::Info, text),
            _ => {
                let differ = counted(n, "of them differs", "of them differ");
                (Level::Warning, format!("{text}, and {differ} from the row that is kept"))
            }
        });
    }
    out
}
