//! Cohorts: the members that began in one bucket, and how many of them came back in each step of time after that.
//!
//! The bucket of the metric is the cohort. `cohort: { of: user, starts: events, returns: events }` means, for each step k,
//!
//! - `size`: `count(user on min(events.ts))`, whoever began in the bucket, alive or not;
//! - `count_k`: `count(user on min(events.ts) where any(events <k buckets later>))`;
//! - `at_k`: `count_k / size`;
//! - `sum_k`, with `amount`: `sum(sum(events.amount <k buckets later>) per user on min(events.ts))`.
//!
//! What is in angle brackets has no spelling in the language ([`Window::Step`]).

mod words;

use std::borrow::Cow;

use super::build::{Writer, says};
use super::rows::{begins, dataset_of, happens, one_name};
use super::{Desugared, FormPart};
use crate::model::{Display, Shape};
use crate::resolve::{Definition, Resolved, grain};
use crate::time::Grain;
use milepost_syntax::ast::{
    AggregateFunction, BinaryOp, CohortSpec, Duration, DurationStyle, Expr, ExprKind, MetricSpec,
    Step, StepClock, TimeUnit, Window,
};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::limits::OFFSETS;
use milepost_syntax::span::Spanned;

/// The last step that is looked at, where nothing says which.
const DEFAULT_OFFSETS: u32 = 12;

/// Everything that the parts are made of.
#[derive(Debug)]
struct Cohort<'a> {
    spec: &'a CohortSpec,
    of: &'a Spanned<String>,
    /// The time at which a member begins.
    start: Expr,
    /// The rows of which the first one is that time, by name; absent: a time of the member.
    starting: Option<&'a str>,
    returns: &'a Spanned<String>,
    at_least: u32,
    clock: StepClock,
    grain: Grain,
    step: Grain,
    offsets: u32,
    onward: bool,
    /// The first step stands for all members.
    zero_is_size: bool,
}

/// The names of the parts.
pub(super) fn names(spec: &CohortSpec) -> Vec<String> {
    if spec.of.is_none() || spec.starts.is_none() || spec.returns.is_none() {
        return Vec::new();
    }
    let last = offsets(spec).unwrap_or(DEFAULT_OFFSETS);
    let sums = spec.amount.as_ref().map(|_| "sum");
    let steps = ["at", "count"].into_iter().chain(sums);
    let steps = steps.flat_map(|kind| (0..=last).map(move |number| format!("{kind}_{number}")));
    std::iter::once("size".to_owned()).chain(steps).collect()
}

/// The last step that is looked at; absent where it is out of range.
fn offsets(spec: &CohortSpec) -> Option<u32> {
    let Some(written) = &spec.offsets else { return Some(DEFAULT_OFFSETS) };
    u32::try_from(written.node).ok().filter(|n| (1..=OFFSETS).contains(n))
}

pub(super) fn desugar<'a>(
    metric: &'a MetricSpec,
    spec: &'a CohortSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Desugared<'a>> {
    let before = diagnostics.counts().0;
    let returns = returns(spec, resolved, diagnostics);
    let start = begins("starts", spec.starts.as_ref(), resolved, diagnostics);
    let at_least = at_least(spec, diagnostics);
    let offsets = offsets(spec).or_else(|| tell_offsets(spec, diagnostics));
    let (grain, step, clock) = steps(metric, spec, resolved, diagnostics)?;
    if let (Some(amount), Some(returns)) = (&spec.amount, returns) {
        expect_amount(amount, returns, diagnostics);
    }
    if diagnostics.counts().0 > before {
        return None;
    }
    let (start, starting) = start?;
    let cohort = Cohort {
        spec,
        of: spec.of.as_ref()?,
        start,
        starting,
        returns: returns?,
        at_least: at_least?,
        clock,
        grain,
        step,
        offsets: offsets?,
        onward: says(spec.mode.as_ref(), "on_or_after"),
        zero_is_size: !says(spec.zero.as_ref(), "returns"),
    };
    let parts = cohort.parts();
    let headline = parts.iter().position(|part| part.name == "at_1")?;
    let words = Box::new(move |shown: &str| cohort.words(shown));
    Some(Desugared { shape: Shape::Cohort, parts, headline, checks: Vec::new(), words })
}

