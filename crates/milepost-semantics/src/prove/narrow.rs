//! The part of a project that a test is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::time::Calendar;
use milepost_syntax::ast::{Expr, MetricSpec, Package, TestSpec};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::print_expr;
use milepost_syntax::span::Spanned;

/// The project's calendar, without its holidays.
pub(super) fn calendar(package: &Package) -> Calendar {
    crate::resolve::calendar(&package.project.calendar, &mut Diagnostics::default())
}

/// The package of a test: its metric with those that it names (with `whole`, all metrics), asked at the test's grain and
/// by the dimensions that it expects figures of. What only a site shows is left out.
pub(super) fn package(
    package: &Package,
    base: &Package,
    spec: &TestSpec,
    metric: &str,
    dimensions: &BTreeSet<String>,
    whole: bool,
) -> Package {
    let mut narrow = base.clone();
    let named = named(package, metric);
    let kept = package.metrics.iter().filter(|m| whole || named.contains(m.name.node.as_str()));
    narrow.metrics = kept.map(plain).collect();
    for found in narrow.metrics.iter_mut().filter(|found| found.name.node == metric) {
        if let Some(grain) = &spec.grain {
            found.grain = Some(grain.clone());
        }
        found.slices = slices(spec, dimensions);
    }
    narrow
}

/// The dimensions, each with the first place that names it.
fn slices(spec: &TestSpec, dimensions: &BTreeSet<String>) -> Vec<Spanned<String>> {
    let mut list: Vec<Spanned<String>> = Vec::new();
    for (name, _) in spec.expect.iter().flat_map(|expected| &expected.slices) {
        if dimensions.contains(&name.node) && !list.iter().any(|known| known.node == name.node) {
            list.push(name.clone());
        }
    }
    list
}

/// A metric without what only a site shows: dimensions and goals that the rows of a test need not know.
fn plain(metric: &MetricSpec) -> MetricSpec {
    let mut metric = metric.clone();
    metric.slices.clear();
    metric.target = None;
    metric.leads_to.clear();
    metric.meta.deprecated = None;
    metric
}

/// The metric and all that it names, directly or through others.
fn named<'p>(package: &'p Package, metric: &'p str) -> BTreeSet<&'p str> {
    let by_name: BTreeMap<&str, &MetricSpec> =
        package.metrics.iter().map(|metric| (metric.name.node.as_str(), metric)).collect();
    let mut named = BTreeSet::new();
    let mut left = vec![metric.to_owned()];
    while let Some(name) = left.pop() {
        let Some((name, metric)) = by_name.get_key_value(name.as_str()) else { continue };
        if named.insert(*name) {
            let exprs = metric.value.iter().chain(&metric.filter);
            exprs.for_each(|expr| words(expr, &mut left));
        }
    }
    named
}

/// Every word of an expression, wherever it stands: one that is no metric names nothing here.
fn words(expr: &Expr, words: &mut Vec<String>) {
    let text = print_expr(expr);
    let split = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.extend(split.filter(|word| !word.is_empty()).map(str::to_owned));
}

/// The metrics that a narrow package leaves out.
pub(super) fn left_out(package: &Package, narrow: &Package) -> BTreeSet<String> {
    let kept: BTreeSet<&str> = narrow.metrics.iter().map(|m| m.name.node.as_str()).collect();
    let names = package.metrics.iter().map(|metric| &metric.name.node);
    names.filter(|name| !kept.contains(name.as_str())).cloned().collect()
}
