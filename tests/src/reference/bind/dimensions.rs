//! Dimensions, and the value of each that a row of a dataset has.

use std::collections::{BTreeMap, BTreeSet};

use super::Binder;
use super::path::{into_history, key_paths};
use crate::tree::{
    Column, ColumnId, ColumnSource, DatasetId, DatasetKind, Dimension, DimensionId, EntityId, Hop,
    InSegment, MemberName, Path, RowExpr, RowKind, SegmentAt, SegmentId, Type, ValidAt,
};

/// A column of a dataset.
type Place = (DatasetId, ColumnId);

/// Where the values of a dimension are.
enum Source {
    /// Columns; and where one column of a history alone is among them, that one.
    Columns(Vec<Place>, Option<Place>),
    Entity(EntityId),
    Segment(EntityId, SegmentId),
}

impl Binder<'_> {
    pub(super) fn dimension(&self, name: &str) -> Option<DimensionId> {
        self.model.dimensions.iter().position(|found| found.name == name).map(DimensionId)
    }

    pub(super) fn dimensions(&mut self) {
        let sources = self.sources();
        self.name_members();
        for (name, source) in sources {
            let segment = match source {
                Source::Segment(_, id) => Some(id),
                _ => None,
            };
            self.add(&name, segment, &|binder, dataset| binder.at_end(dataset, &source));
            if matches!(source, Source::Segment(..) | Source::Columns(_, Some(_))) {
                self.add(&format!("{name} at event"), segment, &|binder, dataset| {
                    binder.at_event(dataset, &source)
                });
            }
        }
    }

    /// Members with a label are called by it in results, with the key behind it where it alone could mean another.
    fn name_members(&mut self) {
        for id in (0..self.model.entities.len()).map(EntityId) {
            let entity = &self.model[id];
            let (Some(home), Some(label)) = (entity.home, entity.label_column) else { continue };
            let key = self.model[home].link(id).unwrap();
            let told = key.iter().all(|column| !self.model[home][*column].pii);
            assert!(told, "members of {} are numbered", entity.name);
            let column = Column {
                name: format!("(name of {})", entity.name),
                source: ColumnSource::MemberName(MemberName { entity: id, label }),
                ty: Type::Text,
                dimension: None,
                pii: false,
                planned: false,
            };
            self.model.datasets[home.0].columns.push(column);
        }
    }

    fn add(
        &mut self,
        name: &str,
        segment: Option<SegmentId>,
        value: &dyn Fn(&Self, DatasetId) -> Option<RowExpr>,
    ) {
        let id = DimensionId(self.model.dimensions.len());
        self.model.dimensions.push(Dimension { name: name.to_owned(), segment });
        for dataset in (0..self.model.datasets.len()).map(DatasetId) {
            if let Some(value) = value(self, dataset) {
                self.model.datasets[dataset.0].reach.insert(id, value);
            }
        }
    }

    /// All dimensions by their names, in the order of their rules.
    fn sources(&self) -> BTreeMap<String, Source> {
        let mut all = BTreeMap::new();
        let mut declared: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for (place, column) in self.columns() {
            if let Some(name) = &column.dimension {
                declared.entry(name.clone()).or_default().push(place);
            }
        }
        for (name, places) in declared {
            let told = places.iter().copied().filter(|place| self.is_told(*place));
            let told: Vec<_> = told.collect();
            let history = if let [one] = told[..] { Some(one) } else { None };
            all.insert(name, Source::Columns(places, history));
        }
        for (i, spec) in self.package.segments.iter().enumerate() {
            let of = self.entity(&spec.of.as_ref().unwrap().node).unwrap();
            let found = all.insert(spec.name.node.clone(), Source::Segment(of, SegmentId(i)));
            assert!(found.is_none(), "two dimensions are `{}`", spec.name.node);
        }
        for found in self.score_names() {
            if [".band", ".drag"].iter().any(|end| found.name.ends_with(end)) {
                all.insert(found.name, Source::Segment(found.of, found.id));
            }
        }
        for id in (0..self.model.entities.len()).map(EntityId) {
            let entity = &self.model[id];
            // A composite key is no single value.
            if entity.key.len() == 1 || entity.label_column.is_some() {
                all.entry(entity.name.clone()).or_insert(Source::Entity(id));
            }
        }
        for (name, places) in self.of_homes() {
            if let [place] = places[..] {
                all.entry(name).or_insert_with(|| Source::Columns(vec![place], None));
            }
        }
        for (name, places) in self.of_histories() {
            if let [place] = places[..] {
                let source = || Source::Columns(vec![place], Some(place));
                all.entry(name).or_insert_with(source);
            }
        }
        all
    }

    fn columns(&self) -> impl Iterator<Item = (Place, &Column)> {
        let all = self.model.datasets.iter().enumerate();
        all.flat_map(|(d, dataset)| {
            let columns = dataset.columns.iter().enumerate();
            columns.map(move |(c, column)| ((DatasetId(d), ColumnId(c)), column))
        })
    }

    /// Columns of homes by their own names.
    fn of_homes(&self) -> BTreeMap<String, Vec<Place>> {
        let homes: BTreeSet<DatasetId> =
            self.model.entities.iter().filter_map(|e| e.home).collect();
        let mut found: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for (place, column) in self.columns().filter(|(place, _)| homes.contains(&place.0)) {
            let links = &self.model[place.0].entities;
            let is_key = links.iter().any(|(_, key)| key.contains(&place.1));
            let fits = matches!(column.ty, Type::Text | Type::Boolean | Type::Integer);
            if fits && !is_key && !column.pii && column.dimension.is_none() {
                found.entry(column.name.clone()).or_default().push(place);
            }
        }
        found
    }

    /// Columns of entities' histories by their own names.
    fn of_histories(&self) -> BTreeMap<String, Vec<Place>> {
        let mut found: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for (place, column) in self.columns().filter(|(place, _)| self.is_told(*place)) {
            let fits = matches!(column.ty, Type::Text | Type::Boolean);
            if fits && !column.pii && column.dimension.is_none() {
                found.entry(column.name.clone()).or_default().push(place);
            }
        }
        found
    }

    /// Whether a column tells something of the members whose history it belongs to.
    fn is_told(&self, (dataset, column): Place) -> bool {
        let dataset = &self.model[dataset];
        let DatasetKind::History { from, to } = dataset.kind else { return false };
        let is_key = dataset.entities.iter().any(|(_, key)| key.contains(&column));
        !dataset.entities.is_empty() && column != from && column != to && !is_key
    }

    /// The value of a row, as it is at the end of the bucket.
    fn at_end(&self, dataset: DatasetId, source: &Source) -> Option<RowExpr> {
        match source {
            Source::Columns(places, history) => match self.nearest_column(dataset, places) {
                Nearest::One(path) => Some(RowExpr::column(path)),
                Nearest::Several => None,
                Nearest::None => self.in_history(dataset, (*history)?, ValidAt::End),
            },
            Source::Entity(entity) => self.stands_for(dataset, *entity).map(RowExpr::column),
            Source::Segment(entity, id) => self.in_segment(dataset, *entity, *id, SegmentAt::End),
        }
    }

    /// The value of a row that has a time, as it was then.
    fn at_event(&self, dataset: DatasetId, source: &Source) -> Option<RowExpr> {
        self.model[dataset].time()?;
        match source {
            Source::Columns(_, history) => self.in_history(dataset, (*history)?, ValidAt::Row),
            Source::Segment(entity, id) => {
                self.in_segment(dataset, *entity, *id, SegmentAt::DayBefore)
            }
            Source::Entity(_) => None,
        }
    }

    fn nearest_column(&self, start: DatasetId, places: &[Place]) -> Nearest {
        let mut seen = vec![start];
        let mut level: Vec<(DatasetId, Vec<Hop>)> = vec![(start, Vec::new())];
        while !level.is_empty() {
            let found = level.iter().flat_map(|(at, hops)| {
                let here = places.iter().filter(move |(dataset, _)| dataset == at);
                here.map(|(dataset, column)| Path {
                    hops: hops.clone(),
                    dataset: *dataset,
                    column: *column,
                })
            });
            let mut found: Vec<Path> = found.collect();
            match found.len() {
                0 => level = self.one_link_further(&level, &mut seen),
                1 => return Nearest::One(found.remove(0)),
                _ => return Nearest::Several,
            }
        }
        Nearest::None
    }

    /// The nearest key of an entity, if there is one way to it.
    fn nearest_key(&self, start: DatasetId, entity: EntityId) -> Option<Vec<Path>> {
        let mut ways = self.ways(start, entity);
        (ways.len() == 1).then(|| ways.remove(0))
    }

    /// What a member is called: its name, else its key as it is in the rows.
    fn stands_for(&self, dataset: DatasetId, entity: EntityId) -> Option<Path> {
        let key = self.nearest_key(dataset, entity)?;
        let named = |column: &Column| match &column.source {
            ColumnSource::MemberName(name) => name.entity == entity,
            _ => false,
        };
        let home = self.model[entity].home;
        let column = home.and_then(|home| self.model[home].columns.iter().position(named));
        let (Some(home), Some(column)) = (home, column.map(ColumnId)) else {
            return key.into_iter().next();
        };
        let (at, mut hops) = (key[0].dataset, key[0].hops.clone());
        if at != home {
            let columns: Vec<ColumnId> = key.iter().map(|path| path.column).collect();
            hops.push(self.hop(at, &columns, home));
        }
        Some(Path { hops, dataset: home, column })
    }

    fn in_history(
        &self,
        dataset: DatasetId,
        (history, column): Place,
        at: ValidAt,
    ) -> Option<RowExpr> {
        if dataset == history {
            let path = key_paths(&[], dataset, &[column]).remove(0);
            return Some(RowExpr::column(path));
        }
        let entities = self.model[history].entities.iter().map(|(entity, _)| *entity);
        let mut ways: Vec<(EntityId, Vec<Path>)> = entities
            .flat_map(|entity| {
                let ways = self.ways(dataset, entity).into_iter();
                ways.map(|way| (entity, way)).collect::<Vec<_>>()
            })
            .collect();
        if ways.len() != 1 {
            return None;
        }
        let (entity, key) = ways.remove(0);
        let columns: Vec<ColumnId> = key.iter().map(|path| path.column).collect();
        let mut hops = key[0].hops.clone();
        hops.push(into_history(
            key[0].dataset,
            &columns,
            history,
            entity,
            &self.model[history],
            at,
        ));
        Some(RowExpr::column(Path { hops, dataset: history, column }))
    }

    fn in_segment(
        &self,
        dataset: DatasetId,
        entity: EntityId,
        segment: SegmentId,
        at: SegmentAt,
    ) -> Option<RowExpr> {
        let key = self.nearest_key(dataset, entity)?.into_iter().map(RowExpr::column).collect();
        Some(RowExpr { kind: RowKind::Segment(Box::new(InSegment { segment, key, at })) })
    }
}

/// The nearest column of some.
enum Nearest {
    One(Path),
    Several,
    None,
}
