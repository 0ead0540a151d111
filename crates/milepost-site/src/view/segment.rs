//! The pages of segments: all of them, and each with its sizes over time and who moved.

use serde::Serialize;

use super::card::describe;
use super::figures::{MatrixRow, TableCell, state};
use super::names::SegmentPaths;
use super::{Names, Shell, label_of};
use crate::chart::mini::{Mini, Shared};
use crate::chart::scale::{Axis, axis_span, extent};
use crate::format::{Formatter, as_count, count, difference, whole};
use crate::page::{Cell, Display, GONE, Group, Moved, NEW, Segment, Site, Transition};

/// More groups than this are in the table only.
const MOST_CHARTS: usize = 6;

#[derive(Debug, Serialize)]
pub(crate) struct SegmentsView {
    shell: Shell,
    segments: Vec<Summary>,
}

/// A segment in a line.
#[derive(Debug, Serialize)]
struct Summary {
    label: String,
    href: String,
    /// What it means, in a sentence.
    words: Option<String>,
    /// How many members it has now: `12 of 98 accounts`, or each group; or why that can't be told.
    now: Vec<Size>,
    reason: Option<String>,
    /// What changed in the last period that is over.
    change: Option<ChangeView>,
}

/// The number of those in a group.
#[derive(Debug, Serialize)]
struct Size {
    number: String,
    name: String,
    is_unknown: bool,
}

