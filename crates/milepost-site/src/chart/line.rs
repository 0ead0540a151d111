//! The large chart: a KPI over time.

use serde::Serialize;

use super::coordinate;
use super::marks::{Mark, Marked, marks};
use super::scale::{Axis, Scale, axis_span, extent};
use super::sparkline::bounds;
use super::spread::spread;
use super::text;
use super::ticks::ticks;
use super::time::{TimeTick, time_ticks};
use super::trace::{Gap, Trace, gaps, places, trace};
use crate::format::{Formatter, sampled};
use crate::page::{Bound, Bucket, Cell, Grain, Words};
use crate::reading::latest_complete;

/// More points than this are drawn as a line only.
const MOST_POINTS: usize = 80;
/// Between the plot and the texts right of it, in font sizes.
const SIDE_GAP: f64 = 0.7;

/// How large it is drawn. Text stays readable because narrow screens get a drawing of their own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    pub name: &'static str,
    pub width: f64,
    pub height: f64,
    pub font: f64,
    pub value_ticks: usize,
}

/// For desktops and paper.
pub const WIDE: Frame =
    Frame { name: "wide", width: 960.0, height: 320.0, font: 13.0, value_ticks: 5 };
/// For phones.
pub const NARROW: Frame =
    Frame { name: "narrow", width: 320.0, height: 230.0, font: 12.0, value_ticks: 4 };

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    pub buckets: &'a [Bucket],
    pub cells: &'a [Cell],
    /// The same by another definition, drawn behind it.
    pub before: Option<&'a [Cell]>,
    /// The lowest and the highest of several quantiles, between which an area is drawn.
    pub spread: Option<(&'a [Cell], &'a [Cell])>,
    pub target: Option<Bound>,
    pub format: &'a Formatter,
    pub axis: Axis,
    pub grain: Grain,
    /// What `n` counts.
    pub sample: Option<&'a Words>,
    /// From old to new.
    pub marks: &'a [Mark<'a>],
}

/// A chart in one frame, ready to be drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineChart {
    pub name: &'static str,
    pub width: String,
    pub height: String,
    pub font: String,
    pub left: String,
    pub right: String,
    pub top: String,
    pub bottom: String,
    pub plot_width: String,
    pub plot_height: String,
    pub value_ticks: Vec<Tick>,
    pub time_ticks: Vec<TimeTick>,
    pub marks: Vec<Marked>,
    pub trace: Trace,
    /// The same by another definition.
    pub before: Option<Trace>,
    /// SVG paths of the area between two quantiles.
    pub spread: Vec<String>,
    pub points: Vec<Point>,
    pub gaps: Vec<GapBand>,
    pub goals: Vec<Goal>,
    /// The stretch between the ends of an `inside` goal.
    pub band: Option<Band>,
    /// The latest complete figure, written beside its point.
    pub end: Option<EndLabel>,
}

/// A line across, with its number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tick {
    pub y: String,
    pub label: String,
    pub zero: bool,
}

/// A figure with its tooltip.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    pub x: String,
    pub y: String,
    pub complete: bool,
    /// No line touches it.
    pub alone: bool,
    /// Where the pointer counts.
    pub hit_x: String,
    pub hit_width: String,
    pub text: String,
    pub text_x: String,
    pub anchor: &'static str,
}

/// Buckets without a figure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GapBand {
    pub x: String,
    pub width: String,
    pub title: String,
    /// The reason, if it fits.
    pub label: Option<String>,
    pub middle: String,
}

/// A goal's line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goal {
    pub y: String,
    pub label: String,
    pub label_y: String,
}

/// From top to bottom.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Band {
    pub y: String,
    pub height: String,
}

/// A number beside the line's end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EndLabel {
    pub x: String,
    pub y: String,
    pub label: String,
    pub label_x: String,
    pub label_y: String,
}

