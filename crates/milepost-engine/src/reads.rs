//! Which datasets an aggregate reads, wherever they stand in it.

use std::collections::BTreeSet;

use milepost_semantics::model::{
    Aggregate, ColumnSource, DatasetId, DimensionId, Model, Path, Place, RowExpr, RowKind,
    SegmentId, SegmentRule,
};

/// Shows the datasets that are read to someone, in the order in which they stand.
pub(crate) struct Reads<'m, 'f> {
    model: &'m Model,
    found: &'f mut dyn FnMut(DatasetId),
    segments: BTreeSet<SegmentId>,
    columns: BTreeSet<Place>,
}

impl<'m, 'f> Reads<'m, 'f> {
    pub(crate) fn new(model: &'m Model, found: &'f mut dyn FnMut(DatasetId)) -> Self {
        Self { model, found, segments: BTreeSet::new(), columns: BTreeSet::new() }
    }

    /// A dataset, and those that it is made from.
    pub(crate) fn dataset(&mut self, id: DatasetId) {
        if let Some(derived) = &self.model[id].derived {
            derived.sources.iter().for_each(|source| self.dataset(source.dataset));
        }
        (self.found)(id);
        let dataset = &self.model[id];
        let times = dataset.begins().into_iter().chain(dataset.until());
        times.chain(dataset.unique.iter().copied()).for_each(|column| self.column((id, column)));
    }

    fn path(&mut self, path: &'m Path) {
        for hop in &path.hops {
            self.dataset(hop.to);
            hop.from_columns.iter().for_each(|c| self.column((hop.from, *c)));
            hop.to_columns.iter().for_each(|c| self.column((hop.to, *c)));
        }
        self.column((path.dataset, path.column));
    }

    /// A column may be computed over links.
    fn column(&mut self, (id, column): Place) {
        if let ColumnSource::Computed(value) = &self.model[id][column].source
            && self.columns.insert((id, column))
        {
            self.expr(value);
        }
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
            RowKind::Column(path) => self.path(path),
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
