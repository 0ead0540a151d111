//! `journeys:` where customers are on their way, as written.

use serde::Serialize;

use super::expr::{Duration, Expr, ExprKind};
use super::spec::Meta;
use crate::span::{Span, Spanned};

/// One of `journeys:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JourneySpec {
    pub name: Spanned<String>,
    /// The whole definition, key to last line.
    pub span: Span,
    pub meta: Meta,
    /// `question:`
    pub question: Option<Spanned<String>>,
    /// `of:` the entity whose members are on it.
    pub of: Option<Spanned<String>>,
    /// `starts:` the column of the member with the time at which it begins.
    pub starts: Option<Spanned<String>>,
    /// `ends:` the column with the time at which the member is lost.
    pub ends: Option<Spanned<String>>,
    /// `amount:` what a member is worth, such as `sum(subscriptions.mrr)`.
    pub amount: Option<Expr>,
    /// `focus:` the milestone that leads.
    pub focus: Option<Spanned<String>>,
    /// `at_risk: 75%` of the time used.
    pub at_risk: Option<Expr>,
    /// `stages:` in their order.
    pub stages: Vec<StageSpec>,
}

/// One of `stages:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StageSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub label: Option<Spanned<String>>,
    /// `question:` what customers and their team ask themselves in it.
    pub question: Option<Spanned<String>>,
    /// `enter:` absent: the exit of the stage before.
    pub enter: Option<Expr>,
    pub milestones: Vec<MilestoneSpec>,
    /// `exit:` one of its milestones, or a condition.
    pub exit: Option<Expr>,
    /// `ready:` for the next stage; absent: all milestones are reached.
    pub ready: Option<Expr>,
    /// `stuck:`
    pub stuck: Option<StuckSpec>,
}

/// One of `milestones:`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MilestoneSpec {
    pub name: Spanned<String>,
    pub span: Span,
    pub label: Option<Spanned<String>>,
    /// `reached:` the condition, which stays reached once it has held.
    pub reached: Option<Expr>,
    /// `within:` so long after its stage was entered.
    pub within: Option<LengthSpec>,
    /// `due:` a day from the data, which comes before `within`.
    pub due: Option<Expr>,
    /// `target: 70%` the share that is to reach it in time.
    pub target: Option<Expr>,
}

/// `stuck: { after: 45 days, without_progress: 14 days }`
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StuckSpec {
    pub span: Span,
    /// `after:` so long after the stage was entered.
    pub after: Option<LengthSpec>,
    /// `without_progress:` and nothing was reached for so long.
    pub without_progress: Option<Spanned<Duration>>,
}

/// `30 days`, or `{ default: 30 days, by: { size: { enterprise: 90 days } } }`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LengthSpec {
    pub span: Span,
    /// Absent: none but for the values below.
    pub default: Option<Spanned<Duration>>,
    /// Dimension → value of it → the length there. The first that applies counts.
    pub by: Vec<LengthsBy>,
}

impl JourneySpec {
    /// Its milestones, with the stage of each.
    pub fn milestones(&self) -> impl Iterator<Item = (&StageSpec, &MilestoneSpec)> {
        self.stages.iter().flat_map(|stage| stage.milestones.iter().map(move |own| (stage, own)))
    }

    /// The stages that others come after: all but the last.
    #[must_use]
    pub fn stages_before_others(&self) -> &[StageSpec] {
        self.stages.split_last().map_or(&[], |(_, before)| before)
    }

    /// The milestone that `exit:` of a stage names, if it names one, with its stage.
    #[must_use]
    pub fn exit_milestone(&self, stage: &StageSpec) -> Option<(&StageSpec, &MilestoneSpec)> {
        let ExprKind::Path(path) = &stage.exit.as_ref()?.kind else { return None };
        let [name] = path.as_slice() else { return None };
        self.milestones().find(|(_, own)| own.name.node == name.node)
    }

    /// Its expressions.
    pub fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let milestones = self.milestones().flat_map(|(_, own)| own.reached.iter().chain(&own.due));
        let stages = self
            .stages
            .iter()
            .flat_map(|stage| stage.enter.iter().chain(&stage.exit).chain(&stage.ready));
        self.amount.iter().chain(stages).chain(milestones)
    }

    /// The dimensions by whose values lengths differ.
    pub fn dimensions(&self) -> impl Iterator<Item = &Spanned<String>> {
        let within = self.milestones().filter_map(|(_, own)| own.within.as_ref());
        let after = self.stages.iter().filter_map(|stage| stage.stuck.as_ref()?.after.as_ref());
        within.chain(after).flat_map(|length| length.by.iter().map(|(dimension, _)| dimension))
    }
}

/// A dimension, and a length for each of some of its values.
pub type LengthsBy = (Spanned<String>, Vec<(Spanned<String>, Spanned<Duration>)>);
