//! Dimensions whose values change in time: segments, and attributes of entities as their histories tell them.

use std::collections::BTreeMap;

use crate::check::Checker;
use crate::model::{
    ColumnId, DatasetId, DatasetKind, Dimension, DimensionId, EntityId, Hop, Path, SegmentAt,
    SegmentId, Type, ValidAt,
};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

/// A dimension that members move in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moving {
    value: Value,
    /// As of the row's own time, rather than of the end of the bucket.
    at_event: bool,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    /// Of the members of an entity.
    Segment(EntityId, SegmentId),
    /// Of the members of each entity whose key the history has.
    History(DatasetId, ColumnId),
}

/// What follows the name of a dimension that is asked as of the row's own time.
pub(crate) const AT_EVENT: &str = " at event";

impl Checker<'_, '_> {
    /// All segments, each also as of the event. `taken`: whether a column is a dimension of that name.
    pub(crate) fn segment_dimensions(
        &mut self,
        taken: impl Fn(&str) -> bool,
    ) -> BTreeMap<String, Moving> {
        let mut found = BTreeMap::new();
        for entity in (0..self.resolved.entities.len()).map(EntityId) {
            let list = self.segments_of(entity).into_iter().filter(|(id, _)| {
                let derived = self.resolved.package.segments[id.0].derived.as_ref();
                derived.is_none_or(|derived| derived.is_dimension)
            });
            let list: Vec<_> = list.map(|(id, name)| (id, name.clone())).collect();
            for (id, name) in list {
                if taken(&name.node) {
                    let message = format!(
                        "`{}` is a dimension already: a column has `dimension: {0}`",
                        name.node
                    );
                    self.diagnostics.push(
                        Diagnostic::error(codes::DUPLICATE_DEFINITION, name.span, message).help(
                            "a segment is a dimension of its own name: rename one of the two",
                        ),
                    );
                    continue;
                }
                both(&mut found, &name.node, Value::Segment(entity, id));
            }
        }
        found
    }

    /// Columns of entities' histories, by their own names, where one history alone has them.
    pub(crate) fn history_dimensions(
        &self,
        taken: impl Fn(&str) -> bool,
    ) -> BTreeMap<String, Moving> {
        let mut places: BTreeMap<&str, Vec<(DatasetId, ColumnId)>> = BTreeMap::new();
        for (i, table) in self.resolved.tables.iter().enumerate() {
            for (c, column) in table.dataset.columns.iter().enumerate() {
                let (dataset, id) = (DatasetId(i), ColumnId(c));
                let fits = self.is_told(dataset, id)
                    && matches!(column.ty, Type::Text | Type::Boolean)
                    && !column.pii;
                if fits && !table.dimensions.contains_key(&id) && !taken(&column.name) {
                    places.entry(&column.name).or_default().push((dataset, id));
                }
            }
        }
        let mut found = BTreeMap::new();
        for (name, places) in places {
            if let [(dataset, column)] = places.as_slice() {
                both(&mut found, name, Value::History(*dataset, *column));
            }
        }
        found
    }

    /// Remembers which names would be dimensions of a history if they were not personal data.
    pub(crate) fn personal_histories(&mut self) {
        for (i, table) in self.resolved.tables.iter().enumerate() {
            for (c, column) in table.dataset.columns.iter().enumerate() {
                let place = (DatasetId(i), ColumnId(c));
                if column.pii && self.is_told(place.0, place.1) {
                    self.dimensions.personal.entry(column.name.clone()).or_insert(place);
                }
            }
        }
    }

    /// Of a dimension that columns declare: the attribute of an entity's history, where one history alone has it; as it is
    /// at the end of the bucket, and as it was at the event.
    pub(crate) fn declared_history(
        &self,
        columns: &[(DatasetId, ColumnId)],
    ) -> Option<(Moving, Moving)> {
        let mut found = columns.iter().filter(|(dataset, column)| self.is_told(*dataset, *column));
        let (Some((dataset, column)), None) = (found.next(), found.next()) else { return None };
        let value = Value::History(*dataset, *column);
        let moving = |at_event| Moving { value, at_event };
        Some((moving(false), moving(true)))
    }

    /// Whether a column of a history is an attribute of the members whose keys it has.
    fn is_told(&self, dataset: DatasetId, column: ColumnId) -> bool {
        let dataset = self.dataset(dataset);
        let DatasetKind::History { from, to } = dataset.kind else { return false };
        let mut keys = dataset.entities.iter().flat_map(|(_, columns)| columns);
        !dataset.entities.is_empty()
            && column != from
            && column != to
            && !dataset[column].is_unspoken()
            && !keys.any(|c| *c == column)
    }

