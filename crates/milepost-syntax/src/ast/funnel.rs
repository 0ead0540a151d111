//! `funnel:` of a metric, as written.

use serde::Serialize;

use super::expr::{Duration, Expr};
use crate::span::{Span, Spanned};

/// Steps that members take one after the other, and how many of them get how far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunnelSpec {
    /// `funnel`, as it is written.
    pub key: Spanned<String>,
    /// The key and its fields.
    pub span: Span,
    /// `of:` the entity whose members take the steps.
    pub of: Option<Spanned<String>>,
    /// `steps:` in their order.
    pub steps: Vec<FunnelStepSpec>,
    /// `within: 14 days`, from the first step on.
    pub within: Option<Spanned<Duration>>,
    /// `without:` the rows that end an attempt.
    pub without: Option<PlacedRowsSpec>,
    /// `same: [campaign]` columns that are the same in all steps.
    pub same: Vec<Spanned<String>>,
    /// `ties: in_order|apart` what steps at the same time mean.
    pub ties: Option<Spanned<String>>,
    /// `count: members|attempts`
    pub count: Option<Spanned<String>>,
}

/// A step: `clicked: touches on clicked_at where channel = 'email'`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunnelStepSpec {
    pub name: Spanned<String>,
    pub rows: PlacedRowsSpec,
    /// `of: account`: whose rows they are, where not the member's own.
    pub of: Option<Spanned<String>>,
}

/// Rows, and when they happen: `touches on clicked_at where channel = 'email'`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlacedRowsSpec {
    /// The name and all that follows it.
    pub span: Span,
    /// A dataset or a behavior.
    pub name: Spanned<String>,
    /// `on clicked_at`
    pub on: Option<Expr>,
    pub filter: Option<Expr>,
}

impl FunnelSpec {
    /// The rows of the steps, and those that end an attempt.
    pub fn rows(&self) -> impl Iterator<Item = &PlacedRowsSpec> {
        self.steps.iter().map(|step| &step.rows).chain(&self.without)
    }
}

impl PlacedRowsSpec {
    /// When they happen and which they are, as far as it is said.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        self.on.iter().chain(&self.filter)
    }
}
