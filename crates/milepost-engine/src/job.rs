//! A request taken apart: what each way to answer it begins with, and the arithmetic that it ends with.

use std::sync::Arc;

use milepost_semantics::model::{Aggregate, DatasetId, DimensionId, Model};
use milepost_semantics::time::AsOf;

use crate::coverage::Coverage;
use crate::data::Data;
use crate::error::EngineError;
use crate::evaluate::{Column, Context, cell};
use crate::ids::ById;
use crate::leaf::{Compiled, Leaf, LeafId, LeafTable, Node, compile};
use crate::reads::Reads;
use crate::request::{Frame, Request, frames, series_buckets, too_much};
use crate::results::{Cell, Cells, Reason, Series, SeriesBucket, SliceRow, SliceValue};

/// A request taken apart.
pub(crate) struct Job<'m> {
    model: &'m Model,
    as_of: AsOf,
    pub(crate) request: &'m Request,
    pub(crate) frames: Vec<Frame>,
    pub(crate) compiled: Compiled<'m>,
    /// The dataset that is missing, if one is.
    pub(crate) unavailable: Option<String>,
}

impl<'m> Job<'m> {
    /// # Errors
    /// It asks for more than is computed.
    pub(crate) fn new(
        model: &'m Model,
        as_of: AsOf,
        request: &'m Request,
    ) -> Result<Self, EngineError> {
        answerable(model, as_of, request)?;
        Ok(Self::of_any_size(model, as_of, request))
    }

    /// The same of its last bucket alone; absent where it has none.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn of_last_bucket(
        model: &'m Model,
        as_of: AsOf,
        request: &'m Request,
    ) -> Result<Option<Self>, EngineError> {
        answerable(model, as_of, request)?;
        let last = frames(model, as_of, request).pop();
        Ok(last.map(|frame| Self::over(model, as_of, request, vec![frame])))
    }

    /// The same of a request that is described rather than run, however much it asks for.
    pub(crate) fn of_any_size(model: &'m Model, as_of: AsOf, request: &'m Request) -> Self {
        Self::over(model, as_of, request, frames(model, as_of, request))
    }

    fn over(model: &'m Model, as_of: AsOf, request: &'m Request, frames: Vec<Frame>) -> Self {
        let compiled = compile(model, as_of, request.grain, request.value(model), &frames);
        let unavailable = missing(model, request);
        Self { model, as_of, request, frames, compiled, unavailable }
    }

    /// Its leaves, in their order, with what they are sliced by.
    pub(crate) fn leaves(&self) -> impl Iterator<Item = (&Leaf<'m>, &[DimensionId])> {
        self.compiled.leaves.values().map(|leaf| (leaf, self.request.by.as_slice()))
    }

    /// The number of one bucket in a slice that has these cells of the leaves.
    ///
    /// # Errors
    /// It left the range of doubles or of exact decimals.
    pub(crate) fn cell(
        &self,
        leaves: &ById<LeafId, Column<'_>>,
        bucket: usize,
    ) -> Result<Cell, EngineError> {
        let metric = &self.model[self.request.metric];
        let Compiled { root, populations, .. } = &self.compiled;
        let calendar = &self.model.project.calendar;
        let context = Context { calendar, at: bucket, leaves, populations };
        let found =
            if context.is_finite(root) { cell(root, &context, metric.min_sample) } else { None };
        found.ok_or_else(|| {
            let label = &self.frames[bucket].bucket.label;
            let name = &metric.name;
            EngineError::Data(format!("a number of `{name}` in {label} is too large to be exact"))
        })
    }

    /// The buckets, of which nothing is known but when they are.
    pub(crate) fn buckets(&self) -> Vec<SeriesBucket> {
        series_buckets(self.model, self.as_of, self.request, &self.frames)
    }

    /// The buckets, with what the data and the leaves say of each.
    pub(crate) fn marked_buckets(
        &self,
        data: &Data,
        tables: &ById<LeafId, Arc<LeafTable>>,
    ) -> Vec<SeriesBucket> {
        let coverage = Coverage::new(self.model, data);
        let marks = self.leaves().map(|(leaf, by)| coverage.marks(leaf, by));
        let marks: ById<LeafId, Vec<bool>> = marks.collect();
        let root = &self.compiled.root;
        let mut buckets = self.buckets();
        for (at, bucket) in buckets.iter_mut().enumerate() {
            bucket.maturing = is_marked(root, at, &|leaf, at| tables[leaf].maturing[at]);
            bucket.partial |= bucket.maturing
                || is_marked(root, at, &|leaf, at| marks[leaf][at])
                || is_marked(root, at, &|leaf, at| tables[leaf].clipped[at]);
        }
        buckets
    }

    /// What comes out. Members in its rows get their keys.
    pub(crate) fn series(
        &self,
        data: &Data,
        buckets: Vec<SeriesBucket>,
        mut rows: Vec<SliceRow>,
    ) -> Series {
        for (at, dimension) in self.request.by.iter().enumerate() {
            let Some(keys) = data.members(self.model, *dimension) else { continue };
            for value in rows.iter_mut().filter_map(|row| row.key.get_mut(at)) {
                let key = value.text().and_then(|name| keys.get(name)).cloned();
                if let (SliceValue::Known(name), Some(key)) = (&mut *value, key) {
                    *value = SliceValue::Member { name: std::mem::take(name), key };
                }
            }
        }
        let Request { metric, part, grain, by, .. } = self.request;
        Series { metric: *metric, part: *part, grain: *grain, by: by.clone(), buckets, rows }
    }

    /// What comes out if a dataset is missing.
    pub(crate) fn series_without(&self, data: &Data, dataset: &str) -> Series {
        let rows = if self.request.by.is_empty() {
            let cells = Cells::repeat(&without(dataset), self.frames.len());
            vec![SliceRow { key: Vec::new(), cells }]
        } else {
            Vec::new()
        };
        self.series(data, self.buckets(), rows)
    }
}

