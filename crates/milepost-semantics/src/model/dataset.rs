use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    ColumnId, Csv, DatasetId, DimensionId, EntityId, MemberName, Meta, RowExpr, Type, Unit,
    Unpivot, ValueFormat,
};
use crate::time::{AsOf, Calendar, Instant};
use milepost_syntax::ast::{BadValues, Date, Duration};
use milepost_syntax::span::Span;

/// A table of the project.
#[derive(Clone, Debug, Serialize)]
pub struct Dataset {
    pub name: String,
    pub meta: Meta,
    /// The name in the spec, for messages.
    pub span: Span,
    pub from: Location,
    pub kind: DatasetKind,
    /// The columns whose values together name one row (attributes: required).
    pub key: Vec<ColumnId>,
    /// The entities that a row belongs to, with the columns that hold their keys, in the entity's key order.
    /// An attributes dataset that is an entity's home lists that entity too.
    pub entities: Vec<(EntityId, Vec<ColumnId>)>,
    /// Every column that the project declares or that its files have and some expression names.
    pub columns: Vec<Column>,
    /// Rows for which this column is not true are left out, and counted.
    pub keeps: Option<ColumnId>,
    /// Rows that repeat these columns are dropped, and counted. Empty: nothing is dropped.
    pub unique: Vec<ColumnId>,
    /// The zone of timestamps that carry none; absent: UTC.
    pub time_zone: Option<String>,
    /// A missing file makes metrics `unavailable` instead of failing the build.
    pub optional: bool,
    /// Optional, and its files are missing: every metric that needs it is `unavailable`.
    pub missing: bool,
    pub checks: Vec<Check>,
    pub freshness: Option<Freshness>,
    /// Of which days no row is missing.
    pub complete: Complete,
    /// The share of keys, of those that are there, that may lead to no row of their home before that is told.
    pub unmatched_keys: f64,
    /// The value of every dimension that a row of this dataset has exactly one of: a column at the end of a path, or a
    /// segment, both as of the end of the frame (see [`Hop::valid`], [`super::SegmentAt`]).
    pub reach: BTreeMap<DimensionId, RowExpr>,
    /// The rows are no file's: they are the keys that other datasets hold, one per member of an entity without a home.
    pub derived: Option<Derived>,
}

/// The members of an entity without a home. Columns of the dataset: the key's, those of the parents that
/// `belongs_to:` names and the sources tell, and [`Derived::since`].
#[derive(Clone, Debug, Serialize)]
pub struct Derived {
    pub entity: EntityId,
    /// Where keys are found; rows whose key has a null part name nobody.
    pub sources: Vec<DerivedSource>,
    /// The column with the time of the first row that names the member, an instant. Null: named by a dataset without a
    /// time, so always there.
    pub since: ColumnId,
}

/// A dataset that names members.
#[derive(Clone, Debug, Serialize)]
pub struct DerivedSource {
    pub dataset: DatasetId,
    /// Key columns there, in the order of the entity's key.
    pub key: Vec<ColumnId>,
    /// What it tells of parents: a column of the derived dataset, and the column there. A member has the smallest
    /// value that any row tells (all rows of a member should tell the same).
    pub parents: Vec<(ColumnId, ColumnId)>,
}

/// Where the rows are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// A file, a glob or a folder, relative to the project, with forward slashes.
    pub pattern: String,
    pub format: Option<Format>,
    /// How its CSV files are written, or the sheet of its workbooks.
    pub csv: Csv,
    /// Of workbooks: the name of the sheet, if there are several.
    pub sheet: Option<String>,
    /// Where either is said, and of which files.
    pub written_at: Option<(Format, Span)>,
    /// Columns that become rows.
    pub unpivot: Option<Unpivot>,
    /// The place in the spec.
    pub span: Span,
}

