//! Where an expression stands: which words it needs depends on it.

use super::words::span_words;
use crate::model::{Aggregate, DatasetId, Metric, Model, RowExpr, plural, singular};
use crate::time::Grain;
use milepost_syntax::ast::Duration;
use milepost_syntax::span::Span;

/// What words are made from, and where.
#[derive(Clone)]
pub(super) struct Words<'m> {
    pub(super) model: &'m Model,
    /// The whole definition that is described: its `where` has a sentence of its own.
    definition: Option<Span>,
    pub(super) bucket: Bucket,
    /// The rows whose values the expression is made of.
    pub(super) rows: Option<Rows<'m>>,
}

/// The rows that an expression is about.
#[derive(Clone)]
pub(super) struct Rows<'m> {
    pub(super) dataset: DatasetId,
    pub(super) on: Option<&'m RowExpr>,
    /// One of them: `touch`, `account`.
    pub(super) one: String,
}

/// The time that a part of a value is about.
#[derive(Clone)]
pub(super) struct Bucket {
    /// `the month`, `the previous month`, `that day`.
    pub(super) name: String,
    /// `month`.
    pub(super) grain: &'static str,
    /// What follows the name of a metric there: nothing, ` in the previous month`, ` 12 months earlier`.
    pub(super) after_metric: String,
}

impl<'m> Words<'m> {
    /// In the value of a metric.
    pub(super) fn of_metric(model: &'m Model, metric: &Metric, grain: Grain) -> Self {
        let name = format!("the {}", grain.name());
        let bucket = Bucket { name, grain: grain.name(), after_metric: String::new() };
        Self { model, definition: Some(metric.definition), bucket, rows: None }
    }

    /// In the value of a metric that it names, in the same buckets.
    pub(super) fn of_another(&self, metric: &Metric) -> Self {
        Self { definition: Some(metric.definition), rows: None, ..self.clone() }
    }

    /// In the condition of a segment, which is evaluated at the end of each day.
    pub(super) fn of_each_day(&self) -> Self {
        Self::of_day(self.model)
    }

    /// In something that is evaluated at the end of each day.
    pub(super) fn of_day(model: &'m Model) -> Self {
        let bucket =
            Bucket { name: "that day".to_owned(), grain: "day", after_metric: String::new() };
        Self { model, definition: None, bucket, rows: None }
    }

    /// The same words for the rows of an aggregate.
    pub(super) fn within(&self, found: &'m Aggregate) -> Self {
        let rows =
            Rows { dataset: found.dataset, on: found.on.as_ref(), one: self.name_of_one(found) };
        Self { rows: Some(rows), ..self.clone() }
    }

    /// The same words for other rows.
    pub(super) fn about(&self, dataset: DatasetId, one: String) -> Self {
        Self { rows: Some(Rows { dataset, on: None, one }), ..self.clone() }
    }

    /// The same words about another time.
    pub(super) fn at(&self, bucket: Bucket) -> Self {
        Self { bucket, ..self.clone() }
    }

    /// What one of the rows of an aggregate is called.
    pub(super) fn name_of_one(&self, found: &Aggregate) -> String {
        let name = match (found.members, found.behavior) {
            (Some(entity), _) => self.model[entity].name.clone(),
            (None, Some(behavior)) => self.model[behavior].name.clone(),
            (None, None) => singular(&self.model[found.dataset].name),
        };
        name.replace('_', " ")
    }

    /// What the rows of an aggregate are called.
    pub(super) fn name_of_all(&self, found: &Aggregate) -> String {
        match (found.members, found.behavior) {
            (None, None) => self.model[found.dataset].name.replace('_', " "),
            _ => plural(&self.name_of_one(found)),
        }
    }

    /// The conditions that stand with an aggregate: not those of its behavior, and not the `where` of the metric that
    /// is described. Both have sentences of their own.
    pub(super) fn own_conditions<'a>(&self, found: &'a Aggregate) -> Vec<&'a RowExpr> {
        let of_behavior = found.behavior.and_then(|id| self.model[id].filter.as_ref());
        let of_behavior: Vec<Span> = of_behavior
            .into_iter()
            .flat_map(RowExpr::conjuncts)
            .map(|condition| condition.span)
            .collect();
        let conditions = found.filter.iter().flat_map(RowExpr::conjuncts);
        let own = conditions.filter(|condition| {
            !of_behavior.contains(&condition.span) && !self.is_of_metric(found, condition)
        });
        own.collect()
    }

    /// Whether a condition comes from the `where` of the metric that is described.
    pub(super) fn is_of_metric(&self, found: &Aggregate, condition: &RowExpr) -> bool {
        self.definition.is_some_and(|whole| holds(whole, condition.span))
            && !holds(found.span, condition.span)
    }
}

impl Bucket {
    /// The one before it, or that much earlier.
    pub(super) fn earlier(&self, by: Option<Duration>) -> Self {
        let nested = !self.after_metric.is_empty();
        let Self { grain, .. } = *self;
        match by {
            None => {
                let name = if nested {
                    format!("the {grain} before {}", self.name)
                } else {
                    format!("the previous {grain}")
                };
                Self { after_metric: format!(" in {name}"), grain, name }
            }
            Some(length) => {
                let one = if length.count == 1 { "one " } else { "" };
                let words = format!("{one}{} earlier", span_words(length));
                Self {
                    name: format!("{} {words}", self.name),
                    grain,
                    after_metric: format!("{} {words}", self.after_metric),
                }
            }
        }
    }

    /// A block of that unit inside it.
    pub(super) fn block(unit: &'static str) -> Self {
        Self { name: format!("that {unit}"), grain: unit, after_metric: String::new() }
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.source == inner.source && outer.start <= inner.start && inner.end <= outer.end
}
