//! Expressions: one tree, whose forms rows, values and what is planned of them share.

use std::convert::Infallible;

use serde::Serialize;

use super::{Literal, ScalarFunction, Type, Unit};
use milepost_syntax::ast::{BinaryOp, UnaryOp};
use milepost_syntax::span::Span;

/// The forms that stand over a row and over aggregates alike; `E` is the tree that they are part of.
#[derive(Clone, Debug, Serialize)]
pub enum Form<E> {
    Literal(Literal),
    Unary {
        op: UnaryOp,
        operand: Box<E>,
    },
    /// Arithmetic on numbers; timestamp or date ± duration; comparison; logic; text tests.
    /// Division of integers gives a number, never a truncated integer.
    Binary {
        op: BinaryOp,
        left: Box<E>,
        right: Box<E>,
    },
    In {
        operand: Box<E>,
        list: Vec<Literal>,
        negated: bool,
    },
    /// Ends included.
    Between {
        operand: Box<E>,
        low: Box<E>,
        high: Box<E>,
        negated: bool,
    },
    IsNull {
        operand: Box<E>,
        negated: bool,
    },
    If {
        condition: Box<E>,
        then: Box<E>,
        otherwise: Box<E>,
    },
    Call {
        function: ScalarFunction,
        args: Vec<E>,
    },
}

/// The direct operands, from left to right, to look at or to change.
macro_rules! operands {
    ($form:expr, $f:ident, $iter:ident) => {
        match $form {
            Form::Literal(_) => {}
            Form::Unary { operand, .. }
            | Form::In { operand, .. }
            | Form::IsNull { operand, .. } => $f(operand),
            Form::Binary { left, right, .. } => {
                $f(left);
                $f(right);
            }
            Form::Between { operand: first, low: second, high: third, .. }
            | Form::If { condition: first, then: second, otherwise: third } => {
                $f(first);
                $f(second);
                $f(third);
            }
            Form::Call { args, .. } => args.$iter().for_each($f),
        }
    };
}

impl<E> Form<E> {
    /// Calls `f` for every direct operand.
    pub fn each<'a>(&'a self, f: &mut dyn FnMut(&'a E)) {
        operands!(self, f, iter);
    }

    /// Calls `f` for every direct operand, to change it.
    pub fn each_mut(&mut self, f: &mut dyn FnMut(&mut E)) {
        operands!(self, f, iter_mut);
    }

    /// The same form over other operands.
    pub fn map<'a, F>(&'a self, f: &mut dyn FnMut(&'a E) -> F) -> Form<F> {
        let Ok(form) = self.try_map::<F, Infallible>(&mut |operand| Ok(f(operand)));
        form
    }

    /// The same form over other operands.
    ///
    /// # Errors
    /// The first that `f` gives.
    pub fn try_map<'a, F, X>(
        &'a self,
        f: &mut dyn FnMut(&'a E) -> Result<F, X>,
    ) -> Result<Form<F>, X> {
        let mut boxed = |operand: &'a E| f(operand).map(Box::new);
        Ok(match self {
            Self::Literal(value) => Form::Literal(value.clone()),
            Self::Unary { op, operand } => Form::Unary { op: *op, operand: boxed(operand)? },
            Self::Binary { op, left, right } => {
                Form::Binary { op: *op, left: boxed(left)?, right: boxed(right)? }
            }
            Self::In { operand, list, negated } => {
                Form::In { operand: boxed(operand)?, list: list.clone(), negated: *negated }
            }
            Self::Between { operand, low, high, negated } => Form::Between {
                operand: boxed(operand)?,
                low: boxed(low)?,
                high: boxed(high)?,
                negated: *negated,
            },
            Self::IsNull { operand, negated } => {
                Form::IsNull { operand: boxed(operand)?, negated: *negated }
            }
            Self::If { condition, then, otherwise } => Form::If {
                condition: boxed(condition)?,
                then: boxed(then)?,
                otherwise: boxed(otherwise)?,
            },
            Self::Call { function, args } => Form::Call {
                function: *function,
                args: args.iter().map(f).collect::<Result<Vec<F>, X>>()?,
            },
        })
    }
}

/// The operands of a chain of one operator, from left to right, however it is nested; the expression itself if it is none.
/// `form`: of an expression, if it is one.
pub fn chain<'e, E>(
    op: BinaryOp,
    expr: &'e E,
    form: &dyn Fn(&'e E) -> Option<&'e Form<E>>,
) -> Vec<&'e E> {
    match form(expr) {
        Some(Form::Binary { op: found, left, right }) if *found == op => {
            let mut all = chain(op, &**left, form);
            all.extend(chain(op, &**right, form));
            all
        }
        _ => vec![expr],
    }
}

/// A checked expression: over the values of a row, or over aggregates.
#[derive(Clone, Debug, Serialize)]
pub struct Typed<K> {
    pub kind: K,
    pub ty: Type,
    pub unit: Unit,
    pub span: Span,
}

/// What an expression of one level can be: a form, or what only that level has.
pub trait Kind: From<Form<Typed<Self>>> {
    /// The form, if it is one.
    fn form(&self) -> Option<&Form<Typed<Self>>>;

    /// Calls `f` for every direct operand.
    fn each_operand<'a>(&'a self, f: &mut dyn FnMut(&'a Typed<Self>));

    /// Calls `f` for every direct operand, to change it.
    fn each_operand_mut(&mut self, f: &mut dyn FnMut(&mut Typed<Self>));
}

impl<K: Kind> Typed<K> {
    /// Calls `f` for every direct operand.
    pub fn each_child<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
        self.kind.each_operand(f);
    }

    /// Calls `f` for every direct operand, to change it.
    pub fn each_child_mut(&mut self, f: &mut dyn FnMut(&mut Self)) {
        self.kind.each_operand_mut(f);
    }

    /// Whether it holds for some direct operand.
    pub fn any_child(&self, holds: impl Fn(&Self) -> bool) -> bool {
        let mut found = false;
        self.each_child(&mut |child| found = found || holds(child));
        found
    }

    /// The operands of a chain of one operator, from left to right; itself if it is none.
    #[must_use]
    pub fn chain(&self, op: BinaryOp) -> Vec<&Self> {
        chain(op, self, &|expr| expr.kind.form())
    }

    /// The value, if it is a literal.
    #[must_use]
    pub fn as_literal(&self) -> Option<&Literal> {
        match self.kind.form() {
            Some(Form::Literal(value)) => Some(value),
            _ => None,
        }
    }

    /// The arguments of a function. The smallest of the smallest is the smallest of all: what stands in `least` inside
    /// `least` (and in `greatest` or `coalesce` inside another one) is an argument of the whole.
    #[must_use]
    pub fn arguments(&self) -> Vec<&Self> {
        let Some(Form::Call { function, args }) = self.kind.form() else { return Vec::new() };
        let nested = matches!(
            function,
            ScalarFunction::Least | ScalarFunction::Greatest | ScalarFunction::Coalesce
        );
        let inside = |arg: &&Self| {
            nested
                && matches!(arg.kind.form(), Some(Form::Call { function: f, .. }) if f == function)
        };
        args.iter().flat_map(|arg| if inside(&arg) { arg.arguments() } else { vec![arg] }).collect()
    }
}
