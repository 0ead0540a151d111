use serde::Serialize;

use super::card::{ChangeView, Figure, VerdictView, changed, changed_at, describe, figure, judged};
use super::parts::{columns, in_bucket};
use super::quantiles::slice_ranges;
use crate::chart::bar::{Bar, bars};
use crate::chart::mini::{Mini, Shared};
use crate::chart::range::Range;
use crate::chart::scale::{Axis, axis_span, extent};
use crate::format::{Formatter, count};
use crate::page::{Absent, Bucket, Cell, Kpi, Slice, SliceRow};
use crate::reading::{direction, latest_complete, slice_direction};
use crate::unsure::unsure;
use crate::value::shown;

/// More parts than this are in the table only.
const MOST_CHARTS: usize = 6;

/// One line of the table of all figures.
#[derive(Debug, Serialize)]
pub(crate) struct FigureRow {
    pub bucket: String,
    pub value: Option<String>,
    /// Of each part, where there are several.
    pub parts: Vec<TableCell>,
    pub reason: Option<String>,
    pub n: Option<String>,
    /// How many could not be evaluated.
    pub absent: Option<String>,
    pub state: Option<&'static str>,
    /// Against the complete bucket before, of complete buckets.
    pub change: ChangeView,
}

/// A KPI by one dimension.
#[derive(Debug, Serialize)]
pub(crate) struct SliceView {
    pub id: String,
    pub label: String,
    pub csv: String,
    pub charts: Vec<SliceChart>,
    /// How many values have no chart.
    pub others: usize,
    pub rows: Vec<SliceLine>,
    /// Whether any row has a sample.
    pub has_n: bool,
    pub has_target: bool,
    pub has_whole: bool,
    /// Names of the values, for the head of the table of all figures.
    pub names: Vec<String>,
    pub matrix: Vec<MatrixRow>,
}

