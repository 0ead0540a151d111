//! Forms of metrics: each is desugared to parts, which are expressions of the language, and to the shape that they make
//! together.
//!
//! | file | form |
//! |---|---|
//! | `quartiles.rs` | `quartiles:` |
//! | `retention/` | `retention:` |
//!
//! What follows (types, windows, slices, plans, SQL) knows parts and shapes only. `value:` has one part, its own
//! expression.

mod build;
mod quartiles;
mod retention;
mod rows;

use std::borrow::Cow;

use crate::model::Shape;
use crate::resolve::{Names, list_of};
use milepost_syntax::ast::{Duration, Expr, FormSpec, MetricSpec, Package};
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
    /// What must be right before the parts are looked at: what is wrong with one of these would be wrong in many places.
    pub(crate) checks: Vec<Expr>,
    /// What it means, a sentence each; besides the words of the headline's expression, where the shape has one.
    pub(crate) words: Vec<String>,
}

/// A part of a form.
#[derive(Debug)]
pub(crate) struct FormPart<'a> {
    pub(crate) name: &'static str,
    pub(crate) value: Cow<'a, Expr>,
    /// How its number is shown.
    pub(crate) unit: PartUnit,
    /// By what its members are sliced, where that is not what they are in when the bucket ends.
    pub(crate) sliced: Option<Sliced>,
}

/// How the number of a part is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartUnit {
    /// By the metric's `unit:`, where the part has the type and the unit of the headline; else by its own unit.
    Headline,
    /// By its own unit.
    Own,
    /// As percent, also where the metric does not say so.
    Percent,
    /// As a plain number, whatever the metric says.
    Ratio,
}

/// Members that are sliced by what they were in at an earlier instant.
#[derive(Debug)]
pub(crate) struct Sliced {
    /// `count(account ever where CONDITION)`: those of whom that is true.
    pub(crate) members: Expr,
    /// How much earlier, as `prior` has it; absent: a bucket.
    pub(crate) by: Option<Duration>,
}

/// The parts of a form; nothing where it lacks what they are made of, or can't be used.
pub(crate) fn desugar<'a>(form: &'a FormSpec, package: &Package) -> Option<Desugared<'a>> {
    match form {
        FormSpec::Value(value) => Some(Desugared {
            shape: Shape::Number,
            parts: vec![FormPart {
                name: "value",
                value: Cow::Borrowed(value),
                unit: PartUnit::Headline,
                sliced: None,
            }],
            headline: 0,
            checks: Vec::new(),
            words: Vec::new(),
        }),
        FormSpec::Quartiles(spec) => quartiles::desugar(spec),
        FormSpec::Retention(spec) => retention::desugar(spec, package),
        FormSpec::Unusable(_) => None,
    }
}

/// The parts of a metric as expressions.
pub(crate) fn parts<'a>(spec: &'a MetricSpec, package: &Package) -> Vec<FormPart<'a>> {
    let form = spec.form.as_ref().and_then(|form| desugar(form, package));
    form.map(|found| found.parts).unwrap_or_default()
}

/// The name of a metric, and that of a part where one stands after it: `seats.p75`.
#[must_use]
pub fn split_part(name: &str) -> (&str, Option<&str>) {
    name.split_once('.').map_or((name, None), |(metric, part)| (metric, Some(part)))
}

/// The names of the parts of a metric, in their order; none where its form can't be used.
#[must_use]
pub fn part_names(spec: &MetricSpec) -> Vec<&'static str> {
    match &spec.form {
        Some(FormSpec::Value(_)) => vec!["value"],
        Some(FormSpec::Quartiles(_)) => quartiles::names(),
        Some(FormSpec::Retention(spec)) => retention::names(spec),
        Some(FormSpec::Unusable(_)) | None => Vec::new(),
    }
}

/// The same as [`desugar`], and reports what a metric lacks.
pub(crate) fn checked<'a>(
    spec: &'a MetricSpec,
    package: &Package,
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
    if let Some(of) = form.members() {
        names.expect_entity(of, diagnostics);
    }
    if let FormSpec::Retention(form) = form {
        retention::check(form, package, diagnostics);
    }
    let mut found = desugar(form, package)?;
    headline(spec, &mut found, diagnostics);
    found.words = words(form, found.parts[found.headline].name);
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

/// What the fields of a form mean, a sentence each.
fn words(form: &FormSpec, headline: &str) -> Vec<String> {
    match form {
        FormSpec::Value(_) | FormSpec::Unusable(_) => Vec::new(),
        FormSpec::Quartiles(_) => quartiles::words(headline),
        FormSpec::Retention(spec) => retention::words(spec, headline),
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
