//! A curve by the number of days: it stands at each known day until the next one, with an area around it, and numbers below
//! the days.

use std::fmt::Write as _;

use super::coordinate;
use super::line::{EndLabel, Frame, Goal, LineChart, value_ticks};
use super::scale::Scale;
use super::text;
use super::time::TimeTick;
use super::trace::Trace;
use crate::format::Formatter;

/// Between the plot and the texts right of it, in font sizes.
const SIDE_GAP: f64 = 0.7;

/// The level that is marked.
const HALF: f64 = 0.5;

/// What is known after so many days.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub days: u32,
    /// A share of all; absent where it is not known.
    pub share: Option<f64>,
    /// The ends of its interval.
    pub ends: Option<(f64, f64)>,
    /// What stands below the day.
    pub below: Option<String>,
}

/// Draws a curve; `None` where nothing of it is known. `levels`: the days after which it is at a level. `mark`: those of a
/// half, in words.
#[must_use]
pub fn steps(
    known: &[Known],
    levels: &[(f64, f64)],
    mark: Option<(f64, &str)>,
    format: &Formatter,
    frame: Frame,
) -> Option<LineChart> {
    let last = known.last()?.days;
    known.iter().find(|known| known.share.is_some())?;
    let font = frame.font;
    let (top, bottom) = (font * 1.6, frame.height - font * 3.4);
    let y = Scale::new((0.0, 1.0), (bottom, top));
    let value_ticks = value_ticks((0.0, 1.0), frame.value_ticks, y, format);
    let widest = value_ticks.iter().map(|tick| text::width(&tick.label, font));
    let left = widest.fold(0.0, f64::max) + font;
    let half = format.tick(HALF, 0.1, 1.0);
    let right = frame.width - text::width(&half, font) - font * (SIDE_GAP + 0.6);
    let x = Scale::new((0.0, f64::from(last)), (left + font * 0.5, right));
    let label = |(days, words): (f64, &str)| mark_label(days, words, (x, y), font, right);
    Some(LineChart {
        name: frame.name,
        width: coordinate(frame.width),
        height: coordinate(frame.height),
        font: coordinate(font),
        left: coordinate(left),
        right: coordinate(right),
        top: coordinate(top),
        bottom: coordinate(bottom),
        plot_width: coordinate(right - left),
        plot_height: coordinate(bottom - top),
        time_ticks: day_ticks(known, x, font),
        marks: Vec::new(),
        before: None,
        value_ticks,
        trace: Trace { solid: curve(known, levels, x, y), ..Trace::default() },
        spread: area(known, x, y),
        points: Vec::new(),
        gaps: Vec::new(),
        goals: vec![Goal {
            y: coordinate(y.at(HALF)),
            label: half,
            label_y: coordinate(y.at(HALF)),
        }],
        band: None,
        end: mark.filter(|(days, _)| *days <= f64::from(last)).map(label),
    })
}

/// Beside the point at a half: above it, so that the curve does not cross it.
fn mark_label(days: f64, words: &str, (x, y): (Scale, Scale), font: f64, right: f64) -> EndLabel {
    let at = x.at(days);
    // The label is bold, hence the larger size.
    let room = text::width(words, font * 1.08);
    EndLabel {
        x: coordinate(at),
        y: coordinate(y.at(HALF)),
        label: words.to_owned(),
        label_x: coordinate((at - room - font * 0.5).max(font).min(right - room)),
        label_y: coordinate(y.at(HALF) - font),
    }
}

/// The days that have room, each with what stands below it.
fn day_ticks(known: &[Known], x: Scale, font: f64) -> Vec<TimeTick> {
    let below = |known: &Known| known.below.clone().unwrap_or_default();
    let wide = |known: &Known| {
        text::width(&known.days.to_string(), font).max(text::width(&below(known), font))
    };
    let widest = known.iter().map(wide).fold(0.0, f64::max) + font * 0.8;
    let apart = match known {
        [first, second, ..] => x.at(f64::from(second.days)) - x.at(f64::from(first.days)),
        _ => f64::INFINITY,
    };
    let stride = [1, 2, 3, 4, 6, 12].into_iter().find(|n| apart * f64::from(*n) >= widest);
    let ticks = known.iter().step_by(stride.map_or(12, |n| usize::try_from(n).unwrap_or(12)));
    let tick = |known: &Known| TimeTick {
        x: coordinate(x.at(f64::from(known.days))),
        label: known.days.to_string(),
        under: known.below.clone(),
    };
    ticks.map(tick).collect()
}

