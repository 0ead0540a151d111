//! An outermost aggregate of rows that are judged.

use std::fmt::Write as _;
use std::sync::Arc;

use milepost_semantics::model::{DimensionId, Type};
use milepost_semantics::time::Grain;
use milepost_syntax::ast::Duration;

use super::Judge;
use super::frames::{Frames, Shape};
use super::rows::Rows;
use crate::leaf::Leaf;
use crate::placement::placement;
use crate::sql::Scope;
use crate::sql::grouped::{Summary, grouped, mean};
use crate::sql::length::{Days, moved, moved_date};
use crate::sql::row::dimension_sql;
use crate::sql::text::timestamp;

/// Prints a leaf as tables, the last of them `NAME_inside` (the buckets inside the span of its own rows), `NAME_known`
/// (those of them in which nothing that it consults is unknown), of blocks of time `NAME_covered` (those that the data
/// covers), and `NAME` (columns `bucket`, `_d1…`, `value`, `n`).
pub(in crate::sql) fn judged_leaf(
    judge: &Arc<Judge<'_>>,
    name: &str,
    leaf: &Leaf<'_>,
    by: &[DimensionId],
    grain: Grain,
) {
    let aggregate = leaf.aggregate;
    judge.comment(&aggregate.text);
    let frames = format!("{name}_frames");
    let frames = Arc::new(Frames::numbered(frames, grain, &leaf.frames, leaf.in_blocks));
    let rows = Rows::new(judge, name, aggregate, &frames);
    let matures = !aggregate.matures.is_empty();
    let placed = format!("{name}_{}", if matures { "placed" } else { "at" });
    let shape = rows.print(&placed);
    if matures {
        mature(judge, name, leaf, &frames, rows.has_instant());
    }
    let at = format!("{name}_at");
    let mut scope = Scope::over(judge, aggregate.dataset, name, &at, rows.has_instant(), &frames);
    let mut columns = vec!["_o.bucket".to_owned(), "_o._row".to_owned(), "_o.at".to_owned()];
    if shape == Shape::Mean {
        columns.push("_o.instant".to_owned());
    }
    for (i, dimension) in by.iter().enumerate() {
        let value = &judge.model[aggregate.dataset].reach[dimension];
        columns.push(format!("{} AS _d{}", dimension_sql(&mut scope, value), i + 1));
    }
    for (i, arg) in aggregate.args.iter().enumerate() {
        columns.push(format!("{} AS x{}", scope.base_expr(arg), i + 1));
    }
    let before = scope.known().len();
    let filter = aggregate.filter.as_ref().map(|f| scope.base_expr(f));
    // Nothing passes a filter that nobody knows.
    let known = scope.known()[before..].to_vec();
    for table in known {
        scope.join_text(format!("JOIN {table} AS _{table} ON _{table}.bucket = _o.bucket"));
    }
    let mut query = format!("SELECT {}\n    FROM {}", columns.join(", "), scope.tables());
    if let Some(filter) = filter {
        let _ = write!(query, "\n    WHERE {filter}");
    }
    judge.push(&format!("{name}_rows"), &query);
    let inside = format!("{name}_inside");
    rows.print_known(&inside, leaf.is_block());
    let mut query = all_of(&inside, scope.known());
    if leaf.in_blocks {
        let began = format!("{name}_began");
        rows.print_covered(&began, leaf.is_block());
        judge.push(&format!("{name}_covered"), &all_of(&began, scope.known()));
    }
    if matures {
        let _ = write!(
            query,
            "\n    LEFT JOIN {name}_young AS y ON y.bucket = k.bucket WHERE y.bucket IS NULL"
        );
    }
    judge.push(&format!("{name}_known"), &query);
    let summary = Summary::of(aggregate);
    let from = format!("FROM {name}_rows AS r");
    let value = if shape == Shape::Mean {
        let daily = grouped(summary, "r.bucket, r.instant", by.len(), &from);
        mean(summary, &["bucket"], by.len(), &daily, &rows.days_known())
    } else {
        grouped(summary, "r.bucket", by.len(), &from)
    };
    judge.push(name, &value);
}

/// The buckets that are in all of these tables.
fn all_of(first: &str, others: &[String]) -> String {
    let mut query = format!("SELECT k.bucket FROM {first} AS k");
    for (i, table) in others.iter().enumerate() {
        let _ = write!(query, "\n    JOIN {table} AS k{i} ON k{i}.bucket = k.bucket");
    }
    query
}

/// Rows that are too young to count are left out, and buckets that have no others are known as such.
fn mature(
    judge: &Arc<Judge<'_>>,
    name: &str,
    leaf: &Leaf<'_>,
    frames: &Arc<Frames>,
    has_instant: bool,
) {
    let placed = format!("{name}_placed");
    let prefix = format!("{name}_age");
    let mut scope =
        Scope::over(judge, leaf.aggregate.dataset, &prefix, &placed, has_instant, frames);
    let as_of = timestamp(judge.as_of.end);
    let by_day = placement(judge.model, leaf.aggregate).is_date();
    let young: Vec<String> = leaf
        .aggregate
        .matures
        .iter()
        .map(|matures| {
            let ahead = |from: &str, by_day| is_ahead(from, matures.length, by_day, &as_of);
            let own = ahead("_o.at", by_day);
            match &matures.after {
                None => own,
                Some(after) => {
                    let by_day = after.ty == Type::Date;
                    let after = scope.base_instant(after);
                    format!("coalesce({}, {own})", ahead(&after, by_day))
                }
            }
        })
        .collect();
    let instant = if has_instant { ", _o.instant" } else { "" };
    judge.push(
        &prefix,
        &format!(
            "SELECT _o.bucket, _o._row, _o.at{instant}, coalesce({}, FALSE) AS young\n    FROM {}",
            young.join(" OR "),
            scope.tables()
        ),
    );
    judge.push(&format!("{name}_at"), &format!("SELECT * FROM {prefix} WHERE NOT young"));
    judge.push(
        &format!("{name}_young"),
        &format!("SELECT bucket FROM {prefix} GROUP BY bucket HAVING count(CASE WHEN NOT young THEN 1 END) = 0"),
    );
}

/// Whether something that is looked at from an instant on is still to come: the last instant is looked at too, and from a
/// day on the last day is, whole.
fn is_ahead(from: &str, length: Duration, by_day: bool, as_of: &str) -> String {
    if by_day && length.is_of_days() {
        let last = moved_date(&format!("local_date({from})"), length, false);
        return format!("local_midnight(date_plus_days({last}, 1)) > {as_of}");
    }
    format!("{} >= {as_of}", moved(from, length, false, Days::Elapsed))
}
