//! A metric's numbers: for every bucket and slice, a number or why there is none.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use milepost::plan::results::Reason;
use milepost::syntax::ast::BinaryOp;

use super::evaluate::Spot;
use super::frame::Frame;
use super::population::Place;
use super::standing::{Standing, none_left};
use super::value::{Val, Value, binary, call, is_between, is_in, is_true, truth, unary};
use super::world::World;
use crate::tree::{Aggregate, DatasetId, DimensionId, Inner, Request, ValueExpr, ValueKind};

/// The values of a slice; nothing stands for null.
pub(crate) type Key = Vec<Option<String>>;

pub(crate) struct Answer {
    pub(crate) buckets: Vec<Head>,
    pub(crate) rows: BTreeMap<Key, Vec<Figure>>,
}

pub(crate) struct Head {
    pub(crate) label: String,
    /// The days that are covered: the first, and the one after the last.
    pub(crate) days: (Date, Date),
    pub(crate) cut: bool,
    pub(crate) partial: bool,
    pub(crate) maturing: bool,
    /// Rows are left out that look before the data.
    pub(crate) clipped: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) value: Result<f64, Reason>,
    pub(crate) sample: Option<u64>,
    /// How many rows could not be evaluated: above, and below.
    pub(crate) absent: (u64, u64),
    /// Some part has a reason, though the whole may have a number: what that rests on is not said.
    pub(crate) vague: bool,
}

/// An outermost aggregate, and the frame that it is seen from.
pub(crate) struct Leaf<'e> {
    pub(crate) aggregate: &'e Aggregate,
    pub(crate) frame: Frame,
    /// Whether the frame is a block of time.
    block: bool,
}

/// What a value is asked of: the whole, or one slice.
struct Slice<'a> {
    by: &'a [DimensionId],
    key: &'a [Option<String>],
    /// What could not be evaluated, by side (`true`: below) and by the rows that are asked about.
    absent: RefCell<BTreeMap<(bool, String), u64>>,
    /// Whether what is computed is below.
    below: Cell<bool>,
    vague: Cell<bool>,
}

impl Slice<'_> {
    /// Rows of an aggregate could not be evaluated. Another one on the same side that asks about the same rows, whatever it
    /// takes from them, means the same ones.
    fn count(&self, aggregate: &Aggregate, frame: &Frame, n: u64) {
        let Aggregate { dataset, members, on, window, filter, looks, .. } = aggregate;
        let rows = format!("{:?}", (dataset, members, on, window, filter, looks, frame));
        let mut absent = self.absent.borrow_mut();
        let known = absent.entry((self.below.get(), rows)).or_default();
        *known = n.max(*known);
    }

    fn absent(&self) -> (u64, u64) {
        let absent = self.absent.borrow();
        let side = |below| absent.iter().filter(|((of, _), _)| *of == below).map(|(_, n)| n).sum();
        (side(false), side(true))
    }
}

