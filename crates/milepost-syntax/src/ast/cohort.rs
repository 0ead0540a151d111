//! `cohort:` of a metric, as written.

use serde::Serialize;

use super::expr::Expr;
use crate::span::{Span, Spanned};

/// The members that began together, and how many of them came back in each step of time after that.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CohortSpec {
    /// `cohort`, as it is written.
    pub key: Spanned<String>,
    /// The key and its fields.
    pub span: Span,
    /// The entity.
    pub of: Option<Spanned<String>>,
    /// When a member begins: rows, of which the first counts, or a time of the member.
    pub starts: Option<Expr>,
    /// The rows by which a member comes back.
    pub returns: Option<Expr>,
    /// `at_least: 2`, the returns in a step that make a member count.
    pub at_least: Option<Spanned<i64>>,
    /// `step: week`
    pub step: Option<Spanned<String>>,
    /// `offsets: 12`, the last step that is looked at.
    pub offsets: Option<Spanned<i64>>,
    /// `mode: on|on_or_after`
    pub mode: Option<Spanned<String>>,
    /// `clock: calendar|elapsed`
    pub clock: Option<Spanned<String>>,
    /// `zero: size|returns`
    pub zero: Option<Spanned<String>>,
    /// What is added up over the returns of a step.
    pub amount: Option<Expr>,
}
