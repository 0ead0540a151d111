//! Named rows and named groups of members: `behaviors:` and `segments:`.

use serde::Serialize;

use super::expr::Expr;
use super::spec::Meta;
use crate::span::{Span, Spanned};

/// One of `behaviors:`, `login: events where name = 'login'`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BehaviorSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub meta: Meta,
    /// The dataset or behavior whose rows it names.
    pub rows: Option<Spanned<String>>,
    /// `where`; absent: all of them.
    pub filter: Option<Expr>,
}

/// One of `segments:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SegmentSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub meta: Meta,
    /// `of:` the entity whose members it divides.
    pub of: Option<Spanned<String>>,
    /// `where:` who belongs.
    pub filter: Option<Expr>,
    /// `bands:` the first whose condition holds takes the member.
    pub bands: Option<Spanned<Vec<BandSpec>>>,
    /// Where no author has written it as a segment: what it is part of.
    pub derived: Option<DerivedSpec>,
}

impl SegmentSpec {
    /// What a definition of that name and text says of each member; `name` follows that of the definition.
    #[must_use]
    pub fn derived(
        (name, span): (Spanned<String>, Span),
        of: Spanned<String>,
        derived: DerivedSpec,
    ) -> Self {
        Self {
            name,
            span,
            meta: Meta::default(),
            of: Some(of),
            filter: None,
            bands: None,
            derived: Some(derived),
        }
    }

    /// The definition that it stands and falls with: itself, or the journey or score that it is part of.
    #[must_use]
    pub fn unit(&self) -> &Spanned<String> {
        self.derived.as_ref().map_or(&self.name, |derived| &derived.owner)
    }

    /// Its expressions, in the order in which they are evaluated.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let bands = self.bands.iter().flat_map(|bands| &bands.node);
        let conditions = bands.filter_map(|band| band.condition.as_ref());
        let rule = self.derived.iter().filter_map(|derived| derived.rule.as_ref());
        self.filter.iter().chain(conditions).chain(rule.flat_map(DerivedRule::exprs))
    }
}

/// What a journey or a score says of each member under a name of its own, such as `lifecycle.stage`: evaluated like a segment, at
/// the end of each day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DerivedSpec {
    /// The journey or the score.
    pub owner: Spanned<String>,
    /// Whether metrics are sliced by it.
    pub is_dimension: bool,
    /// The column of the member from which on events count that have no window of their own.
    pub since: Option<Spanned<String>>,
    /// Absent: its `where:` or its `bands:`.
    pub rule: Option<DerivedRule>,
}

/// What no author writes under `segments:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum DerivedRule {
    /// A value of any type.
    Value(Expr),
    /// Whether a condition holds; absent where that is not known.
    Holds(Expr),
    /// The first day, from that of the member on, at whose end the condition holds.
    FirstDay { since: Expr, condition: Expr },
    /// A value as it was at the end of a day of the member.
    OnDay { day: Expr, value: Expr },
    /// Where its value stands among those of the members with the same text, from 0 to 100.
    Rank { value: Expr, among: Expr },
}

impl DerivedRule {
    fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let (first, second) = match self {
            Self::Value(value) | Self::Holds(value) => (value, None),
            Self::FirstDay { since, condition } => (since, Some(condition)),
            Self::OnDay { day, value } => (day, Some(value)),
            Self::Rank { value, among } => (value, Some(among)),
        };
        std::iter::once(first).chain(second)
    }
}

/// One entry of `bands:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandSpec {
    pub name: Spanned<String>,
    /// Absent: `otherwise`.
    pub condition: Option<Expr>,
}
