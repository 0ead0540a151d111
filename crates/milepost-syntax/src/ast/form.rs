//! Forms of metrics, as written.

use serde::Serialize;

use super::cohort::CohortSpec;
use super::duration::{DurationSpec, EndSpec};
use super::expr::Expr;
use super::funnel::{FunnelSpec, PlacedRowsSpec};
use super::list::ListSpec;
use super::retention::RetentionSpec;
use super::survey::SurveySpec;
use crate::span::{Span, Spanned};

/// The form of a metric: each yields parts, and one shape that they make together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum FormSpec {
    /// `value: EXPR`
    Value(Expr),
    /// `quartiles: { of: account, value: EXPR, where: CONDITION }`
    Quartiles(Box<QuartilesSpec>),
    /// `retention: { of: account, amount: subscriptions.mrr, over: 12 months }`
    Retention(Box<RetentionSpec>),
    /// `cohort: { of: user, starts: events, returns: events }`
    Cohort(Box<CohortSpec>),
    /// `survey: { kind: nps, answers: nps_answer, score: score, respondent: contact }`
    Survey(Box<SurveySpec>),
    /// `funnel: { of: contact, steps: [ sent: touches, used: events ], within: 14 days }`
    Funnel(Box<FunnelSpec>),
    /// `duration: { of: account, from: created_at, to: key_use, lost: churned_at }`
    Duration(Box<DurationSpec>),
    /// What stands under `lists:`, where a definition has this form and no other.
    List(Box<ListSpec>),
    /// One that this version lacks, or one too many, here (reported already).
    Unusable(Span),
}

impl FormSpec {
    /// The entities whose members it is about.
    pub fn members(&self) -> impl Iterator<Item = &Spanned<String>> {
        let found = match self {
            Self::Quartiles(spec) => vec![spec.of.as_ref()],
            Self::Retention(spec) => vec![spec.of.as_ref()],
            Self::Cohort(spec) => vec![spec.of.as_ref()],
            Self::Survey(spec) => vec![spec.respondent.as_ref(), spec.weighed_by()],
            Self::Funnel(spec) => {
                let steps = spec.steps.iter().map(|step| step.of.as_ref());
                std::iter::once(spec.of.as_ref()).chain(steps).collect()
            }
            Self::Duration(spec) => vec![spec.of.as_ref()],
            Self::List(spec) => vec![spec.of.as_ref()],
            Self::Value(_) | Self::Unusable(_) => Vec::new(),
        };
        found.into_iter().flatten()
    }

    /// The datasets and behaviors whose rows it names outside its expressions.
    pub fn rows(&self) -> impl Iterator<Item = &Spanned<String>> {
        let found = match self {
            Self::Survey(spec) => {
                let rows = spec.answers.iter().chain(&spec.invitations);
                rows.map(|rows| &rows.name).collect()
            }
            Self::Funnel(spec) => spec.rows().map(|rows| &rows.name).collect(),
            Self::Duration(spec) => match &spec.to {
                Some(EndSpec::Rows { rows, .. }) => vec![&rows.name],
                _ => Vec::new(),
            },
            Self::List(spec) => {
                let snoozed = spec.snoozed_by.iter().filter_map(|snoozed| snoozed.rows.as_ref());
                snoozed.map(|rows| &rows.name).collect()
            }
            _ => Vec::new(),
        };
        found.into_iter()
    }

    /// The expressions that are written in it.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let exprs = match self {
            Self::Value(value) => vec![Some(value)],
            Self::Quartiles(spec) => vec![spec.value.as_ref(), spec.filter.as_ref()],
            Self::Retention(spec) => vec![
                spec.amount.as_ref(),
                spec.filter.as_ref(),
                spec.churn_at.as_ref(),
                spec.due.as_ref(),
            ],
            Self::Cohort(spec) => {
                vec![spec.starts.as_ref(), spec.returns.as_ref(), spec.amount.as_ref()]
            }
            Self::Survey(spec) => {
                let [answers, invitations] = [&spec.answers, &spec.invitations]
                    .map(|rows| rows.as_ref().and_then(|rows| rows.filter.as_ref()));
                vec![answers, spec.score.as_ref(), invitations]
            }
            Self::Funnel(spec) => spec.rows().flat_map(PlacedRowsSpec::exprs).map(Some).collect(),
            Self::Duration(spec) => {
                let to = spec.to.as_ref().and_then(EndSpec::expr);
                vec![spec.from.as_ref(), to, spec.lost.as_ref()]
            }
            Self::List(spec) => spec.exprs().map(Some).collect(),
            Self::Unusable(_) => Vec::new(),
        };
        exprs.into_iter().flatten()
    }

    /// Where it is.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Value(value) => value.span,
            Self::Quartiles(spec) => spec.span,
            Self::Retention(spec) => spec.span,
            Self::Cohort(spec) => spec.span,
            Self::Survey(spec) => spec.span,
            Self::Funnel(spec) => spec.span,
            Self::Duration(spec) => spec.span,
            Self::List(spec) => spec.span,
            Self::Unusable(span) => *span,
        }
    }
}

/// The quartiles of a value of each member of an entity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QuartilesSpec {
    /// `quartiles`, as it is written.
    pub key: Spanned<String>,
    /// The key and its fields.
    pub span: Span,
    /// The entity.
    pub of: Option<Spanned<String>>,
    /// The value of one member.
    pub value: Option<Expr>,
    /// Which members.
    pub filter: Option<Expr>,
}
