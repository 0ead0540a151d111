//! An outermost aggregate of rows that are judged.

use std::fmt::Write as _;
use std::sync::Arc;

use milepost_semantics::model::DimensionId;
use milepost_semantics::time::Grain;

use super::Judge;
use super::frames::{Frames, Shape};
use super::rows::Rows;
use super::standing::print_standing;
use crate::leaf::Leaf;
use crate::sql::Scope;
use crate::sql::grouped::{Summary, grouped, mean};
use crate::sql::row::dimension_sql;

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
    let leaves_out = aggregate.leaves_out();
    let placed = format!("{name}_{}", if leaves_out { "placed" } else { "at" });
    let shape = rows.print(&placed);
    if leaves_out {
        leave_out(judge, name, leaf, &frames, (&placed, rows.has_instant()));
    }
    let at = format!("{name}_at");
    let mut scope = Scope::over(judge, aggregate.dataset, name, &at, rows.has_instant(), &frames);
    let mut columns = vec!["_o.bucket".to_owned(), "_o._row".to_owned(), "_o.at".to_owned()];
    if shape == Shape::Mean {
        columns.push("_o.instant".to_owned());
    }
    for (i, dimension) in by.iter().enumerate() {
        let dataset = &judge.model[aggregate.dataset];
        let value = aggregate
            .slice(dataset, *dimension)
            .expect("metrics are asked by dimensions that they reach");
        columns.push(format!("{} AS _d{}", dimension_sql(&mut scope, value), i + 1));
    }
    // What nobody knows is a slice of its own.
    scope.forget_known();
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
        let mut covered = all_of(&began, scope.known());
        if leaves_out {
            let _ = write!(covered, "\n    {}", but_for(&format!("{name}_short")));
        }
        judge.push(&format!("{name}_covered"), &covered);
    }
    if leaves_out {
        let _ = write!(query, "\n    {}", but_for(&format!("{name}_none")));
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
pub(super) fn all_of(first: &str, others: &[String]) -> String {
    let mut query = format!("SELECT k.bucket FROM {first} AS k");
    for (i, table) in others.iter().enumerate() {
        let _ = write!(query, "\n    JOIN {table} AS k{i} ON k{i}.bucket = k.bucket");
    }
    query
}

/// What leaves out the buckets of a table.
pub(super) fn but_for(table: &str) -> String {
    format!("LEFT JOIN {table} AS no ON no.bucket = k.bucket WHERE no.bucket IS NULL")
}

/// Prints `NAME_at`, the rows that count; `NAME_none`, the buckets in which none is left; and those of them in which some
/// look before the data, as `NAME_short`.
fn leave_out(
    judge: &Arc<Judge<'_>>,
    name: &str,
    leaf: &Leaf<'_>,
    frames: &Arc<Frames>,
    placed: (&str, bool),
) {
    let standing = format!("{name}_standing");
    print_standing(judge, &standing, leaf.aggregate, placed, frames);
    judge.push(&format!("{name}_at"), &format!("SELECT * FROM {standing} WHERE NOT left_out"));
    let none = format!(
        "SELECT bucket FROM {standing} GROUP BY bucket HAVING count(CASE WHEN NOT left_out THEN 1 END) = 0"
    );
    judge.push(&format!("{name}_none"), &none);
    if leaf.in_blocks {
        let short = format!("{none} AND count(CASE WHEN short THEN 1 END) > 0");
        judge.push(&format!("{name}_short"), &short);
    }
}
