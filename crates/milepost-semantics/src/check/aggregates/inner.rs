//! Rows that consult other rows: `any(login with same contact within 7 days after clicked_at)`, and the rows and
//! sub-members of a member that is judged.

use super::aggregate::Built;
use crate::check::Checker;
use crate::check::expressions::row::RowScope;
use crate::model::{Inner, Link, RowExpr, RowKind, Since, Type, Window, Within};
use milepost_syntax::ast::{self, BinaryOp, Expr, ExprKind};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;

impl Checker<'_, '_> {
    /// An aggregate where the value of a row stands.
    pub(crate) fn row_aggregate(
        &mut self,
        scope: &RowScope<'_>,
        expr: &Expr,
        spec: &ast::Aggregate,
    ) -> Option<RowExpr> {
        if scope.members.is_some()
            && let Some(unit) = self.block_unit(spec)
        {
            if scope.needs_window() && spec.window.is_none() {
                self.tell_blocks_of_a_day(spec, expr.span);
                return None;
            }
            return self.blocks(&mut RowScope { in_block: true, ..*scope }, expr, spec, unit);
        }
        let (Some(entity), None) = (scope.members, &spec.linked) else {
            if spec.linked.is_none() || scope.when.is_none() {
                self.tell_inner(expr.span, scope.aggregate);
                return None;
            }
            return self.linked_aggregate(scope, expr, spec);
        };
        let Built { aggregate, mut links, within, .. } = self.aggregate(expr, spec, Some(scope))?;
        let inner = (aggregate.dataset, aggregate.members);
        links.extend(self.links_to_member(scope, entity, inner, spec.subject.span)?);
        Some(of_inner(Inner { aggregate, links, others_only: false, within }))
    }

    /// `with same …`: the rows are tied by name.
    fn linked_aggregate(
        &mut self,
        scope: &RowScope<'_>,
        expr: &Expr,
        spec: &ast::Aggregate,
    ) -> Option<RowExpr> {
        let linked = spec.linked.as_ref()?;
        let built = self.aggregate(expr, spec, Some(scope))?;
        let Built { aggregate, mut links, others_only, mut within } = built;
        if let Some(since) = within.as_mut().and_then(|within| within.since.as_mut()) {
            since.by_day |= self.is_placed_by_day(&aggregate);
        }
        let inner = RowScope {
            dataset: aggregate.dataset,
            members: aggregate.members,
            ..RowScope::within(aggregate.dataset, expr.span)
        };
        links.extend(self.links_by_name(scope, &inner, &linked.node.same)?);
        Some(of_inner(Inner { aggregate, links, others_only, within }))
    }

    /// The condition of an aggregate, and what it says of the row outside (`this.x = y`).
    pub(crate) fn linked_filter(
        &mut self,
        scope: &mut RowScope<'_>,
        spec: &ast::Aggregate,
        span: Span,
    ) -> (Vec<Link>, Option<RowExpr>) {
        let Some(filter) = &spec.filter else { return (Vec::new(), None) };
        let mut parts = Vec::new();
        conjuncts(filter, &mut parts);
        let Some(outer) =
            scope.outer.copied().filter(|_| parts.iter().any(|p| this_side(p).is_some()))
        else {
            return (Vec::new(), Some(self.condition(scope, filter)));
        };
        let (mut links, mut rest): (Vec<Link>, Option<Expr>) = (Vec::new(), None);
        for part in parts {
            match this_side(part) {
                Some((this, other)) => links.extend(self.this_link(&outer, scope, this, other)),
                None => {
                    rest = Some(match rest {
                        None => part.clone(),
                        Some(before) => Expr {
                            span: before.span.to(part.span),
                            kind: ExprKind::Binary {
                                op: BinaryOp::And,
                                op_span: span,
                                left: Box::new(before),
                                right: Box::new(part.clone()),
                            },
                        },
                    });
                }
            }
        }
        let filter = rest.map(|rest| self.condition(scope, &rest));
        (links, filter)
    }

    fn this_link(
        &mut self,
        outer: &RowScope<'_>,
        scope: &mut RowScope<'_>,
        this: &Expr,
        other: &Expr,
    ) -> Option<Link> {
        let ExprKind::Path(path) = &this.kind else { return None };
        let path = Expr { kind: ExprKind::Path(path[1..].to_vec()), span: this.span };
        let link =
            Link { outer: self.expr(&mut { *outer }, &path), inner: self.expr(scope, other) };
        self.comparable_link(&link, this.span.to(other.span)).then_some(link)
    }

