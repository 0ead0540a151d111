//! Forms of metrics, as written.

use serde::Serialize;

use super::cohort::CohortSpec;
use super::duration::{DurationSpec, EndSpec};
use super::expr::Expr;
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
    /// `duration: { of: account, from: created_at, to: key_use, lost: churned_at }`
    Duration(Box<DurationSpec>),
    /// One that this version lacks, or one too many, here (reported already).
    Unusable(Span),
}

impl FormSpec {
    /// The entities whose members it is about.
    pub fn members(&self) -> impl Iterator<Item = &Spanned<String>> {
        let [first, second] = match self {
            Self::Quartiles(spec) => [spec.of.as_ref(), None],
            Self::Retention(spec) => [spec.of.as_ref(), None],
            Self::Cohort(spec) => [spec.of.as_ref(), None],
            Self::Survey(spec) => [spec.respondent.as_ref(), spec.weighed_by()],
            Self::Duration(spec) => [spec.of.as_ref(), None],
            Self::Value(_) | Self::Unusable(_) => [None, None],
        };
        first.into_iter().chain(second)
    }

    /// The datasets and behaviors whose rows it names outside its expressions.
    pub fn rows(&self) -> impl Iterator<Item = &Spanned<String>> {
        let [first, second] = match self {
            Self::Survey(spec) => [spec.answers.as_ref(), spec.invitations.as_ref()],
            Self::Duration(spec) => match &spec.to {
                Some(EndSpec::Rows { rows, .. }) => [Some(rows), None],
                _ => [None, None],
            },
            _ => [None, None],
        };
        first.into_iter().chain(second).map(|rows| &rows.name)
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
            Self::Duration(spec) => {
                let to = spec.to.as_ref().and_then(EndSpec::expr);
                vec![spec.from.as_ref(), to, spec.lost.as_ref()]
            }
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
            Self::Duration(spec) => spec.span,
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
