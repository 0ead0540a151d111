//! Dimensions, and the way to each from a row of every dataset.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::moving::{AT_EVENT, Moving};
use crate::check::Checker;
use crate::check::definitions::personal::Place;
use crate::model::{
    ColumnId, ColumnSource, DatasetId, Dimension, DimensionId, Entity, EntityId, Hop, Path, Type,
};
use crate::resolve::Definition;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;
use milepost_syntax::{codes, suggest};

/// All dimensions of the project.
#[derive(Debug, Default)]
pub(crate) struct Dimensions {
    /// By name.
    pub(crate) list: Vec<Dimension>,
    /// Their positions by name.
    by_name: HashMap<String, DimensionId>,
    /// Those that are an entity.
    entities: BTreeMap<EntityId, DimensionId>,
    /// What members with labels are called: columns of their homes.
    names: BTreeMap<EntityId, (DatasetId, ColumnId)>,
    /// Names of home columns that several entities have, with the places.
    pub(crate) unclear: BTreeMap<String, Vec<(String, Span)>>,
    /// Names that would be dimensions if they were not personal data.
    pub(crate) personal: BTreeMap<String, Place>,
    /// Rows that have several values of a dimension, with the ways to them in words.
    pub(crate) ambiguous: BTreeMap<(DatasetId, DimensionId), Vec<String>>,
}

impl Dimensions {
    pub(crate) fn id(&self, name: &str) -> Option<DimensionId> {
        self.by_name.get(name).copied()
    }

    /// Whether the values of a dimension are members by their names.
    pub(crate) fn has_names(&self, id: DimensionId) -> bool {
        self.entities.iter().any(|(entity, own)| *own == id && self.names.contains_key(entity))
    }

    pub(crate) fn nearest(&self, name: &str) -> Option<&str> {
        suggest(name, self.list.iter().map(|d| d.name.as_str()))
    }
}

/// How many links a way may have.
pub(crate) const LONGEST: usize = 8;

/// What one dimension name stands for.
enum Source {
    Columns(Vec<(DatasetId, ColumnId)>),
    /// The column is a label that a `dimension:` of the entity's name declares.
    Entity(EntityId, Option<ColumnId>),
    /// A segment, or an attribute as it was.
    Moving(Moving),
}

impl Checker<'_, '_> {
    /// Finds every dimension and the ways to it.
    pub(crate) fn register_dimensions(&mut self) {
        let mut sources: BTreeMap<String, Source> = BTreeMap::new();
        self.declared(&mut sources);
        let histories = self.declared_histories(&mut sources);
        let moving = self.segment_dimensions(|name| sources.contains_key(name));
        sources.extend(moving.into_iter().map(|(name, found)| (name, Source::Moving(found))));
        self.entity_names(&mut sources);
        self.attributes(&mut sources);
        let moving = self.history_dimensions(|name| {
            sources.contains_key(name)
                || self.dimensions.unclear.contains_key(name)
                || self.dimensions.personal.contains_key(name)
        });
        sources.extend(moving.into_iter().map(|(name, found)| (name, Source::Moving(found))));
        self.personal_histories();
        let mut moving: Vec<(DimensionId, Moving)> = Vec::new();
        for (i, (name, source)) in sources.iter().enumerate() {
            let id = DimensionId(i);
            let dimension = match source {
                Source::Columns(columns) => self.column_dimension(id, name, columns),
                Source::Entity(entity, label) => self.entity_dimension(id, *entity, *label),
                Source::Moving(found) => {
                    moving.push((id, *found));
                    self.moving_dimension(name, found)
                }
            };
            self.dimensions.by_name.insert(name.clone(), id);
            self.dimensions.list.push(dimension);
        }
        for dataset in (0..self.resolved.tables.len()).map(DatasetId) {
            self.reach(dataset);
            for (id, found) in &moving {
                self.reach_moving(dataset, *id, found);
            }
            for (name, found) in &histories {
                let Some(id) = self.dimensions.id(name) else { continue };
                // What a home says comes before what a history says.
                let known = self.dataset(dataset).reach.contains_key(&id)
                    || self.dimensions.ambiguous.contains_key(&(dataset, id));
                if !known {
                    self.reach_moving(dataset, id, found);
                }
            }
        }
    }

