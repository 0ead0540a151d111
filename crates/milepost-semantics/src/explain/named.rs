//! What a definition names: metrics, behaviors and segments, each in a sentence of its own.

use std::collections::BTreeSet;

use super::context::Words;
use super::rows::segment_name;
use super::score;
use super::values;
use super::words::sentence;
use crate::model::{
    Aggregate, BehaviorId, Metric, MetricId, Model, PartId, RowExpr, RowKind, SegmentId,
    SegmentRule, ValueExpr, ValueKind, plural,
};

/// A line for each metric that stands by its name in what was reported so far, each once.
pub(super) fn metrics(words: &Words<'_>, id: MetricId, lines: &mut Vec<String>) {
    let mut reported = BTreeSet::from([(id, words.model[id].headline)]);
    let parts = &words.model[id].parts;
    parts.iter().for_each(|part| named_metrics(words, &part.value, &mut reported, lines));
}

fn named_metrics(
    words: &Words<'_>,
    value: &ValueExpr,
    reported: &mut BTreeSet<(MetricId, PartId)>,
    lines: &mut Vec<String>,
) {
    let model = words.model;
    if let ValueKind::Metric { metric, part, value: inner } = &value.kind
        && values::as_defined(model, *metric, *part, inner)
        && reported.insert((*metric, described(&model[*metric], *part)))
    {
        let own = &model[*metric];
        let name = values::metric_name(model, *metric, described(own, *part));
        let words = words.of_another(own);
        if own.shape.has_words() {
            lines.push(format!("What follows is said of {name}."));
            lines.extend(own.words.iter().cloned());
        } else {
            lines.push(format!("There, {name} is {}.", words.value(&own[*part].value)));
        }
        if let Some(filter) = filter(&words, own) {
            lines.push(format!("In {name}, only rows where {filter} count."));
        }
    }
    value.each_child(&mut |child| named_metrics(words, child, reported, lines));
}

/// The part that is described for one that is named: where the form has words for all parts, they are printed once.
fn described(metric: &Metric, part: PartId) -> PartId {
    if metric.shape.has_words() { metric.headline } else { part }
}

/// The `where` of a metric in words.
pub(super) fn filter(words: &Words<'_>, metric: &Metric) -> Option<String> {
    let text = metric.filter_text.as_ref()?;
    let mut aggregates: Vec<&Aggregate> = Vec::new();
    metric.each_aggregate(&mut |found| aggregates.push(found));
    // The condition is the same in each of them, whichever way leads to the dimension.
    let in_words = aggregates.iter().find_map(|found| {
        let conditions = found.filter.iter().flat_map(RowExpr::conjuncts);
        let of_metric: Vec<&RowExpr> =
            conditions.filter(|condition| words.is_of_metric(found, condition)).collect();
        (!of_metric.is_empty()).then(|| words.within(found).all_of(&of_metric))
    });
    Some(in_words.unwrap_or_else(|| format!("`{text}`")))
}

/// A line for each behavior and segment that a value names, also inside each other.
pub(super) fn behaviors_and_segments(
    words: &Words<'_>,
    named: &Named<'_>,
    lines: &mut Vec<String>,
) {
    lines.extend(named.behaviors.iter().map(|id| behavior(words, *id)));
    let mut scores: BTreeSet<&str> = BTreeSet::new();
    for id in &named.segments {
        let owner = words.model[*id].owner.as_deref();
        match owner.and_then(|owner| words.model.score(owner)) {
            // All that it says of members is described together.
            Some(found) if scores.insert(&found.name) => lines.extend(score::score(words, found)),
            Some(_) => {}
            None => lines.push(segment(words, *id)),
        }
    }
    lines.extend(named.journeys.iter().map(|name| of_journey(name)));
}

fn of_journey(name: &str) -> String {
    format!(
        "What `{name}` says of each member has a definition of its own: `milepost explain {name}`."
    )
}

/// The journey that a segment is part of.
fn journey_of(model: &Model, segment: SegmentId) -> Option<&str> {
    Some(&model.journey(model[segment].owner.as_ref()?)?.name)
}

/// The same of a segment itself, whose own line comes first.
pub(super) fn segment_and_others(words: &Words<'_>, id: SegmentId) -> Vec<String> {
    if let Some(journey) = journey_of(words.model, id) {
        return vec![of_journey(journey)];
    }
    let mut named = Named { segments: vec![id], ..Named::default() };
    words.model[id].exprs().for_each(|expr| named.add_row(words.model, expr));
    named.segments.remove(0);
    let mut lines = vec![segment(words, id)];
    behaviors_and_segments(words, &named, &mut lines);
    lines
}

