use serde::Serialize;

use super::card::{Card, card, stage_label};
use super::notices::{NoticeView, notices};
use super::{CATEGORIES, Names, Shell, category_label, category_question};
use crate::format::{count, counted};
use crate::page::{Freshness, Site};

#[derive(Debug, Serialize)]
pub(crate) struct IndexView {
    shell: Shell,
    description: Option<String>,
    freshness: String,
    /// `12 better, 5 worse than before`
    changes: Option<String>,
    notices: Vec<NoticeView>,
    /// How many notices are more than information.
    grave: usize,
    categories: Vec<CategoryView>,
    stages: Vec<StageView>,
    total: usize,
}

#[derive(Debug, Serialize)]
struct CategoryView {
    id: String,
    label: &'static str,
    question: &'static str,
    kpis: Vec<Card>,
    /// `3 of 4 targets met; 4 better, 2 worse than before`
    verdicts: String,
}

#[derive(Debug, Serialize)]
struct StageView {
    label: String,
    question: Option<String>,
    kpis: Vec<Card>,
}

pub(crate) fn index(site: &Site, names: &Names) -> IndexView {
    let notices = notices(site, names);
    let categories = CATEGORIES.map(|category| {
        let kpis: Vec<Card> = site
            .kpis
            .iter()
            .filter(|k| k.category == category)
            .map(|k| card(site, k, names))
            .collect();
        let verdicts = [Some(verdicts(&kpis)), changes(&kpis)];
        CategoryView {
            id: category_label(category).to_ascii_lowercase(),
            label: category_label(category),
            question: category_question(category),
            verdicts: verdicts.into_iter().flatten().collect::<Vec<_>>().join("; "),
            kpis,
        }
    });
    let all = categories.iter().flat_map(|category| &category.kpis);
    IndexView {
        changes: changes(all),
        shell: Shell::new(site, "", "index"),
        description: site.project.description.clone(),
        freshness: freshness(site),
        grave: notices.iter().filter(|n| n.level != "info").count(),
        notices,
        categories: categories.into(),
        stages: stages(site, names),
        total: site.kpis.len(),
    }
}

fn verdicts(kpis: &[Card]) -> String {
    let judged = kpis.iter().filter(|k| matches!(k.verdict.kind, "met" | "missed")).count();
    let met = kpis.iter().filter(|k| k.verdict.kind == "met").count();
    match judged {
        0 => "no target judged".to_owned(),
        1 => format!("{met} of 1 target met"),
        _ => format!("{met} of {judged} targets met"),
    }
}

/// `4 better, 2 worse than before`: of those that say which way is good.
fn changes<'c>(kpis: impl IntoIterator<Item = &'c Card>) -> Option<String> {
    let words: Vec<&str> = kpis.into_iter().map(|kpi| kpi.change.judgement).collect();
    let number = |word: &str| words.iter().filter(|own| **own == word).count();
    let (better, worse) = (number("better"), number("worse"));
    (better + worse > 0).then(|| format!("{better} better, {worse} worse than before"))
}

/// In the order of the stages; those that only KPIs name come after, those without a stage last.
fn stages(site: &Site, names: &Names) -> Vec<StageView> {
    let mut order: Vec<Option<&str>> = site.stages.iter().map(|s| Some(s.name.as_str())).collect();
    for kpi in &site.kpis {
        if kpi.stage.is_some() && !order.contains(&kpi.stage.as_deref()) {
            order.push(kpi.stage.as_deref());
        }
    }
    order.push(None);
    let view = |stage: Option<&str>| StageView {
        label: stage.map_or_else(|| "No stage".to_owned(), |name| stage_label(site, name)),
        question: site
            .stages
            .iter()
            .find(|s| Some(s.name.as_str()) == stage)
            .and_then(|s| s.question.clone()),
        kpis: site
            .kpis
            .iter()
            .filter(|k| k.stage.as_deref() == stage)
            .map(|k| card(site, k, names))
            .collect(),
    };
    order.into_iter().map(view).filter(|s| !s.kpis.is_empty()).collect()
}

/// `7 datasets, 120,345 rows; newest row 2026-03-31; 1 late`
fn freshness(site: &Site) -> String {
    let rows = site.datasets.iter().map(|d| d.rows).fold(0_u64, u64::saturating_add);
    let number = u64::try_from(site.datasets.len()).unwrap_or(u64::MAX);
    let mut parts = vec![format!(
        "{}, {}",
        counted(number, "dataset", "datasets"),
        counted(rows, "row", "rows")
    )];
    if let Some(newest) = site.datasets.iter().filter_map(|d| d.newest.as_deref()).max() {
        parts.push(format!("newest row {newest}"));
    }
    let mut told = |what: &str, n: usize| {
        if n > 0 {
            parts.push(format!("{} {what}", count(u64::try_from(n).unwrap_or(u64::MAX))));
        }
    };
    told("late", site.datasets.iter().filter(|d| d.freshness == Freshness::Late).count());
    told("stale", site.datasets.iter().filter(|d| d.freshness == Freshness::Stale).count());
    told("missing", site.datasets.iter().filter(|d| d.missing).count());
    parts.join("; ")
}
