//! The figures of a KPI with several parts: a column each in tables, each in its own unit.

use serde::Serialize;

use super::card::formatter_of;
use super::figures::TableCell;
use crate::format::Formatter;
use crate::page::{Cell, Display, Kpi, Part, Shape};

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

/// The positions of the parts that stand beside each other in tables; none where the headline is not among them. Cohorts have
/// a table of their own, and of a survey the other parts stand beside its answers.
pub(crate) fn shown(kpi: &Kpi) -> Vec<usize> {
    let at = |name: &str| kpi.parts.iter().position(|part| part.name == name);
    let found: Vec<usize> = match kpi.shape {
        Shape::Number | Shape::Cohort | Shape::Funnel | Shape::Duration => Vec::new(),
        Shape::Quantiles | Shape::Movements => (0..kpi.parts.len()).collect(),
        Shape::Survey => ["low", "score", "high"].into_iter().filter_map(at).collect(),
    };
    let has_headline = found.iter().any(|i| kpi.parts[*i].is_headline);
    if has_headline { found } else { Vec::new() }
}

/// The same with how the figures of each are written: those that are shown alike share their decimals.
pub(crate) fn columns(kpi: &Kpi) -> Vec<(usize, Formatter)> {
    let column = |i: usize| (i, formatter_of(kpi, &kpi.parts[i].display));
    shown(kpi).into_iter().map(column).collect()
}

pub(crate) fn parts(kpi: &Kpi) -> Option<PartsView> {
    let shown = shown(kpi);
    let headline = shown.iter().map(|i| &kpi.parts[*i]).find(|part| part.is_headline)?;
    let head =
        |part: &Part| PartHead { name: part_label(&part.name), unit: unit_word(&part.display) };
    let heads = shown.iter().map(|i| head(&kpi.parts[*i])).collect();
    Some(PartsView { heads, headline: part_label(&headline.name) })
}

/// The name of a part for readers.
pub(crate) fn part_label(name: &str) -> String {
    name.replace('_', " ")
}

/// What is counted, for the head of a column; percent and money stand beside each figure.
pub(crate) fn unit_word(display: &Display) -> Option<String> {
    match display {
        Display::Number(unit) => unit.as_ref().map(|unit| unit.many.clone()),
        Display::Percent | Display::Currency(_) => None,
    }
}

/// The figures of the columns in a bucket. `cells`: those of the part at a position.
pub(crate) fn in_bucket<'c>(
    columns: &[(usize, Formatter)],
    at: usize,
    cells: impl Fn(usize) -> Option<&'c [Cell]>,
) -> Vec<TableCell> {
    let column =
        |(i, format): &(usize, Formatter)| Some(TableCell::new(cells(*i)?.get(at)?, format));
    columns.iter().filter_map(column).collect()
}

/// A part, and how its figures are written.
pub(crate) struct Written<'k> {
    pub part: &'k Part,
    pub format: Formatter,
}

impl<'k> Written<'k> {
    pub(crate) fn new(part: &'k Part) -> Self {
        Self { part, format: Formatter::new(&part.display, part.numbers()) }
    }

    /// Its figure in a bucket, or why there is none.
    pub(crate) fn cell(&self, at: usize) -> Option<TableCell> {
        Some(TableCell::new(self.part.cells.get(at)?, &self.format))
    }

    pub(crate) fn number(&self, at: usize) -> Option<f64> {
        self.part.cells.get(at)?.number().ok()
    }
}
