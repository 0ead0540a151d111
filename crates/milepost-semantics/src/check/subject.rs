//! What an aggregate aggregates: rows of a dataset, a column, a key, or an expression over columns of one dataset.

use super::Checker;
use super::expr::{Meaning, Node};
use super::path::Target;
use super::row::RowScope;
use crate::model::{DatasetId, RowExpr, RowKind, Type, Unit, singular};
use crate::resolve::Definition;
use milepost_syntax::ast::{self, AggregateFunction, Expr, ExprKind};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, print_expr};

/// The rows, and what is taken of each.
pub(crate) struct Subject {
    pub(crate) dataset: DatasetId,
    /// Empty: the rows themselves.
    pub(crate) args: Vec<RowExpr>,
    /// Of one argument, or of a count of what is counted.
    pub(crate) meaning: Meaning,
}

/// As the author writes it.
pub(crate) const fn function_word(function: AggregateFunction) -> &'static str {
    match function {
        AggregateFunction::Count => "count",
        AggregateFunction::Sum => "sum",
        AggregateFunction::Avg => "avg",
        AggregateFunction::Min => "min",
        AggregateFunction::Max => "max",
        AggregateFunction::Stddev => "stddev",
        AggregateFunction::Median => "median",
        AggregateFunction::Percentile => "percentile",
        AggregateFunction::First => "first",
        AggregateFunction::Last => "last",
        AggregateFunction::Any => "any",
    }
}

