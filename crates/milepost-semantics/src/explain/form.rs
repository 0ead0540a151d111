//! The forms that rows and values share, in words.

use super::context::Words;
use super::rows;
use super::words::{literal, or_list};
use crate::model::Form;
use milepost_syntax::ast::{BinaryOp, UnaryOp};

/// What each level says in its own way.
pub(super) trait Said<'m, E> {
    /// An operand; `around`: how strongly what stands around it binds.
    fn inside(&self, expr: &'m E, around: u8) -> String;
    fn is_null(&self, part: &str, negated: bool) -> String;
    /// What must not hold.
    fn not(&self, operand: &'m E) -> String;
    fn binary(&self, op: BinaryOp, left: &'m E, right: &'m E, around: u8) -> String;
}

impl<'m> Words<'m> {
    /// A form in words.
    pub(super) fn form<E>(&self, form: &'m Form<E>, around: u8) -> String
    where
        Self: Said<'m, E>,
    {
        let part = |expr: &'m E| self.inside(expr, 4);
        match form {
            Form::Literal(value) => literal(value),
            Form::Unary { op: UnaryOp::Negate, operand } => format!("minus {}", part(operand)),
            Form::Unary { op: UnaryOp::Not, operand } => self.not(operand),
            Form::Binary { op, left, right } => self.binary(*op, left, right, around),
            Form::In { operand, list, negated } => {
                let items: Vec<String> = list.iter().map(literal).collect();
                let one_of = if *negated { "not one of" } else { "one of" };
                format!("{} is {one_of} {}", part(operand), or_list(&items))
            }
            Form::Between { operand, low, high, negated } => {
                let not = if *negated { "not " } else { "" };
                format!("{} is {not}from {} to {}", part(operand), part(low), part(high))
            }
            Form::IsNull { operand, negated } => self.is_null(&part(operand), *negated),
            Form::If { condition, then, otherwise } => {
                let condition = self.inside(condition, 0);
                format!("({} if {condition}, else {})", part(then), part(otherwise))
            }
            Form::Call { function, args } => {
                rows::call(*function, &args.iter().map(part).collect::<Vec<_>>())
            }
        }
    }
}
