//! Which columns of which datasets a run reads.

use std::collections::{BTreeMap, BTreeSet};

use milepost_semantics::model::reads::{Read, Reader, Role, Walk};
use milepost_semantics::model::{
    Aggregate, CheckRule, ColumnId, ColumnSource, DatasetId, DimensionId, Hop, Inner, Model, Place,
    RowExpr, SegmentId,
};
use milepost_syntax::span::Span;

use super::compared::Compared;
use crate::request::Request;

/// File columns by dataset.
pub(crate) type Columns = BTreeMap<DatasetId, BTreeSet<ColumnId>>;

/// What a run reads.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// From files.
    pub(crate) columns: Columns,
    /// Datasets that are made from others.
    pub(crate) derived: BTreeSet<DatasetId>,
    /// Datasets whose rows must be told apart, whatever they hold ([`crate::placement::ROW_NUMBER`]): those that a
    /// judgement or an aggregate of a single row looks at.
    pub(crate) numbered: BTreeSet<DatasetId>,
    /// Amounts with a currency of their own that are computed, or whose currency is.
    pub(crate) amounts: BTreeSet<(DatasetId, ColumnId)>,
    /// Computed columns that tables have.
    pub(crate) structure: BTreeSet<Place>,
    /// Columns of homes with what members are called.
    pub(crate) names: BTreeSet<(DatasetId, ColumnId)>,
    /// Histories that some path leads into, with the key that names a member.
    pub(crate) histories: BTreeSet<(DatasetId, Vec<ColumnId>)>,
    /// Datasets that are asked for, rather than opened for the as-of or for checks.
    pub(crate) asked: BTreeSet<DatasetId>,
    /// Links from rows to the members that they belong to.
    pub(crate) links: BTreeSet<Hop>,
    /// Values that are compared with texts, each comparison of the specs once.
    pub(crate) compared: BTreeMap<Span, Compared>,
}

/// The columns that these requests read. With `times`, the event and snapshot datasets take part too, for the as-of must
/// not depend on what is asked; with `all`, every dataset, with what its checks read.
pub(crate) fn needs(model: &Model, requests: &[Request], times: bool, all: bool) -> Needs {
    let mut needs = Collector::new(model);
    for request in requests {
        request.value(model).each_aggregate(&mut |a| needs.leaf(a, &request.by));
        needs.identified(request);
    }
    needs.needs.asked = needs.needs.columns.keys().copied().collect();
    if times {
        let timed = model.datasets.iter().enumerate().filter(|(_, d)| d.time().is_some());
        timed.for_each(|(i, _)| needs.dataset(DatasetId(i)));
    }
    if all {
        needs.checks();
        needs.amounts();
    }
    let mut needs = needs.needs;
    needs.columns.retain(|dataset, _| !model[*dataset].missing);
    // What is missing has no amounts, and what leads to it none that can be computed.
    needs.amounts.retain(|(dataset, column)| {
        let mut own = Collector::new(model);
        own.dataset(*dataset);
        own.column(*dataset, *column);
        own.needs.columns.keys().all(|read| !model[*read].missing)
    });
    needs.names.retain(|(home, _)| !model[*home].missing);
    needs
}

/// What any metric, by any of its dimensions, may ask of the data.
pub(crate) fn needs_of_all(model: &Model) -> Needs {
    let mut needs = Collector::new(model);
    let by: Vec<DimensionId> = (0..model.dimensions.len()).map(DimensionId).collect();
    for metric in &model.metrics {
        metric.each_aggregate(&mut |a| needs.leaf(a, &by));
    }
    needs.needs
}

struct Collector<'m> {
    model: &'m Model,
    needs: Needs,
    segments: BTreeSet<SegmentId>,
}

impl<'m> Collector<'m> {
    fn new(model: &'m Model) -> Self {
        Self { model, needs: Needs::default(), segments: BTreeSet::new() }
    }

    fn walk(&mut self) -> Walk<'_, &'m Model, Self> {
        Walk { definitions: self.model, reader: self }
    }

    fn dataset(&mut self, id: DatasetId) {
        self.walk().rows(id, Role::Rows);
    }

    fn column(&mut self, dataset: DatasetId, column: ColumnId) {
        self.walk().column((dataset, column), Role::Value);
    }

    /// An outermost aggregate, sliced.
    fn leaf(&mut self, aggregate: &'m Aggregate, by: &[DimensionId]) {
        let mut slices =
            by.iter().filter_map(|d| aggregate.slice(&self.model[aggregate.dataset], *d));
        if aggregate.is_judged() || slices.any(RowExpr::is_judged) {
            self.needs.numbered.insert(aggregate.dataset);
        }
        let mut walk = self.walk();
        walk.aggregate(aggregate);
        walk.slices(aggregate, by);
    }

    /// What identifies the lines of a list.
    fn identified(&mut self, request: &Request) {
        let Some(list) = &self.model[request.metric].list else { return };
        let mut dataset = None;
        request.value(self.model).each_aggregate(&mut |counted| dataset = Some(counted.dataset));
        let Some(dataset) = dataset else { return };
        list.key.iter().for_each(|column| self.column(dataset, *column));
    }

