//! A score becomes values of each member, a segment each, which are expressions of the language:
//!
//! | name | is |
//! |---|---|
//! | `SCORE` | the number itself: the override, else the sum under its caps |
//! | `SCORE.sum` | what the components make together, from 0 to 100 |
//! | `SCORE.weight` | the weights of the components that have a value |
//! | `SCORE.PART.value`, `SCORE.PART` | the value of a component, and where it lies between worst (0) and best (100) |
//! | `SCORE.PART.ranked` | of a component by its rank, what members are ranked by |
//! | `SCORE.PART.points`, `SCORE.PART.lost` | what it adds to the sum, and what it could add besides |
//! | `SCORE.cap`, `SCORE.cap.points` | the lowest cap that holds, and what it takes away |
//! | `SCORE.override`, `SCORE.override.points` | the score of the live override, and what it adds or takes away |
//! | `SCORE.band`, `SCORE.drag`, `SCORE.drag.points` | the band; the component that costs most, and how much |
//! | `SCORE.before`, `SCORE.band.before`, `SCORE.change` | the score and its band a while ago, and the difference |
//! | `SCORE.LINE.change`, `SCORE.moved_by`, `SCORE.moved_by.points` | the difference of the points of each line; the line with the largest one that way |
//!
//! The lines are the components, `cap` and `override`: their points sum to the score.

mod bound;
mod check;
pub(crate) mod described;
mod lines;
mod members;
mod number;
mod overridden;
mod rank;

use milepost_syntax::ast::{
    BinaryOp, ComponentSpec, DerivedRule, DerivedSpec, Duration, DurationStyle, Expr, ExprKind,
    Meta, MetricSpec, Package, ScoreSpec, SegmentSpec, TimeUnit,
};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::span::{Span, Spanned};

use super::label;
use crate::forms::build::{Writer, plain};
use crate::forms::term::Term;
use crate::model::MissingComponent;
use number::Number;

/// What a score gives: values of each member, and the list of all members with them.
pub(super) struct Expanded {
    pub(super) segments: Vec<SegmentSpec>,
    pub(super) members: MetricSpec,
}

/// Nothing where it can't be used; what is wrong is reported.
pub(super) fn expand(
    spec: &ScoreSpec,
    package: &Package,
    diagnostics: &mut Diagnostics,
) -> Option<Expanded> {
    let weights = check::check(spec, diagnostics)?;
    let of = spec.of.as_ref()?;
    let period = period(spec, package);
    let score = Score { spec, of, package, weights, period };
    Some(Expanded { segments: score.segments()?, members: score.members() })
}

/// The time over which a score is compared with itself: a bucket of the project, where it does not say.
pub(crate) fn period(spec: &ScoreSpec, package: &Package) -> Duration {
    if let Some(over) = &spec.change_over {
        return over.node;
    }
    let grain = package.project.grain.as_ref().map_or("month", |grain| grain.node.as_str());
    let unit = match grain {
        "day" => TimeUnit::Day,
        "week" => TimeUnit::Week,
        "quarter" | "fiscal_quarter" => TimeUnit::Quarter,
        "year" | "fiscal_year" => TimeUnit::Year,
        _ => TimeUnit::Month,
    };
    Duration { count: 1, unit, style: DurationStyle::Plain }
}

struct Score<'a> {
    spec: &'a ScoreSpec,
    of: &'a Spanned<String>,
    package: &'a Package,
    /// Of the components, in their order.
    weights: Vec<Number>,
    /// The time over which it is compared with itself.
    period: Duration,
}

/// The names of what all scores have.
const SUM: &str = "sum";
const WEIGHT: &str = "weight";
const CAP: &str = "cap";
pub(crate) const OVERRIDE: &str = "override";

