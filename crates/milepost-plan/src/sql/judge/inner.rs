//! Aggregates that are the value of one row.

use std::fmt::Write as _;
use std::sync::Arc;

use milepost_semantics::model::{Inner, Type, canonical};

use super::frames::{Frames, Shape};
use super::leaf::{all_of, but_for};
use super::rows::Rows;
use super::standing::{Span, print_standing, span_of};
use super::{Asked, Judge, PrintedInner};
use crate::placement::ROW_NUMBER;
use crate::sql::Scope;
use crate::sql::grouped::{Summary, grouped, mean};
use crate::sql::text::ident;

impl<'m> Scope<'m> {
    /// The aggregate's value for the row: a column of a table of its own, with one row for each frame and row. One that
    /// several ask for is printed once.
    pub(in crate::sql) fn inner(&mut self, inner: &Inner) -> String {
        let Some((judge, asked)) = self.asked(inner) else { return "NULL".to_owned() };
        if let Some(PrintedInner { table, known }) = judge.printed(&asked) {
            known.into_iter().for_each(|known| self.needs_known(known));
            return self.join_part(&table);
        }
        let before = self.known().len();
        let Some(table) = self.print_inner(inner) else { return "NULL".to_owned() };
        let value = self.join_part(&table);
        let known = self.known()[before..].to_vec();
        judge.keep_printed(asked, PrintedInner { table, known });
        value
    }

    /// What tells an aggregate of these rows from others.
    fn asked(&self, inner: &Inner) -> Option<(Arc<Judge<'m>>, Asked)> {
        let (judge, frames) = self.site()?;
        let (rows, _) = self.rows()?;
        let text = canonical::inner(judge.model, inner);
        Some((judge, (rows.to_owned(), frames.name().to_owned(), text)))
    }

    /// Prints the tables of an aggregate; the name of the last one.
    fn print_inner(&mut self, inner: &Inner) -> Option<String> {
        let (judge, frames, name) = self.next_part("i")?;
        let aggregate = &inner.aggregate;
        judge.comment(&aggregate.text);
        let rows = Rows::new(&judge, &name, aggregate, &frames);
        let shape = if inner.within.is_some() { Shape::Range } else { rows.shape() };
        let per_frame = self.print_asked(&name, inner, &rows);
        let ends = self.print_asks(&name, inner);
        let mut on = String::from("FROM ");
        let _ = write!(on, "{name}_asks AS a\n    JOIN {name}_rows AS r ON ");
        let mut conditions: Vec<String> =
            (1..=inner.links.len()).map(|i| format!("r.l{i} = a.l{i}")).collect();
        if per_frame {
            conditions.push("r.bucket = a.bucket".to_owned());
        }
        if let Some((start, end)) = ends {
            conditions.push(format!("r.at {start} a.lo AND r.at {end} a.hi"));
        }
        if inner.others_only && self.base() == aggregate.dataset {
            conditions.push("r._row <> a._row".to_owned());
        }
        on.push_str(&conditions.join(" AND "));
        let none = aggregate.leaves_out().then(|| {
            let none = format!("{name}_none");
            judge.push(
                &none,
                &format!("SELECT a.bucket, a._row\n    {on}\n    GROUP BY a.bucket, a._row HAVING count(CASE WHEN NOT r.left_out THEN 1 END) = 0"),
            );
            on.push_str(" AND r.passes AND NOT r.left_out");
            none
        });
        let summary = Summary::of(aggregate);
        let values = if shape == Shape::Mean {
            let daily = grouped(summary, "a.bucket, a._row, r.instant", 0, &on);
            mean(summary, &["bucket", "_row"], 0, &daily, &rows.days_known())
        } else {
            grouped(summary, "a.bucket, a._row", 0, &on)
        };
        let value = match (summary.empty_is_zero(), aggregate.ty) {
            (false, _) => "v.value",
            (true, Type::Boolean) => "coalesce(v.value, FALSE)",
            (true, _) => "coalesce(v.value, 0)",
        };
        // A row looks at its own span of time, and that may lie before the data.
        let (value, first) = if inner.within.is_some() {
            (
                format!("CASE WHEN local_date(f.at) <= local_date(a.lo) THEN {value} END"),
                format!(" CROSS JOIN ({}) AS f", rows.first()),
            )
        } else {
            (value.to_owned(), String::new())
        };
        // Where all rows are left out, nothing is known.
        let (value, left) = match none {
            Some(none) => (
                format!("CASE WHEN no._row IS NULL THEN {value} END"),
                format!(
                    "\n    LEFT JOIN {none} AS no ON no.bucket = a.bucket AND no._row = a._row"
                ),
            ),
            None => (value, String::new()),
        };
        judge.push(
            &name,
            &format!(
                "SELECT a.bucket, a._row, {value} AS value\n    FROM {name}_asks AS a{first}\n    LEFT JOIN ({values}) AS v ON v.bucket = a.bucket AND v._row = a._row{left}"
            ),
        );
        if inner.within.is_none() {
            let known = format!("{name}_known");
            let block = frames.blocks && aggregate.window.is_bare();
            if aggregate.leaves_out() {
                let inside = format!("{name}_inside");
                rows.print_known(&inside, block);
                print_left(&judge, &name, inner.links.len(), &frames);
            } else {
                rows.print_known(&known, block);
            }
            self.needs_known(known);
        }
        Some(name)
    }

