//! A window that stands after `where`, where it would belong to the condition.

use crate::check::Checker;
use crate::check::expressions::row::RowScope;
use milepost_syntax::ast::{self, Expr, ExprKind};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, print_expr};

/// Whether the last part of a condition has a window.
fn ends_in_window(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Over { .. } => true,
        ExprKind::Unary { operand, .. } => ends_in_window(operand),
        ExprKind::Binary { right, .. } => ends_in_window(right),
        ExprKind::Between { high, .. } => ends_in_window(high),
        _ => false,
    }
}

/// Takes the window off the last part of a condition.
fn take_window(expr: &mut Expr) -> Option<Spanned<ast::Window>> {
    match &mut expr.kind {
        ExprKind::Over { operand, window } => {
            let (operand, window) = (operand.as_ref().clone(), window.clone());
            *expr = operand;
            Some(window)
        }
        ExprKind::Unary { operand, .. } => take_window(operand),
        ExprKind::Binary { right, .. } => take_window(right),
        ExprKind::Between { high, .. } => take_window(high),
        _ => None,
    }
}

impl Checker<'_, '_> {
    /// The aggregate with a window moved before `where`, if it stands at the end of the condition; and the place where it
    /// stood. Judgements may ask metrics over a window there.
    pub(super) fn window_first(&self, spec: &ast::Aggregate, span: Span) -> Option<(Span, Expr)> {
        let entity = |name: &Spanned<String>| self.resolved.names.entity(&name.node).is_some();
        let members = match &spec.subject.kind {
            ExprKind::Path(path) => entity(&path[0]),
            _ => false,
        };
        if spec.window.is_some() || members || spec.per.as_ref().is_some_and(entity) {
            return None;
        }
        if !ends_in_window(spec.filter.as_ref()?) {
            return None;
        }
        let mut right = spec.clone();
        let window = take_window(right.filter.as_mut()?)?;
        let place = window.span;
        right.window = Some(window);
        Some((place, Expr { kind: ExprKind::Aggregate(Box::new(right)), span }))
    }

    /// Tells a window that stands after `where`, and whatever else is wrong once it stands before.
    pub(super) fn tell_late_window(
        &mut self,
        window: Span,
        right: &Expr,
        outer: Option<&RowScope<'_>>,
    ) {
        let told = Diagnostic::error(
            codes::EXPRESSION_SYNTAX,
            window,
            "this window comes after `where`, and a window goes before it",
        );
        self.diagnostics.push(told.help(format!("write `{}`", print_expr(right))));
        if let ExprKind::Aggregate(spec) = &right.kind {
            self.aggregate(right, spec, outer);
        }
    }
}
