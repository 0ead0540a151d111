//! The parts of a metric: the expressions that its form means, checked.

use std::collections::{BTreeMap, BTreeSet};

use super::metric::{inferred, words};
use crate::check::Checker;
use crate::check::expressions::value::ValueScope;
use crate::forms::{self, FormPart, Sliced};
use crate::model::{
    Better, Display, EarlierSlices, Form, MetricId, Part, PartId, RowExpr, RowKind, Shape, Type,
    Unit, ValueExpr, ValueKind,
};
use milepost_syntax::ast::{Expr, MetricSpec};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;
use milepost_syntax::{codes, print_expr};

/// What a metric yields.
pub(super) struct Parts {
    pub(super) shape: Shape,
    pub(super) list: Vec<Part>,
    pub(super) headline: PartId,
    /// What the form means, a sentence each.
    pub(super) words: Vec<String>,
    /// The metrics that they name.
    pub(super) uses: BTreeSet<MetricId>,
    /// Which way is good by the nature of the headline.
    pub(super) better: Option<Better>,
}

/// The value of one part.
struct Checked {
    value: ValueExpr,
    uses: BTreeMap<MetricId, Span>,
    /// Whether it has a percentile that `approximate: true` applies to; absent where nothing was said of it.
    approximates: Option<bool>,
}

impl Checker<'_, '_> {
    /// The parts of a metric; absent when something is wrong with one.
    pub(super) fn parts(&mut self, spec: &MetricSpec) -> Option<Parts> {
        let form = forms::checked(spec, &self.resolved, self.diagnostics)?;
        let before = self.diagnostics.counts().0;
        for expr in &form.checks {
            self.expr(&mut ValueScope::default(), expr);
        }
        let is_right = self.diagnostics.counts().0 == before;
        let is_right = is_right && self.in_time(spec) && self.scored(spec);
        if !(is_right && self.is_between_times(spec)) {
            return None;
        }
        let mut checked = Vec::with_capacity(form.parts.len());
        for part in &form.parts {
            // What is wrong with one part is most often wrong with all.
            checked.push(self.part(spec, part)?);
        }
        if checked.iter().all(|part| part.approximates == Some(false)) {
            let Checked { value, uses, .. } = &checked[form.headline];
            self.approximates_nothing(spec, value, uses);
        }
        let first = &form.parts[form.headline];
        let value = &checked[form.headline].value;
        let display = match (&first.display, &spec.unit) {
            (Some(display), None) => display.clone(),
            _ => self.display(spec, value),
        };
        let headline =
            Headline { ty: value.ty, unit: value.unit.clone(), usual: &first.display, display };
        let uses = checked.iter().flat_map(|part| part.uses.keys().copied()).collect();
        let named = form.parts.iter().zip(checked);
        let list = named.map(|(part, checked)| shown(part, checked.value, &headline));
        Some(Parts {
            shape: form.shape,
            list: list.collect(),
            headline: PartId(form.headline),
            words: form.words(),
            uses,
            better: first.better,
        })
    }

    /// The value of a part with its `where` pushed in; absent when something is wrong.
    fn part(&mut self, spec: &MetricSpec, part: &FormPart<'_>) -> Option<Checked> {
        let expr: &Expr = &part.value;
        let mut scope = ValueScope::default();
        let before = self.diagnostics.counts().0;
        self.approximated = spec.approximate.as_ref().filter(|a| a.node).map(|_| 0);
        let mut value = self.expr(&mut scope, expr);
        let approximated = self.approximated.take();
        if let Some(sliced) = part.sliced.as_ref().filter(|_| !scope.broken) {
            self.slice_earlier(sliced, &mut value);
        }
        if let Some(filter) = &spec.filter {
            if !scope.broken {
                self.push_filter(filter, &mut value);
            } else {
                self.lone_filter(filter);
            }
        }
        if matches!(value.ty, Type::Duration) {
            self.diagnostics.push(
                Diagnostic::error(
                    codes::TYPE_MISMATCH,
                    value.span,
                    "a length of time alone is not the value of a metric",
                )
                .help("write a number, or `days_between(a, b)` inside an aggregate"),
            );
        }
        for (id, place) in &self.named.metrics {
            scope.uses.entry(*id).or_insert(*place);
        }
        let like = part.waits.as_ref().filter(|_| !scope.broken);
        let like = like.map(|w| (self.expr(&mut ValueScope::default(), &w.rows), w.length));
        self.mature(&mut value, like.as_ref().map(|(rows, length)| (rows, *length)));
        self.personal_result(&value);
        self.deprecated(spec, &scope.uses);
        let good = !scope.broken && self.diagnostics.counts().0 == before && {
            let size = self.value_size(&value);
            self.fits_whole(size, &spec.name.node, expr.span)
        };
        let approximates = approximated.map(|found| found > 0);
        good.then_some(Checked { value, uses: scope.uses, approximates })
    }

