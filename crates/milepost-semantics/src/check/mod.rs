//! Types, units, windows, slices: what the resolved names say together, and whether it makes sense.

mod aggregates;
mod definitions;
mod expressions;
mod kept;
mod lints;
mod paths;
mod size;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Behavior, BehaviorId, ColumnId, Dataset, DatasetId, Metric, MetricId, Model, Segment, SegmentId,
};
use crate::resolve::Resolved;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::span::Span;

pub(crate) use definitions::segments::tell_bands;
pub use expressions::value::check_grain;
pub use kept::Memory;
pub(crate) use paths::dimensions::Dimensions;
pub(crate) use paths::moving::AT_EVENT;

/// The state of the pass: what is resolved, what has been checked so far, and what was told.
pub(crate) struct Checker<'a, 'd> {
    pub(crate) resolved: Resolved<'a>,
    pub(crate) diagnostics: &'d mut Diagnostics,
    /// Computed columns whose check has begun, in order.
    pub(crate) open: Vec<(DatasetId, ColumnId)>,
    pub(crate) dimensions: Dimensions,
    /// Why columns are personal data.
    origins: definitions::personal::Origins,
    /// Behaviors and segments by position; absent until checked, or when something about them is wrong.
    pub(crate) behaviors: Vec<Option<Behavior>>,
    pub(crate) segments: Vec<Option<Segment>>,
    /// Metrics by position; absent until checked, or when something about them is wrong.
    pub(crate) metrics: Vec<Option<Arc<Metric>>>,
    /// What the check before this one found, and where this one leaves what it finds.
    memory: Option<&'d mut Memory>,
    /// How large computed columns are, written out.
    column_sizes: BTreeMap<(DatasetId, ColumnId), size::Size>,
    /// Parts of all definitions, written out, so far.
    pub(crate) parts: usize,
    /// Parts of others that the definition that is being checked has written out so far.
    copied: usize,
    /// Whether it was told that these are too many.
    is_full: bool,
    /// How many computed columns stand inside each other, by column.
    depths: BTreeMap<(DatasetId, ColumnId), usize>,
    /// What the definition that is being checked has named so far inside its aggregates.
    pub(crate) named: Named,
    /// What all definitions name together.
    pub(crate) used: Named,
    /// How many percentiles `approximate: true` of the metric that is being checked has changed so far; absent where it
    /// does not stand.
    pub(crate) approximated: Option<usize>,
}

/// Definitions that others name inside aggregates, each metric with the first place that does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    pub(crate) metrics: BTreeMap<MetricId, Span>,
    pub(crate) behaviors: BTreeSet<BehaviorId>,
    pub(crate) segments: BTreeSet<SegmentId>,
    /// Columns that no spec declares, in the order in which they were asked for.
    columns: Vec<(DatasetId, String, ColumnId)>,
}

impl Named {
    fn extend(&mut self, other: &Self) {
        self.metrics.extend(&other.metrics);
        self.behaviors.extend(&other.behaviors);
        self.segments.extend(&other.segments);
    }
}

/// Checks everything; a model only if nothing is wrong. With a memory that has [begun](Memory::begin), what
/// is as it was is not checked again.
pub(crate) fn check<'d>(
    resolved: Resolved<'_>,
    memory: Option<&'d mut Memory>,
    diagnostics: &'d mut Diagnostics,
) -> Option<Model> {
    let package = resolved.package;
    let mut checker = Checker {
        resolved,
        diagnostics,
        open: Vec::new(),
        dimensions: Dimensions::default(),
        origins: definitions::personal::Origins::default(),
        behaviors: package.behaviors.iter().map(|_| None).collect(),
        segments: package.segments.iter().map(|_| None).collect(),
        metrics: package.metrics.iter().map(|_| None).collect(),
        memory,
        column_sizes: BTreeMap::new(),
        parts: 0,
        copied: 0,
        is_full: false,
        depths: BTreeMap::new(),
        named: Named::default(),
        used: Named::default(),
        approximated: None,
    };
    checker.computed_columns();
    checker.personal_columns();
    checker.register_dimensions();
    for unit in std::mem::take(&mut checker.resolved.order.units) {
        checker.unit(unit);
        let named = std::mem::take(&mut checker.named);
        checker.used.extend(&named);
    }
    checker.bounded();
    if !checker.diagnostics.has_errors() {
        checker.allowed_for_nothing();
    }
    if checker.diagnostics.has_errors() {
        return None;
    }
    checker.unused();
    checker.unknown_stages();
    checker.doubtful_journeys();
    // A project may deny what is a warning otherwise.
    if checker.diagnostics.has_errors() {
        return None;
    }
    let journeys = checker.journeys();
    let scores = checker.scores();
    let Checker { resolved, dimensions, behaviors, segments, metrics, .. } = checker;
    Some(Model {
        project: resolved.project,
        entities: resolved.entities,
        datasets: resolved.tables.into_iter().map(|t| t.dataset).collect(),
        behaviors: behaviors.into_iter().collect::<Option<Vec<_>>>()?,
        segments: segments.into_iter().collect::<Option<Vec<_>>>()?,
        journeys,
        dimensions: dimensions.list,
        metrics: metrics.into_iter().collect::<Option<Vec<_>>>()?,
        scores: scores?,
        unavailable: Vec::new(),
    })
}

impl Checker<'_, '_> {
    pub(crate) fn dataset(&self, id: DatasetId) -> &Dataset {
        &self.resolved.table(id).dataset
    }
}