/// Whatever a value is made of, also inside aggregates and in the segments that it names, in the order in which it is met.
#[derive(Default)]
pub(super) struct Named<'m> {
    behaviors: Vec<BehaviorId>,
    segments: Vec<SegmentId>,
    /// Of which values are read.
    journeys: BTreeSet<&'m str>,
    pub(super) aggregates: Vec<&'m Aggregate>,
}

impl<'m> Named<'m> {
    pub(super) fn of(model: &'m Model, metric: &'m Metric) -> Self {
        let mut named = Self::default();
        metric.each_aggregate(&mut |found| named.add_aggregate(model, found));
        named
    }

    /// Without what a score says of members.
    pub(super) fn without_score(mut self, model: &Model, score: &str) -> Self {
        self.segments.retain(|id| model[*id].owner.as_deref() != Some(score));
        self
    }

    fn add_aggregate(&mut self, model: &'m Model, found: &'m Aggregate) {
        if let Some(id) = found.behavior
            && !self.behaviors.contains(&id)
        {
            self.behaviors.push(id);
        }
        self.aggregates.push(found);
        found.exprs().chain(&found.listed).for_each(|expr| self.add_row(model, expr));
    }

    fn add_row(&mut self, model: &'m Model, expr: &'m RowExpr) {
        match &expr.kind {
            RowKind::Inner(inner) => self.add_aggregate(model, &inner.aggregate),
            RowKind::Segment(found) if journey_of(model, found.segment).is_some() => {
                self.journeys.extend(journey_of(model, found.segment));
            }
            RowKind::Segment(found) if !self.segments.contains(&found.segment) => {
                self.segments.push(found.segment);
                model[found.segment].exprs().for_each(|expr| self.add_row(model, expr));
            }
            _ => {}
        }
        expr.each_child(&mut |child| self.add_row(model, child));
    }
}

/// `Logins are events where name is 'login'.`
fn behavior(words: &Words<'_>, id: BehaviorId) -> String {
    let found = &words.model[id];
    let dataset = words.model[found.dataset].name.replace('_', " ");
    let one = found.name.replace('_', " ");
    let conditions = found.filter.as_ref().map(RowExpr::conjuncts).unwrap_or_default();
    let which = if conditions.is_empty() {
        String::new()
    } else {
        format!(" where {}", words.about(found.dataset, one.clone()).all_of(&conditions))
    };
    sentence(&format!("{} are {dataset}{which}", plural(&one)))
}

/// `In the segment “power users” are users where …, evaluated at the end of each day.`
fn segment(words: &Words<'_>, id: SegmentId) -> String {
    let found = &words.model[id];
    let name = segment_name(words.model, id);
    let one = words.model[found.of].name.replace('_', " ");
    let several = plural(&one);
    let day = words.of_each_day().about(found.members, one.clone());
    let rule = match &found.rule {
        SegmentRule::Where(condition) => {
            format!(
                "The segment {name} contains {several} where {}",
                day.all_of(&condition.conjuncts())
            )
        }
        SegmentRule::Bands(bands) => {
            let bands = bands.iter().map(|band| match &band.condition {
                Some(condition) => format!("“{}” if {}", band.name, day.row(condition)),
                None => format!("“{}” otherwise", band.name),
            });
            format!(
                "The segment {name} divides {several} by the first condition that holds: {}",
                bands.collect::<Vec<_>>().join(", ")
            )
        }
        SegmentRule::Value(value) => format!("{name} of the {one} is {}", day.row(value)),
        SegmentRule::FirstDay { since, condition } => format!(
            "{name} of the {one} is the first day, from {} on, at whose end {}",
            day.row(since),
            day.row(condition)
        ),
        SegmentRule::OnDay { day: on, value } => {
            format!(
                "{name} of the {one} is {}, as it was at the end of {}",
                day.row(value),
                day.row(on)
            )
        }
        SegmentRule::Rank { value, among } => format!(
            "{name} of the {one} is where {} stands, from 0 to 100, among {several} with the same {}",
            day.row(value),
            day.row(among)
        ),
    };
    format!("{rule}; it is evaluated at the end of each day.")
}
