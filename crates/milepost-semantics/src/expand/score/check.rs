//! What a score can't mean, as far as it stands in the score alone.

use milepost_syntax::ast::{BoundSpec, ComponentSpec, Expr, ExprKind, ScoreSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Span;

use super::bound::ends;
use super::number::Number;
use crate::check::tell_bands;

/// The weights of the components; nothing where something about the score is wrong, which is reported.
pub(super) fn check(spec: &ScoreSpec, diagnostics: &mut Diagnostics) -> Option<Vec<Number>> {
    if !spec.is_read || spec.of.is_none() || spec.components.is_empty() {
        return None;
    }
    let before = diagnostics.counts().0;
    let weights = weights(spec, diagnostics);
    spec.components.iter().for_each(|component| bounds(component, diagnostics));
    min_weight(spec, diagnostics);
    caps(spec, diagnostics);
    spec.bands.iter().for_each(|bands| tell_bands(&bands.node, diagnostics));
    (diagnostics.counts().0 == before).then_some(weights?)
}

fn wrong(span: Span, message: String) -> Diagnostic {
    Diagnostic::error(codes::INVALID_VALUE, span, message)
}

/// A fixed number; reported where it is none. What can't be read was reported.
fn fixed(what: &str, example: &str, expr: &Expr, diagnostics: &mut Diagnostics) -> Option<Number> {
    let found = Number::of(expr);
    if found.is_none() && !matches!(expr.kind, ExprKind::Error) {
        let is_number = matches!(expr.kind, ExprKind::Number(_) | ExprKind::Percent(_));
        let message = if is_number {
            format!(
                "{what} has no more than 24 digits, and no more than 12 of them after the point"
            )
        } else {
            format!("{what} is a fixed number")
        };
        let help = format!("write a number, such as `{example}`");
        diagnostics.push(wrong(expr.span, message).help(help));
    }
    found
}

fn weights(spec: &ScoreSpec, diagnostics: &mut Diagnostics) -> Option<Vec<Number>> {
    let mut all = Some(Vec::new());
    for component in &spec.components {
        let weight = match &component.weight {
            None => Some(Number::ONE),
            Some(weight) => fixed("a weight", "weight: 3", weight, diagnostics).filter(|number| {
                if number.is_negative() {
                    diagnostics.push(
                        wrong(weight.span, "a weight is not below 0".to_owned()).help(
                            "where less of the value is better, turn `worst:` and `best:` around",
                        ),
                    );
                }
                !number.is_negative()
            }),
        };
        all = all.zip(weight).map(|(mut all, weight)| {
            all.push(weight);
            all
        });
    }
    let all = all?;
    if all.iter().all(|weight| weight.is_zero()) {
        let first = spec.components.first()?;
        let last = spec.components.last()?;
        diagnostics.push(
            wrong(
                first.span.to(last.span),
                format!("the weights of `{}` sum to 0, so nothing of it counts", spec.name.node),
            )
            .help("give at least one component a weight above 0, such as `weight: 1`"),
        );
        return None;
    }
    Some(all)
}

fn bounds(component: &ComponentSpec, diagnostics: &mut Diagnostics) {
    let (Some(worst), Some(best)) = (&component.worst, &component.best) else { return };
    let mut good = true;
    for (name, bound) in [("worst", worst), ("best", best)] {
        let values = bound.by.iter().flat_map(|by| by.values.iter().map(|(_, value)| value));
        for value in bound.default.iter().chain(values) {
            let what = format!("`{name}` of a component");
            good &= fixed(&what, &format!("{name}: 20%"), value, diagnostics).is_some();
        }
    }
    good &= one_dimension(component, worst, best, diagnostics);
    if !good {
        return;
    }
    let ends = ends(worst, best);
    let same = |pair: Option<(Number, Number)>| {
        pair.is_some_and(|(worst, best)| best.minus(worst).is_zero())
    };
    let name = &component.name.node;
    let told = |message: String| {
        wrong(best.span, message)
            .also(worst.span, "`worst:`")
            .help("write two different numbers: the value that gives 0, and the one that gives 100")
    };
    if same(ends.default) {
        diagnostics.push(told(format!(
            "`worst` and `best` of `{name}` are the same number, so nothing lies between them"
        )));
    } else if let Some((_, text, _)) = ends.others.iter().find(|(_, _, pair)| same(*pair)) {
        diagnostics.push(told(format!(
            "`worst` and `best` of `{name}` are the same number for `{}`, so nothing lies between them",
            text.node
        )));
    }
}

/// The ends differ by one dimension, so that it is always known which of them hold.
fn one_dimension(
    component: &ComponentSpec,
    worst: &BoundSpec,
    best: &BoundSpec,
    diagnostics: &mut Diagnostics,
) -> bool {
    let all: Vec<_> = worst.by.iter().chain(&best.by).map(|by| &by.dimension).collect();
    let Some((first, second)) = all.first().zip(all.iter().find(|name| name.node != all[0].node))
    else {
        return true;
    };
    let message = format!(
        "`{}` differs by `{}` and by `{}`, and a member may have a value of both",
        component.name.node, first.node, second.node
    );
    diagnostics.push(
        wrong(second.span, message)
            .also(first.span, "the first")
            .help("keep one of the two, or make a segment of both and name that"),
    );
    false
}

fn min_weight(spec: &ScoreSpec, diagnostics: &mut Diagnostics) {
    let Some(written) = &spec.min_weight else { return };
    let Some(share) = fixed("`min_weight`", "min_weight: 60%", written, diagnostics) else {
        return;
    };
    if share.is_negative() || share.is_above(1) {
        diagnostics.push(
            wrong(
                written.span,
                "`min_weight` is a share of the weights, from 0% to 100%".to_owned(),
            )
            .help("write for example `min_weight: 60%`"),
        );
    } else if let Some(fail) = spec.missing.as_ref().filter(|missing| missing.node == "fail") {
        diagnostics.push(
            wrong(
                written.span,
                "`min_weight` says nothing here: with `missing: fail` every component needs a value"
                    .to_owned(),
            )
            .also(fail.span, "`missing: fail`")
            .help("remove `min_weight:`, or say with `missing:` what a component without a value is worth"),
        );
    }
}

fn caps(spec: &ScoreSpec, diagnostics: &mut Diagnostics) {
    for at_most in spec.caps.iter().filter_map(|cap| cap.at_most.as_ref()) {
        let number = fixed("a cap", "at_most: 40", at_most, diagnostics);
        if number.is_some_and(|number| number.is_negative() || number.is_above(100)) {
            diagnostics.push(
                wrong(at_most.span, "a score is from 0 to 100, and so are its caps".to_owned())
                    .help("write for example `at_most: 40`"),
            );
        }
    }
}
