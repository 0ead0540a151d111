//! Windows: which rows in time, and which of them make sense for a kind of dataset.

use super::subject::Rows;
use crate::check::Checker;
use crate::model::{DatasetId, DatasetKind, Window};
use crate::time::{Grain, is_real_date};
use milepost_syntax::ast::{self, AggregateFunction, Duration, Expr, ExprKind, StepClock};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};
use milepost_syntax::{codes, print_expr, suggest};

/// The window as the engine reads it; absent when something is wrong with it, which is told.
pub(crate) fn lower(
    checker: &mut Checker<'_, '_>,
    spec: Option<&Spanned<ast::Window>>,
) -> Option<Window> {
    let Some(spec) = spec else { return Some(Window::Bucket) };
    match &spec.node {
        ast::Window::Over { length, before } => {
            length_of(checker, length).map(|length| Window::Over { length, before: *before })
        }
        ast::Window::Ever { before } => Some(Window::Ever { before: *before }),
        ast::Window::AtStart => Some(Window::AtStart),
        ast::Window::AtEnd => Some(Window::AtEnd),
        ast::Window::Average => Some(Window::Average),
        ast::Window::Step { step, clock: StepClock::Calendar } => Some(Window::Step(*step)),
        // Seen from the member that asks, and not from the bucket.
        ast::Window::Step { clock: StepClock::Elapsed(_), .. } => Some(Window::Bucket),
        ast::Window::ToDate(grain) => {
            let found = Grain::parse(&grain.node);
            if found.is_none() {
                let names = Grain::ALL.map(Grain::name);
                let told = Diagnostic::error(
                    codes::INVALID_VALUE,
                    grain.span,
                    format!("`{}` is not a grain", grain.node),
                );
                let told = match suggest(&grain.node, names) {
                    Some(near) => told.help(format!("did you mean `{near}`?")),
                    None => told.help(format!("write one of: {}", names.join(", "))),
                };
                checker.diagnostics.push(told);
            }
            found.map(Window::ToDate)
        }
        ast::Window::Since(instant) => match &instant.kind {
            ExprKind::Date(date) if is_real_date(*date) => Some(Window::Since(*date)),
            ExprKind::Date(_) => {
                checker.diagnostics.push(
                    Diagnostic::error(codes::INVALID_DATE, instant.span, "there is no such day")
                        .help("write a day that exists, like `2026-01-31`"),
                );
                None
            }
            ExprKind::Error => None,
            _ => {
                checker.diagnostics.push(
                    Diagnostic::error(
                        codes::NOT_IN_THIS_VERSION,
                        instant.span,
                        "`since` with anything but a day is not in this version",
                    )
                    .help("write a day, like `since 2026-01-01`, or `to date in year`"),
                );
                None
            }
        },
    }
}

fn length_of(checker: &mut Checker<'_, '_>, length: &Spanned<Duration>) -> Option<Duration> {
    if !checker.plain_duration(length.node, length.span) {
        return None;
    }
    if length.node.count == 0 {
        checker.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                length.span,
                "a window of length 0 contains nothing",
            )
            .help("write a length, like `28 days`"),
        );
        return None;
    }
    Some(length.node)
}

/// How to read the state of an aggregate at an instant; nothing where it can't be read so: of the first by time, and in
/// a span that the row around chooses.
fn at_end(spec: &ast::Aggregate, at: Span) -> Option<String> {
    let function = spec.function.node;
    let linked = spec.linked.as_ref().is_some_and(|linked| linked.node.within.is_some());
    if linked || matches!(function, AggregateFunction::First | AggregateFunction::Last) {
        return None;
    }
    let mut right = spec.clone();
    right.window = Some(Spanned::new(ast::Window::AtEnd, at));
    let others = if function == AggregateFunction::Any {
        "`at start` goes in the same place"
    } else {
        "`at start` and `average` (the mean of the days) go in the same place"
    };
    Some(format!("write `{}` for the end of the bucket; {others}", printed(right, at)))
}

/// How to take each row once, with what it began with.
fn as_begun(spec: &ast::Aggregate, from: &str, at: Span) -> String {
    let mut right = spec.clone();
    let path = vec![Spanned::new(from.to_owned(), at)];
    right.on = Some(Expr { kind: ExprKind::Path(path), span: at });
    printed(right, at)
}

fn printed(aggregate: ast::Aggregate, at: Span) -> String {
    print_expr(&Expr { kind: ExprKind::Aggregate(Box::new(aggregate)), span: at })
}

/// How to take a picture of a state in a span of time: the last one, or whether there is any.
fn one_picture(spec: &ast::Aggregate, at: Span) -> String {
    let mut right = spec.clone();
    let (function, what) = match spec.function.node {
        AggregateFunction::Sum => (AggregateFunction::Last, "the last of them"),
        _ => (AggregateFunction::Any, "whether there is one, which is a condition by itself"),
    };
    right.function = Spanned::new(function, at);
    format!("write `{}` for {what}", printed(right, at))
}

