//! What a definition reads: one walk, whoever asks. A [`Reader`] is shown everything that is read, in the order in which it
//! stands, and says of each whether the walk goes on to what that reads itself.

use super::{
    Aggregate, BehaviorId, ColumnId, ColumnSource, Dataset, DatasetId, DatasetKind, DimensionId,
    Entity, EntityId, Hop, Inner, Lives, Look, Model, Place, RowExpr, RowKind, Segment, SegmentId,
    Within,
};

/// Something that is read.
#[derive(Clone, Copy, Debug)]
pub enum Read<'m> {
    /// The rows of a dataset. They read its time, its keys, what makes a row a repeat, and what it is derived from.
    Rows(DatasetId),
    /// It reads what it is computed from, and the column with its currency.
    Column(Place),
    /// A column of a home that says when members live; `decides`: whether rows count by it, as no `on` places them.
    Lives { place: Place, decides: bool },
    /// A link reads the rows that it leads to, and the columns of both sides.
    Hop(&'m Hop),
    /// An expression reads its operands, its column, its aggregate or its segment.
    Expr(&'m RowExpr),
    /// It reads its population and what ties that to the row that asks.
    Inner(&'m Inner),
    /// It reads the members, their keys, and its conditions.
    Segment(SegmentId),
    /// Named by the author; what it is made of stands in the aggregate.
    Behavior(BehaviorId),
    /// Whose members are the rows of an aggregate.
    Members(EntityId),
}

/// What something is to what reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A metric that is named.
    Named,
    /// Its rows are counted or read.
    Rows,
    /// It is counted, added up, or computed with.
    Value,
    /// It stands after `where`.
    Condition,
    /// It says when a row counts.
    Time,
    /// A row counts only when a time counted from it has passed.
    Wait,
    /// From it a row looks at others, in some aggregate over the same population.
    Look,
    /// It leads to the members of an entity.
    Link(EntityId),
    /// It is a slice.
    Slice(DimensionId),
    /// It holds the currency of amounts.
    Currency,
    /// It tells rows apart.
    Key,
    /// Rows that repeat it are dropped.
    Unique,
    /// It holds the values: the column of a dataset, the home of an entity, the file of a dataset.
    Holds,
}

impl Role {
    /// In words, for people: `where`, `slice plan`. Empty where it goes without saying.
    #[must_use]
    pub fn words(self, model: &Model) -> String {
        match self {
            Self::Named | Self::Holds | Self::Rows | Self::Key | Self::Unique => String::new(),
            Self::Value => "value".to_owned(),
            Self::Condition => "where".to_owned(),
            Self::Time | Self::Wait | Self::Look => "time".to_owned(),
            Self::Link(entity) => format!("key of {}", model[entity].name),
            Self::Slice(dimension) => format!("slice {}", model[dimension].name),
            Self::Currency => "currency".to_owned(),
        }
    }

    /// For programs: `named`, `rows`, `value`, `where`, `time`, `link`, `slice`, `currency`, `holds`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Rows => "rows",
            Self::Value => "value",
            Self::Condition => "where",
            Self::Time | Self::Wait | Self::Look => "time",
            Self::Link(_) => "link",
            Self::Slice(_) => "slice",
            Self::Currency => "currency",
            Self::Holds => "holds",
            Self::Key | Self::Unique => "key",
        }
    }
}

/// Someone who is shown what is read.
pub trait Reader<'m> {
    /// Whether the walk goes on to what this reads itself.
    fn read(&mut self, read: Read<'m>, role: Role) -> bool;
}

/// Where the definitions are that are read.
pub trait Definitions<'m>: Copy {
    fn dataset(self, id: DatasetId) -> &'m Dataset;
    /// Absent: there are none yet, as for computed columns, in which no segment stands.
    fn segment(self, id: SegmentId) -> Option<&'m Segment>;
    /// Absent: there are none yet, as for computed columns, in which no aggregate stands.
    fn entity(self, id: EntityId) -> Option<&'m Entity>;
}

