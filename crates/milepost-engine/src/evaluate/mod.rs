//! Arithmetic on aggregated values: a number, or the reason why there is none.

mod operators;
mod value;

use milepost_semantics::model::Literal;
use milepost_semantics::time::Calendar;
use milepost_syntax::ast::{BinaryOp, UnaryOp};

use crate::leaf::Node;
use crate::results::{Cell, Reason};

pub(crate) use value::Value;

/// The value of an aggregate in one bucket and slice.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LeafCell {
    pub(crate) value: Outcome,
    /// The rows (or distinct keys) that it rests on.
    pub(crate) sample: u64,
}

pub(crate) type Outcome = Result<Value, Reason>;

/// One bucket and slice: where leaves are looked up.
pub(crate) struct Context<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) bucket: usize,
    /// One cell per leaf.
    pub(crate) leaves: &'a [&'a LeafCell],
}

impl LeafCell {
    /// Whether the value is no overflow.
    pub(crate) fn is_finite(&self) -> bool {
        !matches!(self.value, Ok(Value::Number(x)) if !x.is_finite())
    }
}

/// The cell of a metric; absent when the arithmetic overflows.
pub(crate) fn cell(root: &Node, context: &Context<'_>, min_sample: Option<u64>) -> Option<Cell> {
    let sample = context.sample(root);
    let value = context.node(root).and_then(|value| value.number().ok_or(Reason::NoData));
    if value.as_ref().is_ok_and(|x| !x.is_finite()) {
        return None;
    }
    let value = match (min_sample, sample) {
        // Nothing at all has its own reason; too little has this one.
        (Some(least), Some(n)) if n < least && value.is_ok() => Err(Reason::TooFew),
        // Never -0, which would print apart from 0.
        _ => value.map(|x| x + 0.0),
    };
    Some(Cell { value, sample })
}

impl Context<'_> {
    fn node(&self, node: &Node) -> Outcome {
        match node {
            Node::Literal(literal) => Value::literal(literal).ok_or(Reason::NoData),
            Node::Leaf(i) => self.leaves[*i].value.clone(),
            Node::PerBucket(counts) => Ok(Value::Number(f64::from(counts[self.bucket]))),
            Node::Blocks { .. } => Err(Reason::NoData),
            Node::Unary { op: UnaryOp::Negate, operand } => operators::negate(self.node(operand)?),
            Node::Unary { op: UnaryOp::Not, operand } => operators::not(self.node(operand)?),
            Node::Binary { op: BinaryOp::And, left, right } => {
                operators::and(self.node(left), self.node(right))
            }
            Node::Binary { op: BinaryOp::Or, left, right } => {
                operators::or(self.node(left), self.node(right))
            }
            Node::Binary { op, left, right } => {
                operators::binary(*op, &self.node(left)?, &self.node(right)?, self.calendar)
            }
            Node::In { operand, list, negated } => self.is_in(operand, list, *negated),
            Node::Between { operand, low, high, negated } => {
                let operand = self.node(operand)?;
                let compare = |op, bound: &Node| {
                    operators::binary(op, &operand, &self.node(bound)?, self.calendar)
                };
                let inside = operators::and(
                    compare(BinaryOp::GreaterOrEqual, low),
                    compare(BinaryOp::LessOrEqual, high),
                )?;
                if *negated { operators::not(inside) } else { Ok(inside) }
            }
            Node::IsNull { operand, negated } => {
                Ok(Value::Boolean(self.node(operand).is_err() != *negated))
            }
            Node::If { condition, then, otherwise } => match self.node(condition)? {
                Value::Boolean(true) => self.node(then),
                _ => self.node(otherwise),
            },
            Node::Call { function, args } => {
                let args: Vec<Outcome> = args.iter().map(|a| self.node(a)).collect();
                operators::call(*function, args, self.calendar)
            }
        }
    }

    fn is_in(&self, operand: &Node, list: &[Literal], negated: bool) -> Outcome {
        let operand = self.node(operand)?;
        let found = list.iter().filter_map(Value::literal).any(|item| {
            operators::binary(BinaryOp::Equal, &operand, &item, self.calendar)
                == Ok(Value::Boolean(true))
        });
        Ok(Value::Boolean(found != negated))
    }

    /// What the number rests on: the denominator of a ratio, else the smallest of the parts.
    fn sample(&self, node: &Node) -> Option<u64> {
        let smallest = |nodes: &[&Node]| nodes.iter().filter_map(|n| self.sample(n)).min();
        match node {
            Node::Leaf(i) => Some(self.leaves[*i].sample),
            Node::Literal(_) | Node::PerBucket(_) => None,
            Node::Blocks { operand, .. } => self.sample(operand),
            Node::Binary { op: BinaryOp::Divide, left, right } => {
                self.sample(right).or_else(|| self.sample(left))
            }
            Node::Binary { left, right, .. } => smallest(&[left, right]),
            Node::Unary { operand, .. }
            | Node::In { operand, .. }
            | Node::IsNull { operand, .. } => self.sample(operand),
            Node::Between { operand, low, high, .. } => smallest(&[operand, low, high]),
            Node::If { condition, then, otherwise } => smallest(&[condition, then, otherwise]),
            Node::Call { args, .. } => smallest(&args.iter().collect::<Vec<_>>()),
        }
    }
}
