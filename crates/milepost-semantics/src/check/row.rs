//! Expressions over one row of a dataset.

use super::expr::{Meaning, Node, Scope};
use super::path::Target;
use super::{Checker, functions};
use crate::model::{DatasetId, Path, RowExpr, RowKind, Type};
use milepost_syntax::ast::{Expr, ExprKind};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, suggest};

/// The rows of one dataset: names are its columns, paths follow its links.
pub(crate) struct RowScope {
    dataset: DatasetId,
    /// The aggregate around, if there is one.
    aggregate: Option<Span>,
}

impl RowScope {
    /// Inside a computed column.
    pub(crate) const fn computed(dataset: DatasetId) -> Self {
        Self { dataset, aggregate: None }
    }

    /// Inside an aggregate.
    pub(crate) const fn within(dataset: DatasetId, aggregate: Span) -> Self {
        Self { dataset, aggregate: Some(aggregate) }
    }
}

impl Scope for RowScope {
    type Node = RowExpr;

    fn leaf(&mut self, checker: &mut Checker<'_, '_>, expr: &Expr) -> RowExpr {
        match &expr.kind {
            ExprKind::Path(path) => {
                checker.row_column(self.dataset, path, self.aggregate, expr.span)
            }
            ExprKind::Aggregate(inner) => {
                checker.tell_inner(inner.linked.is_some(), expr.span, self.aggregate);
                RowExpr::unknown(expr.span)
            }
            ExprKind::Over { window, .. } => {
                checker.diagnostics.push(
                    Diagnostic::error(
                        codes::AGGREGATE_INSIDE_AGGREGATE,
                        window.span,
                        "a window belongs to an aggregate or a metric, not to the value of a row",
                    )
                    .help("put the window before `where`: `count(events over 28 days where …)`"),
                );
                RowExpr::unknown(expr.span)
            }
            ExprKind::Call { function, .. } => {
                checker.tell_function(function, true);
                RowExpr::unknown(expr.span)
            }
            _ => RowExpr::unknown(expr.span),
        }
    }
}

impl Checker<'_, '_> {
    /// A path as a value of a row.
    fn row_column(
        &mut self,
        dataset: DatasetId,
        path: &[Spanned<String>],
        aggregate: Option<Span>,
        span: Span,
    ) -> RowExpr {
        match self.row_path(dataset, path, aggregate, span) {
            None => RowExpr::unknown(span),
            Some(Target::Column(path)) => self.column_node(path, span),
            Some(Target::Key(entity, mut paths)) => {
                let name = &self.resolved.entity(entity).name;
                if paths.len() > 1 {
                    self.diagnostics.push(
                        Diagnostic::error(
                            codes::TYPE_MISMATCH,
                            span,
                            format!(
                                "the key of `{name}` has several columns, so it is no single value"
                            ),
                        )
                        .help("name one of the key's columns"),
                    );
                    return RowExpr::unknown(span);
                }
                match paths.pop() {
                    Some(path) => self.column_node(path, span),
                    None => RowExpr::unknown(span),
                }
            }
        }
    }

    /// The value of a column at the end of a path.
    pub(crate) fn column_node(&mut self, path: Path, span: Span) -> RowExpr {
        let Meaning { ty, unit } = self.column(path.dataset, path.column);
        RowExpr { kind: RowKind::Column(path), ty, unit, span }
    }

    /// An aggregate where the value of a row stands.
    pub(crate) fn tell_inner(&mut self, linked: bool, inner: Span, outer: Option<Span>) {
        if linked {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::NOT_IN_THIS_VERSION,
                    inner,
                    "rows that consult other rows (`with same …`) are not in this version",
                )
                .help("join the tables before they come here, and test a column of the row"),
            );
            return;
        }
        let told = Diagnostic::error(
            codes::AGGREGATE_INSIDE_AGGREGATE,
            inner,
            if outer.is_some() {
                "an aggregate can't stand inside another"
            } else {
                "a computed column is made of one row, so no aggregate can stand in it"
            },
        );
        let told = match outer {
            Some(outer) => told.label("the inner one").also(outer, "the outer one"),
            None => told,
        };
        self.diagnostics.push(told.help("divide or compare two aggregates side by side, or give the inner one a name of its own as a metric"));
    }

    /// A function that is none of a row's values.
    pub(crate) fn tell_function(&mut self, function: &Spanned<String>, row: bool) {
        let name = function.node.as_str();
        let told = match name {
            "prior" if row => Diagnostic::error(
                codes::AGGREGATE_INSIDE_AGGREGATE,
                function.span,
                "`prior` moves a whole metric back in time, so it can't stand inside an aggregate",
            )
            .help("put it around the aggregate: `prior(count(events))`"),
            "percentile_rank" => Diagnostic::error(
                codes::NOT_IN_THIS_VERSION,
                function.span,
                format!("`{name}` is not in this version"),
            )
            .help("leave it out, or compute it in the data"),
            _ => {
                let told = Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    function.span,
                    format!("there is no function `{name}`"),
                );
                let others = [
                    "prior",
                    "count",
                    "sum",
                    "avg",
                    "min",
                    "max",
                    "stddev",
                    "median",
                    "percentile",
                    "first",
                    "last",
                    "any",
                ];
                match suggest(name, functions::names().chain(others)) {
                    Some(near) => told.help(format!("did you mean `{near}`?")),
                    None => told.help(format!(
                        "the functions are: {}",
                        functions::names().collect::<Vec<_>>().join(", ")
                    )),
                }
            }
        };
        self.diagnostics.push(told);
    }

    /// A condition over rows; what is no condition is told.
    pub(crate) fn condition<S: Scope<Node = RowExpr>>(
        &mut self,
        scope: &mut S,
        expr: &Expr,
    ) -> RowExpr {
        let node = self.expr(scope, expr);
        if node.ty != Type::Unknown {
            self.wants_boolean(&node, "`where` keeps the rows for which a condition is true");
        }
        self.constant_parts(&node);
        node
    }
}
