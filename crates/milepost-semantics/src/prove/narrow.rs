//! The part of a project that a test is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::AT_EVENT;
use crate::import::{Unit, units};
use crate::time::Calendar;
use milepost_syntax::ast::{MetricSpec, Package, TestSpec};
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::span::Spanned;

/// The project's calendar, without its holidays.
pub(super) fn calendar(package: &Package) -> Calendar {
    crate::resolve::calendar(&package.project.calendar, &mut Diagnostics::default())
}

/// The package of a test: its metric with the definitions that it names, asked at the test's grain and by the dimensions
/// that it expects figures of. What only a site shows is left out. `base` is the package without metrics.
pub(super) fn package(
    package: &Package,
    base: &Package,
    spec: &TestSpec,
    metric: &str,
    dimensions: &BTreeSet<String>,
) -> Package {
    let mut narrow = base.clone();
    let named = named(package, spec, metric);
    let is_named = |name: &Spanned<String>| named.contains(name.node.as_str());
    narrow.metrics = package.metrics.iter().filter(|m| is_named(m.unit())).map(plain).collect();
    narrow.segments.retain(|segment| is_named(segment.unit()));
    narrow.journeys.retain(|journey| is_named(&journey.name));
    narrow.scores.retain(|score| is_named(&score.name));
    narrow.behaviors.retain(|behavior| is_named(&behavior.name));
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

/// The metric, what figures are expected by, and all that these name, directly or through others. Words that name no
/// definition are among them.
fn named<'p>(package: &'p Package, spec: &'p TestSpec, metric: &'p str) -> BTreeSet<&'p str> {
    let units = units(package);
    let mut by_name: BTreeMap<&str, Vec<&Unit<'p>>> = BTreeMap::new();
    for unit in &units {
        by_name.entry(unit.name.node.as_str()).or_default().push(unit);
    }
    let slices = spec.expect.iter().flat_map(|expected| &expected.slices);
    let slices = slices.map(|(name, _)| name.node.strip_suffix(AT_EVENT).unwrap_or(&name.node));
    let mut left: Vec<&'p str> = slices.chain([metric]).collect();
    let mut named = BTreeSet::new();
    while let Some(name) = left.pop() {
        if named.insert(name) {
            let units = by_name.get(name).into_iter().flatten();
            let mentions = units.map(|unit| &unit.mentions);
            left.extend(mentions.flat_map(|m| m.heads.iter().chain(&m.tails)));
        }
    }
    named
}

/// The definitions that a narrow package leaves out.
pub(super) fn left_out(package: &Package, narrow: &Package) -> BTreeSet<String> {
    let names = |package: &Package| -> BTreeSet<String> {
        let metrics = package.metrics.iter().map(|spec| &spec.name);
        let segments = package.segments.iter().map(|spec| &spec.name);
        let behaviors = package.behaviors.iter().map(|spec| &spec.name);
        let scores = package.scores.iter().map(|spec| &spec.name);
        metrics
            .chain(segments)
            .chain(scores)
            .chain(behaviors)
            .map(|name| name.node.clone())
            .collect()
    };
    names(package).difference(&names(narrow)).cloned().collect()
}
