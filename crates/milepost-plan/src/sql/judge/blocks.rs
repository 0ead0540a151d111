//! A value of one row for each block of time, summarized.

use std::sync::Arc;

use milepost_semantics::model::{Blocks, RowExpr};

use crate::sql::Scope;
use crate::sql::grouped::{Summary, grouped};

impl<'m> Scope<'m> {
    /// The summary: a column of a table of its own, with one row for each frame and row.
    pub(in crate::sql) fn blocks(&mut self, blocks: &Blocks<RowExpr>) -> String {
        let Some((judge, frames, name)) = self.next_part("b") else { return "NULL".to_owned() };
        let Some((rows, _)) = self.rows() else { return "NULL".to_owned() };
        judge.comment(&blocks.text);
        let span = format!("{name}_blocks");
        let inside = Arc::new(frames.in_blocks(span.clone(), &judge, blocks.unit, blocks.window));
        let at = format!("{name}_at");
        judge.push(
            &at,
            &format!(
                "SELECT DISTINCT b.bucket, o._row, o.at, b.whole, b.start\n    FROM {rows} AS o\n    JOIN {span} AS b ON b.whole = o.bucket"
            ),
        );
        let mut scope = Self::over(&judge, self.base(), &name, &at, false, &inside);
        let value = scope.base_expr(&blocks.operand);
        judge.push(
            &format!("{name}_values"),
            &format!(
                "SELECT _o.whole AS bucket, _o._row, _o.start AS at, {value} AS x1\n    FROM {}",
                scope.tables()
            ),
        );
        let from = format!("FROM {name}_values AS r");
        let summary = Summary::of_values(blocks.function, blocks.percentile);
        judge.push(
            &name,
            &format!(
                "SELECT v.bucket, v._row, CASE WHEN v.n > 0 THEN v.value END AS value FROM ({}) AS v",
                grouped(summary, "r.bucket, r._row", 0, &from)
            ),
        );
        let known = scope.known();
        if !known.is_empty() {
            // Known where every block is.
            let joins: Vec<String> = known
                .iter()
                .enumerate()
                .map(|(i, table)| {
                    format!("\n    LEFT JOIN {table} AS k{i} ON k{i}.bucket = b.bucket")
                })
                .collect();
            let all: Vec<String> =
                (0..known.len()).map(|i| format!("k{i}.bucket IS NOT NULL")).collect();
            let frames = frames.table(&judge).to_owned();
            let table = format!("{name}_known");
            judge.push(
                &table,
                &format!(
                    "SELECT f.bucket FROM {frames} AS f\n    LEFT JOIN {span} AS b ON b.whole = f.bucket{}\n    GROUP BY f.bucket\n    HAVING count(b.bucket) = count(CASE WHEN {} THEN b.bucket END)",
                    joins.concat(),
                    all.join(" AND ")
                ),
            );
            self.needs_known(table);
        }
        self.join_part(&name)
    }
}
