//! Forms of metrics: each is desugared to parts, which are expressions of the language, and to the shape that they make
//! together.
//!
//! | file | form |
//! |---|---|
//! | `quartiles.rs` | `quartiles:` |
//! | `retention/` | `retention:` |
//! | `cohort.rs`, `cohort/words.rs` | `cohort:` |
//! | `survey/` | `survey:` |
//! | `funnel/` | `funnel:` |
//! | `duration/` | `duration:` |
//! | `list.rs` | what stands under `lists:` |
//! | `rows.rs` | the rows that a name in a form stands for |
//! | `build.rs`, `term.rs` | the expressions that parts are made of, and arithmetic on top of them |
//!
//! What follows (types, windows, slices, plans, SQL) knows parts and shapes only. `value:` has one part, its own
//! expression.

pub(crate) mod build;
mod cohort;
mod duration;
mod funnel;
pub(crate) mod list;
mod quartiles;
mod retention;
mod rows;
mod survey;
pub(crate) mod term;

use std::borrow::Cow;

use crate::model::{Better, Display, Shape};
use crate::resolve::{Resolved, list_of};
use milepost_syntax::ast::{Duration, Expr, FormSpec, MetricSpec, Package};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;
use milepost_syntax::{codes, suggest};

/// What a form means.
pub(crate) struct Desugared<'a> {
    pub(crate) shape: Shape,
    /// At least one.
    pub(crate) parts: Vec<FormPart<'a>>,
    /// The position of the headline, unless `show:` names another part.
    pub(crate) headline: usize,
    /// What must be right before the parts are looked at: what is wrong with one of these would be wrong in many places.
    pub(crate) checks: Vec<Expr>,
    /// What it means, a sentence each, by the name of the headline; besides the words of the headline's expression, where the
    /// shape has one.
    words: Said<'a>,
}

type Said<'a> = Box<dyn Fn(&str) -> Vec<String> + 'a>;

/// A part of a form.
#[derive(Debug)]
pub(crate) struct FormPart<'a> {
    pub(crate) name: Cow<'static, str>,
    pub(crate) value: Cow<'a, Expr>,
    /// How its number is shown, where the metric does not say; absent: by its unit.
    pub(crate) display: Option<Display>,
    /// Which way is good, where the metric does not say.
    pub(crate) better: Option<Better>,
    /// By what its members are sliced, where that is not what they are in when the bucket ends.
    pub(crate) sliced: Option<Sliced>,
    /// What its rows wait for, besides what they look at themselves.
    pub(crate) waits: Option<Waits>,
}

impl<'a> FormPart<'a> {
    /// A part that is shown by its unit.
    pub(crate) fn new(name: impl Into<Cow<'static, str>>, value: Cow<'a, Expr>) -> Self {
        Self { name: name.into(), value, display: None, better: None, sliced: None, waits: None }
    }
}

/// Rows of all parts wait for the same, so that their numbers are of the same rows.
#[derive(Clone, Debug)]
pub(crate) struct Waits {
    /// An aggregate over the rows that wait, with all that they look at.
    pub(crate) rows: Expr,
    /// How long they wait at least.
    pub(crate) length: Duration,
}

/// Members that are sliced by what they were in at an earlier instant.
#[derive(Debug)]
pub(crate) struct Sliced {
    /// `count(account ever where CONDITION)`: those of whom that is true.
    pub(crate) members: Expr,
    /// How much earlier, as `prior` has it; absent: a bucket.
    pub(crate) by: Option<Duration>,
}

impl Desugared<'_> {
    /// What it means, a sentence each.
    pub(crate) fn words(&self) -> Vec<String> {
        (self.words)(&self.parts[self.headline].name)
    }
}

/// The parts of a form; nothing where it lacks what they are made of, or can't be used. What is wrong is reported.
fn desugar<'a>(
    metric: &'a MetricSpec,
    form: &'a FormSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Desugared<'a>> {
    match form {
        FormSpec::Value(value) => Some(Desugared {
            shape: Shape::Number,
            parts: vec![FormPart::new(VALUE, Cow::Borrowed(value))],
            headline: 0,
            checks: Vec::new(),
            words: Box::new(|_| Vec::new()),
        }),
        FormSpec::Quartiles(spec) => quartiles::desugar(spec),
        FormSpec::Retention(spec) => retention::desugar(spec, resolved, diagnostics),
        FormSpec::Cohort(spec) => cohort::desugar(metric, spec, resolved, diagnostics),
        FormSpec::Survey(spec) => survey::desugar(spec, diagnostics),
        FormSpec::Funnel(spec) => funnel::desugar(spec, resolved, diagnostics),
        FormSpec::Duration(spec) => duration::desugar(spec, resolved, diagnostics),
        FormSpec::List(spec) => list::desugar(spec, resolved, diagnostics),
        FormSpec::Unusable(_) => None,
    }
}

