//! Windows: which rows in time, and which of them make sense for a kind of dataset.

use super::Checker;
use super::subject::{Rows, function_word};
use crate::model::{DatasetId, DatasetKind, Window};
use crate::time::{Grain, is_real_date};
use milepost_syntax::ast::{self, AggregateFunction, Duration, Expr, ExprKind};
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
                "a window of length 0 holds nothing",
            )
            .help("write a length, like `28 days`"),
        );
        return None;
    }
    Some(length.node)
}

/// How to read the state of an aggregate at an instant.
fn at_end(spec: &ast::Aggregate, at: Span) -> String {
    let mut right = spec.clone();
    right.window = Some(Spanned::new(ast::Window::AtEnd, at));
    let written = print_expr(&Expr { kind: ExprKind::Aggregate(Box::new(right)), span: at });
    format!(
        "write `{written}` for the end of the bucket; `at start` and `average` (the mean of the days) stand in the same place"
    )
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
    let word = function_word(spec.function.node);
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
                .help(time_help(checker, dataset, word)),
        ),
        DatasetKind::History { .. } if state && placed => Some(both(at, spec)),
        DatasetKind::Snapshot { .. } if state && placed => Some(both(at, spec)),
        DatasetKind::History { from, .. }
            if !state && !placed && !matches!(window, Window::Ever { .. }) =>
        {
            let from = checker.dataset(dataset)[from].name.clone();
            Some(
                Diagnostic::error(codes::NEEDS_INSTANT, at, format!("a row of `{name}` is true for a while, so say at which instant"))
                    .help(at_end(spec, at))
                    .help(format!("write `on {from}` to count what began in the bucket")),
            )
        }
        DatasetKind::History { from, .. } if !state && !placed && adds_up(spec) => {
            let from = checker.dataset(dataset)[from].name.clone();
            Some(
                Diagnostic::error(codes::SEMI_ADDITIVE, at, format!("a row of `{name}` is a state for a while, and a state can't be added up over time: {word} would take every state that there was"))
                    .help(at_end(spec, at))
                    .help(format!("write `on {from}` before the window to take each row once, with what it began with")),
            )
        }
        DatasetKind::Snapshot { .. } if !state && !placed && adds_up(spec) => Some(
            Diagnostic::error(codes::SEMI_ADDITIVE, at, format!("`{name}` holds pictures of a state, and a state can't be added up over time: {word} would take every picture again"))
                .help(at_end(spec, at)),
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
                format!("`{word}` goes by time, and the rows of `{name}` have none of their own"),
            )
            .also(defined, format!("`{name}` is defined here"))
            .help(time_help(checker, dataset, word)),
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

fn time_help(checker: &Checker<'_, '_>, dataset: DatasetId, word: &str) -> String {
    use crate::model::Type;
    let dataset = checker.dataset(dataset);
    let times: Vec<&str> = dataset
        .columns
        .iter()
        .filter(|c| matches!(c.ty, Type::Date | Type::Timestamp))
        .map(|c| c.name.as_str())
        .collect();
    let column = times.first().copied().unwrap_or("created_at");
    format!(
        "say which column places them in time: `{word}({} on {column} …)`; add `ever` for all of them up to the bucket's end",
        dataset.name
    )
}
