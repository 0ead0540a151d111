//! A list: `count(account where CONDITION)`, with what is listed of each member.

use std::borrow::Cow;

use super::build::Writer;
use super::{Desugared, FormPart};
use crate::model::{ListRole, Shape};
use milepost_syntax::ast::{
    AggregateFunction, Expr, ExprKind, ListColumnSpec, ListSpec, SnoozeSpec, Window,
};
use milepost_syntax::print_expr;
use milepost_syntax::span::Spanned;

/// The one part.
pub(super) const COUNT: &str = "count";

pub(super) fn desugar(spec: &ListSpec) -> Option<Desugared<'_>> {
    let of = spec.of.as_ref()?;
    spec.order.as_ref()?;
    let write = Writer { span: spec.name.span };
    let subject = write.name(of);
    let count = write.aggregate(AggregateFunction::Count, subject).filter(spec.filter.clone());
    let listed = columns(spec).into_iter().map(|column| column.value.into_owned());
    let count = count.listed(listed.collect()).over(spec.span);
    Some(Desugared {
        shape: Shape::Number,
        parts: vec![FormPart::new(COUNT, Cow::Owned(count))],
        headline: 0,
        checks: Vec::new(),
        // They are made of what is listed.
        words: Box::new(|_| Vec::new()),
    })
}

/// What is listed of a member, as it is written.
pub(crate) struct Written<'a> {
    pub(crate) name: Spanned<String>,
    pub(crate) role: ListRole,
    pub(crate) value: Cow<'a, Expr>,
}

/// What is listed of each member, in the order in which it is evaluated.
pub(crate) fn columns(spec: &ListSpec) -> Vec<Written<'_>> {
    let mut all = Vec::new();
    let mut add = |name: &Spanned<String>, role, value| {
        all.push(Written { name: name.clone(), role, value });
    };
    if let Some(order) = &spec.order {
        add(&order.column.name, ListRole::Order, Cow::Borrowed(&order.column.value));
    }
    if let Some(reason) = &spec.reason {
        add(
            &Spanned::new("reason".to_owned(), reason.span),
            ListRole::Reason,
            Cow::Borrowed(reason),
        );
    }
    if let Some(assignee) = &spec.assign_to {
        let name = assignee_name(assignee);
        add(&Spanned::new(name, assignee.span), ListRole::Assignee, Cow::Borrowed(assignee));
    }
    if let Some(until) = spec.snoozed_by.as_ref().and_then(until) {
        let name = Spanned::new("snoozed_until".to_owned(), until.span);
        add(&name, ListRole::Until, Cow::Owned(until));
    }
    // What orders it, or says who is to act, is shown there already.
    let is_shown = |column: &&ListColumnSpec| {
        let same = |name: &str, value: &Expr| {
            column.name.node == name && print_expr(&column.value) == print_expr(value)
        };
        let order = spec.order.iter().map(|order| (&order.column.name, &order.column.value));
        !order.into_iter().any(|(name, value)| same(&name.node, value))
            && !spec.assign_to.iter().any(|who| same(&assignee_name(who), who))
    };
    for column in spec.columns.iter().filter(is_shown) {
        add(&column.name, ListRole::Fact, Cow::Borrowed(&column.value));
    }
    all
}

/// What who is to act is called: the last name of a path.
fn assignee_name(assignee: &Expr) -> String {
    let name = match &assignee.kind {
        ExprKind::Path(path) => path.last().map(|name| name.node.clone()),
        _ => None,
    };
    name.unwrap_or_else(|| "assignee".to_owned())
}

/// `max(ROWS.UNTIL ever where …)`: the last day on which a member is back.
fn until(snoozed: &SnoozeSpec) -> Option<Expr> {
    let (rows, until) = (snoozed.rows.as_ref()?, snoozed.until.as_ref()?);
    let write = Writer { span: until.span };
    let column =
        Expr { kind: ExprKind::Path(vec![rows.name.clone(), until.clone()]), span: until.span };
    let latest = write.aggregate(AggregateFunction::Max, column);
    let window = write.at(Window::Ever { before: false });
    Some(latest.on(rows.on.clone()).window(window).filter(rows.filter.clone()).done())
}
