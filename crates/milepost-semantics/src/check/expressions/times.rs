//! `date(text, pattern)` and `timestamp(text, pattern)`: times that stand in texts.

use std::collections::BTreeSet;

use super::expr::{Meaning, Node};
use crate::check::Checker;
use crate::model::{Form, Literal, ScalarFunction, Type};
use crate::resolve::{epoch, unknown_zone};
use crate::time::{Calendar, Pattern, PatternZone};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::{Span, Spanned};

/// A call of one of the two. The model has the zone of what a pattern reads as a third argument, and none where each text
/// has its own.
pub(super) fn written<N: Node>(
    checker: &mut Checker<'_, '_>,
    name: &Spanned<String>,
    mut args: Vec<N>,
    span: Span,
) -> N {
    let is_date = name.node == "date";
    let is_text = is_text(checker, name, &args[0]);
    let Some(pattern) = pattern(checker, name, &args[1]).filter(|_| is_text) else {
        return N::unknown(span);
    };
    let given = (args.len() > 2).then(|| args.remove(2));
    if is_date {
        let function = ScalarFunction::Date;
        return N::build(Form::Call { function, args }, Meaning::plain(Type::Date), span);
    }
    let Some(zone) = zone(checker, &pattern, &args[0], given.as_ref(), span) else {
        return N::unknown(span);
    };
    if let Some(zone) = zone {
        let at = given.map_or(span, |given| given.span());
        args.push(N::build(Form::Literal(Literal::Text(zone)), Meaning::plain(Type::Text), at));
    }
    let function = ScalarFunction::Timestamp;
    N::build(Form::Call { function, args }, Meaning::plain(Type::Timestamp), span)
}

/// Whether the first argument is text; if not, an error says what to write instead.
fn is_text<N: Node>(checker: &mut Checker<'_, '_>, name: &Spanned<String>, node: &N) -> bool {
    let name = name.node.as_str();
    let ty = node.ty();
    let help = match ty {
        Type::Text => return true,
        Type::Unknown => return false,
        Type::Timestamp if name == "date" => "the calendar day of a time is `day(x)`",
        Type::Date | Type::Timestamp => "it needs no function: it is compared as it is",
        Type::Integer if name == "timestamp" => {
            "a number since 1970 is read by the column that holds it: `{ type: timestamp, format: epoch seconds }`"
        }
        _ => {
            "write a column of text; how its values are written can also be said at the column, by `type:` and `format:`"
        }
    };
    let message = format!("`{name}` reads text, and this is {}", ty.describe());
    let label = format!("{}; text is expected", ty.describe());
    checker.diagnostics.push(
        Diagnostic::error(codes::TYPE_MISMATCH, node.span(), message).label(label).help(help),
    );
    false
}

/// The pattern, which is the same for every row.
fn pattern<N: Node>(
    checker: &mut Checker<'_, '_>,
    name: &Spanned<String>,
    node: &N,
) -> Option<Pattern> {
    if node.ty() == Type::Unknown {
        return None;
    }
    let (message, help) = match node.literal() {
        Some(Literal::Text(text)) if epoch(text).is_some() => (
            "a number since 1970 is read by the column that holds it".to_owned(),
            format!("write `{{ type: timestamp, format: {text} }}` at the column"),
        ),
        Some(Literal::Text(text)) => match Pattern::new(text) {
            Ok(pattern) => return Some(pattern),
            Err(fault) => (fault.message, fault.help),
        },
        _ => (
            format!("the second value of `{}` is a pattern in quotes", name.node),
            "write how the text is written, for example '%m/%d/%Y' for 03/31/2026".to_owned(),
        ),
    };
    checker
        .diagnostics
        .push(Diagnostic::error(codes::INVALID_VALUE, node.span(), message).help(help));
    None
}

/// The zone of texts without one: the given one, or that of the dataset that holds them; `Some(None)` where each text has its
/// own. `None`: an error was reported.
fn zone<N: Node>(
    checker: &mut Checker<'_, '_>,
    pattern: &Pattern,
    text: &N,
    given: Option<&N>,
    span: Span,
) -> Option<Option<String>> {
    if let (Some(given), true) = (given, pattern.zone != PatternZone::Local) {
        let message = format!("the pattern `{}` tells the zone already", pattern.text);
        let told = Diagnostic::error(codes::INVALID_VALUE, given.span(), message);
        checker.diagnostics.push(told.help("remove the third value"));
        return None;
    }
    match (pattern.zone, given) {
        (PatternZone::Offset, _) => Some(None),
        (PatternZone::Utc, _) => Some(Some("UTC".to_owned())),
        (PatternZone::Local, Some(given)) => given_zone(checker, given).map(Some),
        (PatternZone::Local, None) => own_zone(checker, text, span).map(Some),
    }
}

fn given_zone<N: Node>(checker: &mut Checker<'_, '_>, given: &N) -> Option<String> {
    let Some(Literal::Text(name)) = given.literal() else {
        if given.ty() != Type::Unknown {
            let message = "the third value of `timestamp` is a time zone in quotes";
            let told = Diagnostic::error(codes::INVALID_VALUE, given.span(), message);
            checker.diagnostics.push(told.help("write for example 'Europe/Amsterdam' or 'UTC'"));
        }
        return None;
    };
    let found = Calendar::in_zone(name);
    if found.is_none() {
        let name = Spanned { node: name.clone(), span: given.span() };
        checker.diagnostics.push(unknown_zone(&name));
    }
    Some(found?.time_zone)
}

fn own_zone<N: Node>(checker: &mut Checker<'_, '_>, text: &N, span: Span) -> Option<String> {
    let mut datasets = BTreeSet::new();
    text.datasets(&mut datasets);
    let zone = |id| checker.dataset(id).time_zone.clone().unwrap_or_else(|| "UTC".to_owned());
    let mut zones: BTreeSet<String> = datasets.into_iter().map(zone).collect();
    match (zones.pop_first(), zones.pop_first()) {
        // What no dataset holds is written in the spec, like days.
        (None, _) => Some(checker.resolved.project.calendar.time_zone.clone()),
        (Some(zone), None) => Some(zone),
        (Some(one), Some(other)) => {
            let message = format!(
                "the texts come from datasets in different time zones, `{one}` and `{other}`"
            );
            let told = Diagnostic::error(codes::INVALID_VALUE, span, message);
            let help = format!("say in which zone they are read: `timestamp(…, …, '{one}')`");
            checker.diagnostics.push(told.help(help));
            None
        }
    }
}
