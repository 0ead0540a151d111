//! The forms of metrics: a metric has exactly one of their fields.
//!
//! | file | form |
//! |---|---|
//! | `quartiles.rs` | `quartiles:` |
//! | `retention.rs` | `retention:` |
//! | `cohort.rs` | `cohort:` |
//! | `survey.rs` | `survey:` |
//! | `funnel.rs` | `funnel:` |
//! | `duration.rs` | `duration:` |
//!
//! `value:` is an expression, and needs no file.

mod cohort;
mod duration;
mod funnel;
mod quartiles;
mod retention;
mod survey;

use super::Decoder;
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use crate::ast::FormSpec;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::span::{Span, Spanned};

pub(super) use cohort::COHORT;
pub(super) use duration::{DURATION, DURATION_END};
pub(super) use funnel::{FUNNEL, FUNNEL_STEP};
pub(super) use quartiles::QUARTILES;
pub(super) use retention::RETENTION;
pub(super) use survey::SURVEY;

const QUARTILES_SHAPE: &str =
    "a map such as `{ of: account, value: sum(subscriptions.seats at end) }`";

const RETENTION_SHAPE: &str = "a map such as `{ of: account, amount: subscriptions.mrr }`";
const COHORT_SHAPE: &str = "a map such as `{ of: user, starts: events, returns: events }`";
const SURVEY_SHAPE: &str =
    "a map such as `{ kind: nps, answers: answers, score: score, respondent: contact }`";

const FUNNEL_SHAPE: &str =
    "a map such as `{ of: contact, steps: [ sent: touches, used: events ], within: 14 days }`";
const DURATION_SHAPE: &str = "a map such as `{ of: account, from: created_at, to: logins }`";

pub(super) const FIELDS: &[Field] = &[
    Field::new("value", FieldType::Expression, "the expression that is measured").alternative(),
    Field::new(
        "quartiles",
        FieldType::Other(QUARTILES_SHAPE),
        "the values at 25, 50 and 75 percent of the members of an entity",
    )
    .shaped(Shape::Map(&QUARTILES))
    .alternative(),
    Field::new(
        "retention",
        FieldType::Other(RETENTION_SHAPE),
        "how much of a recurring amount stays, and what it gained and lost",
    )
    .shaped(Shape::Map(&RETENTION))
    .alternative(),
    Field::new(
        "cohort",
        FieldType::Other(COHORT_SHAPE),
        "how many of the members who began together come back later",
    )
    .shaped(Shape::Map(&COHORT))
    .alternative(),
    Field::new(
        "survey",
        FieldType::Other(SURVEY_SHAPE),
        "the score of the answers to a survey: NPS, CSAT or CES",
    )
    .shaped(Shape::Map(&SURVEY))
    .alternative(),
    Field::new(
        "funnel",
        FieldType::Other(FUNNEL_SHAPE),
        "how many members take steps in order, and how long it takes them",
    )
    .shaped(Shape::Map(&FUNNEL))
    .alternative(),
    Field::new(
        "duration",
        FieldType::Other(DURATION_SHAPE),
        "how long members take from one event to another",
    )
    .shaped(Shape::Map(&DURATION))
    .alternative(),
];

const INSTEAD: &str = "define it under `scores:`, where every member has one, and write for example `value: avg(health per account)`";

/// Forms that this version lacks.
pub(super) const LATER: &[Field] = &[Field::later("score", "a weighted composite", INSTEAD)];

/// The form of a metric. One that can't be read, or one too many, is unusable and was reported.
pub(super) fn form(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<FormSpec> {
    let all = || FIELDS.iter().chain(LATER).map(|form| form.name);
    let mut written = all().filter_map(|name| Some((name, fields.place(name)?)));
    let Some((name, first)) = written.next() else { return misspelt(fields) };
    if let Some((other, second)) = written.next() {
        // A form that this version lacks was reported.
        if LATER.iter().all(|form| form.name != other) {
            decoder.diagnostics.push(two_forms((name, first), (other, second)));
        }
        return Some(FormSpec::Unusable(second));
    }
    match name {
        "value" => decoder.expression(fields, name).map(FormSpec::Value),
        "quartiles" => quartiles::quartiles(decoder, fields),
        "retention" => retention::retention(decoder, fields),
        "cohort" => cohort::cohort(decoder, fields),
        "survey" => survey::survey(decoder, fields),
        "funnel" => funnel::funnel(decoder, fields),
        "duration" => duration::duration(decoder, fields),
        _ => Some(FormSpec::Unusable(first)),
    }
}

/// A form under a name that is nearly one.
fn misspelt(fields: &Fields<'_>) -> Option<FormSpec> {
    FIELDS.iter().find_map(|form| fields.misspelt(form.name)).map(FormSpec::Unusable)
}

fn two_forms((name, first): (&str, Span), (other, second): (&str, Span)) -> Diagnostic {
    let message = format!("a metric has one form, and this one has `{name}:` and `{other}:`");
    Diagnostic::error(codes::INVALID_VALUE, second, message)
        .also(first, format!("`{name}:`"))
        .help("keep one of the two, or make two metrics of them")
}

/// What stands under a form with fields, and the form's key; nothing where that can't be read, which was reported.
///
/// `needed`: each field that it can't do without, what the form does not say without it, and how to add it.
fn open<'n>(
    decoder: &mut Decoder<'_>,
    fields: &Fields<'n>,
    name: &str,
    kind: &'static Kind,
    needed: &[(&str, &str, &str)],
) -> Option<(Fields<'n>, &'n Spanned<String>)> {
    let node = fields.get(decoder, name)?;
    let (inner, key) = (Fields::open(decoder, name, node, kind)?, fields.key(name)?);
    for (field, what, help) in needed.iter().filter(|(field, ..)| inner.lacks(field)) {
        let message = format!("`{}:` does not say {what}", key.node);
        let told = Diagnostic::error(codes::MISSING_FIELD, key.span, message);
        decoder.diagnostics.push(told.help(format!("add `{field}:` {help}")));
    }
    Some((inner, key))
}
