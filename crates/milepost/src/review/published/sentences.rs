//! What became of published figures, in sentences.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Attributed, Attribution, Cause, Period, Step};
use crate::review::Figure;
use crate::review::figures::apart;
use crate::review::words::{Differing, named};

impl Cause {
    /// All that are shown, what needs a reader first.
    pub(crate) const ALL: [Self; 5] =
        [Self::Unknown, Self::DataAndDefinition, Self::Definition, Self::Data, Self::Time];

    /// A heading.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "not attributed",
            Self::DataAndDefinition => "data and definition changed",
            Self::Definition => "definition changed",
            Self::Data => "data changed",
            Self::Time => "open periods changed",
            Self::None => "as published",
        }
    }

    /// What is said of metrics that are counted: `2 …`.
    const fn counted(self) -> &'static str {
        match self {
            Self::Unknown => "not attributed",
            Self::DataAndDefinition => "changed by data and definition",
            Self::Definition => "changed by definition",
            Self::Data => "changed by data",
            Self::Time => "changed in open periods alone",
            Self::None => "as published",
        }
    }

    /// What that says of a figure.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Unknown => {
                "the site was built with another definition than the base: no cause can be told"
            }
            Self::DataAndDefinition => "figures that are over differ by both",
            Self::Definition => "the base gives the published figures, and the head gives others",
            Self::Data => "the definition is the same, and the data gives other figures today",
            Self::Time => "only periods that were not over, or are not, have other figures",
            Self::None => "every figure is as published",
        }
    }
}

/// What was published, and when.
pub(crate) fn head(found: &Attribution) -> String {
    let Attribution { site, published_as_of: then, as_of: now, .. } = found;
    if now.is_empty() || then == now {
        return format!("{site} (as of {then})");
    }
    format!(
        "{site} (as of {then}; the data is as of {now} today, and rows of the days between count as data)"
    )
}

/// Where nothing may be concluded, a sentence each.
pub(crate) fn doubts(found: &Attribution) -> Vec<String> {
    let mut doubts = Vec::new();
    let own = env!("CARGO_PKG_VERSION");
    if found.milepost != own {
        doubts.push(format!(
            "the site was built by milepost {}, and this is {own}: what the program does otherwise would look like changed data",
            found.milepost
        ));
    }
    let unknown: Vec<&str> = found
        .metrics
        .iter()
        .filter(|metric| metric.cause == Cause::Unknown)
        .map(|metric| metric.name.as_str())
        .collect();
    if !unknown.is_empty() {
        let them = if unknown.len() == 1 { "its figures" } else { "their figures" };
        doubts.push(format!(
            "the site was built with other definitions than the base, so nobody can tell what changed {them}: {}",
            named(unknown.iter())
        ));
    }
    doubts
}

/// One line for all: `published figures: 2 changed by data, 40 as published`.
pub(crate) fn summary(found: &Attribution) -> String {
    let count = |cause: Cause| found.metrics.iter().filter(|m| m.cause == cause).count();
    let mut parts: Vec<String> = Cause::ALL
        .into_iter()
        .filter(|cause| count(*cause) > 0)
        .map(|cause| format!("{} {}", count(cause), cause.counted()))
        .collect();
    if found.hidden > 0 {
        parts.push(format!("{} too small to show", found.hidden));
    }
    if found.same > 0 || parts.is_empty() {
        parts.push(format!("{} as published", found.same));
    }
    if !found.not_compared.is_empty() {
        parts.push(format!("{} not compared", found.not_compared.len()));
    }
    format!("published figures: {}", parts.join(", "))
}

/// What could not be compared, a sentence for each reason.
pub(crate) fn not_compared(found: &Attribution) -> Vec<String> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for metric in &found.not_compared {
        by_reason.entry(&metric.why).or_default().push(&metric.name);
    }
    by_reason.iter().map(|(why, names)| format!("{}: {why}", named(names.iter()))).collect()
}

