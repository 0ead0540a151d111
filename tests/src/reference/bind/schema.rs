//! Entities and datasets: keys, links, times, lives; and the members of entities without a home.

use milepost::syntax::ast::{CarrySpec, ColumnSpec, DatasetSpec, EntitySpec, LivesSpec};
use milepost::syntax::span::Spanned;

use super::Binder;
use crate::tree::{
    Carry, Column, ColumnId, ColumnSource, Dataset, DatasetId, DatasetKind, Derived, DerivedSource,
    Entity, EntityId, Literal, Lives, Node, RowExpr, Type,
};
use crate::world::RawTables;

impl Binder<'_> {
    pub(super) fn schema(&mut self, tables: &RawTables) {
        for spec in &self.package.datasets {
            let dataset = self.dataset_of(spec, !tables.contains_key(&spec.name.node));
            self.model.datasets.push(dataset);
        }
        for spec in &self.package.entities {
            let entity = self.entity_of(spec);
            self.model.entities.push(entity);
        }
        self.links_of_homes();
        for entity in (0..self.model.entities.len()).map(EntityId) {
            if self.model[entity].home.is_none() {
                self.members_without_home(entity);
            }
        }
    }

    fn dataset_of(&mut self, spec: &DatasetSpec, no_files: bool) -> Dataset {
        let id = DatasetId(self.model.datasets.len());
        let columns: Vec<Column> = spec.columns.iter().map(column).collect();
        let computed = spec.columns.iter().enumerate().filter(|(_, column)| column.value.is_some());
        self.waiting.extend(computed.map(|(i, _)| (id, ColumnId(i))));
        let find = |name: &Spanned<String>| {
            let found = columns.iter().position(|column| column.name == name.node);
            ColumnId(found.unwrap_or_else(|| panic!("{} has no {}", spec.name.node, name.node)))
        };
        let all = |names: &[Spanned<String>]| names.iter().map(find).collect::<Vec<_>>();
        let links = spec.entities.iter().map(|link| {
            let entity = self.entity(&link.entity.node);
            (entity.unwrap_or_else(|| panic!("no entity {}", link.entity.node)), all(&link.columns))
        });
        let optional = spec.optional.as_ref().is_some_and(|optional| optional.node);
        assert!(optional || !no_files, "{} has no files", spec.name.node);
        let until = spec.complete_until.as_ref().filter(|until| until.node != "as_of");
        Dataset {
            name: spec.name.node.clone(),
            kind: kind(spec, &find),
            key: all(&spec.key),
            entities: links.collect(),
            unique: all(&spec.unique),
            complete_from: spec.complete_from.as_ref().map(|day| day.node.parse().unwrap()),
            complete_until: until.map(|day| day.node.parse().unwrap()),
            has_all_to_come: spec.complete_until.is_some() && until.is_none(),
            time_zone: spec.time_zone.as_ref().map(|zone| zone.node.clone()),
            missing: no_files,
            reach: std::collections::BTreeMap::new(),
            derived: None,
            columns,
        }
    }

    fn entity_of(&self, spec: &EntitySpec) -> Entity {
        let home = spec.home.as_ref().map(|home| self.dataset(&home.node).unwrap());
        let of_home =
            |name: &Spanned<String>| self.model[home.unwrap()].column(&name.node).unwrap();
        let lives = spec.lives.as_ref().map(|lives| match &lives.node {
            LivesSpec::Always => Lives::Always,
            LivesSpec::Between { from, to } => {
                Lives::Between { from: of_home(from), to: to.as_ref().map(of_home) }
            }
        });
        let parent = |name: &Spanned<String>| self.entity(&name.node).unwrap();
        Entity {
            name: spec.name.node.clone(),
            key: spec.key.iter().map(|name| name.node.clone()).collect(),
            home,
            members: home,
            belongs_to: spec.belongs_to.iter().map(parent).collect(),
            lives,
            label_column: spec.label_column.as_ref().map(of_home),
        }
    }

    /// A row of a home is about its member, and about what the member belongs to where it has the columns of those keys.
    fn links_of_homes(&mut self) {
        for id in (0..self.model.entities.len()).map(EntityId) {
            let Some(home) = self.model[id].home else { continue };
            let key = self.model[home].key.clone();
            assert_eq!(key.len(), self.model[id].key.len(), "the key of {}", self.model[id].name);
            let mut links = vec![(id, key)];
            for parent in &self.model[id].belongs_to {
                let names = self.model[*parent].key.iter();
                let columns: Option<Vec<_>> =
                    names.map(|name| self.model[home].column(name)).collect();
                links.extend(columns.map(|columns| (*parent, columns)));
            }
            for (entity, columns) in links {
                if self.model[home].link(entity).is_none() {
                    self.model.datasets[home.0].entities.push((entity, columns));
                }
            }
        }
    }

    /// The members of an entity without a home are the keys in the rows that name it.
    fn members_without_home(&mut self, id: EntityId) {
        let all = (0..self.model.datasets.len()).map(DatasetId);
        let naming: Vec<DatasetId> =
            all.filter(|dataset| self.model[*dataset].link(id).is_some()).collect();
        let Some(first) = naming.first() else { return };
        let mut columns = Vec::new();
        let mut linked = Vec::new();
        // Its own key comes first, then those of what it belongs to, as far as the rows tell.
        for entity in std::iter::once(id).chain(self.model[id].belongs_to.iter().copied()) {
            let told = naming.iter().find_map(|dataset| self.model[*dataset].link(entity));
            let Some(there) = told else { continue };
            let start = columns.len();
            let keys = self.model[entity].key.iter().zip(there);
            columns.extend(
                keys.map(|(name, column)| member_column(name, self.model[*first][*column].ty)),
            );
            linked.push((entity, (start..columns.len()).map(ColumnId).collect::<Vec<_>>()));
        }
        let since = ColumnId(columns.len());
        columns.push(member_column("(since)", Type::Timestamp));
        let sources = naming.iter().map(|dataset| {
            let there = |entity| self.model[*dataset].link(entity).unwrap_or_default();
            let parents = linked[1..]
                .iter()
                .flat_map(|(entity, own)| own.iter().copied().zip(there(*entity).iter().copied()));
            DerivedSource { dataset: *dataset, key: there(id).to_vec(), parents: parents.collect() }
        });
        let derived = Derived { sources: sources.collect(), since };
        self.model.entities[id.0].members = Some(DatasetId(self.model.datasets.len()));
        self.model.datasets.push(Dataset {
            name: format!("(members of {})", self.model[id].name),
            kind: DatasetKind::Attributes,
            key: linked[0].1.clone(),
            entities: linked,
            columns,
            unique: Vec::new(),
            complete_from: None,
            complete_until: None,
            has_all_to_come: false,
            time_zone: None,
            missing: false,
            reach: std::collections::BTreeMap::new(),
            derived: Some(derived),
        });
    }
}