impl Location {
    /// Of rows that are in no file; `span`: what asks for them.
    #[must_use]
    pub fn nowhere(span: Span) -> Self {
        Self {
            pattern: String::new(),
            format: None,
            csv: Csv::default(),
            sheet: None,
            written_at: None,
            unpivot: None,
            span,
        }
    }

    /// What readers call the place: `data/plan.xlsx, sheet Bookings`.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.sheet {
            Some(sheet) => format!("{}, sheet {sheet}", self.pattern),
            None => self.pattern.clone(),
        }
    }
}

/// File formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Format {
    Parquet,
    Csv,
    /// One object per line, or one list of objects.
    Json,
    Arrow,
    /// A workbook, of which one sheet is read.
    Xlsx,
}

/// What a row means in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum DatasetKind {
    /// One row per key; no time of its own.
    Attributes,
    /// True from `from` (included) to `to` (excluded; null: still true).
    History { from: ColumnId, to: ColumnId },
    /// Dated pictures of a state.
    Snapshot { time: ColumnId, carry: Option<Carry> },
    /// Something happened at `time`.
    Events { time: ColumnId },
}

/// How long a member's row of an earlier picture counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Carry {
    For(Duration),
    Forever,
}

/// A column of a dataset.
#[derive(Clone, Debug, Serialize)]
pub struct Column {
    pub name: String,
    pub source: ColumnSource,
    pub ty: Type,
    pub unit: Unit,
    /// Each row's currency stands in this column; the engine refuses rows that are not in the project's currency.
    pub currency_column: Option<ColumnId>,
    pub dimension: Option<DimensionId>,
    pub pii: bool,
    /// A plan, not a fact: may lie after the as-of without reading as null.
    pub planned: bool,
    pub label: Option<String>,
    pub description: Option<String>,
    /// How its values are written in files, where that is not the usual way.
    pub format: Option<ValueFormat>,
    /// What becomes of values that do not fit.
    pub bad_values: BadValues,
    /// Where it is declared, or the dataset's name when it is inferred.
    pub span: Span,
    /// Whether the spec declares it (else it was found in the files).
    pub declared: bool,
}

/// Where a column's values come from.
#[derive(Clone, Debug, Serialize)]
pub enum ColumnSource {
    /// The column of that name in the files.
    File(String),
    /// Computed from columns of the same row (paths allowed).
    Computed(RowExpr),
    /// What members are called: computed from all rows when the data is opened.
    MemberName(MemberName),
}

/// A promise about the data.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    pub span: Span,
    pub rule: CheckRule,
    /// Whether a failure stops the build (`severity: error`, the default) or is only told.
    pub fatal: bool,
}

/// What is promised.
#[derive(Clone, Debug, Serialize)]
pub enum CheckRule {
    NotNull(Vec<ColumnId>),
    Unique(Vec<ColumnId>),
    Accepted {
        column: ColumnId,
        values: Vec<String>,
    },
    /// Every non-null key of this entity has a row in the entity's home dataset.
    Relation {
        entity: EntityId,
        home: DatasetId,
        /// The columns of the home that are the key, in the entity's order.
        key: Vec<ColumnId>,
    },
}

/// The days of which a dataset has all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Complete {
    /// Absent: from the first row on.
    pub from: Option<Date>,
    pub until: Option<CompleteUntil>,
}

/// Up to when a dataset has all rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CompleteUntil {
    /// The as-of, whatever it is: nothing more will come.
    AsOf,
    /// The end of that day.
    Day(Date),
}

/// How old the newest row may be at the as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Freshness {
    /// Where it is promised.
    pub span: Span,
    pub warn_after: Option<Duration>,
    pub error_after: Option<Duration>,
}

impl Column {
    /// A column that the files have by that name, and of which the specs say nothing.
    pub(crate) fn of_file(name: &str, ty: Type, span: Span) -> Self {
        Self {
            name: name.to_owned(),
            source: ColumnSource::File(name.to_owned()),
            ty,
            unit: Unit::plain(),
            currency_column: None,
            dimension: None,
            pii: false,
            planned: false,
            label: None,
            description: None,
            format: None,
            bad_values: BadValues::Error,
            span,
            declared: false,
        }
    }
}

