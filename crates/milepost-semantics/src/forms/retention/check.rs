//! What a retention lacks, or has too much.

use crate::forms::rows::{AmountRows, first_rows};
use milepost_syntax::ast::{ExprKind, Free, RetentionSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};

/// Reports fields that don't go with the rows of the amount.
pub(super) fn check(
    spec: &RetentionSpec,
    rows: Option<&AmountRows<'_>>,
    diagnostics: &mut Diagnostics,
) {
    let Some(amount) = &spec.amount else { return };
    if matches!(amount.kind, ExprKind::Error) {
        return;
    }
    let told = |span, message: String, help: &str| {
        Diagnostic::error(codes::INVALID_VALUE, span, message).help(help.to_owned())
    };
    if let Some(over) = spec.over.as_ref().filter(|over| over.node.count == 0) {
        let message = "a length of 0 compares each instant with itself".to_owned();
        diagnostics.push(told(over.span, message, "write for example `over: 12 months`"));
    }
    if first_rows(amount).is_none() {
        let message = "`amount` is a column of a dataset, and this names none".to_owned();
        diagnostics.push(told(
            amount.span,
            message,
            "write for example `amount: subscriptions.mrr`",
        ));
        return;
    }
    // A name that is no dataset is reported where it is looked up.
    let Some(rows) = rows else { return };
    let name = &rows.dataset.name;
    let key = spec.key.span;
    if rows.is_events && !spec.changes {
        let message =
            format!("rows of `{name}` are events, so they don't say what is paid at an instant");
        let help = "if they are changes of the amount, add `changes: true`; else take a column of a history or a snapshot";
        diagnostics.push(told(amount.span, message, help).also(rows.dataset.span, "defined here"));
    }
    if !rows.is_events && spec.changes {
        let message = format!("`changes: true` is for events, and rows of `{name}` are amounts");
        diagnostics
            .push(told(key, message, "remove `changes:`").also(rows.dataset.span, "defined here"));
    }
    if spec.changes && spec.free == Free::Expansion {
        let message = format!(
            "changes don't say who has a plan for nothing, so `free: expansion` has no meaning with `{name}`"
        );
        diagnostics.push(told(key, message, "remove `free:`"));
    }
    if let Some(at) = spec.churn_at.as_ref().filter(|_| spec.changes) {
        let message =
            format!("a change in `{name}` happens once, so it does not stop at a time of its own");
        diagnostics.push(told(at.span, message, "remove `churn_at:`"));
    }
    if let Some(due) = spec.due.as_ref().filter(|_| !rows.is_history) {
        let message = format!(
            "`due` needs rows that hold from one time to another, and those of `{name}` don't"
        );
        diagnostics.push(told(due.span, message, "take the amount of a history, or remove `due:`"));
    }
}