/// Draws a KPI over time; `None` without a single figure.
#[must_use]
pub fn line(input: Input<'_>, frame: Frame) -> Option<LineChart> {
    let (low, high) = input.spread.unwrap_or_default();
    let before = input.before.unwrap_or_default();
    let figures =
        input.cells.iter().chain(before).chain(low).chain(high).filter_map(|c| c.number().ok());
    let span = extent(figures)?;
    let span = extent(bounds(input.target).into_iter().chain([span.0, span.1]))?;
    let span = axis_span(span, input.axis);
    let (top, bottom) = (frame.font * 2.2, frame.height - frame.font * 3.2);
    let y = Scale::new(span, (bottom, top));
    let value_ticks = value_ticks(span, frame.value_ticks, y, input.format);
    let widest = value_ticks.iter().map(|t| text::width(&t.label, frame.font)).fold(0.0, f64::max);
    let left = widest + frame.font;
    let labels = side_labels(input, y, frame, (top, bottom));
    let right = frame.width - labels.room;
    let xs = places(input.buckets.len(), left + frame.font * 0.5, right - frame.font * 0.5);
    let drawn = trace(input.buckets, input.cells, &xs, y);
    let band = match input.target {
        Some(Bound::Inside(low, high)) => {
            Some(Band { y: coordinate(y.at(high)), height: coordinate(y.at(low) - y.at(high)) })
        }
        _ => None,
    };
    Some(LineChart {
        name: frame.name,
        width: coordinate(frame.width),
        height: coordinate(frame.height),
        font: coordinate(frame.font),
        left: coordinate(left),
        right: coordinate(right),
        top: coordinate(top),
        bottom: coordinate(bottom),
        plot_width: coordinate(right - left),
        plot_height: coordinate(bottom - top),
        time_ticks: time_ticks((input.buckets, input.grain), &xs, frame),
        marks: marks(input.marks, input.buckets, &xs),
        points: points(input, &drawn, &xs, frame),
        gaps: gap_bands(input, &xs, frame, (left, right)),
        goals: labels.goals,
        end: labels.end.map(|(at, y, label, label_y)| EndLabel {
            x: coordinate(xs[at]),
            y: coordinate(y),
            label,
            label_x: coordinate(right + frame.font * SIDE_GAP),
            label_y: coordinate(label_y),
        }),
        value_ticks,
        before: input.before.map(|cells| trace(input.buckets, cells, &xs, y)),
        trace: drawn,
        spread: spread(low, high, &xs, y),
        band,
    })
}

/// Lines across at round numbers.
pub(super) fn value_ticks(
    span: (f64, f64),
    wanted: usize,
    y: Scale,
    format: &Formatter,
) -> Vec<Tick> {
    let ticks = ticks(span, wanted);
    let largest = span.0.abs().max(span.1.abs());
    ticks
        .values
        .iter()
        .map(|v| Tick {
            y: coordinate(y.at(*v)),
            label: format.tick(*v, ticks.step, largest),
            zero: *v == 0.0,
        })
        .collect()
}

struct SideLabels {
    /// Pixels that the widest label needs.
    room: f64,
    goals: Vec<Goal>,
    /// Bucket, height of the figure, text, height of the text.
    end: Option<(usize, f64, String, f64)>,
}

/// The texts right of the plot, moved apart.
fn side_labels(input: Input<'_>, y: Scale, frame: Frame, (top, bottom): (f64, f64)) -> SideLabels {
    let latest = latest_complete(input.buckets).and_then(|at| {
        input.cells.get(at)?.number().ok().map(|v| (at, y.at(v), input.format.compact(v)))
    });
    let short = |value: f64| match value.abs() >= 10_000.0 {
        true => input.format.compact(value),
        false => input.format.short_goal(value),
    };
    let goals: Vec<(f64, String)> = match input.target {
        None => Vec::new(),
        Some(Bound::AtLeast(v)) => vec![(v, format!("≥ {}", short(v)))],
        Some(Bound::AtMost(v)) => vec![(v, format!("≤ {}", short(v)))],
        Some(Bound::Inside(low, high)) => {
            vec![(low, format!("≥ {}", short(low))), (high, format!("≤ {}", short(high)))]
        }
    };
    let mut heights: Vec<f64> = goals.iter().map(|(v, _)| y.at(*v)).collect();
    heights.extend(latest.iter().map(|(_, at, _)| *at));
    text::spread(&mut heights, frame.font * 1.25, top, bottom);
    // The end label is bold, hence the larger size.
    let widths = goals.iter().map(|(_, label)| text::width(label, frame.font));
    let widest = widths
        .chain(latest.iter().map(|l| text::width(&l.2, frame.font * 1.08)))
        .fold(0.0, f64::max);
    let end = latest
        .zip(heights.last().copied())
        .map(|((at, y, label), label_y)| (at, y, label, label_y));
    let goals = goals
        .into_iter()
        .zip(&heights)
        .map(|((value, label), at)| Goal {
            y: coordinate(y.at(value)),
            label,
            label_y: coordinate(*at),
        })
        .collect();
    SideLabels { room: widest + frame.font * (SIDE_GAP + 0.3), goals, end }
}

fn points(input: Input<'_>, drawn: &Trace, xs: &[f64], frame: Frame) -> Vec<Point> {
    if xs.len() > MOST_POINTS {
        return Vec::new();
    }
    let half = match xs {
        [first, second, ..] => (second - first) / 2.0,
        _ => frame.width / 4.0,
    };
    let point = |dot: &super::trace::Dot| {
        let (bucket, cell) = (input.buckets.get(dot.bucket)?, input.cells.get(dot.bucket)?);
        let mut text = format!("{}: {}", bucket.label, input.format.sentence(cell.number().ok()?));
        if let Some(n) = cell.sample() {
            text = format!("{text} ({})", sampled(input.sample, n));
        }
        if let Some(absent) = cell.absent() {
            text = format!("{text}, {}", absent.words());
        }
        if bucket.maturing {
            text.push_str(", maturing");
        } else if bucket.partial {
            text.push_str(", partial");
        } else if bucket.immature {
            text.push_str(", not settled");
        }
        let x = xs[dot.bucket];
        let room = text::width(&text, frame.font) / 2.0;
        let (anchor, text_x) = match x {
            x if x - room < 0.0 => ("start", 0.0),
            x if x + room > frame.width => ("end", frame.width),
            x => ("middle", x),
        };
        Some(Point {
            x: dot.x.clone(),
            y: dot.y.clone(),
            complete: dot.complete,
            alone: dot.alone,
            hit_x: coordinate(x - half),
            hit_width: coordinate(half * 2.0),
            text,
            text_x: coordinate(text_x),
            anchor,
        })
    };
    drawn.dots.iter().filter_map(point).collect()
}