/// The one part of a value.
const VALUE: &str = "value";

/// The name of a metric, and that of a part where one stands after it: `seats.p75`. Metrics of journeys have names with dots
/// themselves.
#[must_use]
pub fn split_part<'n>(package: &Package, name: &'n str) -> (&'n str, Option<&'n str>) {
    let is_metric = |name: &str| package.metrics.iter().any(|metric| metric.name.node == name);
    if is_metric(name) {
        return (name, None);
    }
    let mut splits = name.rmatch_indices('.').map(|(at, _)| (&name[..at], Some(&name[at + 1..])));
    let known = splits.clone().find(|(metric, _)| is_metric(metric));
    known.or_else(|| splits.next_back()).unwrap_or((name, None))
}

/// The names of the parts of a metric, in their order; none of a form that lacks what they are made of.
#[must_use]
pub fn part_names(spec: &MetricSpec) -> Vec<String> {
    match &spec.form {
        Some(FormSpec::Value(_)) => vec![VALUE.to_owned()],
        Some(FormSpec::Quartiles(spec)) => quartiles::names(spec),
        Some(FormSpec::Retention(spec)) => retention::names(spec),
        Some(FormSpec::Cohort(spec)) => cohort::names(spec),
        Some(FormSpec::Survey(spec)) => survey::names(spec),
        Some(FormSpec::Funnel(spec)) => funnel::names(spec),
        Some(FormSpec::Duration(spec)) => duration::names(spec),
        Some(FormSpec::List(_)) => vec![list::COUNT.to_owned()],
        Some(FormSpec::Unusable(_)) | None => Vec::new(),
    }
}

/// The same as [`desugar`], and reports what a metric lacks.
pub(crate) fn checked<'a>(
    spec: &'a MetricSpec,
    resolved: &Resolved<'_>,
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
    // Lists are of rows, too.
    let is_list = matches!(form, FormSpec::List(_));
    for of in form.members().filter(|_| !is_list) {
        resolved.names.expect_entity(of, diagnostics);
    }
    let mut found = desugar(spec, form, resolved, diagnostics)?;
    headline(spec, &mut found, diagnostics);
    (diagnostics.counts().0 == before).then_some(found)
}

/// Makes the part that `show:` names the headline.
fn headline(spec: &MetricSpec, found: &mut Desugared<'_>, diagnostics: &mut Diagnostics) {
    let Some(show) = &spec.show else { return };
    let names = || found.parts.iter().map(|part| &*part.name);
    // `at 3` reads as `at_3`.
    let wanted = show.node.split_whitespace().collect::<Vec<_>>().join("_");
    if let Some(at) = names().position(|name| name == wanted) {
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

/// Reports a part that the form of a metric does not have. Where the form can't be used, its parts are not known, and
/// nothing is reported.
pub(crate) fn expect_part(
    spec: &MetricSpec,
    name: &Spanned<String>,
    diagnostics: &mut Diagnostics,
) {
    let names = part_names(spec);
    if names.is_empty() || names.contains(&name.node) {
        return;
    }
    let metric = &spec.name;
    if let (Some(owner), Some(list)) = (&spec.owner, spec.list()) {
        let says = list.columns.iter().map(|column| column.name.node.as_str());
        let message = format!("`{}` says no `{}` of its members", owner.node, name.node);
        let told = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
        let told = told.also(metric.span, "defined here");
        diagnostics.push(match suggest(&name.node, says.clone()) {
            Some(near) => told.help(format!("did you mean `{}.{near}`?", owner.node)),
            None => told.help(list_of("it says", says)),
        });
        return;
    }
    let message = format!("`{}` has no part `{}`", metric.node, name.node);
    let told = Diagnostic::error(codes::UNKNOWN_NAME, name.span, message);
    let told = told.also(metric.span, "defined here");
    let near = suggest(&name.node, names.iter().map(String::as_str));
    diagnostics.push(match (names.as_slice(), near) {
        ([_], _) => told.help(format!("it is one number: write `{}`", metric.node)),
        (_, Some(near)) => told.help(format!("did you mean `{near}`?")),
        (_, None) => told.help(list_of("its parts are", names.iter().map(String::as_str))),
    });
}