impl Checker<'_, '_> {
    /// The subject of an aggregate; absent when something is wrong with it, which is told.
    pub(crate) fn subject(&mut self, aggregate: &ast::Aggregate, span: Span) -> Option<Subject> {
        if let ExprKind::Path(path) = &aggregate.subject.kind
            && let [name] = path.as_slice()
        {
            let dataset = self.rows(name, span)?;
            return self.rows_subject(aggregate, dataset, name.span);
        }
        if matches!(aggregate.subject.kind, ExprKind::Error) {
            return None;
        }
        let dataset = self.one_dataset(&aggregate.subject, span)?;
        match (aggregate.function.node, aggregate.distinct) {
            (AggregateFunction::Count, None) => {
                self.tell_count_of_value(aggregate, dataset);
                None
            }
            (AggregateFunction::Any, _) => {
                let value = self.expr(&mut RowScope::within(dataset, span), &aggregate.subject);
                if value.ty() == Type::Unknown {
                    return None;
                }
                let text = print_expr(&aggregate.subject);
                let name = &self.dataset(dataset).name;
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
            _ => self.value_subject(&aggregate.subject, dataset, span),
        }
    }

    /// A dataset named alone.
    fn rows(&mut self, name: &Spanned<String>, span: Span) -> Option<DatasetId> {
        let text = &name.node;
        let told = match self.resolved.names.get(text) {
            Some(Definition::Dataset(id)) => return Some(id),
            Some(Definition::Entity(id)) => self.members(name, id),
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

    fn members(&self, name: &Spanned<String>, id: crate::model::EntityId) -> Diagnostic {
        let text = &name.node;
        let entity = self.resolved.entity(id);
        let told = Diagnostic::error(
            codes::NOT_IN_THIS_VERSION,
            name.span,
            format!("`{text}` is an entity, and its members as the rows of an aggregate are not in this version"),
        )
        .also(entity.span, "the entity");
        match entity.home {
            Some(home) => {
                let home = self.dataset(home);
                let time =
                    home.columns.iter().find(|c| matches!(c.ty, Type::Date | Type::Timestamp));
                let column = time.map_or("created_at", |c| c.name.as_str());
                told.help(format!(
                    "count rows of its home by a time of their own, like `count({} on {column} ever where …)`, or distinct keys of another dataset, like `count(distinct events.{text})`",
                    home.name
                ))
            }
            None => told.help(format!(
                "count its distinct keys in a dataset, like `count(distinct events.{text})`"
            )),
        }
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
        match self.resolved.names.nearest(text, |d| matches!(d, Definition::Dataset(_))) {
            Some(near) => told.help(format!("did you mean `{near}`?")),
            None => told.help("name rows of a dataset, like `count(events)`, or a column of one, like `sum(invoices.amount)`"),
        }
    }

    fn rows_subject(
        &mut self,
        aggregate: &ast::Aggregate,
        id: DatasetId,
        span: Span,
    ) -> Option<Subject> {
        let function = aggregate.function.node;
        let meaning = match (function, aggregate.distinct) {
            (AggregateFunction::Count, None) => {
                Meaning { ty: Type::Integer, unit: Unit::count(singular(&self.dataset(id).name)) }
            }
            (AggregateFunction::Any, _) => Meaning::plain(Type::Boolean),
            (AggregateFunction::Count, Some(_)) => {
                let name = self.dataset(id).name.clone();
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
                let word = function_word(function);
                let told = Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    span,
                    format!(
                        "`{}` stands for rows, and `{word}` needs a value of each",
                        dataset.name
                    ),
                );
                let example = numbers.first().copied().unwrap_or("column");
                let told =
                    told.help(format!("name a column: `{word}({}.{example})`", dataset.name));
                self.diagnostics.push(told);
                return None;
            }
        };
        Some(Subject { dataset: id, args: Vec::new(), meaning })
    }

    fn tell_count_of_value(&mut self, aggregate: &ast::Aggregate, dataset: DatasetId) {
        let text = print_expr(&aggregate.subject);
        let name = &self.dataset(dataset).name;
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

    /// The one dataset that a subject's columns belong to.
    fn one_dataset(&mut self, subject: &Expr, aggregate: Span) -> Option<DatasetId> {
        let mut heads = Vec::new();
        collect_heads(subject, &mut heads);
        let mut found: Option<(DatasetId, Span)> = None;
        for head in &heads {
            let Some(id) = self.resolved.names.dataset(&head.node) else { continue };
            match found {
                None => found = Some((id, head.span)),
                Some((first, _)) if first == id => {}
                Some((first, span)) => {
                    let (a, b) = (&self.dataset(first).name, &self.dataset(id).name);
                    self.diagnostics.push(
                        Diagnostic::error(codes::FAN_OUT_PATH, head.span, format!("one aggregate reads the rows of one dataset, and this one names `{a}` and `{b}`"))
                            .label(format!("a row of `{b}`"))
                            .also(span, format!("a row of `{a}`"))
                            .help("take an aggregate of each and combine the two, or follow a path over an entity from one of them"),
                    );
                    return None;
                }
            }
        }
        if let Some((id, _)) = found {
            return Some(id);
        }
        self.tell_no_dataset(subject, &heads, aggregate);
        None
    }

    fn tell_no_dataset(&mut self, subject: &Expr, heads: &[&Spanned<String>], aggregate: Span) {
        let Some(head) = heads.first() else {
            if let ExprKind::Aggregate(inner) = &subject.kind {
                self.tell_inner(inner.linked.is_some(), subject.span, Some(aggregate));
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
            Some(Definition::Entity(id)) => self.members(head, id),
            Some(Definition::Metric(_)) => Diagnostic::error(
                codes::AGGREGATE_INSIDE_AGGREGATE,
                head.span,
                format!("`{}` is a metric, so it is aggregated already", head.node),
            )
            .also(aggregate, "the aggregate around it")
            .help("combine metrics outside the parentheses"),
            None if self.resolved.names.is_unread(&head.node) => return,
            Some(Definition::Dataset(_)) | None => self.no_rows(head),
        };
        self.diagnostics.push(told);
    }

    fn value_subject(&mut self, subject: &Expr, dataset: DatasetId, span: Span) -> Option<Subject> {
        if let ExprKind::Path(path) = &subject.kind {
            return match self.row_path(dataset, path, Some(span), subject.span)? {
                Target::Column(path) => {
                    let arg = self.column_node(path, subject.span);
                    Some(Subject { dataset, meaning: arg.meaning(), args: vec![arg] })
                }
                Target::Key(entity, paths) => {
                    let unit = Unit::count(self.resolved.entity(entity).name.clone());
                    let args: Vec<RowExpr> =
                        paths.into_iter().map(|p| self.column_node(p, subject.span)).collect();
                    let ty = args.first().map_or(Type::Unknown, |a| a.ty);
                    Some(Subject { dataset, args, meaning: Meaning { ty, unit } })
                }
            };
        }
        let arg = self.expr(&mut RowScope::within(dataset, span), subject);
        Some(Subject { dataset, meaning: arg.meaning(), args: vec![arg] })
    }

    /// The unit of a count of distinct values: of what they are.
    pub(crate) fn distinct_unit(&self, subject: &Subject) -> Unit {
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
                RowKind::Call { function, .. } => Unit::count(super::function_name(*function)),
                _ => Unit::plain(),
            },
            _ => subject.meaning.unit.clone(),
        }
    }
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
