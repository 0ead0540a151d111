use serde::Serialize;

use super::{Names, category_label, grain_plural, label_of};
use crate::chart::line::range;
use crate::chart::sparkline::{Sparkline, sparkline};
use crate::format::{Formatter, relative, sampled};
use crate::page::{Absent, Better, Bound, Bucket, Cell, Display, Grain, Kpi, Site};
use crate::reading::{Judgement, NoChange, Verdict, change, direction, latest_complete, verdict};
use crate::unsure::{Unsure, unsure};

/// A KPI in short.
#[derive(Debug, Serialize)]
pub(crate) struct Card {
    /// For ids on the page.
    pub slug: String,
    pub label: String,
    pub href: String,
    pub question: Option<String>,
    pub category: &'static str,
    pub stage: Option<String>,
    pub figure: Figure,
    pub change: ChangeView,
    pub verdict: VerdictView,
    pub spark: Option<Spark>,
    pub unavailable: Option<String>,
    pub deprecated: bool,
}

/// The latest complete figure, or why there is none.
#[derive(Debug, Serialize)]
pub(crate) struct Figure {
    pub has: bool,
    pub text: String,
    pub full: String,
    pub unit: Option<String>,
    /// `2026-02`
    pub bucket: String,
    pub reason: Option<String>,
    pub n: Option<String>,
    /// How many could not be evaluated.
    pub absent: Option<String>,
    /// The last bucket that had a figure, when the latest complete one has none.
    pub last: Option<String>,
}

/// How the figure changed.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeView {
    /// `up`, `down`, `same` or `none`.
    pub kind: &'static str,
    /// `better`, `worse`, `neutral` or, where there may be no change at all, `unsure`.
    pub judgement: &'static str,
    /// `+1.6 points`, `+3.2%`; empty when there is none.
    pub text: String,
    /// The absolute change, where `text` is the relative one.
    pub absolute: Option<String>,
    /// `better than 2026-01`, or why there is no change.
    pub words: String,
}

/// The goal and whether it is reached.
#[derive(Debug, Serialize)]
pub(crate) struct VerdictView {
    /// `met`, `missed`, `open` or `none`; without a target also `inside` and `outside` the good range.
    pub kind: &'static str,
    pub words: &'static str,
    /// `at least 80%`; without a target which way is good.
    pub goal: Option<String>,
}

/// A small line with its words.
#[derive(Debug, Serialize)]
pub(crate) struct Spark {
    #[serde(flatten)]
    pub drawing: Sparkline,
    pub title: String,
    pub desc: String,
}

/// The formatter of a KPI: the whole and its slices share their decimals.
pub(crate) fn formatter(kpi: &Kpi) -> Formatter {
    formatter_of(kpi, &kpi.display)
}

/// The formatter of all figures of a KPI that are shown so.
pub(crate) fn formatter_of(kpi: &Kpi, display: &Display) -> Formatter {
    let rows = || kpi.slices.iter().flat_map(|s| &s.rows);
    let headline = kpi.series.cells.iter().chain(rows().flat_map(|row| &row.cells));
    let headline = headline.filter(|_| kpi.display == *display);
    let alike = |part: usize| kpi.parts.get(part).is_some_and(|part| part.display == *display);
    let parts = kpi.parts.iter().enumerate().filter(|(part, _)| alike(*part));
    let parts = parts.flat_map(|(_, part)| &part.cells);
    let in_slices = rows().flat_map(|row| row.parts.iter().enumerate());
    let in_slices = in_slices.filter(|(part, _)| alike(*part)).flat_map(|(_, cells)| cells);
    let all = headline.chain(parts).chain(in_slices);
    Formatter::new(display, all.filter_map(|c| c.number().ok()))
}

