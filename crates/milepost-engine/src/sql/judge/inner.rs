//! Aggregates that are the value of one row.

use std::fmt::Write as _;

use milepost_semantics::model::{Inner, Type, Within};

use super::frames::Shape;
use super::rows::Rows;
use crate::placement::ROW_NUMBER;
use crate::sql::Scope;
use crate::sql::grouped::{Summary, grouped, mean};
use crate::sql::length::{Days, moved};
use crate::sql::text::ident;

impl<'m> Scope<'m> {
    /// The aggregate's value for the row: a column of a table of its own, with one row for each frame and row.
    pub(in crate::sql) fn inner(&mut self, inner: &Inner) -> String {
        let Some((judge, frames, name)) = self.next_part("i") else { return "NULL".to_owned() };
        let aggregate = &inner.aggregate;
        judge.comment(&aggregate.text);
        let rows = Rows::new(&judge, &name, aggregate, &frames);
        let shape = if inner.within.is_some() { Shape::Range } else { rows.shape() };
        let per_frame = self.print_asked(&name, inner, &rows);
        self.print_asks(&name, inner);
        let mut on = String::from("FROM ");
        let _ = write!(on, "{name}_asks AS a\n    JOIN {name}_rows AS r ON ");
        let mut conditions: Vec<String> =
            (1..=inner.links.len()).map(|i| format!("r.l{i} = a.l{i}")).collect();
        if per_frame {
            conditions.push("r.bucket = a.bucket".to_owned());
        }
        if let Some(within) = &inner.within {
            let end = if within.before { "r.at < a.hi" } else { "r.at <= a.hi" };
            conditions.push(format!("r.at >= a.lo AND {end}"));
        }
        if inner.others_only && self.base() == aggregate.dataset {
            conditions.push("r._row <> a._row".to_owned());
        }
        on.push_str(&conditions.join(" AND "));
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
        judge.push(
            &name,
            &format!(
                "SELECT a.bucket, a._row, {value} AS value\n    FROM {name}_asks AS a{first}\n    LEFT JOIN ({values}) AS v ON v.bucket = a.bucket AND v._row = a._row"
            ),
        );
        if inner.within.is_none() {
            let known = format!("{name}_known");
            rows.print_known(&known, frames.blocks && aggregate.window.is_bare());
            self.needs_known(known);
        }
        self.join_part(&name)
    }

    /// Prints `NAME_rows`, the rows that are asked: links `l1…`, values `x1…`, placed in the frames' windows. Says
    /// whether they are told apart by frame.
    fn print_asked(&mut self, name: &str, inner: &Inner, rows: &Rows<'_, '_>) -> bool {
        let Some((judge, frames)) = self.site() else { return false };
        let aggregate = &inner.aggregate;
        let judged = aggregate.exprs().any(milepost_semantics::model::RowExpr::is_judged)
            || inner.links.iter().any(|link| link.inner.is_judged());
        let at = format!("{name}_at");
        let per_frame = judged || inner.within.is_none();
        let mut columns: Vec<String> = Vec::new();
        let mut scope = if per_frame {
            let instant = if inner.within.is_some() {
                rows.print_all(&at);
                false
            } else {
                rows.print(&at);
                rows.has_instant()
            };
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
        let mut conditions = Vec::new();
        for (i, link) in inner.links.iter().enumerate() {
            columns.push(format!("{} AS l{}", scope.linked(&link.inner, &link.outer), i + 1));
        }
        for (i, arg) in aggregate.args.iter().enumerate() {
            columns.push(format!("{} AS x{}", scope.base_expr(arg), i + 1));
        }
        conditions.extend(aggregate.filter.as_ref().map(|f| scope.base_expr(f)));
        let mut query = format!("SELECT {}\n    FROM {}", columns.join(", "), scope.tables());
        if !conditions.is_empty() {
            let _ = write!(query, "\n    WHERE {}", conditions.join(" AND "));
        }
        judge.push(&format!("{name}_rows"), &query);
        scope.known().iter().for_each(|known| self.needs_known(known.clone()));
        per_frame
    }

    /// Prints `NAME_asks`, the rows that ask: links `l1…`, and the span `lo` to `hi` that a row sees from itself.
    fn print_asks(&mut self, name: &str, inner: &Inner) {
        let Some((judge, _)) = self.site() else { return };
        let Some(mut scope) = self.again(&format!("{name}_o")) else { return };
        let mut columns = vec!["_o.bucket".to_owned(), "_o._row".to_owned()];
        for (i, link) in inner.links.iter().enumerate() {
            columns.push(format!("{} AS l{}", scope.linked(&link.outer, &link.inner), i + 1));
        }
        if let Some(Within { length, before, anchor }) = &inner.within {
            let anchor = anchor
                .as_ref()
                .map_or_else(|| "_o.at".to_owned(), |anchor| scope.base_instant(anchor));
            let far = moved(&anchor, *length, *before, Days::Elapsed);
            let (lo, hi) = if *before { (far, anchor) } else { (anchor, far) };
            columns.push(format!("{lo} AS lo, {hi} AS hi"));
        }
        // A row of a mean is there once for each day.
        let several = self.rows().is_some_and(|(_, instants)| instants);
        let distinct = if several { "DISTINCT " } else { "" };
        judge.push(
            &format!("{name}_asks"),
            &format!("SELECT {distinct}{}\n    FROM {}", columns.join(", "), scope.tables()),
        );
        scope.known().iter().for_each(|known| self.needs_known(known.clone()));
    }

    /// A scope over the same rows, in the same frame.
    fn again(&self, name: &str) -> Option<Self> {
        let (judge, frames) = self.site()?;
        let (rows, instant) = self.rows()?;
        Some(Self::over(&judge, self.base(), name, rows, instant, &frames))
    }
}
