//! The leaves of all requests of a run. Equal ones are one, and are computed once.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use milepost_plan::typed_ids;
use milepost_semantics::model::{DimensionId, Model, canonical};

use crate::error::EngineError;
use crate::ids::{ById, Id};
use crate::job::Job;
use crate::leaf::{Leaf, LeafId, LeafTable};
use crate::rows;

typed_ids! {
    /// A leaf, whoever asks for it.
    pub(crate) SharedId
    /// A leaf that is a merge of states.
    pub(crate) MergedId
}

/// What computes a leaf.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LeafSource {
    Merged(MergedId),
    /// Row-by-row evaluation, which has the cells of all of them before any is asked for.
    Judged,
}

/// A leaf with what its request slices by.
pub(crate) type SlicedLeaf<'a> = (&'a Leaf<'a>, &'a [DimensionId]);

/// A leaf with what computes it, and how often it is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SharedLeaf<'a> {
    pub(crate) leaf: &'a Leaf<'a>,
    by: &'a [DimensionId],
    pub(crate) source: LeafSource,
    uses: usize,
}

/// The leaves of all jobs: what depends on the bucket or on other rows is evaluated row by row, the rest is a merge of
/// states.
#[derive(Default)]
pub(crate) struct SharedLeaves<'a> {
    pub(crate) leaves: ById<SharedId, SharedLeaf<'a>>,
    pub(crate) merged: Vec<SlicedLeaf<'a>>,
    pub(crate) judged: Vec<SlicedLeaf<'a>>,
    /// By the canonical texts of their aggregates.
    known: BTreeMap<String, Vec<SharedId>>,
}

impl<'a> SharedLeaves<'a> {
    /// The leaves of a job, in their order.
    pub(crate) fn of(&mut self, model: &Model, job: &'a Job<'a>) -> ById<LeafId, SharedId> {
        job.leaves().map(|leaf| self.leaf(model, leaf)).collect()
    }

    /// Aggregates of equal text over equal bounds have equal cells.
    fn leaf(&mut self, model: &Model, (leaf, by): SlicedLeaf<'a>) -> SharedId {
        let known = self.known.entry(canonical::aggregate(model, leaf.aggregate)).or_default();
        let is_equal = |id: &&SharedId| {
            let other = self.leaves[**id];
            other.by == by
                && other.leaf.in_blocks == leaf.in_blocks
                && other.leaf.bounds == leaf.bounds
                && other.leaf.frames == leaf.frames
        };
        if let Some(found) = known.iter().find(is_equal).copied() {
            self.leaves[found].uses += 1;
            return found;
        }
        let source = if rows::is_evaluated_by_row(model, leaf, by) {
            self.judged.push((leaf, by));
            LeafSource::Judged
        } else {
            self.merged.push((leaf, by));
            LeafSource::Merged(MergedId::new(self.merged.len() - 1))
        };
        let id = self.leaves.push(SharedLeaf { leaf, by, source, uses: 1 });
        known.push(id);
        id
    }

    /// Room for their cells, with those of `judged` leaves, in the order in which they are listed.
    pub(crate) fn tables(&self, judged: Vec<LeafTable>) -> SharedTables {
        let mut judged = judged.into_iter().map(Arc::new);
        SharedTables(self.leaves.map(|_, leaf| {
            let table = match leaf.source {
                LeafSource::Judged => judged.next(),
                LeafSource::Merged(_) => None,
            };
            Mutex::new(Held { left: leaf.uses, table })
        }))
    }
}

/// The cells of leaves, each held from the first that asks for it to the last.
pub(crate) struct SharedTables(ById<SharedId, Mutex<Held>>);

struct Held {
    /// How often it will be asked for.
    left: usize,
    table: Option<Arc<LeafTable>>,
}

impl SharedTables {
    /// The cells of a leaf; `compute` is asked by the first, and others wait for it.
    ///
    /// # Errors
    /// Those of `compute`.
    pub(crate) fn table(
        &self,
        id: SharedId,
        compute: impl FnOnce() -> Result<LeafTable, EngineError>,
    ) -> Result<Arc<LeafTable>, EngineError> {
        let mut held = self.0[id].lock().unwrap_or_else(PoisonError::into_inner);
        let table = match held.table.take() {
            Some(table) => table,
            None => Arc::new(compute()?),
        };
        held.left = held.left.saturating_sub(1);
        if held.left > 0 {
            held.table = Some(Arc::clone(&table));
        }
        Ok(table)
    }
}
