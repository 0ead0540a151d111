//! What a form reads as it is known at the end of the data, whatever the bucket: how long members took, or have waited so
//! far. It has no spelling of its own.

use super::expr::{Meaning, Node};
use super::row::RowScope;
use crate::check::Checker;
use crate::model::{Base, Form, RowExpr, RowKind, ScalarFunction, Type, Unit, Window};
use milepost_syntax::ast::{AS_KNOWN_NOW, BUSINESS_DAYS_SO_FAR, DAYS_SO_FAR, Expr};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};

/// Whether a call is one of those that only forms write.
pub(super) fn is_of_now(function: &Spanned<String>) -> bool {
    [AS_KNOWN_NOW, DAYS_SO_FAR, BUSINESS_DAYS_SO_FAR].contains(&function.node.as_str())
}

impl Checker<'_, '_> {
    /// Such a call.
    pub(super) fn of_now(
        &mut self,
        scope: &RowScope<'_>,
        function: &Spanned<String>,
        args: &[Expr],
        span: Span,
    ) -> Option<RowExpr> {
        let nodes = self.row_arguments(scope, args)?;
        match (function.node.as_str(), <[RowExpr; 2]>::try_from(nodes)) {
            (DAYS_SO_FAR, Ok([from, to])) => Some(so_far(from, &to, span)),
            (BUSINESS_DAYS_SO_FAR, Ok([from, to])) => Some(business_days_so_far(from, &to, span)),
            (_, Ok(_)) => None,
            (_, Err(nodes)) => {
                let mut operand = nodes.into_iter().next()?;
                over_all_history(&mut operand);
                self.see_in(&mut operand, true);
                let Meaning { ty, unit } = operand.meaning();
                Some(RowExpr { kind: RowKind::Latest(Box::new(operand)), ty, unit, span })
            }
        }
    }

    /// Reports what is known only at the end of the data where something is evaluated at an earlier instant.
    pub(crate) fn tell_latest(&mut self, span: Span, place: &str) {
        let message = format!(
            "a metric in this follows members until the end of the data, and {place} knows nothing that comes later"
        );
        self.diagnostics.push(
            Diagnostic::error(codes::INVALID_VALUE, span, message)
                .help("write a condition on the rows of the member, like `any(events over 28 days)`, or take the metric as it is"),
        );
    }
}

/// `days_between(FROM, the end of the data)`: between days the last day, else the last instant.
fn so_far(from: RowExpr, to: &RowExpr, span: Span) -> RowExpr {
    let is_by_day = from.ty == Type::Date && to.ty == Type::Date;
    let end = end_of_data(to, if is_by_day { Type::Date } else { Type::Timestamp }, span);
    days(ScalarFunction::DaysBetween, vec![from, end], (Type::Number, "day"), span)
}

/// When the data end in which it is sought that is on the way to.
fn end_of_data(to: &RowExpr, ty: Type, span: Span) -> RowExpr {
    let mut rows = None;
    to.each_inner(&mut |inner| rows = rows.or(Some(inner.aggregate.dataset)));
    RowExpr { kind: RowKind::Now(rows), ty, unit: Unit::plain(), span }
}

fn business_days_so_far(from: RowExpr, to: &RowExpr, span: Span) -> RowExpr {
    let end = end_of_data(to, Type::Date, span);
    let meaning = (Type::Integer, "business day");
    days(ScalarFunction::BusinessDaysBetween, vec![from, end], meaning, span)
}

fn days(
    function: ScalarFunction,
    args: Vec<RowExpr>,
    (ty, unit): (Type, &str),
    span: Span,
) -> RowExpr {
    let unit = Unit::of(Base::Time(unit.to_owned()));
    RowExpr::build(Form::Call { function, args }, Meaning { ty, unit }, span)
}

/// Aggregates without a window are over all the history of the member.
fn over_all_history(expr: &mut RowExpr) {
    if let RowKind::Inner(inner) = &mut expr.kind
        && inner.within.is_none()
        && inner.aggregate.members.is_none()
        && inner.aggregate.window == Window::Bucket
    {
        inner.aggregate.window = Window::Ever { before: false };
    }
    expr.each_child_mut(&mut over_all_history);
}
