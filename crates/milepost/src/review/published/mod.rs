//! Published figures: what changed data did to them, and what a changed definition does.
//!
//! Three figures of each period are compared: the published one, that of the base on the data of today, and that of the head on
//! the same data. The step from the first to the second is what the data did, if the site was built with the definition
//! of the base, which its fingerprint says; where it was not, nothing is attributed. The step from the second to the third is
//! what the definition does.

mod compare;
mod sentences;

use std::collections::BTreeMap;

use milepost_plan::results::Series;
use milepost_semantics::model::{MetricId, Model, canonical};
use milepost_semantics::time::AsOf;
use milepost_syntax::diagnostic::Diagnostic;
use serde::Serialize;

use super::figures::{Computed, NotCompared, compute, not_compared, shown};
use super::{Figure, Version};
use crate::error::Error;
use crate::published::{Published, PublishedMetric, cut};
use crate::report;
use compare::{Three, Times};
pub(crate) use sentences::{doubts, head, lines, not_compared as reasons, summary};

/// The figures of a site, attributed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Attribution {
    pub site: String,
    /// The version of milepost that wrote it.
    pub milepost: String,
    /// Up to when the data of the site was used, and that of today.
    pub published_as_of: String,
    pub as_of: String,
    /// How many metrics are as published, whichever version computes them.
    pub same: usize,
    /// How many differ by less than what is ignored, and nowhere by more.
    pub hidden: usize,
    /// The others, by name.
    pub metrics: Vec<Attributed>,
    pub not_compared: Vec<NotCompared>,
}

/// What made the figures of a metric other ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The site was built with another definition than that of the base.
    Unknown,
    DataAndDefinition,
    Definition,
    Data,
    /// Periods that were not over at both times differ, and no others.
    Time,
    None,
}

/// The figures of one metric.
#[derive(Clone, Debug, Serialize)]
pub struct Attributed {
    pub name: String,
    /// Its name on the site, where that is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published_as: Option<String>,
    pub cause: Cause,
    /// What is different between the definition of the site and that of the base; only where nothing is attributed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_texts: Vec<String>,
    /// The site was built with the definition of the head; only where that is not the base's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_of_head: bool,
    /// Why the head has no figures of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_head: Option<String>,
    /// Periods that the site shows and that are there today.
    pub periods: usize,
    /// From the published figures to those of the base on the data of today, in periods that are the same at both times.
    pub data: Step,
    /// From the base to the head, on the data of today.
    pub definition: Step,
    /// Periods that were not over when the site was built, or are not at today's as-of.
    pub open: usize,
    /// The last of those whose figure is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_open: Option<Period>,
    /// Periods of today that the site does not show, and those of the site that are not there today.
    pub new: usize,
    pub gone: usize,
    /// The last period that is complete at both times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<Period>,
}

/// What one of the two steps does.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Step {
    /// In how many periods, of how many.
    pub differing: usize,
    pub compared: usize,
    /// Of those that differ, how many by less than what is ignored.
    pub hidden: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest: Option<Period>,
}

/// The figures of one period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Period {
    pub bucket: String,
    /// Its state when the site was built, and today.
    pub published_status: String,
    pub status: &'static str,
    /// The day after its last one, then and today: of a period that is not over, the day after the as-of.
    pub published_end: String,
    pub end: String,
    pub published: Figure,
    pub base: Figure,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head: Option<Figure>,
}

/// A metric of the base that a site may show, and what the head has of it.
struct Pair {
    name: String,
    before: String,
    old: MetricId,
    /// Absent: the head does not compute it, for a reason.
    new: Result<MetricId, String>,
    /// Whether both are proved to be the same.
    is_same: bool,
}

/// Compares a site with both versions. `renamed`: the names in the base of what the head calls otherwise. `as_of`: absent, that
/// of the head.
///
/// # Errors
/// When the engine fails.
pub(super) fn attribute(
    (base, head): (&Version, &Version),
    renamed: &BTreeMap<String, String>,
    site: &Published,
    as_of: Option<AsOf>,
    ignore_below: Option<f64>,
) -> Result<Attribution, Error> {
    let mut found = Attribution {
        site: site.site.clone(),
        milepost: site.milepost.clone(),
        published_as_of: site.as_of.clone(),
        ..Attribution::default()
    };
    let Some(old) = &base.model else {
        let why = "the base has mistakes, so nobody knows what its definition gives";
        found.not_compared.extend(site.metrics.keys().map(|name| not_compared(&cut(name), why)));
        return Ok(found);
    };
    let pairs = pairs(old, head.model.as_ref(), renamed, site, &mut found);
    let to_compute: Vec<MetricId> = pairs.iter().filter_map(differing).collect();
    let new = match &head.model {
        Some(model) => match plain((&*head.engine, model), &to_compute, as_of)? {
            Ok(computed) => Some(computed),
            Err(told) => return Ok(nothing(found, &pairs, "head", &told)),
        },
        None => None,
    };
    let as_of = new.as_ref().map(|new| new.data.as_of()).or(as_of);
    let ids: Vec<MetricId> = pairs.iter().map(|pair| pair.old).collect();
    let old = match plain((&*base.engine, old), &ids, as_of)? {
        Ok(computed) => computed,
        Err(told) => return Ok(nothing(found, &pairs, "base", &told)),
    };
    found.as_of = old.model.project.calendar.show_as_of(old.data.as_of());
    let mut others = new.iter().flat_map(|new| new.series.iter());
    for (pair, before) in pairs.iter().zip(&old.series) {
        let after = differing(pair).and_then(|_| others.next());
        let Some(metric) = site.metrics.get(&pair.before) else { continue };
        let sides = Sides { old: &old, new: new.as_ref(), pair };
        let three = sides.three(metric, (before, after), &Times::of(&found));
        let attributed = sides.attributed(metric, &three, ignore_below);
        found.add(pair, attributed);
    }
    Ok(found)
}