impl<'a> Cohort<'a> {
    /// All of them, in the order of their names.
    fn parts(&self) -> Vec<FormPart<'a>> {
        let part = |name: String, value, display: Option<Display>| FormPart {
            display,
            ..FormPart::new(name, Cow::Owned(value))
        };
        let numbers = || 0..=self.offsets;
        let size = part("size".to_owned(), self.size(), None);
        let shares = numbers().map(|number| {
            let share = self.write().binary(BinaryOp::Divide, self.count(number), self.size());
            part(format!("at_{number}"), share, Some(Display::Percent))
        });
        let counts =
            numbers().map(|number| part(format!("count_{number}"), self.count(number), None));
        let sums = self.spec.amount.iter().flat_map(|amount| {
            numbers()
                .map(move |number| part(format!("sum_{number}"), self.sum(amount, number), None))
        });
        std::iter::once(size).chain(shares).chain(counts).chain(sums).collect()
    }

    fn size(&self) -> Expr {
        self.members(AggregateFunction::Count, None)
    }

    /// The members that come back in a step.
    fn count(&self, number: u32) -> Expr {
        if number == 0 && self.zero_is_size {
            return self.size();
        }
        let rows = self.write().name(self.returns);
        let condition = if self.at_least == 1 {
            self.returning(AggregateFunction::Any, rows, number)
        } else {
            let count = self.returning(AggregateFunction::Count, rows, number);
            let write = self.write();
            write.binary(BinaryOp::GreaterOrEqual, count, write.number(self.at_least.into()))
        };
        self.members(AggregateFunction::Count, Some(condition))
    }

    /// What the returns of a step add up to.
    fn sum(&self, amount: &Expr, number: u32) -> Expr {
        let own = self.returning(AggregateFunction::Sum, amount.clone(), number);
        let all = self.write().aggregate(AggregateFunction::Sum, own);
        all.per(self.of.clone()).on(self.start.clone()).over(self.spec.span)
    }

    /// The members of the cohort.
    fn members(&self, function: AggregateFunction, condition: Option<Expr>) -> Expr {
        let write = self.write();
        let all = write.aggregate(function, write.name(self.of)).on(self.start.clone());
        all.filter(condition).over(self.spec.span)
    }

    /// An aggregate over the returns of a member in a step.
    fn returning(&self, function: AggregateFunction, subject: Expr, number: u32) -> Expr {
        let span = self.returns.span;
        let step = Step { number, onward: self.onward };
        let window = Window::Step { step, clock: self.clock };
        let own = self.write().aggregate(function, subject);
        own.window(Spanned::new(window, span)).over(span)
    }

    const fn write(&self) -> Writer {
        Writer { span: self.spec.key.span }
    }
}

/// The rows by which members come back.
fn returns<'a>(
    spec: &'a CohortSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<&'a Spanned<String>> {
    let written = spec.returns.as_ref()?;
    if matches!(written.kind, ExprKind::Error) {
        return None;
    }
    let name = one_name(written);
    // A name that nothing has is reported where the rows are looked up.
    let rows = |name: &&Spanned<String>| match resolved.names.get(&name.node) {
        Some(Definition::Dataset(_) | Definition::Behavior(_)) | None => true,
        Some(_) => false,
    };
    let found = name.filter(rows);
    let dataset = found.and_then(|name| dataset_of(&name.node, resolved));
    if let (Some(name), Some(dataset)) = (found, dataset) {
        let table = resolved.table(dataset);
        return happens(name, "a return", table, diagnostics).then_some(name);
    }
    if found.is_none() {
        let message = "`returns` names the rows by which a member comes back, and this names none";
        diagnostics.push(Diagnostic::error(codes::INVALID_VALUE, written.span, message).help(
            "write the name of a dataset or of a behavior, such as `returns: events`; a condition on rows goes into a behavior",
        ));
    }
    found
}

fn at_least(spec: &CohortSpec, diagnostics: &mut Diagnostics) -> Option<u32> {
    let Some(written) = &spec.at_least else { return Some(1) };
    let found = u32::try_from(written.node).ok().filter(|n| *n >= 1);
    if found.is_none() {
        let message = "how many returns make a member count is a whole number from 1 on";
        diagnostics.push(
            Diagnostic::error(codes::INVALID_VALUE, written.span, message)
                .help("write for example `at_least: 2`, or leave it out for one return"),
        );
    }
    found
}

