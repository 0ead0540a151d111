//! Lineage: what a definition is computed from, down to the files, and what is computed from it.
//!
//! ```text
//! metric ─► metric            that it names
//!        ─► behavior, segment that it counts or asks about
//!        ─► dataset, column   that it counts, adds up, asks about, is placed or sliced by
//!        ─► entity            over which it is linked
//! column ─► column            that it is computed from
//! column, entity ─► dataset ─► file
//! ```

mod reads;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    BehaviorId, ColumnId, ColumnSource, DatasetId, EntityId, Metric, MetricId, Model, RowExpr,
    SegmentId, ValueExpr, ValueKind,
};
use milepost_syntax::span::Span;

pub use crate::model::reads::Role;
pub use tree::{Branch, sources, uses};

use reads::Reads;

/// Something that a figure comes from, or a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    Metric(MetricId),
    Segment(SegmentId),
    Behavior(BehaviorId),
    Dataset(DatasetId),
    Column(DatasetId, ColumnId),
    Entity(EntityId),
    /// The file, folder or pattern of a dataset.
    File(DatasetId),
}

/// All definitions of a project, and what each is computed from.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    /// From what is computed to what it is computed from.
    edges: BTreeMap<Node, BTreeMap<Node, BTreeSet<Role>>>,
    /// The other way.
    back: BTreeMap<Node, BTreeSet<Node>>,
}

impl Lineage {
    /// What a definition is computed from, directly, with its roles.
    pub fn sources(&self, node: Node) -> impl Iterator<Item = (Node, &BTreeSet<Role>)> {
        self.edges.get(&node).into_iter().flatten().map(|(to, roles)| (*to, roles))
    }

    /// What is computed from a definition, directly, with its roles there.
    pub fn uses(&self, node: Node) -> impl Iterator<Item = (Node, &BTreeSet<Role>)> {
        let users = self.back.get(&node).into_iter().flatten();
        users.filter_map(move |user| Some((*user, self.edges.get(user)?.get(&node)?)))
    }

    fn add(&mut self, from: Node, to: Node, role: Role) {
        self.edges.entry(from).or_default().entry(to).or_default().insert(role);
        self.back.entry(to).or_default().insert(from);
    }
}

/// The lineage of everything in a project.
#[must_use]
pub fn lineage(model: &Model) -> Lineage {
    let mut lineage = Lineage::default();
    for (i, dataset) in model.datasets.iter().enumerate() {
        let id = DatasetId(i);
        lineage.add(Node::Dataset(id), Node::File(id), Role::Holds);
        let columns = dataset.columns.iter().enumerate().filter(|(_, c)| !c.is_unspoken());
        for (j, column) in columns {
            let node = Node::Column(id, ColumnId(j));
            lineage.add(node, Node::Dataset(id), Role::Holds);
            if let Some(currency) = column.currency_column {
                lineage.add(node, Node::Column(id, currency), Role::Currency);
            }
            if let ColumnSource::Computed(value) = &column.source {
                let found = Reads::of(model, |walk| walk.expr(value, Role::Value));
                // The dataset of the column itself is there already.
                for (to, role) in found.into_iter().filter(|(to, _)| *to != node) {
                    lineage.add(node, to, role);
                }
            }
        }
    }
    for (i, entity) in model.entities.iter().enumerate() {
        if let Some(home) = entity.home {
            lineage.add(Node::Entity(EntityId(i)), Node::Dataset(home), Role::Holds);
        }
    }
    groups(model, &mut lineage);
    let each = |metric: &Metric| -> Vec<BTreeSet<(Node, Role)>> {
        metric.parts.iter().map(|part| everything(model, &part.value)).collect()
    };
    let all: Vec<Vec<BTreeSet<(Node, Role)>>> =
        model.metrics.iter().map(|metric| each(metric)).collect();
    for (i, metric) in model.metrics.iter().enumerate() {
        let node = Node::Metric(MetricId(i));
        let mut found: BTreeSet<(Node, Role)> =
            metric.uses.iter().map(|used| (Node::Metric(*used), Role::Named)).collect();
        metric.parts.iter().for_each(|part| own(model, &part.value, &all, &mut found));
        found.extend(Reads::of(model, |walk| {
            metric.each_aggregate(&mut |aggregate| walk.slices(aggregate, &metric.slices));
        }));
        for (to, role) in found {
            lineage.add(node, to, role);
        }
    }
    lineage
}