    pub(crate) fn moving_dimension(&self, name: &str, found: &Moving) -> Dimension {
        let (label, ty, segment) = match found.value {
            Value::Segment(_, id) => {
                let spec = &self.resolved.package.segments[id.0];
                let ty = self.meaning_of_segment(id).ty;
                (spec.meta.label.as_ref().map(|l| l.node.clone()), ty, Some(id))
            }
            Value::History(dataset, column) => {
                let column = &self.dataset(dataset)[column];
                (column.label.clone(), column.ty, None)
            }
        };
        Dimension { name: name.to_owned(), label, ty, segment }
    }

    /// Fills in the value that a row of the dataset has, if it belongs to one member.
    pub(crate) fn reach_moving(&mut self, dataset: DatasetId, id: DimensionId, found: &Moving) {
        let placed = matches!(
            self.dataset(dataset).kind,
            DatasetKind::Events { .. } | DatasetKind::Snapshot { .. }
        );
        if found.at_event && !placed {
            return;
        }
        if let Value::History(own, column) = found.value
            && own == dataset
        {
            let path = Path { hops: Vec::new(), dataset, column };
            self.reached(dataset, id, path);
            return;
        }
        let mut ways = self.ways_to_members(dataset, found.value);
        if ways.len() > 1 {
            let words = ways.iter();
            let words = words.map(|(entity, _, hops)| match found.value {
                Value::Segment(..) => self.way_text(hops, None, id),
                Value::History(..) => self.way_text(hops, Some(*entity), id),
            });
            let words = words.collect();
            self.dimensions.ambiguous.insert((dataset, id), words);
            return;
        }
        let Some((entity, at, hops)) = ways.pop() else { return };
        let Some(columns) = self.dataset(at).entity_key(entity).map(<[_]>::to_vec) else {
            return;
        };
        match found.value {
            Value::Segment(_, segment) => {
                let path = |column| Path { hops: hops.clone(), dataset: at, column };
                let key = columns.into_iter().map(path).collect();
                let time = if found.at_event { SegmentAt::DayBefore } else { SegmentAt::End };
                let span = self.resolved.package.segments[segment.0].name.span;
                let value = self.in_segment(segment, key, time, span);
                self.resolved.tables[dataset.0].dataset.reach.insert(id, value);
            }
            Value::History(history, column) => {
                let Some(to) = self.dataset(history).entity_key(entity) else { return };
                let hop = Hop {
                    entity,
                    from: at,
                    from_columns: columns,
                    to: history,
                    to_columns: to.to_vec(),
                    valid: Some(if found.at_event { ValidAt::Row } else { ValidAt::End }),
                };
                let hops = hops.into_iter().chain([hop]).collect();
                self.reached(dataset, id, Path { hops, dataset: history, column });
            }
        }
    }

    /// The nearest keys, from a row of the dataset on, of the members whose value it is.
    fn ways_to_members(
        &self,
        dataset: DatasetId,
        value: Value,
    ) -> Vec<(EntityId, DatasetId, Vec<Hop>)> {
        let entities = match value {
            Value::Segment(entity, _) => vec![entity],
            Value::History(history, _) => {
                self.dataset(history).entities.iter().map(|(entity, _)| *entity).collect()
            }
        };
        let way = |entity| {
            let ways = self.key_ways(dataset, entity).into_iter();
            ways.map(move |(at, hops)| (entity, at, hops))
        };
        entities.into_iter().flat_map(way).collect()
    }

    fn reached(&mut self, dataset: DatasetId, id: DimensionId, path: Path) {
        let span = self.dataset(path.dataset)[path.column].span;
        let value = self.column_node(path, span);
        self.resolved.tables[dataset.0].dataset.reach.insert(id, value);
    }

    fn way_text(&self, hops: &[Hop], of: Option<EntityId>, id: DimensionId) -> String {
        let links = hops.iter().map(|h| h.entity).chain(of);
        let links = links.map(|entity| self.resolved.entity(entity).name.as_str());
        let name = self.dimensions.list[id.0].name.as_str();
        format!("`{}`", links.chain([name]).collect::<Vec<_>>().join("."))
    }
}

fn both(found: &mut BTreeMap<String, Moving>, name: &str, value: Value) {
    found.insert(name.to_owned(), Moving { value, at_event: false });
    found.insert(format!("{name}{AT_EVENT}"), Moving { value, at_event: true });
}
