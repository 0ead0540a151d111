//! Which columns of which datasets a run reads.

use std::collections::{BTreeMap, BTreeSet};

use milepost_semantics::model::{
    CheckRule, ColumnId, ColumnSource, DatasetId, DatasetKind, Hop, Model, Path, RowExpr,
};

use crate::request::Request;

/// File columns by dataset.
pub(crate) type Needs = BTreeMap<DatasetId, BTreeSet<ColumnId>>;

/// The columns that these requests read. With `times`, the event and snapshot datasets take part too, for the as-of must
/// not depend on what is asked; with `all`, every dataset, with what its checks read.
pub(crate) fn needs(model: &Model, requests: &[Request], times: bool, all: bool) -> Needs {
    let mut needs = Collector { model, needs: Needs::new() };
    for request in requests {
        model[request.metric].value.each_aggregate(&mut |aggregate| {
            let dataset = aggregate.dataset;
            needs.dataset(dataset);
            aggregate
                .args
                .iter()
                .chain(&aggregate.on)
                .chain(&aggregate.filter)
                .for_each(|e| needs.expr(e));
            request
                .by
                .iter()
                .filter_map(|d| model[dataset].reach.get(d))
                .for_each(|value| needs.expr(value));
        });
    }
    if times {
        let timed = model.datasets.iter().enumerate().filter(|(_, d)| d.time().is_some());
        timed.for_each(|(i, _)| needs.dataset(DatasetId(i)));
    }
    if all {
        for (i, dataset) in model.datasets.iter().enumerate() {
            let id = DatasetId(i);
            needs.dataset(id);
            for check in &dataset.checks {
                match &check.rule {
                    CheckRule::NotNull(columns) | CheckRule::Unique(columns) => {
                        columns.iter().for_each(|c| needs.column(id, *c));
                    }
                    CheckRule::Accepted { column, .. } => needs.column(id, *column),
                    CheckRule::Relation { entity, home } => {
                        let own = dataset.entity_key(*entity).unwrap_or_default();
                        own.iter().for_each(|c| needs.column(id, *c));
                        needs.dataset(*home);
                    }
                }
            }
        }
    }
    needs.needs.retain(|dataset, _| !model[*dataset].missing);
    needs.needs
}

struct Collector<'m> {
    model: &'m Model,
    needs: Needs,
}

impl Collector<'_> {
    /// What a dataset can't do without: its time, its keys, what makes a row a repeat.
    fn dataset(&mut self, dataset: DatasetId) {
        if self.needs.contains_key(&dataset) {
            return;
        }
        self.needs.insert(dataset, BTreeSet::new());
        let definition = &self.model[dataset];
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
        let definition = &self.model[dataset][column];
        match &definition.source {
            ColumnSource::Computed(expr) => self.expr(expr),
            ColumnSource::File(_) => {
                self.needs.entry(dataset).or_default().insert(column);
                if let Some(currency) = definition.currency_column {
                    self.column(dataset, currency);
                }
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
    }

    fn expr(&mut self, expr: &RowExpr) {
        let mut paths = Vec::new();
        expr.each_path(&mut |path| paths.push(path));
        paths.into_iter().for_each(|path| self.path(path));
    }
}