    /// The declared dimensions that an entity's history tells of; adds each as of the event.
    fn declared_histories(&self, sources: &mut BTreeMap<String, Source>) -> Vec<(String, Moving)> {
        let mut found = Vec::new();
        for (name, source) in sources.iter() {
            if let Source::Columns(columns) = source
                && let Some((at_end, at_event)) = self.declared_history(columns)
            {
                found.push((name.clone(), at_end, at_event));
            }
        }
        let at_event = |(name, _, at_event): &(String, Moving, Moving)| {
            (format!("{name}{AT_EVENT}"), Source::Moving(*at_event))
        };
        sources.extend(found.iter().map(at_event).collect::<Vec<_>>());
        found.into_iter().map(|(name, at_end, _)| (name, at_end)).collect()
    }

    /// Columns with `dimension: name`.
    fn declared(&mut self, sources: &mut BTreeMap<String, Source>) {
        for dataset in (0..self.resolved.tables.len()).map(DatasetId) {
            for (column, name) in self.resolved.table(dataset).dimensions.clone() {
                if self.dataset(dataset)[column].pii {
                    self.tell_personal_dimension((dataset, column), name.span);
                    self.dimensions.personal.insert(name.node.clone(), (dataset, column));
                    continue;
                }
                // A column of the entity's own home may be what the entity is called in results.
                let own = |entity| self.resolved.entity(entity).home == Some(dataset);
                if let Some(Definition::Entity(entity)) = self.resolved.names.get(&name.node)
                    && !own(entity)
                {
                    self.diagnostics.push(
                        Diagnostic::error(
                            codes::AMBIGUOUS_NAME,
                            name.span,
                            format!(
                                "`{}` is an entity, which is a dimension of that name already",
                                name.node
                            ),
                        )
                        .also(self.resolved.entity(entity).span, "the entity")
                        .help(format!("choose another name, like `{}_name`", name.node)),
                    );
                    continue;
                }
                let list =
                    sources.entry(name.node.clone()).or_insert_with(|| Source::Columns(Vec::new()));
                if let Source::Columns(list) = list {
                    if let Some((_, first)) = list.iter().find(|(d, _)| *d == dataset) {
                        let first = self.dataset(dataset)[*first].span;
                        self.diagnostics.push(
                            Diagnostic::error(
                                codes::DUPLICATE_DEFINITION,
                                name.span,
                                format!(
                                    "two columns of `{}` are the dimension `{}`",
                                    self.dataset(dataset).name,
                                    name.node
                                ),
                            )
                            .also(first, "the other column")
                            .help(
                                "a row has one value of a dimension: give one of them another name",
                            ),
                        );
                    } else {
                        list.push((dataset, column));
                    }
                }
            }
        }
    }

    fn entity_names(&mut self, sources: &mut BTreeMap<String, Source>) {
        for (i, entity) in self.resolved.entities.iter().enumerate() {
            let id = EntityId(i);
            if self.resolved.names.entity(&entity.name) != Some(id) {
                continue;
            }
            if let Some(declared) = sources.get_mut(&entity.name) {
                // What a column of the home is declared as is what members are called.
                if let Source::Columns(columns) = declared
                    && let [(home, label)] = columns.as_slice()
                    && entity.home == Some(*home)
                {
                    *declared = Source::Entity(id, Some(*label));
                }
                continue;
            }
            if entity.key.len() != 1 && entity.label_column.is_none() {
                continue;
            }
            match self.personal_key(id).filter(|_| entity.label_column.is_none()) {
                Some(place) => {
                    self.dimensions.personal.insert(entity.name.clone(), place);
                }
                None => {
                    sources.insert(entity.name.clone(), Source::Entity(id, entity.label_column));
                }
            }
        }
    }

    fn tell_personal_dimension(&mut self, place: Place, span: Span) {
        let (words, declared) = self.personal_data(place);
        let told = Diagnostic::error(
            codes::PII_OUTPUT,
            span,
            format!("{words}, so it can't be a dimension"),
        );
        let own = self.dataset(place.0)[place.1].span == declared;
        self.diagnostics.push(if own {
            told.help("remove `dimension:`, or `pii:` if it names no person")
        } else {
            told.also(declared, "declared here").help(
                "remove `dimension:`; a computed column whose values name no person may say `pii: false`",
            )
        });
    }

    fn entity_dimension(
        &mut self,
        id: DimensionId,
        entity: EntityId,
        label: Option<ColumnId>,
    ) -> Dimension {
        self.dimensions.entities.insert(entity, id);
        let home = self.resolved.entity(entity).home;
        let ty = match home.zip(label) {
            Some((home, label)) => {
                let name = self.add_member_name(entity, home, label);
                self.dimensions.names.insert(entity, (home, name));
                Type::Text
            }
            None => self.key_type(entity),
        };
        let Entity { name, meta, .. } = self.resolved.entity(entity);
        Dimension { name: name.clone(), label: meta.label.clone(), ty, segment: None }
    }

