//! Identifiers and literals.

use milepost_semantics::model::Literal;
use milepost_semantics::time::{Calendar, Grain, Instant, show_date};
use milepost_syntax::ast::{Date, Decimal};

/// Words that a name can't be without quotes, in DataFusion or in DuckDB.
const RESERVED: &[&str] = &[
    "all",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "at",
    "between",
    "both",
    "by",
    "case",
    "cast",
    "check",
    "collate",
    "column",
    "constraint",
    "create",
    "cross",
    "current",
    "default",
    "deferrable",
    "desc",
    "describe",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "false",
    "fetch",
    "filter",
    "first",
    "following",
    "for",
    "foreign",
    "from",
    "full",
    "grant",
    "group",
    "having",
    "in",
    "initially",
    "inner",
    "intersect",
    "interval",
    "into",
    "is",
    "join",
    "last",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "natural",
    "not",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "pivot",
    "placing",
    "position",
    "preceding",
    "primary",
    "qualify",
    "range",
    "references",
    "returning",
    "right",
    "row",
    "rows",
    "select",
    "set",
    "show",
    "some",
    "summarize",
    "symmetric",
    "table",
    "then",
    "time",
    "timestamp",
    "to",
    "trailing",
    "true",
    "union",
    "unique",
    "unpivot",
    "user",
    "using",
    "value",
    "values",
    "variadic",
    "when",
    "where",
    "window",
    "with",
    "date",
    "year",
    "month",
    "day",
];

/// A name as SQL writes it: bare where every engine reads it the same, else in double quotes.
pub fn ident(name: &str) -> String {
    let mut chars = name.chars();
    let plain = chars.next().is_some_and(|c| c.is_ascii_lowercase() || c == '_')
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !RESERVED.contains(&name);
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// A text literal.
pub fn string(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A decimal literal, as a double unless it is a whole number: division and comparison must not depend on how an engine
/// types `0.8`.
pub(super) fn number(value: Decimal, percent: bool) -> String {
    let scale = u32::from(value.scale) + if percent { 2 } else { 0 };
    let sign = if value.mantissa < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", value.mantissa.unsigned_abs(), width = scale as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() && whole.len() <= 18 {
        format!("{sign}{whole}")
    } else if fraction.is_empty() {
        format!("CAST({sign}{whole} AS DOUBLE)")
    } else {
        format!("CAST({sign}{whole}.{fraction} AS DOUBLE)")
    }
}

/// A literal; a duration has no SQL of its own (the operator that uses it prints it).
pub(super) fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Number(n) => number(*n, false),
        Literal::Percent(n) => number(*n, true),
        Literal::Text(text) => string(text),
        Literal::Boolean(b) => if *b { "TRUE" } else { "FALSE" }.to_owned(),
        Literal::Date(date) => date_literal(*date),
        Literal::Duration(_) | Literal::Null => "NULL".to_owned(),
    }
}

/// The first day that SQL has a text for; windows may begin before.
const FIRST: Date = Date { year: 1, month: 1, day: 1 };

pub(super) fn date_literal(date: Date) -> String {
    format!("DATE '{}'", show_date(date.max(FIRST)))
}

/// A timestamp in UTC, to the microsecond where it has any. The precision is written, because DataFusion would count
/// nanoseconds without it, and those end in 2262.
pub fn timestamp(instant: Instant) -> String {
    let instant = instant.max(Calendar::default().midnight(FIRST));
    let second = Instant(instant.0.div_euclid(1_000_000) * 1_000_000);
    let text = Calendar::default().show_instant(second).replace('T', " ");
    match instant.0.rem_euclid(1_000_000) {
        0 => format!("TIMESTAMP(6) '{text}'"),
        micros => format!("TIMESTAMP(6) '{text}.{micros:06}'"),
    }
}

/// A word for the grain that can stand in a comment.
pub(super) fn grain_word(grain: Grain) -> &'static str {
    grain.name()
}
