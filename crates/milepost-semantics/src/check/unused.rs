//! Definitions that nothing uses.

use std::collections::BTreeSet;

use super::Checker;
use crate::model::{ColumnSource, DatasetId, EntityId, Path, RowExpr, ValueExpr};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

impl Checker<'_, '_> {
    /// Warns of helpers, datasets and entities that no KPI needs. Told only when nothing is wrong: a mistake elsewhere
    /// may be why something looks unused.
    pub(crate) fn unused(&mut self) {
        let used: BTreeSet<usize> =
            self.metrics.iter().flatten().flat_map(|m| m.uses.iter().map(|id| id.0)).collect();
        let leads: BTreeSet<usize> =
            self.metrics.iter().flatten().flat_map(|m| m.leads_to.iter().map(|id| id.0)).collect();
        let mut told = Vec::new();
        for (i, metric) in self.metrics.iter().enumerate() {
            let Some(metric) = metric else { continue };
            if metric.category.is_none() && !used.contains(&i) && !leads.contains(&i) {
                told.push(
                    Diagnostic::warning(codes::UNUSED_DEFINITION, metric.span, format!("no other metric uses `{}`, and without a category it has no page", metric.name))
                        .help("give it `category: reach`, `effect` or `roi`, name it in another metric, or remove it"),
                );
            }
        }
        let datasets = self.used_datasets();
        for (i, table) in self.resolved.tables.iter().enumerate() {
            if !datasets.contains(&DatasetId(i)) {
                let name = &table.dataset.name;
                told.push(
                    Diagnostic::warning(
                        codes::UNUSED_DEFINITION,
                        table.dataset.span,
                        format!("no metric uses the dataset `{name}`"),
                    )
                    .help("remove it, or write a metric over it"),
                );
            }
        }
        let linked = self.used_entities(&datasets);
        for (i, entity) in self.resolved.entities.iter().enumerate() {
            if !linked.contains(&EntityId(i)) {
                told.push(
                    Diagnostic::warning(
                        codes::UNUSED_DEFINITION,
                        entity.span,
                        format!("no dataset in use belongs to the entity `{}`", entity.name),
                    )
                    .help("name it under `entities:` of a dataset, or remove it"),
                );
            }
        }
        for diagnostic in told {
            self.diagnostics.push(diagnostic);
        }
    }

    fn used_datasets(&self) -> BTreeSet<DatasetId> {
        let mut used = BTreeSet::new();
        for metric in self.metrics.iter().flatten() {
            value_datasets(&metric.value, &mut used);
        }
        loop {
            let mut more = BTreeSet::new();
            for id in &used {
                let dataset = self.dataset(*id);
                for (entity, _) in &dataset.entities {
                    more.extend(self.resolved.entity(*entity).home);
                }
                for column in &dataset.columns {
                    if let ColumnSource::Computed(row) = &column.source {
                        row_datasets(row, &mut more);
                    }
                }
            }
            let before = used.len();
            used.extend(more);
            if used.len() == before {
                return used;
            }
        }
    }

    fn used_entities(&self, datasets: &BTreeSet<DatasetId>) -> BTreeSet<EntityId> {
        let mut used: BTreeSet<EntityId> = datasets
            .iter()
            .flat_map(|id| self.dataset(*id).entities.iter().map(|(e, _)| *e))
            .collect();
        loop {
            let more: BTreeSet<EntityId> = used
                .iter()
                .flat_map(|e| self.resolved.entity(*e).belongs_to.iter().copied())
                .collect();
            let before = used.len();
            used.extend(more);
            if used.len() == before {
                return used;
            }
        }
    }
}

fn value_datasets(value: &ValueExpr, used: &mut BTreeSet<DatasetId>) {
    value.each_aggregate(&mut |aggregate| {
        used.insert(aggregate.dataset);
        for row in aggregate.args.iter().chain(&aggregate.on).chain(&aggregate.filter) {
            row_datasets(row, used);
        }
    });
}

fn row_datasets(row: &RowExpr, used: &mut BTreeSet<DatasetId>) {
    row.each_path(&mut |path: &Path| {
        used.extend(path.hops.iter().map(|h| h.to));
        used.insert(path.dataset);
    });
}