    /// Keeps members in the slice that they were in at an earlier instant.
    fn slice_earlier(&mut self, sliced: &Sliced, value: &mut ValueExpr) {
        let counted = self.expr(&mut ValueScope::default(), &sliced.members);
        let ValueKind::Aggregate(counted) = counted.kind else { return };
        let Some(members) = counted.filter else { return };
        let earlier = |now: &RowExpr| {
            let like = |kind| RowExpr { kind, ..now.clone() };
            let then = like(RowKind::Prior { operand: Box::new(now.clone()), by: sliced.by });
            like(RowKind::Form(Form::If {
                condition: Box::new(members.clone()),
                then: Box::new(then),
                otherwise: Box::new(now.clone()),
            }))
        };
        let reach = self.dataset(counted.dataset).reach.iter();
        let moving = reach.filter(|(_, now)| now.is_judged());
        let slices = moving.map(|(dimension, now)| (*dimension, earlier(now))).collect();
        let earlier = EarlierSlices { members: members.clone(), by: sliced.by, slices };
        value.each_aggregate_mut(&mut |aggregate| {
            if aggregate.members == counted.members {
                aggregate.earlier = Some(Box::new(earlier.clone()));
            }
        });
    }

    /// Warns of deprecated metrics among those that a metric names, unless it is on its way out itself.
    fn deprecated(&mut self, spec: &MetricSpec, uses: &BTreeMap<MetricId, Span>) {
        if spec.meta.deprecated.is_some() {
            return;
        }
        let package = self.resolved.package;
        for (id, span) in uses {
            let used = &package.metrics[id.0];
            let Some(deprecated) = &used.meta.deprecated else { continue };
            let name = &used.name.node;
            let since = words(&deprecated.node.since).map(|since| format!(" since {since}"));
            let told = Diagnostic::warning(
                codes::DEPRECATED_USE,
                *span,
                format!("`{name}` is deprecated{}", since.unwrap_or_default()),
            )
            .also(deprecated.span, "said here");
            self.diagnostics.push(match words(&deprecated.node.replacement) {
                Some(other) => told.help(format!("write `{other}` instead")),
                None => {
                    told.help(format!("build `{}` on other metrics or on datasets", spec.name.node))
                }
            });
        }
    }

    /// The names of a `where` whose metric is broken.
    fn lone_filter(&mut self, filter: &Expr) {
        self.push_filter(
            filter,
            &mut ValueExpr {
                kind: ValueKind::BusinessDays,
                ty: Type::Unknown,
                unit: Unit::plain(),
                span: filter.span,
            },
        );
    }
}

/// What the headline counts, and how it is shown.
struct Headline<'a> {
    ty: Type,
    unit: Unit,
    /// Where the metric does not say.
    usual: &'a Option<Display>,
    display: Display,
}

/// A part with how it is shown: as the headline, where it is of the same kind.
fn shown(part: &FormPart<'_>, value: ValueExpr, headline: &Headline<'_>) -> Part {
    let same = part.display == *headline.usual;
    let alike = same
        && (part.display.is_some() || (value.ty == headline.ty && value.unit == headline.unit));
    let display = match &part.display {
        _ if alike => headline.display.clone(),
        Some(display) => display.clone(),
        None => inferred(&value.unit),
    };
    Part { name: part.name.clone().into_owned(), text: print_expr(&part.value), value, display }
}
