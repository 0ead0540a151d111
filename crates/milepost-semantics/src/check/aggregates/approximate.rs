//! `approximate: true`: which percentiles it changes, and whether there are any.

use std::collections::BTreeMap;

use crate::check::Checker;
use crate::model::{Aggregate, MetricId, ValueExpr, ValueKind};
use milepost_syntax::ast::{self, AggregateFunction, Expr, ExprKind, FormSpec, MetricSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;

const fn is_percentile(function: AggregateFunction) -> bool {
    matches!(function, AggregateFunction::Median | AggregateFunction::Percentile)
}

impl Checker<'_, '_> {
    /// Whether the metric that is being checked lets this aggregate be approximate: a percentile of rows. Numbers that
    /// `per` takes one by one are few, and may be approximate themselves: their percentiles are exact.
    pub(crate) fn approximates(&mut self, spec: &ast::Aggregate) -> bool {
        let Some(found) = &mut self.approximated else { return false };
        let approximates = spec.per.is_none() && is_percentile(spec.function.node);
        *found += usize::from(approximates);
        approximates
    }

    /// Tells an `approximate: true` that changes nothing.
    pub(crate) fn approximates_nothing(
        &mut self,
        spec: &MetricSpec,
        value: &ValueExpr,
        uses: &BTreeMap<MetricId, Span>,
    ) {
        let Some(written) = &spec.approximate else { return };
        if spec.form.iter().flat_map(FormSpec::exprs).any(is_broken) {
            // What stands there was told, and may be a percentile.
            return;
        }
        let told = Diagnostic::error(
            codes::APPROXIMATES_NOTHING,
            written.span,
            format!(
                "`approximate: true` changes nothing: the value of `{}` has no percentile of rows",
                spec.name.node
            ),
        );
        let named = uses.iter().find_map(|(id, place)| {
            let metric = self.metrics[id.0].as_ref()?;
            let approximate = of_rows(metric.value())?.approximate;
            Some((&metric.name, approximate, *place))
        });
        self.diagnostics.push(match named {
            Some((name, true, place)) => told
                .also(place, "named here")
                .help(format!("leave it out: `{name}` already has it")),
            Some((name, false, place)) => told.also(place, "named here").help(format!(
                "a metric keeps its own setting: write `approximate: true` in `{name}`"
            )),
            None if has_numbers(value) => told
                .help("leave it out: percentiles of values that `per` computes are always exact"),
            None => {
                told.help("leave it out: everything but `median` and `percentile` is always exact")
            }
        });
    }
}

/// Whether some part could not be read.
fn is_broken(expr: &Expr) -> bool {
    let mut found = matches!(expr.kind, ExprKind::Error);
    expr.each_child(&mut |child| found = found || is_broken(child));
    found
}

/// The first percentile of rows in a value.
fn of_rows(value: &ValueExpr) -> Option<&Aggregate> {
    let mut first = None;
    value.each_aggregate(&mut |aggregate| {
        aggregate.each_aggregate(&mut |found| {
            let numbers = found.args.iter().any(|arg| {
                let mut inner = false;
                arg.each_inner(&mut |_| inner = true);
                inner
            });
            if first.is_none() && is_percentile(found.function) && !numbers {
                first = Some(found);
            }
        });
    });
    first
}

/// Whether there is a percentile at all.
fn has_numbers(value: &ValueExpr) -> bool {
    let mut found =
        matches!(&value.kind, ValueKind::Blocks(blocks) if is_percentile(blocks.function));
    value.each_aggregate(&mut |aggregate| {
        aggregate.each_aggregate(&mut |inside| found |= is_percentile(inside.function));
    });
    value.each_child(&mut |child| found = found || has_numbers(child));
    found
}