    /// The link by which the rows of an aggregate belong to the members that ask for them.
    fn belonging(&mut self, inner: &'m Inner) {
        let model = self.model;
        let own = |expr: &'m RowExpr| expr.as_column().filter(|path| path.hops.is_empty());
        let from = inner.aggregate.dataset;
        let columns = inner.links.iter().map(|link| Some(own(&link.inner)?.column));
        let Some(columns) = columns.collect::<Option<Vec<ColumnId>>>() else { return };
        let asking = inner.links.first().and_then(|link| own(&link.outer)).map(|path| path.dataset);
        for (entity, key) in &model[from].entities {
            let Some(home) = model[*entity].home.filter(|home| Some(*home) == asking) else {
                continue;
            };
            let there =
                model[home].entity_key(*entity).expect("members stand in rows that have their key");
            if home != from && *key == columns {
                self.needs.links.insert(Hop {
                    entity: *entity,
                    from,
                    from_columns: columns.clone(),
                    to: home,
                    to_columns: there.to_vec(),
                    valid: None,
                });
            }
        }
    }

    /// Whether the rows of a dataset were not asked for before.
    fn is_new(&mut self, id: DatasetId) -> bool {
        if self.model[id].derived.is_some() {
            return self.needs.derived.insert(id);
        }
        let is_new = !self.needs.columns.contains_key(&id);
        self.needs.columns.entry(id).or_default();
        is_new
    }

    /// Whether what a column is made of is still to be asked for.
    fn is_open(&mut self, (dataset, column): Place) -> bool {
        let model = self.model;
        if model[dataset].derived.is_some() {
            return true;
        }
        let definition = &model[dataset][column];
        let computed = |c: ColumnId| matches!(model[dataset][c].source, ColumnSource::Computed(_));
        if let Some(currency) = definition.currency_column
            && (computed(column) || computed(currency))
        {
            self.needs.amounts.insert((dataset, column));
        }
        match definition.source {
            // What it is computed from was asked for with it.
            ColumnSource::Computed(_) => {
                model[dataset].computed_structure(column).is_none()
                    || self.needs.structure.insert((dataset, column))
            }
            ColumnSource::MemberName(_) => self.needs.names.insert((dataset, column)),
            ColumnSource::File(_) => {
                self.needs.columns.entry(dataset).or_default().insert(column);
                true
            }
        }
    }

    fn hop(&mut self, hop: &Hop) {
        if hop.valid.is_none() && hop.from != hop.to {
            self.needs.links.insert(hop.clone());
        }
        if hop.valid.is_some() {
            self.needs.histories.insert((hop.to, hop.to_columns.clone()));
        }
    }

    /// Amounts must be in one currency, whether some metric is asked for or not.
    fn amounts(&mut self) {
        let model = self.model;
        let asked = needs_of_all(model);
        let files = asked.columns.iter().flat_map(|(id, all)| all.iter().map(|c| (*id, *c)));
        let amounts = files.chain(asked.amounts.iter().copied());
        for (id, column) in amounts.filter(|(id, c)| model[*id][*c].currency_column.is_some()) {
            self.dataset(id);
            self.column(id, column);
        }
    }

    fn checks(&mut self) {
        let model = self.model;
        for (i, dataset) in model.datasets.iter().enumerate() {
            let id = DatasetId(i);
            if dataset.derived.is_some() {
                continue;
            }
            self.dataset(id);
            for check in &dataset.checks {
                match &check.rule {
                    CheckRule::NotNull(columns) | CheckRule::Unique(columns) => {
                        columns.iter().for_each(|c| self.column(id, *c));
                    }
                    CheckRule::Accepted { column, .. } => self.column(id, *column),
                    CheckRule::Relation { entity, home, .. } => {
                        let own = dataset
                            .entity_key(*entity)
                            .expect("rows that name members have their key");
                        own.iter().for_each(|c| self.column(id, *c));
                        self.dataset(*home);
                    }
                }
            }
        }
    }
}

impl<'m> Reader<'m> for Collector<'m> {
    fn read(&mut self, read: Read<'m>, role: Role) -> bool {
        match read {
            Read::Rows(id) => return self.is_new(id),
            Read::Column(place) => return self.is_open(place),
            Read::Segment(id) => {
                self.needs.numbered.insert(self.model[id].members);
                return self.segments.insert(id);
            }
            // What is looked at from there is read by the aggregate that looks.
            Read::Expr(_) if role == Role::Look => return false,
            Read::Expr(expr) => {
                if let Some(compared) = Compared::of(self.model, expr) {
                    self.needs.compared.entry(compared.span).or_insert(compared);
                }
            }
            Read::Hop(hop) => self.hop(hop),
            Read::Inner(inner) => {
                self.needs.numbered.insert(inner.aggregate.dataset);
                self.belonging(inner);
            }
            Read::Lives { .. } | Read::Behavior(_) | Read::Members(_) => {}
        }
        true
    }
}
