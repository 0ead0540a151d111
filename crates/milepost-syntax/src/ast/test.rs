//! Tests, as written: rows, and the figures that they must give.

use serde::Serialize;

use super::Meta;
use crate::span::{Span, Spanned};

/// One of `tests:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TestSpec {
    pub name: Spanned<String>,
    /// The whole definition, key to last line.
    pub span: Span,
    pub meta: Meta,
    /// `metric:` the metric that is tested.
    pub metric: Option<Spanned<String>>,
    /// `grain:` the bucket, where it is not the metric's own.
    pub grain: Option<Spanned<String>>,
    /// `as_of: 2026-03-31` (text; the semantics reads it).
    pub as_of: Option<Spanned<String>>,
    /// `holidays: [2026-12-25]` in place of the project's (text; the semantics reads them).
    pub holidays: Option<Vec<Spanned<String>>>,
    /// `given:` the rows, by dataset.
    pub given: Vec<GivenSpec>,
    /// `expect:`
    pub expect: Vec<ExpectSpec>,
}

/// The rows of one dataset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GivenSpec {
    pub dataset: Spanned<String>,
    /// The place of `missing`, in place of rows: the files of an optional dataset are not there.
    pub missing: Option<Span>,
    pub rows: Vec<GivenRow>,
}

/// One row: its cells, in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GivenRow {
    pub span: Span,
    pub cells: Vec<GivenCell>,
}

/// `seats: 3` of a row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GivenCell {
    pub column: Spanned<String>,
    /// Where the value is.
    pub span: Span,
    /// The value as YAML decodes it; absent: null.
    pub text: Option<String>,
    /// Whether it is in quotes, so that `"12"` is text.
    pub quoted: bool,
}

/// One figure that the rows must give.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectSpec {
    pub span: Span,
    /// The key that names the bucket (`month`, `fiscal_quarter`, or `bucket` of any grain), and its label.
    pub bucket: Option<(Spanned<String>, Spanned<String>)>,
    /// Dimensions and their values; `null`: the rows that have none.
    pub slices: Vec<(Spanned<String>, Spanned<Option<String>>)>,
    pub value: Option<Spanned<String>>,
    pub tolerance: Option<Spanned<String>>,
    /// `reason: no data`
    pub reason: Option<Spanned<String>>,
}
