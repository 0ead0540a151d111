//! What is listed of rows and members, and when rows without a time of their own are.

use super::super::subject::Rows;
use crate::check::Checker;
use crate::check::expressions::row::RowScope;
use crate::model::{DatasetKind, RowExpr, ValidAt};
use milepost_syntax::ast;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

impl Checker<'_, '_> {
    /// What is listed is evaluated at the end of a day; the time at which rows that have none of their own are placed.
    pub(super) fn place_listed(
        &self,
        spec: &ast::Aggregate,
        rows: &Rows<'_>,
        scope: &mut RowScope<'_>,
    ) -> Option<RowExpr> {
        scope.daily |= !spec.listed.is_empty();
        let always = self.always(spec, rows)?;
        scope.when = Some(ValidAt::End);
        Some(always)
    }

    /// The time at which rows without any are listed, all of them: long before everything else.
    fn always(&self, spec: &ast::Aggregate, rows: &Rows<'_>) -> Option<RowExpr> {
        let kind = &self.dataset(rows.dataset).kind;
        let is_timeless = rows.members.is_none() && matches!(kind, DatasetKind::Attributes);
        (is_timeless && !spec.listed.is_empty()).then(|| RowExpr::always(spec.function.span))
    }

    /// Reports what counts from the own time of rows that have none.
    pub(super) fn without_own_time<'e>(
        &mut self,
        exprs: impl Iterator<Item = &'e RowExpr>,
        rows: &str,
    ) {
        let mut found = Vec::new();
        for expr in exprs {
            expr.each_inner(&mut |inner| {
                let within = inner.within.as_ref().filter(|within| within.anchor.is_none());
                found.extend(within.map(|_| inner.aggregate.span));
            });
        }
        for span in found {
            let message =
                format!("`within` counts from the time of the row, and rows of `{rows}` have none");
            self.diagnostics.push(Diagnostic::error(codes::NEEDS_TIME, span, message).help(
                "name a time of the row after it, such as `within 7 days after due`, or a window that ends with the day, such as `over 7 days`",
            ));
        }
    }

    /// What is listed of each row, as it is known when it is evaluated.
    pub(super) fn listed(&mut self, scope: &RowScope<'_>, spec: &ast::Aggregate) -> Vec<RowExpr> {
        let list = spec.listed.iter().map(|expr| {
            let mut value = self.expr(&mut { *scope }, expr);
            self.see_in(&mut value, false);
            self.mature_condition(&mut value);
            value
        });
        list.collect()
    }
}
