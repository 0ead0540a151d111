//! The choices behind a number that a reader would otherwise have to guess.

use std::collections::BTreeSet;

use super::words::{and_list, duration_words};
use crate::model::{
    Aggregate, Better, Carry, ColumnId, CompleteUntil, Dataset, DatasetId, DatasetKind,
    DimensionId, Metric, Model, ValueExpr, ValueKind, Window,
};
use crate::time::{Grain, show_date};
use milepost_syntax::ast::BinaryOp;

/// Adds a sentence for each of them.
pub(super) fn notes(model: &Model, metric: &Metric, lines: &mut Vec<String>) {
    let mut aggregates: Vec<&Aggregate> = Vec::new();
    metric.value.each_aggregate(&mut |a| aggregates.push(a));
    if let Some(filter) = &metric.filter_text {
        lines.push(format!("Only rows with `{filter}` count, in every part of it."));
    }
    windows(&aggregates, lines);
    priors(&metric.value, metric.grain, lines);
    if has_ratio(&metric.value) {
        lines.push("A ratio is the ratio of the two totals, not an average of ratios; where the divisor is 0 there is no number but the reason “zero denominator”.".to_owned());
    }
    left_out(model, &aggregates, lines);
    empty(&aggregates, lines);
    approximate(&aggregates, lines);
    if let Some(n) = metric.min_sample {
        let counted = if has_ratio(&metric.value) { " (counted on the denominator)" } else { "" };
        lines.push(format!(
            "Below a sample of {n}{counted} there is no number but the reason “too few”."
        ));
    }
    partial(model, metric, &aggregates, lines);
    let used: BTreeSet<DatasetId> = aggregates.iter().map(|a| a.dataset).collect();
    for id in &used {
        let own_time = aggregates.iter().any(|a| a.dataset == *id && a.on.is_none());
        dataset(&model[*id], own_time, lines);
    }
    if !metric.slices.is_empty() {
        let name = |id: &DimensionId| model[*id].name.replace('_', " ");
        let names: Vec<String> = metric.slices.iter().map(name).collect();
        lines.push(format!(
            "It is sliced by {}; rows whose key has no match are counted under “(unknown)”.",
            and_list(&names)
        ));
    }
    judged(metric, lines);
    if let Some(length) = metric.maturity {
        lines.push(format!(
            "Buckets that ended less than {} before the as-of are shown as not settled yet.",
            duration_words(length)
        ));
    }
    if !used.is_empty() {
        lines.push("Nothing after the as-of is seen.".to_owned());
    }
}

/// Which way is good, and whether slices are held against the target.
fn judged(metric: &Metric, lines: &mut Vec<String>) {
    match metric.better {
        Some(Better::Higher) => lines.push("Higher is better.".to_owned()),
        Some(Better::Lower) => lines.push("Lower is better.".to_owned()),
        Some(Better::Inside(..)) => {
            lines.push("What is nearer to its good range is better.".to_owned());
        }
        None => {}
    }
    let target = metric.target.as_ref().filter(|target| target.bound.is_some());
    if let (Some(target), false) =
        (target, metric.slices.is_empty() || metric.value.is_alike_in_parts())
    {
        let own = if target.by.is_empty() {
            ""
        } else {
            "; slices with a target of their own are held against that"
        };
        lines.push(format!(
            "The target is of the whole: slices are parts of a total, and are not held against it{own}."
        ));
    }
}

fn windows(aggregates: &[&Aggregate], lines: &mut Vec<String>) {
    let mut told = BTreeSet::new();
    for aggregate in aggregates {
        let line = match aggregate.window {
            Window::Over { length, before: false } => format!(
                "A window of {} ends where the bucket ends; in a bucket that is not over, it ends with the as-of.",
                duration_words(length)
            ),
            Window::Over { length, before: true } => {
                format!(
                    "A window of {} before the bucket ends where the bucket starts, so nothing of the bucket is in it.",
                    duration_words(length)
                )
            }
            Window::ToDate(grain) => {
                format!(
                    "What adds up from the start of the {0} begins anew with each {0}.",
                    grain.name()
                )
            }
            Window::Average => {
                "An average over the bucket is the mean of its days, each at its end.".to_owned()
            }
            Window::AtStart => "The start of the bucket is the end of the previous one.".to_owned(),
            Window::Bucket | Window::Ever { .. } | Window::Since(_) | Window::AtEnd => continue,
        };
        if told.insert(line.clone()) {
            lines.push(line);
        }
    }
}

