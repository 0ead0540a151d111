//! What the numbers do: the same data, computed by both versions of a definition.

pub(in crate::review) mod apart;
mod segments;
mod sentences;
mod series;
mod who;

use milepost_engine::{Data, Engine};
use milepost_plan::request::Request;
use milepost_plan::results::Series;
use milepost_semantics::diff::{Changed, Changes, Level};
use milepost_semantics::model::{MetricId, Model};
use milepost_semantics::time::AsOf;
use milepost_site::page::ReviewSeries;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use serde::Serialize;

pub use segments::{GroupSize, Moved, SegmentFigures};
pub(super) use sentences::{of_metric, of_segment};
pub use series::{Figure, Flip, Point, SliceFigures};
pub use who::{Deciding, Member, Who, Witness};

use super::Version;
use crate::error::Error;
use crate::{report, steps};
use series::Comparison;

/// The figures of all metrics that are different, by both versions.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Figures {
    /// The day or instant up to which the data was used, the same for both.
    pub as_of: String,
    pub metrics: Vec<MetricFigures>,
    /// The members of segments that are different, at the as-of.
    pub segments: Vec<SegmentFigures>,
    /// Metrics that can't be compared, and why.
    pub not_compared: Vec<NotCompared>,
    /// Changes below this share of the old figure are counted, and not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_below: Option<f64>,
}

/// A metric whose figures can't be compared.
#[derive(Clone, Debug, Serialize)]
pub struct NotCompared {
    pub name: String,
    pub why: String,
}

/// The figures of one metric, by both versions.
#[derive(Clone, Debug, Serialize)]
pub struct MetricFigures {
    pub name: String,
    /// How many buckets of the whole were compared, and in how many the figures differ.
    pub buckets: usize,
    pub differing: usize,
    /// Of those, in how many by less than what is ignored.
    pub hidden: usize,
    /// The first bucket in which they differ, and that in which they differ most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<Point>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest: Option<Point>,
    /// The last bucket that is complete, whether it differs or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub headline: Option<Point>,
    /// Complete buckets in which the goal is reached by one version alone.
    pub verdicts: Vec<Flip>,
    pub slices: Vec<SliceFigures>,
    /// Who makes the difference, in the bucket in which it is largest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub who: Option<Who>,
    /// The whole by both versions, for its chart.
    #[serde(skip)]
    pub drawn: ReviewSeries,
}

impl MetricFigures {
    /// Whether no figure that was computed is another one.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.differing == 0
            && self.verdicts.is_empty()
            && self.slices.iter().all(|s| s.differing == 0)
    }
}

/// One version with its data.
pub(super) struct Computed<'v> {
    pub(super) model: &'v Model,
    engine: &'v Engine,
    pub(super) data: Data,
    /// Of each metric that was asked: its whole, then its slices.
    pub(super) series: Vec<Vec<Series>>,
}

/// Computes what is different by both versions. `as_of`: absent, that of the head.
///
/// # Errors
/// When the engine fails.
pub(super) fn figures(
    (base, head): (&Version, &Version),
    changes: &Changes,
    as_of: Option<AsOf>,
    ignore_below: Option<f64>,
) -> Result<Figures, Error> {
    let mut figures = Figures { ignore_below, ..Figures::default() };
    let (Some(old), Some(new)) = (&base.model, &head.model) else {
        let why = "one of the two versions has mistakes";
        figures.not_compared.extend(names(changes).map(|name| not_compared(name, why)));
        return Ok(figures);
    };
    let mut pairs = Vec::new();
    for changed in asked(changes) {
        match pair(old, new, changed) {
            Ok(pair) => pairs.push(pair),
            Err(why) => figures.not_compared.push(not_compared(&changed.subject.name, why)),
        }
    }
    let sides = |side: fn(&Pair) -> MetricId| pairs.iter().map(side).collect::<Vec<_>>();
    let dimensions: Vec<Vec<String>> = pairs.iter().map(|pair| pair.by.clone()).collect();
    let new = match compute((&*head.engine, new), &sides(|pair| pair.new), &dimensions, as_of)? {
        Ok(computed) => computed,
        Err(told) => return Ok(nothing(figures, &pairs, "head", &told)),
    };
    // By the same data: what the base says of the as-of is no difference of a definition.
    let as_of = new.data.as_of();
    figures.as_of = new.model.project.calendar.show_as_of(as_of);
    figures.segments = segments::segments((base, head), (old, new.model), changes, as_of)?;
    let old = (&*base.engine, old);
    let old = match compute(old, &sides(|pair| pair.old), &dimensions, Some(as_of))? {
        Ok(computed) => computed,
        Err(told) => return Ok(nothing(figures, &pairs, "base", &told)),
    };
    for (at, pair) in pairs.iter().enumerate() {
        let comparison = Comparison { old: &old, new: &new, pair, ignore_below };
        let (mut found, largest) = comparison.compare(&old.series[at], &new.series[at]);
        if let Some(bucket) = largest {
            found.who = who::who(&old, &new, pair, bucket)?;
        }
        figures.metrics.push(found);
    }
    Ok(figures)
}

