//! The members of a journey as a list: who is where, since when, and what is next.

use super::{ENDED, Journey, NOT_STARTED};
use crate::forms::term::Term;
use milepost_syntax::ast::{FormSpec, ListColumnSpec, ListSpec, MetricSpec, OrderSpec};

/// What is listed of each member, as far as the journey says it.
const COLUMNS: [&str; 12] = [
    "stage",
    "state",
    "entered_at",
    "days",
    "next",
    "missing",
    "progress",
    "next_due",
    "days_left",
    "skips",
    "regressions",
    "amount",
];

impl Journey<'_> {
    /// Whether the member is in a stage.
    pub(super) fn on_the_way(&self) -> Term {
        let outside = [NOT_STARTED, ENDED]
            .map(|name| self.named.read(&["stage"]).equals(self.named.text(name)));
        self.named.any(outside).not()
    }

    /// The metric with the name of the journey: how many members are on their way, and who they are.
    pub(super) fn members(&self) -> MetricSpec {
        let says = |name: &str| {
            let name = format!("{}.{name}", self.spec.name.node);
            self.named.made.iter().any(|made| made.name.node == name)
        };
        let column = |name: &str| ListColumnSpec {
            name: self.named.write().at(name.to_owned()),
            named: true,
            value: self.named.read(&[name]).0,
        };
        let on_the_way = self.on_the_way();
        let order = if self.spec.amount.is_some() { "amount" } else { "days" };
        let list = ListSpec {
            filter: Some(on_the_way.0),
            reason: Some(self.named.read(&["reason"]).0),
            is_journey: true,
            ..ListSpec::of_everybody(
                (self.spec.name.clone(), self.spec.span),
                self.named.of.clone(),
                OrderSpec { descending: true, column: column(order) },
                COLUMNS.iter().filter(|name| says(name)).map(|name| column(name)).collect(),
            )
        };
        let form = FormSpec::List(Box::new(list));
        let metric =
            MetricSpec::of(self.spec.name.clone(), self.spec.span, self.spec.meta.clone(), form);
        MetricSpec {
            question: self.spec.question.clone(),
            owner: Some(self.spec.name.clone()),
            slices: ["stage", "state"]
                .map(|name| self.named.write().at(format!("{}.{name}", self.spec.name.node)))
                .to_vec(),
            ..metric
        }
    }
}
