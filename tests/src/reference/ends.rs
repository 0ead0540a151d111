//! Buckets that end after the data, or that read a picture that is too old: they are partial.

use std::collections::BTreeSet;

use super::calendar::Instant;
use super::frame::{Frame, Span};
use super::world::World;
use crate::tree::{
    Aggregate, DatasetId, DatasetKind, Request, RowExpr, RowKind, SegmentId, ValueExpr, ValueKind,
    Window, Within,
};

impl World<'_> {
    /// Whether something that a value reads of a frame ends after its data does.
    pub(crate) fn outlasts(&self, value: &ValueExpr, request: &Request, frame: &Frame) -> bool {
        match &value.kind {
            ValueKind::Aggregate(aggregate) => self.aggregate_outlasts(aggregate, request, frame),
            ValueKind::Prior { operand, by } => {
                self.outlasts(operand, request, &self.earlier(frame, *by))
            }
            ValueKind::Blocks(blocks) => {
                let frames = self.blocks(blocks.unit, blocks.window, frame);
                frames.iter().any(|block| self.outlasts(&blocks.operand, request, block))
            }
            _ => {
                let mut found = false;
                value.each_child(&mut |child| found |= self.outlasts(child, request, frame));
                found
            }
        }
    }

    fn aggregate_outlasts(&self, aggregate: &Aggregate, request: &Request, frame: &Frame) -> bool {
        let own = aggregate.dataset;
        let (end, old) = match self.span(aggregate.window, frame) {
            Span::Range(_, end) => (end, false),
            Span::At(at) => (at, self.is_old(own, at)),
            Span::MeanAt(days) => {
                (days.iter().copied().max().unwrap(), days.iter().any(|day| self.is_old(own, *day)))
            }
        };
        let ends = |dataset, at| self.complete_until(dataset).is_some_and(|until| at > until);
        let mut inside =
            Inside { world: self, datasets: BTreeSet::new(), segments: BTreeSet::new() };
        aggregate.exprs().for_each(|expr| inside.expr(expr));
        for dimension in &request.by {
            inside.expr(&aggregate.slice(self.model, *dimension));
        }
        // Inside, also to the end of the last step that is taken from there.
        let mut last = frame.end;
        aggregate.each_aggregate(&mut |inner| {
            if let (Window::Step(_), Span::Range(_, end)) =
                (inner.window, self.span(inner.window, frame))
            {
                last = last.max(end);
            }
        });
        let late = |dataset: &DatasetId| ends(*dataset, last) || self.is_old(*dataset, frame.end);
        ends(own, end) || old || inside.datasets.iter().any(late)
    }

    /// Whether the latest picture before an instant is more than twice as old as pictures are usually apart.
    fn is_old(&self, dataset: DatasetId, at: Instant) -> bool {
        let found = &self.model[dataset];
        let DatasetKind::Snapshot { time, carry: None } = found.kind else { return false };
        if found.complete_until.is_some() || found.has_all_to_come {
            return false;
        }
        let times = || self.rows(dataset).filter_map(|row| self.time(dataset, row, time));
        let days: BTreeSet<_> = times().map(|time| self.calendar.day(time)).collect();
        let days: Vec<_> = days.into_iter().collect();
        let apart = |a: &jiff::civil::Date, b: &jiff::civil::Date| a.until(*b).unwrap().get_days();
        let mut usual: Vec<i32> = days.windows(2).map(|pair| apart(&pair[0], &pair[1])).collect();
        usual.sort_unstable();
        let Some(latest) = times().filter(|time| *time < at).max() else { return false };
        let age = apart(&self.calendar.day(latest), &self.calendar.day(at - 1));
        days.len() >= 3 && age > 2 * usual[usual.len() / 2]
    }
}

/// The datasets that are inside an aggregate.
struct Inside<'w> {
    world: &'w World<'w>,
    datasets: BTreeSet<DatasetId>,
    segments: BTreeSet<SegmentId>,
}

impl Inside<'_> {
    fn dataset(&mut self, dataset: DatasetId) {
        self.datasets.insert(dataset);
        let derived = self.world.model[dataset].derived.as_ref();
        let sources = derived.map(|derived| derived.sources.iter().map(|source| source.dataset));
        self.datasets.extend(sources.into_iter().flatten());
    }

    fn expr(&mut self, expr: &RowExpr) {
        match &expr.kind {
            RowKind::Column(path) => path.hops.iter().for_each(|hop| self.dataset(hop.to)),
            RowKind::Inner(inner) => {
                self.dataset(inner.aggregate.dataset);
                inner.aggregate.exprs().for_each(|expr| self.expr(expr));
                let links = inner.links.iter().flat_map(|link| [&link.outer, &link.inner]);
                let times = inner.within.iter().flat_map(Within::times);
                links.chain(times).for_each(|expr| self.expr(expr));
            }
            RowKind::Segment(asked) if self.segments.insert(asked.segment) => {
                let world = self.world;
                let segment = &world.model[asked.segment];
                self.dataset(segment.members);
                segment.conditions().for_each(|condition| self.expr(condition));
            }
            _ => {}
        }
        expr.each_child(&mut |child| self.expr(child));
    }
}
