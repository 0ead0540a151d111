//! `lists:` whom to call, as written.

use serde::Serialize;

use super::dataset::CarrySpec;
use super::expr::Expr;
use super::funnel::PlacedRowsSpec;
use crate::span::{Span, Spanned};

/// One of `lists:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListSpec {
    /// The name of the list.
    pub name: Spanned<String>,
    /// The whole definition, key to last line.
    pub span: Span,
    /// `of:` the entity whose members stand on it, or the dataset or behavior whose rows do.
    pub of: Option<Spanned<String>>,
    /// `over:` how far back events are listed.
    pub over: Option<Spanned<CarrySpec>>,
    /// `where:` who, or what, stands on it.
    pub filter: Option<Expr>,
    /// `highest:` or `lowest:`
    pub order: Option<OrderSpec>,
    pub columns: Vec<ListColumnSpec>,
    /// `reason:` a text that says why a member stands on it.
    pub reason: Option<Expr>,
    /// `assign_to:` who is to act.
    pub assign_to: Option<Expr>,
    /// `limit:` how many each of these gets.
    pub limit: Option<Spanned<i64>>,
    /// `snoozed_by:`
    pub snoozed_by: Option<SnoozeSpec>,
    /// `next_step:` what to do.
    pub next_step: Option<Spanned<String>>,
    /// `unknown: show|hide`: what happens to members for whom the condition can't be told.
    pub unknown: Option<Spanned<String>>,
    /// Whether it is made of a journey: all its members, without a page of its own.
    pub is_journey: bool,
    /// The score whose members they are, where no author has written it.
    pub score: Option<Spanned<String>>,
}

impl ListSpec {
    /// A list of members that no author has written: of everybody, and without a limit.
    #[must_use]
    pub fn of_everybody(
        (name, span): (Spanned<String>, Span),
        of: Spanned<String>,
        order: OrderSpec,
        columns: Vec<ListColumnSpec>,
    ) -> Self {
        Self {
            limit: Some(Spanned::new(i64::MAX, name.span)),
            name,
            span,
            of: Some(of),
            over: None,
            filter: None,
            order: Some(order),
            columns,
            reason: None,
            assign_to: None,
            snoozed_by: None,
            next_step: None,
            unknown: None,
            is_journey: false,
            score: None,
        }
    }
}

/// `highest: sum(subscriptions.mrr)`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OrderSpec {
    /// The largest first.
    pub descending: bool,
    pub column: ListColumnSpec,
}

/// `renewal_at`, or `seats: sum(subscriptions.seats)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListColumnSpec {
    /// As written, or what the expression says.
    pub name: Spanned<String>,
    /// Whether the author gave it the name.
    pub named: bool,
    pub value: Expr,
}

/// `snoozed_by: { rows: snoozes, until: until }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SnoozeSpec {
    /// The key and its fields.
    pub span: Span,
    pub rows: Option<PlacedRowsSpec>,
    /// The column with the day on which the member is back.
    pub until: Option<Spanned<String>>,
}

impl ListSpec {
    /// The expressions that are written in it.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let order = self.order.iter().map(|order| &order.column.value);
        let columns = self.columns.iter().map(|column| &column.value);
        let snoozed = self.snoozed_by.iter().filter_map(|snoozed| snoozed.rows.as_ref());
        let snoozed = snoozed.flat_map(PlacedRowsSpec::exprs);
        let all = self.filter.iter().chain(order).chain(columns);
        all.chain(&self.reason).chain(&self.assign_to).chain(snoozed)
    }
}
