//! Arithmetic on aggregated values: a number, or the reason why there is none.

mod column;
mod curve;
pub mod operators;
mod rounded;
mod summary;
mod value;

use milepost_semantics::model::{Form, Literal};
use milepost_semantics::time::Calendar;
use milepost_syntax::ast::{BinaryOp, UnaryOp};

use std::collections::BTreeMap;
use std::ops::Range;

use crate::ids::ById;
use crate::leaf::{LeafId, Node};
use crate::results::{Absent, Cell, Reason};

pub use column::LeafCells;
pub use curve::{Spell, SpellState, TOLERANCE, Z, curve_value};
pub use rounded::{LARGE, SPLIT, rounded};
pub use summary::{
    extreme, nth, of_blocks, order, percentile, percentile_among, percentile_of, shortest, summary,
    timed,
};
pub use value::Value;

/// The value of an aggregate in one bucket and slice.
#[derive(Clone, Debug, PartialEq)]
pub struct LeafCell {
    pub value: Outcome,
    /// The rows (or distinct keys) that it rests on.
    pub sample: u64,
    /// The rows that could not be judged.
    pub absent: u64,
}

pub type Outcome = Result<Value, Reason>;

/// Rows that could not be judged: by side (`true`: below), by the first leaf that asks about them, and by bucket or block.
type Unjudged = BTreeMap<(bool, LeafId, usize), u64>;

/// One bucket and slice: where leaves are looked up.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub calendar: &'a Calendar,
    /// The bucket, or the block of time when the node stands inside blocks.
    pub at: usize,
    pub leaves: &'a ById<LeafId, Column<'a>>,
    /// [`Compiled::populations`](crate::leaf::Compiled::populations).
    pub populations: &'a ById<LeafId, LeafId>,
}

/// The cells of one leaf in one slice: one for each of its bounds.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    pub cells: &'a LeafCells,
    /// Why blocks of time are not known, if they are not: they begin before the data.
    pub short: &'a [Option<Reason>],
}

impl LeafCell {
    /// Whether the value is no overflow.
    pub fn is_finite(&self) -> bool {
        !matches!(self.value, Ok(Value::Number(x)) if !x.is_finite())
    }
}

/// The cell of a metric; absent when the arithmetic overflows.
pub fn cell(root: &Node, context: &Context<'_>, min_sample: Option<u64>) -> Option<Cell> {
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
    Some(Cell { value, sample, absent: context.absent(root) })
}

