//! What must be right with a journey before anything is said of its members.

use std::collections::BTreeMap;

use milepost_syntax::ast::{Expr, ExprKind, JourneySpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Span;
use milepost_syntax::suggest;

/// What a journey says of each member, so that no stage and no milestone can have the name.
const OWN: [&str; 17] = [
    "stage",
    "state",
    "reason",
    "next",
    "next_due",
    "progress",
    "missing",
    "days",
    "days_left",
    "entered_at",
    "started_at",
    "ended_at",
    "amount",
    "skips",
    "regressions",
    "not started",
    "ended",
];

/// Whether all is right; what is not is reported.
pub(super) fn is_right(spec: &JourneySpec, diagnostics: &mut Diagnostics) -> bool {
    let before = diagnostics.counts().0;
    names(spec, diagnostics);
    exits(spec, diagnostics);
    focus(spec, diagnostics);
    shares(spec, diagnostics);
    diagnostics.counts().0 == before
}

/// Stages and milestones have names of their own, for both follow that of the journey.
fn names(spec: &JourneySpec, diagnostics: &mut Diagnostics) {
    let stages = spec.stages.iter().map(|stage| ("stage", &stage.name));
    let milestones = spec.milestones().map(|(_, milestone)| ("milestone", &milestone.name));
    let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for (what, name) in stages.chain(milestones) {
        let journey = &spec.name.node;
        if OWN.contains(&name.node.as_str()) {
            let message = format!(
                "`{journey}.{0}` is what the journey says of each member, so no {what} can be called `{0}`",
                name.node
            );
            diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DEFINITION, name.span, message)
                    .help("choose another name, and write this one under `label:`"),
            );
        }
        if let Some((other, first)) = seen.insert(&name.node, (what, name.span)) {
            let message = format!("`{journey}.{}` would be a {other} and a {what}", name.node);
            diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DEFINITION, name.span, message)
                    .also(first, format!("the {other}"))
                    .help(
                        "stages and milestones of a journey share their names: rename one of them",
                    ),
            );
        }
    }
    if spec.stages.is_empty() {
        let message = format!("the journey `{}` has no stage", spec.name.node);
        diagnostics.push(
            Diagnostic::error(codes::INVALID_VALUE, spec.name.span, message).help(
                "write its stages in their order, such as `stages: [{ stage: onboarding, exit: any(login) }, { stage: adoption }]`",
            ),
        );
    }
}

/// Whoever is in a stage must be able to leave it, but for the last.
fn exits(spec: &JourneySpec, diagnostics: &mut Diagnostics) {
    for (i, stage) in spec.stages.iter().enumerate() {
        let name = &stage.name;
        match (&stage.exit, spec.stages.get(i + 1)) {
            (None, Some(next)) if next.enter.is_none() => {
                let message =
                    format!("nothing leads from the stage `{}` to `{}`", name.node, next.name.node);
                let told = Diagnostic::error(codes::MISSING_FIELD, name.span, message);
                diagnostics.push(told.also(next.name.span, "the next stage").help(format!(
                    "add `exit:` to `{}` with one of its milestones or a condition, or `enter:` to `{}`",
                    name.node, next.name.node
                )));
            }
            (Some(exit), None) => {
                let message =
                    format!("`{}` is the last stage, and nothing comes after its exit", name.node);
                diagnostics.push(
                    Diagnostic::error(codes::INVALID_VALUE, exit.span, message)
                        .help("remove `exit:`, or add the stage that it leads to"),
                );
            }
            _ => {}
        }
        if spec.exit_milestone(stage).is_none() {
            unknown_milestone(spec, stage.exit.as_ref(), diagnostics);
        }
    }
}

/// A single name that is nearly that of a milestone.
fn unknown_milestone(spec: &JourneySpec, exit: Option<&Expr>, diagnostics: &mut Diagnostics) {
    let Some(Expr { kind: ExprKind::Path(path), span }) = exit else { return };
    let [name] = path.as_slice() else { return };
    let milestones = spec.milestones().map(|(_, milestone)| milestone.name.node.as_str());
    if let Some(near) = suggest(&name.node, milestones) {
        let message =
            format!("`{}` is no milestone of the journey `{}`", name.node, spec.name.node);
        let told = Diagnostic::error(codes::UNKNOWN_NAME, *span, message);
        diagnostics.push(told.help(format!("did you mean `{near}`?")));
    }
}

fn focus(spec: &JourneySpec, diagnostics: &mut Diagnostics) {
    let Some(focus) = &spec.focus else { return };
    let names = || spec.milestones().map(|(_, milestone)| milestone.name.node.as_str());
    if names().any(|name| name == focus.node) {
        return;
    }
    let message = format!("`{}` is no milestone of the journey `{}`", focus.node, spec.name.node);
    let told = Diagnostic::error(codes::UNKNOWN_NAME, focus.span, message);
    diagnostics.push(match suggest(&focus.node, names()) {
        Some(near) => told.help(format!("did you mean `{near}`?")),
        None => told.help(crate::resolve::list_of("its milestones are", names())),
    });
}

/// Shares are percentages between nothing and all.
fn shares(spec: &JourneySpec, diagnostics: &mut Diagnostics) {
    let targets = spec.milestones().filter_map(|(_, milestone)| milestone.target.as_ref());
    for share in targets.chain(&spec.at_risk) {
        let value = match &share.kind {
            ExprKind::Percent(value) => Some(value.to_f64()),
            ExprKind::Error => continue,
            _ => None,
        };
        if value.is_none_or(|value| !(0.0..=100.0).contains(&value)) {
            let message = "this is a share, from 0% to 100%";
            diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, share.span, message)
                    .help("write for example `75%`"),
            );
        }
    }
}

/// Of one entity, a stage or milestone is part of one journey alone: KPIs name it without the journey.
pub(in crate::expand) fn shared_names(journeys: &[JourneySpec], diagnostics: &mut Diagnostics) {
    type Place<'s> = (&'s JourneySpec, Span);
    let mut seen: BTreeMap<(&str, &str, &str), Place<'_>> = BTreeMap::new();
    for spec in journeys {
        let Some(of) = &spec.of else { continue };
        let stages = spec.stages.iter().map(|stage| ("stage", &stage.name));
        let milestones = spec.milestones().map(|(_, milestone)| ("milestone", &milestone.name));
        for (what, name) in stages.chain(milestones) {
            let place = seen.entry((&of.node, what, &name.node)).or_insert((spec, name.span));
            let (other, first) = *place;
            if other.span == spec.span {
                continue;
            }
            let message = format!(
                "`{0}` is a {what} of the journeys `{1}` and `{2}` of `{3}`, and `{what}: {0}` of a KPI could be either",
                name.node, other.name.node, spec.name.node, of.node
            );
            diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DEFINITION, name.span, message)
                    .also(first, format!("the {what} of `{}`", other.name.node))
                    .help("rename one of them; readers may see the same words in both by `label:`"),
            );
        }
    }
}
