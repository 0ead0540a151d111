//! Figures that stand in a row, from the lowest to the highest: an area around the line, and columns and ranges in tables.
//!
//! Of the shape `quantiles` these are its parts, of the shape `survey` a score and the ends of its interval.

use serde::Serialize;

use super::parts::shown;
use crate::chart::range::{Range, ranges};
use crate::page::{Cell, Kpi, Shape, Slice};

/// What the page of a KPI says of its quantiles.
#[derive(Debug, Serialize)]
pub(crate) struct QuantilesView {
    /// `p25 to p75`, `95% interval`
    pub area: String,
}

/// The lowest and the highest part.
fn ends(kpi: &Kpi) -> Option<(usize, usize)> {
    if !matches!(kpi.shape, Shape::Quantiles | Shape::Survey) {
        return None;
    }
    let shown = shown(kpi);
    let (first, last) = (*shown.first()?, *shown.last()?);
    (first != last).then_some((first, last))
}

pub(crate) fn quantiles(kpi: &Kpi) -> Option<QuantilesView> {
    let (lowest, highest) = ends(kpi)?;
    Some(QuantilesView {
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