impl Context<'_> {
    fn node(&self, node: &Node) -> Outcome {
        match node {
            Node::Form(Form::Literal(literal)) => Value::literal(literal).ok_or(Reason::NoData),
            Node::Leaf(id) => self.leaf(*id).map_or(Err(Reason::NoData), |cell| cell.value),
            Node::PerBucket(counts) => Ok(Value::Number(f64::from(counts[self.at]))),
            Node::Blocks { function, percentile, operand, ranges } => {
                let values = self.blocks(operand, &ranges[self.at])?;
                of_blocks(*function, *percentile, values).ok_or(Reason::NoData)
            }
            Node::Form(Form::Unary { op: UnaryOp::Negate, operand }) => {
                operators::negate(self.node(operand)?)
            }
            Node::Form(Form::Unary { op: UnaryOp::Not, operand }) => {
                operators::not(self.node(operand)?)
            }
            Node::Form(Form::Binary { op: BinaryOp::And, left, right }) => {
                operators::and(self.node(left), self.node(right))
            }
            Node::Form(Form::Binary { op: BinaryOp::Or, left, right }) => {
                operators::or(self.node(left), self.node(right))
            }
            Node::Form(Form::Binary { op, left, right }) => {
                operators::binary(*op, &self.node(left)?, &self.node(right)?, self.calendar)
            }
            Node::Form(Form::In { operand, list, negated }) => self.is_in(operand, list, *negated),
            Node::Form(Form::Between { operand, low, high, negated }) => {
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
            Node::Form(Form::IsNull { operand, negated }) => {
                Ok(Value::Boolean(self.node(operand).is_err() != *negated))
            }
            Node::Form(Form::If { condition, then, otherwise }) => match self.node(condition)? {
                Value::Boolean(true) => self.node(then),
                _ => self.node(otherwise),
            },
            Node::Form(Form::Call { function, args }) => {
                let args: Vec<Outcome> = args.iter().map(|a| self.node(a)).collect();
                operators::call(*function, args, self.calendar)
            }
        }
    }

    /// Whether no aggregate overflowed.
    pub fn is_finite(&self, node: &Node) -> bool {
        match node {
            Node::Leaf(id) => self.leaf(*id).is_none_or(|cell| cell.is_finite()),
            Node::Blocks { operand, ranges, .. } => {
                ranges[self.at].clone().all(|at| Context { at, ..*self }.is_finite(operand))
            }
            _ => node.operands().into_iter().all(|operand| self.is_finite(operand)),
        }
    }

    fn leaf(&self, id: LeafId) -> Option<LeafCell> {
        self.leaves[id].cells.get(self.at)
    }

    /// The values of the blocks that have one, the latest first.
    fn blocks(&self, operand: &Node, range: &Range<usize>) -> Result<Vec<Value>, Reason> {
        let inside = range.clone().map(|at| Context { at, ..*self });
        if let Some(reason) = shortest(inside.clone().filter_map(|block| block.short(operand))) {
            return Err(reason);
        }
        Ok(inside.filter_map(|block| block.node(operand).ok()).collect())
    }

    /// Why the block is not known: an aggregate looks at rows before the data.
    fn short(&self, node: &Node) -> Option<Reason> {
        match node {
            Node::Leaf(id) => self.leaves[*id].short.get(self.at).cloned().flatten(),
            Node::Blocks { operand, ranges, .. } => {
                let inside = ranges[self.at].clone().map(|at| Context { at, ..*self });
                shortest(inside.filter_map(|block| block.short(operand)))
            }
            _ => shortest(node.operands().into_iter().filter_map(|operand| self.short(operand))),
        }
    }

    /// The rows that could not be judged, on each side of a ratio. What several aggregates ask of the same rows is counted
    /// once.
    fn absent(&self, root: &Node) -> Absent {
        let mut found = BTreeMap::new();
        self.unjudged(root, false, &mut found);
        let side = |side: bool| -> u64 {
            found.iter().filter(|((of, ..), _)| *of == side).map(|(_, n)| n).sum()
        };
        Absent { numerator: side(false), denominator: side(true) }
    }

    /// Collects them.
    fn unjudged(&self, node: &Node, below: bool, found: &mut Unjudged) {
        match node {
            Node::Leaf(id) => {
                let absent = self.leaf(*id).map_or(0, |cell| cell.absent);
                if absent > 0 {
                    let known = found.entry((below, self.populations[*id], self.at)).or_default();
                    *known = absent.max(*known);
                }
            }
            Node::Blocks { operand, ranges, .. } => {
                for at in ranges[self.at].clone() {
                    Context { at, ..*self }.unjudged(operand, below, found);
                }
            }
            Node::Form(Form::Binary { op: BinaryOp::Divide, left, right }) => {
                self.unjudged(left, below, found);
                self.unjudged(right, !below, found);
            }
            _ => node.operands().into_iter().for_each(|part| self.unjudged(part, below, found)),
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

    /// What the number rests on: the denominator of a ratio, the values of a summary, else the smallest of the parts.
    fn sample(&self, node: &Node) -> Option<u64> {
        match node {
            Node::Leaf(id) => Some(self.leaf(*id).map_or(0, |cell| cell.sample)),
            Node::Blocks { operand, ranges, .. } => {
                Some(self.blocks(operand, &ranges[self.at]).map_or(0, |values| values.len() as u64))
            }
            Node::Form(Form::Binary { op: BinaryOp::Divide, left, right }) => {
                self.sample(right).or_else(|| self.sample(left))
            }
            _ => node.operands().into_iter().filter_map(|n| self.sample(n)).min(),
        }
    }
}