fn gap_bands(
    input: Input<'_>,
    xs: &[f64],
    frame: Frame,
    (left, right): (f64, f64),
) -> Vec<GapBand> {
    let half = match xs {
        [first, second, ..] => (second - first) / 2.0,
        _ => 0.0,
    };
    let band = |gap: Gap| {
        let (from, to) =
            ((xs.get(gap.first)? - half).max(left), (xs.get(gap.last)? + half).min(right));
        let title =
            format!("{}: no figure ({})", range(input.buckets, gap.first, gap.last), gap.reason);
        Some(GapBand {
            x: coordinate(from),
            width: coordinate(to - from),
            title,
            label: (text::width(&gap.reason, frame.font) + frame.font < to - from)
                .then_some(gap.reason),
            middle: coordinate(f64::midpoint(from, to)),
        })
    };
    gaps(input.cells).into_iter().filter_map(band).collect()
}

/// `2024-04`, or `2024-04 to 2024-06`.
#[must_use]
pub fn range(buckets: &[Bucket], first: usize, last: usize) -> String {
    let label = |i: usize| buckets.get(i).map_or("", |b| b.label.as_str());
    if first == last {
        label(first).to_owned()
    } else {
        format!("{} to {}", label(first), label(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::Absent;
    use crate::page::Display;

    fn months(n: usize) -> Vec<Bucket> {
        (0..n)
            .map(|i| Bucket {
                label: format!("{}-{:02}", 2024 + (i + 3) / 12, (i + 3) % 12 + 1),
                start: String::new(),
                end: String::new(),
                partial: i + 1 == n,
                maturing: false,
                immature: false,
            })
            .collect()
    }

    fn chart(n: usize, frame: Frame) -> LineChart {
        let buckets = months(n);
        let cells: Vec<Cell> = (0..n)
            .map(|i| match i {
                4 | 5 => Cell::Reason("no data".to_owned()),
                _ => Cell::Value {
                    value: 0.6 + f64::from(u32::try_from(i).unwrap()) / 100.0,
                    n: Some(12),
                    absent: Absent::default(),
                },
            })
            .collect();
        let format = Formatter::new(&Display::Percent, std::iter::empty());
        let target = Some(Bound::AtLeast(0.8));
        let input = Input {
            spread: None,
            before: None,
            buckets: &buckets,
            cells: &cells,
            target,
            format: &format,
            axis: Axis::Share,
            grain: Grain::Month,
            sample: None,
            marks: &[],
        };
        line(input, frame).unwrap()
    }

    #[test]
    fn time_labels_keep_apart_in_both_frames() {
        for frame in [WIDE, NARROW] {
            for n in [1, 2, 13, 24, 36] {
                let ticks = chart(n.max(7), frame).time_ticks;
                let xs: Vec<f64> = ticks.iter().map(|t| t.x.parse().unwrap()).collect();
                assert!(xs.windows(2).all(|w| w[1] - w[0] >= frame.font * 2.0), "{ticks:?}");
                assert!(ticks[0].under.is_some());
            }
        }
    }

    #[test]
    fn quarters_of_the_year_get_the_labels() {
        let ticks = chart(24, WIDE).time_ticks;
        assert_eq!(ticks[0].label, "Apr");
        assert!(
            ticks.iter().any(|t| t.label == "Jan" && t.under.as_deref() == Some("2025")),
            "{ticks:?}"
        );
    }

    #[test]
    fn a_gap_is_told_with_its_reason() {
        let drawn = chart(24, WIDE);
        assert_eq!(drawn.gaps[0].title, "2024-08 to 2024-09: no figure (no data)");
        assert_eq!(drawn.points.len(), 22);
        assert!(drawn.points.last().unwrap().text.ends_with("partial"));
    }

    #[test]
    fn labels_beside_the_plot_do_not_touch() {
        let drawn = chart(23, NARROW);
        let goal: f64 = drawn.goals[0].label_y.parse().unwrap();
        let end: f64 = drawn.end.unwrap().label_y.parse().unwrap();
        assert!((goal - end).abs() >= 14.0, "{goal} {end}");
    }
}
