//! Named rows, and named groups of members.

use serde::Serialize;

use super::{DatasetId, EntityId, Meta, RowExpr, Type, Unit, Way};
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
    /// The journey or the score that it is part of, if no author has written it as a segment.
    pub owner: Option<String>,
    /// The dataset whose rows are the members: the entity's home, or the list of its keys.
    pub members: DatasetId,
    pub rule: SegmentRule,
    /// How far the rows that it sees look ahead, one after the other (see [`super::Matures::then`]): until all of one of
    /// these has passed since a day, who was in it that day may change.
    pub ahead: Vec<Way>,
}

/// What is said of members. Its expressions are evaluated over a row of [`Segment::members`], in the frame of one day.
#[derive(Clone, Debug, Serialize)]
pub enum SegmentRule {
    /// Belongs, or does not: an absent condition is not true.
    Where(RowExpr),
    /// The first band whose condition is true.
    Bands(Vec<Band>),
    /// A value of any type; absent where it has none.
    Value(RowExpr),
    /// The first day, from that of `since` on, at whose end the condition is true, as far as it is over: absent before. It
    /// stays what it is. The last day ends with the as-of.
    FirstDay { since: RowExpr, condition: RowExpr },
    /// The value as it was at the end of a day; absent where that is not over, or not known.
    OnDay { day: RowExpr, value: RowExpr },
    /// Where a number stands among those of the members of which `among` is the same: the share of the others that it is above,
    /// in percent, half of those that it equals counted. So the lowest has 0, the highest 100, equal ones the mean of their
    /// places: `(rank - 1) / (n - 1)` with average ranks. Absent where it has no number, and where there is no other.
    Rank { value: RowExpr, among: RowExpr },
}

/// Days so far before the as-of are the first that [`SegmentRule::FirstDay`] evaluates.
pub const FIRST_DAYS: i32 = 100_000;

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
    /// Its expressions, in the order in which they are evaluated.
    pub fn exprs(&self) -> impl Iterator<Item = &RowExpr> {
        let (own, bands) = match self {
            Self::Where(own) | Self::Value(own) => ([Some(own), None], &[][..]),
            Self::FirstDay { since, condition } => ([Some(since), Some(condition)], &[][..]),
            Self::OnDay { day, value } => ([Some(day), Some(value)], &[][..]),
            Self::Rank { value, among } => ([Some(value), Some(among)], &[][..]),
            Self::Bands(bands) => ([None, None], bands.as_slice()),
        };
        let bands = bands.iter().filter_map(|band| band.condition.as_ref());
        own.into_iter().flatten().chain(bands)
    }

    /// The type and the unit of what it says of a member.
    #[must_use]
    pub fn meaning(&self) -> (Type, Unit) {
        match self {
            Self::Where(_) => (Type::Boolean, Unit::plain()),
            Self::Bands(_) => (Type::Text, Unit::plain()),
            Self::FirstDay { .. } => (Type::Date, Unit::plain()),
            Self::Rank { .. } => (Type::Number, Unit::plain()),
            Self::Value(value) | Self::OnDay { value, .. } => (value.ty, value.unit.clone()),
        }
    }
}

impl Segment {
    /// Its expressions, in the order in which they are evaluated.
    pub fn exprs(&self) -> impl Iterator<Item = &RowExpr> {
        self.rule.exprs()
    }
}
