//! The figures of a KPI with several parts: a column each in tables, each in its own unit.

use serde::Serialize;

use super::card::formatter_of;
use super::figures::TableCell;
use crate::format::Formatter;
use crate::page::{Cell, Display, Kpi, Shape};

/// What the heads of tables say of the parts.
#[derive(Debug, Serialize)]
pub(crate) struct PartsView {
    pub heads: Vec<PartHead>,
    /// The name of the headline.
    pub headline: String,
}

/// The head of a column.
#[derive(Debug, Serialize)]
pub(crate) struct PartHead {
    pub name: String,
    /// Where the figures don't have it themselves.
    pub unit: Option<String>,
}

pub(crate) fn parts(kpi: &Kpi) -> Option<PartsView> {
    // Cohorts have a figure of their own, and more parts than a table has room for.
    if kpi.shape == Shape::Cohort {
        return None;
    }
    let headline = kpi.parts.iter().find(|part| part.is_headline)?;
    let heads = kpi
        .parts
        .iter()
        .map(|part| PartHead { name: part_label(&part.name), unit: unit_word(&part.display) });
    Some(PartsView { heads: heads.collect(), headline: part_label(&headline.name) })
}

/// The name of a part for readers.
fn part_label(name: &str) -> String {
    name.replace('_', " ")
}

/// What is counted, for the head of a column; percent and money stand beside each figure.
pub(crate) fn unit_word(display: &Display) -> Option<String> {
    match display {
        Display::Number(unit) => unit.as_ref().map(|unit| unit.many.clone()),
        Display::Percent | Display::Currency(_) => None,
    }
}

/// How the figures of each part are written: those that are shown alike share their decimals.
pub(crate) fn formatters(kpi: &Kpi) -> Vec<Formatter> {
    kpi.parts.iter().map(|part| formatter_of(kpi, &part.display)).collect()
}

/// The figures of all parts in a bucket.
pub(crate) fn in_bucket<'c>(
    parts: impl Iterator<Item = &'c [Cell]>,
    at: usize,
    formats: &[Formatter],
) -> Vec<TableCell> {
    let cells = parts.zip(formats);
    cells.filter_map(|(cells, format)| Some(TableCell::new(cells.get(at)?, format))).collect()
}