/// What became of the figures of a metric, from what matters most.
pub(crate) fn lines(metric: &Attributed) -> Vec<String> {
    let mut lines = Vec::new();
    if metric.cause == Cause::Unknown {
        lines.push(unknown(metric));
    }
    if let Some(period) = &metric.headline {
        lines.push(format!("last complete: {}", period_line(period)));
    }
    if metric.cause != Cause::Unknown {
        lines.extend(step("data changed", &metric.data, |p| (&p.published, Some(&p.base))));
    }
    lines.extend(step("definition changed", &metric.definition, |p| (&p.base, p.head.as_ref())));
    lines.extend(metric.no_head.as_ref().map(|why| format!("no figures by the head: {why}")));
    lines.extend(times(metric));
    lines
}

fn unknown(metric: &Attributed) -> String {
    let names: Vec<&str> = metric.other_texts.iter().map(String::as_str).collect();
    let differs = match names.is_empty() {
        true => String::new(),
        false => format!(" (other: {})", named(names.iter())),
    };
    let head = if metric.is_of_head { "; it is that of the head" } else { "" };
    format!(
        "NOT ATTRIBUTED: the site was built with another definition than the base{differs}{head}"
    )
}

/// `2026-01 published 97.4% → 98.1% on the data of today → 98.3% by the head`; in full where two would look the same.
fn period_line(period: &Period) -> String {
    let Period { bucket, published, base, head, .. } = period;
    let looks_alike = |one: &Figure, other: &Figure| one.text == other.text && one != other;
    let in_full =
        looks_alike(published, base) || head.as_ref().is_some_and(|head| looks_alike(base, head));
    let text = |figure: &Figure| match figure.value {
        Some(value) if in_full => value.to_string(),
        _ => figure.text.clone(),
    };
    let mut line = format!("{bucket} published {}", text(published));
    let _ = match published == base {
        true => write!(line, ", the same on the data of today"),
        false => write!(line, " → {} on the data of today", text(base)),
    };
    if let Some(head) = head.as_ref().filter(|head| *head != base) {
        let _ = write!(line, " → {} by the head", text(head));
    }
    line
}

fn step<'m>(
    what: &str,
    step: &'m Step,
    sides: impl Fn(&'m Period) -> (&'m Figure, Option<&'m Figure>),
) -> Option<String> {
    if step.differing == 0 {
        return None;
    }
    let shown = |period: &'m Period| {
        let (before, after) = sides(period);
        let (before, after) = apart::texts(before, after.unwrap_or(before));
        format!("{} {before} → {after}", period.bucket)
    };
    let differing = Differing {
        differing: step.differing,
        compared: step.compared,
        hidden: step.hidden,
        first: step.first.as_ref(),
        largest: step.largest.as_ref(),
    };
    Some(format!("{what}: {}", differing.sentence(shown)))
}

/// Periods that are not the same at both times.
fn times(metric: &Attributed) -> Option<String> {
    let mut parts = Vec::new();
    let periods =
        |n: usize| if n == 1 { "1 period was".to_owned() } else { format!("{n} periods were") };
    if metric.open > 0 {
        let mut part = format!("{} not over then or is not now", periods(metric.open));
        if metric.open > 1 {
            part = part.replace("or is not", "or are not");
        }
        if let Some(period) = &metric.last_open {
            let (was, is) = apart::texts(&period.published, &period.base);
            let then = state(&period.published_status, &period.published_end, &period.end);
            let now = state(period.status, &period.end, &period.published_end);
            let _ = write!(part, ": {} {was} ({then} then) → {is} ({now} now)", period.bucket);
        }
        parts.push(part);
    }
    if metric.new > 0 {
        parts.push(format!("{} not there then", periods(metric.new)));
    }
    if metric.gone > 0 {
        let is = if metric.gone == 1 { "1 period is" } else { "periods are" };
        let is = if metric.gone == 1 { is.to_owned() } else { format!("{} {is}", metric.gone) };
        parts.push(format!("{is} not there now"));
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// The state of a period; one that ended with the as-of, although it goes on, says so.
fn state(status: &str, end: &str, other: &str) -> String {
    match status {
        "complete" if end < other => format!("up to {end}"),
        status => status.to_owned(),
    }
}
