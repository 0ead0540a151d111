//! A retention in words: what the parts mean, and what was chosen where definitions differ.

use crate::explain::duration_words;
use crate::forms::build::plain;
use crate::model::plural;
use milepost_syntax::ast::{Expr, Free, Reactivation, RetentionSpec};
use milepost_syntax::print_expr;

/// What the parts mean, and every choice that was made.
pub(super) fn words(spec: &RetentionSpec, headline: &str) -> Vec<String> {
    let (Some(of), Some(amount)) = (&spec.of, &spec.amount) else { return Vec::new() };
    let members = plural(&plain(&of.node));
    let opening = spec.over.as_ref().map_or_else(
        || "when the bucket began".to_owned(),
        |over| format!("{} before", duration_words(over.node)),
    );
    let mut lines = vec![
        format!(
            "`net` is what the {members} that paid {opening} pay when the bucket ends, divided by what they paid then; `gross` is the same, of each at most what it paid then; `logo` is the share of them that still pay. The headline is `{headline}`."
        ),
        amounts(spec, amount),
        "Only the two ends are compared (point to point): what came and went in between does not show, and several changes of one member are one.".to_owned(),
        "The movements are those of the bucket itself: opening + new + expansion + reactivation − contraction − churned = closing. The quick ratio is what was gained (new, expansion, reactivation) divided by what was lost (contraction, churned).".to_owned(),
        reactivation(spec),
        match spec.free {
            Free::New => "An amount of 0 is no customer: who begins to pay is new or reactivated, and who stops is churned.",
            Free::Expansion => "Who has a plan for an amount of 0 is a customer: what it begins to pay is an expansion, and what it stops to pay is a contraction.",
        }
        .to_owned(),
        format!("A member stays in the slice that it was in {opening} (for movements: when the bucket began), if it paid then, also when it has left since."),
        "Members with a negative amount at one of the two ends are left out, and counted as not evaluated.".to_owned(),
    ];
    lines.extend(spec.due.as_ref().map(|due| {
        format!("`renewed` is what is left of the amounts that were due in the bucket by `{}`: what a member lost in the bucket is taken off what was due.", print_expr(due))
    }));
    lines
}

fn amounts(spec: &RetentionSpec, amount: &Expr) -> String {
    let which = spec.filter.as_ref().map(|filter| format!(" where {}", print_expr(filter)));
    let rows = if spec.changes {
        "of all changes up to that instant"
    } else {
        "of the rows that hold at that instant"
    };
    let stops = spec.churn_at.as_ref().map(|at| {
        format!("; a row stops to count at its `{}`, also if it has not ended", print_expr(at))
    });
    format!(
        "What a member pays is the sum of `{}`{} {rows}{}.",
        print_expr(amount),
        which.unwrap_or_default(),
        stops.unwrap_or_default()
    )
}

fn reactivation(spec: &RetentionSpec) -> String {
    match spec.reactivation {
        Reactivation::Any => {
            "Who pays again, however long after, is reactivated; who never paid before is new."
                .to_owned()
        }
        Reactivation::Within(length) => format!(
            "Who pays again within {} is reactivated; later it is new, like who never paid before.",
            duration_words(length)
        ),
        Reactivation::None => "Who pays again is new, like who never paid before.".to_owned(),
    }
}
