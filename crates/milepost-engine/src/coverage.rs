//! Which buckets rest on data that ends before they do, or on a picture that is too old: they say less than others, and
//! are treated like partial ones.

use std::collections::{BTreeMap, BTreeSet};

use milepost_semantics::model::{DatasetId, DimensionId, Model, Window};
use milepost_semantics::time::{AsOf, Instant};

use crate::data::{Data, Pictures};
use crate::leaf::{Bounds, Leaf};
use crate::placement::placement;
use crate::reads::Reads;
use crate::request::Frame;

/// What is known of the end of datasets.
pub(crate) struct Coverage<'a> {
    model: &'a Model,
    as_of: AsOf,
    /// From when on rows are missing.
    until: BTreeMap<DatasetId, Instant>,
    pictures: &'a BTreeMap<DatasetId, Pictures>,
}

impl<'a> Coverage<'a> {
    pub(crate) fn new(model: &'a Model, data: &'a Data) -> Self {
        let ends = model.datasets.iter().enumerate().map(|(i, _)| DatasetId(i));
        let until = ends.filter_map(|id| Some((id, end_of(model, data, id)?))).collect();
        Self { model, as_of: data.as_of, until, pictures: &data.pictures }
    }

    /// The bounds of a leaf that reach beyond the data. What stands inside it is looked at up to the end of the frame, or of
    /// the last step that it takes from there, whatever its window is: that is at most too careful.
    pub(crate) fn marks(&self, leaf: &Leaf<'a>, by: &[DimensionId]) -> Vec<bool> {
        if self.until.is_empty() && self.pictures.is_empty() {
            return vec![false; leaf.bounds.len()];
        }
        let place = placement(self.model, leaf.aggregate);
        let own = leaf.aggregate.dataset;
        let mut inside = BTreeSet::new();
        let mut found = |dataset| {
            inside.insert(dataset);
        };
        Reads::new(self.model, &mut found).inside(leaf.aggregate, by);
        let mut steps = Vec::new();
        leaf.aggregate.each_aggregate(&mut |inside| {
            steps.extend(Some(inside.window).filter(|window| matches!(window, Window::Step(_))));
        });
        let calendar = &self.model.project.calendar;
        let end_inside = |frame: &Frame| {
            let ends =
                steps.iter().map(|step| Bounds::of(*step, frame, calendar, self.as_of).end());
            ends.max().map_or(frame.end, |end| end.max(frame.end))
        };
        let pictures = self.pictures.get(&own).filter(|_| place.is_picture());
        let marks = leaf.bounds.iter().zip(&leaf.frames).map(|(bounds, frame)| {
            let end = bounds.end();
            let late = pictures.is_some_and(|pictures| match bounds {
                Bounds::MeanAt(instants) => instants.iter().any(|at| pictures.are_old_at(*at)),
                Bounds::At(instant) => pictures.are_old_at(*instant),
                Bounds::Range { .. } => false,
            });
            let beyond = |dataset: &DatasetId, end: Instant| {
                self.until.get(dataset).is_some_and(|until| end > *until)
            };
            let inner = end_inside(frame);
            late || beyond(&own, end)
                || inside.iter().any(|dataset| {
                    let old = self.pictures.get(dataset);
                    beyond(dataset, inner) || old.is_some_and(|old| old.are_old_at(frame.end))
                })
        });
        marks.collect()
    }
}

/// From when on rows of a dataset are missing: as it says itself, else where its newest row is older than it promises
/// never to be.
fn end_of(model: &Model, data: &Data, id: DatasetId) -> Option<Instant> {
    let (dataset, calendar) = (&model[id], &model.project.calendar);
    if dataset.complete.until.is_some() {
        return dataset.complete_until(calendar);
    }
    let newest = data.status(id)?.newest?;
    let end = calendar.shift(newest, dataset.freshness?.error_after?, false);
    (end < data.as_of.end).then_some(end)
}
