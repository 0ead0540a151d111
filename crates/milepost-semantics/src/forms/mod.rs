//! Forms of metrics: each is desugared to parts, which are expressions of the language, and to the shape that they make
//! together.
//!
//! | file | form |
//! |---|---|
//! | `quartiles.rs` | `quartiles:` |
//! | `survey/` | `survey:` |
//! | `term.rs` | the expressions that parts are made of |
//!
//! What follows (types, windows, slices, plans, SQL) knows parts and shapes only. `value:` has one part, its own
//! expression.

mod quartiles;
mod survey;
mod term;

use std::borrow::Cow;

use crate::model::{Better, Display, Metric, Shape};
use crate::resolve::{Names, list_of};
use milepost_syntax::ast::{Expr, FormSpec, MetricSpec};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;
use milepost_syntax::{codes, suggest};

/// What a form means.
#[derive(Debug)]
pub(crate) struct Desugared<'a> {
    pub(crate) shape: Shape,
    /// At least one.
    pub(crate) parts: Vec<FormPart<'a>>,
    /// The position of the headline, unless `show:` names another part.
    pub(crate) headline: usize,
    /// What it means, a sentence each, where that is not left to the values of its parts.
    pub(crate) words: Vec<String>,
}

/// A part of a form.
#[derive(Debug)]
pub(crate) struct FormPart<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: Cow<'a, Expr>,
    /// How it is shown, where the metric does not say; absent: by its unit.
    pub(crate) display: Option<Display>,
    /// Which way is good, where the metric does not say.
    pub(crate) better: Option<Better>,
}

/// The parts of a form; nothing where it lacks what they are made of, or can't be used, which is reported.
fn desugar<'a>(form: &'a FormSpec, diagnostics: &mut Diagnostics) -> Option<Desugared<'a>> {
    match form {
        FormSpec::Value(value) => Some(Desugared {
            shape: Shape::Number,
            parts: vec![FormPart {
                name: "value",
                value: Cow::Borrowed(value),
                display: None,
                better: None,
            }],
            headline: 0,
            words: Vec::new(),
        }),
        FormSpec::Quartiles(spec) => quartiles::desugar(spec),
        FormSpec::Survey(spec) => survey::desugar(spec, diagnostics),
        FormSpec::Unusable(_) => None,
    }
}

/// The parts of a metric as expressions.
pub(crate) fn parts(spec: &MetricSpec) -> Vec<FormPart<'_>> {
    // What is wrong with the form is reported when it is checked.
    let found = spec.form.as_ref().and_then(|form| desugar(form, &mut Diagnostics::default()));
    found.map(|found| found.parts).unwrap_or_default()
}

/// The name of a metric, and that of a part where one stands after it: `seats.p75`.
#[must_use]
pub fn split_part(name: &str) -> (&str, Option<&str>) {
    name.split_once('.').map_or((name, None), |(metric, part)| (metric, Some(part)))
}

/// The names of the parts of a metric, in their order.
#[must_use]
pub fn part_names(spec: &MetricSpec) -> Vec<&'static str> {
    parts(spec).iter().map(|part| part.name).collect()
}

/// The same as [`desugar`], and reports what a metric lacks.
pub(crate) fn checked<'a>(
    spec: &'a MetricSpec,
    names: &Names,
    diagnostics: &mut Diagnostics,
) -> Option<Desugared<'a>> {
    let Some(form) = &spec.form else {
        diagnostics.push(
            Diagnostic::error(
                codes::MISSING_FIELD,
                spec.name.span,
                format!("`{}` does not say what its value is", spec.name.node),
            )
            .help("add `value:` with an expression, like `value: count(events)`"),
        );
        return None;
    };
    let before = diagnostics.counts().0;
    for of in form.members() {
        names.expect_entity(of, diagnostics);
    }
    let mut found = desugar(form, diagnostics)?;
    headline(spec, &mut found, diagnostics);
    (diagnostics.counts().0 == before).then_some(found)
}

/// Makes the part that `show:` names the headline.
fn headline(spec: &MetricSpec, found: &mut Desugared<'_>, diagnostics: &mut Diagnostics) {
    let Some(show) = &spec.show else { return };
    let names = || found.parts.iter().map(|part| part.name);
    if let Some(at) = names().position(|name| name == show.node) {
        found.headline = at;
        if found.parts.len() > 1 {
            return;
        }
    }
    let told = |message| Diagnostic::error(codes::INVALID_VALUE, show.span, message);
    diagnostics.push(if found.parts.len() == 1 {
        let message = format!("`{}` has one number, so there is nothing to choose", spec.name.node);
        told(message).help("remove `show:`")
    } else {
        let message = format!("`{}` has no part `{}`", spec.name.node, show.node);
        told(message).help(list_of("write one of", names()))
    });
}

/// What a metric means besides its headline, a sentence each.
pub(crate) fn words(metric: &Metric) -> Vec<String> {
    match metric.shape {
        Shape::Number => Vec::new(),
        Shape::Quantiles => quartiles::words(metric),
        Shape::Survey => metric.words.clone(),
    }
}

/// Reports a part that the form of a metric does not have. Where the form can't be used, its parts are not known, and
/// nothing is reported.
pub(crate) fn expect_part(
    spec: &MetricSpec,
    name: &Spanned<String>,
    diagnostics: &mut Diagnostics,
) {
    let names = part_names(spec);
    if names.is_empty() || names.contains(&name.node.as_str()) {
        return;
    }
    let metric = &spec.name;
    let message = format!("`{}` has no part `{}`", metric.node, name.node);
    let told = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
    let told = told.also(metric.span, "defined here");
    let near = suggest(&name.node, names.iter().copied());
    diagnostics.push(match (names.as_slice(), near) {
        ([_], _) => told.help(format!("it is one number: write `{}`", metric.node)),
        (_, Some(near)) => told.help(format!("did you mean `{near}`?")),
        (_, None) => told.help(list_of("its parts are", names.into_iter())),
    });
}
