//! A list: `count(account where CONDITION)`, or the same of rows, with what is listed of each.

use std::borrow::Cow;

use super::build::Writer;
use super::rows::dataset_of;
use super::{Desugared, FormPart};
use crate::model::{CheckRule, ColumnId, Dataset, DatasetKind, ListRole, Shape, singular};
use crate::resolve::{Definition, Resolved};
use milepost_syntax::ast::{
    AggregateFunction, CarrySpec, Expr, ExprKind, Linked, ListColumnSpec, ListSpec, SnoozeSpec,
    Window,
};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;
use milepost_syntax::{codes, print_expr};

/// The one part.
pub(super) const COUNT: &str = "count";

pub(super) fn desugar<'a>(
    spec: &'a ListSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Desugared<'a>> {
    let of = spec.of.as_ref()?;
    let subject = Subject::of(spec, of, resolved, diagnostics)?;
    spec.order.as_ref()?;
    let write = Writer { span: spec.name.span };
    let count = write.aggregate(AggregateFunction::Count, write.name(of));
    let count =
        count.filter(spec.filter.clone()).window(subject.window.map(|window| write.at(window)));
    let listed = columns(spec, &subject.key).into_iter().map(|column| column.value.into_owned());
    let count = count.listed(listed.collect()).over(spec.span);
    Some(Desugared {
        shape: Shape::Number,
        parts: vec![FormPart::new(COUNT, Cow::Owned(count))],
        headline: 0,
        checks: Vec::new(),
        // They are made of what is listed.
        words: Box::new(|_| Vec::new()),
    })
}

/// What is listed of a member, as it is written.
pub(crate) struct Written<'a> {
    pub(crate) name: Spanned<String>,
    pub(crate) role: ListRole,
    pub(crate) value: Cow<'a, Expr>,
}

/// What is listed of each, in the order in which it is evaluated. `key`: the columns that identify a row; none of members.
pub(crate) fn columns<'a>(spec: &'a ListSpec, key: &[String]) -> Vec<Written<'a>> {
    let mut all = Vec::new();
    let mut add = |name: &Spanned<String>, role, value| {
        all.push(Written { name: name.clone(), role, value });
    };
    if let Some(order) = &spec.order {
        add(&order.column.name, ListRole::Order, Cow::Borrowed(&order.column.value));
    }
    if let Some(reason) = &spec.reason {
        add(
            &Spanned::new("reason".to_owned(), reason.span),
            ListRole::Reason,
            Cow::Borrowed(reason),
        );
    }
    if let Some(assignee) = &spec.assign_to {
        let name = assignee_name(assignee);
        add(&Spanned::new(name, assignee.span), ListRole::Assignee, Cow::Borrowed(assignee));
    }
    if let Some(until) = spec.snoozed_by.as_ref().and_then(|snoozed| until(snoozed, key)) {
        let name = Spanned::new("snoozed_until".to_owned(), until.span);
        add(&name, ListRole::Until, Cow::Owned(until));
    }
    // What orders it, or says who is to act, is shown there already.
    let is_shown = |column: &&ListColumnSpec| {
        let same = |name: &str, value: &Expr| {
            column.name.node == name && print_expr(&column.value) == print_expr(value)
        };
        let order = spec.order.iter().map(|order| (&order.column.name, &order.column.value));
        !order.into_iter().any(|(name, value)| same(&name.node, value))
            && !spec.assign_to.iter().any(|who| same(&assignee_name(who), who))
    };
    for column in spec.columns.iter().filter(is_shown) {
        add(&column.name, ListRole::Fact, Cow::Borrowed(&column.value));
    }
    all
}

/// What who is to act is called: the last name of a path.
fn assignee_name(assignee: &Expr) -> String {
    let name = match &assignee.kind {
        ExprKind::Path(path) => path.last().map(|name| name.node.clone()),
        _ => None,
    };
    name.unwrap_or_else(|| "assignee".to_owned())
}

/// `max(ROWS.UNTIL ever where …)`: the last day on which a member is back; of a row by what identifies it.
fn until(snoozed: &SnoozeSpec, key: &[String]) -> Option<Expr> {
    let (rows, until) = (snoozed.rows.as_ref()?, snoozed.until.as_ref()?);
    let write = Writer { span: until.span };
    let column =
        Expr { kind: ExprKind::Path(vec![rows.name.clone(), until.clone()]), span: until.span };
    let latest = write.aggregate(AggregateFunction::Max, column);
    let window = write.at(Window::Ever { before: false });
    let same: Vec<Spanned<String>> = key.iter().map(|column| write.at(column.clone())).collect();
    let linked = Linked { same, within: None, before: false, anchor: None, since: None };
    let linked = (!key.is_empty()).then(|| write.at(linked));
    let latest = latest.on(rows.on.clone()).window(window).linked(linked);
    Some(latest.filter(rows.filter.clone()).done())
}