    /// The key of an entity, if one dataset or another says that it is personal data.
    pub(crate) fn personal_key(&self, id: EntityId) -> Option<Place> {
        let tables = self.resolved.tables.iter().enumerate();
        let keys = tables.filter_map(|(i, table)| Some((i, table.dataset.entity_key(id)?)));
        let mut columns =
            keys.flat_map(|(i, key)| key.iter().map(move |column| (DatasetId(i), *column)));
        columns.find(|(dataset, column)| self.dataset(*dataset)[*column].pii)
    }

    /// Columns of entities' homes, by their own names, where only one home has them.
    fn attributes(&mut self, sources: &mut BTreeMap<String, Source>) {
        let homes: BTreeSet<DatasetId> =
            self.resolved.entities.iter().filter_map(|e| e.home).collect();
        let mut found: BTreeMap<String, Vec<(DatasetId, ColumnId)>> = BTreeMap::new();
        for home in homes {
            self.resolved.tables[home.0].infer_all();
            let table = self.resolved.table(home);
            let dataset = &table.dataset;
            let keys: BTreeSet<ColumnId> = dataset
                .entities
                .iter()
                .flat_map(|(_, c)| c.iter().copied())
                .chain(dataset.key.iter().copied())
                .collect();
            for (i, column) in dataset.columns.iter().enumerate() {
                let id = ColumnId(i);
                if sources.contains_key(&column.name)
                    || keys.contains(&id)
                    || column.is_unspoken()
                    || table.dimensions.contains_key(&id)
                {
                    continue;
                }
                if column.pii {
                    self.dimensions.personal.entry(column.name.clone()).or_insert((home, id));
                } else if matches!(
                    column.ty,
                    Type::Text | Type::Boolean | Type::Integer | Type::Unknown
                ) {
                    found.entry(column.name.clone()).or_default().push((home, id));
                }
            }
        }
        for (name, columns) in found {
            if columns.len() == 1 {
                sources.insert(name, Source::Columns(columns));
            } else {
                let place = |(d, c): &(DatasetId, ColumnId)| {
                    let dataset = self.dataset(*d);
                    (format!("`{}.{name}`", dataset.name), dataset[*c].span)
                };
                self.dimensions.unclear.insert(name.clone(), columns.iter().map(place).collect());
            }
        }
    }

