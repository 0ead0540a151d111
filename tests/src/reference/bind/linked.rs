//! Rows that consult other rows: what is the same, and when.

use milepost::syntax::ast::{self, BinaryOp, Expr, ExprKind};

use super::Binder;
use super::names::words;
use super::path::End;
use super::row::Scope;
use crate::tree::{Link, RowExpr, Within};

impl Binder<'_> {
    /// The links to the row that asks, what else the rows must be, and the span of time around the row.
    pub(super) fn linked(
        &self,
        linked: &ast::Linked,
        filter: Option<&Expr>,
        asks: &Scope<'_>,
        scope: &Scope<'_>,
    ) -> (Vec<Link>, Option<RowExpr>, Option<Within>) {
        let mut links: Vec<Link> = Vec::new();
        for name in &linked.same {
            links.extend(self.same(&name.node, asks, scope));
        }
        let mut rest = Vec::new();
        for part in filter.map_or_else(Vec::new, all_of) {
            match this(part) {
                Some((names, other)) => {
                    let outer = self.follow(asks.dataset, &names, asks.at);
                    let End::Columns(paths) = outer else { panic!("this.{names:?}") };
                    let [path] = &paths[..] else { panic!("this.{names:?}") };
                    let outer = RowExpr::column(path.clone());
                    links.push(Link { outer, inner: self.row(other, scope) });
                }
                None => rest.push(self.row(part, scope)),
            }
        }
        let within = linked.within.as_ref().map(|length| Within {
            length: length.node,
            before: linked.before,
            anchor: linked.anchor.as_ref().map(|anchor| self.row(anchor, asks)),
            step: None,
            since: linked.since.as_ref().map(|since| crate::tree::Since {
                time: self.row(&since.time, asks),
                apart: since.apart,
            }),
        });
        (links, rest.into_iter().reduce(RowExpr::and), within)
    }

    /// An entity that both belong to, or a column of one name.
    fn same(&self, name: &str, asks: &Scope<'_>, scope: &Scope<'_>) -> Vec<Link> {
        let (outer, inner) = match self.entity(name) {
            Some(entity) => (self.way(asks.dataset, entity), self.way(scope.dataset, entity)),
            None => {
                let column = |scope: &Scope<'_>| match self.follow(scope.dataset, &[name], scope.at)
                {
                    End::Columns(paths) => paths,
                    End::Segment(_) => panic!("`{name}` is a segment"),
                };
                (column(asks), column(scope))
            }
        };
        assert_eq!(outer.len(), inner.len(), "`{name}` is not the same on both sides");
        let columns =
            outer.into_iter().map(RowExpr::column).zip(inner.into_iter().map(RowExpr::column));
        columns.map(|(outer, inner)| Link { outer, inner }).collect()
    }
}

/// What must all hold.
fn all_of(expr: &Expr) -> Vec<&Expr> {
    match &expr.kind {
        ExprKind::Binary { op: BinaryOp::And, left, right, .. } => {
            [all_of(left), all_of(right)].concat()
        }
        _ => vec![expr],
    }
}

/// `this.x = y`: the names after `this`, and the other side.
fn this(expr: &Expr) -> Option<(Vec<&str>, &Expr)> {
    let ExprKind::Binary { op: BinaryOp::Equal, left, right, .. } = &expr.kind else { return None };
    let of_this =
        |side: &Expr| matches!(&side.kind, ExprKind::Path(path) if path[0].node == "this");
    let (this, other) = match (of_this(left), of_this(right)) {
        (true, _) => (left, right),
        (_, true) => (right, left),
        _ => return None,
    };
    let ExprKind::Path(path) = &this.kind else { return None };
    Some((words(&path[1..]), other))
}
