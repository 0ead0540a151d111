//! Which datasets an aggregate reads, wherever they stand in it.

use std::collections::BTreeSet;

use milepost_semantics::model::{
    Aggregate, DatasetId, DimensionId, Model, RowExpr, RowKind, SegmentId, SegmentRule,
};

/// Shows the datasets that are read to someone, in the order in which they stand.
pub(crate) struct Reads<'m, 'f> {
    model: &'m Model,
    found: &'f mut dyn FnMut(DatasetId),
    segments: BTreeSet<SegmentId>,
}

impl<'m, 'f> Reads<'m, 'f> {
    pub(crate) fn new(model: &'m Model, found: &'f mut dyn FnMut(DatasetId)) -> Self {
        Self { model, found, segments: BTreeSet::new() }
    }

    /// A dataset, and those that it is made from.
    pub(crate) fn dataset(&mut self, id: DatasetId) {
        if let Some(derived) = &self.model[id].derived {
            derived.sources.iter().for_each(|source| self.dataset(source.dataset));
        }
        (self.found)(id);
    }

    /// What an aggregate reads beside its own rows, sliced.
    pub(crate) fn inside(&mut self, aggregate: &'m Aggregate, by: &[DimensionId]) {
        aggregate.exprs().for_each(|expr| self.expr(expr));
        let reach = &self.model[aggregate.dataset].reach;
        by.iter().filter_map(|d| reach.get(d)).for_each(|value| self.expr(value));
    }

    fn aggregate(&mut self, aggregate: &'m Aggregate) {
        self.dataset(aggregate.dataset);
        let after = aggregate.matures.iter().filter_map(|m| m.after.as_ref());
        aggregate.exprs().chain(after).for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &'m RowExpr) {
        match &expr.kind {
            RowKind::Column(path) => path.hops.iter().for_each(|hop| self.dataset(hop.to)),
            RowKind::Inner(inner) => {
                self.aggregate(&inner.aggregate);
                let links = inner.links.iter().flat_map(|link| [&link.outer, &link.inner]);
                let anchors = inner.within.iter().filter_map(|w| w.anchor.as_ref());
                links.chain(anchors).for_each(|expr| self.expr(expr));
            }
            RowKind::Segment(asked) if self.segments.insert(asked.segment) => {
                let segment = &self.model[asked.segment];
                self.dataset(segment.members);
                match &segment.rule {
                    SegmentRule::Where(condition) => self.expr(condition),
                    SegmentRule::Bands(bands) => {
                        let conditions = bands.iter().filter_map(|band| band.condition.as_ref());
                        conditions.for_each(|condition| self.expr(condition));
                    }
                }
            }
            _ => {}
        }
        expr.each_child(&mut |child| self.expr(child));
    }
}
