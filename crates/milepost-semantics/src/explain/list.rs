//! What a list does with the members that it counts, in words.

use super::context::Words;
use super::rows::column;
use super::words::sentence;
use crate::model::{Aggregate, List, ListRole, Metric, RowExpr, RowKind, Type, ValueKind};

/// A line for each of its rules.
pub(super) fn list<'m>(words: &Words<'m>, metric: &'m Metric, lines: &mut Vec<String>) {
    let Some(list) = &metric.list else { return };
    let ValueKind::Aggregate(count) = &metric.value().kind else { return };
    let words = words.within(count);
    let value = |role| list.position(role).map(|at| &count.listed[at]);
    if let Some(order) = value(ListRole::Order) {
        let is_time = matches!(order.ty, Type::Date | Type::Timestamp);
        let first = match (list.descending, is_time) {
            (true, false) => "highest",
            (false, false) => "lowest",
            (true, true) => "latest",
            (false, true) => "earliest",
        };
        lines.push(format!(
            "Ordered by {}, the {first} first; those that are equal stay in the order of their keys, and those without a value come last.",
            words.row(order)
        ));
    }
    if let Some(reason) = value(ListRole::Reason) {
        lines.push(sentence(&format!("the reason is {}", words.row(reason))));
    }
    lines.push(limit(&words, list, value(ListRole::Assignee), count));
    lines.extend(value(ListRole::Until).and_then(|until| snoozed(&words, until, count)));
    lines.extend(
        list.next_step.iter().map(|next| format!("Next step: {}.", next.trim_end_matches('.'))),
    );
    let all = words.name_of_all(count);
    let whom = if list.of.is_rows() { "which" } else { "whom" };
    lines.push(if list.hides_unknown {
        format!("Left out are {all} for {whom} the condition can’t be evaluated.")
    } else {
        format!(
            "Any {all} for {whom} the condition can’t be evaluated follow in a group of their own."
        )
    });
}

fn limit<'m>(
    words: &Words<'m>,
    list: &List,
    assignee: Option<&'m RowExpr>,
    count: &Aggregate,
) -> String {
    let (limit, all) = (list.limit, words.name_of_all(count));
    match assignee {
        Some(assignee) => {
            format!("Split by {}: for each of them the first {limit} {all}.", words.row(assignee))
        }
        None => format!("The first {limit} {all} are on the list."),
    }
}

fn snoozed<'m>(words: &Words<'m>, until: &'m RowExpr, count: &Aggregate) -> Option<String> {
    let RowKind::Inner(inner) = &until.kind else { return None };
    let path = inner.aggregate.args.first()?.as_column()?;
    let until = column(words.model, path.dataset, path.column);
    let rows = words.name_of_all(&inner.aggregate);
    let one = words.name_of_one(count);
    Some(format!(
        "While the latest {until} of the {rows} of {} lies ahead, it is snoozed; on that day it is back on the list.",
        with_article(&one)
    ))
}

/// `an account`, `a contact`, by the first letter alone.
pub(super) fn with_article(one: &str) -> String {
    let article = if one.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {one}")
}
