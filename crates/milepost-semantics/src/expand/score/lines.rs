//! The lines of a score: components, caps and the override; which costs most, and which moved it.

use milepost_syntax::ast::SegmentSpec;
use milepost_syntax::span::Span;

use super::number::Number;
use super::{CAP, OVERRIDE, SUM, Score, sliced};
use crate::forms::build::Writer;
use crate::forms::term::Term;

const DRAG: &str = "drag";
const DRAG_POINTS: &str = "drag.points";
const MOVED_BY: &str = "moved_by";
const MOVED_BY_POINTS: &str = "moved_by.points";
pub(super) const CHANGE: &str = "change";
const BEFORE: &str = "before";

impl Score<'_> {
    /// The lowest cap that holds, and what it takes away.
    pub(super) fn caps(&self) -> Vec<SegmentSpec> {
        let mut caps: Vec<(Number, Term)> = self
            .spec
            .caps
            .iter()
            .filter_map(|cap| Some((Number::of(cap.at_most.as_ref()?)?, Term(cap.when.clone()?))))
            .collect();
        caps.sort_by(|(a, _), (b, _)| a.to_f64().total_cmp(&b.to_f64()));
        let mut lowest: Option<Term> = None;
        for (at_most, when) in caps.into_iter().rev() {
            let span = when.0.span;
            let rest = lowest.unwrap_or_else(|| nothing(span));
            lowest = Some(when.choose(Term::from(at_most, span), rest));
        }
        let Some(lowest) = lowest else { return Vec::new() };
        let span = lowest.0.span;
        let taken = self.of(SUM, span).least(self.of(CAP, span)) - self.of(SUM, span);
        vec![self.value(CAP, lowest, span), self.value(&points(CAP), taken, span)]
    }

    /// The component that costs most, of equal ones the first, and how many points it costs.
    pub(super) fn drag(&self, span: Span) -> [SegmentSpec; 2] {
        let zero = || Term::whole(0, span);
        let names: Vec<&str> =
            self.spec.components.iter().map(|part| part.name.node.as_str()).collect();
        let lost = |name: &str| self.of(&format!("{name}.lost"), span);
        let all = names.iter().map(|name| Term::call("coalesce", vec![lost(name), zero()], span));
        let most = self.known(SUM, largest("greatest", all.collect(), span), span);
        let which =
            self.first(&names, |name| lost(name).at_least(self.of(DRAG_POINTS, span)), span);
        let which = self.of(DRAG_POINTS, span).above(zero()).choose(which, nothing(span));
        [self.value(DRAG_POINTS, most, span), sliced(self.value(DRAG, which, span))]
    }

    /// What is different from a while ago, and what moved it.
    pub(super) fn changes(&self, span: Span) -> Vec<SegmentSpec> {
        let zero = || Term::whole(0, span);
        let mut all = vec![self.before(BEFORE, self.itself(span), span)];
        if self.spec.bands.is_some() {
            let band = self.of("band", span);
            all.push(sliced(self.before("band.before", band, span)));
        }
        all.push(self.value(CHANGE, self.itself(span) - self.of(BEFORE, span), span));
        let names = self.lines();
        let change = |name: &str| self.of(&format!("{name}.{CHANGE}"), span);
        for name in &names {
            let was = format!("{name}.{BEFORE}");
            let known =
                |name: &str| Term::call("coalesce", vec![self.of(name, span), zero()], span);
            let moved = self.known(CHANGE, known(&points(name)) - known(&was), span);
            all.push(self.before(&was, self.of(&points(name), span), span));
            all.push(self.value(&format!("{name}.{CHANGE}"), moved, span));
        }
        let by =
            |function| largest(function, names.iter().map(|name| change(name)).collect(), span);
        let whole = || self.of(CHANGE, span);
        let most = whole().below(zero()).choose(by("least"), by("greatest"));
        let most = whole().equals(zero()).choose(nothing(span), most);
        let most = self.known(CHANGE, most, span);
        let which =
            self.first(&names, |name| change(name).equals(self.of(MOVED_BY_POINTS, span)), span);
        let which = self.known(MOVED_BY_POINTS, which, span);
        all.push(self.value(MOVED_BY_POINTS, most, span));
        all.push(sliced(self.value(MOVED_BY, which, span)));
        all
    }

    /// The names of all lines, whose points sum to the score.
    pub(super) fn lines(&self) -> Vec<&str> {
        let parts = self.spec.components.iter().map(|part| part.name.node.as_str());
        let cap = (!self.spec.caps.is_empty()).then_some(CAP);
        let overridden = self.spec.overridden.as_ref().map(|_| OVERRIDE);
        parts.chain(cap).chain(overridden).collect()
    }

    /// A value, nothing where something of the score is not known.
    fn known(&self, needed: &str, value: Term, span: Span) -> Term {
        self.of(needed, span).absent().choose(nothing(span), value)
    }

    /// The first of these names of which that is true.
    fn first(&self, names: &[&str], holds: impl Fn(&str) -> Term, span: Span) -> Term {
        let text = |name: &str| Term(Writer { span }.text(name));
        Term::cases(names.iter().map(|name| (holds(name), text(name))), nothing(span))
    }
}

/// The points of a line.
pub(super) fn points(name: &str) -> String {
    format!("{name}.points")
}

pub(super) fn nothing(span: Span) -> Term {
    Term(Writer { span }.nothing())
}

/// Of several values, or the only one.
fn largest(function: &str, mut values: Vec<Term>, span: Span) -> Term {
    match values.len() {
        1 => values.remove(0),
        _ => Term::call(function, values, span),
    }
}
