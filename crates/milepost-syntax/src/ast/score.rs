//! `scores:` how well a member is doing, as written.

use serde::Serialize;

use super::expr::{Duration, Expr};
use super::group::BandSpec;
use super::spec::{Meta, TargetBySpec};
use crate::span::{Span, Spanned};

/// One of `scores:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreSpec {
    pub name: Spanned<String>,
    /// The whole definition, key to last line.
    pub span: Span,
    pub meta: Meta,
    pub question: Option<Spanned<String>>,
    /// `of:` the entity whose members have it.
    pub of: Option<Spanned<String>>,
    /// `components:` in their order.
    pub components: Vec<ComponentSpec>,
    /// `missing: renormalize|zero|neutral|fail`: what a component without a value is worth.
    pub missing: Option<Spanned<String>>,
    /// `min_weight: 60%`: the least share of the weights whose components have a value.
    pub min_weight: Option<Expr>,
    pub caps: Vec<CapSpec>,
    /// `bands: [ green: score >= 70, red: otherwise ]`
    pub bands: Option<Spanned<Vec<BandSpec>>>,
    /// `override:` rows that say what the score is.
    pub overridden: Option<OverrideSpec>,
    /// `change_over: 30 days`: the time over which the score is compared with itself.
    pub change_over: Option<Spanned<Duration>>,
    /// Whether everything that was written could be read; what could not was reported.
    pub is_read: bool,
}

/// `use: { value: license_utilization_28d, worst: 20%, best: 90%, weight: 3 }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComponentSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub label: Option<Spanned<String>>,
    pub value: Option<Expr>,
    /// The value that gives 0.
    pub worst: Option<BoundSpec>,
    /// The value that gives 100.
    pub best: Option<BoundSpec>,
    /// In place of both, `percentile_rank: plan`: the dimension among whose members it is ranked, or the entity for all.
    pub ranked: Option<Spanned<String>>,
    /// `better: higher|lower`, of a rank.
    pub better: Option<Spanned<String>>,
    /// 1 if absent.
    pub weight: Option<Expr>,
}

/// `20%`, or `{ default: 20%, by: { size: { enterprise: 10% } } }`; the values are literal expressions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoundSpec {
    pub span: Span,
    pub default: Option<Expr>,
    /// dimension → value of it → the literal that stands in place of the default there.
    pub by: Vec<TargetBySpec>,
}

/// `{ when: not any(contact where role = 'champion'), at_most: 40 }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CapSpec {
    pub span: Span,
    pub when: Option<Expr>,
    pub at_most: Option<Expr>,
}

/// `override: { rows: health_overrides, score: score, from: given_at, until: until, author: author, reason: reason }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OverrideSpec {
    /// The key and its fields.
    pub span: Span,
    /// A dataset or a behavior.
    pub rows: Option<Spanned<String>>,
    /// `where` after the rows.
    pub filter: Option<Expr>,
    /// The column with the score.
    pub score: Option<Spanned<String>>,
    /// The column with the time from which it counts; the time of the rows if absent.
    pub from: Option<Spanned<String>>,
    /// The column with the day on which it ends.
    pub until: Option<Spanned<String>>,
    pub author: Option<Spanned<String>>,
    pub reason: Option<Spanned<String>>,
}

impl ScoreSpec {
    /// The expressions that are written in it.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let components = self.components.iter().flat_map(ComponentSpec::exprs);
        let caps = self.caps.iter().flat_map(|cap| cap.when.iter().chain(&cap.at_most));
        let bands = self.bands.iter().flat_map(|bands| &bands.node);
        let bands = bands.filter_map(|band| band.condition.as_ref());
        let overridden = self.overridden.iter().flat_map(|rows| &rows.filter);
        components.chain(&self.min_weight).chain(caps).chain(bands).chain(overridden)
    }

    /// The dimensions by which bounds differ, and within which members are ranked.
    pub fn dimensions(&self) -> impl Iterator<Item = &Spanned<String>> {
        let bounds = self.components.iter().flat_map(|part| part.worst.iter().chain(&part.best));
        let bounds = bounds.flat_map(|bound| bound.by.iter().map(|by| &by.dimension));
        bounds.chain(self.components.iter().filter_map(|part| self.ranked_within(part)))
    }

    /// The dimension within which members are ranked; nothing where all of them are.
    #[must_use]
    pub fn ranked_within<'s>(&self, part: &'s ComponentSpec) -> Option<&'s Spanned<String>> {
        let of = self.of.as_ref().map(|of| &of.node);
        part.ranked.as_ref().filter(|among| Some(&among.node) != of)
    }
}

impl OverrideSpec {
    /// The names of the columns of its rows.
    pub fn columns(&self) -> impl Iterator<Item = &Spanned<String>> {
        let times = self.from.iter().chain(&self.until);
        self.score.iter().chain(times).chain(&self.author).chain(&self.reason)
    }
}

impl ComponentSpec {
    /// Whether the lowest of those who are ranked is the best.
    #[must_use]
    pub fn is_lower_better(&self) -> bool {
        self.better.as_ref().is_some_and(|better| better.node == "lower")
    }

    fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let bounds = self.worst.iter().chain(&self.best).flat_map(|bound| &bound.default);
        self.value.iter().chain(bounds).chain(&self.weight)
    }
}
