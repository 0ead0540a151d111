//! What a name stands for. Entities, datasets, behaviors, segments and metrics share one namespace, so no order matters.

use milepost::syntax::ast::{BehaviorSpec, MetricSpec};
use milepost::syntax::span::Spanned;

use super::Binder;
use crate::tree::{DatasetId, EntityId, SegmentId};

/// The position of the definition of that name.
fn place<'l, T>(
    list: &'l [T],
    name: &str,
    of: impl Fn(&'l T) -> &'l Spanned<String>,
) -> Option<usize> {
    list.iter().position(|spec| of(spec).node == name)
}

impl<'p> Binder<'p> {
    pub(super) fn entity(&self, name: &str) -> Option<EntityId> {
        place(&self.package.entities, name, |spec| &spec.name).map(EntityId)
    }

    pub(super) fn dataset(&self, name: &str) -> Option<DatasetId> {
        place(&self.package.datasets, name, |spec| &spec.name).map(DatasetId)
    }

    pub(super) fn segment(&self, name: &str, of: EntityId) -> Option<SegmentId> {
        let id = place(&self.package.segments, name, |spec| &spec.name)?;
        let entity = self.package.segments[id].of.as_ref().unwrap();
        (self.entity(&entity.node) == Some(of)).then_some(SegmentId(id))
    }

    pub(super) fn behavior(&self, name: &str) -> Option<&'p BehaviorSpec> {
        let id = place(&self.package.behaviors, name, |spec| &spec.name)?;
        Some(&self.package.behaviors[id])
    }

    pub(super) fn metric(&self, name: &str) -> Option<&'p MetricSpec> {
        let id = place(&self.package.metrics, name, |spec| &spec.name)?;
        Some(&self.package.metrics[id])
    }
}

/// The names of a path.
pub(super) fn words(path: &[Spanned<String>]) -> Vec<&str> {
    path.iter().map(|name| name.node.as_str()).collect()
}
