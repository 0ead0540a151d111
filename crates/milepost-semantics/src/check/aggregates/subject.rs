//! What an aggregate aggregates: rows of a dataset, a column, a key, or an expression over columns of one dataset.

use crate::check::Checker;
use crate::check::expressions::expr::{Meaning, Node};
use crate::check::expressions::row::RowScope;
use crate::check::paths::path::Target;
use crate::model::{
    BehaviorId, DatasetId, EntityId, Form, RowExpr, RowKind, Type, Unit, ValidAt, Window, singular,
};
use crate::resolve::Definition;
use milepost_syntax::ast::{self, AggregateFunction, Expr, ExprKind};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, print_expr};

/// The rows, and what is taken of each.
pub(crate) struct Subject<'e> {
    pub(crate) rows: Rows<'e>,
    /// Empty: the rows themselves.
    pub(crate) args: Vec<RowExpr>,
    /// Of one argument, or of a count of what is counted.
    pub(crate) meaning: Meaning,
}

/// What an author names when rows are wanted: a dataset, a behavior, or an entity.
#[derive(Clone, Debug)]
pub(crate) struct Rows<'e> {
    pub(crate) dataset: DatasetId,
    pub(crate) behavior: Option<BehaviorId>,
    /// Members of this entity.
    pub(crate) members: Option<EntityId>,
    /// The name that was written.
    pub(crate) name: &'e str,
}

impl<'e> Rows<'e> {
    /// The name by which columns are written, where it is not the dataset's.
    pub(crate) fn alias(&self) -> Option<&'e str> {
        (self.behavior.is_some() || self.members.is_some()).then_some(self.name)
    }
}

