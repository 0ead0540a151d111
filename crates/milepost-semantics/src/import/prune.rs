//! Definitions that need what a project does not have are left out, and listed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::mentions::{Unit, units};
use super::needs::{missing, required};
use crate::model::{Category, Need, Unavailable};
use crate::resolve::{meta, text};
use crate::schema::Schemas;
use milepost_syntax::ast::{MetricSpec, Package};
use milepost_syntax::span::Spanned;

/// What can be checked, and the metrics that can't be computed.
pub(crate) fn prune<'a>(
    package: &'a Package,
    schemas: &Schemas,
) -> (Cow<'a, Package>, Vec<Unavailable>) {
    if package.imported.is_empty() {
        return (Cow::Borrowed(package), Vec::new());
    }
    let needs = unavailable(package, schemas);
    let listed = package.metrics.iter().filter_map(|metric| {
        needs.get(metric.name.node.as_str()).map(|needs| entry(metric, needs))
    });
    let listed = listed.collect();
    let gone = |name: &Spanned<String>| needs.contains_key(name.node.as_str());
    let defined: BTreeSet<&str> = package.metrics.iter().map(|m| m.name.node.as_str()).collect();
    let mut kept = package.clone();
    kept.behaviors.retain(|spec| !gone(&spec.name));
    kept.segments.retain(|spec| !gone(spec.unit()));
    kept.journeys.retain(|spec| !gone(&spec.name));
    kept.scores.retain(|spec| !gone(&spec.name));
    kept.metrics.retain(|spec| !gone(spec.unit()));
    for metric in &mut kept.metrics {
        metric.slices.retain(|slice| !gone(slice));
        // What a package says of other metrics holds where they exist.
        metric.leads_to.retain(|other| {
            let absent = !defined.contains(other.node.as_str());
            !(gone(other) || absent && package.is_imported(other.span))
        });
    }
    // What is allowed on a list that can't be had is no mistake.
    kept.project.outputs.allow_pii.retain(|allowed| {
        let list = allowed.node.split('.').nth(1);
        list.is_none_or(|list| !needs.contains_key(list))
    });
    (Cow::Owned(kept), listed)
}

/// What each definition of packages requires of a project, in the packages' own words.
///
/// ```
/// use milepost_semantics::{Import, merge, model::Need, requirements};
/// use milepost_syntax::{ast::Package, diagnostic::Diagnostics, parse_package, source::SourceMap};
///
/// let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
/// let id = sources.add_text("std/shop.yaml", "
/// requires: { datasets: { orders: { kind: events, columns: [amount] }, visits: { kind: events } } }
/// metrics: { sales: { value: sum(orders.amount) } }
/// ");
/// let mut package = Package::default();
/// parse_package(sources.get(id), &mut package, &mut diagnostics);
/// let mut project = Package::default();
/// merge(&mut project, vec![Import { used: true, package }], &mut diagnostics);
///
/// let needs: Vec<String> = requirements(&project)["sales"].iter().map(Need::to_string).collect();
/// assert_eq!(needs, ["dataset orders", "dataset orders of kind events", "column orders.amount"]);
/// ```
#[must_use]
pub fn requirements(package: &Package) -> BTreeMap<String, Vec<Need>> {
    owned(concerned(package, &required(package)))
}

/// What a project lacks of what each definition of its packages requires. What is not listed lacks nothing.
#[must_use]
pub fn lacking(package: &Package, schemas: &Schemas) -> BTreeMap<String, Vec<Need>> {
    owned(unavailable(package, schemas))
}

fn owned(found: BTreeMap<&str, BTreeSet<Need>>) -> BTreeMap<String, Vec<Need>> {
    let found = found.into_iter();
    found.map(|(name, needs)| (name.to_owned(), needs.into_iter().collect())).collect()
}

/// The definitions that can't be had, by name, each with what it needs.
fn unavailable<'a>(package: &'a Package, schemas: &Schemas) -> BTreeMap<&'a str, BTreeSet<Need>> {
    concerned(package, &missing(package, schemas))
}

/// The definitions of packages that can't do without some things, by name, each with what it needs.
fn concerned<'a>(
    package: &'a Package,
    missing: &BTreeSet<Need>,
) -> BTreeMap<&'a str, BTreeSet<Need>> {
    if missing.is_empty() {
        return BTreeMap::new();
    }
    let units = units(package);
    let by_name: BTreeMap<&str, &Unit<'_>> =
        units.iter().map(|unit| (unit.name.node.as_str(), unit)).collect();
    let mut found: BTreeMap<&str, BTreeSet<Need>> = BTreeMap::new();
    for unit in units.iter().filter(|unit| package.is_imported(unit.span)) {
        let reads = reads(package, unit, &by_name);
        let needs: BTreeSet<Need> =
            missing.iter().filter(|need| need.concerns(&unit.mentions, &reads)).cloned().collect();
        if !needs.is_empty() {
            found.insert(&unit.name.node, needs);
        }
    }
    spread(&units, &mut found);
    found
}

/// What names an unavailable definition is unavailable for the same reasons.
fn spread<'a>(units: &[Unit<'a>], found: &mut BTreeMap<&'a str, BTreeSet<Need>>) {
    loop {
        let mut grew = false;
        for unit in units {
            let inherited: BTreeSet<Need> = unit
                .mentions
                .heads
                .iter()
                .filter_map(|head| found.get(head))
                .flatten()
                .cloned()
                .collect();
            if inherited.is_empty() {
                continue;
            }
            let own = found.entry(&unit.name.node).or_default();
            let before = own.len();
            own.extend(inherited);
            grew |= own.len() > before;
        }
        if !grew {
            return;
        }
    }
}

/// The datasets that a definition may read: those that it mentions, the homes of the entities that it mentions, and
/// those of the definitions that it names.
fn reads<'a>(
    package: &'a Package,
    unit: &Unit<'a>,
    by_name: &BTreeMap<&'a str, &Unit<'a>>,
) -> BTreeSet<&'a str> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&Unit<'a>> = vec![unit];
    while let Some(unit) = open.pop() {
        for name in unit.mentions.heads.iter().chain(&unit.mentions.tails) {
            if names.insert(name) {
                open.extend(by_name.get(name));
            }
        }
    }
    let homes = package.entities.iter().filter(|entity| names.contains(entity.name.node.as_str()));
    let homes: Vec<&str> =
        homes.filter_map(|entity| entity.home.as_ref()).map(|home| home.node.as_str()).collect();
    names.extend(homes);
    names
}

fn entry(spec: &MetricSpec, needs: &BTreeSet<Need>) -> Unavailable {
    let category = spec.category.as_ref().and_then(|category| Category::parse(&category.node));
    Unavailable {
        name: spec.name.node.clone(),
        meta: meta(&spec.meta),
        span: spec.name.span,
        definition: spec.span,
        question: text(&spec.question),
        stage: text(&spec.stage),
        milestone: text(&spec.milestone),
        leads_to: spec.leads_to.iter().map(|name| name.node.clone()).collect(),
        category,
        needs: needs.iter().cloned().collect(),
    }
}