/// The cell of a metric that lacks a dataset.
pub(crate) fn without(dataset: &str) -> Cell {
    let reason = Reason::Unavailable { dataset: dataset.to_owned() };
    Cell { value: Err(reason), ..Cell::nothing() }
}

/// # Errors
/// A request asks for more than is computed, or some aggregate of its part has no way to a dimension. `check` and
/// questions refuse the latter, so it is a bug in milepost.
fn answerable(model: &Model, as_of: AsOf, request: &Request) -> Result<(), EngineError> {
    if let Some(told) = too_much(model, as_of, request) {
        return Err(EngineError::Told(Box::new(told)));
    }
    let mut lost = None;
    request.value(model).each_aggregate(&mut |aggregate| {
        let reach = &model[aggregate.dataset].reach;
        lost = lost.or_else(|| request.by.iter().find(|dimension| !reach.contains_key(dimension)));
    });
    lost.map_or(Ok(()), |dimension| {
        let (metric, by) = (&model[request.metric].name, &model[*dimension].name);
        Err(EngineError::Internal(format!("`{metric}` can't be sliced by `{by}`")))
    })
}

/// The dataset that a request needs and that is missing, if one is.
#[must_use]
pub fn missing(model: &Model, request: &Request) -> Option<String> {
    let mut first: Option<DatasetId> = None;
    let mut found = |dataset: DatasetId| {
        if model[dataset].missing {
            first.get_or_insert(dataset);
        }
    };
    let mut reads = Reads::new(model, &mut found);
    let mut outer: Vec<&Aggregate> = Vec::new();
    request.value(model).each_aggregate(&mut |a| outer.push(a));
    // Links first.
    outer.iter().for_each(|aggregate| reads.inside(aggregate, &request.by));
    outer.iter().for_each(|aggregate| reads.dataset(aggregate.dataset));
    first.map(|dataset| model[dataset].name.clone())
}

/// Whether something is marked of a bucket, or of one of its blocks, in some leaf of the value.
fn is_marked(node: &Node, at: usize, marked: &dyn Fn(LeafId, usize) -> bool) -> bool {
    match node {
        Node::Leaf(leaf) => marked(*leaf, at),
        Node::Blocks { operand, ranges, .. } => {
            ranges[at].clone().any(|block| is_marked(operand, block, marked))
        }
        _ => node.operands().into_iter().any(|operand| is_marked(operand, at, marked)),
    }
}