/// From day to day: level, then up. Between two days it is known where it reaches a level.
fn curve(known: &[Known], levels: &[(f64, f64)], x: Scale, y: Scale) -> String {
    let end = known.iter().filter(|known| known.share.is_some()).map(|known| known.days).max();
    let end = end.map_or(0.0, f64::from);
    let between = levels.iter().filter(|(days, _)| *days < end);
    let days = known.iter().map(|known| (f64::from(known.days), known.share));
    let mut points: Vec<(f64, Option<f64>)> =
        days.chain(between.map(|(days, share)| (*days, Some(*share)))).collect();
    let height = |share: Option<f64>| share.unwrap_or(0.0);
    points.sort_by(|(a, low), (b, high)| {
        a.total_cmp(b).then_with(|| height(*low).total_cmp(&height(*high)))
    });
    let (mut path, mut is_drawn) = (String::new(), false);
    for (days, share) in points {
        let Some(share) = share else {
            is_drawn = false;
            continue;
        };
        let (x, y) = (coordinate(x.at(days)), coordinate(y.at(share)));
        let _ = match is_drawn {
            true => write!(path, "H{x}V{y}"),
            false => write!(path, "M{x} {y}"),
        };
        is_drawn = true;
    }
    path
}

/// An area for each run of days with an interval: along the upper ends, and back along the lower ones.
fn area(known: &[Known], x: Scale, y: Scale) -> Vec<String> {
    let point = |known: &Known| {
        let (low, high) = known.ends?;
        Some((x.at(f64::from(known.days)), y.at(low), y.at(high)))
    };
    let points: Vec<Option<(f64, f64, f64)>> = known.iter().map(point).collect();
    let run = |run: &[Option<(f64, f64, f64)>]| {
        let run: Vec<(f64, f64, f64)> = run.iter().flatten().copied().collect();
        let ((first, _, high), (last, low, _)) = (run.first()?, run.last()?);
        let mut path = format!("M{} {}", coordinate(*first), coordinate(*high));
        for (x, _, high) in &run[1..] {
            let _ = write!(path, "H{}V{}", coordinate(*x), coordinate(*high));
        }
        let _ = write!(path, "L{} {}", coordinate(*last), coordinate(*low));
        for pair in run.windows(2).rev() {
            let _ = write!(path, "V{}H{}", coordinate(pair[0].1), coordinate(pair[0].0));
        }
        Some(path + "Z")
    };
    points.split(Option::is_none).filter_map(run).collect()
}

#[cfg(test)]
mod tests {
    use super::super::line::WIDE;
    use super::*;
    use crate::page::Display;

    fn known(days: u32, share: Option<f64>) -> Known {
        let ends = share.filter(|share| *share > 0.0).map(|share| (share - 0.1, share + 0.1));
        Known { days, share, ends, below: Some("9".to_owned()) }
    }

    #[test]
    fn the_curve_is_level_until_the_next_day_that_is_known() {
        let x = Scale::new((0.0, 10.0), (0.0, 10.0));
        let y = Scale::new((0.0, 1.0), (10.0, 0.0));
        let days = [known(0, Some(0.0)), known(5, Some(0.4)), known(10, None)];
        assert_eq!(curve(&days, &[(12.0, 0.5)], x, y), "M0.0 10.0H5.0V6.0");
        assert_eq!(curve(&days, &[(2.0, 0.25)], x, y), "M0.0 10.0H2.0V7.5H5.0V6.0");
        let days = [known(0, Some(0.0)), known(5, Some(0.4)), known(10, Some(0.6))];
        assert_eq!(area(&days, x, y), ["M5.0 5.0H10.0V3.0L10.0 5.0V7.0H5.0Z"]);
    }

    #[test]
    fn nothing_known_is_not_drawn_and_a_mark_beyond_the_last_day_is_left_out() {
        let format = Formatter::new(&Display::Percent, [0.1].into_iter());
        assert_eq!(steps(&[known(0, None)], &[], None, &format, WIDE), None);
        let days = [known(0, Some(0.0)), known(5, Some(0.4))];
        let drawn = steps(&days, &[], Some((6.0, "6 days")), &format, WIDE).expect("it is known");
        assert_eq!(drawn.end, None);
        assert_eq!(drawn.time_ticks.len(), 2);
    }
}