impl Checker<'_, '_> {
    /// The subject of an aggregate; absent when something is wrong with it, which is told.
    pub(crate) fn subject<'e>(
        &mut self,
        aggregate: &'e ast::Aggregate,
        span: Span,
        outer: Option<&RowScope<'_>>,
    ) -> Option<Subject<'e>> {
        if let ExprKind::Path(path) = &aggregate.subject.kind
            && let [name] = path.as_slice()
        {
            let rows = self.rows(name, span)?;
            return self.rows_subject(aggregate, rows, name.span);
        }
        if matches!(aggregate.subject.kind, ExprKind::Error) {
            return None;
        }
        let rows = self.one_dataset(&aggregate.subject, span)?;
        match (aggregate.function.node, aggregate.distinct) {
            (AggregateFunction::Count, None) => {
                self.tell_count_of_value(aggregate, rows.name);
                None
            }
            (AggregateFunction::Any, _) => {
                let mut scope = self.scope_of(&rows, span, Window::Bucket, outer);
                let value = self.expr(&mut scope, &aggregate.subject);
                if value.ty() == Type::Unknown {
                    return None;
                }
                let text = print_expr(&aggregate.subject);
                let name = rows.name;
                let condition = match value.ty() {
                    Type::Boolean => text,
                    _ => format!("{text} is not null"),
                };
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::TYPE_MISMATCH,
                        aggregate.subject.span,
                        "`any` asks whether there is a row, so it takes rows",
                    )
                    .help(format!("write `any({name} where {condition})`")),
                );
                None
            }
            _ => self.value_subject(aggregate, rows, span, outer),
        }
    }

    /// The rows of an aggregate, as names in it are read.
    pub(crate) fn scope_of<'s>(
        &self,
        rows: &Rows<'s>,
        span: Span,
        window: Window,
        outer: Option<&'s RowScope<'s>>,
    ) -> RowScope<'s> {
        let judged = rows.members.is_some() || window.is_state();
        RowScope {
            dataset: rows.dataset,
            aggregate: Some(span),
            alias: rows.alias(),
            members: rows.members,
            when: Some(if judged { ValidAt::End } else { ValidAt::Row }),
            daily: outer.is_some_and(|outer| outer.daily),
            in_block: outer.is_some_and(|outer| outer.in_block),
            outer,
            since: outer.and_then(|outer| outer.since),
        }
    }

    /// A dataset, a behavior or an entity named alone.
    pub(crate) fn rows<'e>(&mut self, name: &'e Spanned<String>, span: Span) -> Option<Rows<'e>> {
        let text = name.node.as_str();
        let told = match self.resolved.names.get(text) {
            Some(Definition::Dataset(dataset)) => {
                return Some(Rows { dataset, behavior: None, members: None, name: text });
            }
            Some(Definition::Behavior(id)) => {
                // One that is wrong is silent: its mistake is told there.
                let dataset = self.behaviors[id.0].as_ref()?.dataset;
                self.named.behaviors.insert(id);
                return Some(Rows { dataset, behavior: Some(id), members: None, name: text });
            }
            Some(Definition::Entity(id)) => {
                if let Some(dataset) = self.resolved.entity(id).members {
                    return Some(Rows { dataset, behavior: None, members: Some(id), name: text });
                }
                self.no_members(name, id)
            }
            Some(Definition::Segment(id)) => {
                let spec = &self.resolved.package.segments[id.0];
                let of = spec.of.as_ref().map_or("account", |of| of.node.as_str());
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    name.span,
                    format!("`{text}` is a segment, and an aggregate takes rows or members"),
                )
                .also(spec.name.span, "the segment")
                .help(format!("count the members that are in it: `count({of} where {text})`"))
            }
            Some(Definition::Metric(_)) => {
                let told = Diagnostic::error(
                    codes::AGGREGATE_INSIDE_AGGREGATE,
                    name.span,
                    format!("`{text}` is a metric, so it is aggregated already"),
                );
                let told = match self.resolved.names.span(text) {
                    Some(defined) => told.also(defined, "the metric"),
                    None => told,
                };
                told.also(span, "the aggregate around it").help(format!(
                    "write `{text}` without the aggregate, or aggregate the rows of a dataset"
                ))
            }
            None if self.resolved.names.is_unread(text) => return None,
            None => self.no_rows(name),
        };
        self.diagnostics.push(told);
        None
    }

    fn no_members(&self, name: &Spanned<String>, id: EntityId) -> Diagnostic {
        let text = &name.node;
        Diagnostic::error(
            codes::NEEDS_LIVES,
            name.span,
            format!("nothing says who the members of `{text}` are: it has no home, and no dataset holds its key"),
        )
        .also(self.resolved.entity(id).span, "the entity")
        .help(format!("add `home:` to the entity, or `{text}: …` under `entities:` of a dataset that has its key"))
    }

    fn no_rows(&self, name: &Spanned<String>) -> Diagnostic {
        let text = &name.node;
        let told = Diagnostic::error(
            codes::UNKNOWN_NAME,
            name.span,
            format!("there is no dataset `{text}`"),
        );
        let holders: Vec<&str> = self
            .resolved
            .tables
            .iter()
            .filter(|t| t.has_column(text))
            .map(|t| t.dataset.name.as_str())
            .take(3)
            .collect();
        if !holders.is_empty() {
            let written =
                holders.iter().map(|h| format!("`{h}.{text}`")).collect::<Vec<_>>().join(" or ");
            return told.help(format!("a column is written with its dataset: {written}"));
        }
        let has_rows = |d| {
            matches!(d, Definition::Dataset(_) | Definition::Behavior(_) | Definition::Entity(_))
        };
        match self.resolved.names.meant(text, has_rows) {
            Some(meant) => told.help(meant),
            None => told.help("name rows of a dataset, like `count(events)`, or a column of one, like `sum(invoices.amount)`"),
        }
    }

    fn rows_subject<'e>(
        &mut self,
        aggregate: &ast::Aggregate,
        rows: Rows<'e>,
        span: Span,
    ) -> Option<Subject<'e>> {
        let function = aggregate.function.node;
        let id = rows.dataset;
        let meaning = match (function, aggregate.distinct) {
            (AggregateFunction::Count, None) => {
                Meaning { ty: Type::Integer, unit: Unit::count(self.one_of_rows(&rows)) }
            }
            (AggregateFunction::Any, _) => Meaning::plain(Type::Boolean),
            (AggregateFunction::Count, Some(_)) => {
                if rows.members.is_some() {
                    let told = Diagnostic::error(
                        codes::TYPE_MISMATCH,
                        span,
                        format!("members of `{}` are distinct already", rows.name),
                    );
                    self.diagnostics.push(told.help(format!("write `count({})`", rows.name)));
                    return None;
                }
                let name = rows.name.to_owned();
                let keys: Vec<String> = self
                    .dataset(id)
                    .entities
                    .iter()
                    .map(|(e, _)| {
                        format!("`count(distinct {name}.{})`", self.resolved.entity(*e).name)
                    })
                    .collect();
                let told = Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    span,
                    format!(
                        "`{name}` stands for rows, and each row is one: `distinct` needs a column or an entity"
                    ),
                );
                self.diagnostics.push(if keys.is_empty() {
                    told.help(format!("write `count({name})` for the rows"))
                } else {
                    told.help(format!(
                        "write {}, or `count({name})` for the rows",
                        keys.join(" or ")
                    ))
                });
                return None;
            }
            _ => {
                let dataset = self.dataset(id);
                let numbers: Vec<&str> = dataset
                    .columns
                    .iter()
                    .filter(|c| c.ty.is_numeric())
                    .map(|c| c.name.as_str())
                    .collect();
                let word = function.name();
                let told = Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    span,
                    format!("`{}` stands for rows, and `{word}` needs a value of each", rows.name),
                );
                let example = numbers.first().copied().unwrap_or("column");
                let told = told.help(format!("name a column: `{word}({}.{example})`", rows.name));
                self.diagnostics.push(told);
                return None;
            }
        };
        Some(Subject { rows, args: Vec::new(), meaning })
    }

    /// What one row is called: `account`, `event`, `login`.
    fn one_of_rows(&self, rows: &Rows<'_>) -> String {
        match rows.members {
            Some(entity) => self.resolved.entity(entity).name.clone(),
            None => singular(rows.name),
        }
    }

    fn tell_count_of_value(&mut self, aggregate: &ast::Aggregate, name: &str) {
        let text = print_expr(&aggregate.subject);
        self.diagnostics.push(
            Diagnostic::error(
                codes::TYPE_MISMATCH,
                aggregate.subject.span,
                "`count` counts rows, or distinct values; this is neither",
            )
            .help(format!("write `count(distinct {text})` for how many different ones there are"))
            .help(format!(
                "write `count({name} where {text} is not null)` for how many rows have one"
            )),
        );
    }

    /// The one dataset (or behavior) that a subject's columns belong to; an entity, if there is none.
    pub(crate) fn one_dataset<'e>(
        &mut self,
        subject: &'e Expr,
        aggregate: Span,
    ) -> Option<Rows<'e>> {
        let mut heads = Vec::new();
        collect_heads(subject, &mut heads);
        let mut found: Option<&'e Spanned<String>> = None;
        for head in &heads {
            let definition = self.resolved.names.get(&head.node);
            if !matches!(definition, Some(Definition::Dataset(_) | Definition::Behavior(_))) {
                continue;
            }
            match found {
                None => found = Some(head),
                Some(first) if first.node == head.node => {}
                Some(first) => {
                    let (a, b) = (&first.node, &head.node);
                    self.diagnostics.push(
                        Diagnostic::error(codes::FAN_OUT_PATH, head.span, format!("one aggregate reads the rows of one dataset, and this one names `{a}` and `{b}`"))
                            .label(format!("a row of `{b}`"))
                            .also(first.span, format!("a row of `{a}`"))
                            .help("take an aggregate of each and combine the two, or follow a path over an entity from one of them"),
                    );
                    return None;
                }
            }
        }
        let entity = || {
            let is_entity = |head: &&&Spanned<String>| {
                matches!(self.resolved.names.get(&head.node), Some(Definition::Entity(_)))
            };
            heads.iter().find(is_entity).copied()
        };
        if let Some(head) = found.or_else(entity) {
            return self.rows(head, aggregate);
        }
        self.tell_no_dataset(subject, &heads, aggregate);
        None
    }

    fn tell_no_dataset(&mut self, subject: &Expr, heads: &[&Spanned<String>], aggregate: Span) {
        let Some(head) = heads.first() else {
            if let ExprKind::Aggregate(_) = &subject.kind {
                self.tell_inner(subject.span, Some(aggregate));
            } else if let Some(inner) = first_aggregate(subject) {
                let message =
                    "this is one number for the bucket already, so there are no rows to aggregate";
                self.diagnostics.push(
                    Diagnostic::error(codes::AGGREGATE_INSIDE_AGGREGATE, subject.span, message)
                        .also(inner, "an aggregate")
                        .help(format!(
                            "write it without the aggregate around it: `{}`",
                            print_expr(subject)
                        )),
                );
            } else {
                self.diagnostics.push(
                    Diagnostic::error(
                        codes::UNKNOWN_NAME,
                        subject.span,
                        "this names no dataset, so there are no rows to aggregate",
                    )
                    .help("name a column with its dataset, like `sum(invoices.amount)`"),
                );
            }
            return;
        };
        let told = match self.resolved.names.get(&head.node) {
            Some(Definition::Metric(_)) => Diagnostic::error(
                codes::AGGREGATE_INSIDE_AGGREGATE,
                head.span,
                format!("`{}` is a metric, so it is aggregated already", head.node),
            )
            .also(aggregate, "the aggregate around it")
            .help("combine metrics outside the parentheses"),
            None if self.resolved.names.is_unread(&head.node) => return,
            _ => self.no_rows(head),
        };
        self.diagnostics.push(told);
    }

    fn value_subject<'e>(
        &mut self,
        aggregate: &'e ast::Aggregate,
        rows: Rows<'e>,
        span: Span,
        outer: Option<&RowScope<'_>>,
    ) -> Option<Subject<'e>> {
        let subject = &aggregate.subject;
        let window = aggregate.window.as_ref().map(|window| &window.node);
        let state = matches!(
            window,
            Some(ast::Window::AtStart | ast::Window::AtEnd | ast::Window::Average)
        );
        let window = if state { Window::AtEnd } else { Window::Bucket };
        let mut scope = self.scope_of(&rows, span, window, outer);
        if let ExprKind::Path(path) = &subject.kind {
            let path = match path.as_slice() {
                [alias, rest @ ..] if Some(alias.node.as_str()) == scope.alias => rest,
                path => path,
            };
            let is_key =
                |c: &Self, name: &Spanned<String>| c.resolved.names.entity(&name.node).is_some();
            if path.last().is_some_and(|last| is_key(self, last)) {
                let (args, unit) = match self.row_path(&scope, path, subject.span)? {
                    Target::Column(path) => {
                        let arg = self.column_node(path, subject.span);
                        let unit = arg.unit.clone();
                        (vec![arg], unit)
                    }
                    Target::Key(entity, paths) => {
                        let unit = Unit::count(self.resolved.entity(entity).name.clone());
                        let paths = paths.into_iter();
                        (paths.map(|p| self.column_node(p, subject.span)).collect(), unit)
                    }
                };
                let ty = args.first().map_or(Type::Unknown, |a: &RowExpr| a.ty);
                return Some(Subject { rows, args, meaning: Meaning { ty, unit } });
            }
        }
        let before = self.diagnostics.counts().0;
        let arg = self.expr(&mut scope, subject);
        if self.diagnostics.counts().0 > before {
            return None;
        }
        Some(Subject { rows, meaning: arg.meaning(), args: vec![arg] })
    }

    /// The unit of a count of distinct values: of what they are.
    pub(crate) fn distinct_unit(&self, subject: &Subject<'_>) -> Unit {
        if let [arg] = subject.args.as_slice()
            && let RowKind::Column(path) = &arg.kind
        {
            let dataset = self.dataset(path.dataset);
            let by_key =
                dataset.entities.iter().find(|(_, columns)| columns.as_slice() == [path.column]);
            return Unit::count(match by_key {
                Some((entity, _)) => self.resolved.entity(*entity).name.clone(),
                None => singular(&dataset[path.column].name),
            });
        }
        match subject.args.as_slice() {
            [arg] => match &arg.kind {
                RowKind::Form(Form::Call { function, .. }) => Unit::count(function.name()),
                _ => Unit::plain(),
            },
            _ => subject.meaning.unit.clone(),
        }
    }
}

/// The place of the first aggregate in an expression.
fn first_aggregate(expr: &Expr) -> Option<Span> {
    if matches!(expr.kind, ExprKind::Aggregate(_)) {
        return Some(expr.span);
    }
    let mut found = None;
    expr.each_child(&mut |child| found = found.or_else(|| first_aggregate(child)));
    found
}

/// The first names of all paths with more than one.
fn collect_heads<'e>(expr: &'e Expr, heads: &mut Vec<&'e Spanned<String>>) {
    if let ExprKind::Path(path) = &expr.kind
        && path.len() > 1
    {
        heads.push(&path[0]);
    }
    expr.each_child(&mut |child| collect_heads(child, heads));
}
