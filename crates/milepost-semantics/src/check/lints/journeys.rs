//! Journeys that mean something and probably not what was meant: stages that nobody is ever ready to leave, milestones
//! that are reached by having nothing, milestones that no KPI names.
//!
//! The journeys of packages are left out: whoever uses one can't change it.

use std::collections::BTreeSet;

use crate::check::Checker;
use crate::check::aggregates::inner::conjuncts;
use milepost_syntax::ast::{
    Aggregate, AggregateFunction, BinaryOp, Decimal, Expr, ExprKind, JourneySpec, StageSpec,
    UnaryOp,
};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::{codes, print_expr};

impl Checker<'_, '_> {
    /// Warns of what in the project's own journeys can hardly be meant.
    pub(crate) fn doubtful_journeys(&mut self) {
        let package = self.resolved.package;
        let named: BTreeSet<&str> = package
            .metrics
            .iter()
            .filter_map(|metric| Some(metric.milestone.as_ref()?.node.as_str()))
            .collect();
        for spec in package.journeys.iter().filter(|spec| !package.is_imported(spec.span)) {
            let ready =
                spec.stages_before_others().iter().filter_map(|stage| never_ready(spec, stage));
            let nothing = conditions(spec).flat_map(true_of_nothing);
            let alone = without_kpi(spec, &named).filter(|_| !named.is_empty());
            ready.chain(nothing).chain(alone).for_each(|told| self.diagnostics.push(told));
        }
    }
}

/// Where whoever is ready for the next stage has entered it already.
fn never_ready(spec: &JourneySpec, stage: &StageSpec) -> Option<Diagnostic> {
    let milestone = spec.exit_milestone(stage);
    let leaves = match milestone {
        Some((_, own)) => own.reached.as_ref()?,
        None => stage.exit.as_ref()?,
    };
    let (span, what) = match &stage.ready {
        Some(ready) if print_expr(ready) == print_expr(leaves) => {
            (ready.span, "its `ready:` is the condition of its exit".to_owned())
        }
        Some(_) => return None,
        None => {
            let (_, own) = milestone.filter(|(of, _)| of.name.node == stage.name.node)?;
            (
                stage.name.span,
                format!(
                    "without `ready:`, ready is who has reached all of its milestones, and `{}` leads out of it",
                    own.name.node
                ),
            )
        }
    };
    let message = format!("nobody is ever ready to leave the stage `{}`: {what}", stage.name.node);
    Some(Diagnostic::warning(codes::NEVER_READY, span, message).help(
        "add `ready:` with a condition that holds a little before the exit does; it is what lists and tiles call ready",
    ))
}

/// The conditions of a journey.
fn conditions(spec: &JourneySpec) -> impl Iterator<Item = &Expr> {
    let reached = spec.milestones().filter_map(|(_, own)| own.reached.as_ref());
    let stages = spec.stages.iter();
    reached
        .chain(stages.flat_map(|stage| stage.enter.iter().chain(&stage.exit).chain(&stage.ready)))
}

/// The parts of a condition that say that no row is otherwise, where no part says that there is a row.
fn true_of_nothing(condition: &Expr) -> Vec<Diagnostic> {
    let mut parts = Vec::new();
    conjuncts(condition, &mut parts);
    let exist: BTreeSet<String> = parts.iter().filter_map(|part| some(part)).collect();
    let suspect = parts.iter().filter_map(|part| Some((part.span, none_otherwise(part)?)));
    let told = suspect.filter(|(_, rows)| !exist.contains(rows)).map(|(span, rows)| {
        let message = format!(
            "this is also true of whoever has no `{rows}` at all, and what is reached stays reached"
        );
        Diagnostic::warning(codes::TRUE_OF_NOTHING, span, message)
            .help(format!("ask also that there is something: `any({rows}) and …`"))
    });
    told.collect()
}

/// The rows of which a condition says that there are some.
fn some(part: &Expr) -> Option<String> {
    match &part.kind {
        ExprKind::Aggregate(aggregate) if aggregate.function.node == AggregateFunction::Any => {
            Some(print_expr(&aggregate.subject))
        }
        ExprKind::Binary { op: BinaryOp::Greater | BinaryOp::GreaterOrEqual, left, .. } => {
            Some(print_expr(&counted(left)?.subject))
        }
        _ => None,
    }
}

/// The rows of which a condition says that none is otherwise: `count(users where not trained) = 0`.
fn none_otherwise(part: &Expr) -> Option<String> {
    let rows = match &part.kind {
        ExprKind::Unary { op: UnaryOp::Not, operand } => match &operand.kind {
            ExprKind::Aggregate(rows) if rows.function.node == AggregateFunction::Any => rows,
            _ => return None,
        },
        ExprKind::Binary { op, left, right, .. } => {
            let ExprKind::Number(number) = right.kind else { return None };
            let is_none = match op {
                BinaryOp::Equal | BinaryOp::LessOrEqual => number.mantissa == 0,
                BinaryOp::Less => number == Decimal { mantissa: 1, scale: 0 },
                _ => false,
            };
            counted(left).filter(|_| is_none)?
        }
        _ => return None,
    };
    let mut asked = Vec::new();
    conjuncts(rows.filter.as_ref()?, &mut asked);
    asked.into_iter().any(is_negative).then(|| print_expr(&rows.subject))
}

fn counted(expr: &Expr) -> Option<&Aggregate> {
    match &expr.kind {
        ExprKind::Aggregate(rows) if rows.function.node == AggregateFunction::Count => Some(rows),
        _ => None,
    }
}

/// Whether it says what is not, so that "none" of it is "all".
const fn is_negative(condition: &Expr) -> bool {
    matches!(
        &condition.kind,
        ExprKind::Unary { op: UnaryOp::Not, .. }
            | ExprKind::In { negated: true, .. }
            | ExprKind::Between { negated: true, .. }
            | ExprKind::Binary { op: BinaryOp::NotEqual, .. }
    )
}

/// Milestones that no KPI names.
fn without_kpi<'s>(
    spec: &'s JourneySpec,
    named: &'s BTreeSet<&str>,
) -> impl Iterator<Item = Diagnostic> + 's {
    let alone = spec.milestones().map(|(_, own)| &own.name);
    alone.filter(|name| !named.contains(name.node.as_str())).map(|name| {
        let message = format!("no KPI leads to the milestone `{}`", name.node);
        Diagnostic::warning(codes::MILESTONE_WITHOUT_KPI, name.span, message).help(format!(
            "write `milestone: {}` at a metric that shows what moves members on to it",
            name.node
        ))
    })
}
