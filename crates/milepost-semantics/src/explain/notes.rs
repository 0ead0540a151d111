//! The choices behind a number that a reader would otherwise have to guess.

use std::collections::BTreeSet;

use super::context::Words;
use super::named::{self, Named};
use super::rows::{column, is_time};
use super::words::{and_list, duration_words, sentence};
use crate::model::{
    Aggregate, Better, Carry, ColumnId, CompleteUntil, Dataset, DatasetId, DatasetKind,
    DimensionId, Form, Lives, Metric, Model, Path, RowExpr, ValidAt, ValueExpr, ValueKind, Window,
    plural,
};
use crate::time::{Grain, show_date};
use milepost_syntax::ast::{BinaryOp, Duration};

/// Adds a sentence for each of them.
pub(super) fn notes(
    words: &Words<'_>,
    metric: &Metric,
    named: &Named<'_>,
    lines: &mut Vec<String>,
) {
    let (model, grain) = (words.model, words.bucket.grain);
    let mut aggregates: Vec<&Aggregate> = Vec::new();
    metric.each_aggregate(&mut |a| aggregates.push(a));
    if let Some(filter) = named::filter(words, metric) {
        lines.push(format!("Only rows where {filter} count, in every part of it."));
    }
    windows(&aggregates, grain, lines);
    priors(metric.value(), metric.grain, lines);
    if has_ratio(metric.value()) {
        lines.push("A ratio is the ratio of the two totals, not an average of ratios; where the divisor is 0 there is no number but the reason “zero denominator”.".to_owned());
    }
    left_out(words, &aggregates, lines);
    empty(&aggregates, lines);
    approximate(&aggregates, lines);
    if let Some(n) = metric.min_sample {
        let counted = if has_ratio(metric.value()) { " (counted on the denominator)" } else { "" };
        lines.push(format!(
            "Below a sample of {n}{counted} there is no number but the reason “too few”."
        ));
    }
    partial(model, metric, &aggregates, lines);
    let used: BTreeSet<DatasetId> = named.aggregates.iter().map(|a| a.dataset).collect();
    for id in &used {
        let own_time = named.aggregates.iter().any(|a| a.dataset == *id && a.on.is_none());
        dataset(words, *id, own_time, lines);
    }
    lives(words, named, lines);
    lookups(words, &aggregates, lines);
    if !metric.slices.is_empty() {
        let name = |id: &DimensionId| model[*id].name.replace('_', " ");
        let names: Vec<String> = metric.slices.iter().map(name).collect();
        lines.push(format!(
            "It is sliced by {}; rows whose key has no match are counted under “(unknown)”.",
            and_list(&names)
        ));
    }
    todays_values(words, metric, &aggregates, lines);
    judged(metric, lines);
    if let Some(length) = metric.maturity {
        lines.push(format!(
            "A {grain} that ended less than {} before the as-of is shown as not settled yet.",
            duration_words(length)
        ));
    }
    if !used.is_empty() {
        lines.push("Nothing after the as-of is counted.".to_owned());
    }
}

/// Which way is good, and whether slices are held against the target.
fn judged(metric: &Metric, lines: &mut Vec<String>) {
    match metric.better {
        Some(Better::Higher) => lines.push("Higher is better.".to_owned()),
        Some(Better::Lower) => lines.push("Lower is better.".to_owned()),
        Some(Better::Inside(..)) => {
            lines.push("Closer to its good range is better.".to_owned());
        }
        None => {}
    }
    let target = metric.target.as_ref().filter(|target| target.bound.is_some());
    if let (Some(target), false) =
        (target, metric.slices.is_empty() || metric.value().is_alike_in_slices())
    {
        let own = if target.by.is_empty() {
            ""
        } else {
            "; slices with their own target are compared with that"
        };
        lines.push(format!(
            "The target applies to the total: slices are parts of it, and are not compared with it{own}."
        ));
    }
}

