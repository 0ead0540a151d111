//! The figure of the shape `duration`: the curve of those who have reached it, by the number of days.

use serde::Serialize;

use super::kpi::ChartView;
use crate::chart::line::{NARROW, WIDE};
use crate::chart::steps::{Known, steps};
use crate::format::{Formatter, whole};
use crate::page::{Display, Kpi, Part, Shape, part_of};
use crate::reading::latest_complete;

/// What came of those who began, in the order in which it is listed.
const STATES: [(&str, &str); 4] = [
    ("started", "began"),
    ("reached", "reached it"),
    ("lost", "lost before"),
    ("waiting", "not there yet"),
];

/// The quantiles, in their order.
const QUANTILES: [(&str, &str); 3] =
    [("p25", "a quarter"), ("median", "half (median)"), ("p75", "three quarters")];

/// The curve of one bucket.
#[derive(Debug, Serialize)]
pub(crate) struct DurationView {
    pub bucket: String,
    /// What days are called: `days`, `business days`.
    pub unit: String,
    pub chart: Option<ChartView>,
    /// The quantiles and what came of whom: names and figures.
    pub facts: Vec<Fact>,
    /// The same as the curve, in numbers.
    pub rows: Vec<DayRow>,
}

/// A figure with its name.
#[derive(Debug, Serialize)]
pub(crate) struct Fact {
    pub name: String,
    pub value: String,
    pub is_reason: bool,
}

/// The curve after so many days.
#[derive(Debug, Serialize)]
pub(crate) struct DayRow {
    pub days: u32,
    pub share: String,
    pub interval: Option<String>,
    pub is_reason: bool,
    pub risk: Option<String>,
}

/// The curve of the latest complete bucket, or of the latest of which something is known.
pub(crate) fn duration(kpi: &Kpi, label: &str) -> Option<DurationView> {
    if kpi.shape != Shape::Duration {
        return None;
    }
    let at = shown_bucket(kpi)?;
    let curve = Curve { kpi, at, format: shares(kpi) };
    let points = curve.points();
    let rows: Vec<DayRow> = points.iter().filter_map(|point| curve.row(point)).collect();
    let bucket = kpi.series.buckets[at].label.clone();
    let title = format!("{label}: the share that has got there after so many {}", curve.unit());
    Some(DurationView {
        chart: curve.chart(&points, title, &bucket),
        unit: curve.unit().to_owned(),
        facts: curve.facts(),
        rows,
        bucket,
    })
}

/// The latest complete one, if something is known of its curve; else the latest of which it is.
fn shown_bucket(kpi: &Kpi) -> Option<usize> {
    let is_known = |at: &usize| {
        let mut shares = kpi.parts.iter().filter(|part| part.name.starts_with("at_"));
        shares.any(|part| part.cells.get(*at).is_some_and(|cell| cell.number().is_ok()))
    };
    let latest = latest_complete(&kpi.series.buckets).filter(is_known);
    latest.or_else(|| (0..kpi.series.buckets.len()).rev().find(is_known))
}

fn shares(kpi: &Kpi) -> Formatter {
    let shares = kpi.parts.iter().filter(|part| part.name.starts_with("at_"));
    Formatter::new(&Display::Percent, shares.flat_map(Part::numbers))
}

/// One bucket of a KPI.
struct Curve<'k> {
    kpi: &'k Kpi,
    at: usize,
    format: Formatter,
}

/// One of its days.
struct DayPoint<'k> {
    days: u32,
    share: Result<f64, &'k str>,
    ends: Option<(f64, f64)>,
    risk: Option<String>,
}

impl<'k> Curve<'k> {
    fn value(&self, name: &str) -> Option<Result<f64, &'k str>> {
        Some(part_of(&self.kpi.parts, name)?.cells.get(self.at)?.number())
    }

    fn points(&self) -> Vec<DayPoint<'k>> {
        let days = self.kpi.parts.iter().filter_map(|part| part.name.strip_prefix("at_"));
        let point = |days: &str| {
            let number = |kind: &str| self.value(&format!("{kind}_{days}"))?.ok();
            Some(DayPoint {
                days: days.parse().ok()?,
                share: self.value(&format!("at_{days}"))?,
                ends: number("low").zip(number("high")),
                risk: number("risk").map(whole),
            })
        };
        days.filter_map(point).collect()
    }

    fn row(&self, point: &DayPoint<'_>) -> Option<DayRow> {
        let ends = point
            .ends
            .map(|(low, high)| format!("{} to {}", self.format.full(low), self.format.full(high)));
        let (share, is_reason) = match point.share {
            Ok(share) => (self.format.full(share), false),
            Err(reason) => (reason.to_owned(), true),
        };
        let risk = point.risk.clone();
        Some(DayRow { days: point.days, share, interval: ends, is_reason, risk })
    }

    fn chart(&self, points: &[DayPoint<'_>], title: String, bucket: &str) -> Option<ChartView> {
        let known: Vec<Known> = points
            .iter()
            .map(|point| Known {
                days: point.days,
                share: point.share.ok(),
                ends: point.ends,
                below: point.risk.clone(),
            })
            .collect();
        let median = self.value("median").and_then(Result::ok);
        let words = median.map(|median| format!("median {}", self.days("median", median)));
        let mark = median.zip(words.as_deref());
        let level = |(name, level): (&str, f64)| Some((self.value(name)?.ok()?, level));
        let levels = [("p25", 0.25), ("median", 0.5), ("p75", 0.75)].into_iter();
        let levels: Vec<(f64, f64)> = levels.filter_map(level).collect();
        let frame = |frame| steps(&known, &levels, mark, &self.format, frame);
        let last = points.iter().rev().find_map(|point| Some((point.days, point.share.ok()?)));
        let mut desc = bucket.to_owned();
        if let Some((days, share)) = last {
            let share = self.format.full(share);
            desc = format!("{bucket}: {share} after {days} {}", self.unit());
        }
        desc.extend(words.as_ref().map(|words| format!("; {words}")));
        Some(ChartView {
            from_zero: true,
            title,
            desc,
            frames: vec![frame(WIDE)?, frame(NARROW)?],
            has_running: false,
            has_marks: false,
            has_gaps: known.iter().any(|known| known.share.is_none()),
            goal: None,
        })
    }

    fn unit(&self) -> &'k str {
        match part_of(&self.kpi.parts, "median").map(|part| &part.display) {
            Some(Display::Number(Some(words))) => &words.many,
            _ => "days",
        }
    }

    /// A number of days as the part shows it.
    fn days(&self, name: &str, value: f64) -> String {
        let part = part_of(&self.kpi.parts, name);
        part.map_or_else(String::new, |part| {
            Formatter::new(&part.display, part.numbers()).sentence(value)
        })
    }

    fn facts(&self) -> Vec<Fact> {
        let fact = |part: &str, name: &str| {
            let value = self.value(part)?;
            let (text, is_reason) = match value {
                Ok(value) => (self.days(part, value), false),
                Err(reason) => (reason.to_owned(), true),
            };
            Some(Fact { name: name.to_owned(), value: text, is_reason })
        };
        let quantiles = QUANTILES.iter().filter_map(|(part, name)| fact(part, name));
        let states = STATES.iter().filter_map(|(part, name)| {
            let value = self.value(part)?.ok()?;
            Some(Fact { name: (*name).to_owned(), value: whole(value), is_reason: false })
        });
        quantiles.chain(states).collect()
    }
}
