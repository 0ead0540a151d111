//! Expressions that forms are made of, written like arithmetic.

use std::ops::{Add, Div, Mul, Sub};

use super::build::Writer;
use milepost_syntax::ast::{
    AggregateFunction, BinaryOp, Decimal, Expr, ExprKind, Linked, UnaryOp, Window,
};
use milepost_syntax::span::{Span, Spanned};

/// An expression, at the place of the form that it is made for.
#[derive(Clone, Debug)]
pub(crate) struct Term(pub(crate) Expr);

impl Term {
    /// `mantissa / 10^scale`, not negative.
    pub(crate) fn decimal(mantissa: i128, scale: u8, span: Span) -> Self {
        Self(Expr { kind: ExprKind::Number(Decimal { mantissa, scale }), span })
    }

    /// A whole number, which may be negative.
    pub(crate) fn whole(number: i128, span: Span) -> Self {
        let size = Self::decimal(number.abs(), 0, span);
        if number < 0 {
            let operand = Box::new(size.0);
            return Self(Expr { kind: ExprKind::Unary { op: UnaryOp::Negate, operand }, span });
        }
        size
    }

    pub(crate) fn name(name: &Spanned<String>, span: Span) -> Self {
        Self(Expr { kind: ExprKind::Path(vec![name.clone()]), span })
    }

    pub(crate) fn call(function: &str, args: Vec<Self>, span: Span) -> Self {
        let args = args.into_iter().map(|arg| arg.0).collect();
        Self(Writer { span }.call(function, args))
    }

    /// `if(self, then, otherwise)`
    pub(crate) fn choose(self, then: Self, otherwise: Self) -> Self {
        let span = self.0.span;
        Self::call("if", vec![self, then, otherwise], span)
    }

    /// The value of the first condition that holds, else the last one.
    pub(crate) fn cases(
        cases: impl IntoIterator<Item = (Self, Self), IntoIter: DoubleEndedIterator>,
        otherwise: Self,
    ) -> Self {
        let choose = |rest, (condition, value): (Self, Self)| condition.choose(value, rest);
        cases.into_iter().rev().fold(otherwise, choose)
    }

    pub(crate) fn negated(self) -> Self {
        let (span, operand) = (self.0.span, Box::new(self.0));
        Self(Expr { kind: ExprKind::Unary { op: UnaryOp::Negate, operand }, span })
    }

    pub(crate) fn root(self) -> Self {
        let span = self.0.span;
        Self::call("sqrt", vec![self], span)
    }

    /// In the bucket before.
    pub(crate) fn before(self) -> Self {
        let span = self.0.span;
        Self::call("prior", vec![self], span)
    }

    pub(crate) fn least(self, other: Self) -> Self {
        let span = self.0.span;
        Self::call("least", vec![self, other], span)
    }

    pub(crate) fn greatest(self, other: Self) -> Self {
        let span = self.0.span;
        Self::call("greatest", vec![self, other], span)
    }

    pub(crate) fn squared(self) -> Self {
        self.clone() * self
    }

    pub(crate) fn equals(self, other: Self) -> Self {
        self.binary(BinaryOp::Equal, other)
    }

    pub(crate) fn at_least(self, other: Self) -> Self {
        self.binary(BinaryOp::GreaterOrEqual, other)
    }

    pub(crate) fn at_most(self, other: Self) -> Self {
        self.binary(BinaryOp::LessOrEqual, other)
    }

    pub(crate) fn above(self, other: Self) -> Self {
        self.binary(BinaryOp::Greater, other)
    }

    pub(crate) fn below(self, other: Self) -> Self {
        self.binary(BinaryOp::Less, other)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        self.binary(BinaryOp::And, other)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        self.binary(BinaryOp::Or, other)
    }

    pub(crate) fn between(self, low: Self, high: Self) -> Self {
        let (span, [operand, low, high]) = (self.0.span, [self, low, high].map(|t| Box::new(t.0)));
        Self(Expr { kind: ExprKind::Between { operand, low, high, negated: false }, span })
    }

    pub(crate) fn absent(self) -> Self {
        Self(self.writer().is_null(self.0))
    }

    pub(crate) fn not(self) -> Self {
        Self(self.writer().not(self.0))
    }

    /// `is not null`
    pub(crate) fn present(self) -> Self {
        self.absent().not()
    }

    fn binary(self, op: BinaryOp, other: Self) -> Self {
        Self(self.writer().binary(op, self.0, other.0))
    }

    /// What writes at the place of the term.
    const fn writer(&self) -> Writer {
        Writer { span: self.0.span }
    }
}

/// What stands after the subject of an aggregate.
#[derive(Clone, Debug)]
pub(crate) struct Taken {
    /// The place of the aggregate: all that its author wrote for it is inside.
    pub(crate) at: Span,
    pub(crate) per: Option<Spanned<String>>,
    pub(crate) window: Option<Spanned<Window>>,
    pub(crate) linked: Option<Spanned<Linked>>,
    pub(crate) filter: Option<Term>,
}

impl Taken {
    /// `FUNCTION(SUBJECT per … over … with same … where …)`
    pub(crate) fn by(&self, function: AggregateFunction, subject: Term) -> Term {
        let Self { at: span, per, window, linked, filter } = self.clone();
        let reduce = Writer { span }.aggregate(function, subject.0);
        let reduce = reduce.per(per).window(window).linked(linked);
        Term(reduce.filter(filter.map(|filter| filter.0)).done())
    }
}

macro_rules! arithmetic {
    ($($of:ident $method:ident $op:ident),* $(,)?) => {
        $(impl $of for Term {
            type Output = Self;

            fn $method(self, other: Self) -> Self {
                self.binary(BinaryOp::$op, other)
            }
        })*
    };
}

arithmetic! { Add add Add, Sub sub Subtract, Mul mul Multiply, Div div Divide }
