//! What ties the rows of one population to a row of another: equal keys.

use std::collections::BTreeSet;

use super::dimensions::LONGEST;
use super::path::Target;
use crate::check::Checker;
use crate::check::expressions::row::RowScope;
use crate::model::{ColumnId, DatasetId, EntityId, Hop, Link, Path, RowExpr, Type};
use crate::resolve::home_key;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};

impl Checker<'_, '_> {
    /// The key of an entity as a row of the dataset has it: in its own columns, else over the nearest links. Two ways
    /// are told.
    pub(crate) fn keys_of(
        &mut self,
        dataset: DatasetId,
        entity: EntityId,
        span: Span,
    ) -> Option<Vec<Path>> {
        let mut ways = self.key_ways(dataset, entity);
        if ways.len() > 1 {
            let (rows, name) = (&self.dataset(dataset).name, &self.resolved.entity(entity).name);
            let told = Diagnostic::error(
                codes::AMBIGUOUS_NAME,
                span,
                format!("a row of `{rows}` belongs to a `{name}` in two ways"),
            )
            .help(format!("put the key that is meant under `entities:` of `{rows}`"));
            self.diagnostics.push(told);
            return None;
        }
        let (at, hops) = ways.pop()?;
        let columns = self.dataset(at).entity_key(entity)?.to_vec();
        let path = |column| Path { hops: hops.clone(), dataset: at, column };
        Some(columns.into_iter().map(path).collect())
    }

    /// The nearest places over many-to-one links that hold the key of an entity.
    pub(crate) fn key_ways(
        &self,
        dataset: DatasetId,
        entity: EntityId,
    ) -> Vec<(DatasetId, Vec<Hop>)> {
        let mut level: Vec<(DatasetId, Vec<Hop>)> = vec![(dataset, Vec::new())];
        let mut seen = BTreeSet::from([dataset]);
        for _ in 0..=LONGEST {
            if level.is_empty() {
                break;
            }
            let has_key =
                |(at, _): &&(DatasetId, Vec<Hop>)| self.dataset(*at).entity_key(entity).is_some();
            let ways: Vec<(DatasetId, Vec<Hop>)> = level.iter().filter(has_key).cloned().collect();
            if !ways.is_empty() {
                return ways;
            }
            level = self.homes_from(&level, &mut seen);
        }
        Vec::new()
    }

    fn homes_from(
        &self,
        level: &[(DatasetId, Vec<Hop>)],
        seen: &mut BTreeSet<DatasetId>,
    ) -> Vec<(DatasetId, Vec<Hop>)> {
        let mut next: Vec<(DatasetId, Vec<Hop>)> = Vec::new();
        for (at, hops) in level {
            for (entity, columns) in &self.dataset(*at).entities {
                let hop = self.hop_to_home(*at, *entity, columns);
                let Some(hop) = hop.filter(|hop| !seen.contains(&hop.to)) else { continue };
                next.push((hop.to, hops.iter().cloned().chain([hop]).collect()));
            }
        }
        seen.extend(next.iter().map(|(to, _)| *to));
        next
    }

    /// The link from a row that holds the key of an entity in these columns to the entity's home.
    pub(crate) fn hop_to_home(
        &self,
        from: DatasetId,
        entity: EntityId,
        columns: &[ColumnId],
    ) -> Option<Hop> {
        let to = self.resolved.entity(entity).home?;
        let to_columns = home_key(self.resolved.entity(entity), self.resolved.table(to));
        Some(Hop { entity, from, from_columns: columns.to_vec(), to, to_columns, valid: None })
    }

    /// Whether a column is the whole key of an entity where it stands.
    pub(crate) fn is_key_of(&self, path: &Path, entity: EntityId) -> bool {
        self.dataset(path.dataset).entity_key(entity) == Some(&[path.column])
    }

    /// The rows of a member: those that have its key.
    pub(crate) fn links_to_member(
        &mut self,
        outer: &RowScope<'_>,
        entity: EntityId,
        inner: (DatasetId, Option<EntityId>),
        span: Span,
    ) -> Option<Vec<Link>> {
        let before = self.diagnostics.counts().0;
        let theirs = self.keys_of(inner.0, entity, span);
        let own = self.dataset(outer.dataset).entity_key(entity).map(<[_]>::to_vec);
        let (Some(theirs), Some(own)) = (theirs, own) else {
            if self.diagnostics.counts().0 == before {
                self.tell_unlinked(entity, inner, span);
            }
            return None;
        };
        let own =
            own.into_iter().map(|column| Path { hops: Vec::new(), dataset: outer.dataset, column });
        let pairs: Vec<(Path, Path)> = own.zip(theirs).collect();
        Some(pairs.into_iter().map(|(a, b)| self.equal(a, b, span)).collect())
    }

