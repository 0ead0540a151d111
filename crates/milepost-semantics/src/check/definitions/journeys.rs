//! Journeys as readers see them. What they say of members was checked with the segments.

use super::metric::words;
use crate::check::Checker;
use crate::expand::{STORY, label};
use crate::model::{Journey, JourneyStage, MetricId, Milestone, SegmentRule, Type};
use crate::resolve::meta;
use milepost_syntax::ast::{
    Duration, JourneySpec, LengthSpec, MilestoneSpec, Package, SegmentSpec, StageSpec, StuckSpec,
};
use milepost_syntax::span::Spanned;
use milepost_syntax::{print_duration, print_expr};

/// How the names of days end on which milestones are due by the data.
const DUE: &str = ".due_by_data";

impl Checker<'_, '_> {
    /// The journeys of a project in which nothing is wrong.
    pub(crate) fn journeys(&self) -> Vec<Journey> {
        let package = self.resolved.package;
        package.journeys.iter().filter_map(|spec| self.journey(package, spec)).collect()
    }

    /// The day on which a milestone is due lies ahead, so the columns that it comes from are plans.
    pub(super) fn deadline(&mut self, spec: &SegmentSpec, rule: &SegmentRule) {
        let SegmentRule::Value(value) = rule else { return };
        // A component of a score may have that name too.
        let of_journey = spec.derived.as_ref().is_some_and(|derived| derived.since.is_some());
        if !of_journey || !spec.name.node.ends_with(DUE) {
            return;
        }
        let mut found = Vec::new();
        value.each_source(&mut |named, path| {
            let column = &self.dataset(path.dataset)[path.column];
            if matches!(column.ty, Type::Date | Type::Timestamp) {
                let name = Spanned::new(column.name.clone(), named.span);
                found.push((name, (path.dataset, path.column)));
            }
        });
        for (name, place) in found {
            self.is_planned(&name, place, "the time to a milestone");
        }
    }

    fn journey(&self, package: &Package, spec: &JourneySpec) -> Option<Journey> {
        let names = &self.resolved.names;
        let metric = |name: &str| names.metric(&format!("{}.{name}", spec.name.node));
        let stage = |stage: &StageSpec| stage_of(stage, &metric);
        Some(Journey {
            name: spec.name.node.clone(),
            meta: meta(&spec.meta),
            question: words(&spec.question),
            span: spec.name.span,
            definition: spec.span,
            of: names.entity(&spec.of.as_ref()?.node)?,
            starts: spec.starts.as_ref()?.node.clone(),
            ends: spec.ends.as_ref().map(|ends| ends.node.clone()),
            metric: names
                .metric(&spec.name.node)
                .filter(|id| package.metrics[id.0].owner.is_some())?,
            story: metric(STORY)?,
            focus: spec.focus.as_ref().map(|focus| focus.node.clone()),
            stages: spec.stages.iter().map(stage).collect::<Option<_>>()?,
        })
    }
}

fn stage_of(spec: &StageSpec, metric: &dyn Fn(&str) -> Option<MetricId>) -> Option<JourneyStage> {
    let milestone = |spec: &MilestoneSpec| milestone_of(spec, metric);
    Some(JourneyStage {
        name: spec.name.node.clone(),
        label: label(&spec.name, spec.label.as_ref()),
        question: words(&spec.question),
        enter: spec.enter.as_ref().map(print_expr),
        exit: spec.exit.as_ref().map(print_expr),
        ready: spec.ready.as_ref().map(print_expr),
        stuck: spec.stuck.as_ref().and_then(stuck),
        milestones: spec.milestones.iter().map(milestone).collect::<Option<_>>()?,
        lost: metric(&format!("{}.lost", spec.name.node)),
    })
}

fn milestone_of(
    spec: &MilestoneSpec,
    metric: &dyn Fn(&str) -> Option<MetricId>,
) -> Option<Milestone> {
    let name = &spec.name.node;
    let due = spec.due.as_ref().map(print_expr);
    let within = spec.within.as_ref().map(length);
    let due = match (due, within) {
        (Some(due), Some(within)) => Some(format!("on {due}, else within {within}")),
        (Some(due), None) => Some(format!("on {due}")),
        (None, within) => within.map(|within| format!("within {within}")),
    };
    Some(Milestone {
        name: name.clone(),
        label: label(&spec.name, spec.label.as_ref()),
        reached: spec.reached.as_ref().map(print_expr)?,
        due,
        in_time: metric(&format!("{name}.in_time")),
        time: metric(&format!("{name}.time"))?,
    })
}

fn stuck(spec: &StuckSpec) -> Option<String> {
    let after = format!("after {}", length(spec.after.as_ref()?));
    Some(match &spec.without_progress {
        None => after,
        Some(idle) => {
            format!("{after}, when nothing was reached for {}", print_duration(&idle.node))
        }
    })
}

/// `30 days (enterprise: 90 days)`
fn length(spec: &LengthSpec) -> String {
    let one = |(value, length): &(Spanned<String>, Spanned<Duration>)| {
        format!("{}: {}", value.node, print_duration(&length.node))
    };
    let by: Vec<String> = spec.by.iter().flat_map(|(_, values)| values.iter().map(one)).collect();
    let default = spec.default.as_ref().map(|length| print_duration(&length.node));
    match (default, by.is_empty()) {
        (Some(default), true) => default,
        (Some(default), false) => format!("{default} ({})", by.join(", ")),
        (None, _) => by.join(", "),
    }
}
