//! An aggregate of rows that are already chosen.

use std::fmt::Write as _;

use milepost_semantics::model::{Aggregate, Type};
use milepost_syntax::ast::AggregateFunction as F;

use super::curve::curve_sql;
use crate::evaluate::{LARGE, SPLIT};

/// How values are summarized.
#[derive(Clone, Copy, Debug)]
pub(super) struct Summary {
    function: F,
    distinct: bool,
    one_each: bool,
    args: usize,
    percentile: Option<f64>,
    approximate: bool,
}

impl Summary {
    pub(super) fn of(aggregate: &Aggregate) -> Self {
        Self {
            function: aggregate.function,
            distinct: aggregate.distinct,
            one_each: aggregate.one_each,
            args: aggregate.args.len(),
            percentile: aggregate.percentile,
            approximate: aggregate.approximate,
        }
    }

    /// Of one value each.
    pub(super) const fn of_values(function: F, percentile: Option<f64>) -> Self {
        Self { function, distinct: false, one_each: false, args: 1, percentile, approximate: false }
    }

    /// Whether a value of nothing is 0 rather than absent.
    pub(super) const fn empty_is_zero(self) -> bool {
        matches!(self.function, F::Count | F::Sum | F::Any)
    }
}

/// `, r._d1, r._d2` for the prefix `r.`.
pub(super) fn columns(prefix: &str, n: usize) -> String {
    (1..=n).fold(String::new(), |mut list, i| {
        let _ = write!(list, ", {prefix}_d{i}");
        list
    })
}

/// A statement with the columns of `head`, the dimensions, `value` and `n`: the summary of the rows `r` of `matched`
/// (columns `x1…`, `at`), grouped by the head and the dimensions.
pub(super) fn grouped(summary: Summary, head: &str, dims: usize, matched: &str) -> String {
    if summary.one_each {
        return grouped_best(summary, head, dims, matched);
    }
    let (dims, plain_dims) = (columns("r.", dims), columns("", dims));
    let keys: Vec<String> =
        head.split(", ").map(|c| c.split(" AS ").next().unwrap_or(c).to_owned()).collect();
    let group = format!("{}{dims}", keys.join(", "));
    let outer_head: Vec<&str> =
        head.split(", ").map(|c| c.rsplit([' ', '.']).next().unwrap_or(c)).collect();
    let outer = format!("{}{plain_dims}", outer_head.join(", "));
    let single = |value: &str, n: &str| {
        format!(
            "SELECT {head}{dims}, {value} AS value, {n} AS n\n    {matched}\n    GROUP BY {group}"
        )
    };
    match summary.function {
        F::Count if summary.distinct && summary.args > 1 => {
            let names: Vec<String> = (1..=summary.args).map(|i| format!("r.x{i}")).collect();
            let present: Vec<String> = names.iter().map(|x| format!("{x} IS NOT NULL")).collect();
            format!(
                "SELECT {outer}, count(whole) AS value, count(whole) AS n FROM (SELECT DISTINCT {head}{dims}, {}, CASE WHEN {} THEN 1 END AS whole\n    {matched}) AS k\n    GROUP BY {outer}",
                names.join(", "),
                present.join(" AND ")
            )
        }
        F::Count if summary.distinct => single("count(DISTINCT r.x1)", "count(DISTINCT r.x1)"),
        F::Count if summary.args == 0 => single("count(*)", "count(*)"),
        F::Count => single("count(r.x1)", "count(r.x1)"),
        F::Any if summary.args == 0 => single("count(*) > 0", "count(*)"),
        F::Any => single("count(CASE WHEN r.x1 THEN 1 END) > 0", "count(r.x1)"),
        F::Sum => single("sum(r.x1)", "count(r.x1)"),
        // The exact sum, rounded once: `avg` differs between engines, and with the order of rows.
        F::Avg => single("CAST(sum(r.x1) AS DOUBLE) / nullif(count(r.x1), 0)", "count(r.x1)"),
        F::Min => single("min(r.x1)", "count(r.x1)"),
        F::Max => single("max(r.x1)", "count(r.x1)"),
        F::Stddev => single("stddev_samp(CAST(r.x1 AS DOUBLE))", "count(r.x1)"),
        // Written out, because engines round `percentile_cont` differently.
        F::Median | F::Percentile => {
            let p = summary.percentile.unwrap_or(50.0) / 100.0;
            let over = format!("OVER (PARTITION BY {group})");
            let at = |place: &str| format!("max(CASE WHEN place = {place} THEN x1 END)");
            let (low, high) = (at("floor(pos)"), at("ceil(pos)"));
            let plain = "CAST(r.x1 AS DOUBLE)";
            let x = if summary.approximate { rounded(plain) } else { plain.to_owned() };
            format!(
                "SELECT {outer}, {low} + ({high} - {low}) * max(pos - floor(pos)) AS value, max(n) AS n FROM (SELECT {head}{dims}, {x} AS x1,\n      row_number() OVER (PARTITION BY {group} ORDER BY r.x1 ASC NULLS LAST) - 1 AS place,\n      CAST({p:?} AS DOUBLE) * (count(r.x1) {over} - 1) AS pos, count(r.x1) {over} AS n\n    {matched}) AS k\n    GROUP BY {outer}"
            )
        }
        F::Nth => format!(
            "SELECT {outer}, max(CASE WHEN place = {} THEN x1 END) AS value, max(n) AS n FROM (SELECT {head}{dims}, r.x1, count(r.x1) OVER (PARTITION BY {group}) AS n,\n      row_number() OVER (PARTITION BY {group} ORDER BY r.x1 ASC NULLS LAST) AS place\n    {matched}) AS k\n    GROUP BY {outer}",
            summary.percentile.unwrap_or(1.0)
        ),
        F::Curve(curve) => {
            let days = format!(
                "SELECT {head}{dims}, CAST(r.x1 AS DOUBLE) AS t, count(CASE WHEN r.x2 = 'reached' THEN 1 END) AS d1, count(CASE WHEN r.x2 IN ('reached', 'lost') THEN 1 END) AS d,\n      count(CASE WHEN r.x2 IN ('waiting', 'censored') THEN 1 END) AS c, count(*) AS k\n    {matched}\n    GROUP BY {group}, r.x1"
            );
            curve_sql(curve.asks, summary.percentile.unwrap_or(0.5), &outer, &days)
        }
        F::First | F::Last => {
            let order = if summary.function == F::First {
                "r.at ASC, r.x1 ASC"
            } else {
                "r.at DESC, r.x1 DESC"
            };
            format!(
                "SELECT {outer}, x1 AS value, n FROM (SELECT {head}{dims}, r.x1, count(r.x1) OVER (PARTITION BY {group}) AS n,\n      row_number() OVER (PARTITION BY {group} ORDER BY r.x1 IS NULL, {order}) AS place\n    {matched}) AS k WHERE place = 1"
            )
        }
    }
}

