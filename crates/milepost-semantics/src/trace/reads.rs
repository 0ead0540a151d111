//! What aggregates and rows read, wherever they stand in each other.

use std::collections::BTreeSet;

use super::{Node, Role};
use crate::model::{
    Aggregate, ColumnSource, DatasetId, DatasetKind, Inner, Lives, Model, Path, RowExpr, RowKind,
};

/// Everything that was read so far, and as what.
#[derive(Debug)]
pub(super) struct Reads<'m> {
    model: &'m Model,
    pub(super) found: BTreeSet<(Node, Role)>,
}

impl<'m> Reads<'m> {
    pub(super) const fn new(model: &'m Model) -> Self {
        Self { model, found: BTreeSet::new() }
    }

    pub(super) fn aggregate(&mut self, aggregate: &Aggregate) {
        let id = aggregate.dataset;
        match (aggregate.behavior, aggregate.members) {
            (Some(behavior), _) => self.add(Node::Behavior(behavior), Role::Rows),
            (None, Some(entity)) => {
                self.add(Node::Entity(entity), Role::Rows);
                if let Some(Lives::Between { from, to }) = self.model[entity].lives
                    && let Some(home) = self.model[entity].home
                    && aggregate.on.is_none()
                {
                    let columns = std::iter::once(from).chain(to);
                    columns.for_each(|c| self.add(Node::Column(home, c), Role::Time));
                }
            }
            (None, None) => {}
        }
        self.add(Node::Dataset(id), Role::Rows);
        aggregate.args.iter().for_each(|arg| self.row(arg, Role::Value));
        aggregate.filter.iter().for_each(|filter| self.row(filter, Role::Condition));
        aggregate.waits().for_each(|time| self.row(time, Role::Time));
        match &aggregate.on {
            Some(on) => self.row(on, Role::Time),
            None => self.placed(id),
        }
    }

    /// The columns that say when a row counts, where nothing else does.
    fn placed(&mut self, id: DatasetId) {
        let (first, second) = match self.model[id].kind {
            DatasetKind::Attributes => return,
            DatasetKind::History { from, to } => (from, Some(to)),
            DatasetKind::Snapshot { time, .. } | DatasetKind::Events { time } => (time, None),
        };
        let columns = std::iter::once(first).chain(second);
        columns.for_each(|column| self.add(Node::Column(id, column), Role::Time));
    }

    pub(super) fn row(&mut self, row: &RowExpr, role: Role) {
        match &row.kind {
            RowKind::Column(path) => self.path(path, role),
            RowKind::Inner(inner) => self.inner(inner, role),
            RowKind::Segment(segment) => {
                self.add(Node::Segment(segment.segment), role);
                let of = self.model[segment.segment].of;
                segment.key.iter().for_each(|key| self.row(key, Role::Link(of)));
            }
            _ => row.each_child(&mut |child| self.row(child, role)),
        }
    }

    /// What is counted for a row is part of what the row is asked for.
    fn inner(&mut self, inner: &Inner, role: Role) {
        self.aggregate(&inner.aggregate);
        for link in &inner.links {
            self.row(&link.outer, role);
            self.row(&link.inner, Role::Condition);
        }
        let anchor = inner.within.iter().filter_map(|within| within.anchor.as_ref());
        anchor.for_each(|anchor| self.row(anchor, Role::Time));
    }

    fn path(&mut self, path: &Path, role: Role) {
        for hop in &path.hops {
            self.add(Node::Entity(hop.entity), Role::Link(hop.entity));
            for (from, to) in hop.from_columns.iter().zip(&hop.to_columns) {
                let link = Role::Link(hop.entity);
                self.add(Node::Column(hop.from, *from), link);
                self.add(Node::Column(hop.to, *to), link);
            }
            if hop.valid.is_some() {
                self.placed(hop.to);
            }
        }
        match self.model[path.dataset][path.column].source {
            ColumnSource::MemberName(name) => {
                self.add(Node::Column(path.dataset, name.label), role);
                let key = self.model[path.dataset].entity_key(name.entity).unwrap_or_default();
                key.iter().for_each(|part| self.add(Node::Column(path.dataset, *part), role));
            }
            _ => self.add(Node::Column(path.dataset, path.column), role),
        }
    }

    fn add(&mut self, node: Node, role: Role) {
        self.found.insert((node, role));
    }
}