pub(crate) fn card(site: &Site, kpi: &Kpi, names: &Names) -> Card {
    let format = formatter(kpi);
    let (buckets, cells) = (&kpi.series.buckets, &kpi.series.cells);
    let better = direction(kpi.better, kpi.target);
    let label = label_of(&kpi.name, kpi.label.as_deref());
    let spark = sparkline(buckets, cells, kpi.target).map(|drawing| Spark {
        drawing,
        title: format!("{label}, {} {}", buckets.len(), grain_plural(kpi.series.grain)),
        desc: describe(kpi.series.grain, buckets, cells, &format),
    });
    let paths = names.paths(&kpi.name);
    Card {
        slug: paths.slug.clone(),
        href: paths.page.clone(),
        question: kpi.question.clone(),
        category: category_label(kpi.category),
        stage: kpi.stage.as_deref().map(|name| stage_label(site, name)),
        figure: figure(kpi, cells, &format),
        change: changed(kpi, cells, better, unsure(kpi, None), &format),
        verdict: judged(cells, buckets, kpi.target, kpi.better, &format),
        spark,
        unavailable: kpi.unavailable.clone(),
        deprecated: kpi.deprecated.is_some(),
        label,
    }
}

pub(crate) fn stage_label(site: &Site, name: &str) -> String {
    let label = site.stages.iter().find(|s| s.name == name).and_then(|s| s.label.as_deref());
    label_of(name, label)
}

/// The figure of the latest complete bucket.
pub(crate) fn figure(kpi: &Kpi, cells: &[Cell], format: &Formatter) -> Figure {
    let buckets = &kpi.series.buckets;
    let none = |bucket: String, reason: String| Figure {
        has: false,
        text: "—".to_owned(),
        full: "—".to_owned(),
        unit: None,
        bucket,
        reason: Some(reason),
        n: None,
        absent: None,
        last: None,
    };
    let Some(at) = latest_complete(buckets) else {
        let reason = kpi.unavailable.as_ref().map_or_else(
            || format!("no complete {} yet", kpi.series.grain.name()),
            |_| "unavailable".to_owned(),
        );
        return none(String::new(), reason);
    };
    let Some((bucket, cell)) = buckets.get(at).zip(cells.get(at)) else {
        return none(String::new(), "no data".to_owned());
    };
    match cell.number() {
        Ok(value) => Figure {
            has: true,
            text: format.compact(value),
            full: format.full(value),
            unit: format.unit(&format.compact(value)).map(str::to_owned),
            bucket: bucket.label.clone(),
            reason: None,
            n: cell.sample().map(|n| sampled(kpi.sample.as_ref(), n)),
            absent: cell.absent().map(Absent::words),
            last: None,
        },
        Err(reason) => {
            let earlier = (0..at).rev().filter(|i| buckets[*i].is_complete());
            let last = earlier
                .filter_map(|i| {
                    cells[i]
                        .number()
                        .ok()
                        .map(|v| format!("{} in {}", format.sentence(v), buckets[i].label))
                })
                .next();
            Figure { last, ..none(bucket.label.clone(), reason.to_owned()) }
        }
    }
}

/// The change of the latest complete bucket.
pub(crate) fn changed(
    kpi: &Kpi,
    cells: &[Cell],
    better: Option<Better>,
    unsure: Unsure<'_>,
    format: &Formatter,
) -> ChangeView {
    changed_at(kpi, cells, latest_complete(&kpi.series.buckets), better, unsure, format)
}

/// The change of a complete bucket.
pub(crate) fn changed_at(
    kpi: &Kpi,
    cells: &[Cell],
    at: Option<usize>,
    better: Option<Better>,
    unsure: Unsure<'_>,
    format: &Formatter,
) -> ChangeView {
    let buckets = &kpi.series.buckets;
    let none = |words: String| ChangeView {
        kind: "none",
        judgement: "neutral",
        text: String::new(),
        absolute: None,
        words,
    };
    let Some(at) = at else { return none(String::new()) };
    let moved = match change(buckets, cells, at, better, kpi.scale, unsure) {
        Ok(moved) => moved,
        Err(NoChange::NoFigure) => return none(String::new()),
        Err(NoChange::NoPrevious) => {
            return none(format!("the first complete {}", kpi.series.grain.name()));
        }
        Err(NoChange::PreviousHasNone(i, reason)) => {
            return none(format!("no change: {} has no figure ({reason})", buckets[i].label));
        }
    };
    let before = &buckets[moved.against].label;
    let kind = match moved.absolute {
        change if change > 0.0 => "up",
        change if change < 0.0 => "down",
        _ => {
            return ChangeView {
                kind: "same",
                words: format!("unchanged from {before}"),
                ..none(String::new())
            };
        }
    };
    let absolute = format.difference(moved.before, moved.now);
    let share = moved.relative.filter(|_| kpi.display != Display::Percent).map(relative);
    let is_zero = |text: &String| !text.starts_with(['+', '\u{2212}']);
    if is_zero(&absolute) || share.as_ref().is_some_and(is_zero) {
        // It rounds to zero: an arrow and "better" beside "0.0" would only puzzle.
        return ChangeView {
            kind: "same",
            words: format!("almost unchanged from {before}"),
            ..none(String::new())
        };
    }
    let (text, absolute) = match share {
        Some(share) => (share, Some(absolute)),
        None => (absolute, None),
    };
    let words = match moved.judgement {
        Judgement::Better => format!("better than {before}"),
        Judgement::Worse => format!("worse than {before}"),
        Judgement::Neutral => format!("from {before}"),
        Judgement::Unsure => format!("from {before}: not distinguishable from no change"),
    };
    ChangeView { kind, judgement: moved.judgement.word(), text, absolute, words }
}

