//! Everything that one edit makes of an expression: an operator, a literal, a filter, a window, an aggregate, `distinct`.

use milepost::syntax::ast::{Aggregate, AggregateFunction, BinaryOp, Expr, ExprKind, Window};

/// What was changed, and the expression after it.
pub(super) struct Mutant {
    pub(super) what: &'static str,
    pub(super) expr: Expr,
}

/// All expressions that differ from this one by one edit.
pub(super) fn mutants(expr: &Expr) -> Vec<Mutant> {
    let mut found = Vec::new();
    let with = |kind: ExprKind| Expr { kind, span: expr.span };
    local(&expr.kind, &mut |what, kind| found.push(Mutant { what, expr: with(kind) }));
    inner(&expr.kind, &mut |what, kind| found.push(Mutant { what, expr: with(kind) }));
    found
}

type Take<'t> = &'t mut dyn FnMut(&'static str, ExprKind);

/// Edits of the node itself.
fn local(kind: &ExprKind, take: Take<'_>) {
    match kind {
        ExprKind::Number(number) => {
            let mut number = *number;
            number.mantissa += 1;
            take("number", ExprKind::Number(number));
        }
        ExprKind::Percent(number) => {
            let mut number = *number;
            number.mantissa += 1;
            take("percent", ExprKind::Percent(number));
        }
        ExprKind::Duration(length) => {
            let mut length = *length;
            length.count += 1;
            take("length", ExprKind::Duration(length));
        }
        ExprKind::Text(text) => take("text", ExprKind::Text(format!("{text}x"))),
        ExprKind::Bool(truth) => take("truth", ExprKind::Bool(!truth)),
        ExprKind::Binary { op, op_span, left, right } => {
            if let Some(op) = other(*op) {
                let (op_span, left, right) = (*op_span, left.clone(), right.clone());
                take("operator", ExprKind::Binary { op, op_span, left, right });
            }
        }
        ExprKind::In { operand, list, negated } => {
            let (operand, mut shorter) = (operand.clone(), list.clone());
            let whole =
                ExprKind::In { operand: operand.clone(), list: list.clone(), negated: !negated };
            take("not", whole);
            if shorter.pop().is_some() && !shorter.is_empty() {
                take("list", ExprKind::In { operand, list: shorter, negated: *negated });
            }
        }
        ExprKind::Between { operand, low, high, negated } => {
            let (operand, low, high) = (operand.clone(), low.clone(), high.clone());
            take("not", ExprKind::Between { operand, low, high, negated: !negated });
        }
        ExprKind::IsNull { operand, negated } => {
            take("not", ExprKind::IsNull { operand: operand.clone(), negated: !negated });
        }
        ExprKind::Aggregate(aggregate) => {
            aggregates(aggregate, &mut |what, found| {
                take(what, ExprKind::Aggregate(Box::new(found)));
            });
        }
        _ => {}
    }
}

fn other(op: BinaryOp) -> Option<BinaryOp> {
    Some(match op {
        BinaryOp::Or => BinaryOp::And,
        BinaryOp::And => BinaryOp::Or,
        BinaryOp::Equal => BinaryOp::NotEqual,
        BinaryOp::NotEqual => BinaryOp::Equal,
        BinaryOp::Less => BinaryOp::LessOrEqual,
        BinaryOp::LessOrEqual => BinaryOp::Less,
        BinaryOp::Greater => BinaryOp::GreaterOrEqual,
        BinaryOp::GreaterOrEqual => BinaryOp::Greater,
        BinaryOp::Add => BinaryOp::Subtract,
        BinaryOp::Subtract => BinaryOp::Add,
        BinaryOp::Multiply => BinaryOp::Divide,
        BinaryOp::Divide => BinaryOp::Multiply,
        BinaryOp::StartsWith => BinaryOp::Contains,
        BinaryOp::Contains => BinaryOp::StartsWith,
    })
}

/// Edits of an aggregate, what stands in it included.
fn aggregates(aggregate: &Aggregate, take: &mut dyn FnMut(&'static str, Aggregate)) {
    use AggregateFunction::{Avg, Count, First, Last, Max, Median, Min, Sum};
    let with = || aggregate.clone();
    let function = match aggregate.function.node {
        Sum => Some(Max),
        Avg => Some(Median),
        Min => Some(Max),
        Max => Some(Min),
        First => Some(Last),
        Last => Some(First),
        Median => Some(Avg),
        _ => None,
    };
    if let Some(function) = function {
        let mut found = with();
        found.function.node = function;
        take("aggregate", found);
    }
    if aggregate.function.node == Count {
        let distinct = aggregate.distinct.xor(Some(aggregate.function.span));
        take("distinct", Aggregate { distinct, ..with() });
    }
    if aggregate.filter.is_some() {
        take("filter", Aggregate { filter: None, ..with() });
    }
    if aggregate.on.is_some() {
        take("time", Aggregate { on: None, ..with() });
    }
    if let Some(window) = &aggregate.window {
        take("window", Aggregate { window: None, ..with() });
        let mut other = window.clone();
        other.node = match &window.node {
            Window::Over { length, before } => {
                let mut length = length.clone();
                length.node.count += 1;
                Window::Over { length, before: *before }
            }
            Window::AtEnd => Window::AtStart,
            Window::AtStart => Window::AtEnd,
            Window::Ever { before } => Window::Ever { before: !before },
            node => node.clone(),
        };
        if other.node != window.node {
            take("window", Aggregate { window: Some(other), ..with() });
        }
    }
    if let Some(linked) = &aggregate.linked {
        let mut other = linked.clone();
        other.node.before = !other.node.before;
        take("linked rows", Aggregate { linked: Some(other), ..with() });
    }
    for mutant in mutants(&aggregate.subject) {
        take(mutant.what, Aggregate { subject: mutant.expr, ..with() });
    }
    for mutant in aggregate.filter.iter().flat_map(mutants) {
        take(mutant.what, Aggregate { filter: Some(mutant.expr), ..with() });
    }
    for mutant in aggregate.on.iter().flat_map(mutants) {
        take(mutant.what, Aggregate { on: Some(mutant.expr), ..with() });
    }
    for (at, argument) in aggregate.arguments.iter().enumerate() {
        for mutant in mutants(argument) {
            let mut arguments = aggregate.arguments.clone();
            arguments[at] = mutant.expr;
            take(mutant.what, Aggregate { arguments, ..with() });
        }
    }
}

/// Edits of what is inside.
fn inner(kind: &ExprKind, take: Take<'_>) {
    let boxed = |mutant: Mutant| (mutant.what, Box::new(mutant.expr));
    match kind {
        ExprKind::Unary { op, operand } => {
            for (what, operand) in mutants(operand).into_iter().map(boxed) {
                take(what, ExprKind::Unary { op: *op, operand });
            }
        }
        ExprKind::Binary { op, op_span, left, right } => {
            let (op, op_span) = (*op, *op_span);
            for (what, left) in mutants(left).into_iter().map(boxed) {
                take(what, ExprKind::Binary { op, op_span, left, right: right.clone() });
            }
            for (what, right) in mutants(right).into_iter().map(boxed) {
                take(what, ExprKind::Binary { op, op_span, left: left.clone(), right });
            }
        }
        ExprKind::In { operand, list, negated } => {
            for (at, item) in list.iter().enumerate() {
                for mutant in mutants(item) {
                    let (operand, mut list) = (operand.clone(), list.clone());
                    list[at] = mutant.expr;
                    take(mutant.what, ExprKind::In { operand, list, negated: *negated });
                }
            }
        }
        ExprKind::Call { function, args } => {
            for (at, arg) in args.iter().enumerate() {
                for mutant in mutants(arg) {
                    let mut args = args.clone();
                    args[at] = mutant.expr;
                    take(mutant.what, ExprKind::Call { function: function.clone(), args });
                }
            }
        }
        ExprKind::Over { operand, window } => {
            for (what, operand) in mutants(operand).into_iter().map(boxed) {
                take(what, ExprKind::Over { operand, window: window.clone() });
            }
        }
        ExprKind::IsNull { operand, negated } => {
            for (what, operand) in mutants(operand).into_iter().map(boxed) {
                take(what, ExprKind::IsNull { operand, negated: *negated });
            }
        }
        _ => {}
    }
}
