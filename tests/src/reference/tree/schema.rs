//! Entities, datasets and what is defined over them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;
use std::rc::Rc;

use jiff::civil::Date;
use milepost::semantics::time::{Grain, Instant};
use milepost::syntax::ast::{Duration, Expr};

use super::{RowExpr, Type, ValueExpr};

/// Positions in the lists of a model.
macro_rules! ids {
    ($($id:ident in $list:ident of $what:ty,)*) => { $(
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $id(pub(crate) usize);

        impl Index<$id> for Model {
            type Output = $what;
            fn index(&self, id: $id) -> &$what {
                &self.$list[id.0]
            }
        }
    )* };
}

ids! {
    EntityId in entities of Entity,
    DatasetId in datasets of Dataset,
    DimensionId in dimensions of Dimension,
    MetricId in metrics of Metric,
    SegmentId in segments of Segment,
}

/// A column, by its position in its dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ColumnId(pub(crate) usize);

pub(crate) struct Model {
    pub(crate) project: Project,
    pub(crate) entities: Vec<Entity>,
    pub(crate) datasets: Vec<Dataset>,
    pub(crate) segments: Vec<Segment>,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) metrics: Vec<Metric>,
}

pub(crate) struct Project {
    pub(crate) calendar: Days,
    pub(crate) grain: Grain,
    pub(crate) history: Duration,
}

/// How time is counted.
pub(crate) struct Days {
    pub(crate) time_zone: String,
    /// 1 is Monday.
    pub(crate) week_starts: i8,
    pub(crate) fiscal_year_starts: i8,
    /// From Monday on.
    pub(crate) business_days: [bool; 7],
    pub(crate) holidays: BTreeSet<Date>,
}

pub(crate) struct Entity {
    pub(crate) name: String,
    /// The names of its key.
    pub(crate) key: Vec<String>,
    pub(crate) home: Option<DatasetId>,
    /// Whose rows are the members: the home, or the keys that other datasets hold.
    pub(crate) members: Option<DatasetId>,
    pub(crate) belongs_to: Vec<EntityId>,
    pub(crate) lives: Option<Lives>,
    pub(crate) label_column: Option<ColumnId>,
}

#[derive(Clone, Copy)]
pub(crate) enum Lives {
    Always,
    Between { from: ColumnId, to: Option<ColumnId> },
}

pub(crate) struct Dataset {
    pub(crate) name: String,
    pub(crate) kind: DatasetKind,
    pub(crate) key: Vec<ColumnId>,
    /// The members that a row is about, with the columns that hold their keys.
    pub(crate) entities: Vec<(EntityId, Vec<ColumnId>)>,
    pub(crate) columns: Vec<Column>,
    pub(crate) unique: Vec<ColumnId>,
    /// The first and the last day of which no row is missing, where they are said.
    pub(crate) complete_from: Option<Date>,
    pub(crate) complete_until: Option<Date>,
    /// `complete_until: as_of`.
    pub(crate) has_all_to_come: bool,
    pub(crate) time_zone: Option<String>,
    /// Optional, and without files.
    pub(crate) missing: bool,
    /// The value of each dimension that a row has one of.
    pub(crate) reach: BTreeMap<DimensionId, RowExpr>,
    pub(crate) derived: Option<Derived>,
}

/// The members of an entity without a home: the keys that rows of other datasets hold.
pub(crate) struct Derived {
    pub(crate) sources: Vec<DerivedSource>,
    /// When the first row names the member.
    pub(crate) since: ColumnId,
}

pub(crate) struct DerivedSource {
    pub(crate) dataset: DatasetId,
    pub(crate) key: Vec<ColumnId>,
    /// What it tells of those that the member belongs to: a column of the members, and the column there.
    pub(crate) parents: Vec<(ColumnId, ColumnId)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum DatasetKind {
    Attributes,
    History { from: ColumnId, to: ColumnId },
    Snapshot { time: ColumnId, carry: Option<Carry> },
    Events { time: ColumnId },
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Carry {
    For(Duration),
    Forever,
}

pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) source: ColumnSource,
    pub(crate) ty: Type,
    /// The name after `dimension:`.
    pub(crate) dimension: Option<String>,
    pub(crate) pii: bool,
    pub(crate) planned: bool,
}

pub(crate) enum ColumnSource {
    File(String),
    Computed(RowExpr),
    /// What the member in the row is called in results.
    MemberName(MemberName),
}

/// A label, and the key behind it where the label alone could mean another member.
#[derive(Clone, Copy)]
pub(crate) struct MemberName {
    pub(crate) entity: EntityId,
    pub(crate) label: ColumnId,
}

