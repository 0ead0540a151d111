//! Results become the plain page data that the site shows. Nothing is computed here: headlines, changes and verdicts
//! are the site's, numbers are the engine's.

mod cell;
mod dataset;
mod definition;
mod history;
mod journey;
mod kpi;
mod list;
mod noun;
mod score;
mod segment;
mod story;

pub use cell::cell_text;
pub use dataset::kind;
pub use definition::yaml;
pub(crate) use kpi::{buckets, cell};
pub use kpi::{display_page, slice_names};
pub use list::{list_page, lists};
pub(crate) use noun::words as unit_words;
pub use score::score_of;
pub use segment::{standings, transition};
pub use story::{Chapter, Story, rows_of, story};

use std::collections::BTreeMap;

use milepost_engine::{CheckOutcome, DatasetStatus, ListMembers, Remark};
use milepost_plan::request::Request;
use milepost_plan::results::{Answer, Series, answers};
use milepost_semantics::model::{Category, MetricId, Model, Shape};
use milepost_semantics::time::AsOf;
use milepost_semantics::trace::lineage;
use milepost_site::page;
use milepost_syntax::source::SourceMap;

use crate::review::Histories;
use crate::segments::History;

/// Who wrote the site, for the foot of its pages.
pub(crate) const GENERATOR: &str = concat!("milepost ", env!("CARGO_PKG_VERSION"));

/// The metrics that have a page, in the order of the specs. The others are helpers.
pub fn kpis(model: &Model) -> impl Iterator<Item = (MetricId, Category)> {
    model.metrics.iter().enumerate().filter_map(|(i, metric)| Some((MetricId(i), metric.category?)))
}

/// Everything a site needs: for every KPI its total and one answer for each of its slices, part by part; for every journey how
/// many are where.
#[must_use]
pub fn requests(model: &Model) -> Vec<Request> {
    let mut list = Vec::new();
    for (metric, _) in kpis(model) {
        list.extend(Request::total(model, metric).parts(model));
        let slices = model[metric].slices.iter();
        list.extend(slices.flat_map(|slice| Request::sliced(model, metric, *slice).parts(model)));
        if let Some(other) = made_of(model, metric) {
            let grain = model[metric].grain;
            list.extend(Request { grain, ..Request::total(model, other) }.parts(model));
        }
    }
    list.extend(journey::requests(model));
    list.extend(score::requests(model));
    list
}

/// The metric of movements that a KPI with one number is made of: its page shows the figure of that one too.
fn made_of(model: &Model, metric: MetricId) -> Option<MetricId> {
    let metric = &model[metric];
    let other = metric.value().only_metric().filter(|_| metric.parts.len() == 1)?;
    (model[other].shape == Shape::Movements).then_some(other)
}

/// What was computed, and from what.
#[derive(Debug)]
pub struct Findings<'a> {
    pub model: &'a Model,
    pub sources: &'a SourceMap,
    pub as_of: AsOf,
    pub datasets: &'a [DatasetStatus],
    pub checks: &'a [CheckOutcome],
    pub remarks: &'a [Remark],
    /// The answers to [`requests`], in the same order.
    pub series: &'a [Series],
    /// Who stands on each of the [`lists`], in the same order.
    pub lists: &'a [ListMembers],
    /// The same at the end of the day before, in the same order; empty where they are compared with nothing.
    pub lists_before: &'a [ListMembers],
    /// The histories of all segments.
    pub segments: &'a [History],
    /// What commits changed of the definitions; absent where nobody asked.
    pub histories: Option<&'a Histories>,
}

/// The whole site as plain data.
#[must_use]
pub fn pages(findings: &Findings<'_>) -> page::Site {
    let model = findings.model;
    let mut by_metric: BTreeMap<MetricId, Vec<Answer<'_>>> = BTreeMap::new();
    for answer in answers(model, findings.series) {
        by_metric.entry(answer.metric).or_default().push(answer);
    }
    let empty = Vec::new();
    let of = |id| by_metric.get(&id).unwrap_or(&empty).as_slice();
    let lineage = lineage(model);
    page::Site {
        project: page::Project {
            name: model.project.name.clone(),
            label: model.project.label.clone(),
            description: model.project.description.clone(),
            time_zone: model.project.calendar.time_zone.clone(),
        },
        as_of: as_of_words(model, findings.as_of),
        stages: Vec::new(),
        kpis: kpis(model)
            .map(|(id, category)| {
                let other = made_of(model, id).map(|other| (other, of(other)));
                kpi::page(findings, &lineage, id, category, of(id), other)
            })
            .chain(model.unavailable.iter().filter_map(|metric| kpi::lacking(findings, metric)))
            .collect(),
        datasets: dataset::pages(findings),
        lists: findings
            .lists
            .iter()
            .enumerate()
            .filter(|(_, found)| score_of(model, found.metric).is_none())
            .filter_map(|(at, found)| {
                list_page(model, findings.sources, found, findings.lists_before.get(at))
            })
            .collect(),
        journeys: model
            .journeys
            .iter()
            .map(|journey| {
                // How soon customers get on is an effect of what is done for them.
                let time = |id| kpi::page(findings, &lineage, id, Category::Effect, of(id), None);
                journey::journey_page(findings, journey, time)
            })
            .collect(),
        segments: findings
            .segments
            .iter()
            .map(|history| segment::segment_page(model, findings.sources, history))
            .collect(),
        scores: findings
            .lists
            .iter()
            .filter_map(|found| {
                let score = score_of(model, found.metric)?;
                score::page(findings, score, found, of(found.metric))
            })
            .collect(),
        notices: Vec::new(),
        generator: GENERATOR.to_owned(),
        made_from: findings.histories.map(history::made_from),
    }
}

/// An as-of for people: `2026-03-31`, or `2026-03-31 12:00` when it is not the end of a day.
#[must_use]
pub fn as_of_words(model: &Model, as_of: AsOf) -> String {
    let text = model.project.calendar.show_as_of(as_of);
    match text.split_once('T') {
        Some((day, clock)) => format!("{day} {}", clock.get(..5).unwrap_or(clock)),
        None => text,
    }
}
