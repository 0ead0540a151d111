//! `unit: percent` over a value that is multiplied by 100 already.

use crate::check::Checker;
use crate::model::{Form, Literal, RowExpr, RowKind, ScalarFunction, ValueExpr, ValueKind};
use milepost_syntax::ast::{AggregateFunction, BinaryOp, UnaryOp};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;

/// Factors this close to 100 are 100: `/ 0.01` is one.
const CLOSE: f64 = 1e-9;

/// What a value is multiplied by.
struct Scaled {
    factor: f64,
    /// The literal that makes it a percentage, if it is a single one.
    literal: Option<Span>,
    /// Nothing but literals: a number of its own, as in `100 * x - 100`.
    fixed: bool,
}

impl Checker<'_, '_> {
    /// Warns where a share would be shown a hundred times too large.
    pub(crate) fn percent_twice(&mut self, value: &ValueExpr) {
        let Some(place) = hundredfold(value) else { return };
        self.diagnostics.push(
            Diagnostic::warning(
                codes::PERCENT_TWICE,
                place,
                "the value is multiplied by 100, and `unit: percent` does the same once more",
            )
            .label("shows 60% as 6,000%")
            .help("leave the factor out: `unit: percent` shows 0.6 as 60%"),
        );
    }
}

/// The place of a factor of 100 in the value itself or in one of its terms.
fn hundredfold(value: &ValueExpr) -> Option<Span> {
    match &value.kind {
        ValueKind::Form(Form::Binary { op: BinaryOp::Add | BinaryOp::Subtract, left, right }) => {
            hundredfold(left).or_else(|| hundredfold(right))
        }
        ValueKind::Form(Form::Unary { op: UnaryOp::Negate, operand }) => hundredfold(operand),
        ValueKind::Form(Form::If { then, otherwise, .. }) => {
            hundredfold(then).or_else(|| hundredfold(otherwise))
        }
        ValueKind::Form(Form::Call { function, args }) if keeps_scale(*function) => {
            args.iter().find_map(hundredfold)
        }
        // The place is in the metric that names it: there it is to be decided.
        ValueKind::Metric { value: inner, .. } => hundredfold(inner).map(|_| value.span),
        ValueKind::Form(Form::Binary { op: BinaryOp::Multiply | BinaryOp::Divide, .. })
        | ValueKind::Aggregate(_) => {
            let scaled = scaled(value);
            let is_hundred = (scaled.factor / 100.0 - 1.0).abs() < CLOSE;
            (is_hundred && !scaled.fixed).then(|| scaled.literal.unwrap_or(value.span))
        }
        _ => None,
    }
}

/// Functions whose result is in the scale of their first arguments.
const fn keeps_scale(function: ScalarFunction) -> bool {
    matches!(
        function,
        ScalarFunction::Round
            | ScalarFunction::Coalesce
            | ScalarFunction::Least
            | ScalarFunction::Greatest
            | ScalarFunction::Abs
    )
}

fn scaled(value: &ValueExpr) -> Scaled {
    let plain = Scaled { factor: 1.0, literal: None, fixed: false };
    match &value.kind {
        ValueKind::Form(Form::Literal(literal)) => fixed(literal, value.span),
        ValueKind::Aggregate(aggregate)
            if !matches!(aggregate.function, AggregateFunction::Count | AggregateFunction::Any) =>
        {
            let argument = aggregate.args.first().map_or(plain, scaled_rows);
            Scaled { fixed: false, ..argument }
        }
        ValueKind::Form(Form::Unary { op: UnaryOp::Negate, operand }) => {
            let inner = scaled(operand);
            Scaled { factor: -inner.factor, ..inner }
        }
        ValueKind::Form(Form::Binary {
            op: op @ (BinaryOp::Multiply | BinaryOp::Divide),
            left,
            right,
        }) => both(*op, &scaled(left), &scaled(right)),
        ValueKind::Metric { value: inner, .. } => Scaled { literal: None, ..scaled(inner) },
        ValueKind::Form(Form::Call { function, args }) if keeps_scale(*function) => {
            args.first().map_or(plain, scaled)
        }
        _ => plain,
    }
}

/// The same of what an aggregate takes from each row.
fn scaled_rows(value: &RowExpr) -> Scaled {
    match &value.kind {
        RowKind::Form(Form::Literal(literal)) => fixed(literal, value.span),
        RowKind::Form(Form::Binary {
            op: op @ (BinaryOp::Multiply | BinaryOp::Divide),
            left,
            right,
        }) => both(*op, &scaled_rows(left), &scaled_rows(right)),
        _ => Scaled { factor: 1.0, literal: None, fixed: false },
    }
}

fn fixed(literal: &Literal, place: Span) -> Scaled {
    let factor = match literal {
        Literal::Number(number) => number.to_f64(),
        Literal::Percent(number) => number.to_f64() / 100.0,
        _ => 1.0,
    };
    Scaled { factor, literal: Some(place), fixed: true }
}

fn both(op: BinaryOp, left: &Scaled, right: &Scaled) -> Scaled {
    let factor = match op {
        BinaryOp::Divide => left.factor / right.factor,
        _ => left.factor * right.factor,
    };
    let literal = match (left.literal, right.literal) {
        (Some(_), Some(_)) => None,
        (one, other) => one.or(other),
    };
    Scaled { factor, literal, fixed: left.fixed && right.fixed }
}
