//! One aggregate as common table expressions: its windows, the buckets in which it is known, its values.

use std::fmt::Write as _;

use milepost_semantics::model::{Aggregate, Carry, DatasetKind, DimensionId, Model};
use milepost_semantics::time::Instant;

use super::grouped::{Summary, grouped, mean};
use super::row::{Scope, dimension_sql};
use super::tables::Tables;
use super::text::{date_literal, ident, timestamp};
use crate::leaf::{Bounds, EVER, Leaf};
use crate::placement::{Placement, placement};

/// Prints a leaf as `name_windows`, `name_known` and `name` (columns `bucket`, `d1…`, `value`, `n`).
pub(super) fn leaf_tables(
    tables: &mut Tables,
    model: &Model,
    name: &str,
    leaf: &Leaf<'_>,
    by: &[DimensionId],
) {
    let place = placement(model, leaf.aggregate);
    tables.comment(&leaf.aggregate.text);
    windows(tables, model, name, leaf, &place);
    known(tables, model, name, leaf, &place);
    let rows = rows_sql(model, leaf.aggregate, &place, by, true);
    let value = match leaf.bounds.first() {
        Some(Bounds::MeanAt(_)) => {
            let days = days_sql(model, name, leaf, &place);
            mean_sql(name, leaf, &place, &rows, &days, by.len())
        }
        _ => value_sql(name, leaf, &place, &rows, by.len()),
    };
    tables.push(name, value);
}

/// The base's rows with everything that the aggregate reads, under fixed names: `at` (and `until`), `d1…`, `x1…`.
fn rows_sql(
    model: &Model,
    aggregate: &Aggregate,
    place: &Placement<'_>,
    by: &[DimensionId],
    filtered: bool,
) -> String {
    let mut scope = Scope::new(model, aggregate.dataset);
    let mut columns = vec![format!("{} AS at", place.at_sql(&mut scope))];
    if let Some(until) = place.until_sql(&mut scope) {
        columns.push(format!("{until} AS until"));
    }
    for (i, dimension) in by.iter().enumerate() {
        let value = &model[aggregate.dataset].reach[dimension];
        columns.push(format!("{} AS _d{}", dimension_sql(&mut scope, value), i + 1));
    }
    if filtered {
        for (i, arg) in aggregate.args.iter().enumerate() {
            columns.push(format!("{} AS x{}", scope.base_expr(arg), i + 1));
        }
    }
    let filter = aggregate.filter.as_ref().filter(|_| filtered).map(|f| scope.base_expr(f));
    let mut sql = format!("SELECT {}\n    FROM {}", columns.join(", "), scope.tables());
    if let Some(filter) = filter {
        let _ = write!(sql, "\n    WHERE {filter}");
    }
    sql
}

fn windows(tables: &mut Tables, model: &Model, name: &str, leaf: &Leaf<'_>, place: &Placement<'_>) {
    let calendar = &model.project.calendar;
    let edge = |instant: Instant| {
        if place.is_date() {
            date_literal(calendar.first_day_from(instant))
        } else {
            timestamp(instant)
        }
    };
    let mut rows = Vec::new();
    let until = place.complete_until(model);
    let is_beyond = |bounds: &Bounds| until.is_some_and(|until| bounds.is_beyond(until, false));
    for (bucket, bounds) in leaf.bounds.iter().enumerate() {
        match bounds {
            Bounds::Range { lo, hi } => {
                let start = bounds.lo().map_or_else(|| earliest(place), edge);
                let day = bounds.lo().map_or_else(
                    || "DATE '0001-01-01'".to_owned(),
                    |_| date_literal(calendar.date_of(*lo)),
                );
                rows.push(format!("({bucket}, {start}, {}, {}, {day})", edge(*hi), timestamp(*hi)));
            }
            Bounds::At(instant) => {
                rows.push(format!("({bucket}, {}, {})", edge(*instant), timestamp(*instant)));
            }
            Bounds::MeanAt(instants) => {
                let seen = instants.iter().filter(|i| !is_beyond(&Bounds::At(**i)));
                rows.extend(seen.map(|i| format!("({bucket}, {}, {})", edge(*i), timestamp(*i))));
            }
        }
    }
    if rows.is_empty() {
        // A table has a row: of no bucket, where all lie after the data.
        let (edge, instant) = (earliest(place), timestamp(EVER));
        rows.push(match leaf.bounds.first() {
            Some(Bounds::Range { .. }) => {
                format!("(-1, {edge}, {edge}, {instant}, DATE '0001-01-01')")
            }
            _ => format!("(-1, {edge}, {instant})"),
        });
    }
    let columns = match leaf.bounds.first() {
        Some(Bounds::Range { .. }) => "bucket, lo, hi, ends, lo_day",
        // Quoted: a list of columns is the one place where DuckDB takes the word for its own.
        _ => "bucket, \"at\", ends",
    };
    tables.push_values(format!("{name}_windows"), columns, &rows.join(",\n    "));
}

fn earliest(place: &Placement<'_>) -> String {
    if place.is_date() {
        "DATE '0001-01-01'".to_owned()
    } else {
        "TIMESTAMP(6) '0001-01-01 00:00:00'".to_owned()
    }
}

