//! The rows that a name in a form stands for.

use super::build::Writer;
use crate::model::{BehaviorId, ColumnId, Dataset, DatasetId, DatasetKind};
use crate::resolve::{Definition, Resolved, Table};
use milepost_syntax::ast::{AggregateFunction, Expr, ExprKind};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::limits::LAYERS;
use milepost_syntax::span::Spanned;

/// The rows of a dataset or a behavior, and when they begin and end.
pub(super) struct AmountRows<'a> {
    /// As the author names them.
    pub(super) name: &'a Spanned<String>,
    pub(super) dataset: &'a Dataset,
    /// Rows hold from one time to another.
    pub(super) is_history: bool,
    /// Rows have one time, at which something happened.
    pub(super) is_events: bool,
    /// The column with the time from which a row holds, or at which it is placed.
    pub(super) begins: Option<&'a str>,
    /// The column with the time until which it holds; of rows with one time, that one.
    pub(super) ends: Option<&'a str>,
}

impl<'a> AmountRows<'a> {
    /// The rows of the first column in an expression; nothing where the project has no such rows.
    pub(super) fn of(expr: &'a Expr, resolved: &'a Resolved<'_>) -> Option<Self> {
        let name = first_rows(expr)?;
        let table = resolved.table(dataset_of(&name.node, resolved)?);
        let dataset = &table.dataset;
        let column = |id: ColumnId| dataset[id].name.as_str();
        Some(Self {
            name,
            dataset,
            is_history: matches!(dataset.kind, DatasetKind::History { .. }),
            is_events: matches!(dataset.kind, DatasetKind::Events { .. }),
            begins: dataset.begins().map(column),
            ends: dataset.until().or(dataset.begins()).map(column),
        })
        .filter(|_| table.kind_known)
    }
}

/// What stands before the point of the first path with one.
pub(super) fn first_rows(expr: &Expr) -> Option<&Spanned<String>> {
    if let ExprKind::Path(path) = &expr.kind {
        return path.first().filter(|_| path.len() > 1);
    }
    let mut found = None;
    expr.each_child(&mut |child| found = found.or_else(|| first_rows(child)));
    found
}

/// The dataset of the rows that a name stands for, by itself or through behaviors.
pub(super) fn dataset_of(name: &str, resolved: &Resolved<'_>) -> Option<DatasetId> {
    let mut definition = resolved.names.get(name)?;
    // Behaviors that are made of each other end somewhere, or were reported.
    for _ in 0..=LAYERS {
        match definition {
            Definition::Dataset(id) => return Some(id),
            Definition::Behavior(BehaviorId(at)) => {
                let rows = resolved.package.behaviors[at].rows.as_ref()?;
                definition = resolved.names.get(&rows.node)?;
            }
            _ => return None,
        }
    }
    None
}

/// The same with the dataset before every column, as the first column in an aggregate has it.
pub(super) fn with_dataset(expr: &Expr, dataset: &Spanned<String>) -> Expr {
    let inner = |expr: &Expr| with_dataset(expr, dataset);
    let boxed = |expr: &Expr| Box::new(with_dataset(expr, dataset));
    let kind = match &expr.kind {
        ExprKind::Path(path) if path.first().is_some_and(|head| head.node != dataset.node) => {
            let head = Spanned::new(dataset.node.clone(), expr.span);
            ExprKind::Path(std::iter::once(head).chain(path.iter().cloned()).collect())
        }
        ExprKind::Unary { op, operand } => ExprKind::Unary { op: *op, operand: boxed(operand) },
        ExprKind::Binary { op, op_span, left, right } => {
            ExprKind::Binary { op: *op, op_span: *op_span, left: boxed(left), right: boxed(right) }
        }
        ExprKind::In { operand, list, negated } => ExprKind::In {
            operand: boxed(operand),
            list: list.iter().map(inner).collect(),
            negated: *negated,
        },
        ExprKind::Between { operand, low, high, negated } => ExprKind::Between {
            operand: boxed(operand),
            low: boxed(low),
            high: boxed(high),
            negated: *negated,
        },
        ExprKind::IsNull { operand, negated } => {
            ExprKind::IsNull { operand: boxed(operand), negated: *negated }
        }
        ExprKind::Call { function, args } => {
            ExprKind::Call { function: function.clone(), args: args.iter().map(inner).collect() }
        }
        other => other.clone(),
    };
    Expr { kind, span: expr.span }
}

/// The name, if an expression is one.
pub(super) const fn one_name(expr: &Expr) -> Option<&Spanned<String>> {
    match &expr.kind {
        ExprKind::Path(path) => match path.as_slice() {
            [name] => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Whether rows happen at a time; reported where not. `what`: what one of them is to the form.
pub(super) fn happens(
    name: &Spanned<String>,
    what: &str,
    table: &Table<'_>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let (dataset, rows) = (&table.dataset, &name.node);
    let message = match dataset.kind {
        _ if !table.kind_known => return true,
        DatasetKind::Events { .. } | DatasetKind::Snapshot { .. } => return true,
        DatasetKind::History { .. } => {
            format!("a row of `{rows}` is true for a while, and {what} happens at a time")
        }
        DatasetKind::Attributes => {
            format!("the rows of `{rows}` have no time of their own, and {what} happens at a time")
        }
    };
    diagnostics.push(
        Diagnostic::error(codes::NEEDS_TIME, name.span, message)
            .also(dataset.span, format!("`{}` is defined here", dataset.name))
            .help("name rows of events, or a behavior that is made of them"),
    );
    false
}

/// The time at which a member begins, and the rows whose first one it is. `field`: the one that says so.
pub(super) fn begins<'a>(
    field: &str,
    written: Option<&'a Expr>,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(Expr, Option<&'a str>)> {
    let written = written?;
    if matches!(written.kind, ExprKind::Error) {
        return None;
    }
    let rows = one_name(written).and_then(|name| Some((name, dataset_of(&name.node, resolved)?)));
    let Some((name, dataset)) = rows else { return Some((written.clone(), None)) };
    let dataset = &resolved.table(dataset).dataset;
    let Some(time) = dataset.begins() else {
        let message =
            format!("the rows of `{}` have no time, so none of them is the first", name.node);
        diagnostics.push(
            Diagnostic::error(codes::NEEDS_TIME, name.span, message)
                .also(dataset.span, format!("`{}` is defined here", dataset.name))
                .help(format!(
                    "name rows of events, or a time of the member, such as `{field}: created_at`"
                )),
        );
        return None;
    };
    let write = Writer { span: name.span };
    let path = write.column(name, &dataset[time].name);
    Some((write.aggregate(AggregateFunction::Min, path).done(), Some(&name.node)))
}
