//! Links: from a row to the members that it is about, to their rows and to what was true of them.

use super::Binder;
use crate::tree::{
    ColumnId, Dataset, DatasetId, DatasetKind, EntityId, Hop, InSegment, Path, RowExpr, SegmentAt,
    SegmentId, ValidAt,
};

/// Where a path ends: in a column, in the key of a member (several columns where it is composite), or in a segment.
pub(super) enum End {
    Columns(Vec<Path>),
    Segment(InSegment),
}

/// A row that is reached over links.
type Place = (DatasetId, Vec<Hop>);

impl Binder<'_> {
    /// Follows names from a row. `at`: as of when what changes in time is read.
    pub(super) fn follow(&self, start: DatasetId, names: &[&str], at: ValidAt) -> End {
        if let Some((place, segment, entity)) = self.score_at_the_end(names)
            && (names.len() > 1 || self.model[start].column(names[0]).is_none())
        {
            return self.of_score(start, &names[..place], (segment, entity), at);
        }
        if let [name] = names
            && self.model[start].column(name).is_none()
            && self.entity(name).is_none()
            && let Some(own) = self.entity_of_home(start)
        {
            // Of a member are bare also its segments, and what its history tells.
            let entity = self.model[own].name.clone();
            return self.onward((start, Vec::new()), &[&entity, name], at);
        }
        self.onward((start, Vec::new()), names, at)
    }

    /// What a score says of the member that a path leads to; of the member itself where there is none.
    fn of_score(
        &self,
        start: DatasetId,
        links: &[&str],
        (segment, entity): (SegmentId, EntityId),
        at: ValidAt,
    ) -> End {
        let own = [self.model[entity].name.as_str()];
        let links = if links.is_empty() { &own } else { links };
        let End::Columns(key) = self.onward((start, Vec::new()), links, at) else {
            panic!("{links:?} is no member")
        };
        let at = match at {
            ValidAt::Row => SegmentAt::DayBefore,
            ValidAt::End => SegmentAt::End,
        };
        let key = key.into_iter().map(RowExpr::column).collect();
        End::Segment(InSegment { segment, key, at })
    }

    fn onward(&self, (here, mut hops): Place, names: &[&str], at: ValidAt) -> End {
        let dataset = &self.model[here];
        if let [name] = names
            && let Some(column) = dataset.column(name)
        {
            assert!(!self.waiting.contains(&(here, column)), "`{name}` is not computed yet");
            return End::Columns(vec![Path { hops, dataset: here, column }]);
        }
        let entity = self.entity(names[0]);
        let entity = entity.unwrap_or_else(|| panic!("`{names:?}` from `{}`", dataset.name));
        let key = dataset.link(entity).unwrap_or_else(|| panic!("`{names:?}` is unlinked"));
        let paths = || key_paths(&hops, here, key);
        let [_, rest @ ..] = names else { unreachable!() };
        if rest.is_empty() {
            return End::Columns(paths());
        }
        let home = self.model[entity].home;
        if let [name] = rest
            && !home.is_some_and(|home| self.has(home, name))
        {
            if let Some(segment) = self.segment(name, entity) {
                let at = match at {
                    ValidAt::Row => SegmentAt::DayBefore,
                    ValidAt::End => SegmentAt::End,
                };
                let key = paths().into_iter().map(RowExpr::column).collect();
                return End::Segment(InSegment { segment, key, at });
            }
            let (history, column) = self.history_of(entity, name);
            hops.push(into_history(here, key, history, entity, &self.model[history], at));
            return End::Columns(vec![Path { hops, dataset: history, column }]);
        }
        let home = home.unwrap_or_else(|| panic!("`{}` has no home", names[0]));
        if home != here {
            hops.push(self.hop(here, key, home));
        }
        self.onward((home, hops), rest, at)
    }

    /// Whether a name means something to the row of a home itself.
    fn has(&self, home: DatasetId, name: &str) -> bool {
        let linked = |entity| self.model[home].link(entity).is_some();
        self.model[home].column(name).is_some() || self.entity(name).is_some_and(linked)
    }

    fn entity_of_home(&self, dataset: DatasetId) -> Option<EntityId> {
        (0..self.model.entities.len())
            .map(EntityId)
            .find(|entity| self.model[*entity].members == Some(dataset))
    }

    /// The link from a key to the row of a home.
    pub(super) fn hop(&self, from: DatasetId, key: &[ColumnId], to: DatasetId) -> Hop {
        let to_columns = self.model[to].key.clone();
        Hop { from, from_columns: key.to_vec(), to, to_columns, valid: None }
    }

    /// The only history that is linked to an entity and has that column.
    fn history_of(&self, entity: EntityId, name: &str) -> (DatasetId, ColumnId) {
        let has = |(i, dataset): (usize, &Dataset)| {
            let is_history = matches!(dataset.kind, DatasetKind::History { .. });
            dataset.link(entity).filter(|_| is_history)?;
            Some((DatasetId(i), dataset.column(name)?))
        };
        let found: Vec<_> = self.model.datasets.iter().enumerate().filter_map(has).collect();
        let [one] = found[..] else {
            panic!("`{name}` of `{}` is in {} histories", self.model[entity].name, found.len())
        };
        one
    }

    /// The ways from a row of a dataset to the key of an entity that are shortest; several where that is not clear.
    pub(super) fn ways(&self, start: DatasetId, entity: EntityId) -> Vec<Vec<Path>> {
        let mut seen = vec![start];
        let mut level: Vec<Place> = vec![(start, Vec::new())];
        while !level.is_empty() {
            let found = level
                .iter()
                .filter_map(|(at, hops)| Some(key_paths(hops, *at, self.model[*at].link(entity)?)));
            let found: Vec<_> = found.collect();
            if !found.is_empty() {
                return found;
            }
            level = self.one_link_further(&level, &mut seen);
        }
        Vec::new()
    }

    /// The one way to the key of an entity.
    pub(super) fn way(&self, start: DatasetId, entity: EntityId) -> Vec<Path> {
        let mut ways = self.ways(start, entity);
        assert!(
            ways.len() == 1,
            "rows of `{}` lead to `{}` in {} ways",
            self.model[start].name,
            self.model[entity].name,
            ways.len()
        );
        ways.remove(0)
    }

    /// The homes that are one link away from these, and not met before.
    pub(super) fn one_link_further(
        &self,
        level: &[Place],
        seen: &mut Vec<DatasetId>,
    ) -> Vec<Place> {
        let mut next: Vec<Place> = Vec::new();
        for (at, hops) in level {
            for (entity, key) in &self.model[*at].entities {
                let home = self.model[*entity].home.filter(|home| !seen.contains(home));
                next.extend(home.map(|home| {
                    let hop = self.hop(*at, key, home);
                    (home, hops.iter().cloned().chain([hop]).collect())
                }));
            }
        }
        seen.extend(next.iter().map(|(home, _)| *home));
        next
    }
}

pub(super) fn key_paths(hops: &[Hop], dataset: DatasetId, key: &[ColumnId]) -> Vec<Path> {
    let path = |column: &ColumnId| Path { hops: hops.to_vec(), dataset, column: *column };
    key.iter().map(path).collect()
}

/// The link from a key to the one row of a history that is true then.
pub(super) fn into_history(
    from: DatasetId,
    key: &[ColumnId],
    to: DatasetId,
    entity: EntityId,
    history: &Dataset,
    at: ValidAt,
) -> Hop {
    let to_columns = history.link(entity).unwrap().to_vec();
    Hop { from, from_columns: key.to_vec(), to, to_columns, valid: Some(at) }
}