fn member_column(name: &str, ty: Type) -> Column {
    let source = ColumnSource::File(name.to_owned());
    Column { name: name.to_owned(), source, ty, dimension: None, pii: false, planned: false }
}

/// A column as declared. A computed one gets its expression and type when all columns are known.
fn column(spec: &ColumnSpec) -> Column {
    let is = |flag: &Option<Spanned<bool>>| flag.as_ref().is_some_and(|flag| flag.node);
    let name = spec.name.node.clone();
    let in_file = spec.column.as_ref().map_or(&name, |column| &column.node).clone();
    let (source, ty) = match &spec.ty {
        _ if spec.value.is_some() => {
            (ColumnSource::Computed(RowExpr::literal(Literal::Boolean(false))), Type::Boolean)
        }
        Some(ty) => (ColumnSource::File(in_file), declared(&ty.node)),
        None => panic!("the type of `{name}` is not declared"),
    };
    Column {
        source,
        ty,
        dimension: spec.dimension.as_ref().map(|dimension| dimension.node.clone()),
        pii: is(&spec.pii),
        planned: is(&spec.planned),
        name,
    }
}

fn declared(name: &str) -> Type {
    match name {
        "text" => Type::Text,
        "integer" => Type::Integer,
        "number" => Type::Number,
        "decimal" => Type::Decimal,
        "boolean" => Type::Boolean,
        "date" => Type::Date,
        "timestamp" => Type::Timestamp,
        other => panic!("`{other}` is no type"),
    }
}

fn kind(spec: &DatasetSpec, find: &dyn Fn(&Spanned<String>) -> ColumnId) -> DatasetKind {
    let time = || find(spec.time.as_ref().unwrap());
    match spec.kind.as_ref().map(|kind| kind.node.as_str()) {
        None | Some("attributes") => {
            assert!(spec.time.is_none() && spec.valid.is_none() && !spec.key.is_empty());
            DatasetKind::Attributes
        }
        Some("history") => {
            let (from, to) = &spec.valid.as_ref().unwrap().node;
            DatasetKind::History { from: find(from), to: find(to) }
        }
        Some("snapshot") => {
            let carry = spec.carry.as_ref().map(|carry| match &carry.node {
                CarrySpec::For(length) => Carry::For(*length),
                CarrySpec::Forever => Carry::Forever,
            });
            DatasetKind::Snapshot { time: time(), carry }
        }
        Some("events") => DatasetKind::Events { time: time() },
        Some(other) => panic!("`{other}` is no kind"),
    }
}