/// What behaviors and segments read.
fn groups(model: &Model, lineage: &mut Lineage) {
    for (i, behavior) in model.behaviors.iter().enumerate() {
        let node = Node::Behavior(BehaviorId(i));
        lineage.add(node, Node::Dataset(behavior.dataset), Role::Rows);
        let conditions = behavior.filter.iter().collect();
        reads_of_conditions(model, conditions, node, lineage);
    }
    for (i, segment) in model.segments.iter().enumerate() {
        let node = Node::Segment(SegmentId(i));
        lineage.add(node, Node::Entity(segment.of), Role::Rows);
        reads_of_conditions(model, segment.exprs().collect(), node, lineage);
    }
}

fn reads_of_conditions(
    model: &Model,
    conditions: Vec<&RowExpr>,
    node: Node,
    lineage: &mut Lineage,
) {
    let found = Reads::of(model, |walk| {
        conditions.into_iter().for_each(|condition| walk.expr(condition, Role::Condition));
    });
    found.into_iter().for_each(|(to, role)| lineage.add(node, to, role));
}

/// What all aggregates of a value read, those of the metrics in it included.
fn everything(model: &Model, value: &ValueExpr) -> BTreeSet<(Node, Role)> {
    Reads::of(model, |walk| value.each_aggregate(&mut |aggregate| walk.aggregate(aggregate)))
}

/// What a value reads itself: of a metric that it names only that, and what it asks of it in addition (its `where`).
fn own(
    model: &Model,
    value: &ValueExpr,
    all: &[Vec<BTreeSet<(Node, Role)>>],
    found: &mut BTreeSet<(Node, Role)>,
) {
    match &value.kind {
        ValueKind::Metric { metric, part, value } => {
            found.extend(everything(model, value).difference(&all[metric.0][part.0]));
        }
        ValueKind::Aggregate(aggregate) => {
            found.extend(Reads::of(model, |walk| walk.aggregate(aggregate)));
        }
        _ => value.each_child(&mut |child| own(model, child, all, found)),
    }
}

impl Node {
    /// The name: `nrr`, `events.name`, `data/events.csv`.
    #[must_use]
    pub fn name(self, model: &Model) -> String {
        match self {
            Self::Metric(id) => model[id].name.clone(),
            Self::Segment(id) => model[id].name.clone(),
            Self::Behavior(id) => model[id].name.clone(),
            Self::Entity(id) => model[id].name.clone(),
            Self::Dataset(id) => model[id].name.clone(),
            Self::Column(dataset, column) => {
                format!("{}.{}", model[dataset].name, model[dataset][column].name)
            }
            Self::File(id) => model[id].from.pattern.clone(),
        }
    }

    /// `metric`, `segment`, `behavior`, `entity`, `dataset`, `column`, `file`.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Metric(_) => "metric",
            Self::Segment(_) => "segment",
            Self::Behavior(_) => "behavior",
            Self::Entity(_) => "entity",
            Self::Dataset(_) => "dataset",
            Self::Column(..) => "column",
            Self::File(_) => "file",
        }
    }

    /// Where it is defined.
    #[must_use]
    pub fn span(self, model: &Model) -> Span {
        match self {
            Self::Metric(id) => model[id].span,
            Self::Segment(id) => model[id].span,
            Self::Behavior(id) => model[id].span,
            Self::Entity(id) => model[id].span,
            Self::Dataset(id) => model[id].span,
            Self::Column(dataset, column) => model[dataset][column].span,
            Self::File(id) => model[id].from.span,
        }
    }

    /// The definition of that name: a metric, a segment, a behavior, an entity, a dataset, or `dataset.column`.
    #[must_use]
    pub fn find(model: &Model, name: &str) -> Option<Self> {
        if let Some((dataset, column)) = name.split_once('.') {
            let id = model.dataset(dataset)?;
            return Some(Self::Column(id, model[id].column(column)?));
        }
        let entity = || model.entities.iter().position(|entity| entity.name == name);
        let behavior = || model.behaviors.iter().position(|behavior| behavior.name == name);
        model
            .metric(name)
            .map(Self::Metric)
            .or_else(|| model.dataset(name).map(Self::Dataset))
            .or_else(|| entity().map(|id| Self::Entity(EntityId(id))))
            .or_else(|| model.segment(name).map(Self::Segment))
            .or_else(|| behavior().map(|id| Self::Behavior(BehaviorId(id))))
    }
}