/// Whether the window fits what a row of the dataset means in time.
pub(crate) fn check_kind(
    checker: &mut Checker<'_, '_>,
    spec: &ast::Aggregate,
    rows: &Rows<'_>,
    window: Window,
    placed: bool,
    span: Span,
) {
    let (dataset, name) = (rows.dataset, rows.name);
    let defined = checker.dataset(dataset).span;
    let at = spec.window.as_ref().map_or(span, |w| w.span);
    let word = spec.function.node.name();
    let state = window.is_state();
    let told = match checker.dataset(dataset).kind {
        DatasetKind::Events { .. } if state => Some(
            Diagnostic::error(codes::NOT_A_STATE, at, format!("`{name}` holds events, and an event has no state at an instant"))
                .help("remove the words for rows in the bucket, or write `over 28 days`, `ever` or `to date in year`"),
        ),
        DatasetKind::Attributes if state => Some(
            Diagnostic::error(codes::NOT_A_STATE, at, format!("`{name}` has one row per key and no history, so there is no state at an instant"))
                .help("place its rows in time by a column, like `on created_at ever`, or use a history or snapshot dataset"),
        ),
        DatasetKind::Attributes if !placed => Some(
            Diagnostic::error(codes::NEEDS_TIME, spec.subject.span, format!("the rows of `{name}` have no time of their own"))
                .help(time_help(checker, dataset, spec)),
        ),
        DatasetKind::History { .. } if state && placed => Some(both(at, spec)),
        DatasetKind::Snapshot { .. } if state && placed => Some(both(at, spec)),
        DatasetKind::History { from, .. }
            if !state && !placed && !matches!(window, Window::Ever { .. }) =>
        {
            let begun = as_begun(spec, &checker.dataset(dataset)[from].name, at);
            let mut told = Diagnostic::error(codes::NEEDS_INSTANT, at, format!("a row of `{name}` is true for a while, so say at which instant"));
            told.help.extend(at_end(spec, at));
            Some(told.help(format!("write `{begun}` to take each row when it began")))
        }
        DatasetKind::History { from, .. } if !state && !placed && adds_up(spec) => {
            let begun = as_begun(spec, &checker.dataset(dataset)[from].name, at);
            let mut told = Diagnostic::error(codes::SEMI_ADDITIVE, at, format!("a row of `{name}` is a state for a while, and a state can't be added up over time: {word} would take every state that there was"));
            told.help.extend(at_end(spec, at));
            Some(told.help(format!("write `{begun}` to take each row once, with what it began with")))
        }
        DatasetKind::Snapshot { .. } if !state && !placed && adds_up(spec) => Some(
            Diagnostic::error(codes::SEMI_ADDITIVE, at, format!("`{name}` holds pictures of a state, and a state can't be added up over time: {word} would take every picture again"))
                .help(at_end(spec, at).unwrap_or_else(|| one_picture(spec, at))),
        ),
        DatasetKind::Events { .. } | DatasetKind::Attributes | DatasetKind::History { .. } | DatasetKind::Snapshot { .. } => None,
    };
    let ordered = matches!(spec.function.node, AggregateFunction::First | AggregateFunction::Last);
    let timed = placed
        || !matches!(
            checker.dataset(dataset).kind,
            DatasetKind::History { .. } | DatasetKind::Attributes
        );
    if let Some(told) = told {
        checker.diagnostics.push(told.also(defined, format!("`{name}` is defined here")));
    } else if ordered && !timed {
        checker.diagnostics.push(
            Diagnostic::error(
                codes::NEEDS_TIME,
                spec.function.span,
                format!("`{word}` needs a time, and the rows of `{name}` have none of their own"),
            )
            .also(defined, format!("`{name}` is defined here"))
            .help(time_help(checker, dataset, spec)),
        );
    }
}

/// Functions that count one member once per picture.
const fn adds_up(spec: &ast::Aggregate) -> bool {
    match spec.function.node {
        AggregateFunction::Sum => true,
        AggregateFunction::Count => spec.distinct.is_none(),
        _ => false,
    }
}

fn both(at: Span, spec: &ast::Aggregate) -> Diagnostic {
    let told = Diagnostic::error(
        codes::NOT_A_STATE,
        at,
        "a state at an instant, and rows placed in time by a column, are two different questions",
    );
    let told = match &spec.on {
        Some(on) => told.also(on.span, "places the rows in time"),
        None => told,
    };
    told.help("keep one of the two")
}

/// How to place rows that have no time of their own.
fn time_help(checker: &Checker<'_, '_>, dataset: DatasetId, spec: &ast::Aggregate) -> String {
    let (table, at) = (checker.resolved.table(dataset), spec.subject.span);
    match table.times().as_slice() {
        [] => format!(
            "declare a column that holds a day or a time, like `created_at: date` under `columns:` of `{}`, and name it after `on`: `{}`",
            table.dataset.name,
            as_begun(spec, "created_at", at)
        ),
        [time, ..] => format!(
            "say which column places them in time: `{}`; write `ever` after it for all of them up to the bucket's end",
            as_begun(spec, time, at)
        ),
    }
}
