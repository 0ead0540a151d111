use serde::Serialize;

use super::card::{Card, card, formatter};
use super::cohorts::{CohortsView, cohorts};
use super::datasets::{DatasetView, Link, view};
use super::duration::{DurationView, duration};
use super::figures::{FigureRow, SliceView, rows, slice, state};
use super::funnel::{FunnelView, funnel};
use super::history::marks;
use super::movements::{MovementsView, movements};
use super::parts::{PartsView, parts};
use super::quantiles::{QuantilesView, quantiles, spread};
use super::survey::{SurveyView, survey};
use super::{Names, Shell, category_label, category_question, indicator_label, label_of};
use crate::chart::bullet::{Bullet, bullet};
use crate::chart::line::{Input, LineChart, NARROW, WIDE, line, range};
use crate::chart::scale::Axis;
use crate::chart::trace::gaps;
use crate::format::Formatter;
use crate::page::{Absent, Choice, History, Kpi, Site};
use crate::reading::{direction, latest_complete, previous_complete};

use super::card::describe;
use super::trust::{Trust, trust};

#[derive(Debug, Serialize)]
pub(crate) struct KpiView {
    shell: Shell,
    card: Card,
    name: String,
    description: Option<String>,
    category_question: &'static str,
    category_id: String,
    indicator: Option<&'static str>,
    milestone: Option<String>,
    grain: &'static str,
    owner: Option<String>,
    tags: Vec<String>,
    leads_to: Vec<Link>,
    led_by: Vec<Link>,
    deprecated: Option<DeprecatedView>,
    /// Buckets after the latest complete one.
    running: Vec<Running>,
    bullet: Option<Bullet>,
    /// The bucket that the change is against.
    before: Option<String>,
    chart: Option<ChartView>,
    gaps: Vec<String>,
    rows: Vec<FigureRow>,
    parts_view: Option<PartsView>,
    quantiles: Option<QuantilesView>,
    movements: Option<MovementsView>,
    cohorts: Option<CohortsView>,
    survey: Option<SurveyView>,
    funnel: Option<FunnelView>,
    duration: Option<DurationView>,
    /// What `n` counts, for the heads of tables; absent where no figure has one.
    n: Option<String>,
    has_absent: bool,
    has_state: bool,
    has_maturing: bool,
    /// Whether it is said which way is good.
    has_better: bool,
    slices: Vec<SliceView>,
    words: Vec<String>,
    choices: Vec<Choice>,
    place: Option<String>,
    yaml: String,
    sql: Option<String>,
    datasets: Vec<DatasetView>,
    history: Option<History>,
    trust: Trust,
    csv: String,
    json: String,
}

#[derive(Debug, Serialize)]
struct DeprecatedView {
    since: Option<String>,
    replacement: Option<Link>,
}

#[derive(Debug, Serialize)]
struct Running {
    bucket: String,
    state: &'static str,
    value: Option<String>,
    absent: Option<String>,
    reason: Option<String>,
}

/// The large chart in both frames.
#[derive(Debug, Serialize)]
pub(crate) struct ChartView {
    pub title: String,
    pub desc: String,
    pub frames: Vec<LineChart>,
    pub from_zero: bool,
    pub has_running: bool,
    pub has_gaps: bool,
    pub has_marks: bool,
    pub goal: Option<String>,
}

