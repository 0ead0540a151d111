//! Datasets and their columns, as written.

use serde::Serialize;

use super::expr::{Duration, Expr};
use super::spec::Meta;
use crate::span::{Span, Spanned};

/// One of `datasets:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatasetSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub meta: Meta,
    /// `from:` a file, a glob or a folder, relative to the project.
    pub from: Option<Spanned<String>>,
    /// `format: parquet|csv|json|ndjson|xlsx|arrow`, where the ending does not say.
    pub format: Option<Spanned<String>>,
    /// `csv:` how its CSV files are written.
    pub csv: Option<Spanned<CsvSpec>>,
    /// `xlsx:` which sheet of its workbooks is read.
    pub xlsx: Option<Spanned<XlsxSpec>>,
    /// `unpivot:` columns that become rows.
    pub unpivot: Option<Spanned<UnpivotSpec>>,
    /// `kind: attributes|history|snapshot|events`; absent = attributes when `key` is there.
    pub kind: Option<Spanned<String>>,
    pub key: Vec<Spanned<String>>,
    pub time: Option<Spanned<String>>,
    pub time_zone: Option<Spanned<String>>,
    /// `valid: [from, to]`
    pub valid: Option<Spanned<(Spanned<String>, Spanned<String>)>>,
    /// `entities:` entity → its key columns here.
    pub entities: Vec<EntityKeySpec>,
    pub columns: Vec<ColumnSpec>,
    /// `where:` which rows there are; no cell of columns that become rows is empty.
    pub condition: Option<Expr>,
    /// `unique:` rows that repeat these columns are dropped, and counted.
    pub unique: Vec<Spanned<String>>,
    /// `carry: 45 days` or `forever` (snapshots).
    pub carry: Option<Spanned<CarrySpec>>,
    /// `optional: true`: when the file is missing, metrics that need it are `unavailable` and the rest builds.
    pub optional: Option<Spanned<bool>>,
    /// `checks:`
    pub checks: Vec<CheckSpec>,
    /// `freshness:`
    pub freshness: Option<Spanned<FreshnessSpec>>,
    /// `complete_from: 2026-01-01`
    pub complete_from: Option<Spanned<String>>,
    /// `complete_until: 2026-03-31` or `as_of`
    pub complete_until: Option<Spanned<String>>,
    /// `unmatched_keys: 10%`
    pub unmatched_keys: Option<Spanned<String>>,
}

/// `csv:` of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CsvSpec {
    /// `separator: ";"`, `tab`; absent: found.
    pub separator: Option<Spanned<String>>,
    /// `decimal: ","`
    pub decimal: Option<Spanned<String>>,
    /// `quote: "'"`
    pub quote: Option<Spanned<String>>,
    /// `encoding: windows-1252`
    pub encoding: Option<Spanned<String>>,
    /// `skip_first: 3`
    pub skip_first: Option<Spanned<i64>>,
    /// `skip_last: 1`
    pub skip_last: Option<Spanned<i64>>,
    /// `null_values: [NULL, '-']`
    pub null_values: Vec<Spanned<String>>,
}

/// `xlsx:` of a dataset.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct XlsxSpec {
    /// `sheet: Plan`; absent: the only one.
    pub sheet: Option<Spanned<String>>,
    /// `skip_first: 3`
    pub skip_first: Option<Spanned<i64>>,
    /// `skip_last: 1`
    pub skip_last: Option<Spanned<i64>>,
    /// `null_values: [NULL, '-']`
    pub null_values: Vec<Spanned<String>>,
}

/// `unpivot:` of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnpivotSpec {
    pub columns: UnpivotColumnsSpec,
    /// `name: month`: the column that has the names.
    pub name: Spanned<String>,
    /// `value: seats`: the column that has the values.
    pub value: Spanned<String>,
}

/// Which columns become rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum UnpivotColumnsSpec {
    /// `[emea, amer]`
    Named(Spanned<Vec<Spanned<String>>>),
    /// `%b %Y`: those whose names are days.
    Days(Spanned<String>),
}

/// `account: account_id` under a dataset's `entities:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EntityKeySpec {
    pub entity: Spanned<String>,
    pub columns: Vec<Spanned<String>>,
}

/// `carry:`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum CarrySpec {
    For(Duration),
    Forever,
}

/// One column under `columns:`: `{ type, column, value, unit, dimension, pii, planned }` or a bare type.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub description: Option<Spanned<String>>,
    pub label: Option<Spanned<String>>,
    /// `type: text|integer|number|decimal|boolean|date|timestamp`
    pub ty: Option<Spanned<String>>,
    /// `column: "end"`: the name in the file.
    pub column: Option<Spanned<String>>,
    /// `value: "coalesce(a, b)"`: computed.
    pub value: Option<Expr>,
    pub unit: Option<Spanned<UnitSpec>>,
    pub dimension: Option<Spanned<String>>,
    pub pii: Option<Spanned<bool>>,
    pub planned: Option<Spanned<bool>>,
    /// `format: '%m/%d/%Y'`: how its values are written.
    pub format: Option<Spanned<String>>,
    /// `bad_values: null`: what becomes of values that do not fit.
    pub bad_values: Option<Spanned<BadValues>>,
}

impl ColumnSpec {
    /// A column of which nothing is said.
    #[must_use]
    pub const fn named(name: Spanned<String>) -> Self {
        Self {
            span: name.span,
            name,
            description: None,
            label: None,
            ty: None,
            column: None,
            value: None,
            unit: None,
            dimension: None,
            pii: None,
            planned: None,
            format: None,
            bad_values: None,
        }
    }
}

/// `bad_values:` of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum BadValues {
    /// One ends the reading.
    #[default]
    Error,
    /// They are null, and counted.
    Null,
}

/// `unit: USD`, `unit: { currency: currency }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum UnitSpec {
    /// A word or words: `percent`, `USD`, `seat`, `per 100 promoters`.
    Name(String),
    /// The column of the same dataset that holds each row's currency.
    CurrencyColumn(Spanned<String>),
}

/// One entry of `checks:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckSpec {
    pub span: Span,
    pub kind: CheckKind,
    /// `severity: warn|error`; default error.
    pub severity: Option<Spanned<String>>,
}

/// What a check asks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum CheckKind {
    NotNull(Vec<Spanned<String>>),
    Unique(Vec<Spanned<String>>),
    Accepted { column: Spanned<String>, values: Vec<Spanned<String>> },
    Relation(Spanned<String>),
}

/// `freshness: { warn_after: 2 days, error_after: 7 days }`
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FreshnessSpec {
    pub warn_after: Option<Spanned<Duration>>,
    pub error_after: Option<Spanned<Duration>>,
}