pub(crate) struct Dimension {
    pub(crate) name: String,
    pub(crate) segment: Option<SegmentId>,
}

pub(crate) struct Segment {
    /// The rows that it sorts.
    pub(crate) members: DatasetId,
    pub(crate) rule: SegmentRule,
}

pub(crate) enum SegmentRule {
    Where(RowExpr),
    Bands(Vec<Band>),
    /// What a score says under one of its names.
    Score(Rc<Score>, Says),
}

/// A score, as it is written.
pub(crate) struct Score {
    pub(crate) of: EntityId,
    pub(crate) parts: Vec<ScorePart>,
    pub(crate) missing: String,
    /// The least share of the weights.
    pub(crate) least: f64,
    pub(crate) caps: Vec<(RowExpr, f64)>,
    /// Absent: `otherwise`.
    pub(crate) bands: Vec<(String, Option<Expr>)>,
}

pub(crate) struct ScorePart {
    pub(crate) name: String,
    pub(crate) value: RowExpr,
    pub(crate) weight: f64,
    pub(crate) scale: Scale,
}

/// What of a component is 0, and what is 100.
pub(crate) enum Scale {
    Between {
        /// Worst and best.
        ends: (f64, f64),
        /// The same where a condition holds.
        by: Vec<(RowExpr, (f64, f64))>,
    },
    /// Among the members of which this is the same; absent: all of them.
    Rank { among: Option<RowExpr>, is_lower_better: bool },
}

/// Which of its names.
pub(crate) enum Says {
    Number,
    Sum,
    CapPoints,
    Drag,
    Band,
    /// Where a component lies, and its points.
    Part(usize),
    Points(usize),
}

pub(crate) struct Band {
    pub(crate) name: String,
    /// Absent: `otherwise`.
    pub(crate) condition: Option<RowExpr>,
}

/// The value of a segment for a member that no band takes.
pub(crate) const UNMATCHED: &str = "(unmatched)";

pub(crate) struct Metric {
    pub(crate) name: String,
    pub(crate) grain: Grain,
    pub(crate) min_sample: Option<u64>,
    /// At least one, the headline first.
    pub(crate) parts: Vec<Part>,
}

/// A value that a metric yields, by the name that stands after that of the metric.
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) value: ValueExpr,
}

/// What is asked of a part of a metric.
pub(crate) struct Request {
    pub(crate) metric: MetricId,
    /// By its position.
    pub(crate) part: usize,
    pub(crate) grain: Grain,
    pub(crate) by: Vec<DimensionId>,
    pub(crate) from: Option<Instant>,
    pub(crate) to: Option<Instant>,
}

impl Model {
    /// The value that is asked for.
    pub(crate) fn asked(&self, request: &Request) -> &ValueExpr {
        &self[request.metric].parts[request.part].value
    }
}

impl Dataset {
    pub(crate) fn column(&self, name: &str) -> Option<ColumnId> {
        self.columns.iter().position(|column| column.name == name).map(ColumnId)
    }

    /// The columns that hold the key of a member that a row is about.
    pub(crate) fn link(&self, entity: EntityId) -> Option<&[ColumnId]> {
        let found = self.entities.iter().find(|(linked, _)| *linked == entity);
        found.map(|(_, columns)| columns.as_slice())
    }

    /// The time from which a row is true or happened.
    pub(crate) const fn begins(&self) -> Option<ColumnId> {
        match self.kind {
            DatasetKind::Events { time } | DatasetKind::Snapshot { time, .. } => Some(time),
            DatasetKind::History { from, .. } => Some(from),
            DatasetKind::Attributes => None,
        }
    }

    /// The time that places a row where nothing else does.
    pub(crate) const fn time(&self) -> Option<ColumnId> {
        match self.kind {
            DatasetKind::Events { time } | DatasetKind::Snapshot { time, .. } => Some(time),
            DatasetKind::Attributes | DatasetKind::History { .. } => None,
        }
    }

    pub(crate) const fn is_state(&self) -> bool {
        matches!(self.kind, DatasetKind::History { .. } | DatasetKind::Snapshot { .. })
    }
}

impl Index<ColumnId> for Dataset {
    type Output = Column;
    fn index(&self, id: ColumnId) -> &Column {
        &self.columns[id.0]
    }
}

impl Segment {
    pub(crate) fn conditions(&self) -> impl Iterator<Item = &RowExpr> {
        let all: Vec<&RowExpr> = match &self.rule {
            SegmentRule::Where(condition) => vec![condition],
            SegmentRule::Bands(bands) => {
                bands.iter().filter_map(|band| band.condition.as_ref()).collect()
            }
            SegmentRule::Score(score, says) => score.needs(says),
        };
        all.into_iter()
    }
}