/// What is listed, and when it is.
struct Subject {
    window: Option<Window>,
    /// What identifies a row, by the columns that another row shares with it; nothing of members.
    key: Vec<String>,
}

impl Subject {
    /// Reports what can't be listed, or lacks what says which rows are.
    fn of(
        spec: &ListSpec,
        of: &Spanned<String>,
        resolved: &Resolved<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Option<Self> {
        if matches!(resolved.names.expect_listed(of, diagnostics)?, Definition::Entity(_)) {
            let of = format!("members of `{}`, who are there or not on that day", of.node);
            refuse_over(spec, &of, diagnostics)?;
            return Some(Self { window: None, key: Vec::new() });
        }
        let table = resolved.table(dataset_of(&of.node, resolved)?);
        if !table.kind_known {
            return None;
        }
        let dataset = &table.dataset;
        let window = window(spec, of, dataset, diagnostics);
        let key = row_key(dataset);
        if key.is_empty() {
            diagnostics.push(unidentified(spec, of, dataset));
            return None;
        }
        let key = key.into_iter().map(|column| dataset[column].name.clone());
        Some(Self { window: window?, key: key.collect() })
    }
}

/// The columns that identify a row from day to day. All rows of a picture have its time, and the next picture has another.
pub(crate) fn row_key(dataset: &Dataset) -> Vec<ColumnId> {
    let checked = dataset.checks.iter().find_map(|check| match &check.rule {
        CheckRule::Unique(columns) => Some(columns),
        _ => None,
    });
    let keys = [Some(&dataset.key), Some(&dataset.unique), checked];
    let key = keys.into_iter().flatten().find(|columns| !columns.is_empty());
    let picture = match dataset.kind {
        DatasetKind::Snapshot { time, .. } => Some(time),
        _ => None,
    };
    key.into_iter().flatten().copied().filter(|column| Some(*column) != picture).collect()
}

/// Which rows there are on the day: nothing where all are.
fn window(
    spec: &ListSpec,
    of: &Spanned<String>,
    dataset: &Dataset,
    diagnostics: &mut Diagnostics,
) -> Option<Option<Window>> {
    let name = &of.node;
    match dataset.kind {
        DatasetKind::Events { .. } => {
            let Some(over) = &spec.over else {
                let list = &spec.name;
                let message =
                    format!("the list `{}` holds events, and does not say how far back", list.node);
                diagnostics.push(Diagnostic::error(codes::MISSING_FIELD, list.span, message).also(of.span, format!("rows of `{name}` are events")).help(
                    "add `over: 30 days` for those of the last 30 days, or `over: forever` for all",
                ));
                return None;
            };
            Some(Some(match over.node {
                CarrySpec::For(length) => {
                    Window::Over { length: Spanned::new(length, over.span), before: false }
                }
                CarrySpec::Forever => Window::Ever { before: false },
            }))
        }
        DatasetKind::History { .. } | DatasetKind::Snapshot { .. } => {
            let of = format!("rows of `{name}`, which are true or not at the end of that day");
            refuse_over(spec, &of, diagnostics)?;
            Some(Some(Window::AtEnd))
        }
        DatasetKind::Attributes => {
            refuse_over(spec, &format!("rows of `{name}`, all of which are there"), diagnostics)?;
            Some(Some(Window::Ever { before: false }))
        }
    }
}

fn refuse_over(spec: &ListSpec, of: &str, diagnostics: &mut Diagnostics) -> Option<()> {
    let Some(over) = &spec.over else { return Some(()) };
    let message = format!("`over` says how far back events are listed, and this is a list of {of}");
    let told = Diagnostic::error(codes::INVALID_VALUE, over.span, message);
    diagnostics.push(told.help("remove `over:`, or choose rows by `where:`"));
    None
}

fn unidentified(spec: &ListSpec, of: &Spanned<String>, dataset: &Dataset) -> Diagnostic {
    let (list, rows) = (&spec.name.node, &of.node);
    let message = format!(
        "nothing identifies the rows of `{rows}`, so the lines of `{list}` would have no ids that stay the same"
    );
    Diagnostic::error(codes::MISSING_FIELD, of.span, message)
        .also(dataset.span, "the dataset")
        .help(format!(
            "add `unique:` to `{}` with the columns that identify a row, such as `unique: {}`",
            dataset.name,
            likely_key(dataset)
        ))
}

/// What probably identifies a row: a column of its own, else what it is about and when.
fn likely_key(dataset: &Dataset) -> String {
    let own = format!("{}_id", singular(&dataset.name));
    let mut names = dataset.columns.iter().map(|column| column.name.as_str());
    if let Some(name) = names.find(|name| *name == own || *name == "id") {
        return name.to_owned();
    }
    let keys = dataset.entities.iter().flat_map(|(_, columns)| columns);
    let key = keys.copied().chain(dataset.begins());
    let key: Vec<&str> = key.map(|column| dataset[column].name.as_str()).collect();
    format!("[{}]", key.join(", "))
}