impl<'m> Definitions<'m> for &'m Model {
    fn dataset(self, id: DatasetId) -> &'m Dataset {
        &self[id]
    }

    fn segment(self, id: SegmentId) -> Option<&'m Segment> {
        Some(&self[id])
    }

    fn entity(self, id: EntityId) -> Option<&'m Entity> {
        Some(&self[id])
    }
}

/// Datasets alone, before there is a model.
impl<'m> Definitions<'m> for &dyn Fn(DatasetId) -> &'m Dataset {
    fn dataset(self, id: DatasetId) -> &'m Dataset {
        self(id)
    }

    fn segment(self, _: SegmentId) -> Option<&'m Segment> {
        None
    }

    fn entity(self, _: EntityId) -> Option<&'m Entity> {
        None
    }
}

/// Goes through what is read.
#[derive(Debug)]
pub struct Walk<'r, D, R> {
    pub definitions: D,
    pub reader: &'r mut R,
}

impl<'m, D: Definitions<'m>, R: Reader<'m>> Walk<'_, D, R> {
    /// An aggregate: its population, and what is asked of that.
    pub fn aggregate(&mut self, aggregate: &'m Aggregate) {
        let id = aggregate.dataset;
        if let Some(behavior) = aggregate.behavior {
            self.reader.read(Read::Behavior(behavior), Role::Rows);
        }
        self.rows(id, Role::Rows);
        if let Some(entity) = aggregate.members {
            self.members(entity, aggregate);
        }
        self.exprs(aggregate);
        aggregate.waits_from().for_each(|time| self.expr(time, Role::Wait));
        aggregate.looks_from().for_each(|time| self.expr(time, Role::Look));
        aggregate.looks.iter().for_each(|look| self.looked_at(look));
        if aggregate.on.is_none() {
            self.placed(id);
        }
    }

    /// When the rows are that a row looks at, whether anything asks for them or it only waits like others.
    fn looked_at(&mut self, look: &'m Look) {
        let Look::Span { rows, .. } = look else { return };
        self.rows(rows.dataset, Role::Rows);
        rows.on.iter().for_each(|on| self.expr(on, Role::Time));
    }

    /// The arguments, the time and the filter of an aggregate, and what is listed of its rows.
    pub fn exprs(&mut self, aggregate: &'m Aggregate) {
        let (values, choice) = aggregate.args.split_at(aggregate.values());
        values.iter().for_each(|arg| self.expr(arg, Role::Value));
        let roles = std::iter::once(Role::Condition).chain(std::iter::repeat(Role::Key));
        choice.iter().zip(roles).for_each(|(arg, role)| self.expr(arg, role));
        aggregate.on.iter().for_each(|on| self.expr(on, Role::Time));
        aggregate.filter.iter().for_each(|filter| self.expr(filter, Role::Condition));
        aggregate.listed.iter().for_each(|listed| self.expr(listed, Role::Value));
    }

    /// What tells the value of dimensions for the rows of an aggregate.
    pub fn slices(&mut self, aggregate: &'m Aggregate, by: &[DimensionId]) {
        for dimension in by {
            let dataset = self.definitions.dataset(aggregate.dataset);
            if let Some(way) = aggregate.slice(dataset, *dimension) {
                self.expr(way, Role::Slice(*dimension));
            }
        }
    }

    fn members(&mut self, entity: EntityId, aggregate: &Aggregate) {
        self.reader.read(Read::Members(entity), Role::Rows);
        let Some(found) = self.definitions.entity(entity) else { return };
        let (Some(Lives::Between { from, to }), Some(home)) = (found.lives, found.home) else {
            return;
        };
        let decides = aggregate.on.is_none();
        for column in std::iter::once(from).chain(to) {
            let place = (home, column);
            if self.reader.read(Read::Lives { place, decides }, Role::Time) {
                self.column(place, Role::Time);
            }
        }
    }

