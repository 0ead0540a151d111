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

/// The parts that stand beside each other in tables, by position; none where the headline is not among them. Cohorts have a
/// table of their own, and of a survey the other parts stand beside its answers.
pub(crate) fn columns(kpi: &Kpi) -> impl Iterator<Item = usize> + use<> {
    let at = |name: &str| kpi.parts.iter().position(|part| part.name == name);
    let found: Vec<usize> = match kpi.shape {
        Shape::Number | Shape::Cohort => Vec::new(),
        Shape::Quantiles | Shape::Movements => (0..kpi.parts.len()).collect(),
        Shape::Survey => ["low", "score", "high"].into_iter().filter_map(at).collect(),
    };
    let has_headline = found.iter().any(|i| kpi.parts[*i].is_headline);
    found.into_iter().filter(move |_| has_headline)
}

pub(crate) fn parts(kpi: &Kpi) -> Option<PartsView> {
    columns(kpi).next()?;
    let headline = kpi.parts.iter().find(|part| part.is_headline)?;
    let heads = columns(kpi).map(|i| &kpi.parts[i]);
    let heads =
        heads.map(|part| PartHead { name: part_label(&part.name), unit: unit_word(&part.display) });
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

/// The figures of some parts in a bucket, by the position of each part.
pub(crate) fn in_bucket<'c>(
    parts: impl Iterator<Item = (usize, &'c [Cell])>,
    at: usize,
    formats: &[Formatter],
) -> Vec<TableCell> {
    parts.filter_map(|(i, cells)| Some(TableCell::new(cells.get(at)?, &formats[i]))).collect()
}
