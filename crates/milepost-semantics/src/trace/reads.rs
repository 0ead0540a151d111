//! What aggregates and rows read.

use std::collections::BTreeSet;

use super::{Node, Role};
use crate::model::{Aggregate, DatasetKind, Model, Path, RowExpr};

/// Everything that was read so far, and as what.
#[derive(Debug, Default)]
pub(super) struct Reads {
    pub(super) found: BTreeSet<(Node, Role)>,
}

impl Reads {
    pub(super) fn aggregate(&mut self, model: &Model, aggregate: &Aggregate) {
        let id = aggregate.dataset;
        self.found.insert((Node::Dataset(id), Role::Rows));
        aggregate.args.iter().for_each(|arg| self.row(arg, Role::Value));
        aggregate.filter.iter().for_each(|filter| self.row(filter, Role::Condition));
        match (&aggregate.on, model[id].kind) {
            (Some(on), _) => self.row(on, Role::Time),
            (None, DatasetKind::Attributes) => {}
            (None, DatasetKind::History { from, to }) => {
                self.found.insert((Node::Column(id, from), Role::Time));
                self.found.insert((Node::Column(id, to), Role::Time));
            }
            (None, DatasetKind::Snapshot { time, .. } | DatasetKind::Events { time }) => {
                self.found.insert((Node::Column(id, time), Role::Time));
            }
        }
    }

    pub(super) fn row(&mut self, row: &RowExpr, role: Role) {
        row.each_path(&mut |path| self.path(path, role));
    }

    pub(super) fn path(&mut self, path: &Path, role: Role) {
        for hop in &path.hops {
            self.found.insert((Node::Entity(hop.entity), Role::Link(hop.entity)));
            for (from, to) in hop.from_columns.iter().zip(&hop.to_columns) {
                let link = Role::Link(hop.entity);
                self.found.insert((Node::Column(hop.from, *from), link));
                self.found.insert((Node::Column(hop.to, *to), link));
            }
        }
        self.found.insert((Node::Column(path.dataset, path.column), role));
    }
}