/// Which bucket an earlier one is.
fn priors(value: &ValueExpr, grain: Grain, lines: &mut Vec<String>) {
    if let ValueKind::Prior { by: Some(length), .. } = &value.kind {
        let words = duration_words(*length);
        let line = if grain.is_longer_than(*length) {
            format!("{words} earlier, every window ends that much before the end of the bucket.")
        } else {
            format!(
                "The bucket {words} earlier is the one that holds the start of the bucket moved back by that length."
            )
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    value.each_child(&mut |child| priors(child, grain, lines));
}

/// Whether somewhere an aggregate is divided by an aggregate.
fn has_ratio(value: &ValueExpr) -> bool {
    let any = |value: &ValueExpr| {
        let mut found = false;
        value.each_aggregate(&mut |_| found = true);
        found
    };
    let mut found = matches!(&value.kind, ValueKind::Binary { op: BinaryOp::Divide, left, right } if any(left) && any(right));
    value.each_child(&mut |child| found = found || has_ratio(child));
    found
}

/// What no rows give.
fn empty(aggregates: &[&Aggregate], lines: &mut Vec<String>) {
    use milepost_syntax::ast::AggregateFunction::{Any, Count, Sum};
    let adds = aggregates.iter().any(|a| matches!(a.function, Count | Sum));
    let picks = aggregates.iter().any(|a| !matches!(a.function, Count | Sum | Any));
    if adds {
        lines.push("Where there are no rows, counts and sums are 0 from the first row of the data on, and “no data” before it.".to_owned());
    }
    if picks {
        lines.push(
            "An average, a percentile or an extreme of no rows is no number, never 0.".to_owned(),
        );
    }
}

/// Which rows are in no part of it, because of where they look.
fn left_out(model: &Model, aggregates: &[&Aggregate], lines: &mut Vec<String>) {
    let names = |of: &dyn Fn(&Aggregate) -> bool| {
        let datasets: BTreeSet<DatasetId> =
            aggregates.iter().filter(|a| of(a)).map(|a| a.dataset).collect();
        let names: Vec<String> =
            datasets.iter().map(|id| model[*id].name.replace('_', " ")).collect();
        (!names.is_empty()).then(|| and_list(&names))
    };
    if let Some(rows) = names(&|a| !a.matures.is_empty()) {
        lines.push(format!(
            "Rows of {rows} wait until all the time has passed in which they look for others; until then they are in no part of it."
        ));
    }
    if let Some(rows) = names(&|a| !a.looks.is_empty()) {
        lines.push(format!(
            "Rows of {rows} that look for others before the data begins are in no part of it; how many is shown, and where none is left the reason is “short history”."
        ));
    }
}

/// Which percentiles are not exact.
fn approximate(aggregates: &[&Aggregate], lines: &mut Vec<String>) {
    let mut texts: Vec<String> = Vec::new();
    for aggregate in aggregates {
        aggregate.each_aggregate(&mut |found| {
            let text = format!("`{}`", found.text);
            if found.approximate && !texts.contains(&text) {
                texts.push(text);
            }
        });
    }
    if !texts.is_empty() {
        let (is, how) = if texts.len() == 1 { ("is", "") } else { ("are", " each") };
        lines.push(format!(
            "{} {is} approximate, to within 0.2 %{how}: values are rounded to nine significant bits before they are put in order.",
            and_list(&texts)
        ));
    }
}

/// What the as-of does to the last bucket.
fn partial(model: &Model, metric: &Metric, aggregates: &[&Aggregate], lines: &mut Vec<String>) {
    let value = &metric.value;
    let edges = value.edges(model, metric.grain, &[]);
    let told = if edges.counts_inside() {
        "A bucket that is not over at the as-of is partial: it is drawn apart, and is no part of a change or a verdict on the target."
    } else if edges.is_partial_when_cut() {
        "A bucket that is not over at the as-of is partial, because what ends with it is compared with what was over before it began: it is drawn apart, and is no part of a change or a verdict on the target."
    } else if aggregates.is_empty() {
        return;
    } else if goes_back(value) {
        "Every part ends at an instant of its own or covers an earlier, whole bucket, so the last bucket is complete even while it is not over."
    } else {
        "Every part ends at an instant of its own, so the last bucket is complete even while it is not over."
    };
    lines.push(told.to_owned());
}

/// Whether somewhere an earlier bucket is read.
fn goes_back(value: &ValueExpr) -> bool {
    let mut found = matches!(value.kind, ValueKind::Prior { .. });
    value.each_child(&mut |child| found = found || goes_back(child));
    found
}

fn dataset(dataset: &Dataset, own_time: bool, lines: &mut Vec<String>) {
    let name = dataset.name.replace('_', " ");
    let column = |id: ColumnId| &dataset[id].name;
    match dataset.kind {
        DatasetKind::Events { time } if own_time => {
            lines.push(format!("Rows of {name} are placed in time by `{}`.", column(time)));
        }
        DatasetKind::History { from, to } if own_time => lines.push(format!(
            "A row of {name} is true from `{}` until `{}`; without an end, or with one after the as-of, it still is.",
            column(from),
            column(to)
        )),
        DatasetKind::Snapshot { time, carry } if own_time => {
            let reach = match carry {
                None => "the rows of the latest picture before it".to_owned(),
                Some(Carry::For(length)) => format!("each member’s latest row before it, up to {} old", duration_words(length)),
                Some(Carry::Forever) => "each member’s latest row before it".to_owned(),
            };
            lines.push(format!("The state of {name} at an instant is {reach}, by `{}`.", column(time)));
        }
        // Rows that a column after `on` places in time were told with it.
        _ => {}
    }
    if let Some(day) = dataset.complete.from {
        let day = show_date(day);
        lines.push(format!("The rows of {name} are complete from {day} on: before that nothing is known, and after it a time without rows counts as 0."));
    }
    match dataset.complete.until {
        Some(CompleteUntil::Day(day)) => {
            let day = show_date(day);
            lines.push(format!("The rows of {name} are complete until {day}: what lies after it is not known, and a bucket that ends later is partial."));
        }
        Some(CompleteUntil::AsOf) => {
            lines.push(format!("The rows of {name} are complete until the as-of."));
        }
        None => {}
    }
    if !dataset.unique.is_empty() {
        let columns: Vec<String> =
            dataset.unique.iter().map(|id| format!("`{}`", column(*id))).collect();
        lines.push(format!("Rows of {name} that repeat {} are counted once.", and_list(&columns)));
    }
    if dataset.missing {
        lines.push(format!(
            "It is unavailable now: it needs the dataset {name}, whose files are missing."
        ));
    }
}
