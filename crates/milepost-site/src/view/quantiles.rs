//! The figures of the shape `quantiles`: an area around the line, and ranges in tables.

use serde::Serialize;

use crate::chart::range::{Range, ranges};
use crate::page::{Cell, Kpi, Part, Shape, Slice};

/// What the page of a KPI says of its quantiles.
#[derive(Debug, Serialize)]
pub(crate) struct QuantilesView {
    pub lowest: String,
    pub highest: String,
}

/// The lowest and the highest part.
fn ends(kpi: &Kpi) -> Option<(&Part, &Part)> {
    match (kpi.shape, kpi.parts.as_slice()) {
        (Shape::Quantiles, [lowest, .., highest]) => Some((lowest, highest)),
        _ => None,
    }
}

pub(crate) fn quantiles(kpi: &Kpi) -> Option<QuantilesView> {
    let (lowest, highest) = ends(kpi)?;
    Some(QuantilesView { lowest: lowest.name.clone(), highest: highest.name.clone() })
}

/// The series between which an area is drawn.
pub(crate) fn spread(kpi: &Kpi) -> Option<(&[Cell], &[Cell])> {
    let (lowest, highest) = ends(kpi)?;
    Some((&lowest.cells, &highest.cells))
}

/// The ranges of the slices in a bucket, by row.
pub(crate) fn slice_ranges(kpi: &Kpi, slice: &Slice, at: Option<usize>) -> Vec<Option<Range>> {
    let middle = kpi.parts.iter().position(|part| part.is_headline);
    let (Some(at), Some(middle), Some(_)) = (at, middle, ends(kpi)) else { return Vec::new() };
    let rows = slice.rows.iter().map(|row| {
        let value = |part: usize| row.parts.get(part)?.get(at)?.number().ok();
        Some([value(0)?, value(middle)?, value(kpi.parts.len() - 1)?])
    });
    ranges(&rows.collect::<Vec<_>>())
}
