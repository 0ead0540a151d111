//! The form `retention` as written.

use serde::Serialize;

use super::expr::{Duration, Expr};
use crate::span::{Span, Spanned};

/// Recurring amounts of the members of an entity between two instants.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RetentionSpec {
    /// `retention`, as it is written.
    pub key: Spanned<String>,
    /// The key and its fields.
    pub span: Span,
    /// The entity.
    pub of: Option<Spanned<String>>,
    /// What a member pays: a column of a history or of a snapshot, read at both instants.
    pub amount: Option<Expr>,
    /// Which rows of the amount count.
    pub filter: Option<Expr>,
    /// The rows are changes of the amount rather than amounts.
    pub changes: bool,
    /// How far apart the two instants of the rates are; a bucket if absent.
    pub over: Option<Spanned<Duration>>,
    /// What a member is who pays again.
    pub reactivation: Reactivation,
    /// What a member is who did not pay anything, and does now.
    pub free: Free,
    /// A time of the amount's rows at which they stop to count, though they have not ended.
    pub churn_at: Option<Expr>,
    /// The day of the amount's rows on which they are to be renewed.
    pub due: Option<Expr>,
}

/// What a member is who paid before, did not pay when the bucket began, and pays when it ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Reactivation {
    /// A reactivation, however long ago it was.
    #[default]
    Any,
    /// A reactivation, if the gap was no longer than that; else it is new.
    Within(Duration),
    /// New.
    None,
}

/// What a member with an amount of zero is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Free {
    /// No customer: it is new when it pays, and churned when it stops to pay.
    #[default]
    New,
    /// A customer: what it pays is an expansion, and that it stops to pay is a contraction.
    Expansion,
}