    /// The rows of a dataset.
    pub fn rows(&mut self, id: DatasetId, role: Role) {
        if !self.reader.read(Read::Rows(id), role) {
            return;
        }
        let dataset = self.definitions.dataset(id);
        if let Some(derived) = &dataset.derived {
            for source in &derived.sources {
                self.rows(source.dataset, Role::Rows);
                let parents = source.parents.iter().map(|(_, column)| column);
                self.columns(source.dataset, source.key.iter().chain(parents), Role::Key);
            }
            return;
        }
        self.placed(id);
        self.columns(id, &dataset.keeps, Role::Condition);
        self.columns(id, &dataset.unique, Role::Unique);
        self.columns(id, &dataset.key, Role::Key);
        if let DatasetKind::Snapshot { carry: Some(_), .. } = dataset.kind {
            let keys = dataset.entities.iter().flat_map(|(_, columns)| columns);
            self.columns(id, keys, Role::Key);
        }
    }

    /// The columns that say when a row counts, where nothing else does.
    fn placed(&mut self, id: DatasetId) {
        let dataset = self.definitions.dataset(id);
        let times: Vec<ColumnId> = dataset.begins().into_iter().chain(dataset.until()).collect();
        self.columns(id, &times, Role::Time);
    }

    fn columns<'c>(
        &mut self,
        id: DatasetId,
        columns: impl IntoIterator<Item = &'c ColumnId>,
        role: Role,
    ) {
        columns.into_iter().for_each(|column| self.column((id, *column), role));
    }

    /// A column of a dataset.
    pub fn column(&mut self, place: Place, role: Role) {
        if !self.reader.read(Read::Column(place), role) {
            return;
        }
        let (id, dataset) = (place.0, self.definitions.dataset(place.0));
        if dataset.derived.is_some() {
            return self.rows(id, Role::Rows);
        }
        let column = &dataset[place.1];
        self.columns(id, &column.currency_column, Role::Currency);
        match &column.source {
            ColumnSource::Computed(value) => self.expr(value, role),
            ColumnSource::MemberName(name) => {
                self.rows(id, role);
                let key = dataset.entity_key(name.entity);
                self.columns(id, key.expect("members stand in rows that have their key"), role);
                self.column((id, name.label), role);
            }
            ColumnSource::File(_) => {}
        }
    }

    /// An expression over rows.
    pub fn expr(&mut self, expr: &'m RowExpr, role: Role) {
        if !self.reader.read(Read::Expr(expr), role) {
            return;
        }
        match &expr.kind {
            RowKind::Column(path) => {
                path.hops.iter().for_each(|hop| self.hop(hop));
                self.column((path.dataset, path.column), role);
            }
            RowKind::Inner(inner) => self.inner(inner, role),
            RowKind::Segment(asked) => {
                self.segment(asked.segment, role);
                let of = self.definitions.segment(asked.segment).map(|segment| segment.of);
                let link = of.map_or(role, Role::Link);
                asked.key.iter().for_each(|key| self.expr(key, link));
            }
            _ => expr.each_child(&mut |child| self.expr(child, role)),
        }
    }

    fn hop(&mut self, hop: &'m Hop) {
        let link = Role::Link(hop.entity);
        if !self.reader.read(Read::Hop(hop), link) {
            return;
        }
        self.rows(hop.to, link);
        self.columns(hop.from, &hop.from_columns, link);
        self.columns(hop.to, &hop.to_columns, link);
        if hop.valid.is_some() {
            self.placed(hop.to);
        }
    }

    /// What is counted for a row is part of what the row is asked for.
    fn inner(&mut self, inner: &'m Inner, role: Role) {
        if !self.reader.read(Read::Inner(inner), role) {
            return;
        }
        self.aggregate(&inner.aggregate);
        for link in &inner.links {
            self.expr(&link.outer, role);
            self.expr(&link.inner, Role::Condition);
        }
        let times = inner.within.iter().flat_map(Within::times);
        times.for_each(|time| self.expr(time, Role::Time));
    }

    fn segment(&mut self, id: SegmentId, role: Role) {
        if !self.reader.read(Read::Segment(id), role) {
            return;
        }
        let Some(segment) = self.definitions.segment(id) else { return };
        self.rows(segment.members, Role::Rows);
        let key = self.definitions.dataset(segment.members).entity_key(segment.of);
        let key = key.expect("members stand in rows that have their key");
        self.columns(segment.members, key, Role::Key);
        segment.exprs().for_each(|condition| self.expr(condition, Role::Condition));
    }
}
