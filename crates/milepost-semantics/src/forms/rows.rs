//! The rows that a column of a form belongs to, before anything is resolved.

use milepost_syntax::ast::{DatasetSpec, Expr, ExprKind, Package};
use milepost_syntax::span::Spanned;

/// The rows of a dataset or a behavior, and when they begin and end.
pub(super) struct AmountRows {
    /// As the author names them.
    pub(super) name: Spanned<String>,
    pub(super) dataset: Spanned<String>,
    /// Rows hold from one time to another.
    pub(super) is_history: bool,
    /// Rows have one time, at which something happened.
    pub(super) is_events: bool,
    /// The column with the time from which a row holds, or at which it is placed.
    pub(super) begins: Option<String>,
    /// The column with the time until which it holds; of rows with one time, that one.
    pub(super) ends: Option<String>,
}

impl AmountRows {
    /// The rows of the first column in an expression; nothing where the project has no such rows.
    pub(super) fn of(expr: &Expr, package: &Package) -> Option<Self> {
        let name = first_rows(expr)?;
        let dataset = dataset_of(&name.node, package)?;
        let kind = dataset.kind.as_ref().map(|kind| kind.node.as_str());
        let time = || dataset.time.as_ref().map(|time| time.node.clone());
        let valid = dataset.valid.as_ref().map(|valid| &valid.node);
        let (begins, ends) = match valid {
            Some((from, to)) => (Some(from.node.clone()), Some(to.node.clone())),
            None => (time(), time()),
        };
        Some(Self {
            name: name.clone(),
            dataset: dataset.name.clone(),
            is_history: valid.is_some(),
            is_events: kind == Some("events"),
            begins,
            ends,
        })
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

/// The dataset of that name, or whose rows the behavior of that name names.
fn dataset_of<'p>(name: &str, package: &'p Package) -> Option<&'p DatasetSpec> {
    let mut name = name;
    // Behaviors that name each other in a circle are reported where they are resolved.
    for _ in 0..=package.behaviors.len() {
        if let Some(found) = package.datasets.iter().find(|dataset| dataset.name.node == name) {
            return Some(found);
        }
        let behavior = package.behaviors.iter().find(|behavior| behavior.name.node == name)?;
        name = behavior.rows.as_ref()?.node.as_str();
    }
    None
}