    fn tell_unlinked(
        &mut self,
        entity: EntityId,
        (dataset, members): (DatasetId, Option<EntityId>),
        span: Span,
    ) {
        let name = self.resolved.entity(entity).name.clone();
        let rows = match members {
            Some(other) => format!("a `{}`", self.resolved.entity(other).name),
            None => format!("a row of `{}`", self.dataset(dataset).name),
        };
        let holder = &self.dataset(dataset);
        let told = Diagnostic::error(
            codes::UNLINKED_ROWS,
            span,
            format!(
                "each `{name}` is evaluated over its own rows, and {rows} belongs to no `{name}`"
            ),
        )
        .also(holder.span, "defined here")
        .also(self.resolved.entity(entity).span, format!("`{name}`"))
        .help(format!(
            "if a column holds the key, add it under `entities:` of `{}`: `{name}: {name}_id`",
            holder.name
        ))
        .help(format!(
            "to compare with a figure for all {}, leave it out of the condition on members",
            crate::model::plural(&name)
        ));
        self.diagnostics.push(told);
    }

    /// `with same contact, feature`: keys of entities, or columns that both sides have.
    pub(crate) fn links_by_name(
        &mut self,
        outer: &RowScope<'_>,
        inner: &RowScope<'_>,
        names: &[Spanned<String>],
    ) -> Option<Vec<Link>> {
        let mut links = Vec::new();
        let mut good = true;
        for name in names {
            match self.link_by_name(outer, inner, name) {
                Some(list) => links.extend(list),
                None => good = false,
            }
        }
        good.then_some(links)
    }

    fn link_by_name(
        &mut self,
        outer: &RowScope<'_>,
        inner: &RowScope<'_>,
        name: &Spanned<String>,
    ) -> Option<Vec<Link>> {
        if let Some(entity) = self.resolved.names.entity(&name.node) {
            let theirs = self.same_key(inner, entity, name);
            let own = self.same_key(outer, entity, name);
            let pairs: Vec<(Path, Path)> = own?.into_iter().zip(theirs?).collect();
            return Some(pairs.into_iter().map(|(a, b)| self.equal(a, b, name.span)).collect());
        }
        let path = std::slice::from_ref(name);
        let theirs = self.row_path(inner, path, name.span);
        let own = self.row_path(outer, path, name.span);
        let (Target::Column(own), Target::Column(theirs)) = (own?, theirs?) else { return None };
        let link = self.equal(own, theirs, name.span);
        self.comparable_link(&link, name.span).then(|| vec![link])
    }

    /// The key of an entity that a row belongs to.
    pub(crate) fn key_of_row(
        &mut self,
        scope: &RowScope<'_>,
        of: &Spanned<String>,
    ) -> Vec<RowExpr> {
        // A name that is no entity was reported.
        let Some(entity) = self.resolved.names.entity(&of.node) else { return Vec::new() };
        let key = self.same_key(scope, entity, of).unwrap_or_default();
        key.into_iter().map(|path| self.column_node(path, of.span)).collect()
    }

    fn same_key(
        &mut self,
        scope: &RowScope<'_>,
        entity: EntityId,
        name: &Spanned<String>,
    ) -> Option<Vec<Path>> {
        let before = self.diagnostics.counts().0;
        let found = self.keys_of(scope.dataset, entity, name.span);
        if found.is_none() && self.diagnostics.counts().0 == before {
            let dataset = self.dataset(scope.dataset);
            let told = Diagnostic::error(
                codes::UNLINKED_ROWS,
                name.span,
                format!("a row of `{}` has no single `{}`", dataset.name, name.node),
            )
            .also(dataset.span, "defined here")
            .help(format!(
                "if a column holds its key, add it under `entities:` of `{}`",
                dataset.name
            ));
            self.diagnostics.push(told);
        }
        found
    }

    /// Two values that must be equal.
    pub(crate) fn equal(&mut self, outer: Path, inner: Path, span: Span) -> Link {
        Link { outer: self.column_node(outer, span), inner: self.column_node(inner, span) }
    }

    /// Whether both sides can be equal at all; told when not.
    pub(crate) fn comparable_link(&mut self, link: &Link, span: Span) -> bool {
        let (a, b) = (link.outer.ty, link.inner.ty);
        let good = a == b
            || a == Type::Unknown
            || b == Type::Unknown
            || (a.is_numeric() && b.is_numeric());
        if !good {
            let told = Diagnostic::error(
                codes::TYPE_MISMATCH,
                span,
                format!(
                    "what must be the same is {} on one side and {} on the other",
                    a.describe(),
                    b.describe()
                ),
            );
            self.diagnostics.push(told.help("name columns of one type"));
        }
        good
    }
}