#[derive(Debug, Serialize)]
struct ChangeView {
    /// `2026-01`
    period: String,
    /// `+3`; absent where groups move both ways.
    sum: Option<String>,
    /// `5 entered, 2 left`, or why that can't be told.
    words: String,
    is_reason: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct SegmentView {
    shell: Shell,
    name: String,
    description: Option<String>,
    owner: Option<String>,
    #[serde(flatten)]
    summary: Summary,
    /// Whom it divides.
    of: String,
    grain: &'static str,
    charts_of: Vec<SizeChart>,
    /// How many groups have no chart.
    others: usize,
    heads: Vec<Head>,
    sizes: Vec<MatrixRow>,
    moves: Option<MovesView>,
    moved: Vec<Moved>,
    /// How many of those who moved are not among them.
    moved_others: Option<String>,
    csv: String,
    moves_csv: Option<String>,
    definition: Vec<String>,
    yaml: String,
}

#[derive(Debug, Serialize)]
struct Head {
    name: String,
    is_unknown: bool,
}

#[derive(Debug, Serialize)]
struct SizeChart {
    id: String,
    name: String,
    is_unknown: bool,
    latest: String,
    chart: Mini,
    desc: String,
}

/// Who moved between two days.
#[derive(Debug, Serialize)]
struct MovesView {
    since: String,
    until: String,
    groups: Vec<GroupMoves>,
    /// To where, for the head of the table.
    to: Vec<Head>,
    from: Vec<FromRow>,
    /// All that are somewhere at the second day.
    totals: Vec<String>,
}

#[derive(Debug, Serialize)]
struct GroupMoves {
    name: String,
    is_unknown: bool,
    before: String,
    entered: String,
    left: String,
    after: String,
    change: String,
}

#[derive(Debug, Serialize)]
struct FromRow {
    name: String,
    is_unknown: bool,
    cells: Vec<MovedCell>,
    total: String,
}

#[derive(Debug, Serialize)]
struct MovedCell {
    text: String,
    /// They are where they were.
    stayed: bool,
    is_zero: bool,
}

pub(crate) fn segments(site: &Site, names: &Names) -> SegmentsView {
    let summaries = site.segments.iter().map(|s| summary(s, names.segment(&s.name)));
    SegmentsView { shell: Shell::new(site, "", "segments"), segments: summaries.collect() }
}

pub(crate) fn segment(site: &Site, segment: &Segment, names: &Names) -> SegmentView {
    let paths = names.segment(&segment.name);
    let inside = |path: &str| format!("../{path}");
    let head = |group: &Group| Head { name: group.name.clone(), is_unknown: group.is_unknown };
    let charts = charts(segment);
    let moves = moves(segment);
    SegmentView {
        shell: Shell::new(site, "../", "segments"),
        name: segment.name.clone(),
        description: segment.description.clone(),
        owner: segment.owner.clone(),
        summary: summary(segment, paths),
        of: segment.of.many.clone(),
        grain: segment.grain.name(),
        // Who does not belong is no group of its own to look at.
        others: match segment.inside {
            Some(_) => 0,
            None => segment.groups.len() - charts.len(),
        },
        charts_of: charts,
        heads: segment.groups.iter().map(head).collect(),
        sizes: sizes(segment),
        csv: inside(&paths.csv),
        moves_csv: moves.as_ref().map(|_| inside(&paths.moves)),
        moved_others: others(segment),
        moved: segment.moved.clone(),
        moves,
        definition: segment.words.clone(),
        yaml: segment.yaml.clone(),
    }
}

/// `and 12 more`
fn others(segment: &Segment) -> Option<String> {
    let (_, moves) = segment.period.as_ref()?;
    let moves = moves.as_ref().ok()?;
    let all = moves.moved() + moves.begun() + moves.ended();
    let others = all.checked_sub(segment.moved.len() as u64)?;
    (others > 0).then(|| format!("The first {} of {} are shown.", segment.moved.len(), count(all)))
}

fn summary(segment: &Segment, paths: &SegmentPaths) -> Summary {
    let reason = match (&segment.unavailable, segment.total.last().map(Cell::number)) {
        (Some(reason), _) => Some(reason.clone()),
        (None, Some(Ok(_))) => None,
        (None, Some(Err(reason))) => Some(reason.to_owned()),
        (None, None) => Some("no data".to_owned()),
    };
    let change = segment.period.as_ref().filter(|_| segment.unavailable.is_none());
    Summary {
        label: label_of(&segment.name, segment.label.as_deref()),
        href: paths.page.clone(),
        words: segment.words.first().cloned(),
        now: if reason.is_none() { now(segment) } else { Vec::new() },
        reason,
        change: change.map(|(period, moves)| changed(segment, period, moves.as_ref())),
    }
}

/// The sizes at the end of the data: of those who belong, or of each group that has anybody.
fn now(segment: &Segment) -> Vec<Size> {
    let last = |cells: &[Cell]| cells.last().and_then(|cell| cell.number().ok()).unwrap_or(0.0);
    if let Some(inside) = segment.inside {
        let all = as_count(last(&segment.total));
        let name = format!("of {}", segment.of.counted(all));
        let number = whole(last(&segment.groups[inside].cells));
        return vec![Size { number, name, is_unknown: false }];
    }
    let sizes = segment.groups.iter().map(|group| (group, as_count(last(&group.cells))));
    let sizes = sizes.filter(|(group, number)| *number > 0 || !group.is_unknown);
    let size = |(group, number): (&Group, u64)| Size {
        number: count(number),
        name: group.name.clone(),
        is_unknown: group.is_unknown,
    };
    sizes.map(size).collect()
}

fn changed(segment: &Segment, period: &str, moves: Result<&Transition, &String>) -> ChangeView {
    let period = period.to_owned();
    let moves = match moves {
        Ok(moves) => moves,
        Err(reason) => {
            return ChangeView { period, sum: None, words: reason.clone(), is_reason: true };
        }
    };
    if let Some(inside) = segment.inside {
        let (entered, left) = (moves.entered(inside), moves.left(inside));
        let words = format!("{} entered, {} left", count(entered), count(left));
        return ChangeView {
            period,
            sum: Some(difference(entered, left)),
            words,
            is_reason: false,
        };
    }
    let (moved, begun, ended) = (count(moves.moved()), count(moves.begun()), count(moves.ended()));
    let words = format!("{moved} moved between groups, {begun} new, {ended} gone");
    ChangeView { period, sum: None, words, is_reason: false }
}

fn formatter(segment: &Segment) -> Formatter {
    let cells = segment.groups.iter().flat_map(|group| &group.cells);
    Formatter::new(&Display::Number(None), cells.filter_map(|cell| cell.number().ok()))
}

/// The groups side by side on one scale: those who belong alone, where it is about belonging.
fn charts(segment: &Segment) -> Vec<SizeChart> {
    let format = formatter(segment);
    let is_drawn = |at: usize| segment.inside.is_none_or(|inside| inside == at);
    let groups = segment.groups.iter().enumerate().filter(|(at, _)| is_drawn(*at));
    let groups: Vec<(usize, &Group)> = groups.take(MOST_CHARTS).collect();
    let numbers = groups.iter().flat_map(|(_, group)| &group.cells);
    let Some((_, highest)) = extent(numbers.filter_map(|cell| cell.number().ok())) else {
        return Vec::new();
    };
    let span = axis_span((0.0, highest), Axis::Number);
    let shared = Shared { buckets: &segment.buckets, span, format: &format, whole: None };
    let chart = |(at, group): (usize, &Group)| SizeChart {
        id: format!("size-{}", at + 1),
        name: match segment.inside {
            Some(_) => label_of(&segment.name, segment.label.as_deref()),
            None => group.name.clone(),
        },
        is_unknown: group.is_unknown,
        latest: group
            .cells
            .last()
            .map_or_else(String::new, |cell| TableCell::new(cell, &format).text),
        chart: shared.draw(&group.cells),
        desc: describe(segment.grain, &segment.buckets, &group.cells, &format),
    };
    groups.into_iter().map(chart).collect()
}

/// The sizes of all groups, newest first.
fn sizes(segment: &Segment) -> Vec<MatrixRow> {
    let format = formatter(segment);
    let rows = segment.buckets.iter().enumerate().rev().map(|(at, bucket)| MatrixRow {
        bucket: bucket.label.clone(),
        state: state(bucket),
        cells: segment
            .groups
            .iter()
            .map(|group| &group.cells)
            .chain([&segment.total])
            .map(|cells| TableCell::new(&cells[at], &format))
            .collect(),
    });
    rows.collect()
}

fn moves(segment: &Segment) -> Option<MovesView> {
    let (_, moves) = segment.period.as_ref()?;
    let moves = moves.as_ref().ok()?;
    let outside = moves.groups.len();
    let is_unknown = |at: usize| segment.groups.get(at).is_some_and(|group| group.is_unknown);
    let name =
        |at: usize, name: &str| moves.groups.get(at).map_or_else(|| name.to_owned(), Clone::clone);
    let group = |at: usize| GroupMoves {
        name: moves.groups[at].clone(),
        is_unknown: is_unknown(at),
        before: count(moves.before(at)),
        entered: count(moves.entered(at)),
        left: count(moves.left(at)),
        after: count(moves.after(at)),
        change: difference(moves.entered(at), moves.left(at)),
    };
    let from = |at: usize| FromRow {
        name: name(at, NEW),
        is_unknown: at == outside || is_unknown(at),
        cells: moves.counts[at]
            .iter()
            .enumerate()
            .map(|(to, number)| cell(at, to, outside, *number))
            .collect(),
        total: count(moves.counts[at].iter().sum()),
    };
    let column = |to: usize| moves.counts.iter().map(|row| row[to]).sum::<u64>();
    Some(MovesView {
        since: moves.since.clone(),
        until: moves.until.clone(),
        groups: (0..outside).map(group).collect(),
        to: (0..=outside)
            .map(|at| Head { name: name(at, GONE), is_unknown: at == outside || is_unknown(at) })
            .collect(),
        from: (0..=outside).map(from).collect(),
        totals: (0..=outside).map(|to| count(column(to))).collect(),
    })
}

fn cell(from: usize, to: usize, outside: usize, number: u64) -> MovedCell {
    // Nobody is counted who is outside at both days.
    let text = if from == outside && to == outside { String::new() } else { count(number) };
    MovedCell { text, stayed: from == to && from != outside, is_zero: number == 0 }
}
