use std::collections::HashMap;
use std::ops::Range;

use milepost_semantics::model::{
    Aggregate, Blocks, Literal, Model, ScalarFunction, ValueExpr, ValueKind, Window,
};
use milepost_semantics::time::{AsOf, Grain};
use milepost_syntax::ast::{AggregateFunction, BinaryOp, UnaryOp};

use super::Bounds;
use super::bounds::{block_frames, earlier};
use crate::request::Frame;

/// A metric's value for a list of buckets.
#[derive(Debug)]
pub struct Compiled<'m> {
    pub root: Node,
    pub leaves: Vec<Leaf<'m>>,
    /// For each leaf the first one that judges the same rows: itself, where none before does.
    pub populations: Vec<usize>,
}

/// An aggregate with its bounds, one per bucket.
#[derive(Debug)]
pub struct Leaf<'m> {
    pub aggregate: &'m Aggregate,
    pub bounds: Vec<Bounds>,
    /// The frames that the bounds were made from.
    pub frames: Vec<Frame>,
    /// Each bound is a block of time inside a bucket's window, rather than a bucket.
    pub in_blocks: bool,
}

/// An expression over leaves.
#[derive(Clone, Debug)]
pub enum Node {
    Literal(Literal),
    /// A position in [`Compiled::leaves`].
    Leaf(usize),
    /// A value for each block of time, summarized.
    Blocks {
        function: AggregateFunction,
        percentile: Option<f64>,
        /// Over the blocks of all buckets, one after the other: its leaves have one bound per block.
        operand: Box<Node>,
        /// The blocks of each bucket.
        ranges: Vec<Range<usize>>,
    },
    /// One number per bucket that comes from the calendar alone.
    PerBucket(Vec<u32>),
    Unary {
        op: UnaryOp,
        operand: Box<Node>,
    },
    Binary {
        op: BinaryOp,
        left: Box<Node>,
        right: Box<Node>,
    },
    In {
        operand: Box<Node>,
        list: Vec<Literal>,
        negated: bool,
    },
    Between {
        operand: Box<Node>,
        low: Box<Node>,
        high: Box<Node>,
        negated: bool,
    },
    IsNull {
        operand: Box<Node>,
        negated: bool,
    },
    If {
        condition: Box<Node>,
        then: Box<Node>,
        otherwise: Box<Node>,
    },
    Call {
        function: ScalarFunction,
        args: Vec<Node>,
    },
}

impl Node {
    /// The direct operands, from left to right.
    pub fn operands(&self) -> Vec<&Self> {
        match self {
            Self::Literal(_) | Self::Leaf(_) | Self::PerBucket(_) => Vec::new(),
            Self::Blocks { operand, .. }
            | Self::Unary { operand, .. }
            | Self::In { operand, .. }
            | Self::IsNull { operand, .. } => vec![&**operand],
            Self::Binary { left, right, .. } => vec![&**left, &**right],
            Self::Between { operand, low, high, .. } => vec![&**operand, &**low, &**high],
            Self::If { condition, then, otherwise } => vec![&**condition, &**then, &**otherwise],
            Self::Call { args, .. } => args.iter().collect(),
        }
    }
}

/// Takes a value apart for these frames.
pub fn compile<'m>(
    model: &'m Model,
    as_of: AsOf,
    grain: Grain,
    value: &'m ValueExpr,
    frames: &[Frame],
) -> Compiled<'m> {
    let mut compiler = Compiler {
        model,
        as_of,
        grain,
        leaves: Vec::new(),
        by_text: HashMap::new(),
        in_blocks: false,
    };
    let root = compiler.node(value, frames);
    let populations = populations(&compiler.leaves);
    Compiled { root, leaves: compiler.leaves, populations }
}

/// For each leaf the first one that judges the same rows in the same frames.
fn populations(leaves: &[Leaf<'_>]) -> Vec<usize> {
    let mut judged: Vec<(usize, String)> = Vec::new();
    let number = |(i, leaf): (usize, &Leaf<'_>)| {
        if !leaf.aggregate.is_judged() {
            return i;
        }
        let rows = leaf.aggregate.population();
        let known = judged.iter().find(|(first, other)| {
            let first = &leaves[*first];
            *other == rows && first.in_blocks == leaf.in_blocks && first.frames == leaf.frames
        });
        if let Some((first, _)) = known {
            return *first;
        }
        judged.push((i, rows));
        i
    };
    leaves.iter().enumerate().map(number).collect()
}

struct Compiler<'m> {
    model: &'m Model,
    as_of: AsOf,
    grain: Grain,
    leaves: Vec<Leaf<'m>>,
    /// By the text of the aggregate: the leaf, and what it means once that was asked.
    by_text: HashMap<&'m str, Vec<(usize, Option<String>)>>,
    in_blocks: bool,
}

