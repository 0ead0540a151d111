//! Named rows, and named groups of members.

use serde::Serialize;

use super::{DatasetId, EntityId, Meta, RowExpr, Way};
use milepost_syntax::span::Span;

/// `login: events where name = 'login'`: rows with a name, which stands wherever a dataset may.
#[derive(Clone, Debug, Serialize)]
pub struct Behavior {
    pub name: String,
    pub meta: Meta,
    /// The name in the spec.
    pub span: Span,
    pub dataset: DatasetId,
    /// Absent: all rows.
    pub filter: Option<RowExpr>,
    /// As the author wrote it, canonical.
    pub text: String,
}

/// Members sorted by a rule that is judged at the end of each day.
#[derive(Clone, Debug, Serialize)]
pub struct Segment {
    pub name: String,
    pub meta: Meta,
    /// The name in the spec.
    pub span: Span,
    /// The whole definition in the spec.
    pub definition: Span,
    pub of: EntityId,
    /// The dataset whose rows are the members: the entity's home, or the list of its keys.
    pub members: DatasetId,
    pub rule: SegmentRule,
    /// How far the rows that it sees look ahead, one after the other (see [`super::Matures::then`]): until all of one of
    /// these has passed since a day, who was in it that day may change.
    pub ahead: Vec<Way>,
}

/// What sorts members. Conditions are judged over a row of [`Segment::members`], in the frame of one day.
#[derive(Clone, Debug, Serialize)]
pub enum SegmentRule {
    /// Belongs, or does not: an absent condition is not true.
    Where(RowExpr),
    /// The first band whose condition is true.
    Bands(Vec<Band>),
}

/// One band.
#[derive(Clone, Debug, Serialize)]
pub struct Band {
    pub name: String,
    /// Absent: `otherwise`.
    pub condition: Option<RowExpr>,
    pub span: Span,
}

/// The value of a segment without `otherwise` for a member that no band takes.
pub const UNMATCHED: &str = "(unmatched)";

impl SegmentRule {
    /// Its conditions, in the order in which they are asked.
    pub fn conditions(&self) -> impl Iterator<Item = &RowExpr> {
        let (one, bands) = match self {
            Self::Where(condition) => (Some(condition), &[][..]),
            Self::Bands(bands) => (None, bands.as_slice()),
        };
        one.into_iter().chain(bands.iter().filter_map(|band| band.condition.as_ref()))
    }
}

impl Segment {
    /// Its conditions, in the order in which they are asked.
    pub fn conditions(&self) -> impl Iterator<Item = &RowExpr> {
        self.rule.conditions()
    }
}