/// The verdict on the latest complete bucket.
pub(crate) fn judged(
    cells: &[Cell],
    buckets: &[Bucket],
    target: Option<Bound>,
    better: Option<Better>,
    format: &Formatter,
) -> VerdictView {
    let value = latest_complete(buckets).and_then(|at| cells.get(at)?.number().ok());
    if let (None, Some(better)) = (target, better) {
        return without_target(value, better, format);
    }
    // A figure that reads like the goal but is below it: say so, lest it looks like a mistake.
    let reads_alike = value.zip(target).is_some_and(|(value, target)| {
        crate::chart::sparkline::bounds(Some(target))
            .iter()
            .any(|goal| format.full(*goal) == format.full(value))
    });
    let (kind, words) = match verdict(value, target) {
        Verdict::Met => ("met", "target met"),
        Verdict::Missed if reads_alike => ("missed", "target just missed"),
        Verdict::Missed => ("missed", "target missed"),
        Verdict::NotJudged => ("open", "target not assessed"),
        Verdict::NoTarget => ("none", "no target"),
    };
    VerdictView { kind, words, goal: target.map(|t| format.goal(t)) }
}

/// Which way is good, and whether the figure is in the range that is.
fn without_target(value: Option<f64>, better: Better, format: &Formatter) -> VerdictView {
    let (kind, words, goal) = match better {
        Better::Higher => ("none", "no target", "higher is better".to_owned()),
        Better::Lower => ("none", "no target", "lower is better".to_owned()),
        Better::Inside(low, high) => {
            let range = Bound::Inside(low, high);
            let (kind, words) = match verdict(value, Some(range)) {
                Verdict::Met => ("inside", "in the good range"),
                Verdict::Missed => ("outside", "outside the good range"),
                Verdict::NotJudged | Verdict::NoTarget => ("none", "no target"),
            };
            (kind, words, format.goal(range))
        }
    };
    VerdictView { kind, words, goal: Some(goal) }
}

/// A series in one or two sentences.
pub(crate) fn describe(
    grain: Grain,
    buckets: &[Bucket],
    cells: &[Cell],
    format: &Formatter,
) -> String {
    let figures: Vec<(usize, f64)> = cells
        .iter()
        .enumerate()
        .filter_map(|(i, c)| c.number().ok().map(|v| (i, v)))
        .filter(|(i, _)| buckets[*i].is_complete())
        .collect();
    let (Some(first), Some(last)) = (figures.first(), figures.last()) else {
        return "No complete figure.".to_owned();
    };
    let low = figures.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(first);
    let high = figures.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or(first);
    let say = |(i, v): &(usize, f64)| format!("{} in {}", format.sentence(*v), buckets[*i].label);
    let missing = cells.iter().filter(|c| c.number().is_err()).count();
    let mut text = match figures.len() {
        1 => format!("{}.", say(first)),
        _ => format!(
            "From {} to {}; lowest {}, highest {}.",
            say(first),
            say(last),
            say(low),
            say(high)
        ),
    };
    if missing > 0 {
        let whole = range(buckets, 0, buckets.len().saturating_sub(1));
        let all = format!("{} {}", buckets.len(), grain_plural(grain));
        text = format!("{text} No figure in {missing} of {all} ({whole}).");
    }
    text
}
