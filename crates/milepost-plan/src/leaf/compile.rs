use std::cell::OnceCell;
use std::ops::Range;

use milepost_semantics::model::{
    Aggregate, Blocks, Form, Model, ValueExpr, ValueKind, Window, canonical,
};
use milepost_semantics::time::{AsOf, Grain};
use milepost_syntax::ast::AggregateFunction;

use super::Bounds;
use super::bounds::{block_frames, earlier};
use crate::ids::{ById, Id};
use crate::request::Frame;
use crate::typed_ids;

typed_ids! {
    /// A leaf of a value that was taken apart.
    pub LeafId
}

/// A metric's value for a list of buckets.
#[derive(Debug)]
pub struct Compiled<'m> {
    pub root: Node,
    pub leaves: ById<LeafId, Leaf<'m>>,
    /// For each leaf the first one that judges the same rows: itself, where none before does.
    pub populations: ById<LeafId, LeafId>,
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
    Leaf(LeafId),
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
    Form(Form<Node>),
}

impl Node {
    /// The form, if it is one.
    #[must_use]
    pub const fn form(&self) -> Option<&Form<Self>> {
        match self {
            Self::Form(form) => Some(form),
            _ => None,
        }
    }

    /// The direct operands, from left to right.
    pub fn operands(&self) -> Vec<&Self> {
        let mut all = Vec::new();
        match self {
            Self::Leaf(_) | Self::PerBucket(_) => {}
            Self::Blocks { operand, .. } => all.push(&**operand),
            Self::Form(form) => form.each(&mut |operand| all.push(operand)),
        }
        all
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
        leaves: ById::default(),
        texts: Vec::new(),
        in_blocks: false,
    };
    let root = compiler.node(value, frames);
    let populations = populations(model, &compiler.leaves);
    Compiled { root, leaves: compiler.leaves, populations }
}

/// For each leaf the first one that judges the same rows in the same frames.
fn populations(model: &Model, leaves: &ById<LeafId, Leaf<'_>>) -> ById<LeafId, LeafId> {
    let mut judged: Vec<(LeafId, String)> = Vec::new();
    let mut first = |id: LeafId, leaf: &Leaf<'_>| {
        if !leaf.aggregate.is_judged() {
            return id;
        }
        let rows = canonical::population(model, leaf.aggregate);
        let known = judged.iter().find(|(first, other)| {
            let first = &leaves[*first];
            *other == rows && first.in_blocks == leaf.in_blocks && first.frames == leaf.frames
        });
        if let Some((first, _)) = known {
            return *first;
        }
        judged.push((id, rows));
        id
    };
    leaves.iter().map(|(id, leaf)| first(id, leaf)).collect()
}

struct Compiler<'m> {
    model: &'m Model,
    as_of: AsOf,
    grain: Grain,
    leaves: ById<LeafId, Leaf<'m>>,
    /// The canonical text of each leaf, once it was asked for.
    texts: Vec<OnceCell<String>>,
    in_blocks: bool,
}

impl<'m> Compiler<'m> {
    fn node(&mut self, value: &'m ValueExpr, frames: &[Frame]) -> Node {
        match &value.kind {
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
            ValueKind::Form(Form::Call { function, .. }) => Node::Form(Form::Call {
                function: *function,
                args: value.arguments().into_iter().map(|a| self.node(a, frames)).collect(),
            }),
            ValueKind::Form(form) => {
                Node::Form(form.map(&mut |operand| self.node(operand, frames)))
            }
        }
    }

    /// The operand is compiled once for the blocks of all buckets, one after the other.
    fn blocks(&mut self, blocks: &'m Blocks<ValueExpr>, frames: &[Frame]) -> Node {
        let calendar = &self.model.project.calendar;
        let mut inside: Vec<Frame> = Vec::new();
        let mut ranges = Vec::with_capacity(frames.len());
        for frame in frames {
            let start = inside.len();
            inside.extend(block_frames(calendar, blocks.unit, blocks.window, frame, self.as_of));
            ranges.push(start..inside.len());
        }
        let before = std::mem::replace(&mut self.in_blocks, true);
        let operand = Box::new(self.node(&blocks.operand, &inside));
        self.in_blocks = before;
        Node::Blocks { function: blocks.function, percentile: blocks.percentile, operand, ranges }
    }

    fn leaf(&mut self, aggregate: &'m Aggregate, frames: &[Frame]) -> LeafId {
        let calendar = &self.model.project.calendar;
        if let Some(found) = self.known(aggregate, frames) {
            return found;
        }
        let bounds =
            frames.iter().map(|frame| Bounds::of(aggregate.window, frame, calendar, self.as_of));
        let bounds = bounds.collect();
        self.texts.push(OnceCell::new());
        self.leaves.push(Leaf {
            aggregate,
            bounds,
            frames: frames.to_vec(),
            in_blocks: self.in_blocks,
        })
    }

    /// The leaf of an aggregate that was met before: what a metric names twice is computed once.
    fn known(&self, aggregate: &Aggregate, frames: &[Frame]) -> Option<LeafId> {
        let own = OnceCell::new();
        let text = |of: &Aggregate| canonical::aggregate(self.model, of);
        let mut met = self.leaves.values().zip(&self.texts);
        let position = met.position(|(leaf, known)| {
            let other = leaf.aggregate;
            // Texts are made of those only that may be equal.
            other.function == aggregate.function
                && other.dataset == aggregate.dataset
                && leaf.in_blocks == self.in_blocks
                && leaf.frames == frames
                && known.get_or_init(|| text(other)) == own.get_or_init(|| text(aggregate))
        });
        position.map(LeafId::new)
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