/// The same of the best row of each key: `x2` is the rank and `x3…` the key.
fn grouped_best(summary: Summary, head: &str, dims: usize, matched: &str) -> String {
    let names: Vec<&str> =
        head.split(", ").map(|c| c.rsplit([' ', '.']).next().unwrap_or(c)).collect();
    let keys = (3..=summary.args).fold(String::new(), |mut list, i| {
        let _ = write!(list, ", r.x{i}");
        list
    });
    let group: Vec<&str> = head.split(", ").map(|c| c.split(" AS ").next().unwrap_or(c)).collect();
    let group = format!("{}{}{keys}", group.join(", "), columns("r.", dims));
    let known = (1..=summary.args).map(|i| format!("r.x{i} IS NOT NULL"));
    let unknown = format!("NOT ({})", known.collect::<Vec<_>>().join(" AND "));
    // What lacks one of them comes last, and is no value where it is all there is.
    let ranked = format!(
        "(SELECT {head}{}, CASE WHEN {unknown} THEN NULL ELSE r.x1 END AS x1, row_number() OVER (PARTITION BY {group} ORDER BY {unknown}, r.x2 DESC, r.at ASC, r.x1 ASC) AS best\n    {matched})",
        columns("r.", dims)
    );
    let plain = Summary { one_each: false, args: 1, ..summary };
    let head: Vec<String> = names.iter().map(|name| format!("r.{name}")).collect();
    grouped(plain, &head.join(", "), dims, &format!("FROM {ranked} AS r WHERE r.best = 1"))
}

/// A double with nine significant bits, as [`crate::evaluate::rounded`]: the order of rows by `x` stays right.
pub fn rounded(x: &str) -> String {
    format!(
        "\n      CASE WHEN abs({x}) < {LARGE:e} THEN {x} * {SPLIT:e} - ({x} * {SPLIT:e} - {x}) ELSE {x} END"
    )
}

/// The mean over days: `daily` gives the values of single instants under the columns of `keys`, `days` how many
/// instants of each bucket are inside the data. A day without rows counts as 0 where nothing is 0, and is left out
/// elsewhere.
pub(super) fn mean(
    summary: Summary,
    keys: &[&str],
    dims: usize,
    daily: &str,
    days: &str,
) -> String {
    let dims = columns("v.", dims);
    let head: Vec<String> = keys.iter().map(|k| format!("v.{k}")).collect();
    let head = head.join(", ");
    let value = if summary.empty_is_zero() {
        "sum(CAST(v.value AS DOUBLE)) / max(days.n)"
    } else {
        "avg(CAST(v.value AS DOUBLE))"
    };
    format!(
        "SELECT {head}{dims}, {value} AS value, CAST(floor(CAST(sum(v.n) AS DOUBLE) / max(days.n)) AS BIGINT) AS n\n    FROM ({daily}) AS v\n    JOIN ({days}) AS days ON days.bucket = v.bucket\n    GROUP BY {head}{dims}"
    )
}

/// Whether values of this type are compared and computed as doubles.
pub(super) const fn is_number(ty: Type) -> bool {
    matches!(ty, Type::Integer | Type::Number | Type::Decimal | Type::Unknown | Type::Duration)
}