/// The condition that a bucket is none of those that lie after the time of which all rows are there; nothing where none
/// does. Their rows are slices still.
fn not_beyond(model: &Model, leaf: &Leaf<'_>, place: &Placement<'_>) -> String {
    let until = place.complete_until(model);
    let beyond = leaf.bounds.iter().enumerate();
    let beyond = beyond
        .filter(|(_, bounds)| until.is_some_and(|until| bounds.is_beyond(until, leaf.is_block())));
    let beyond: Vec<String> = beyond.map(|(bucket, _)| bucket.to_string()).collect();
    match beyond.is_empty() {
        true => String::new(),
        false => format!(" AND w.bucket NOT IN ({})", beyond.join(", ")),
    }
}

/// The buckets inside the span of the data; elsewhere nothing is 0, it is not known.
fn known(tables: &mut Tables, model: &Model, name: &str, leaf: &Leaf<'_>, place: &Placement<'_>) {
    let inside = not_beyond(model, leaf, place);
    // With `carry: D` a picture is in reach for that long only.
    if let Some(DatasetKind::Snapshot { carry: Some(Carry::For(_)), .. }) = place.kind {
        let rows = rows_sql(model, leaf.aggregate, place, &[], false);
        let query = format!(
            "SELECT DISTINCT w.bucket FROM {name}_windows AS w JOIN ({rows}) AS r\n    ON {}{inside}",
            place.holds_at("r", "w.at")
        );
        tables.push(format!("{name}_known"), query);
        if leaf.in_blocks {
            // A gap between pictures is inside the data.
            let first = place.first_sql(model);
            let query = format!(
                "SELECT DISTINCT w.bucket FROM {name}_windows AS w CROSS JOIN ({first}) AS f\n    WHERE f.at < w.ends{inside}"
            );
            tables.push(format!("{name}_covered"), query);
        }
        return;
    }
    let short = if leaf.needs_full_window() { " AND local_date(f.at) <= w.lo_day" } else { "" };
    let query = format!(
        "SELECT DISTINCT w.bucket FROM {name}_windows AS w CROSS JOIN ({}) AS f\n    WHERE f.at < w.ends{short}{inside}",
        place.first_sql(model)
    );
    tables.push(format!("{name}_known"), query);
}

/// `w` joined with the rows that each window sees.
fn matched(name: &str, leaf: &Leaf<'_>, place: &Placement<'_>, rows: &str) -> String {
    match leaf.bounds.first() {
        Some(Bounds::Range { .. }) => {
            format!(
                "FROM {name}_windows AS w\n    JOIN ({rows}) AS r ON r.at >= w.lo AND r.at < w.hi"
            )
        }
        _ if place.is_picture() => {
            let dataset = ident(place.dataset_name);
            let time = ident(place.time_name);
            format!(
                "FROM (SELECT w.bucket, w.at, max(p.at) AS picture FROM {name}_windows AS w\n      JOIN (SELECT DISTINCT {time} AS at FROM {dataset}) AS p ON p.at < w.at GROUP BY w.bucket, w.at) AS w\n    JOIN ({rows}) AS r ON r.at = w.picture"
            )
        }
        _ => format!(
            "FROM {name}_windows AS w\n    JOIN ({rows}) AS r ON {}",
            place.holds_at("r", "w.at")
        ),
    }
}

/// One value per bucket (and slice).
fn value_sql(
    name: &str,
    leaf: &Leaf<'_>,
    place: &Placement<'_>,
    rows: &str,
    dims: usize,
) -> String {
    let matched = matched(name, leaf, place, rows);
    grouped(Summary::of(leaf.aggregate), "w.bucket", dims, &matched)
}

/// The mean of daily values.
fn mean_sql(
    name: &str,
    leaf: &Leaf<'_>,
    place: &Placement<'_>,
    rows: &str,
    days: &str,
    dims: usize,
) -> String {
    let summary = Summary::of(leaf.aggregate);
    let matched = matched(name, leaf, place, rows);
    let daily = grouped(summary, "w.bucket, w.at AS instant", dims, &matched);
    mean(summary, &["bucket"], dims, &daily, days)
}

/// How many days of each bucket have a state: columns `bucket`, `n`.
fn days_sql(model: &Model, name: &str, leaf: &Leaf<'_>, place: &Placement<'_>) -> String {
    // With `carry: D` a picture is in reach for that long only.
    if let Some(DatasetKind::Snapshot { carry: Some(Carry::For(_)), .. }) = place.kind {
        let rows = rows_sql(model, leaf.aggregate, place, &[], false);
        let holds = place.holds_at("r", "w.at");
        return format!(
            "SELECT d.bucket, count(*) AS n\n      FROM (SELECT DISTINCT w.bucket, w.at FROM {name}_windows AS w JOIN ({rows}) AS r ON {holds}) AS d\n      GROUP BY d.bucket"
        );
    }
    let first = place.first_sql(model);
    format!(
        "SELECT w.bucket, count(*) AS n FROM {name}_windows AS w CROSS JOIN ({first}) AS f\n      WHERE f.at < w.ends GROUP BY w.bucket"
    )
}
