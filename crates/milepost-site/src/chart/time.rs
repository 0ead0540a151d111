//! The names of buckets on a time axis.

use serde::Serialize;

use super::coordinate;
use super::line::Frame;
use super::text;
use crate::page::{Bucket, Grain};

/// A place on the time axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeTick {
    pub x: String,
    pub label: String,
    /// The year (or month) under it, where it changes.
    pub under: Option<String>,
}

/// Names of some buckets, as many as have room.
pub(super) fn time_ticks(
    (buckets, grain): (&[Bucket], Grain),
    xs: &[f64],
    frame: Frame,
) -> Vec<TimeTick> {
    let parts: Vec<(Option<&str>, String)> =
        buckets.iter().map(|b| split(&b.label, grain)).collect();
    let widest = parts
        .iter()
        .map(|(head, tail)| {
            text::width(tail, frame.font).max(head.map_or(0.0, |h| text::width(h, frame.font)))
        })
        .fold(0.0, f64::max);
    let apart = match xs {
        [first, second, ..] => second - first,
        _ => f64::INFINITY,
    };
    let needed = widest + frame.font * 0.8;
    let stride = [1, 3, 6, 12, 24, 48, 96, 192, 384, 768, 1536]
        .into_iter()
        .find(|n| apart * f64::from(*n) >= needed)
        .unwrap_or(3072);
    let stride = usize::try_from(stride).unwrap_or(1);
    // Months and quarters begin with the year; the rest counts from the first bucket.
    let phase = match grain {
        Grain::Month | Grain::Quarter | Grain::FiscalQuarter => parts
            .first()
            .and_then(|_| buckets.first()?.label.rsplit(['-', 'Q']).next()?.parse::<usize>().ok())
            .map_or(0, |n| (stride - (n.max(1) - 1) % stride) % stride),
        _ => 0,
    };
    let mut head_before = None;
    let mut out = Vec::new();
    for (i, (head, tail)) in parts.iter().enumerate() {
        if i % stride != phase % stride {
            continue;
        }
        let under = head.filter(|h| head_before != Some(*h)).map(str::to_owned);
        head_before = *head;
        out.push(TimeTick { x: coordinate(xs[i]), label: tail.clone(), under });
    }
    out
}

/// `2026-03` is `Mar` of `2026`, `FY2027-Q1` is `Q1` of `FY2027`.
fn split(label: &str, grain: Grain) -> (Option<&str>, String) {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some((head, tail)) = label.rsplit_once('-') else { return (None, label.to_owned()) };
    let month = tail.parse::<usize>().ok().filter(|_| grain == Grain::Month);
    let name = month.and_then(|n| MONTHS.get(n.wrapping_sub(1)));
    (Some(head), name.map_or_else(|| tail.to_owned(), |n| (*n).to_owned()))
}
