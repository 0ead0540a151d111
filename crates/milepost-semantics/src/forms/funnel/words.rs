//! What a funnel means, a sentence each.

use milepost_syntax::ast::PlacedRowsSpec;
use milepost_syntax::print_expr;

use super::read::{Funnel, Step};
use crate::explain::duration_words;
use crate::forms::build::plain;
use crate::model::{plural, singular};

pub(super) fn words(funnel: &Funnel<'_>) -> Vec<String> {
    let mut lines = vec![steps(funnel), order(funnel), counted(funnel), waits(funnel)];
    lines.extend(funnel.without.as_ref().map(|without| {
        format!(
            "An attempt ends with the first of {} after its first step: what comes later is not reached.",
            rows(without.rows)
        )
    }));
    lines.push("Days are the median time from the step before, and from the first step to the last, of the attempts that count.".to_owned());
    lines
}

/// `Steps: sent (touches), then clicked (…)`.
fn steps(funnel: &Funnel<'_>) -> String {
    let one = |step: &Step<'_>| {
        let own = if step.is_first_row { ", the same row" } else { "" };
        let of = match step.of.node == funnel.of.node {
            true => String::new(),
            false => format!(", of anybody of the {}", plain(&step.of.node)),
        };
        format!("{} ({}{own}{of})", plain(&step.name.node), rows(step.placed.rows))
    };
    let list: Vec<String> = funnel.steps.iter().map(one).collect();
    let same: Vec<String> = funnel.spec.same.iter().map(|name| plain(&name.node)).collect();
    let same = match same.is_empty() {
        true => String::new(),
        false => format!(", all with the same {}", same.join(" and ")),
    };
    format!(
        "The steps of each {} are {}, within {} of the first one{same}.",
        plain(&funnel.of.node),
        list.join(", then "),
        duration_words(funnel.within)
    )
}

fn order(funnel: &Funnel<'_>) -> String {
    if funnel.apart {
        return "Each step is later than the one before: two things at the same time are in no order.".to_owned();
    }
    let base =
        "Steps at the same time count as in order, and the last instant of the window is in it";
    let later: Vec<String> = funnel
        .steps
        .iter()
        .filter(|step| step.is_later)
        .map(|step| plain(&step.name.node))
        .collect();
    match later.is_empty() {
        true => format!("{base}."),
        false => format!(
            "{base}; only {} has to be later than the step before, for one row could be both.",
            later.join(" and ")
        ),
    }
}

fn counted(funnel: &Funnel<'_>) -> String {
    let first = plain(&funnel.steps[0].name.node);
    if funnel.counts_attempts {
        return format!("Every row of `{first}` in the bucket is an attempt, and each counts.");
    }
    let one = plain(&funnel.of.node);
    format!(
        "Every row of `{first}` in the bucket is an attempt; of each {one} the attempt that goes furthest counts, of several the earliest."
    )
}

fn waits(funnel: &Funnel<'_>) -> String {
    format!(
        "Attempts whose {} are not over at the as-of are in no number but `started`.",
        duration_words(funnel.within)
    )
}

fn rows(rows: &PlacedRowsSpec) -> String {
    let name = plain(&plural(&singular(&rows.name.node)));
    let on = rows.on.as_ref().map(|on| format!(" on “{}”", plain(&print_expr(on))));
    let filter = rows.filter.as_ref().map(|filter| format!(" where `{}`", print_expr(filter)));
    format!("{name}{}{}", on.unwrap_or_default(), filter.unwrap_or_default())
}
