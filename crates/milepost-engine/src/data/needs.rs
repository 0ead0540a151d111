//! Which columns of which datasets a run reads.

use std::collections::{BTreeMap, BTreeSet};

use milepost_semantics::model::{
    Aggregate, CheckRule, ColumnId, ColumnSource, DatasetId, DatasetKind, DimensionId, Hop, Inner,
    Lives, Model, Path, Place, RowExpr, RowKind, SegmentId, SegmentRule,
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

    /// An outermost aggregate, sliced.
    fn leaf(&mut self, aggregate: &'m Aggregate, by: &[DimensionId]) {
        self.aggregate(aggregate);
        let slices = by.iter().filter_map(|d| self.model[aggregate.dataset].reach.get(d));
        let slices: Vec<&RowExpr> = slices.collect();
        if aggregate.is_judged() || slices.iter().any(|value| value.is_judged()) {
            self.needs.numbered.insert(aggregate.dataset);
        }
        slices.into_iter().for_each(|value| self.expr(value));
    }

    fn aggregate(&mut self, aggregate: &'m Aggregate) {
        self.dataset(aggregate.dataset);
        if let Some(entity) = aggregate.members {
            match self.model[entity].lives {
                Some(Lives::Between { from, to }) if self.model[entity].home.is_some() => {
                    [Some(from), to]
                        .into_iter()
                        .flatten()
                        .for_each(|c| self.column(aggregate.dataset, c));
                }
                Some(_) | None => {}
            }
        }
        let after = aggregate.matures.iter().filter_map(|m| m.after.as_ref());
        aggregate.exprs().chain(after).for_each(|e| self.expr(e));
    }

    fn inner(&mut self, inner: &'m Inner) {
        self.needs.numbered.insert(inner.aggregate.dataset);
        self.aggregate(&inner.aggregate);
        let links = inner.links.iter().flat_map(|link| [&link.outer, &link.inner]);
        let anchors = inner.within.iter().filter_map(|w| w.anchor.as_ref());
        links.chain(anchors).for_each(|e| self.expr(e));
        self.belonging(inner);
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

    fn segment(&mut self, id: SegmentId) {
        if !self.segments.insert(id) {
            return;
        }
        let segment = &self.model[id];
        self.dataset(segment.members);
        self.needs.numbered.insert(segment.members);
        let key = self.model[segment.members]
            .entity_key(segment.of)
            .expect("members stand in rows that have their key");
        key.iter().for_each(|c| self.column(segment.members, *c));
        match &segment.rule {
            SegmentRule::Where(condition) => self.expr(condition),
            SegmentRule::Bands(bands) => {
                bands.iter().filter_map(|band| band.condition.as_ref()).for_each(|c| self.expr(c));
            }
        }
    }

    /// What a dataset can't do without: its time, its keys, what makes a row a repeat.
    fn dataset(&mut self, dataset: DatasetId) {
        let definition = &self.model[dataset];
        if let Some(derived) = &definition.derived {
            if self.needs.derived.insert(dataset) {
                for source in &derived.sources {
                    self.dataset(source.dataset);
                    let parents = source.parents.iter().map(|(_, column)| column);
                    source.key.iter().chain(parents).for_each(|c| self.column(source.dataset, *c));
                }
            }
            return;
        }
        if self.needs.columns.contains_key(&dataset) {
            return;
        }
        self.needs.columns.insert(dataset, BTreeSet::new());
        let mut columns = definition.key.clone();
        columns.extend(&definition.unique);
        match definition.kind {
            DatasetKind::Attributes => {}
            DatasetKind::History { from, to } => columns.extend([from, to]),
            DatasetKind::Events { time } => columns.push(time),
            DatasetKind::Snapshot { time, carry } => {
                columns.push(time);
                if carry.is_some() {
                    columns.extend(definition.entities.iter().flat_map(|(_, columns)| columns));
                }
            }
        }
        columns.into_iter().for_each(|c| self.column(dataset, c));
    }

    fn column(&mut self, dataset: DatasetId, column: ColumnId) {
        let model = self.model;
        if model[dataset].derived.is_some() {
            return self.dataset(dataset);
        }
        let definition = &model[dataset][column];
        if let Some(currency) = definition.currency_column {
            let computed =
                |c: ColumnId| matches!(model[dataset][c].source, ColumnSource::Computed(_));
            if computed(column) || computed(currency) {
                self.needs.amounts.insert((dataset, column));
            }
            self.column(dataset, currency);
        }
        match &definition.source {
            ColumnSource::Computed(expr) => {
                // What it is computed from was asked for with it.
                let is_new = model[dataset].computed_structure(column).is_none()
                    || self.needs.structure.insert((dataset, column));
                if is_new {
                    self.expr(expr);
                }
            }
            ColumnSource::MemberName(name) => {
                if self.needs.names.insert((dataset, column)) {
                    self.dataset(dataset);
                    let key = model[dataset]
                        .entity_key(name.entity)
                        .expect("members stand in rows that have their key");
                    let read = key.iter().chain([&name.label]);
                    read.for_each(|column| self.column(dataset, *column));
                }
            }
            ColumnSource::File(_) => {
                self.needs.columns.entry(dataset).or_default().insert(column);
            }
        }
    }

    fn path(&mut self, path: &Path) {
        path.hops.iter().for_each(|hop| self.hop(hop));
        self.column(path.dataset, path.column);
    }

    fn hop(&mut self, hop: &Hop) {
        self.dataset(hop.to);
        hop.from_columns.iter().for_each(|c| self.column(hop.from, *c));
        hop.to_columns.iter().for_each(|c| self.column(hop.to, *c));
        if hop.valid.is_none() && hop.from != hop.to {
            self.needs.links.insert(hop.clone());
        }
        if hop.valid.is_some() {
            self.needs.histories.insert((hop.to, hop.to_columns.clone()));
        }
    }

    fn expr(&mut self, expr: &'m RowExpr) {
        match &expr.kind {
            RowKind::Column(path) => self.path(path),
            RowKind::Inner(inner) => self.inner(inner),
            RowKind::Segment(asked) => self.segment(asked.segment),
            RowKind::Binary { .. } | RowKind::In { .. } => {
                if let Some(compared) = Compared::of(self.model, expr) {
                    self.needs.compared.entry(compared.span).or_insert(compared);
                }
            }
            _ => {}
        }
        expr.each_child(&mut |child| self.expr(child));
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
