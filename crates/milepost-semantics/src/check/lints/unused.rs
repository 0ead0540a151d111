//! Definitions that nothing uses.

use std::collections::BTreeSet;

use crate::check::Checker;
use crate::model::reads::{Read, Reader, Role, Walk};
use crate::model::{BehaviorId, ColumnSource, DatasetId, EntityId, MetricId, SegmentId};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

impl Checker<'_, '_> {
    /// Warns of helpers, datasets and entities that no KPI needs. Told only when nothing is wrong: a mistake elsewhere
    /// may be why something looks unused.
    pub(crate) fn unused(&mut self) {
        let all = || self.metrics.iter().flatten();
        let mut used: BTreeSet<MetricId> = all().flat_map(|m| &m.uses).copied().collect();
        used.extend(self.used.metrics.keys());
        used.extend(all().flat_map(|m| &m.leads_to));
        let mut told = Vec::new();
        for (i, metric) in self.metrics.iter().enumerate() {
            let Some(metric) = metric else { continue };
            // A package brings what its other definitions may need, and what a project may.
            if self.resolved.package.is_imported(metric.span) {
                continue;
            }
            let is_helper = metric.category.is_none() && metric.list.is_none();
            let own = self.resolved.package.metrics[i].owner.is_none();
            if is_helper && own && !used.contains(&MetricId(i)) {
                told.push(
                    Diagnostic::warning(codes::UNUSED_DEFINITION, metric.span, format!("no other metric uses `{}`, and without a category it has no page", metric.name))
                        .help("give it `category: reach`, `effect` or `roi`, name it in another metric, or remove it"),
                );
            }
        }
        self.unused_groups(&mut told);
        let datasets = self.used_datasets();
        for (i, table) in self.resolved.tables.iter().enumerate() {
            if table.dataset.derived.is_none() && !datasets.contains(&DatasetId(i)) {
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

    /// Behaviors and segments that no metric comes to, by whatever way.
    fn unused_groups(&self, told: &mut Vec<Diagnostic>) {
        for (i, behavior) in self.behaviors.iter().enumerate() {
            let Some(behavior) = behavior else { continue };
            let own = !self.resolved.package.is_imported(behavior.span);
            if own && !self.used.behaviors.contains(&BehaviorId(i)) {
                let message = format!("no metric uses the behavior `{}`", behavior.name);
                told.push(
                    Diagnostic::warning(codes::UNUSED_DEFINITION, behavior.span, message)
                        .help("remove it, or use it in place of a dataset"),
                );
            }
        }
        let sliced: BTreeSet<SegmentId> = self
            .metrics
            .iter()
            .flatten()
            .flat_map(|m| m.slices.iter())
            .filter_map(|id| self.dimensions.list[id.0].segment)
            .collect();
        for (i, segment) in self.segments.iter().enumerate() {
            let Some(segment) = segment else { continue };
            let id = SegmentId(i);
            let own = segment.owner.is_none() && !self.resolved.package.is_imported(segment.span);
            // One whose members can be counted has a page of its own.
            let is_shown = self.resolved.entity(segment.of).lives.is_some();
            if own && !is_shown && !self.used.segments.contains(&id) && !sliced.contains(&id) {
                let message = format!("no metric uses the segment `{}`", segment.name);
                told.push(
                    Diagnostic::warning(codes::UNUSED_DEFINITION, segment.span, message)
                        .help("slice a metric by it, name it in a condition, or remove it; with `lives:` of its entity its members are counted over time"),
                );
            }
        }
    }

    fn used_datasets(&self) -> BTreeSet<DatasetId> {
        // By position: asked for every path of every metric.
        let mut named = vec![false; self.resolved.tables.len()];
        let mut reader = Datasets(&mut |id| named[id.0] = true);
        let dataset: &dyn Fn(DatasetId) -> _ = &|id| self.dataset(id);
        let mut walk = Walk { definitions: dataset, reader: &mut reader };
        for metric in self.metrics.iter().flatten() {
            metric.each_aggregate(&mut |aggregate| walk.aggregate(aggregate));
        }
        for behavior in self.behaviors.iter().flatten() {
            walk.rows(behavior.dataset, Role::Rows);
            behavior.filter.iter().for_each(|filter| walk.expr(filter, Role::Condition));
        }
        for segment in self.segments.iter().flatten() {
            walk.rows(segment.members, Role::Rows);
            segment.exprs().for_each(|condition| walk.expr(condition, Role::Condition));
        }
        let mut used: BTreeSet<DatasetId> =
            (0..named.len()).filter(|i| named[*i]).map(DatasetId).collect();
        loop {
            let mut more = BTreeSet::new();
            for id in &used {
                let definition = self.dataset(*id);
                let sources = definition.derived.iter().flat_map(|derived| &derived.sources);
                more.extend(sources.map(|source| source.dataset));
                for (entity, _) in &definition.entities {
                    more.extend(self.resolved.entity(*entity).home);
                }
                for column in &definition.columns {
                    if let ColumnSource::Computed(row) = &column.source {
                        let mut reader = Datasets(&mut |id| {
                            more.insert(id);
                        });
                        Walk { definitions: dataset, reader: &mut reader }.expr(row, Role::Value);
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

/// Someone who is shown the datasets that are named.
struct Datasets<'f>(&'f mut dyn FnMut(DatasetId));

impl<'m> Reader<'m> for Datasets<'_> {
    fn read(&mut self, read: Read<'m>, _: Role) -> bool {
        match read {
            Read::Rows(id) | Read::Column((id, _)) => {
                (self.0)(id);
                false
            }
            Read::Expr(_) | Read::Hop(_) | Read::Inner(_) => true,
            _ => false,
        }
    }
}
