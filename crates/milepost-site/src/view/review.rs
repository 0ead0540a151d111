use serde::Serialize;

use super::card::describe;
use super::kpi::ChartView;
use crate::chart::line::{Input, NARROW, WIDE, line};
use crate::chart::scale::Axis;
use crate::format::Formatter;
use crate::page::{Cell, Review, ReviewDefinition, ReviewSeries};

#[derive(Debug, Serialize)]
pub(crate) struct ReviewView<'a> {
    #[serde(flatten)]
    review: &'a Review,
    /// What is drawn of each definition, level by level.
    figures: Vec<Vec<Option<Drawn>>>,
    /// Any of them is drawn.
    has_charts: bool,
}

/// Both versions of a metric in one chart, and the same in numbers.
#[derive(Debug, Serialize)]
struct Drawn {
    id: String,
    grain: &'static str,
    chart: Option<ChartView>,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    bucket: String,
    before: Shown,
    after: Shown,
    differs: bool,
}

#[derive(Debug, PartialEq, Serialize)]
struct Shown {
    text: String,
    is_reason: bool,
}

pub(crate) fn review(review: &Review) -> ReviewView<'_> {
    let mut count = 0;
    let mut of = |definition: &ReviewDefinition| {
        count += 1;
        let series = definition.series.as_ref()?;
        Some(drawn(series, &definition.name, format!("chart-{count}")))
    };
    let levels = review.levels.iter();
    let figures: Vec<Vec<Option<Drawn>>> =
        levels.map(|level| level.definitions.iter().map(&mut of).collect()).collect();
    let has_charts = figures.iter().flatten().flatten().any(|drawn| drawn.chart.is_some());
    ReviewView { review, figures, has_charts }
}

fn drawn(series: &ReviewSeries, name: &str, id: String) -> Drawn {
    let numbers = series.before.iter().chain(&series.after).filter_map(|cell| cell.number().ok());
    let format = Formatter::new(&series.display, numbers);
    let shown = |cell: &Cell| match cell.number() {
        Ok(value) => Shown { text: format.sentence(value), is_reason: false },
        Err(reason) => Shown { text: reason.to_owned(), is_reason: true },
    };
    let cells = series.before.iter().zip(&series.after);
    let rows = series.buckets.iter().zip(cells).map(|(bucket, (before, after))| Row {
        bucket: bucket.label.clone(),
        before: shown(before),
        after: shown(after),
        differs: before.number() != after.number(),
    });
    Drawn {
        id,
        grain: series.grain.name(),
        rows: rows.collect(),
        chart: chart(series, name, &format),
    }
}

fn chart(series: &ReviewSeries, name: &str, format: &Formatter) -> Option<ChartView> {
    let ReviewSeries { grain, display, buckets, before, after } = series;
    let input = Input {
        buckets,
        cells: after,
        before: Some(before),
        spread: None,
        target: None,
        format,
        axis: Axis::of(display),
        grain: *grain,
        sample: None,
        marks: &[],
    };
    let frames = vec![line(input, WIDE)?, line(input, NARROW)?];
    let told = |cells: &[Cell]| describe(*grain, buckets, cells, format);
    Some(ChartView {
        from_zero: frames.iter().all(|f| f.value_ticks.iter().any(|t| t.zero)),
        title: format!("{name} by both versions, by {}", grain.name()),
        desc: format!("Before: {} After: {}", told(before), told(after)),
        frames,
        has_running: false,
        has_gaps: after.iter().any(|c| c.number().is_err()),
        has_marks: false,
        goal: None,
    })
}
