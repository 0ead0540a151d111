//! Which datasets an aggregate reads, wherever they stand in it.

use std::collections::BTreeSet;

use milepost_semantics::model::reads::{Read, Reader, Role, Walk};
use milepost_semantics::model::{
    Aggregate, ColumnSource, DatasetId, DimensionId, Model, Place, SegmentId,
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
        Walk { definitions: self.model, reader: self }.rows(id, Role::Rows);
    }

    /// What an aggregate reads beside its own rows, sliced.
    pub(crate) fn inside(&mut self, aggregate: &'m Aggregate, by: &[DimensionId]) {
        let mut walk = Walk { definitions: self.model, reader: self };
        walk.exprs(aggregate);
        walk.slices(aggregate, by);
    }
}

impl<'m> Reader<'m> for Reads<'m, '_> {
    fn read(&mut self, read: Read<'m>, role: Role) -> bool {
        match read {
            Read::Rows(id) => {
                (self.found)(id);
                true
            }
            // What tells rows apart is looked up in their own dataset.
            Read::Column(_) if matches!(role, Role::Key | Role::Currency) => false,
            // A column may be computed over links.
            Read::Column((id, column)) => {
                matches!(self.model[id][column].source, ColumnSource::Computed(_))
                    && self.columns.insert((id, column))
            }
            Read::Segment(id) => self.segments.insert(id),
            // What is looked at from there is read by the aggregate that looks.
            Read::Expr(_) => role != Role::Look,
            Read::Hop(_) | Read::Inner(_) => true,
            Read::Lives { .. } | Read::Behavior(_) | Read::Members(_) => false,
        }
    }
}
