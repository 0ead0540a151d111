//! Paths: from a row of a dataset over many-to-one links to a column or a key. Nothing else can be followed, so no
//! path ever makes one row into several.

use std::collections::{BTreeSet, VecDeque};

use super::dimensions::LONGEST;
use crate::check::Checker;
use crate::check::expressions::expr::Reported;
use crate::check::expressions::row::RowScope;
use crate::model::{DatasetId, EntityId, Hop, Path};
use crate::resolve::Definition;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};

/// Where a path ends.
#[derive(Debug)]
pub(crate) enum Target {
    Column(Path),
    /// The key of an entity: one path per key column.
    Key(EntityId, Vec<Path>),
}

impl Checker<'_, '_> {
    /// Follows a path from a row of `start`. The dataset's own name may lead it.
    pub(crate) fn row_path(
        &mut self,
        scope: &RowScope<'_>,
        path: &[Spanned<String>],
        span: Span,
    ) -> Option<Target> {
        let start = scope.dataset;
        if let [name] = path {
            return self.bare_name(scope, name);
        }
        let own = path[0].node == self.dataset(start).name;
        let (last, links) = path[usize::from(own)..].split_last()?;
        if links.len() > LONGEST {
            let message = format!("this path follows {} links, and at most {LONGEST}", links.len());
            self.diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, span, format!("{message} are followed"))
                    .help("compute a column where the path begins to repeat itself, or put the key that is meant under `entities:`"),
            );
            return None;
        }
        let mut hops: Vec<Hop> = Vec::new();
        let mut at = start;
        for link in links {
            let hop = self.hop(start, at, link, span).ok()?;
            if let Some(hop) = hop {
                at = hop.to;
                hops.push(hop);
            }
        }
        self.end(scope, at, hops, last, span)
    }

    /// A name alone: a column of the row, or the key of an entity that the row belongs to.
    fn bare_name(&mut self, scope: &RowScope<'_>, name: &Spanned<String>) -> Option<Target> {
        let (start, text) = (scope.dataset, &name.node);
        let column = self.find_column(start, text);
        match (column, self.resolved.names.get(text)) {
            (Some(column), None) => {
                Some(Target::Column(Path { hops: Vec::new(), dataset: start, column }))
            }
            (Some(column), Some(Definition::Entity(entity)))
                if self.dataset(start).entity_key(entity) == Some(&[column]) =>
            {
                Some(Target::Column(Path { hops: Vec::new(), dataset: start, column }))
            }
            // A package does not know what else is called so in a project.
            (Some(column), Some(_))
                if self.resolved.package.is_imported(name.span)
                    && !self
                        .resolved
                        .names
                        .span(text)
                        .is_some_and(|span| self.resolved.package.is_imported(span)) =>
            {
                Some(Target::Column(Path { hops: Vec::new(), dataset: start, column }))
            }
            (Some(column), Some(global)) => {
                let dataset = self.dataset(start);
                let mut told = Diagnostic::error(
                    codes::AMBIGUOUS_NAME,
                    name.span,
                    format!(
                        "`{text}` is a column of `{}` and also {}",
                        dataset.name,
                        global.what()
                    ),
                )
                .also(dataset[column].span, "the column");
                if let Some(span) = self.resolved.names.span(text) {
                    told = told.also(span, global.what());
                }
                let told = told.help(format!("write `{}.{text}` for the column", dataset.name));
                self.diagnostics.push(told);
                None
            }
            (None, Some(Definition::Entity(entity)))
                if self.dataset(start).entity_key(entity).is_some() =>
            {
                self.key(start, Vec::new(), entity)
            }
            (None, Some(global)) => {
                self.tell_global(start, name, global, scope.aggregate);
                None
            }
            (None, None) => {
                if scope.members.is_some()
                    && let Some(found) =
                        self.history_column(scope, start, &[], name, name.span).ok()?
                {
                    return Some(found);
                }
                if let Some(column) = self.assume_column(start, text) {
                    return Some(Target::Column(Path { hops: Vec::new(), dataset: start, column }));
                }
                if !self.resolved.names.is_unread(text) {
                    self.tell_no_column(start, &[], name);
                }
                None
            }
        }
    }

    /// A global name where the value of a row stands.
    fn tell_global(
        &mut self,
        start: DatasetId,
        name: &Spanned<String>,
        global: Definition,
        aggregate: Option<Span>,
    ) {
        let (text, rows) = (&name.node, &self.dataset(start).name);
        let told = match global {
            Definition::Metric(_) => {
                let told = Diagnostic::error(
                    codes::AGGREGATE_INSIDE_AGGREGATE,
                    name.span,
                    format!("`{text}` is a metric, and a row of `{rows}` has no metric of its own"),
                );
                match aggregate {
                    Some(span) => told.also(span, "inside this aggregate"),
                    None => told,
                }
                .help("use columns of the row here; combine metrics outside the parentheses")
            }
            Definition::Dataset(_) | Definition::Behavior(_) => Diagnostic::error(
                codes::FAN_OUT_PATH,
                name.span,
                format!(
                    "`{text}` is {}, and a row of `{rows}` has no single row in it",
                    global.what()
                ),
            )
            .help("name a column of the row, or a path over the entities that it belongs to"),
            Definition::Segment(_) => Diagnostic::error(
                codes::UNKNOWN_NAME,
                name.span,
                format!("`{text}` is a segment, not a value of a row of `{rows}`"),
            )
            .help("compare it: `size = 'large'`, or name it alone as a condition"),
            Definition::Entity(entity) => {
                let told = Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    name.span,
                    format!("a row of `{rows}` belongs to no `{text}`"),
                );
                match self.way(start, |c, at| c.dataset(at).entity_key(entity).is_some()) {
                    Some(way) => told.help(format!("it belongs to one through others: write `{}.{text}`", way.join("."))),
                    None => told.help(format!("if a column holds its key, add it under `entities:` of `{rows}`: `{text}: {text}_id`")),
                }
            }
        };
        let told = match self.resolved.names.span(text) {
            Some(span) => told.also(span, "defined here"),
            None => told,
        };
        self.diagnostics.push(told);
    }

    /// The last name of a path that came to a dataset over these links is none of its columns.
    fn tell_no_column(&mut self, dataset: DatasetId, hops: &[Hop], name: &Spanned<String>) {
        let mut told = self.resolved.table(dataset).no_column(name);
        let text = &name.node;
        let link = |hop: &Hop| self.resolved.entity(hop.entity).name.as_str();
        let before: Vec<&str> = hops.iter().map(link).collect();
        let reached = self
            .dimensions
            .id(text)
            .and_then(|id| self.dataset(dataset).reach.get(&id)?.as_column());
        if let Some(path) = reached.filter(|path| !path.hops.is_empty()) {
            let end = &self.dataset(path.dataset)[path.column].name;
            let links = before.into_iter().chain(path.hops.iter().map(link));
            let way = links.chain([end.as_str()]).collect::<Vec<_>>().join(".");
            told.help.insert(0, format!("for the dimension `{text}` write `{way}`"));
        } else if let Some(way) = self.way(dataset, |c, at| c.resolved.table(at).has_column(text)) {
            let way = [before, way].concat().join(".");
            told.help.insert(0, format!("did you mean `{way}.{text}`?"));
        }
        self.diagnostics.push(told);
    }

    /// The shortest way from a row over entities to a home that has what is wanted.
    fn way(&self, from: DatasetId, wanted: impl Fn(&Self, DatasetId) -> bool) -> Option<Vec<&str>> {
        let mut seen = BTreeSet::from([from]);
        let mut queue = VecDeque::from([(from, Vec::new())]);
        while let Some((at, way)) = queue.pop_front() {
            for (entity, _) in &self.dataset(at).entities {
                let entity = self.resolved.entity(*entity);
                let Some(home) = entity.home.filter(|home| seen.insert(*home)) else { continue };
                let mut way: Vec<&str> = way.clone();
                way.push(&entity.name);
                if wanted(self, home) {
                    return Some(way);
                }
                queue.push_back((home, way));
            }
        }
        None
    }

    /// One link. Absent: the row is the member itself, so there is nothing to follow.
    fn hop(
        &mut self,
        start: DatasetId,
        at: DatasetId,
        link: &Spanned<String>,
        span: Span,
    ) -> Result<Option<Hop>, Reported> {
        let Some(entity) = self.resolved.names.entity(&link.node) else {
            if !self.resolved.names.is_unread(&link.node) {
                self.tell_no_link(at, link, span);
            }
            return Err(Reported);
        };
        let Some(home) = self.resolved.entity(entity).home else {
            let told = Diagnostic::error(
                codes::UNKNOWN_COLUMN,
                link.span,
                format!("`{}` has no home dataset, so there are no columns behind it", link.node),
            )
            .also(self.resolved.entity(entity).span, "defined here")
            .help("add `home:` to the entity: the dataset that has one row per member");
            // An entity whose `home:` is wrong was told already.
            if self.resolved.package.entities[entity.0].home.is_none() {
                self.diagnostics.push(told);
            }
            return Err(Reported);
        };
        if home == at {
            return Ok(None);
        }
        let Some(columns) = self.dataset(at).entity_key(entity).map(<[_]>::to_vec) else {
            self.tell_not_linked(start, at, entity, link, span);
            return Err(Reported);
        };
        self.hop_to_home(at, entity, &columns).map(Some).ok_or(Reported)
    }

    /// The last name of a path: a column, or an entity's key.
    fn end(
        &mut self,
        scope: &RowScope<'_>,
        at: DatasetId,
        hops: Vec<Hop>,
        last: &Spanned<String>,
        span: Span,
    ) -> Option<Target> {
        let column = self.find_column(at, &last.node);
        let entity = self
            .resolved
            .names
            .entity(&last.node)
            .filter(|e| self.dataset(at).entity_key(*e).is_some());
        match (column, entity) {
            (Some(column), Some(entity))
                if self.dataset(at).entity_key(entity) != Some(&[column]) =>
            {
                let dataset = self.dataset(at);
                let told = Diagnostic::error(
                    codes::AMBIGUOUS_NAME,
                    last.span,
                    format!(
                        "`{}` is a column of `{}` and also an entity that its rows belong to",
                        last.node, dataset.name
                    ),
                )
                .also(dataset[column].span, "the column")
                .also(self.resolved.entity(entity).span, "the entity")
                .help(format!(
                    "give the column another name: `{0}_name: {{ column: {0} }}`",
                    last.node
                ));
                self.diagnostics.push(told);
                None
            }
            (Some(column), _) => Some(Target::Column(Path { hops, dataset: at, column })),
            (None, Some(entity)) => self.key(at, hops, entity),
            (None, None) => {
                if let Some(found) = self.history_column(scope, at, &hops, last, span).ok()? {
                    return Some(found);
                }
                if let Some(column) = self.assume_column(at, &last.node) {
                    return Some(Target::Column(Path { hops, dataset: at, column }));
                }
                self.tell_no_end(at, &hops, last, span);
                None
            }
        }
    }

    fn key(&self, at: DatasetId, hops: Vec<Hop>, entity: EntityId) -> Option<Target> {
        let columns = self.dataset(at).entity_key(entity)?;
        let path = |column: &_| Path { hops: hops.clone(), dataset: at, column: *column };
        Some(Target::Key(entity, columns.iter().map(path).collect()))
    }

    /// The last name is no column: it may be one of the entity's other datasets, which have many rows per member.
    fn tell_no_end(&mut self, at: DatasetId, hops: &[Hop], last: &Spanned<String>, span: Span) {
        let text = &last.node;
        let Some(entity) = hops.last().map(|h| h.entity) else {
            if let Some(global) = self.resolved.names.get(text) {
                self.tell_global(at, last, global, None);
            } else {
                self.tell_no_column(at, &[], last);
            }
            return;
        };
        let name = self.resolved.entity(entity).name.clone();
        let found = (0..self.resolved.tables.len()).map(DatasetId).find(|id| {
            *id != at
                && self.dataset(*id).entity_key(entity).is_some()
                && self.resolved.table(*id).has_column(text)
        });
        let Some(other) = found else {
            self.tell_no_column(at, hops, last);
            return;
        };
        let other = self.dataset(other);
        let told = Diagnostic::error(
            codes::FAN_OUT_PATH,
            span,
            format!("`{text}` is in `{}`, which may have many rows of one `{name}`", other.name),
        )
        .help(format!(
            "aggregate it: `last({}.{text})`; or put one value per {name} into `{}`",
            other.name,
            self.dataset(at).name
        ));
        let told = told.also(other.span, "defined here");
        self.diagnostics.push(told);
    }

    /// A name inside a path that is no entity.
    fn tell_no_link(&mut self, at: DatasetId, link: &Spanned<String>, span: Span) {
        let (text, here) = (&link.node, self.dataset(at).name.clone());
        let told = match self.resolved.names.get(text) {
            Some(Definition::Dataset(other)) => {
                let home_of = self
                    .dataset(at)
                    .entities
                    .iter()
                    .find(|(e, _)| self.resolved.entity(*e).home == Some(other));
                let told = Diagnostic::error(
                    codes::FAN_OUT_PATH,
                    span,
                    format!(
                        "a path can't lead from `{here}` into `{text}`: it follows entities, to one row each"
                    ),
                );
                let told = match self.resolved.names.span(text) {
                    Some(defined) => told.also(defined, format!("`{text}` is a dataset")),
                    None => told,
                };
                match home_of {
                    Some((entity, _)) => told.help(format!("write the entity instead of its dataset: `{}.…`", self.resolved.entity(*entity).name)),
                    None => told.help(format!("a row of `{here}` may meet many rows of `{text}`; aggregate `{text}` by itself, or make it the home of an entity that `{here}` lists")),
                }
            }
            Some(global) => Diagnostic::error(
                codes::UNKNOWN_NAME,
                link.span,
                format!("`{text}` is {}, and a path follows entities", global.what()),
            ),
            None if self.resolved.names.is_unread(text) => return,
            None => {
                let told = Diagnostic::error(
                    codes::UNKNOWN_NAME,
                    link.span,
                    format!("a row of `{here}` belongs to no `{text}`"),
                );
                let is_entity = |d| matches!(d, Definition::Entity(_));
                let meant = self.resolved.names.meant(text, is_entity);
                told.help(meant.unwrap_or_else(|| self.links_of(at)))
            }
        };
        self.diagnostics.push(told);
    }

    fn links_of(&self, at: DatasetId) -> String {
        let names: Vec<_> = self
            .dataset(at)
            .entities
            .iter()
            .map(|(e, _)| format!("`{}`", self.resolved.entity(*e).name))
            .collect();
        if names.is_empty() {
            format!(
                "a row of `{}` belongs to no entity yet: add `entities:`",
                self.dataset(at).name
            )
        } else {
            format!("a row of `{}` belongs to {}", self.dataset(at).name, names.join(", "))
        }
    }

    /// An entity that the row does not belong to directly.
    fn tell_not_linked(
        &mut self,
        start: DatasetId,
        at: DatasetId,
        entity: EntityId,
        link: &Spanned<String>,
        span: Span,
    ) {
        let (text, here) = (&link.node, &self.dataset(at).name);
        let up = self.chain(at, entity);
        let home = self.resolved.entity(entity).home;
        let down = home.is_some_and(|home| {
            self.dataset(at).entities.iter().any(|(e, _)| {
                self.resolved.entity(*e).home == Some(at) && self.chain(home, *e).is_some()
            })
        });
        let told = if let Some(chain) = up {
            let chain = chain
                .iter()
                .map(|e| self.resolved.entity(*e).name.as_str())
                .collect::<Vec<_>>()
                .join(".");
            Diagnostic::error(
                codes::UNKNOWN_NAME,
                link.span,
                format!("a row of `{here}` belongs to `{text}` only through others"),
            )
            .help(format!("write `{chain}.…`"))
        } else if down {
            Diagnostic::error(codes::FAN_OUT_PATH, span, format!("one row of `{here}` may have many of `{text}`, so the path has no single value"))
                .also(self.resolved.entity(entity).span, "defined here")
                .help(format!("begin at the dataset with the rows you want to count, and follow the path to `{here}` from there"))
        } else {
            Diagnostic::error(codes::UNKNOWN_NAME, link.span, format!("a row of `{here}` belongs to no `{text}`"))
                .also(self.dataset(start).span, format!("the path begins at a row of `{}`", self.dataset(start).name))
                .help(format!("if a column of `{here}` holds its key, add it under `entities:`: `{text}: {text}_id`"))
        };
        self.diagnostics.push(told);
    }

    /// The shortest chain of entities from a row to one of `to`.
    fn chain(&self, from: DatasetId, to: EntityId) -> Option<Vec<EntityId>> {
        let mut seen = BTreeSet::from([from]);
        let mut queue = VecDeque::from([(from, Vec::new())]);
        while let Some((at, way)) = queue.pop_front() {
            for (entity, _) in &self.dataset(at).entities {
                let Some(home) = self.resolved.entity(*entity).home else { continue };
                let mut way: Vec<EntityId> = way.clone();
                way.push(*entity);
                if *entity == to && home != at {
                    return Some(way);
                }
                if seen.insert(home) {
                    queue.push_back((home, way));
                }
            }
        }
        None
    }
}