impl<'m> Compiler<'m> {
    fn node(&mut self, value: &'m ValueExpr, frames: &[Frame]) -> Node {
        match &value.kind {
            ValueKind::Literal(literal) => Node::Literal(literal.clone()),
            ValueKind::Aggregate(aggregate) => Node::Leaf(self.leaf(aggregate, frames)),
            ValueKind::Metric { value, .. } => self.node(value, frames),
            ValueKind::Prior { operand, by } => {
                let calendar = &self.model.project.calendar;
                let earlier: Vec<Frame> = frames
                    .iter()
                    .map(|f| earlier(calendar, self.as_of, self.grain, f, *by))
                    .collect();
                self.node(operand, &earlier)
            }
            ValueKind::Blocks(blocks) => self.blocks(blocks, frames),
            ValueKind::BusinessDays => {
                let calendar = &self.model.project.calendar;
                Node::PerBucket(
                    frames.iter().map(|f| calendar.business_days_between(f.start, f.end)).collect(),
                )
            }
            ValueKind::Unary { op, operand } => {
                Node::Unary { op: *op, operand: self.boxed(operand, frames) }
            }
            ValueKind::Binary { op, left, right } => Node::Binary {
                op: *op,
                left: self.boxed(left, frames),
                right: self.boxed(right, frames),
            },
            ValueKind::In { operand, list, negated } => Node::In {
                operand: self.boxed(operand, frames),
                list: list.clone(),
                negated: *negated,
            },
            ValueKind::Between { operand, low, high, negated } => Node::Between {
                operand: self.boxed(operand, frames),
                low: self.boxed(low, frames),
                high: self.boxed(high, frames),
                negated: *negated,
            },
            ValueKind::IsNull { operand, negated } => {
                Node::IsNull { operand: self.boxed(operand, frames), negated: *negated }
            }
            ValueKind::If { condition, then, otherwise } => Node::If {
                condition: self.boxed(condition, frames),
                then: self.boxed(then, frames),
                otherwise: self.boxed(otherwise, frames),
            },
            ValueKind::Call { function, .. } => Node::Call {
                function: *function,
                args: value.arguments().into_iter().map(|a| self.node(a, frames)).collect(),
            },
        }
    }

    /// The operand is compiled once for the blocks of all buckets, one after the other.
    fn blocks(&mut self, blocks: &'m Blocks<ValueExpr>, frames: &[Frame]) -> Node {
        let calendar = &self.model.project.calendar;
        let mut inside: Vec<Frame> = Vec::new();
        let mut ranges = Vec::with_capacity(frames.len());
        for frame in frames {
            let start = inside.len();
            inside.extend(block_frames(calendar, blocks.unit, blocks.window, frame));
            ranges.push(start..inside.len());
        }
        let before = std::mem::replace(&mut self.in_blocks, true);
        let operand = self.boxed(&blocks.operand, &inside);
        self.in_blocks = before;
        Node::Blocks { function: blocks.function, percentile: blocks.percentile, operand, ranges }
    }

    fn boxed(&mut self, value: &'m ValueExpr, frames: &[Frame]) -> Box<Node> {
        Box::new(self.node(value, frames))
    }

    fn leaf(&mut self, aggregate: &'m Aggregate, frames: &[Frame]) -> usize {
        let calendar = &self.model.project.calendar;
        if let Some(found) = self.known(aggregate, frames) {
            return found;
        }
        let bounds =
            frames.iter().map(|frame| Bounds::of(aggregate.window, frame, calendar)).collect();
        self.leaves.push(Leaf {
            aggregate,
            bounds,
            frames: frames.to_vec(),
            in_blocks: self.in_blocks,
        });
        self.by_text.entry(&aggregate.text).or_default().push((self.leaves.len() - 1, None));
        self.leaves.len() - 1
    }

    /// The leaf of an aggregate that was met before: what a metric names twice is computed once.
    fn known(&mut self, aggregate: &'m Aggregate, frames: &[Frame]) -> Option<usize> {
        let met = self.by_text.get_mut(aggregate.text.as_str())?;
        let meaning = aggregate.meaning();
        let leaves = &self.leaves;
        met.iter_mut().find_map(|(number, known)| {
            let leaf = &leaves[*number];
            let same = leaf.in_blocks == self.in_blocks && leaf.frames == frames;
            (same && *known.get_or_insert_with(|| leaf.aggregate.meaning()) == meaning)
                .then_some(*number)
        })
    }
}

impl Leaf<'_> {
    /// Whether a value of nothing is 0 (inside the span of the data) rather than absent.
    pub fn empty_is_zero(&self) -> bool {
        use milepost_syntax::ast::AggregateFunction as F;
        matches!(self.aggregate.function, F::Count | F::Sum | F::Any)
    }

    /// Whether a window that starts before the data gives `short history`: every window with a length of its own.
    pub fn needs_full_window(&self) -> bool {
        matches!(self.aggregate.window, Window::Over { .. } | Window::ToDate(_)) || self.is_block()
    }

    /// Whether its bounds are blocks of time, which the data must cover wholly.
    pub fn is_block(&self) -> bool {
        self.in_blocks && self.aggregate.window.is_bare()
    }
}
