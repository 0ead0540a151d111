//! The answers that count, and what is summarized of them.

use milepost_syntax::ast::{AggregateFunction, Linked, RowsSpec, Window};
use milepost_syntax::span::{Span, Spanned};

use super::read::{Invitations, Survey};
use crate::forms::rows::with_dataset;
use crate::forms::term::{Taken, Term};

/// The ends of the scale of NPS.
const NPS: (i128, i128) = (0, 10);

/// The answers of a survey.
pub(super) struct Answers<'a> {
    survey: Survey<'a>,
    span: Span,
    /// The score of an answer, with its dataset.
    score: Term,
}

impl<'a> Answers<'a> {
    pub(super) fn new(survey: Survey<'a>) -> Self {
        let score = Term(with_dataset(survey.score, &survey.answers.name));
        Self { survey, span: survey.span, score }
    }

    pub(super) fn whole(&self, number: i128) -> Term {
        Term::whole(number, self.span)
    }

    pub(super) fn lowest(&self) -> Term {
        self.survey.scale.map_or_else(|| self.whole(NPS.0), |(low, _)| Term(low.clone()))
    }

    pub(super) fn highest(&self) -> Term {
        self.survey.scale.map_or_else(|| self.whole(NPS.1), |(_, high)| Term(high.clone()))
    }

    /// A summary of a value of each answer that counts: of each respondent's latest, or of all.
    pub(super) fn summary(
        &self,
        function: AggregateFunction,
        value: impl Fn(Term) -> Term,
    ) -> Term {
        match self.survey.latest_of {
            Some(respondent) => {
                let latest = self.on_scale().by(AggregateFunction::Last, self.score.clone());
                let each = self.members(Some(respondent), self.any());
                each.by(function, value(latest))
            }
            None => self.on_scale().by(function, value(self.score.clone())),
        }
    }

    /// A summary of a value of each entity that `weigh:` names: of those with an answer that counts.
    pub(super) fn by_weight(
        &self,
        weigh: &Spanned<String>,
        function: AggregateFunction,
        value: Term,
    ) -> Term {
        self.members(Some(weigh), self.anybody()).by(function, value)
    }

    /// How many answers count.
    pub(super) fn number(&self) -> Term {
        match self.survey.latest_of {
            Some(respondent) => self.count_of(respondent, self.any()),
            None => self.on_scale().by(AggregateFunction::Count, self.rows()),
        }
    }

    /// How many entities that `weigh:` names have an answer that counts.
    pub(super) fn number_of(&self, weigh: &Spanned<String>) -> Term {
        self.count_of(weigh, self.anybody())
    }

    /// How many answers there are for which something is true, on the scale or not.
    pub(super) fn told_apart(&self, condition: impl Fn(Term) -> Term) -> Term {
        let value = condition(self.score.clone()).choose(self.whole(1), self.whole(0));
        self.all().by(AggregateFunction::Sum, value)
    }

    /// How many answers on the scale are of nobody who is known; in a slice never less than none.
    pub(super) fn of_nobody(&self) -> Option<Term> {
        let respondent = self.survey.latest_of?;
        let rows = self.on_scale().by(AggregateFunction::Count, self.rows());
        let reached = self.members(Some(respondent), self.any());
        Some(self.left_over(rows.clone(), reached.by(AggregateFunction::Sum, rows)))
    }

    /// How many answers that count are of no entity that `weigh:` names.
    pub(super) fn unweighed(&self, weigh: &Spanned<String>) -> Term {
        let number = self.number();
        self.left_over(number.clone(), self.by_weight(weigh, AggregateFunction::Sum, number))
    }

    fn left_over(&self, all: Term, reached: Term) -> Term {
        self.whole(0).greatest(all - reached)
    }

    /// The invitations that their respondent answered in time ÷ the invitations.
    pub(super) fn response_rate(&self, invitations: &Invitations<'_>) -> Term {
        let linked = Linked {
            same: vec![invitations.respondent.clone()],
            within: Some(Spanned::new(invitations.within, self.span)),
            before: false,
            anchor: None,
            since: None,
        };
        let found = Taken {
            linked: Some(Spanned::new(linked, self.span)),
            window: None,
            ..self.on_scale()
        };
        let answered = found.by(AggregateFunction::Any, self.rows());
        let filter = condition(invitations.rows);
        let both = match filter.clone() {
            Some(filter) => filter.and(answered),
            None => answered,
        };
        let count = |filter: Option<Term>| {
            let rows = Term::name(&invitations.rows.name, self.span);
            self.over_all(filter).by(AggregateFunction::Count, rows)
        };
        count(Some(both)) / count(filter)
    }

    /// Whether there is an answer that counts.
    fn any(&self) -> Term {
        self.on_scale().by(AggregateFunction::Any, self.rows())
    }

    /// Whether an entity that `weigh:` names has an answer that counts.
    fn anybody(&self) -> Term {
        match self.survey.latest_of {
            Some(respondent) => {
                let rows = Term::name(respondent, self.span);
                self.members(None, self.any()).by(AggregateFunction::Any, rows)
            }
            None => self.any(),
        }
    }

    fn count_of(&self, entity: &Spanned<String>, filter: Term) -> Term {
        self.members(None, filter).by(AggregateFunction::Count, Term::name(entity, self.span))
    }

    /// Members that have begun by the end of the bucket: whoever answered counts, also after leaving.
    fn members(&self, per: Option<&Spanned<String>>, filter: Term) -> Taken {
        let window = Some(Spanned::new(Window::Ever { before: false }, self.span));
        Taken { at: self.span, per: per.cloned(), window, linked: None, filter: Some(filter) }
    }

    /// The answers in the window.
    fn all(&self) -> Taken {
        self.over_all(condition(self.survey.answers))
    }

    /// Rows in the window.
    fn over_all(&self, filter: Option<Term>) -> Taken {
        Taken { at: self.span, per: None, window: self.window(), linked: None, filter }
    }

    /// The answers in the window whose score is on the scale.
    fn on_scale(&self) -> Taken {
        let on_scale = self.score.clone().between(self.lowest(), self.highest());
        let all = self.all();
        let filter = match all.filter.clone() {
            Some(filter) => filter.and(on_scale),
            None => on_scale,
        };
        Taken { filter: Some(filter), ..all }
    }

    fn rows(&self) -> Term {
        Term::name(&self.survey.answers.name, self.span)
    }

    fn window(&self) -> Option<Spanned<Window>> {
        let length = self.survey.over?;
        let window = Window::Over { length: length.clone(), before: false };
        Some(Spanned::new(window, length.span))
    }
}

fn condition(rows: &RowsSpec) -> Option<Term> {
    rows.filter.clone().map(Term)
}
