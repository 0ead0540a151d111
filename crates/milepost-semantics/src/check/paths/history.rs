//! Attributes as they were: a column of an entity's one history.

use super::path::Target;
use crate::check::Checker;
use crate::check::expressions::expr::Reported;
use crate::check::expressions::row::RowScope;
use crate::model::{ColumnId, DatasetId, DatasetKind, EntityId, Hop, Path, ValidAt};
use crate::resolve::home_key;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};

/// A column of a history, and the entity whose history it is.
pub(crate) struct Historic {
    pub(crate) entity: EntityId,
    pub(crate) dataset: DatasetId,
    pub(crate) column: ColumnId,
}

impl Checker<'_, '_> {
    /// The last name of a path that came to the members of an entity, as a column of the entity's history. Absent if no
    /// history has it.
    pub(crate) fn history_column(
        &mut self,
        scope: &RowScope<'_>,
        at: DatasetId,
        hops: &[Hop],
        last: &Spanned<String>,
        span: Span,
    ) -> Result<Option<Target>, Reported> {
        let entity = match hops.last() {
            Some(hop) => Some(hop.entity),
            None => self.entity_of(at),
        };
        let Some(entity) = entity else { return Ok(None) };
        let found = self.histories_with(entity, &last.node);
        let historic = match found.as_slice() {
            [] => return Ok(None),
            [one] => one,
            [first, second, ..] => {
                let (a, b) = (self.dataset(first.dataset), self.dataset(second.dataset));
                let told = Diagnostic::error(
                    codes::AMBIGUOUS_NAME,
                    span,
                    format!(
                        "`{}` is a column of two histories: `{}` and `{}`",
                        last.node, a.name, b.name
                    ),
                )
                .also(a.span, "one history")
                .also(b.span, "the other")
                .help(format!("aggregate the one that is meant: `last({}.{})`", a.name, last.node));
                self.diagnostics.push(told);
                return Err(Reported);
            }
        };
        let Some(valid) = scope.when else {
            let dataset = &self.dataset(historic.dataset);
            let told = Diagnostic::error(
                codes::NEEDS_TIME,
                span,
                format!(
                    "`{}` changes in time (it is in `{}`), and a computed column has no time",
                    last.node, dataset.name
                ),
            )
            .also(dataset.span, "the history")
            .help("name it in the condition of an aggregate instead");
            self.diagnostics.push(told);
            return Err(Reported);
        };
        let (dataset, column) = (historic.dataset, historic.column);
        let target = self.history_hop(historic.entity, at, dataset, valid).map(|hop| {
            let hops = hops.iter().cloned().chain([hop]).collect();
            Target::Column(Path { hops, dataset, column })
        });
        Ok(target)
    }

    /// The entity whose members are the rows of a dataset.
    pub(crate) fn entity_of(&self, dataset: DatasetId) -> Option<EntityId> {
        self.resolved.entities.iter().position(|e| e.members == Some(dataset)).map(EntityId)
    }

    /// The histories of an entity that have a column of that name which is no key and no time of theirs.
    pub(crate) fn histories_with(&mut self, entity: EntityId, name: &str) -> Vec<Historic> {
        let mut found = Vec::new();
        for dataset in (0..self.resolved.tables.len()).map(DatasetId) {
            let DatasetKind::History { from, to } = self.dataset(dataset).kind else { continue };
            if self.dataset(dataset).entity_key(entity).is_none() {
                continue;
            }
            let Some(column) = self.find_column(dataset, name) else { continue };
            let keys = self.dataset(dataset).entities.iter().flat_map(|(_, columns)| columns);
            if column != from && column != to && !keys.into_iter().any(|key| *key == column) {
                found.push(Historic { entity, dataset, column });
            }
        }
        found
    }

    /// The link from the members of an entity into one of its histories.
    pub(crate) fn history_hop(
        &self,
        entity: EntityId,
        from: DatasetId,
        to: DatasetId,
        valid: ValidAt,
    ) -> Option<Hop> {
        let from_columns = home_key(self.resolved.entity(entity), self.resolved.table(from));
        let to_columns = self.dataset(to).entity_key(entity)?.to_vec();
        Some(Hop { entity, from, from_columns, to, to_columns, valid: Some(valid) })
    }
}
