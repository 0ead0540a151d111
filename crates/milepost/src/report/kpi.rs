//! One KPI as its page shows it.

use milepost_plan::results::{
    Answer, Cell, Cells, Reason, Series, SeriesBucket, SliceRow, SliceValue,
};
use milepost_semantics::model::{
    Bound, Category, DimensionId, Display, Metric, MetricId, Model, Unavailable,
};
use milepost_semantics::time::{Calendar, Grain, show_date};
use milepost_semantics::trace::Lineage;
use milepost_site::page;
use milepost_site::value::shown;

use super::{Findings, definition, history, noun};

pub(super) fn page(
    findings: &Findings<'_>,
    lineage: &Lineage,
    id: MetricId,
    category: Category,
    all: &[Answer<'_>],
    made_of: Option<(MetricId, &[Answer<'_>])>,
) -> page::Kpi {
    let model = findings.model;
    let metric = &model[id];
    let whole = whole(all, metric.grain);
    let total = whole.and_then(Answer::headline);
    let first = total.map_or(0, first_shown);
    let calendar = &model.project.calendar;
    page::Kpi {
        name: metric.name.clone(),
        label: metric.meta.label.clone(),
        question: metric.question.clone(),
        description: metric.meta.description.clone(),
        category,
        stage: metric.stage.clone(),
        milestone: metric.milestone.clone(),
        indicator: metric.indicator,
        owner: metric.meta.owner.clone(),
        tags: metric.meta.tags.clone(),
        leads_to: metric.leads_to.iter().map(|other| model[*other].name.clone()).collect(),
        deprecated: metric.meta.deprecated.as_ref().map(|deprecated| page::Deprecated {
            since: deprecated.since.clone(),
            replacement: deprecated.replacement.clone(),
        }),
        display: display_page(&metric.headline().display),
        scale: noun::scale(metric),
        sample: noun::sample(model, metric.value()),
        better: metric.better,
        target: metric.target.as_ref().and_then(|target| target.bound),
        alike_in_slices: metric.value().is_alike_in_slices(),
        unavailable: total.and_then(unavailable),
        shape: metric.shape,
        parts: whole.map_or_else(Vec::new, |whole| parts(findings, metric, whole, first)),
        made_of: made_of.and_then(|(other, all)| {
            let other = &model[other];
            let parts = parts(findings, other, self::whole(all, metric.grain)?, first);
            let (name, label) = (other.name.clone(), other.meta.label.clone());
            Some(page::MadeOf { name, label, shape: other.shape, parts })
        }),
        series: total.map_or_else(
            || page::Series { grain: metric.grain, buckets: Vec::new(), cells: Vec::new() },
            |series| page::Series {
                grain: series.grain,
                buckets: buckets(calendar, &series.buckets[first..]),
                cells: series.rows.first().map_or_else(Vec::new, |row| cells(&row.cells, first)),
            },
        ),
        slices: all
            .iter()
            .filter(|answer| answer.parts.iter().all(|part| part.grain == metric.grain))
            .filter_map(|answer| slice(model, metric, answer, first))
            .collect(),
        definition: definition::page(findings, lineage, id),
        history: history::page(findings, &metric.name),
    }
}

/// The answer of the whole at a grain.
fn whole<'a, 's>(all: &'a [Answer<'s>], grain: Grain) -> Option<&'a Answer<'s>> {
    let is_whole = |answer: &&Answer<'_>| {
        answer.parts.iter().all(|part| part.by.is_empty() && part.grain == grain)
    };
    all.iter().find(is_whole)
}

/// A KPI that the project lacks something for: its definition, and what it needs. Helpers have no page.
pub(super) fn lacking(findings: &Findings<'_>, metric: &Unavailable) -> Option<page::Kpi> {
    let category = metric.category?;
    Some(page::Kpi {
        name: metric.name.clone(),
        label: metric.meta.label.clone(),
        question: metric.question.clone(),
        description: metric.meta.description.clone(),
        category,
        stage: metric.stage.clone(),
        milestone: metric.milestone.clone(),
        indicator: None,
        owner: metric.meta.owner.clone(),
        tags: metric.meta.tags.clone(),
        leads_to: metric.leads_to.clone(),
        deprecated: None,
        display: page::Display::Number(None),
        scale: page::Scale::default(),
        sample: None,
        better: None,
        target: None,
        alike_in_slices: false,
        unavailable: Some(metric.reason()),
        series: page::Series {
            grain: findings.model.project.grain,
            buckets: Vec::new(),
            cells: Vec::new(),
        },
        shape: page::Shape::Number,
        parts: Vec::new(),
        made_of: None,
        slices: Vec::new(),
        definition: definition::lacking(findings, metric),
        history: history::page(findings, &metric.name),
    })
}

/// Leading buckets in which the whole has no data say nothing: the page starts after them.
pub(super) fn first_shown(series: &Series) -> usize {
    let is_empty = |cell: &Cell| cell.value == Err(Reason::NoData);
    let mut cells = series.rows.iter().take(1).flat_map(|row| row.cells.iter());
    cells.position(|cell| !is_empty(&cell)).unwrap_or(0)
}

/// Why there is no figure at all, when that is so.
fn unavailable(series: &Series) -> Option<String> {
    let cells = &series.rows.first()?.cells;
    let missing = |cell: &Cell| match &cell.value {
        Err(Reason::Unavailable { dataset }) => Some(format!("needs dataset {dataset}")),
        _ => None,
    };
    let first = missing(&cells.first()?)?;
    cells.iter().all(|cell| missing(&cell).is_some()).then_some(first)
}

pub(crate) fn buckets(calendar: &Calendar, list: &[SeriesBucket]) -> Vec<page::Bucket> {
    list.iter()
        .map(|bucket| {
            let (start, end) = bucket.days(calendar);
            page::Bucket {
                label: bucket.bucket.label.clone(),
                start: show_date(start),
                end: show_date(end),
                partial: bucket.partial,
                maturing: bucket.maturing,
                immature: bucket.immature,
            }
        })
        .collect()
}

/// The cells from a bucket on.
pub(super) fn cells(all: &Cells, first: usize) -> Vec<page::Cell> {
    all.from(first).map(|found| cell(&found)).collect()
}

/// A number with its sample, or why there is none.
pub(crate) fn cell(found: &Cell) -> page::Cell {
    match &found.value {
        Ok(value) => page::Cell::Value {
            value: *value,
            n: found.sample,
            absent: page::Absent {
                numerator: found.absent.numerator,
                denominator: found.absent.denominator,
            },
        },
        Err(reason) => page::Cell::Reason(reason.to_string()),
    }
}

/// The parts of the whole, where there are several.
fn parts(
    findings: &Findings<'_>,
    metric: &Metric,
    whole: &Answer<'_>,
    first: usize,
) -> Vec<page::Part> {
    if metric.parts.len() == 1 {
        return Vec::new();
    }
    let calendar = &findings.model.project.calendar;
    let part = |series: &Series| page::Part {
        name: metric[series.part].name.clone(),
        is_headline: series.part == metric.headline,
        display: display_page(&metric[series.part].display),
        buckets: buckets(calendar, series.buckets.get(first..).unwrap_or_default()),
        cells: series.rows.first().map_or_else(Vec::new, |row| cells(&row.cells, first)),
    };
    whole.parts.iter().map(part).collect()
}

/// The metric by one dimension; nothing for the whole.
fn slice(model: &Model, metric: &Metric, answer: &Answer<'_>, first: usize) -> Option<page::Slice> {
    let headline = answer.headline()?;
    let [dimension] = headline.by.as_slice() else { return None };
    let rows = headline.rows.iter().map(|row| {
        let parts = slice_parts(metric, answer, &row.key, first);
        slice_row(metric, *dimension, row, parts, first)
    });
    Some(page::Slice {
        dimension: model[*dimension].name.clone(),
        label: model[*dimension].label.clone(),
        rows: rows.collect(),
    })
}

/// The cells of each part in one slice, where there are several parts. A part without that slice has no data in it.
fn slice_parts(
    metric: &Metric,
    answer: &Answer<'_>,
    key: &[SliceValue],
    first: usize,
) -> Vec<Vec<page::Cell>> {
    if metric.parts.len() == 1 {
        return Vec::new();
    }
    let part = |series: &Series| {
        let row = series.rows.iter().find(|row| row.key == key);
        let none = || page::Cell::Reason(Reason::NoData.to_string());
        let buckets = series.buckets.len() - first.min(series.buckets.len());
        row.map_or_else(|| vec![none(); buckets], |row| cells(&row.cells, first))
    };
    answer.parts.iter().map(part).collect()
}

fn slice_row(
    metric: &Metric,
    dimension: DimensionId,
    row: &SliceRow,
    parts: Vec<Vec<page::Cell>>,
    first: usize,
) -> page::SliceRow {
    let value = row.key.first();
    page::SliceRow {
        value: value.and_then(SliceValue::text).map(str::to_owned),
        parts,
        cells: cells(&row.cells, first),
        target: value.and_then(|value| slice_target(metric, dimension, value)),
    }
}

/// What each row of a series is called, by dimension.
#[must_use]
pub fn slice_names(series: &Series) -> Vec<Vec<String>> {
    let mut rows = vec![Vec::with_capacity(series.by.len()); series.rows.len()];
    for at in 0..series.by.len() {
        let values = series.rows.iter().map(|row| row.key.get(at).and_then(SliceValue::text));
        for (row, name) in rows.iter_mut().zip(shown(values)) {
            row.push(name);
        }
    }
    rows
}

/// The goal of a slice: its own, else that of the whole where a part can be held against it.
fn slice_target(metric: &Metric, dimension: DimensionId, value: &SliceValue) -> Option<Bound> {
    let target = metric.target.as_ref()?;
    let by = target.by.iter();
    let mut own = by.filter(|(of, text, _)| *of == dimension && value.answers_to(text));
    let whole = target.bound.filter(|_| metric.value().is_alike_in_slices());
    own.next().map(|(.., bound)| *bound).or(whole)
}

/// How a number is shown, in the terms of the site.
#[must_use]
pub fn display_page(display: &Display) -> page::Display {
    match display {
        Display::Percent => page::Display::Percent,
        Display::Currency(code) => page::Display::Currency(code.clone()),
        Display::Number(word) => page::Display::Number(word.as_deref().map(noun::words)),
        // Helpers alone are dates and instants, and they have no page.
        Display::Date | Display::Timestamp => page::Display::Number(None),
    }
}
