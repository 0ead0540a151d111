//! Named rows and named groups of members: `behaviors:` and `segments:`.

use serde::Serialize;

use super::expr::Expr;
use super::spec::Meta;
use crate::span::{Span, Spanned};

/// One of `behaviors:`, `login: events where name = 'login'`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BehaviorSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub meta: Meta,
    /// The dataset or behavior whose rows it names.
    pub rows: Option<Spanned<String>>,
    /// `where`; absent: all of them.
    pub filter: Option<Expr>,
}

/// One of `segments:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SegmentSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub meta: Meta,
    /// `of:` the entity whose members it divides.
    pub of: Option<Spanned<String>>,
    /// `where:` who belongs.
    pub filter: Option<Expr>,
    /// `bands:` the first whose condition holds takes the member.
    pub bands: Option<Spanned<Vec<BandSpec>>>,
}

/// One entry of `bands:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandSpec {
    pub name: Spanned<String>,
    /// Absent: `otherwise`.
    pub condition: Option<Expr>,
}