fn tell_offsets(spec: &CohortSpec, diagnostics: &mut Diagnostics) -> Option<u32> {
    let written = spec.offsets.as_ref()?;
    let told = if written.node < 1 {
        let message = "how many steps a cohort is followed is a whole number from 1 on";
        Diagnostic::error(codes::INVALID_VALUE, written.span, message)
    } else {
        let message = format!(
            "a cohort is followed for at most {OFFSETS} steps after the first one, and this asks for {}",
            written.node
        );
        Diagnostic::error(codes::LIMIT_EXCEEDED, written.span, message)
    };
    diagnostics.push(told.help(format!(
        "write a number from 1 to {OFFSETS}, such as `offsets: {DEFAULT_OFFSETS}`, or take a longer grain"
    )));
    None
}

/// The grain of the cohorts, that of the steps, and by what steps are counted.
fn steps(
    metric: &MetricSpec,
    spec: &CohortSpec,
    resolved: &Resolved<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<(Grain, Grain, StepClock)> {
    // A grain that is none is reported with the metric.
    let own = match &metric.grain {
        Some(written) => Grain::parse(&written.node)?,
        None => resolved.project.grain,
    };
    let step = spec.step.as_ref().and_then(|written| grain(written, diagnostics));
    if spec.clock.as_ref().is_some_and(|clock| clock.node == "elapsed") {
        let step = step.unwrap_or(own);
        return Some((own, step, StepClock::Elapsed(length_of(step))));
    }
    if let (Some(step), Some(written)) = (step.filter(|step| *step != own), &spec.step) {
        let message = format!(
            "the steps of a cohort are its buckets, which are by {}, and this says {}",
            own.name(),
            step.name()
        );
        let told = Diagnostic::error(codes::INVALID_VALUE, written.span, message);
        let told = match &metric.grain {
            Some(grain) => told.also(grain.span, "the buckets"),
            None => told,
        };
        diagnostics.push(told.help(format!(
            "write `grain: {}` beside `cohort:`, or `clock: elapsed`, which counts steps of any length from each member's own time",
            written.node
        )));
        return None;
    }
    Some((own, own, StepClock::Calendar))
}

/// The length of time of a grain.
const fn length_of(grain: Grain) -> Duration {
    let (count, unit) = match grain {
        Grain::Day => (1, TimeUnit::Day),
        Grain::Week => (1, TimeUnit::Week),
        Grain::Month => (1, TimeUnit::Month),
        Grain::Quarter | Grain::FiscalQuarter => (3, TimeUnit::Month),
        Grain::Year | Grain::FiscalYear => (12, TimeUnit::Month),
    };
    Duration { count, unit, style: DurationStyle::Plain }
}

/// Whether what is added up is a column of the returns; reported where not.
fn expect_amount(amount: &Expr, returns: &Spanned<String>, diagnostics: &mut Diagnostics) {
    let mut heads = Vec::new();
    each_path(amount, &mut |path| heads.extend(path.first().filter(|_| path.len() > 1)));
    let wrong = heads.iter().find(|head| head.node != returns.node);
    if matches!(amount.kind, ExprKind::Error) || (!heads.is_empty() && wrong.is_none()) {
        return;
    }
    let rows = &returns.node;
    let message = format!(
        "`amount` is added up over the returns of a step, which are rows of `{rows}`, and this is none of their columns"
    );
    let at = wrong.map_or(amount.span, |head| head.span);
    diagnostics.push(
        Diagnostic::error(codes::INVALID_VALUE, at, message)
            .also(returns.span, "the returns")
            .help(format!(
                "write a column of them with the name of the rows, like `amount: {rows}.amount`"
            )),
    );
}

fn each_path<'e>(expr: &'e Expr, f: &mut dyn FnMut(&'e [Spanned<String>])) {
    if let ExprKind::Path(path) = &expr.kind {
        f(path);
    }
    expr.each_child(&mut |child| each_path(child, f));
}
