//! What aggregates and rows read, as definitions with their roles.

use std::collections::BTreeSet;

use super::{Node, Role};
use crate::model::reads::{Read, Reader, Walk};
use crate::model::{ColumnSource, Model};

/// Everything that was read so far, and as what.
#[derive(Debug)]
pub(super) struct Reads<'m> {
    model: &'m Model,
    pub(super) found: BTreeSet<(Node, Role)>,
}

impl<'m> Reads<'m> {
    /// What a walk is shown.
    pub(super) fn of(
        model: &'m Model,
        walk: impl FnOnce(&mut Walk<'_, &'m Model, Self>),
    ) -> BTreeSet<(Node, Role)> {
        let mut reads = Self { model, found: BTreeSet::new() };
        walk(&mut Walk { definitions: model, reader: &mut reads });
        reads.found
    }
}

/// Columns and segments have lineages of their own.
impl<'m> Reader<'m> for Reads<'m> {
    fn read(&mut self, read: Read<'m>, role: Role) -> bool {
        let (node, enters) = match read {
            Read::Expr(_) | Read::Inner(_) => return true,
            // Where a link leads, its entity says.
            Read::Rows(_) if role != Role::Rows => return false,
            Read::Rows(id) => (Node::Dataset(id), false),
            // It stands for the label and the key of a member.
            Read::Column((id, column))
                if matches!(self.model[id][column].source, ColumnSource::MemberName(_)) =>
            {
                return true;
            }
            Read::Column((id, column)) => (Node::Column(id, column), false),
            Read::Lives { decides, .. } => return decides,
            Read::Hop(hop) => (Node::Entity(hop.entity), true),
            Read::Segment(id) => (Node::Segment(id), false),
            Read::Behavior(id) => (Node::Behavior(id), false),
            Read::Members(id) => (Node::Entity(id), false),
        };
        let role = match role {
            Role::Wait | Role::Look => Role::Time,
            role => role,
        };
        self.found.insert((node, role));
        enters
    }
}
