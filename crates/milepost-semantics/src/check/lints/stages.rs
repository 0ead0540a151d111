//! KPIs of stages and milestones that no journey has.

use std::collections::BTreeSet;

use crate::check::Checker;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Spanned;
use milepost_syntax::suggest;

impl Checker<'_, '_> {
    /// Warns of labels of KPIs that name no stage and no milestone, where there are journeys.
    pub(crate) fn unknown_stages(&mut self) {
        let package = self.resolved.package;
        if package.journeys.is_empty() {
            return;
        }
        let stages = package.journeys.iter().flat_map(|journey| &journey.stages);
        let stages: BTreeSet<&str> = stages.map(|stage| stage.name.node.as_str()).collect();
        let milestones = package.journeys.iter().flat_map(|journey| journey.milestones());
        let milestones: BTreeSet<&str> =
            milestones.map(|(_, milestone)| milestone.name.node.as_str()).collect();
        for metric in package.metrics.iter().filter(|metric| !package.is_imported(metric.span)) {
            let labels = [
                ("stage", metric.stage.as_ref(), &stages),
                ("milestone", metric.milestone.as_ref(), &milestones),
            ];
            for (what, label, known) in labels {
                if let Some(label) = label.filter(|label| !known.contains(label.node.as_str())) {
                    self.diagnostics.push(unknown(what, label, known));
                }
            }
        }
    }
}

fn unknown(what: &str, label: &Spanned<String>, known: &BTreeSet<&str>) -> Diagnostic {
    let message = format!("no journey has a {what} `{}`", label.node);
    let told = Diagnostic::warning(codes::UNKNOWN_STAGE, label.span, message);
    match suggest(&label.node, known.iter().copied()) {
        Some(near) => told.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => {
            told.help(format!("add the {what} to a journey, or remove the label"))
        }
        None => {
            told.help(crate::resolve::list_of(&format!("the {what}s are"), known.iter().copied()))
        }
    }
}
