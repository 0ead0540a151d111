//! `duration: { of: account, from: created_at, to: { rows: key_use, nth: 3 }, lost: churned_at, within: 30 days }`

use super::super::Decoder;
use super::super::behavior::{ROWS, rows};
use super::super::field::{Field, FieldType, Kind, Shape};
use super::super::fields::Fields;
use crate::ast::{DurationSpec, EndSpec, FormSpec, RowsSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::yaml::NodeKind;

const NAME: &str = "duration";
const END: &str = "a time, the name of rows, or a map such as `{ rows: logins, nth: 3 }`";
const INSTEAD: &str = "compare the shares at each step of the curve";

pub(in super::super) static DURATION_END: Kind = Kind {
    name: "`to`",
    fields: &[&[
        Field::new("rows", FieldType::Other(ROWS), "the rows that it is on the way to")
            .shaped(Shape::Of(FieldType::Text))
            .needed(),
        Field::new("nth", FieldType::Integer, "which of them, from the beginning on; 1 if absent"),
    ]],
};

pub(in super::super) static DURATION: Kind = Kind {
    name: "`duration`",
    fields: &[&[
        Field::new("of", FieldType::Name, "the entity whose members are followed").needed(),
        Field::new(
            "from",
            FieldType::Expression,
            "when a member begins: rows, of which its first one counts, or a time of the member",
        )
        .needed(),
        Field::new(
            "to",
            FieldType::Other(END),
            "what is reached: a time of the member, or rows, of which the first or the nth counts",
        )
        .shaped(Shape::Either(&[Shape::Of(FieldType::Expression), Shape::Map(&DURATION_END)]))
        .needed(),
        Field::new("lost", FieldType::Expression, "the time at which a member is lost"),
        Field::new(
            "lost_as",
            FieldType::Words(&["competing", "censored"]),
            "whether a lost member never reaches it, or is only followed no longer",
        ),
        Field::new(
            "over",
            FieldType::Duration,
            "the window of those who begin; the bucket if absent",
        ),
        Field::new("within", FieldType::Duration, "after how many days the share is taken"),
        Field::new("step", FieldType::Duration, "the length between two points of the curve"),
        Field::new(
            "clock",
            FieldType::Words(&["days", "business_days"]),
            "whether all days count, or business days alone",
        ),
        Field::later("restricted_mean", "the mean within a horizon", INSTEAD),
        Field::later("log_rank", "a test of whether two curves differ", INSTEAD),
    ]],
};

/// What it can't do without.
const NEEDED: [(&str, &str, &str); 3] = [
    ("of", "whose members are followed", "with an entity, such as `of: account`"),
    (
        "from",
        "when a member begins",
        "with a time of the member, such as `from: created_at`, or with rows, such as `from: events`",
    ),
    (
        "to",
        "what a member is on the way to",
        "with rows, such as `to: logins`, or with a time of the member",
    ),
];

/// What stands under `duration:`.
pub(super) fn duration(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<FormSpec> {
    let span = fields.place(NAME)?;
    let Some((inner, key)) = super::open(decoder, fields, NAME, &DURATION, &NEEDED) else {
        return Some(FormSpec::Unusable(span));
    };
    let found = DurationSpec {
        key: key.clone(),
        span,
        of: decoder.text(&inner, "of"),
        from: decoder.expression(&inner, "from"),
        to: end(decoder, &inner),
        lost: decoder.expression(&inner, "lost"),
        lost_as: decoder.word(&inner, "lost_as"),
        over: decoder.duration(&inner, "over"),
        within: decoder.duration(&inner, "within"),
        step: decoder.duration(&inner, "step"),
        clock: decoder.word(&inner, "clock"),
    };
    // With a field that can't be read, it would mean something else.
    let is_read = DURATION.current().all(|field| is_read(&found, &inner, field.name));
    Some(if is_read { FormSpec::Duration(Box::new(found)) } else { FormSpec::Unusable(span) })
}

/// Whether a field that is there, be it misspelled, was read.
fn is_read(found: &DurationSpec, inner: &Fields<'_>, name: &str) -> bool {
    let read = match name {
        "of" => found.of.is_some(),
        "to" => found.to.is_some(),
        "lost_as" => found.lost_as.is_some(),
        "over" => found.over.is_some(),
        "within" => found.within.is_some(),
        "step" => found.step.is_some(),
        "clock" => found.clock.is_some(),
        // An expression that can't be read is one.
        _ => true,
    };
    read || inner.lacks(name)
}

fn end(decoder: &mut Decoder<'_>, inner: &Fields<'_>) -> Option<EndSpec> {
    let node = inner.get(decoder, "to")?;
    if !matches!(node.kind, NodeKind::Map(_)) {
        return Some(EndSpec::Time(decoder.expression_of("to", node)));
    }
    let fields = Fields::open(decoder, "to", node, &DURATION_END)?;
    if fields.lacks("rows") {
        let message = "`to:` does not say which rows a member is on the way to";
        decoder.diagnostics.push(
            Diagnostic::error(codes::MISSING_FIELD, node.span, message).help(
                "add `rows:` with a dataset or a behavior, such as `{ rows: logins, nth: 3 }`",
            ),
        );
        return None;
    }
    let nth = decoder.integer(&fields, "nth");
    let is_read = nth.is_some() || fields.lacks("nth");
    let rows_node = fields.get(decoder, "rows")?;
    let (name, filter) = rows(decoder, "rows", rows_node)?;
    is_read.then_some(EndSpec::Rows { rows: RowsSpec { name, filter }, nth })
}
