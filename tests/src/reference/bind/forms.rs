//! Literals, operators and functions: the same in the values of a row and in those of a metric.

use milepost::semantics::time::Grain;
use milepost::syntax::ast::{self, Duration, Expr, ExprKind, StepClock, UnaryOp};

use super::project::grain;
use crate::tree::{BlockUnit, Literal, Node, ScalarFunction, Window};

/// The form of an expression, its parts bound by `part`; nothing for a name, an aggregate or a metric with a window.
pub(super) fn form<N: Node>(expr: &Expr, part: &mut dyn FnMut(&Expr) -> N) -> Option<N> {
    Some(match &expr.kind {
        ExprKind::Unary { op, operand } => N::unary(*op, part(operand)),
        ExprKind::Binary { op, left, right, .. } => {
            let left = part(left);
            N::binary(*op, left, part(right))
        }
        ExprKind::In { operand, list, negated } => {
            let list = list.iter().map(|item| literal(item).unwrap()).collect();
            N::is_in(part(operand), list, *negated)
        }
        ExprKind::Between { operand, low, high, negated } => {
            let (operand, low) = (part(operand), part(low));
            N::between(operand, low, part(high), *negated)
        }
        ExprKind::IsNull { operand, negated } => N::is_null(part(operand), *negated),
        ExprKind::Call { function, args } => call(&function.node, args, part),
        ExprKind::Path(_) | ExprKind::Aggregate(_) | ExprKind::Over { .. } => return None,
        _ => N::literal(literal(expr).unwrap_or_else(|| panic!("{expr:?} can't be bound"))),
    })
}

fn call<N: Node>(function: &str, args: &[Expr], part: &mut dyn FnMut(&Expr) -> N) -> N {
    let function = match (function, args) {
        ("if", [condition, then, otherwise]) => {
            let (condition, then) = (part(condition), part(then));
            return N::choice(condition, then, part(otherwise));
        }
        ("prior", [operand]) => return N::prior(part(operand), None),
        ("prior", [operand, by]) => return N::prior(part(operand), Some(length(by))),
        ("coalesce", _) => ScalarFunction::Coalesce,
        ("abs", [_]) => ScalarFunction::Abs,
        ("sqrt", [_]) => ScalarFunction::Sqrt,
        ("round", [_] | [_, _]) => ScalarFunction::Round,
        ("least", _) => ScalarFunction::Least,
        ("greatest", _) => ScalarFunction::Greatest,
        ("days_between", [_, _]) => ScalarFunction::DaysBetween,
        ("day", [_]) => ScalarFunction::Day,
        ("weekday", [_]) => ScalarFunction::Weekday,
        ("hour", [_]) => ScalarFunction::Hour,
        ("business_days_between", [_, _]) => ScalarFunction::BusinessDaysBetween,
        _ => panic!("`{function}` of {} can't be bound", args.len()),
    };
    N::call(function, args.iter().map(part).collect())
}

fn literal(expr: &Expr) -> Option<Literal> {
    Some(match &expr.kind {
        ExprKind::Number(number) => Literal::Number(*number),
        ExprKind::Percent(number) => Literal::Percent(*number),
        ExprKind::Duration(length) => Literal::Duration(*length),
        ExprKind::Date(day) => Literal::Date(*day),
        ExprKind::Text(text) => Literal::Text(text.clone()),
        ExprKind::Bool(truth) => Literal::Boolean(*truth),
        ExprKind::Null => Literal::Null,
        // `in [-1, 2]`
        ExprKind::Unary { op: UnaryOp::Negate, operand } => match literal(operand)? {
            Literal::Number(number) => {
                Literal::Number(ast::Decimal { mantissa: -number.mantissa, ..number })
            }
            _ => return None,
        },
        _ => return None,
    })
}

fn length(expr: &Expr) -> Duration {
    match &expr.kind {
        ExprKind::Duration(length) => *length,
        other => panic!("{other:?} is no length of time"),
    }
}

pub(super) fn window(window: &ast::Window) -> Window {
    match window {
        ast::Window::Over { length, before } => {
            Window::Over { length: length.node, before: *before }
        }
        ast::Window::Ever { before } => Window::Ever { before: *before },
        ast::Window::Since(from) => match &from.kind {
            ExprKind::Date(day) => Window::Since(*day),
            other => panic!("since {other:?}"),
        },
        ast::Window::ToDate(of) => Window::ToDate(match grain(&of.node) {
            Grain::Day => panic!("to date in day"),
            grain => grain,
        }),
        ast::Window::AtStart => Window::AtStart,
        ast::Window::AtEnd => Window::AtEnd,
        ast::Window::Average => Window::Average,
        ast::Window::Step { step, clock: StepClock::Calendar } => Window::Step(*step),
        // It is seen from the member's own time.
        ast::Window::Step { clock: StepClock::Elapsed(_), .. } => Window::Bucket,
    }
}

/// The unit of a block, if `per` names one.
pub(super) fn block(spec: &ast::Aggregate) -> Option<BlockUnit> {
    match spec.per.as_ref()?.node.as_str() {
        "day" => Some(BlockUnit::Day),
        "week" => Some(BlockUnit::Week),
        "month" => Some(BlockUnit::Month),
        _ => None,
    }
}

/// The number of a percentile.
pub(super) fn percentile(spec: &ast::Aggregate) -> Option<f64> {
    match (spec.function.node, spec.arguments.as_slice()) {
        (ast::AggregateFunction::Median, []) => Some(50.0),
        (ast::AggregateFunction::Percentile, [number]) => match &number.kind {
            ExprKind::Number(number) => Some(number.to_f64()),
            other => panic!("the percentile {other:?}"),
        },
        (_, []) => None,
        (function, arguments) => panic!("{function:?} of {arguments:?}"),
    }
}
