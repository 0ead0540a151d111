//! Computed columns that tables must have: rows are linked, told apart or placed in time by them.

use std::collections::{BTreeMap, BTreeSet};

use milepost_syntax::limits::LAYERS;

use super::reads::{Read, Reader, Role, Walk};
use super::{ColumnId, ColumnSource, Dataset, DatasetId, DatasetKind, Model, RowExpr};

/// A column of a dataset.
pub type Place = (DatasetId, ColumnId);

impl Dataset {
    /// Whether rows are linked, told apart or placed in time by the column.
    #[must_use]
    pub fn is_structural(&self, column: ColumnId) -> bool {
        let times = match self.kind {
            DatasetKind::Attributes => [None, None],
            DatasetKind::History { from, to } => [Some(from), Some(to)],
            DatasetKind::Snapshot { time, .. } | DatasetKind::Events { time } => [Some(time), None],
        };
        times.contains(&Some(column))
            || self.keeps == Some(column)
            || self.key.contains(&column)
            || self.unique.contains(&column)
            || self.entities.iter().any(|(_, key)| key.contains(&column))
    }

    /// What the column is computed from, if tables have it all the same, because it is structural.
    #[must_use]
    pub fn computed_structure(&self, column: ColumnId) -> Option<&RowExpr> {
        match &self[column].source {
            ColumnSource::Computed(value) if self.is_structural(column) => Some(value),
            _ => None,
        }
    }
}

impl Model {
    /// The computed columns that tables must have, each after everything that it is computed from: also after those of
    /// all other datasets that it looks at, whose rows must be complete then. What is computed from missing files is left
    /// out.
    #[must_use]
    pub fn computed_structure(&self) -> Vec<Place> {
        let dataset = |id: DatasetId| &self[id];
        let mut all = order(&dataset, self.datasets.len()).0;
        let mut lost = BTreeSet::new();
        all.retain(|place| {
            let Some(value) = self[place.0].computed_structure(place.1) else { return false };
            let reads = Reads::of(&dataset, place.0, value);
            let is_lost = reads.datasets.iter().any(|id| self[*id].missing)
                || reads.structure.iter().any(|other| lost.contains(other));
            if is_lost {
                lost.insert(*place);
            }
            !is_lost
        });
        all
    }
}

/// Why columns have no order.
pub(crate) enum Knot {
    /// They are computed from each other.
    Ring(Vec<Place>),
    /// It is the last of more than [`LAYERS`] in a row.
    Deep(Place),
}

/// The same of datasets, and why some have no order.
pub(crate) fn order<'m>(
    dataset: &dyn Fn(DatasetId) -> &'m Dataset,
    datasets: usize,
) -> (Vec<Place>, Vec<Knot>) {
    let mut structure: BTreeMap<DatasetId, Vec<Place>> = BTreeMap::new();
    for id in (0..datasets).map(DatasetId) {
        let columns = (0..dataset(id).columns.len()).map(ColumnId);
        let computed = columns.filter(|c| dataset(id).computed_structure(*c).is_some());
        structure.insert(id, computed.map(|c| (id, c)).collect());
    }
    let mut walk = Order {
        dataset,
        structure,
        open: vec![],
        done: vec![],
        seen: BTreeSet::new(),
        knots: vec![],
    };
    let all: Vec<Place> = walk.structure.values().flatten().copied().collect();
    all.into_iter().for_each(|place| walk.visit(place));
    (walk.done, walk.knots)
}

struct Order<'a, 'm> {
    dataset: &'a dyn Fn(DatasetId) -> &'m Dataset,
    structure: BTreeMap<DatasetId, Vec<Place>>,
    open: Vec<Place>,
    done: Vec<Place>,
    seen: BTreeSet<Place>,
    knots: Vec<Knot>,
}

impl Order<'_, '_> {
    fn visit(&mut self, place: Place) {
        if self.seen.contains(&place) {
            return;
        }
        if let Some(at) = self.open.iter().position(|open| *open == place) {
            return self.tie(Knot::Ring(self.open[at..].to_vec()));
        }
        if self.open.len() >= LAYERS {
            return self.tie(Knot::Deep(place));
        }
        let Some(value) = (self.dataset)(place.0).computed_structure(place.1) else { return };
        let reads = Reads::of(self.dataset, place.0, value);
        self.open.push(place);
        let others = reads.datasets.iter().flat_map(|id| self.structure[id].clone());
        let needed: Vec<Place> = others.chain(reads.structure).collect();
        needed.into_iter().for_each(|place| self.visit(place));
        self.open.pop();
        self.seen.insert(place);
        self.done.push(place);
    }

    /// Keeps a knot, unless one is known that it is part of.
    fn tie(&mut self, knot: Knot) {
        let known = self.knots.iter().any(|known| match (known, &knot) {
            (Knot::Ring(known), Knot::Ring(ring)) => known.iter().any(|place| ring.contains(place)),
            (Knot::Deep(_), Knot::Deep(_)) => true,
            _ => false,
        });
        if !known {
            self.knots.push(knot);
        }
    }
}

/// What an expression over the rows of a dataset reads.
struct Reads<'a, 'm> {
    dataset: &'a dyn Fn(DatasetId) -> &'m Dataset,
    from: DatasetId,
    /// Other datasets.
    datasets: BTreeSet<DatasetId>,
    /// Computed columns that tables have.
    structure: BTreeSet<Place>,
    seen: BTreeSet<Place>,
}

impl<'a, 'm> Reads<'a, 'm> {
    fn of(
        dataset: &'a dyn Fn(DatasetId) -> &'m Dataset,
        from: DatasetId,
        value: &'m RowExpr,
    ) -> Self {
        let mut reads = Self {
            dataset,
            from,
            datasets: BTreeSet::new(),
            structure: BTreeSet::new(),
            seen: BTreeSet::new(),
        };
        Walk { definitions: dataset, reader: &mut reads }.expr(value, Role::Value);
        reads
    }
}

impl<'m> Reader<'m> for Reads<'_, 'm> {
    fn read(&mut self, read: Read<'m>, role: Role) -> bool {
        let (id, column) = match read {
            Read::Column(place) if role != Role::Currency => place,
            Read::Expr(_) | Read::Hop(_) => return true,
            _ => return false,
        };
        if !self.seen.insert((id, column)) {
            return false;
        }
        if id != self.from {
            self.datasets.insert(id);
        }
        let dataset = (self.dataset)(id);
        if dataset.computed_structure(column).is_some() {
            self.structure.insert((id, column));
            return false;
        }
        matches!(dataset[column].source, ColumnSource::Computed(_))
    }
}