    fn column_dimension(
        &mut self,
        id: DimensionId,
        name: &str,
        columns: &[(DatasetId, ColumnId)],
    ) -> Dimension {
        let mut dimension =
            Dimension { name: name.to_owned(), label: None, ty: Type::Unknown, segment: None };
        let mut first: Option<Span> = None;
        for (dataset, column) in columns {
            let found = &mut self.resolved.tables[dataset.0].dataset.columns[column.0];
            found.dimension = Some(id);
            dimension.label = dimension.label.or_else(|| found.label.clone());
            if found.ty == Type::Unknown {
                continue;
            }
            let told = if !matches!(
                found.ty,
                Type::Text | Type::Boolean | Type::Integer | Type::Date
            ) {
                Some(
                    Diagnostic::error(codes::TYPE_MISMATCH, found.span, format!("`{}` is {}, and a dimension is text, true or false, a whole number or a date", found.name, found.ty.describe()))
                        .help("compute a column from it: `round(x)` for numbers, `day(t)` for times"),
                )
            } else if dimension.ty != Type::Unknown && dimension.ty != found.ty {
                let told = Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    found.span,
                    format!(
                        "the dimension `{name}` is {} here and {} elsewhere",
                        found.ty.describe(),
                        dimension.ty.describe()
                    ),
                );
                Some(
                    match first {
                        Some(span) => told.also(span, dimension.ty.describe()),
                        None => told,
                    }
                    .help("columns of one dimension are of one type"),
                )
            } else {
                None
            };
            if dimension.ty == Type::Unknown {
                dimension.ty = found.ty;
                first = Some(found.span);
            }
            if let Some(told) = told {
                self.diagnostics.push(told);
            }
        }
        dimension
    }

    /// The type of what stands for a member that has no label.
    fn key_type(&self, id: EntityId) -> Type {
        let keys = self
            .resolved
            .tables
            .iter()
            .filter_map(|t| t.dataset.entity_key(id).map(|k| t.dataset[k[0]].ty));
        keys.into_iter().find(|ty| *ty != Type::Unknown).unwrap_or(Type::Unknown)
    }

    /// Fills in the ways from a row of the dataset: its own columns first, then the nearest entities.
    fn reach(&mut self, start: DatasetId) {
        let mut reach: BTreeMap<DimensionId, Path> = BTreeMap::new();
        let mut seen = BTreeSet::from([start]);
        let mut level: Vec<(DatasetId, Vec<Hop>)> = vec![(start, Vec::new())];
        for _ in 0..=LONGEST {
            let mut found: BTreeMap<DimensionId, Vec<Path>> = BTreeMap::new();
            for (at, hops) in &level {
                self.columns_at(*at, hops, &mut found);
            }
            for (at, hops) in &level {
                self.members_at(*at, hops, &mut found);
            }
            for (id, mut ways) in found {
                if reach.contains_key(&id) || self.dimensions.ambiguous.contains_key(&(start, id)) {
                    continue;
                }
                if ways.len() == 1 {
                    reach.extend(ways.pop().map(|way| (id, way)));
                } else {
                    let words = ways.iter().map(|way| self.path_text(way)).collect();
                    self.dimensions.ambiguous.insert((start, id), words);
                }
            }
            level = self.next_level(&level, &mut seen);
        }
        let reach = reach
            .into_iter()
            .map(|(id, path)| {
                let span = self.dataset(path.dataset)[path.column].span;
                (id, self.column_node(path, span))
            })
            .collect();
        self.resolved.tables[start.0].dataset.reach = reach;
    }

    fn columns_at(
        &self,
        at: DatasetId,
        hops: &[Hop],
        found: &mut BTreeMap<DimensionId, Vec<Path>>,
    ) {
        for (i, column) in self.dataset(at).columns.iter().enumerate() {
            if let Some(id) = column.dimension {
                found.entry(id).or_default().push(Path {
                    hops: hops.to_vec(),
                    dataset: at,
                    column: ColumnId(i),
                });
            }
        }
    }

    /// Entities that a row here belongs to: by their names, else by their keys.
    fn members_at(
        &self,
        at: DatasetId,
        hops: &[Hop],
        found: &mut BTreeMap<DimensionId, Vec<Path>>,
    ) {
        for (entity, columns) in &self.dataset(at).entities {
            let Some(id) = self.dimensions.entities.get(entity).copied() else { continue };
            let path = match self.dimensions.names.get(entity).copied() {
                Some((home, column)) => {
                    let mut hops = hops.to_vec();
                    if home != at {
                        hops.extend(self.hop_to_home(at, *entity, columns));
                    }
                    Path { hops, dataset: home, column }
                }
                _ if columns.len() == 1 => {
                    Path { hops: hops.to_vec(), dataset: at, column: columns[0] }
                }
                _ => continue,
            };
            found.entry(id).or_default().push(path);
        }
    }

    /// One link further; datasets met before are nearer already. Two ways to one dataset in the same step stay two.
    fn next_level(
        &self,
        level: &[(DatasetId, Vec<Hop>)],
        seen: &mut BTreeSet<DatasetId>,
    ) -> Vec<(DatasetId, Vec<Hop>)> {
        let mut next: Vec<(DatasetId, Vec<Hop>)> = Vec::new();
        for (at, hops) in level {
            for (entity, columns) in &self.dataset(*at).entities {
                let Some(hop) =
                    self.hop_to_home(*at, *entity, columns).filter(|hop| !seen.contains(&hop.to))
                else {
                    continue;
                };
                // Many ways to one place are as ambiguous as two.
                if next.iter().filter(|(to, _)| *to == hop.to).count() < 2 {
                    let to = hop.to;
                    next.push((to, hops.iter().cloned().chain([hop]).collect()));
                }
            }
        }
        seen.extend(next.iter().map(|(to, _)| *to));
        next
    }

    /// `contact.account.plan`, as an author writes it.
    pub(crate) fn path_text(&self, path: &Path) -> String {
        let links = path.hops.iter().map(|h| self.resolved.entity(h.entity).name.as_str());
        let end = &self.dataset(path.dataset)[path.column];
        // A member is at the end of the link itself.
        let own = !matches!(end.source, ColumnSource::MemberName(_)) || path.hops.is_empty();
        let end = own.then_some(end.name.as_str());
        format!("`{}`", links.chain(end).collect::<Vec<_>>().join("."))
    }
}
