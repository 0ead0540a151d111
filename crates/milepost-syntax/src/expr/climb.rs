//! Precedence: a row of operands, operators and tests becomes a tree.
//!
//! From weak to strong: `or`, `and`, `not`, comparisons and tests (which do not chain), `+ -`, `* /`,
//! unary minus.

use super::build::{Built, internal};
use super::{Problem, print_expr};
use crate::ast::{BinaryOp, Expr, ExprKind, UnaryOp};
use crate::span::Span;

/// One part of a row.
#[derive(Debug)]
pub(super) enum Item {
    Operand(Expr),
    Minus(Span),
    Not { span: Span, start: usize, end: usize },
    Infix { op: BinaryOp, span: Span, start: usize, end: usize },
    Test { test: Test, span: Span, start: usize, end: usize },
}

/// What may be after an operand to ask something of it.
#[derive(Debug)]
pub(super) enum Test {
    In { list: Vec<Expr>, negated: bool },
    Between { low: Expr, high: Expr, negated: bool },
    IsNull { negated: bool },
}

/// Reads a row from left to right.
pub(super) struct Climber {
    items: std::iter::Peekable<std::vec::IntoIter<Item>>,
}

impl Climber {
    pub(super) fn new(items: Vec<Item>) -> Self {
        Self { items: items.into_iter().peekable() }
    }

    pub(super) fn parse(mut self) -> Built<Expr> {
        self.or()
    }

    fn or(&mut self) -> Built<Expr> {
        let mut left = self.and()?;
        while let Some((op, span)) = self.take_infix(|op| op == BinaryOp::Or) {
            left = binary(op, span, left, self.and()?);
        }
        Ok(left)
    }

    fn and(&mut self) -> Built<Expr> {
        let mut left = self.not()?;
        while let Some((op, span)) = self.take_infix(|op| op == BinaryOp::And) {
            left = binary(op, span, left, self.not()?);
        }
        Ok(left)
    }

    fn not(&mut self) -> Built<Expr> {
        let mut nots = Vec::new();
        while let Some(Item::Not { span, .. }) =
            self.items.next_if(|item| matches!(item, Item::Not { .. }))
        {
            nots.push(span);
        }
        let mut expr = self.comparison()?;
        while let Some(span) = nots.pop() {
            expr = unary(UnaryOp::Not, span, expr);
        }
        Ok(expr)
    }

    fn comparison(&mut self) -> Built<Expr> {
        let left = self.sum()?;
        let compared = match self.items.next_if(is_comparison) {
            Some(Item::Infix { op, span, .. }) => binary(op, span, left, self.sum()?),
            Some(Item::Test { test, span, .. }) => tested(left, test, span),
            _ => return Ok(left),
        };
        match self.items.next_if(is_comparison) {
            Some(Item::Infix { start, end, .. } | Item::Test { start, end, .. }) => {
                Err(chained(&compared, start, end))
            }
            _ => Ok(compared),
        }
    }

    fn sum(&mut self) -> Built<Expr> {
        let mut left = self.product()?;
        let adds = |op| matches!(op, BinaryOp::Add | BinaryOp::Subtract);
        while let Some((op, span)) = self.take_infix(adds) {
            left = binary(op, span, left, self.product()?);
        }
        Ok(left)
    }

    fn product(&mut self) -> Built<Expr> {
        let mut left = self.negation()?;
        let multiplies = |op| matches!(op, BinaryOp::Multiply | BinaryOp::Divide);
        while let Some((op, span)) = self.take_infix(multiplies) {
            left = binary(op, span, left, self.negation()?);
        }
        Ok(left)
    }

    fn negation(&mut self) -> Built<Expr> {
        let mut signs = Vec::new();
        loop {
            match self.items.next() {
                Some(Item::Minus(span)) => signs.push(span),
                Some(Item::Operand(mut expr)) => {
                    while let Some(span) = signs.pop() {
                        expr = unary(UnaryOp::Negate, span, expr);
                    }
                    return Ok(expr);
                }
                Some(Item::Not { start, end, .. }) => {
                    return Err(Box::new(
                        Problem::new(start, end, "`not` is used where a value is expected").help(
                            "put parentheses around it: `a = (not b)`; or use `!=`, `not in`, `is not null`",
                        ),
                    ));
                }
                Some(Item::Infix { start, end, .. } | Item::Test { start, end, .. }) => {
                    return Err(internal(start, end));
                }
                None => return Err(internal(0, 0)),
            }
        }
    }

    fn take_infix(&mut self, wanted: impl Fn(BinaryOp) -> bool) -> Option<(BinaryOp, Span)> {
        match self.items.next_if(|item| matches!(item, Item::Infix { op, .. } if wanted(*op)))? {
            Item::Infix { op, span, .. } => Some((op, span)),
            Item::Operand(_) | Item::Minus(_) | Item::Not { .. } | Item::Test { .. } => None,
        }
    }
}

fn is_comparison(item: &Item) -> bool {
    match item {
        Item::Test { .. } => true,
        Item::Infix { op, .. } => op.is_comparison(),
        Item::Operand(_) | Item::Minus(_) | Item::Not { .. } => false,
    }
}

fn chained(first: &Expr, start: usize, end: usize) -> Box<Problem> {
    let problem = Problem::new(start, end, "a comparison can't follow another comparison");
    Box::new(match &first.kind {
        ExprKind::Binary { right, .. } => problem.help(format!(
            "join two comparisons with `and`, naming `{}` again in the second",
            super::short(&print_expr(right))
        )),
        _ => problem.help("join two comparisons with `and` or `or`"),
    })
}

fn binary(op: BinaryOp, op_span: Span, left: Expr, right: Expr) -> Expr {
    let span = left.span.to(right.span);
    Expr {
        kind: ExprKind::Binary { op, op_span, left: Box::new(left), right: Box::new(right) },
        span,
    }
}

fn unary(op: UnaryOp, op_span: Span, operand: Expr) -> Expr {
    let span = op_span.to(operand.span);
    Expr { kind: ExprKind::Unary { op, operand: Box::new(operand) }, span }
}

fn tested(operand: Expr, test: Test, test_span: Span) -> Expr {
    let span = operand.span.to(test_span);
    let operand = Box::new(operand);
    let kind = match test {
        Test::In { list, negated } => ExprKind::In { operand, list, negated },
        Test::Between { low, high, negated } => {
            ExprKind::Between { operand, low: Box::new(low), high: Box::new(high), negated }
        }
        Test::IsNull { negated } => ExprKind::IsNull { operand, negated },
    };
    Expr { kind, span }
}