pub(crate) fn kpi(site: &Site, kpi: &Kpi, names: &Names) -> KpiView {
    let format = formatter(kpi);
    let card = card(site, kpi, names);
    let paths = names.paths(&kpi.name);
    let buckets = &kpi.series.buckets;
    let rows = rows(kpi, &format);
    let in_folder = |path: &str| path.trim_start_matches("kpi/").to_owned();
    let slices = kpi.slices.iter().zip(&paths.slices).enumerate().map(|(i, (part, csv))| {
        let label = label_of(&part.dimension, part.label.as_deref());
        slice(kpi, part, label, in_folder(csv), &format!("slice-{}", i + 1), &format)
    });
    let gaps = gaps(&kpi.series.cells);
    KpiView {
        shell: Shell::new(site, "../", "kpi"),
        name: kpi.name.clone(),
        description: kpi.description.clone(),
        category_question: category_question(kpi.category),
        category_id: category_label(kpi.category).to_ascii_lowercase(),
        indicator: kpi.indicator.map(indicator_label),
        milestone: kpi.milestone.clone(),
        grain: kpi.series.grain.name(),
        owner: kpi.owner.clone(),
        tags: kpi.tags.clone(),
        leads_to: kpi.leads_to.iter().map(|name| link(site, names, name)).collect(),
        led_by: site
            .kpis
            .iter()
            .filter(|k| k.leads_to.contains(&kpi.name))
            .map(|k| link(site, names, &k.name))
            .collect(),
        deprecated: kpi.deprecated.as_ref().map(|d| DeprecatedView {
            since: d.since.clone(),
            replacement: d.replacement.as_ref().map(|name| link(site, names, name)),
        }),
        running: running(kpi, &format),
        bullet: against_goal(kpi, &format),
        before: latest_complete(buckets)
            .and_then(|at| previous_complete(buckets, at))
            .map(|i| buckets[i].label.clone()),
        chart: chart(kpi, &card, &format),
        gaps: gaps
            .iter()
            .map(|g| format!("{}: {}", range(buckets, g.first, g.last), g.reason))
            .collect(),
        n: rows.iter().any(|r| r.n.is_some()).then(|| {
            kpi.sample.as_ref().map_or_else(|| "n".to_owned(), |words| words.many.clone())
        }),
        trust: trust(site, kpi, names),
        has_absent: rows.iter().any(|r| r.absent.is_some()),
        has_better: direction(kpi.better, kpi.target).is_some(),
        has_maturing: buckets.iter().any(|b| b.maturing),
        has_state: rows.iter().any(|r| r.state.is_some()),
        slices: slices.collect(),
        words: kpi.definition.words.clone(),
        choices: kpi.definition.choices.clone(),
        place: place(kpi),
        yaml: kpi.definition.yaml.trim_end().to_owned(),
        sql: kpi.definition.sql.as_ref().map(|sql| sql.trim_end().to_owned()),
        datasets: site
            .datasets
            .iter()
            .filter(|d| kpi.definition.datasets.contains(&d.name))
            .map(|d| view(site, d, names))
            .collect(),
        history: kpi.history.clone(),
        csv: in_folder(&paths.csv),
        json: in_folder(&paths.json),
        parts_view: parts(kpi),
        quantiles: quantiles(kpi),
        movements: movements(kpi),
        cohorts: cohorts(kpi),
        survey: survey(kpi, &format),
        funnel: funnel(kpi),
        duration: duration(kpi, &card.label),
        rows,
        card,
    }
}

/// Links are inside the folder of the KPIs.
fn link(site: &Site, names: &Names, name: &str) -> Link {
    let label = site.kpis.iter().find(|k| k.name == name).and_then(|k| k.label.as_deref());
    Link { label: label_of(name, label), href: names.page(name) }
}

/// `specs/adoption.yaml:12`
fn place(kpi: &Kpi) -> Option<String> {
    let file = kpi.definition.place.as_ref()?;
    Some(kpi.definition.line.map_or_else(|| file.clone(), |line| format!("{file}:{line}")))
}

fn running(kpi: &Kpi, format: &Formatter) -> Vec<Running> {
    let buckets = &kpi.series.buckets;
    let first = latest_complete(buckets).map_or(0, |at| at + 1);
    let one = |i: usize| {
        Some(Running {
            bucket: buckets[i].label.clone(),
            state: state(&buckets[i])?,
            value: kpi.series.cells[i].number().ok().map(|v| format.sentence(v)),
            absent: kpi.series.cells[i].absent().map(Absent::words),
            reason: kpi.series.cells[i].number().err().map(str::to_owned),
        })
    };
    // The newest ones say enough; all are in the table.
    (first..buckets.len()).rev().take(4).filter_map(one).collect()
}

fn against_goal(kpi: &Kpi, format: &Formatter) -> Option<Bullet> {
    let axis = Axis::of(&kpi.display);
    let (buckets, cells) = (&kpi.series.buckets, &kpi.series.cells);
    let at = latest_complete(buckets)?;
    let before = previous_complete(buckets, at).and_then(|i| cells[i].number().ok());
    bullet(cells[at].number().ok()?, before, kpi.target?, format, axis)
}

fn chart(kpi: &Kpi, card: &Card, format: &Formatter) -> Option<ChartView> {
    let (buckets, cells) = (&kpi.series.buckets, &kpi.series.cells);
    let marks = marks(kpi.history.as_ref());
    let input = Input {
        buckets,
        cells,
        before: None,
        spread: spread(kpi),
        target: kpi.target,
        format,
        axis: Axis::of(&kpi.display),
        grain: kpi.series.grain,
        sample: kpi.sample.as_ref(),
        marks: &marks,
    };
    // Not "Active users in users".
    let label = card.label.to_lowercase();
    let measure = format.measure().filter(|m| !label.contains(&m.to_lowercase()));
    let unit = measure.map(|m| format!(" in {m}")).unwrap_or_default();
    let frames = vec![line(input, WIDE)?, line(input, NARROW)?];
    let has_marks = frames.iter().any(|frame| !frame.marks.is_empty());
    Some(ChartView {
        has_marks,
        from_zero: frames.iter().all(|f| f.value_ticks.iter().any(|t| t.zero)),
        title: format!("{}{unit}, by {}", card.label, kpi.series.grain.name()),
        desc: describe(kpi.series.grain, buckets, cells, format),
        frames,
        has_running: buckets.iter().zip(cells).any(|(b, c)| !b.is_complete() && c.number().is_ok()),
        has_gaps: cells.iter().any(|c| c.number().is_err()),
        goal: kpi.target.map(|t| format.goal(t)),
    })
}
