//! `survey:` of a metric, as written.

use serde::Serialize;

use super::expr::{Duration, Expr};
use crate::span::{Span, Spanned};

/// Rows where a form takes some: a dataset or a behavior, and `where`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RowsSpec {
    pub name: Spanned<String>,
    pub filter: Option<Expr>,
}

/// A score of answers: NPS, CSAT or CES.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SurveySpec {
    /// `survey`, as it is written.
    pub key: Spanned<String>,
    /// The key and its fields.
    pub span: Span,
    /// `kind: nps|csat|ces`
    pub kind: Option<Spanned<String>>,
    /// `answers:` the rows, one for each answer.
    pub answers: Option<RowsSpec>,
    /// `score:` the score of an answer, of the columns of its row.
    pub score: Option<Expr>,
    /// `scale: [1, 5]` the lowest and the highest score, literal numbers.
    pub scale: Option<Spanned<(Expr, Expr)>>,
    /// `top: 4` the lowest score of a satisfied answer, a literal number.
    pub top: Option<Expr>,
    /// `direction: higher|lower` which scores say that it was easy.
    pub direction: Option<Spanned<String>>,
    /// `respondent:` the entity that answers.
    pub respondent: Option<Spanned<String>>,
    /// `keep: latest|all` which answers of a respondent count.
    pub keep: Option<Spanned<String>>,
    /// `over: 90 days`
    pub over: Option<Spanned<Duration>>,
    /// `weigh: answers`, or an entity of which each counts the same.
    pub weigh: Option<Spanned<String>>,
    /// `invitations:` the rows, one for each invitation.
    pub invitations: Option<RowsSpec>,
    /// `answer_within: 14 days`
    pub answer_within: Option<Spanned<Duration>>,
}

impl SurveySpec {
    /// What `weigh:` says where each answer counts the same.
    pub const EACH_ANSWER: &str = "answers";

    /// The entity of which each member counts the same.
    #[must_use]
    pub fn weighed_by(&self) -> Option<&Spanned<String>> {
        self.weigh.as_ref().filter(|weigh| weigh.node != Self::EACH_ANSWER)
    }
}
