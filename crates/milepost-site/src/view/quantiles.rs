//! Figures that stand in a row, from the lowest to the highest: an area around the line, and columns and ranges in tables.
//!
//! Of the shape `quantiles` these are its parts, of the shape `survey` a score and the ends of its interval.

use serde::Serialize;

use super::figures::TableCell;
use crate::chart::range::{Range, ranges};
use crate::format::Formatter;
use crate::page::{Cell, Kpi, Shape, Slice};

/// What the page of a KPI says of its quantiles.
#[derive(Debug, Serialize)]
pub(crate) struct QuantilesView {
    /// For the heads of tables.
    pub names: Vec<String>,
    pub headline: String,
    /// `p25 to p75`, `95% interval`
    pub area: String,
}

/// The parts that stand in a row, by position; none where the headline is not among them.
pub(crate) fn columns(kpi: &Kpi) -> impl Iterator<Item = usize> + use<> {
    let at = |name: &str| kpi.parts.iter().position(|part| part.name == name);
    let found: Vec<usize> = match kpi.shape {
        Shape::Number => Vec::new(),
        Shape::Quantiles => (0..kpi.parts.len()).collect(),
        Shape::Survey => ["low", "score", "high"].into_iter().filter_map(at).collect(),
    };
    let has_headline = found.iter().any(|i| kpi.parts[*i].is_headline);
    found.into_iter().filter(move |_| has_headline)
}

/// The lowest and the highest part.
fn ends(kpi: &Kpi) -> Option<(usize, usize)> {
    let (first, last) = (columns(kpi).next()?, columns(kpi).last()?);
    (first != last).then_some((first, last))
}

pub(crate) fn quantiles(kpi: &Kpi) -> Option<QuantilesView> {
    let (lowest, highest) = ends(kpi)?;
    Some(QuantilesView {
        names: columns(kpi).map(|i| kpi.parts[i].name.clone()).collect(),
        headline: kpi.parts.iter().find(|part| part.is_headline)?.name.clone(),
        area: match kpi.shape {
            Shape::Survey => "95% interval".to_owned(),
            _ => format!("{} to {}", kpi.parts[lowest].name, kpi.parts[highest].name),
        },
    })
}

/// The series between which an area is drawn.
pub(crate) fn spread(kpi: &Kpi) -> Option<(&[Cell], &[Cell])> {
    let (lowest, highest) = ends(kpi)?;
    Some((&kpi.parts[lowest].cells, &kpi.parts[highest].cells))
}

/// The figures of all parts in a bucket.
pub(crate) fn in_bucket<'c>(
    parts: impl Iterator<Item = &'c [Cell]>,
    at: usize,
    format: &Formatter,
) -> Vec<TableCell> {
    parts.filter_map(|cells| cells.get(at)).map(|cell| TableCell::new(cell, format)).collect()
}

/// The ranges of the slices in a bucket, by row.
pub(crate) fn slice_ranges(kpi: &Kpi, slice: &Slice, at: Option<usize>) -> Vec<Option<Range>> {
    let middle = kpi.parts.iter().position(|part| part.is_headline);
    let (Some(at), Some(middle), Some((lowest, highest))) = (at, middle, ends(kpi)) else {
        return Vec::new();
    };
    let rows = slice.rows.iter().map(|row| {
        let value = |part: usize| row.parts.get(part)?.get(at)?.number().ok();
        Some([value(lowest)?, value(middle)?, value(highest)?])
    });
    ranges(&rows.collect::<Vec<_>>())
}
