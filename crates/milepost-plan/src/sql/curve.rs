//! Curves of those who have reached something, from how long each took: see [`crate::evaluate::curve_value`].

use milepost_syntax::ast::{CurveScale, CurveValue};

use crate::evaluate::{TOLERANCE, Z};

/// A statement with the columns of `keys`, `value` and `n`. `days`: for each day `t` on which something happened, how many
/// reached it (`d1`), how many reached it or were lost (`d`), how many are followed no longer (`c`), and all of them (`k`).
pub(super) fn curve_sql(asks: CurveValue, at: f64, keys: &str, days: &str) -> String {
    let over = |frame: &str| {
        format!(
            "OVER (PARTITION BY {keys} ORDER BY t ROWS BETWEEN UNBOUNDED PRECEDING AND {frame})"
        )
    };
    let (so_far, before) = (over("CURRENT ROW"), over("1 PRECEDING"));
    // Products of quotients are sums of logarithms; where nobody is left nothing follows.
    let at_risk = format!(
        "SELECT {keys}, t, CAST(d1 AS DOUBLE) AS d1, CAST(d AS DOUBLE) AS d, c, k, CAST(sum(k) OVER (PARTITION BY {keys}) - coalesce(sum(k) {before}, 0) AS DOUBLE) AS n\n      FROM ({days}) AS e WHERE t IS NOT NULL"
    );
    let left = format!(
        "SELECT {keys}, t, d1, d, c, k, n, exp(coalesce(sum(CASE WHEN d < n THEN ln((n - d) / n) ELSE 0.0 END) {before}, 0.0)) AS s\n      FROM ({at_risk}) AS e"
    );
    let curve = format!(
        "SELECT {keys}, t, d1, d, c, k, n, s, sum(s * d1 / n) {so_far} AS f\n      FROM ({left}) AS e"
    );
    let size = "CAST(sum(k) AS BIGINT) AS n";
    match asks {
        CurveValue::Quantile => {
            let (low, high) = (at - TOLERANCE, at + TOLERANCE);
            let first = |above: &str| format!("min(CASE WHEN f {above} THEN t END)");
            let (reached, above) = (first(&format!(">= {low:?}")), first(&format!("> {high:?}")));
            format!(
                "SELECT {keys}, CASE WHEN count(CASE WHEN f BETWEEN {low:?} AND {high:?} THEN 1 END) > 0 AND {above} IS NOT NULL\n      THEN ({reached} + {above}) / 2 ELSE {reached} END AS value, {size}\n    FROM ({curve}) AS e\n    GROUP BY {keys}"
            )
        }
        CurveValue::Share => {
            let (known, share) = (known(at), until("f", at));
            format!(
                "SELECT {keys}, CASE WHEN {known} THEN {share} END AS value, {size}\n    FROM ({curve}) AS e\n    GROUP BY {keys}"
            )
        }
        CurveValue::Low(scale) => interval(scale, false, at, keys, (&curve, &so_far)),
        CurveValue::High(scale) => interval(scale, true, at, keys, (&curve, &so_far)),
    }
}

/// Whether somebody was followed for so many days, or all that will happen has.
fn known(at: f64) -> String {
    format!("(max(t) >= {at:?} OR sum(c) = 0)")
}

/// What never falls, after so many days.
fn until(column: &str, at: f64) -> String {
    format!("coalesce(max(CASE WHEN t <= {at:?} THEN {column} END), 0.0)")
}

/// An end of the interval on the log-log scale.
fn interval(
    scale: CurveScale,
    is_high: bool,
    at: f64,
    keys: &str,
    (curve, so_far): (&str, &str),
) -> String {
    let hazard = "CASE WHEN d < n THEN d / (n * (n - d)) ELSE 0.0 END";
    let terms = [
        ("v", hazard.to_owned()),
        ("vf", format!("f * {hazard}")),
        ("vff", format!("f * f * {hazard}")),
        ("o", "s * s * d1 * (n - d1) / (n * n * n)".to_owned()),
        ("w", "s * d1 / (n * n)".to_owned()),
        ("wf", "f * s * d1 / (n * n)".to_owned()),
    ];
    let sums: Vec<String> =
        terms.iter().map(|(name, term)| format!("sum({term}) {so_far} AS {name}")).collect();
    let sums = format!("SELECT {keys}, t, c, k, f, {}\n      FROM ({curve}) AS e", sums.join(", "));
    let last: Vec<String> = ["f", "v", "vf", "vff", "o", "w", "wf"]
        .iter()
        .map(|name| format!("{} AS {name}", until(name, at)))
        .collect();
    let point = format!(
        "SELECT {keys}, {}, {} AS known, CAST(sum(k) AS BIGINT) AS n\n      FROM ({sums}) AS e\n      GROUP BY {keys}",
        last.join(", "),
        known(at)
    );
    let p = if scale == CurveScale::Incidence { "f" } else { "(1.0 - f)" };
    let variance = "(f * f * v - 2.0 * f * vf + vff + o - 2.0 * (f * w - wf))";
    let error = format!("{Z:?} * sqrt(greatest({variance}, 0.0)) / abs({p} * ln({p}))");
    let sign = if is_high == (scale == CurveScale::Incidence) { "-" } else { "" };
    let end = format!("power({p}, exp({sign}({error})))");
    let end = if scale == CurveScale::Incidence { end } else { format!("1.0 - {end}") };
    let (low, high) = (TOLERANCE, 1.0 - TOLERANCE);
    format!(
        "SELECT {keys}, CASE WHEN known AND f BETWEEN {low:?} AND {high:?} THEN {end} END AS value, n\n    FROM ({point}) AS e"
    )
}