impl World<'_> {
    pub(crate) fn answer(&self, request: &Request) -> Answer {
        let (metric, asked) = (&self.model[request.metric], self.model.asked(request));
        let frames = self.frames(request);
        let mut leaves = Vec::new();
        for frame in &frames {
            self.leaves(asked, frame, false, &mut leaves);
        }
        let missing = self.missing_dataset(asked);
        let mut keys = BTreeSet::new();
        if missing.is_some() && !request.by.is_empty() {
            // Nobody knows of any slice.
        } else if request.by.is_empty() {
            keys.insert(Vec::new());
        } else {
            for leaf in &leaves {
                self.slices(leaf, &request.by, &mut keys);
            }
        }
        let figure = |key: &[Option<String>], frame: &Frame| {
            if let Some(dataset) = &missing {
                let dataset = dataset.clone();
                let value = Err(Reason::Unavailable { dataset });
                return Figure { value, sample: None, absent: (0, 0), vague: false };
            }
            let slice = Slice {
                by: &request.by,
                key,
                absent: RefCell::default(),
                below: Cell::new(false),
                vague: Cell::new(false),
            };
            let (value, sample) = self.value(asked, frame, &slice);
            let few = sample.zip(metric.min_sample).is_some_and(|(n, least)| n < least);
            let value = match value {
                Ok(_) if few => Err(Reason::TooFew),
                value => value.map(|value| value.number()),
            };
            Figure { value, sample, absent: slice.absent(), vague: slice.vague.get() }
        };
        let rows = keys.into_iter().map(|key| {
            let cells = frames.iter().map(|frame| figure(&key, frame)).collect();
            (key, cells)
        });
        let rows = rows.collect();
        let buckets = frames.iter().map(|frame| self.head(request, frame)).collect();
        Answer { buckets, rows }
    }

    fn head(&self, request: &Request, frame: &Frame) -> Head {
        let mut leaves = Vec::new();
        self.leaves(self.model.asked(request), frame, false, &mut leaves);
        let standings: Vec<Standing> =
            leaves.iter().flat_map(|leaf| self.standings(leaf.aggregate, &leaf.frame)).collect();
        let open = |leaf: &Leaf<'_>| self.is_open(leaf.aggregate, &leaf.frame, &request.by);
        let waits = |leaf: &Leaf<'_>| {
            let own = self.unknown(leaf.aggregate, &leaf.frame);
            let own = own.or_else(|| self.missing_in(leaf.aggregate, &leaf.frame, Place::Bucket));
            !leaf.block && own == Some(Reason::Immature)
        };
        let young = standings.iter().any(|row| row.young);
        let maturing = young || leaves.iter().any(|leaf| open(leaf) || waits(leaf));
        let clipped = standings.iter().any(|row| row.short.is_some());
        let (cut, partial) = self.cut_or_partial(request, frame);
        let last = self.calendar.day(frame.end - 1);
        Head {
            label: self.calendar.label(&frame.bucket),
            days: (self.calendar.day(frame.start), last.tomorrow().unwrap()),
            cut,
            partial: maturing || clipped || cut || partial,
            maturing,
            clipped,
        }
    }

    /// The buckets that a request asks for.
    pub(crate) fn frames(&self, request: &Request) -> Vec<Frame> {
        let to = request.to.map_or(self.as_of, |to| to.0.min(self.as_of));
        let history = self.calendar.shift(to, self.model.project.history, true);
        let from = request.from.map(|from| from.0);
        let mut bucket = self.calendar.bucket_at(request.grain, from.unwrap_or(history));
        let mut frames = Vec::new();
        while bucket.start < to {
            let shown = from.is_some() || bucket.start >= history;
            let next = self.calendar.bucket_at(request.grain, bucket.end);
            let start = from.map_or(bucket.start, |from| from.max(bucket.start));
            if shown && start < to {
                frames.push(Frame { start, end: bucket.end.min(to), bucket });
            }
            bucket = next;
        }
        frames
    }

    /// Every outermost aggregate with the frame that it is seen from. `block`: that is a block of time.
    pub(crate) fn leaves<'e>(
        &self,
        expr: &'e ValueExpr,
        frame: &Frame,
        block: bool,
        found: &mut Vec<Leaf<'e>>,
    ) {
        match &expr.kind {
            ValueKind::Aggregate(aggregate) => {
                found.push(Leaf { aggregate, frame: frame.clone(), block });
            }
            ValueKind::Prior { operand, by } => {
                self.leaves(operand, &self.earlier(frame, *by), block, found);
            }
            ValueKind::Blocks(blocks) => {
                for frame in self.blocks(blocks.unit, blocks.window, frame) {
                    self.leaves(&blocks.operand, &frame, true, found);
                }
            }
            _ => expr.each_child(&mut |child| self.leaves(child, frame, block, found)),
        }
    }

    /// The slices of the rows that an aggregate counts.
    fn slices(&self, leaf: &Leaf<'_>, by: &[DimensionId], keys: &mut BTreeSet<Key>) {
        let Leaf { aggregate, frame, block } = leaf;
        // Nothing passes a filter that nobody knows.
        let filter = aggregate.filter.as_ref();
        let place = if *block { Place::Block } else { Place::Bucket };
        if filter.is_some_and(|filter| self.missing_inside(filter, frame, place).is_some()) {
            return;
        }
        let span = self.span(aggregate.window, frame);
        for rows in self.population(aggregate, &span, frame) {
            for spot in self.counted(aggregate, &rows, &|_| true, &mut 0) {
                keys.insert(by.iter().map(|d| self.slice_of(aggregate, spot, *d)).collect());
            }
        }
    }

    fn slice_of(
        &self,
        aggregate: &Aggregate,
        spot: &Spot,
        dimension: DimensionId,
    ) -> Option<String> {
        let value = self.row_value(&aggregate.slice(self.model, dimension), spot);
        let segment = self.model[dimension].segment.is_some();
        value.ok().map(|value| match value {
            Value::Boolean(true) if segment => "yes".to_owned(),
            Value::Boolean(false) if segment => "no".to_owned(),
            value => value.name(),
        })
    }

    /// A value and what it rests on.
    fn value(&self, expr: &ValueExpr, frame: &Frame, slice: &Slice<'_>) -> (Val, Option<u64>) {
        let calendar = &self.calendar;
        let mut samples: Vec<Option<u64>> = Vec::new();
        let mut part = |expr: &ValueExpr| {
            let (value, sample) = self.value(expr, frame, slice);
            samples.push(sample);
            value
        };
        let value = match &expr.kind {
            ValueKind::Literal(literal) => Value::literal(literal),
            ValueKind::Aggregate(aggregate) => return self.leaf(aggregate, frame, slice),
            ValueKind::Metric { value, .. } => part(value),
            ValueKind::Prior { operand, by } => {
                return self.value(operand, &self.earlier(frame, *by), slice);
            }
            ValueKind::BusinessDays => {
                Ok(Value::Number(calendar.business_days_in(frame.start, frame.end) as f64))
            }
            ValueKind::Blocks(blocks) => {
                let frames = self.blocks(blocks.unit, blocks.window, frame);
                let answers: Vec<_> =
                    frames.iter().rev().map(|f| self.value(&blocks.operand, f, slice)).collect();
                let values: Vec<Value> =
                    answers.into_iter().filter_map(|(value, _)| value.ok()).collect();
                let sample = values.len() as u64;
                let value = match self.short_values(blocks, &frames) {
                    Some(reason) => Err(reason),
                    None => self.summary(blocks.function, blocks.percentile, &values),
                };
                slice.vague.set(slice.vague.get() || value.is_err());
                return (value, Some(sample));
            }
            ValueKind::Unary { op, operand } => unary(*op, part(operand)),
            ValueKind::Binary { op, left, right } => {
                let left = part(left);
                let is_ratio = *op == BinaryOp::Divide;
                slice.below.set(slice.below.get() != is_ratio);
                let right = part(right);
                slice.below.set(slice.below.get() != is_ratio);
                let value = binary(*op, left, right, calendar);
                if is_ratio {
                    return (value, samples[1].or(samples[0]));
                }
                value
            }
            ValueKind::In { operand, list, negated } => {
                is_in(part(operand), list, *negated, calendar)
            }
            ValueKind::Between { operand, low, high, negated } => {
                is_between(part(operand), part(low), part(high), *negated, calendar)
            }
            ValueKind::IsNull { operand, negated } => truth(part(operand).is_err() != *negated),
            ValueKind::If { condition, then, otherwise } => {
                let (condition, then, otherwise) = (part(condition), part(then), part(otherwise));
                condition.and_then(|c| if is_true(&Ok(c)) { then } else { otherwise })
            }
            ValueKind::Call { function, args } => {
                call(*function, args.iter().map(part).collect(), calendar)
            }
        };
        (value, samples.into_iter().flatten().min())
    }

    fn leaf(&self, aggregate: &Aggregate, frame: &Frame, slice: &Slice<'_>) -> (Val, Option<u64>) {
        let reason = self.unknown(aggregate, frame);
        let reason = reason.or_else(|| self.missing_in(aggregate, frame, Place::Bucket));
        let reason = reason.or_else(|| none_left(&self.standings(aggregate, frame)));
        let keep = |spot: &Spot| {
            let mut parts = slice.by.iter().zip(slice.key);
            parts.all(|(d, key)| self.slice_of(aggregate, spot, *d) == *key)
        };
        let outcome = self.aggregate_rows(aggregate, frame, None, &keep);
        let value = reason.map_or(outcome.value, Err);
        slice.vague.set(slice.vague.get() || value.is_err());
        if value.is_ok() {
            slice.count(aggregate, frame, outcome.absent);
        }
        (value, Some(outcome.sample))
    }

    /// Which rows of an aggregate's window count, whatever the filter and the slice; of one that leaves some out.
    pub(crate) fn standings(&self, aggregate: &Aggregate, frame: &Frame) -> Vec<Standing> {
        if !aggregate.leaves_out() {
            return Vec::new();
        }
        let outcome = self.aggregate_rows(aggregate, frame, None, &|_| true);
        outcome.standings
    }

    /// The same of an aggregate inside a judgement, whoever the rows are linked to.
    pub(crate) fn standings_inside(&self, inner: &Inner, frame: &Frame) -> Vec<Standing> {
        if !inner.aggregate.leaves_out() {
            return Vec::new();
        }
        let linked = |spot: &Spot| self.is_linked(inner, spot);
        self.aggregate_rows(&inner.aggregate, frame, None, &linked).standings
    }

    /// Whether a row can be linked to any: null matches nothing.
    pub(crate) fn is_linked(&self, inner: &Inner, spot: &Spot) -> bool {
        inner.links.iter().all(|link| self.row_value(&link.inner, spot).is_ok())
    }

    /// The missing dataset that a value needs.
    fn missing_dataset(&self, value: &ValueExpr) -> Option<String> {
        let mut needs: Vec<DatasetId> = Vec::new();
        value.each_aggregate(&mut |outer| {
            outer.each_aggregate(&mut |aggregate| {
                needs.push(aggregate.dataset);
                for expr in aggregate.exprs() {
                    expr.each_path(&mut |path| needs.extend(path.hops.iter().map(|hop| hop.to)));
                }
            });
        });
        needs.into_iter().map(|id| &self.model[id]).find(|d| d.missing).map(|d| d.name.clone())
    }
}