impl Score<'_> {
    fn segments(&self) -> Option<Vec<SegmentSpec>> {
        let span = self.spec.name.span;
        let mut all = Vec::new();
        for (component, weight) in self.spec.components.iter().zip(&self.weights) {
            all.extend(self.component(component, *weight)?);
        }
        all.push(self.value(WEIGHT, self.present(span), span));
        all.push(self.value(SUM, self.sum(span), span));
        all.extend(self.caps());
        all.extend(self.overrides());
        all.push(self.number(span));
        all.extend(self.bands());
        all.extend(self.drag(span));
        all.extend(self.changes(span));
        Some(all)
    }

    /// What a component is, and what it adds.
    fn component(&self, spec: &ComponentSpec, weight: Number) -> Option<Vec<SegmentSpec>> {
        let name = &spec.name.node;
        let at = spec.value.as_ref()?.span;
        let raw = format!("{name}.value");
        let weighed = |part| Term::from(weight, at) * part;
        let full = Term::whole(100, at);
        let points = self.guarded(self.divided(weighed(self.filled(name, at))));
        let lost = self.guarded(self.divided(weighed(full - self.filled(name, at))));
        let mut all = vec![self.value(&raw, Term(spec.value.clone()?), at)];
        if spec.ranked.is_some() {
            all.extend(self.ranked(spec, at));
        } else {
            let scaled = bound::scaled(spec, self.of(&raw, at), self.package)?;
            all.push(self.value(name, scaled, at));
        }
        all.push(self.value(&format!("{name}.points"), points, at));
        all.push(self.value(&format!("{name}.lost"), lost, at));
        Some(all)
    }

    fn missing(&self) -> MissingComponent {
        described::missing(self.spec)
    }

    /// Where a component lies, or what it is worth without a value.
    fn filled(&self, name: &str, span: Span) -> Term {
        let part = self.of(name, span);
        let worth = match self.missing() {
            MissingComponent::Zero => 0,
            MissingComponent::Neutral => 50,
            MissingComponent::Renormalize | MissingComponent::Fail => return part,
        };
        Term::call("coalesce", vec![part, Term::whole(worth, span)], span)
    }

    /// The weights of the components that have a value.
    fn present(&self, span: Span) -> Term {
        let zero = || Term::whole(0, span);
        let all = self.spec.components.iter().zip(&self.weights).map(|(part, weight)| {
            self.of(&part.name.node, span).absent().choose(zero(), Term::from(*weight, span))
        });
        all.reduce(|sum, next| sum + next).unwrap_or_else(zero)
    }

    /// The sum of the components by their weights.
    fn sum(&self, span: Span) -> Term {
        let zero = || Term::whole(0, span);
        let all = self.spec.components.iter().zip(&self.weights).map(|(part, weight)| {
            let filled = self.filled(&part.name.node, span);
            Term::from(*weight, span) * Term::call("coalesce", vec![filled, zero()], span)
        });
        let sum = all.reduce(|sum, next| sum + next).unwrap_or_else(zero);
        self.guarded(self.divided(sum))
    }

    /// Divided by the weights that count.
    fn divided(&self, weighed: Term) -> Term {
        let span = weighed.0.span;
        let by = match self.missing() {
            MissingComponent::Renormalize => self.of(WEIGHT, span),
            _ => Term::from(self.whole_weight(), span),
        };
        weighed / by
    }

    fn whole_weight(&self) -> Number {
        self.weights.iter().copied().fold(Number::ZERO, Number::plus)
    }

    /// Nothing where too few of the components have a value.
    fn guarded(&self, value: Term) -> Term {
        let span = value.0.span;
        let weight = self.of(WEIGHT, span);
        let share = self.spec.min_weight.as_ref().and_then(Number::of);
        let least = share.filter(|share| share.is_positive()).map(|s| s.times(self.whole_weight()));
        let holds = match (self.missing(), least) {
            (MissingComponent::Fail, _) => weight.at_least(Term::from(self.whole_weight(), span)),
            (_, Some(least)) => weight.at_least(Term::from(least, span)),
            (MissingComponent::Renormalize, None) => weight.above(Term::whole(0, span)),
            // Always so, and known only where all components are: before their data nothing is.
            (_, None) => weight.at_least(Term::whole(0, span)),
        };
        holds.choose(value, Term(Writer { span }.nothing()))
    }

    /// The number itself.
    fn number(&self, span: Span) -> SegmentSpec {
        let capped = self.capped(span);
        let value = match &self.spec.overridden {
            Some(_) => Term::call("coalesce", vec![self.of(OVERRIDE, span), capped], span),
            None => capped,
        };
        SegmentSpec {
            name: self.spec.name.clone(),
            meta: self.spec.meta.clone(),
            ..self.value("", value, span)
        }
    }

    /// The sum under its caps, before an override.
    fn capped(&self, span: Span) -> Term {
        let sum = || self.of(SUM, span);
        if self.spec.caps.is_empty() {
            return sum();
        }
        Term::call("coalesce", vec![sum().least(self.of(CAP, span)), sum()], span)
    }

    /// The band, nothing where there is no score.
    fn bands(&self) -> Option<SegmentSpec> {
        let bands = self.spec.bands.as_ref()?;
        let mut rest: Option<Term> = None;
        for band in bands.node.iter().rev() {
            let name = Term(Writer { span: band.name.span }.text(&band.name.node));
            // The last one takes all others.
            rest = Some(match &band.condition {
                Some(condition) => Term(self.with_score(condition)).choose(name, rest?),
                None => name,
            });
        }
        let at = bands.span;
        let known = self.itself(at).absent();
        let value = known.choose(Term(Writer { span: at }.nothing()), rest?);
        let found = self.value("band", value, at);
        Some(sliced(found))
    }

    /// A condition of a band, in which `score` is the number.
    fn with_score(&self, condition: &Expr) -> Expr {
        let mut expr = condition.clone();
        self.name_score(&mut expr);
        expr
    }

    fn name_score(&self, expr: &mut Expr) {
        if let ExprKind::Path(path) = &mut expr.kind
            && let [name] = path.as_mut_slice()
            && name.node == "score"
        {
            name.node.clone_from(&self.spec.name.node);
        }
        expr.each_child_mut(&mut |child| self.name_score(child));
    }

    /// The number by its name.
    fn itself(&self, span: Span) -> Term {
        Term(Expr {
            kind: ExprKind::Path(vec![Spanned::new(self.spec.name.node.clone(), span)]),
            span,
        })
    }

    /// Something else of the score by its name.
    fn of(&self, name: &str, span: Span) -> Term {
        let names = std::iter::once(self.spec.name.node.as_str()).chain(name.split('.'));
        let path = names.map(|name| Spanned::new(name.to_owned(), span)).collect();
        Term(Expr { kind: ExprKind::Path(path), span })
    }

    /// A value of each member by the name.
    fn value(&self, name: &str, value: Term, span: Span) -> SegmentSpec {
        self.segment(name, DerivedRule::Value(value.0), span)
    }

    /// What something was at the end of a day of the member.
    fn before(&self, name: &str, of: Term, span: Span) -> SegmentSpec {
        let write = Writer { span };
        let today = write.name(&write.at("today".to_owned()));
        let day = write.binary(BinaryOp::Subtract, today, write.length(self.period));
        self.segment(name, DerivedRule::OnDay { day, value: of.0 }, span)
    }

    /// `health use points`
    fn label(&self, name: &str, span: Span) -> Spanned<String> {
        let own = label(&self.spec.name, self.spec.meta.label.as_ref());
        Spanned::new(format!("{own} {}", plain(&name.replace('.', " "))), span)
    }

    fn segment(&self, name: &str, rule: DerivedRule, span: Span) -> SegmentSpec {
        let score = &self.spec.name;
        let derived = DerivedSpec {
            owner: score.clone(),
            is_dimension: false,
            since: None,
            rule: Some(rule),
        };
        let made = Spanned::new(format!("{}.{name}", score.node), span);
        let made = SegmentSpec::derived((made, self.spec.span), self.of.clone(), derived);
        let meta = Meta { label: Some(self.label(name, span)), ..Meta::default() };
        SegmentSpec { meta, ..made }
    }
}

/// A text by which metrics are sliced.
fn sliced(mut segment: SegmentSpec) -> SegmentSpec {
    segment.derived.iter_mut().for_each(|derived| derived.is_dimension = true);
    segment
}
