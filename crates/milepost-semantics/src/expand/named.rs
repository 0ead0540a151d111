//! Values of members that have names: they are made in order, and expressions read those that are there.

use crate::forms::build::{Writer, plain};
use crate::forms::term::Term;
use milepost_syntax::ast::{BandSpec, Date, DerivedRule, DerivedSpec, Expr, ExprKind, SegmentSpec};
use milepost_syntax::span::{Span, Spanned};

/// After all days that data has: it stands for an end that is absent.
pub(super) const NEVER: Date = Date { year: 9999, month: 12, day: 31 };

/// The values that one definition makes.
pub(super) struct Named<'s> {
    /// The definition.
    pub(super) owner: &'s Spanned<String>,
    /// Its whole text.
    pub(super) span: Span,
    /// The entity whose members have them.
    pub(super) of: &'s Spanned<String>,
    /// The column from which on events count that have no window.
    pub(super) since: Option<&'s Spanned<String>>,
    pub(super) made: Vec<SegmentSpec>,
}

impl Named<'_> {
    pub(super) const fn write(&self) -> Writer {
        Writer { span: self.owner.span }
    }

    /// Reads a value by the names after that of the owner.
    pub(super) fn read(&self, names: &[&str]) -> Term {
        let path = std::iter::once(&*self.owner.node).chain(names.iter().copied());
        let path = path.map(|name| self.write().at(name.to_owned())).collect();
        Term(Expr { kind: ExprKind::Path(path), span: self.owner.span })
    }

    pub(super) fn text(&self, text: &str) -> Term {
        Term(self.write().text(text))
    }

    pub(super) fn nothing(&self) -> Term {
        Term(self.write().nothing())
    }

    pub(super) fn whole(&self, number: i128) -> Term {
        Term::whole(number, self.owner.span)
    }

    pub(super) fn call(&self, function: &str, args: Vec<Term>) -> Term {
        Term::call(function, args, self.owner.span)
    }

    /// The day that is evaluated.
    pub(super) fn today(&self) -> Term {
        Term::name(&self.write().at("today".to_owned()), self.owner.span)
    }

    /// The earliest of several days, of which some may be absent; absent if all are.
    pub(super) fn earliest(&self, days: Vec<Term>) -> Option<Term> {
        let never = || Term(Expr { kind: ExprKind::Date(NEVER), span: self.owner.span });
        let or_never = |day| self.call("coalesce", vec![day, never()]);
        let first = days.into_iter().map(or_never).reduce(Term::least)?;
        Some(first.clone().below(never()).choose(first, self.nothing()))
    }

    /// What must all hold; nothing: true.
    pub(super) fn all(&self, conditions: impl IntoIterator<Item = Term>) -> Term {
        let all = conditions.into_iter().reduce(Term::and);
        all.unwrap_or_else(|| Term(self.write().literal(true)))
    }

    /// Of which one must hold; nothing: false.
    pub(super) fn any(&self, conditions: impl IntoIterator<Item = Term>) -> Term {
        let any = conditions.into_iter().reduce(Term::or);
        any.unwrap_or_else(|| Term(self.write().literal(false)))
    }

    /// The first value whose condition holds; absent if none does, and where there is no value.
    pub(super) fn first_of(&self, mut choices: Vec<(Term, Option<Term>)>) -> Option<Term> {
        while choices.pop_if(|(_, value)| value.is_none()).is_some() {}
        let or_nothing = |value: Option<Term>| value.unwrap_or_else(|| self.nothing());
        let cases = choices.into_iter().map(|(condition, value)| (condition, or_nothing(value)));
        let cases: Vec<(Term, Term)> = cases.collect();
        (!cases.is_empty()).then(|| Term::cases(cases, self.nothing()))
    }

    pub(super) fn value(&mut self, names: &[&str], value: Term) {
        self.make(names, None, false, Some(DerivedRule::Value(value.0)));
    }

    /// A text that metrics are sliced by.
    pub(super) fn dimension(&mut self, names: &[&str], value: Term) {
        self.make(names, None, true, Some(DerivedRule::Value(value.0)));
    }

    pub(super) fn first_day(&mut self, names: &[&str], since: Term, condition: Expr) {
        let rule = DerivedRule::FirstDay { since: since.0, condition };
        self.make(names, None, false, Some(rule));
    }

    pub(super) fn holds(&mut self, names: &[&str], condition: Expr) {
        self.make(names, None, false, Some(DerivedRule::Holds(condition)));
    }

    pub(super) fn on_day(&mut self, names: &[&str], day: Term, value: Term) {
        let rule = DerivedRule::OnDay { day: day.0, value: value.0 };
        self.make(names, None, false, Some(rule));
    }

    /// The first band whose condition holds; the last takes the rest.
    pub(super) fn bands(&mut self, names: &[&str], bands: Vec<(String, Term)>, rest: &str) {
        let write = self.write();
        let band = |(name, condition): (String, Term)| BandSpec {
            name: write.at(name),
            condition: Some(condition.0),
        };
        let rest = BandSpec { name: write.at(rest.to_owned()), condition: None };
        let bands = bands.into_iter().map(band).chain([rest]).collect();
        self.make(names, Some(write.at(bands)), true, None);
    }

    fn make(
        &mut self,
        names: &[&str],
        bands: Option<Spanned<Vec<BandSpec>>>,
        is_dimension: bool,
        rule: Option<DerivedRule>,
    ) {
        let name: Vec<&str> =
            std::iter::once(&*self.owner.node).chain(names.iter().copied()).collect();
        let derived = DerivedSpec {
            owner: self.owner.clone(),
            is_dimension,
            since: self.since.cloned(),
            rule,
        };
        let name = self.write().at(name.join("."));
        let made = SegmentSpec::derived((name, self.span), self.of.clone(), derived);
        self.made.push(SegmentSpec { bands, ..made });
    }
}

/// What readers call something: its label, else its name.
pub(crate) fn label(name: &Spanned<String>, label: Option<&Spanned<String>>) -> String {
    label.map_or_else(|| plain(&name.node), |label| label.node.clone())
}
