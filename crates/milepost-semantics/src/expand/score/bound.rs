//! Where a value lies between worst and best.

use milepost_syntax::ast::{BinaryOp, BoundSpec, ComponentSpec, Expr, ExprKind, Package};
use milepost_syntax::span::{Span, Spanned};

use super::number::Number;
use crate::forms::build::Writer;
use crate::forms::term::Term;

/// From 0 at the worst to 100 at the best, clipped; absent where there is no value.
pub(super) fn scaled(spec: &ComponentSpec, value: Term, package: &Package) -> Option<Term> {
    let (worst, best) = (spec.worst.as_ref()?, spec.best.as_ref()?);
    let span = value.0.span;
    let plain = Term::call("number", vec![value], span);
    let ends = ends(worst, best);
    let others = ends
        .others
        .into_iter()
        .map(|(name, text, pair)| Some((is_in(name, text, package), linear(&plain, pair?, span))));
    let others: Vec<(Term, Term)> = others.collect::<Option<_>>()?;
    Some(Term::cases(others, linear(&plain, ends.default?, span)))
}

/// The values that give 0 and 100.
type Pair = Option<(Number, Number)>;

/// The two ends for all, and for some values of a dimension.
pub(super) struct Ends<'a> {
    pub(super) default: Pair,
    pub(super) others: Vec<(&'a Spanned<String>, &'a Spanned<String>, Pair)>,
}

/// In the order in which they are written; what only one end says holds for the other end as it is for all.
pub(super) fn ends<'a>(worst: &'a BoundSpec, best: &'a BoundSpec) -> Ends<'a> {
    let number = |expr: Option<&Expr>| expr.and_then(Number::of);
    let default = |bound: &BoundSpec| number(bound.default.as_ref());
    let mut keys: Vec<(&Spanned<String>, &Spanned<String>)> = Vec::new();
    for by in worst.by.iter().chain(&best.by) {
        for (value, _) in &by.values {
            let is_known = |(name, text): &(&Spanned<String>, &Spanned<String>)| {
                name.node == by.dimension.node && text.node == value.node
            };
            if !keys.iter().any(is_known) {
                keys.push((&by.dimension, value));
            }
        }
    }
    let of = |bound: &BoundSpec, name: &str, text: &str| {
        let same = bound.by.iter().filter(|by| by.dimension.node == name);
        let mut values = same.flat_map(|by| &by.values);
        match values.find(|(value, _)| value.node == text) {
            Some((_, expr)) => number(Some(expr)),
            None => default(bound),
        }
    };
    let pair = |name: &str, text: &str| of(worst, name, text).zip(of(best, name, text));
    let others = keys.into_iter().map(|(name, text)| (name, text, pair(&name.node, &text.node)));
    Ends { default: default(worst).zip(default(best)), others: others.collect() }
}

/// `least(100, greatest(0, (x - worst) * 100 / (best - worst)))`, the other way round where less is better.
fn linear(value: &Term, (worst, best): (Number, Number), span: Span) -> Term {
    let number = |number| Term::from(number, span);
    let range = best.minus(worst);
    let (way, range) = if range.is_negative() {
        (number(worst) - value.clone(), worst.minus(best))
    } else {
        (value.clone() - number(worst), range)
    };
    let hundred = || Term::whole(100, span);
    let share = way * hundred() / number(range);
    hundred().least(Term::whole(0, span).greatest(share))
}

/// Whether a member has a value of a dimension.
fn is_in(dimension: &Spanned<String>, value: &Spanned<String>, package: &Package) -> Term {
    let write = Writer { span: value.span };
    let names = dimension.node.split('.').map(|name| Spanned::new(name.to_owned(), dimension.span));
    let name = Expr { kind: ExprKind::Path(names.collect()), span: dimension.span };
    let mut segments = package.segments.iter();
    let is_condition =
        segments.any(|segment| segment.name.node == dimension.node && segment.filter.is_some());
    Term(match value.node.as_str() {
        "yes" if is_condition => name,
        "no" if is_condition => write.not(name),
        text => write.binary(BinaryOp::Equal, name, write.text(text)),
    })
}