    /// `within D after T`.
    pub(crate) fn within(
        &mut self,
        spec: &ast::Aggregate,
        outer: Option<&RowScope<'_>>,
    ) -> Option<Within> {
        if let Some((step, length)) = spec.elapsed_step() {
            let by_day = false;
            return Some(Within {
                length,
                before: false,
                anchor: None,
                by_day,
                step: Some(step),
                since: None,
            });
        }
        let (linked, outer) = (spec.linked.as_ref()?, outer?);
        let length = linked.node.within.as_ref()?;
        if length.node.count == 0 {
            let told = Diagnostic::error(
                codes::INVALID_VALUE,
                length.span,
                "a span of length 0 holds one instant only",
            );
            self.diagnostics.push(told.help("write a length, like `within 7 days`"));
        }
        let anchor = linked.node.anchor.as_ref().map(|anchor| self.seen_from(outer, anchor));
        let since = linked.node.since.as_ref().map(|since| {
            let time = self.seen_from(outer, &since.time);
            Box::new(Since { by_day: time.ty == Type::Date, time, apart: since.apart })
        });
        let timed = outer.members.is_none();
        if anchor.is_none() && !timed {
            let word = spec.function.node.name();
            let told = Diagnostic::error(
                codes::NEEDS_TIME,
                length.span,
                "`within` counts from the time of the outer row, and a member has none of its own",
            );
            self.diagnostics.push(told.help(format!("say from when: `within 7 days after created_at`, or use a window: `{word}(… over 28 days)`")));
        }
        // Whether the row's own time is a day is known when the aggregate around has been read.
        let by_day = anchor.as_ref().is_some_and(|anchor| anchor.ty == Type::Date);
        let (length, before) = (length.node, linked.node.before);
        Some(Within { length, before, anchor, by_day, step: None, since })
    }

    /// A time of the row outside.
    fn seen_from(&mut self, outer: &RowScope<'_>, time: &Expr) -> RowExpr {
        let node = self.expr(&mut { *outer }, time);
        self.wants(&node, "`within` counts from a time", "a date or a timestamp", |ty| {
            matches!(ty, Type::Date | Type::Timestamp)
        });
        node
    }

    /// Makes every aggregate that places members in time one over all their history.
    pub(crate) fn over_all_history(&mut self, expr: &mut RowExpr) {
        if let RowKind::Inner(inner) = &mut expr.kind
            && inner.within.is_none()
        {
            match inner.aggregate.window {
                Window::Bucket if inner.aggregate.members.is_none() => {
                    inner.aggregate.window = Window::Ever { before: false };
                }
                Window::Ever { before: false } => {}
                _ => {
                    let told = Diagnostic::error(
                        codes::INVALID_VALUE,
                        inner.aggregate.span,
                        "each member has one time of its own, taken from all its history",
                    );
                    self.diagnostics
                        .push(told.help("write the aggregate without a window, or with `ever`"));
                }
            }
        }
        if let RowKind::Prior { .. } | RowKind::Blocks(_) = expr.kind {
            let told = Diagnostic::error(
                codes::INVALID_VALUE,
                expr.span,
                "each member has one time of its own, taken from all its history",
            );
            self.diagnostics
                .push(told.help("name a column, or an aggregate over all the member's rows"));
            return;
        }
        expr.each_child_mut(&mut |child| self.over_all_history(child));
    }
}

pub(crate) fn of_inner(inner: Inner) -> RowExpr {
    RowExpr {
        ty: inner.aggregate.ty,
        unit: inner.aggregate.unit.clone(),
        span: inner.aggregate.span,
        kind: RowKind::Inner(Box::new(inner)),
    }
}

/// The parts of a condition that all must hold.
pub(crate) fn conjuncts<'e>(expr: &'e Expr, parts: &mut Vec<&'e Expr>) {
    if let ExprKind::Binary { op: BinaryOp::And, left, right, .. } = &expr.kind {
        conjuncts(left, parts);
        conjuncts(right, parts);
    } else {
        parts.push(expr);
    }
}

/// `this.x = y` as (`this.x`, `y`), whichever side it stands on.
fn this_side(expr: &Expr) -> Option<(&Expr, &Expr)> {
    let ExprKind::Binary { op: BinaryOp::Equal, left, right, .. } = &expr.kind else { return None };
    let is_this =
        |e: &Expr| matches!(&e.kind, ExprKind::Path(p) if p.len() > 1 && p[0].node == "this");
    match (is_this(left), is_this(right)) {
        (true, false) => Some((left, right)),
        (false, true) => Some((right, left)),
        _ => None,
    }
}