    /// Prints `NAME_rows`, the rows that are asked: links `l1…`, values `x1…`, placed in the frames' windows; where rows may be
    /// left out, also those, with `left_out` and `passes`. Says whether they are told apart by frame.
    fn print_asked(&mut self, name: &str, inner: &Inner, rows: &Rows<'_, '_>) -> bool {
        let Some((judge, frames)) = self.site() else { return false };
        let aggregate = &inner.aggregate;
        let judged = aggregate.exprs().any(milepost_semantics::model::RowExpr::is_judged)
            || inner.links.iter().any(|link| link.inner.is_judged());
        let leaves_out = aggregate.leaves_out();
        let mut at = format!("{name}_at");
        let per_frame = judged || inner.within.is_none() || leaves_out;
        let mut columns: Vec<String> = Vec::new();
        let mut scope = if per_frame {
            let instant = if inner.within.is_some() {
                rows.print_all(&at);
                false
            } else {
                rows.print(&at);
                rows.has_instant()
            };
            if leaves_out {
                let standing = format!("{name}_standing");
                print_standing(&judge, &standing, aggregate, (&at, instant), &frames);
                at = standing;
                columns.extend(["_o.left_out", "_o.short"].map(str::to_owned));
            }
            columns.extend(["_o.bucket", "_o._row", "_o.at"].map(str::to_owned));
            if instant {
                columns.push("_o.instant".to_owned());
            }
            Scope::over(&judge, aggregate.dataset, name, &at, instant, &frames)
        } else {
            let mut scope = Scope::new(judge.model, aggregate.dataset);
            let dataset = ident(&judge.model[aggregate.dataset].name);
            columns.push(format!("{dataset}.{} AS _row", ident(ROW_NUMBER)));
            columns.push(format!("{} AS at", rows.at_instant(&mut scope)));
            scope
        };
        for (i, link) in inner.links.iter().enumerate() {
            columns.push(format!("{} AS l{}", scope.linked(&link.inner, &link.outer), i + 1));
        }
        for (i, arg) in aggregate.args.iter().enumerate() {
            columns.push(format!("{} AS x{}", scope.base_expr(arg), i + 1));
        }
        let mut filter = aggregate.filter.as_ref().map(|f| scope.base_expr(f));
        if leaves_out {
            let passes = filter.take().unwrap_or_else(|| "TRUE".to_owned());
            columns.push(format!("coalesce({passes}, FALSE) AS passes"));
        }
        let mut query = format!("SELECT {}\n    FROM {}", columns.join(", "), scope.tables());
        if let Some(filter) = filter {
            let _ = write!(query, "\n    WHERE {filter}");
        }
        judge.push(&format!("{name}_rows"), &query);
        scope.known().iter().for_each(|known| self.needs_known(known.clone()));
        per_frame
    }

    /// Prints `NAME_asks`, the rows that ask: links `l1…`, and the span `lo` to `hi` that a row sees from itself. Says how what
    /// it sees compares with `lo` and `hi`, if there is such a span.
    fn print_asks(&mut self, name: &str, inner: &Inner) -> Option<(&'static str, &'static str)> {
        let (judge, _) = self.site()?;
        let mut scope = self.again(&format!("{name}_o"))?;
        let mut columns = vec!["_o.bucket".to_owned(), "_o._row".to_owned()];
        for (i, link) in inner.links.iter().enumerate() {
            columns.push(format!("{} AS l{}", scope.linked(&link.outer, &link.inner), i + 1));
        }
        let ends = inner.within.as_ref().map(|within| {
            let Span { lo, hi, with_start, with_end } = span_of(&mut scope, within);
            columns.push(format!("{lo} AS lo, {hi} AS hi"));
            (if with_start { ">=" } else { ">" }, if with_end { "<=" } else { "<" })
        });
        // A row of a mean is there once for each day.
        let several = self.rows().is_some_and(|(_, instants)| instants);
        let distinct = if several { "DISTINCT " } else { "" };
        judge.push(
            &format!("{name}_asks"),
            &format!("SELECT {distinct}{}\n    FROM {}", columns.join(", "), scope.tables()),
        );
        scope.known().iter().for_each(|known| self.needs_known(known.clone()));
        ends
    }

    /// A scope over the same rows, in the same frame.
    fn again(&self, name: &str) -> Option<Self> {
        let (judge, frames) = self.site()?;
        let (rows, instant) = self.rows()?;
        Some(Self::over(&judge, self.base(), name, rows, instant, &frames))
    }
}

/// Prints, as `NAME_known`, the frames of `NAME_inside` but for those in which rows are left out and none is left, whoever
/// it is linked to; of blocks of time and of a segment's days, where some of these look before the data.
fn print_left(judge: &Judge<'_>, name: &str, links: usize, frames: &Frames) {
    let linked: Vec<String> = (1..=links).map(|i| format!("r.l{i} IS NOT NULL")).collect();
    let short = match frames.blocks || frames.of_segment {
        true => " AND count(CASE WHEN r.short THEN 1 END) > 0",
        false => "",
    };
    let nobody = format!("{name}_nobody");
    judge.push(
        &nobody,
        &format!(
            "SELECT r.bucket FROM {name}_rows AS r WHERE {}\n    GROUP BY r.bucket HAVING count(CASE WHEN NOT r.left_out THEN 1 END) = 0{short}",
            linked.join(" AND ")
        ),
    );
    let known = all_of(&format!("{name}_inside"), &[]);
    judge.push(&format!("{name}_known"), &format!("{known}\n    {}", but_for(&nobody)));
}
