use serde::Serialize;

use super::card::{Card, card, stage_label};
use super::list::{Summary, summaries};
use super::notices::{NoticeView, notices};
use super::score::{self, ScoreSummary};
use super::{CATEGORIES, Names, Shell, category_label, category_question};
use crate::format::{count, counted};
use crate::page::{Freshness, Site};

#[derive(Debug, Serialize)]
pub(crate) struct IndexView {
    shell: Shell,
    description: Option<String>,
    freshness: String,
    /// `41 KPIs, 28 unavailable`
    number: String,
    /// `2 of 2 met, 11 without a target`
    targets: String,
    /// `12 better, 5 worse than before`
    changes: Option<String>,
    notices: Vec<NoticeView>,
    /// How many notices are more than information.
    grave: usize,
    categories: Vec<CategoryView>,
    lists: Vec<Summary>,
    scores: Vec<ScoreSummary>,
    stages: Vec<StageView>,
    total: usize,
}

#[derive(Debug, Serialize)]
struct CategoryView {
    id: String,
    label: &'static str,
    question: &'static str,
    kpis: Vec<Card>,
    /// KPIs that the project lacks something for.
    unavailable: Vec<Card>,
    /// `4 KPIs, 1 unavailable; 2 of 3 targets met, 1 without a target; 4 better, 2 worse than before`
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
        let own = site.kpis.iter().filter(|k| k.category == category);
        let cards = own.map(|k| card(site, k, names));
        let (unavailable, kpis): (Vec<Card>, Vec<Card>) =
            cards.partition(|card| card.unavailable.is_some());
        let verdicts =
            [Some(number(&kpis, unavailable.len())), verdicts(&kpis, "targets"), changes(&kpis)];
        CategoryView {
            id: category_label(category).to_ascii_lowercase(),
            label: category_label(category),
            question: category_question(category),
            verdicts: verdicts.into_iter().flatten().collect::<Vec<_>>().join("; "),
            kpis,
            unavailable,
        }
    });
    let all: Vec<&Card> = categories.iter().flat_map(|category| &category.kpis).collect();
    let unavailable = categories.iter().map(|category| category.unavailable.len()).sum();
    IndexView {
        number: number(&all, unavailable),
        targets: verdicts(all.iter().copied(), "").unwrap_or_else(|| "none yet".to_owned()),
        changes: changes(all),
        shell: Shell::new(site, "", "index"),
        description: site.project.description.clone(),
        freshness: freshness(site),
        grave: notices.iter().filter(|n| n.level != "info").count(),
        notices,
        categories: categories.into(),
        lists: summaries(site, names),
        scores: score::summaries(site, names),
        stages: stages(site, names),
        total: site.kpis.len(),
    }
}

/// `41 KPIs, 28 unavailable`: those with figures, and those without.
fn number<T>(kpis: &[T], unavailable: usize) -> String {
    let available = counted(u64::try_from(kpis.len()).unwrap_or(u64::MAX), "KPI", "KPIs");
    match unavailable {
        0 => available,
        n => format!("{available}, {n} unavailable"),
    }
}

/// `2 of 3 targets met, 1 not assessed, 11 without a target`: of those that have figures.
fn verdicts<'c>(kpis: impl IntoIterator<Item = &'c Card>, word: &str) -> Option<String> {
    let (mut met, mut missed, mut open, mut none) = (0, 0, 0, 0);
    for kpi in kpis {
        match kpi.verdict.kind {
            "met" => met += 1,
            "missed" => missed += 1,
            "open" => open += 1,
            _ => none += 1,
        }
    }
    let judged: usize = met + missed;
    let word = if judged == 1 { word.trim_end_matches('s') } else { word };
    let mut parts: Vec<String> = Vec::new();
    if judged > 0 {
        parts.push(
            [&format!("{met} of {judged}"), word, "met"]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    if open > 0 {
        let with = if judged == 0 { "with a target " } else { "" };
        parts.push(format!("{open} {with}not assessed"));
    }
    if none > 0 {
        parts.push(format!("{none} without a target"));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `4 better, 2 worse than in the previous period`: of those that say which way is good.
fn changes<'c>(kpis: impl IntoIterator<Item = &'c Card>) -> Option<String> {
    let words: Vec<&str> = kpis.into_iter().map(|kpi| kpi.change.judgement).collect();
    let number = |word: &str| words.iter().filter(|own| **own == word).count();
    let (better, worse) = (number("better"), number("worse"));
    (better + worse > 0)
        .then(|| format!("{better} better, {worse} worse than in the previous period"))
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
            .filter(|k| k.stage.as_deref() == stage && k.unavailable.is_none())
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
