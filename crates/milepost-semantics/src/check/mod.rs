//! Types, units, windows, slices: what the resolved names say together, and whether it makes sense.

mod additivity;
mod aggregate;
mod columns;
mod dimensions;
mod expr;
mod filter;
mod functions;
mod metric;
mod never;
mod operators;
mod path;
mod row;
mod slices;
mod subject;
mod target;
mod unused;
mod value;
mod window;

use crate::model::{ColumnId, Dataset, DatasetId, Metric, MetricId, Model};
use crate::resolve::Resolved;
use milepost_syntax::diagnostic::Diagnostics;

pub(crate) use dimensions::Dimensions;
pub(crate) use functions::name as function_name;
pub use value::check_grain;

/// The state of the pass: what is resolved, what has been checked so far, and what was told.
pub(crate) struct Checker<'a, 'd> {
    pub(crate) resolved: Resolved<'a>,
    pub(crate) diagnostics: &'d mut Diagnostics,
    /// Computed columns whose check has begun, in order.
    pub(crate) open: Vec<(DatasetId, ColumnId)>,
    pub(crate) dimensions: Dimensions,
    /// Metrics by position; absent until checked, or when something about them is wrong.
    pub(crate) metrics: Vec<Option<Metric>>,
    /// Parts of metrics written out in others, so far.
    pub(crate) parts: usize,
}

/// Checks everything; a model only if nothing is wrong.
pub(crate) fn check(resolved: Resolved<'_>, diagnostics: &mut Diagnostics) -> Option<Model> {
    let count = resolved.package.metrics.len();
    let mut checker = Checker {
        resolved,
        diagnostics,
        open: Vec::new(),
        dimensions: Dimensions::default(),
        metrics: (0..count).map(|_| None).collect(),
        parts: 0,
    };
    checker.computed_columns();
    checker.register_dimensions();
    for i in checker.resolved.metric_order.clone() {
        checker.metric(MetricId(i));
    }
    if checker.diagnostics.has_errors() {
        return None;
    }
    checker.unused();
    // A project may deny what is a warning otherwise.
    if checker.diagnostics.has_errors() {
        return None;
    }
    let Checker { resolved, dimensions, metrics, .. } = checker;
    Some(Model {
        project: resolved.project,
        entities: resolved.entities,
        datasets: resolved.tables.into_iter().map(|t| t.dataset).collect(),
        behaviors: Vec::new(),
        segments: Vec::new(),
        dimensions: dimensions.list,
        metrics: metrics.into_iter().collect::<Option<Vec<_>>>()?,
    })
}

impl Checker<'_, '_> {
    pub(crate) fn dataset(&self, id: DatasetId) -> &Dataset {
        &self.resolved.table(id).dataset
    }
}