pub(super) fn not_compared(name: &str, why: &str) -> NotCompared {
    NotCompared { name: name.to_owned(), why: why.to_owned() }
}

fn names(changes: &Changes) -> impl Iterator<Item = &str> {
    asked(changes).map(|changed| changed.subject.name.as_str())
}

/// The metrics whose figures may be other ones.
fn asked(changes: &Changes) -> impl Iterator<Item = &Changed> {
    let may_differ = |changed: &&Changed| {
        let own = changed.own.iter().any(|change| {
            change.level > Level::Cosmetic
                && matches!(
                    change.rule,
                    "formula" | "headline" | "approximate" | "target" | "direction" | "min-sample"
                )
        });
        changed.subject.kind.is_metric() && (own || !changed.derived.is_empty())
    };
    changes.changed.iter().filter(may_differ)
}

/// A metric on both sides.
struct Pair {
    name: String,
    old: MetricId,
    new: MetricId,
    /// The dimensions by which both are sliced, by name.
    by: Vec<String>,
}

fn pair(old: &Model, new: &Model, changed: &Changed) -> Result<Pair, &'static str> {
    let name = &changed.subject.name;
    let before = changed.renamed_from.as_ref().unwrap_or(name);
    let Some((old_id, new_id)) = old.metric(before).zip(new.metric(name)) else {
        return Err("only one of the two versions computes it");
    };
    if old[old_id].grain != new[new_id].grain {
        return Err("the two versions are of other lengths of time");
    }
    let dimensions = |model: &Model, id: MetricId| -> Vec<String> {
        model[id].slices.iter().map(|by| model[*by].name.clone()).collect()
    };
    let others = dimensions(old, old_id);
    let by = dimensions(new, new_id).into_iter().filter(|name| others.contains(name)).collect();
    Ok(Pair { name: name.clone(), old: old_id, new: new_id, by })
}

/// Nothing can be compared: the data of one side can't be read.
fn nothing(mut figures: Figures, pairs: &[Pair], side: &str, told: &Diagnostic) -> Figures {
    let why = format!("the data of the {side} can't be used: {}", told.message);
    figures.not_compared.extend(pairs.iter().map(|pair| not_compared(&pair.name, &why)));
    figures
}

pub(super) fn compute<'v>(
    (engine, model): (&'v Engine, &'v Model),
    metrics: &[MetricId],
    by: &[Vec<String>],
    as_of: Option<AsOf>,
) -> Result<Result<Computed<'v>, Box<Diagnostic>>, Error> {
    let mut requests = Vec::new();
    let mut counts = Vec::new();
    for (metric, by) in metrics.iter().zip(by) {
        requests.push(Request::total(model, *metric));
        let dimensions = by.iter().filter_map(|name| model.dimension(name));
        let slices: Vec<Request> =
            dimensions.map(|by| Request::sliced(model, *metric, by)).collect();
        counts.push(1 + slices.len());
        requests.extend(slices);
    }
    let mut diagnostics = Diagnostics::default();
    let as_of = as_of.or_else(|| model.project.as_of());
    let data = steps::open(engine, model, as_of, &requests, false, &mut diagnostics);
    let Some(data) = data.filter(|_| !diagnostics.has_errors()) else {
        let told = diagnostics.sorted().first().map(|told| Box::new((**told).clone()));
        let lost = || Box::new(Error::Internal("no data and no reason".to_owned()).diagnostic());
        return Ok(Err(told.unwrap_or_else(lost)));
    };
    let all = match steps::run(engine, model, &data, &requests) {
        Ok(all) => all,
        Err(Error::Told(told)) => return Ok(Err(told)),
        Err(error) => return Err(error),
    };
    let mut all = all.into_iter();
    let series = counts.into_iter().map(|count| all.by_ref().take(count).collect()).collect();
    Ok(Ok(Computed { model, engine, data, series }))
}

/// A number as its page shows it.
pub(super) fn shown(model: &Model, metric: MetricId, value: f64) -> String {
    let display = report::display_page(&model[metric].headline().display);
    milepost_site::format::Formatter::new(&display, std::iter::once(value)).sentence(value)
}