/// The name of the column that says which rows there are: no spec can write it.
pub const KEEPS: &str = "(where)";

impl Column {
    /// Whether no spec can name it: it stands for members in results, or says which rows there are.
    #[must_use]
    pub fn is_unspoken(&self) -> bool {
        matches!(self.source, ColumnSource::MemberName(_)) || self.name == KEEPS
    }
}

impl Dataset {
    /// The column of that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<ColumnId> {
        self.columns.iter().position(|c| c.name == name).map(ColumnId)
    }

    /// The key columns of an entity in this dataset.
    #[must_use]
    pub fn entity_key(&self, entity: EntityId) -> Option<&[ColumnId]> {
        self.entities.iter().find(|(e, _)| *e == entity).map(|(_, columns)| columns.as_slice())
    }

    /// The column that says when a row begins: its time, or the start of its validity.
    #[must_use]
    pub const fn begins(&self) -> Option<ColumnId> {
        match self.kind {
            DatasetKind::Events { time } | DatasetKind::Snapshot { time, .. } => Some(time),
            DatasetKind::History { from, .. } => Some(from),
            DatasetKind::Attributes => None,
        }
    }

    /// The first instant from which on all rows are there, if the dataset says so itself.
    #[must_use]
    pub fn complete_from(&self, calendar: &Calendar) -> Option<Instant> {
        self.complete.from.map(|day| calendar.midnight(day))
    }

    /// The first instant from which on rows may be missing, if the dataset says so itself.
    #[must_use]
    pub fn complete_until(&self, calendar: &Calendar) -> Option<Instant> {
        match self.complete.until {
            Some(CompleteUntil::Day(day)) => Some(calendar.end_of_day(calendar.midnight(day))),
            Some(CompleteUntil::AsOf) | None => None,
        }
    }

    /// The first instant of which rows are not seen: the as-of, or an earlier one from which on they may be missing.
    #[must_use]
    pub fn seen_until(&self, calendar: &Calendar, as_of: AsOf) -> Instant {
        self.complete_until(calendar).map_or(as_of.end, |until| until.min(as_of.end))
    }

    /// The column that says when a row of a history ends.
    #[must_use]
    pub const fn until(&self) -> Option<ColumnId> {
        match self.kind {
            DatasetKind::History { to, .. } => Some(to),
            _ => None,
        }
    }

    /// The column that places rows in time when nothing else is said.
    #[must_use]
    pub fn time(&self) -> Option<ColumnId> {
        match self.kind {
            DatasetKind::Events { time } | DatasetKind::Snapshot { time, .. } => Some(time),
            DatasetKind::Attributes | DatasetKind::History { .. } => None,
        }
    }
}

impl std::ops::Index<ColumnId> for Dataset {
    type Output = Column;
    fn index(&self, id: ColumnId) -> &Column {
        &self.columns[id.0]
    }
}

/// A many-to-one link: from key columns here to the home dataset of an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Hop {
    pub entity: EntityId,
    /// The dataset that the link leaves.
    pub from: DatasetId,
    /// Its columns that hold the key.
    pub from_columns: Vec<ColumnId>,
    /// The entity's home.
    pub to: DatasetId,
    /// The home's key columns, in the same order.
    pub to_columns: Vec<ColumnId>,
    /// The link leads into the entity's history (`to` is a history dataset): to the one row that is valid then.
    /// Absent: `to` has one row per key.
    pub valid: Option<ValidAt>,
}

/// As of when a row of a history is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ValidAt {
    /// The time at which the row that asks is placed: `from <= t < to`.
    Row,
    /// The end of the frame: `from < T <= to`, as states are read.
    End,
}