fn windows(aggregates: &[&Aggregate], grain: &str, lines: &mut Vec<String>) {
    let mut told = BTreeSet::new();
    for aggregate in aggregates {
        let line = match aggregate.window {
            Window::Over { length, before: false } => format!(
                "A window of {} ends where the {grain} ends; in a {grain} that is not over, it ends with the as-of.",
                duration_words(length)
            ),
            Window::Over { length, before: true } => {
                format!(
                    "A window of {} before the {grain} ends where the {grain} starts, so nothing of the {grain} is in it.",
                    duration_words(length)
                )
            }
            Window::ToDate(grain) => {
                format!(
                    "What adds up from the start of the {0} starts again with each {0}.",
                    grain.name()
                )
            }
            Window::Average => {
                format!("An average over the {grain} is the mean of its days, each at its end.")
            }
            Window::AtStart => {
                format!("The start of the {grain} is the end of the previous one.")
            }
            Window::Bucket
            | Window::Ever { .. }
            | Window::Since(_)
            | Window::AtEnd
            | Window::Step(_) => continue,
        };
        if told.insert(line.clone()) {
            lines.push(line);
        }
    }
}

/// Which bucket an earlier one is.
fn priors(value: &ValueExpr, grain: Grain, lines: &mut Vec<String>) {
    if let ValueKind::Prior { by: Some(length), .. } = &value.kind {
        let (words, name) = (duration_words(*length), grain.name());
        let line = if grain.is_longer_than(*length) {
            format!("{words} earlier, every window ends that much before the end of the {name}.")
        } else {
            format!(
                "The {name} {words} earlier is the one that holds the start of the {name} moved back by that length."
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
    let mut found = matches!(&value.kind, ValueKind::Form(Form::Binary { op: BinaryOp::Divide, left, right }) if any(left) && any(right));
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
fn left_out(words: &Words<'_>, aggregates: &[&Aggregate], lines: &mut Vec<String>) {
    let mut reported = BTreeSet::new();
    let mut report = |line: String| {
        if reported.insert(line.clone()) {
            lines.push(line);
        }
    };
    for found in aggregates {
        let rows = words.name_of_all(found);
        for matures in &found.matures {
            // What has passed at once is waited for by nobody.
            let lengths: Vec<Duration> =
                matures.lengths().into_iter().filter(|length| length.count > 0).collect();
            let Some(last) = lengths.last() else { continue };
            let inside = words.within(found);
            let from = match &matures.after {
                Some(time) => Some(inside.row(time)),
                None => inside.placed_by(),
            };
            let from = from.map_or_else(String::new, |time| format!(" since {time}"));
            let have = if lengths.len() == 1 && last.count == 1 { "has" } else { "have" };
            let lengths: Vec<String> =
                lengths.iter().map(|length| duration_words(*length)).collect();
            report(sentence(&format!(
                "{rows} count only once {} {have} passed{from}, so that what they look for can have happened; until then they are left out of it",
                lengths.join(" and then "),
            )));
        }
    }
    for found in aggregates.iter().filter(|found| !found.looks.is_empty()) {
        report(sentence(&format!(
            "{} that would look at rows from before the data begins are left out of it; their number is shown, and if none is left the reason is “short history”",
            words.name_of_all(found)
        )));
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
    let (value, grain) = (metric.value(), metric.grain.name());
    let edges = value.edges(model, metric.grain, &[]);
    let drawn_apart =
        "it is drawn differently, and is not part of a change or a verdict on the target.";
    let sentence = if edges.counts_inside() {
        format!("A {grain} that is not over at the as-of is partial: {drawn_apart}")
    } else if edges.is_partial_when_cut() {
        format!(
            "A {grain} that is not over at the as-of is partial, because what ends with it is compared with what was over before it began: {drawn_apart}"
        )
    } else if aggregates.is_empty() {
        return;
    } else if goes_back(value) {
        format!(
            "Every part ends at an instant of its own or covers an earlier, whole {grain}, so the last {grain} is complete even while it is not over."
        )
    } else {
        format!(
            "Every part ends at an instant of its own, so the last {grain} is complete even while it is not over."
        )
    };
    lines.push(sentence);
}

/// Whether somewhere an earlier bucket is read.
fn goes_back(value: &ValueExpr) -> bool {
    let mut found = matches!(value.kind, ValueKind::Prior { .. });
    value.each_child(&mut |child| found = found || goes_back(child));
    found
}

fn dataset(words: &Words<'_>, id: DatasetId, own_time: bool, lines: &mut Vec<String>) {
    let dataset: &Dataset = &words.model[id];
    let name = dataset.name.replace('_', " ");
    let column = |column_id: ColumnId| column(words.model, id, column_id);
    match dataset.kind {
        DatasetKind::Events { time } if own_time => {
            lines.push(format!("Rows of {name} are placed in time by {}.", column(time)));
        }
        DatasetKind::History { from, to } if own_time => lines.push(format!(
            "A row of {name} is true from {} until {}; without an end, or with one after the as-of, it still is.",
            column(from),
            column(to)
        )),
        DatasetKind::Snapshot { time, carry } if own_time => {
            let reach = match carry {
                None => "the rows of the latest picture before it".to_owned(),
                Some(Carry::For(length)) => format!("each member’s latest row before it, up to {} old", duration_words(length)),
                Some(Carry::Forever) => "each member’s latest row before it".to_owned(),
            };
            lines.push(format!("The state of {name} at an instant is {reach}, by {}.", column(time)));
        }
        // Rows that a column after `on` places in time were named with it.
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
        let columns: Vec<String> = dataset.unique.iter().map(|id| column(*id)).collect();
        lines.push(format!("Rows of {name} that repeat {} are counted once.", and_list(&columns)));
    }
    if dataset.missing {
        lines.push(format!(
            "It is unavailable now: it needs the dataset {name}, whose files are missing."
        ));
    }
}

/// From when to when the members that are counted count.
fn lives(words: &Words<'_>, named: &Named<'_>, lines: &mut Vec<String>) {
    let mut reported = BTreeSet::new();
    for found in named.aggregates.iter().filter(|found| found.on.is_none()) {
        let Some(id) = found.members.filter(|id| reported.insert(*id)) else { continue };
        let entity = &words.model[id];
        if let (Some(home), Some(Lives::Between { from, to })) = (entity.home, entity.lives) {
            let one = entity.name.replace('_', " ");
            let an = if one.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
            let name = |id| column(words.model, home, id);
            let until = to.map_or_else(|| "on".to_owned(), |to| format!("until {}", name(to)));
            lines.push(sentence(&format!("{an} {one} counts from {} {until}", name(from))));
        }
    }
}

/// As of when histories are looked up, where rows are not placed by their own time.
fn lookups(words: &Words<'_>, aggregates: &[&Aggregate], lines: &mut Vec<String>) {
    let mut reported = BTreeSet::new();
    for found in aggregates {
        let Some(on) = &found.on else { continue };
        let mut at_row = false;
        found.exprs().for_each(|expr| {
            expr.each_path(&mut |path| {
                at_row |= path.hops.iter().any(|hop| hop.valid == Some(ValidAt::Row));
            });
        });
        if at_row {
            let line = format!(
                "“At that time” is {} of the {}, by which its rows are placed.",
                words.within(found).row(on),
                words.name_of_one(found)
            );
            if reported.insert(line.clone()) {
                lines.push(line);
            }
        }
    }
}

/// Attributes have no history: which of them the past is counted by.
fn todays_values(
    words: &Words<'_>,
    metric: &Metric,
    aggregates: &[&Aggregate],
    lines: &mut Vec<String>,
) {
    let mut names: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !names.contains(&name) {
            names.push(name);
        }
    };
    for found in aggregates {
        found.each_aggregate(&mut |found| {
            found.exprs().for_each(|expr| {
                expr.each_path(&mut |path| {
                    if is_attribute(words, found, path) {
                        add(words.path(path));
                    }
                });
            });
        });
    }
    let first = aggregates.first().map(|found| &words.model[found.dataset].reach);
    for id in &metric.slices {
        let reached = first.and_then(|reach| reach.get(id)).and_then(RowExpr::as_column);
        let Some(path) = reached else { continue };
        if matches!(words.model[path.dataset].kind, DatasetKind::Attributes) {
            add(words.model[*id].name.replace('_', " "));
        }
    }
    if names.is_empty() {
        return;
    }
    let are = if names.len() == 1 { "is as it is" } else { "are as they are" };
    let past = plural(words.bucket.grain);
    lines.push(sentence(&format!("{} {are} today, in past {past} too", and_list(&names))));
}

/// Whether a column is one of an attributes dataset that says nothing of when: no key, no time.
fn is_attribute(words: &Words<'_>, found: &Aggregate, path: &Path) -> bool {
    let dataset = &words.model[path.dataset];
    let looked_up = !path.hops.is_empty() || found.members.is_some();
    let times = is_time(dataset[path.column].ty);
    let is_key = dataset.entities.iter().any(|(_, columns)| columns.contains(&path.column));
    looked_up && matches!(dataset.kind, DatasetKind::Attributes) && !times && !is_key
}
