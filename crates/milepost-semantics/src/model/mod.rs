//! The checked program: the only thing that the engine, the diff, lineage and editors read.
//!
//! Every name is an id, every expression has its type and unit, every path is a list of many-to-one links.
//! A [`Model`] exists only for a project without errors.

mod aggregate;
pub mod canonical;
mod dataset;
mod edges;
mod english;
mod flow;
mod form;
mod growth;
mod journey;
mod list;
mod member;
mod metric;
mod number_format;
pub mod reads;
mod row;
mod score;
mod segment;
mod size;
mod structure;
mod unavailable;
mod unit;
mod unpivot;
mod written;

use std::sync::Arc;

use serde::{Serialize, Serializer};

pub use aggregate::*;
pub use dataset::*;
pub use edges::Edges;
pub use english::{plural, singular};
pub use form::{Form, Kind, Typed, chain};
pub use journey::*;
pub use list::*;
pub use member::*;
pub use metric::*;
pub use row::*;
pub use score::*;
pub use segment::*;
pub use structure::Place;
pub(crate) use structure::{Knot, order as structural_order};
pub use unavailable::*;
pub use unit::*;
pub use unpivot::*;
pub use written::*;

use crate::time::{AsOf, Calendar, Grain};
use milepost_syntax::ast::Duration;
use milepost_syntax::span::Span;

/// An entity of the model, by position in [`Model::entities`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct EntityId(pub usize);

/// A dataset, by position in [`Model::datasets`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DatasetId(pub usize);

/// A column of a known dataset, by position in [`Dataset::columns`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct ColumnId(pub usize);

/// A dimension, by position in [`Model::dimensions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct DimensionId(pub usize);

/// A metric, by position in [`Model::metrics`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct MetricId(pub usize);

/// A behavior, by position in [`Model::behaviors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct BehaviorId(pub usize);

/// A segment, by position in [`Model::segments`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SegmentId(pub usize);

/// A checked project.
#[derive(Clone, Debug, Serialize)]
pub struct Model {
    pub project: Project,
    pub entities: Vec<Entity>,
    pub datasets: Vec<Dataset>,
    pub behaviors: Vec<Behavior>,
    pub segments: Vec<Segment>,
    pub journeys: Vec<Journey>,
    pub dimensions: Vec<Dimension>,
    /// Each may be one with that of the model before it, where the project is checked again and again.
    #[serde(serialize_with = "each")]
    pub metrics: Vec<Arc<Metric>>,
    pub scores: Vec<Score>,
    /// The metrics of packages that the project lacks something for.
    pub unavailable: Vec<Unavailable>,
}

/// As a list of metrics, wherever they are kept.
fn each<S: Serializer>(metrics: &[Arc<Metric>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(metrics.iter().map(|metric| &**metric))
}

/// What `milepost.yaml` says, with the defaults filled in.
#[derive(Clone, Debug, Serialize)]
pub struct Project {
    pub name: String,
    pub label: Option<String>,
    pub description: Option<String>,
    pub calendar: Calendar,
    /// ISO code of the project's currency; default `USD`.
    pub currency: String,
    /// The bucket of a metric that names none; default month.
    pub grain: Grain,
    /// What the site shows; default 24 months.
    pub history: Duration,
    /// `as_of:` of the project, as written and checked (`2026-03-31` or `2026-03-31T12:00:00`).
    pub as_of: Option<String>,
    /// Pages of segments say who moved, by the names of members.
    pub names_in_segments: bool,
    /// `calendar: { holidays: … }`, a CSV whose first column holds dates.
    pub holidays: Option<String>,
}

/// What every definition may carry.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Meta {
    pub label: Option<String>,
    pub description: Option<String>,
    pub owner: Option<String>,
    pub tags: Vec<String>,
    pub deprecated: Option<Deprecated>,
    pub renamed_from: Option<String>,
}

/// `deprecated: {since, use}`
#[derive(Clone, Debug, Serialize)]
pub struct Deprecated {
    pub since: Option<String>,
    pub replacement: Option<String>,
}

/// What members are: accounts, contacts, users.
#[derive(Clone, Debug, Serialize)]
pub struct Entity {
    pub name: String,
    pub meta: Meta,
    pub span: Span,
    /// The name(s) of the key; a dataset's own column names may differ.
    pub key: Vec<String>,
    /// The attributes dataset with one row per member.
    pub home: Option<DatasetId>,
    /// The dataset whose rows are the members: the home, or the list of the keys that other datasets hold (see
    /// [`Derived`]). Absent: no dataset names a member.
    pub members: Option<DatasetId>,
    pub belongs_to: Vec<EntityId>,
    pub lives: Option<Lives>,
    /// A column of `home`.
    pub label_column: Option<ColumnId>,
}

/// When a member exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Lives {
    Always,
    /// Columns of the home dataset; no `to`: never ends.
    Between {
        from: ColumnId,
        to: Option<ColumnId>,
    },
}

/// What results can be sliced by. Columns of several datasets with one dimension name are one dimension.
#[derive(Clone, Debug, Serialize)]
pub struct Dimension {
    pub name: String,
    pub label: Option<String>,
    /// The type of its values.
    pub ty: Type,
    /// A segment, which members enter and leave; absent: columns.
    pub segment: Option<SegmentId>,
}

impl Project {
    /// The as-of that the project itself names.
    #[must_use]
    pub fn as_of(&self) -> Option<AsOf> {
        self.calendar.parse_as_of(self.as_of.as_deref()?)
    }
}

impl Model {
    /// Frees it, which is work for a large one, in code that is compiled here.
    pub fn discard(self) {
        drop(self);
    }

    /// The metric of that name.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<MetricId> {
        self.metrics.iter().position(|m| m.name == name).map(MetricId)
    }

    /// The dimension of that name.
    #[must_use]
    pub fn dimension(&self, name: &str) -> Option<DimensionId> {
        self.dimensions.iter().position(|d| d.name == name).map(DimensionId)
    }

    /// The dataset of that name.
    #[must_use]
    pub fn dataset(&self, name: &str) -> Option<DatasetId> {
        self.datasets.iter().position(|d| d.name == name).map(DatasetId)
    }
}

impl std::ops::Index<EntityId> for Model {
    type Output = Entity;
    fn index(&self, id: EntityId) -> &Entity {
        &self.entities[id.0]
    }
}

impl std::ops::Index<DatasetId> for Model {
    type Output = Dataset;
    fn index(&self, id: DatasetId) -> &Dataset {
        &self.datasets[id.0]
    }
}

impl std::ops::Index<DimensionId> for Model {
    type Output = Dimension;
    fn index(&self, id: DimensionId) -> &Dimension {
        &self.dimensions[id.0]
    }
}

impl std::ops::Index<MetricId> for Model {
    type Output = Metric;
    fn index(&self, id: MetricId) -> &Metric {
        &self.metrics[id.0]
    }
}

impl std::ops::Index<BehaviorId> for Model {
    type Output = Behavior;
    fn index(&self, id: BehaviorId) -> &Behavior {
        &self.behaviors[id.0]
    }
}

impl std::ops::Index<SegmentId> for Model {
    type Output = Segment;
    fn index(&self, id: SegmentId) -> &Segment {
        &self.segments[id.0]
    }
}