#[derive(Debug, Serialize)]
pub(crate) struct SliceChart {
    pub id: String,
    pub name: String,
    pub unknown: bool,
    pub figure: Figure,
    pub change: ChangeView,
    pub chart: Mini,
    pub desc: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct SliceLine {
    pub name: String,
    pub unknown: bool,
    pub figure: Figure,
    pub change: ChangeView,
    pub verdict: VerdictView,
    pub bar: Option<Bar>,
    /// Of each part, where there are several.
    pub parts: Vec<TableCell>,
    /// From the lowest to the highest part.
    pub range: Option<Range>,
    pub n: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct MatrixRow {
    pub bucket: String,
    pub state: Option<&'static str>,
    pub cells: Vec<TableCell>,
}

/// A figure of a table, or why there is none.
#[derive(Debug, Serialize)]
pub(crate) struct TableCell {
    pub text: String,
    /// How many could not be evaluated.
    pub absent: Option<String>,
    pub is_reason: bool,
}

impl TableCell {
    pub(crate) fn new(cell: &Cell, format: &Formatter) -> Self {
        match cell.number() {
            Ok(value) => Self {
                text: format.full(value),
                absent: cell.absent().map(Absent::words),
                is_reason: false,
            },
            Err(reason) => Self { text: reason.to_owned(), absent: None, is_reason: true },
        }
    }
}

/// All figures of the whole, newest first.
pub(crate) fn rows(kpi: &Kpi, format: &Formatter) -> Vec<FigureRow> {
    let (better, unsure) = (direction(kpi.better, kpi.target), unsure(kpi, None));
    let columns = columns(kpi);
    let row = |(at, (bucket, cell)): (usize, (&Bucket, &Cell))| FigureRow {
        bucket: bucket.label.clone(),
        value: cell.number().ok().map(|v| format.full(v)),
        parts: in_bucket(&columns, at, |i| Some(kpi.parts[i].cells.as_slice())),
        reason: cell.number().err().map(str::to_owned),
        n: cell.sample().map(count),
        absent: cell.absent().map(Absent::short),
        state: state(bucket),
        change: {
            let at = Some(at).filter(|_| bucket.is_complete());
            changed_at(kpi, &kpi.series.cells, at, better, unsure, format)
        },
    };
    let figures = kpi.series.buckets.iter().zip(&kpi.series.cells).enumerate();
    figures.rev().map(row).collect()
}

pub(crate) const fn state(bucket: &Bucket) -> Option<&'static str> {
    match (bucket.partial, bucket.immature) {
        _ if bucket.maturing => Some("maturing"),
        (true, _) => Some("partial"),
        (false, true) => Some("not settled"),
        (false, false) => None,
    }
}

/// Charts and tables of one dimension.
pub(crate) fn slice(
    kpi: &Kpi,
    slice: &Slice,
    label: String,
    csv: String,
    id: &str,
    format: &Formatter,
) -> SliceView {
    let buckets = &kpi.series.buckets;
    let latest = latest_complete(buckets);
    let now = |cells: &[Cell]| latest.and_then(|at| cells.get(at)?.number().ok());
    let values: Vec<Option<f64>> = slice.rows.iter().map(|r| now(&r.cells)).collect();
    let drawn = bars(&values, now(&kpi.series.cells));
    let mut ranges = slice_ranges(kpi, slice, latest).into_iter();
    let names = shown(slice.rows.iter().map(|row| row.value.as_deref()));
    let columns = columns(kpi);
    let rows: Vec<SliceLine> = slice
        .rows
        .iter()
        .zip(&names)
        .zip(drawn.into_iter().chain(std::iter::repeat(None)))
        .map(|((row, name), bar)| SliceLine {
            name: name.clone(),
            unknown: row.value.is_none(),
            figure: figure(kpi, &row.cells, format),
            change: slice_change(kpi, row, format),
            verdict: judged(&row.cells, buckets, row.target, None, format),
            n: latest.and_then(|at| row.cells.get(at)?.sample()).map(count),
            parts: latest.map_or_else(Vec::new, |at| {
                in_bucket(&columns, at, |i| row.parts.get(i).map(Vec::as_slice))
            }),
            range: ranges.next().flatten(),
            bar,
        })
        .collect();
    let charted = charted(slice, latest);
    SliceView {
        id: id.to_owned(),
        label,
        csv,
        charts: charts(kpi, slice, &charted, &names, id, format),
        others: slice.rows.len() - charted.len(),
        has_n: rows.iter().any(|r| r.n.is_some()),
        has_target: rows.iter().any(|r| r.verdict.kind != "none"),
        has_whole: rows.iter().any(|r| r.bar.as_ref().is_some_and(|b| b.whole.is_some())),
        matrix: matrix(buckets, slice, format),
        names,
        rows,
    }
}

/// Which rows get a chart: those with figures; when there are too many, those that rest on most, else the first.
fn charted(slice: &Slice, latest: Option<usize>) -> Vec<usize> {
    let mut found: Vec<usize> = (0..slice.rows.len())
        .filter(|i| slice.rows[*i].cells.iter().any(|c| c.number().is_ok()))
        .collect();
    if found.len() > MOST_CHARTS {
        let sample =
            |i: &usize| latest.and_then(|at| slice.rows[*i].cells.get(at)?.sample()).unwrap_or(0);
        found.sort_by_key(|i| (std::cmp::Reverse(sample(i)), *i));
        found.truncate(MOST_CHARTS);
        found.sort_unstable();
    }
    found
}

fn charts(
    kpi: &Kpi,
    slice: &Slice,
    charted: &[usize],
    names: &[String],
    id: &str,
    format: &Formatter,
) -> Vec<SliceChart> {
    let figures = |cells: &[Cell]| extent(cells.iter().filter_map(|c| c.number().ok()));
    let parts = charted.iter().filter_map(|i| figures(&slice.rows[*i].cells));
    let Some(span) = extent(parts.flat_map(|(low, high)| [low, high])) else { return Vec::new() };
    // A total is far above its parts: then it would only squeeze them.
    let room = ((span.1 - span.0) * 0.25).max(span.1.abs() * 0.1);
    let whole = figures(&kpi.series.cells).filter(|w| w.1 <= span.1 + room && w.0 >= span.0 - room);
    let span = whole.map_or(span, |w| (span.0.min(w.0), span.1.max(w.1)));
    let shared = Shared {
        buckets: &kpi.series.buckets,
        span: axis_span(span, Axis::of(&kpi.display)),
        format,
        whole: whole.map(|_| kpi.series.cells.as_slice()),
    };
    let chart = |(n, i): (usize, &usize)| {
        let row = &slice.rows[*i];
        SliceChart {
            id: format!("{id}-{n}"),
            name: names[*i].clone(),
            unknown: row.value.is_none(),
            figure: figure(kpi, &row.cells, format),
            change: slice_change(kpi, row, format),
            chart: shared.draw(&row.cells),
            desc: describe(kpi.series.grain, &kpi.series.buckets, &row.cells, format),
        }
    };
    charted.iter().enumerate().map(chart).collect()
}

fn slice_change(kpi: &Kpi, row: &SliceRow, format: &Formatter) -> ChangeView {
    changed(kpi, &row.cells, slice_direction(kpi, row), unsure(kpi, Some(row)), format)
}

fn matrix(buckets: &[Bucket], slice: &Slice, format: &Formatter) -> Vec<MatrixRow> {
    let row = |(i, bucket): (usize, &Bucket)| MatrixRow {
        bucket: bucket.label.clone(),
        state: state(bucket),
        cells: slice
            .rows
            .iter()
            .filter_map(|row| Some(TableCell::new(row.cells.get(i)?, format)))
            .collect(),
    };
    buckets.iter().enumerate().rev().map(row).collect()
}