impl Attribution {
    fn add(&mut self, pair: &Pair, attributed: Attributed) {
        match (attributed.cause, &attributed.no_head) {
            (Cause::None, _) if attributed.is_hidden() => self.hidden += 1,
            (Cause::None, None) => self.same += 1,
            (Cause::None, Some(why)) => {
                let why = format!("the base gives what was published, and {why}");
                self.not_compared.push(not_compared(&pair.before, &why));
            }
            _ => self.metrics.push(attributed),
        }
    }
}

/// The metric of the head, where its figures may be other ones.
fn differing(pair: &Pair) -> Option<MetricId> {
    pair.new.as_ref().ok().copied().filter(|_| !pair.is_same)
}

/// The KPIs of the base that the site shows; what can't be compared goes into `found` with the reason.
fn pairs(
    old: &Model,
    new: Option<&Model>,
    renamed: &BTreeMap<String, String>,
    site: &Published,
    found: &mut Attribution,
) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for name in site.metrics.keys().filter(|name| old.metric(name).is_none()) {
        found
            .not_compared
            .push(not_compared(&cut(name), "the site shows it, and the base does not compute it"));
    }
    for (id, _) in report::kpis(old) {
        let before = &old[id].name;
        if !site.metrics.contains_key(before) {
            found.not_compared.push(not_compared(before, "the site does not show it"));
            continue;
        }
        let now = renamed.iter().find(|(_, was)| *was == before);
        let name = now.map_or(before, |(now, _)| now);
        let counterpart = match new {
            None => Err("the head has mistakes".to_owned()),
            Some(new) => match new.metric(name) {
                None => Err("the head does not compute it".to_owned()),
                Some(other) if new[other].grain != old[id].grain => {
                    Err("that of the head is of another length of time".to_owned())
                }
                Some(other) => Ok(other),
            },
        };
        let print = |model: &Model, id| canonical::definitions(model, id).fingerprint();
        let is_same = counterpart
            .as_ref()
            .is_ok_and(|other| new.is_some_and(|new| print(new, *other) == print(old, id)));
        pairs.push(Pair {
            name: name.clone(),
            before: before.clone(),
            old: id,
            new: counterpart,
            is_same,
        });
    }
    pairs
}

type Asked<'v> = (&'v milepost_engine::Engine, &'v Model);

/// The whole of each metric.
fn plain<'v>(
    side: Asked<'v>,
    metrics: &[MetricId],
    as_of: Option<AsOf>,
) -> Result<Result<Computed<'v>, Box<Diagnostic>>, Error> {
    compute(side, metrics, &vec![Vec::new(); metrics.len()], as_of)
}

fn nothing(mut found: Attribution, pairs: &[Pair], side: &str, told: &Diagnostic) -> Attribution {
    let why = format!("the data of the {side} can't be used: {}", told.message);
    found.not_compared.extend(pairs.iter().map(|pair| not_compared(&pair.before, &why)));
    found
}

/// One metric by both versions.
struct Sides<'a> {
    old: &'a Computed<'a>,
    new: Option<&'a Computed<'a>>,
    pair: &'a Pair,
}

impl Sides<'_> {
    fn three(
        &self,
        metric: &PublishedMetric,
        (before, after): (&[Series], Option<&Vec<Series>>),
        times: &Times,
    ) -> Three {
        let old = shown_by(self.old.model, self.pair.old);
        let base = compare::figures(self.old.model, before.first(), &old);
        let head = match (&self.pair.new, self.new, after) {
            (Ok(id), Some(new), Some(after)) => {
                let new_model = new.model;
                let new = shown_by(new_model, *id);
                Some(compare::figures(new_model, after.first(), &new))
            }
            (Ok(_), _, None) if self.pair.is_same => Some(base.clone()),
            _ => None,
        };
        Three::of(&metric.figures, base, head, times, &old)
    }

    fn attributed(
        &self,
        metric: &PublishedMetric,
        three: &Three,
        ignore_below: Option<f64>,
    ) -> Attributed {
        let own = canonical::definitions(self.old.model, self.pair.old);
        let is_known = own.fingerprint().to_string() == metric.fingerprint;
        let mut found = three.attributed(ignore_below);
        found.name.clone_from(&self.pair.name);
        found.published_as = (self.pair.before != self.pair.name).then(|| self.pair.before.clone());
        found.no_head = self.pair.new.as_ref().err().cloned();
        if !is_known {
            found.cause = Cause::Unknown;
            found.other_texts = other_texts(metric, &own);
            found.is_of_head = self.head_fingerprint().is_some_and(|own| own == metric.fingerprint);
        }
        found
    }

    fn head_fingerprint(&self) -> Option<String> {
        let (id, new) = (self.pair.new.as_ref().ok()?, self.new?);
        Some(canonical::definitions(new.model, *id).fingerprint().to_string())
    }
}

/// How the numbers of a metric are shown.
fn shown_by(model: &Model, id: MetricId) -> impl Fn(f64) -> String {
    move |value| shown(model, id, value)
}

/// The names of the texts that are not the same.
fn other_texts(metric: &PublishedMetric, own: &canonical::Definitions) -> Vec<String> {
    let mut names = Vec::new();
    if metric.text != own.metric {
        names.push("the metric itself".to_owned());
    }
    let all: std::collections::BTreeSet<&String> =
        metric.reads.keys().chain(own.reads.keys()).collect();
    let others = all.into_iter().filter(|name| metric.reads.get(*name) != own.reads.get(*name));
    names.extend(others.map(|name| cut(name)));
    names
}
