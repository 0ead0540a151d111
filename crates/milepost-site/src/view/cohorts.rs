//! The figures of the shape `cohort`: a table with a line for each cohort and a column for each step, colored by the share.

use serde::Serialize;

use crate::chart::line::range;
use crate::cohorts::{Cohorts, Share};
use crate::format::{Formatter, count, whole};
use crate::page::{Display, Kpi, Part};

/// How many colors there are.
const COLORS: f64 = 7.0;

/// What the page of a KPI shows of its cohorts.
#[derive(Debug, Serialize)]
pub(crate) struct CohortsView {
    /// For the heads of tables.
    steps: Vec<usize>,
    /// The step of the headline, if it is a share.
    headline: Option<usize>,
    rows: Vec<CohortRow>,
    /// The buckets in which nobody began.
    nobody: Vec<String>,
    averages: Vec<HeatCell>,
    /// What the darkest color stands for.
    most: String,
    has_open: bool,
    /// What the returns add up to.
    sums: Vec<SumRow>,
    sums_unit: Option<String>,
}

#[derive(Debug, Serialize)]
struct CohortRow {
    bucket: String,
    size: String,
    /// The cohort itself is not over.
    is_running: bool,
    cells: Vec<HeatCell>,
}

#[derive(Debug, Serialize)]
struct SumRow {
    bucket: String,
    cells: Vec<HeatCell>,
}

#[derive(Debug, Serialize)]
struct HeatCell {
    text: String,
    /// From 1 to 7; absent where there is no number.
    color: Option<u8>,
    kind: Kind,
    /// What it rests on.
    title: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Over,
    /// There is no number yet, or one that may still change.
    Open,
    /// There is none for another reason.
    Reason,
}

pub(crate) fn cohorts(kpi: &Kpi) -> Option<CohortsView> {
    let found = Cohorts::of(kpi)?;
    // The first step is often all of them, and would leave one color for the others.
    let later = found.shares.iter().filter(|share| share.number > 0);
    let most = later.flat_map(|share| share.part.numbers()).fold(0.0, f64::max);
    let format = Formatter::new(
        &Display::Percent,
        found.shares.iter().flat_map(|share| share.part.numbers()),
    );
    let cells = |at: usize| {
        let cell = |share: &Share<'_>| heat(share.part, at, most, &format);
        found.shares.iter().map(cell).collect::<Vec<_>>()
    };
    let buckets = &found.size.buckets;
    let row = |at: usize| CohortRow {
        bucket: buckets[at].label.clone(),
        size: found.size.cells[at].number().map_or_else(str::to_owned, whole),
        is_running: !buckets[at].is_complete(),
        cells: cells(at),
    };
    let began = |at: &usize| found.size.cells[*at].number() != Ok(0.0);
    let (shown, nobody): (Vec<usize>, Vec<usize>) = (0..buckets.len()).partition(began);
    let rows: Vec<CohortRow> = shown.iter().map(|at| row(*at)).collect();
    let nobody = nobody.chunk_by(|a, b| a + 1 == *b);
    let nobody = nobody.map(|run| range(buckets, run[0], run[run.len() - 1])).collect();
    let averages = found.shares.iter().map(|share| average(share, most, &format)).collect();
    let headline = found.shares.iter().find(|share| share.part.is_headline);
    let (sums, sums_unit) = sums(&found, &shown);
    Some(CohortsView {
        steps: found.shares.iter().map(|share| share.number).collect(),
        headline: headline.map(|share| share.number),
        has_open: rows.iter().flat_map(|row| &row.cells).any(|cell| cell.kind == Kind::Open),
        averages,
        most: format.full(most),
        rows,
        nobody,
        sums,
        sums_unit,
    })
}

fn heat(part: &Part, at: usize, most: f64, format: &Formatter) -> HeatCell {
    let Some(cell) = part.cells.get(at) else { return nothing("") };
    let is_over = part.buckets.get(at).is_some_and(|bucket| bucket.is_complete());
    match cell.number() {
        Ok(value) => HeatCell {
            text: format.full(value),
            color: color(value, most),
            kind: if is_over { Kind::Over } else { Kind::Open },
            title: cell.sample().map_or_else(String::new, |n| format!("of {}", count(n))),
        },
        Err(_) if !is_over => nothing("not over"),
        Err(reason) => HeatCell { kind: Kind::Reason, ..nothing(reason) },
    }
}

fn nothing(title: &str) -> HeatCell {
    HeatCell { text: String::new(), color: None, kind: Kind::Open, title: title.to_owned() }
}

fn average(share: &Share<'_>, most: f64, format: &Formatter) -> HeatCell {
    let Some(average) = share.average() else { return nothing("no cohort is old enough") };
    let s = if average.cohorts == 1 { "" } else { "s" };
    HeatCell {
        text: format.full(average.value()),
        color: color(average.value(), most),
        kind: Kind::Over,
        title: format!("of {} in {} cohort{s}", count(average.size), average.cohorts),
    }
}

/// The color of a share; none where all shares are zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 1 to the number of colors"
)]
fn color(value: f64, most: f64) -> Option<u8> {
    (most > 0.0).then(|| (value / most * COLORS).ceil().clamp(1.0, COLORS) as u8)
}

/// What the returns add up to, and in which unit.
fn sums(found: &Cohorts<'_>, shown: &[usize]) -> (Vec<SumRow>, Option<String>) {
    let Some(first) = found.sums.first() else { return (Vec::new(), None) };
    let format = Formatter::new(&first.display, found.sums.iter().flat_map(|part| part.numbers()));
    let cell = |part: &&Part, at: usize| HeatCell { color: None, ..heat(part, at, 0.0, &format) };
    let row = |at: &usize| SumRow {
        bucket: found.size.buckets[*at].label.clone(),
        cells: found.sums.iter().map(|part| cell(part, *at)).collect(),
    };
    let rows = shown.iter().map(row).collect();
    (rows, format.measure().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::color;

    #[test]
    fn the_largest_share_has_the_last_color() {
        let colors = [0.0, 0.01, 0.1, 0.2, 1.0].map(|share| color(share, 0.2));
        assert_eq!(colors, [Some(1), Some(1), Some(4), Some(7), Some(7)]);
        assert_eq!(color(0.0, 0.0), None);
    }
}
