//! Everything that a journey says of each member, for the story of one of them.

use super::Journey;
use milepost_syntax::ast::{Expr, FormSpec, ListColumnSpec, ListSpec, MetricSpec, OrderSpec};

/// What follows the name of the journey.
pub(crate) const STORY: &str = "story";

/// The columns about the journey itself, where the journey has them.
const OWN: [&str; 8] =
    ["started_at", "stage", "state", "reason", "next", "next_due", "days_left", "days"];

impl Journey<'_> {
    /// A list of all members with the days of every stage and milestone, and the value behind each milestone.
    pub(super) fn story(&self) -> MetricSpec {
        let prefix = format!("{}.", self.spec.name.node);
        let said = |name: &str| {
            self.named.made.iter().any(|made| made.name.node == format!("{prefix}{name}"))
        };
        let column = |name: String, value: Expr| ListColumnSpec {
            name: self.named.write().at(name),
            named: true,
            value,
        };
        let read = |name: &str| {
            let parts: Vec<&str> = name.split('.').collect();
            column(name.to_owned(), self.named.read(&parts).0)
        };
        let mut columns: Vec<ListColumnSpec> =
            OWN.iter().filter(|name| said(name)).map(|name| read(name)).collect();
        for stage in &self.spec.stages {
            let days = ["entered_at", "left_at"].map(|what| format!("{}.{what}", stage.name.node));
            columns.extend(days.iter().filter(|name| said(name)).map(|name| read(name)));
        }
        for (_, milestone) in self.spec.milestones() {
            let days = ["reached_at", "due_at", "holds", "value"]
                .map(|what| format!("{}.{what}", milestone.name.node));
            columns.extend(days.iter().filter(|name| said(name)).map(|name| read(name)));
        }
        let name = self.named.write().at(format!("{prefix}{STORY}"));
        let list = ListSpec {
            is_journey: true,
            ..ListSpec::of_everybody(
                (name.clone(), self.spec.span),
                self.named.of.clone(),
                OrderSpec { descending: true, column: read("started_at") },
                columns,
            )
        };
        let form = FormSpec::List(Box::new(list));
        let metric =
            MetricSpec::of(name, self.spec.span, milepost_syntax::ast::Meta::default(), form);
        MetricSpec { owner: Some(self.spec.name.clone()), ..metric }
    }
}
