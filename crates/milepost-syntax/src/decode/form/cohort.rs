//! `cohort: { of: user, starts: events, returns: events, step: month }`

use super::super::Decoder;
use super::super::field::{Field, FieldType, Kind};
use super::super::fields::Fields;
use super::super::project;
use crate::ast::{CohortSpec, FormSpec};

const NAME: &str = "cohort";

pub(in super::super) static COHORT: Kind = Kind {
    name: "`cohort`",
    fields: &[&[
        Field::new("of", FieldType::Name, "the entity whose members begin and come back").needed(),
        Field::new(
            "starts",
            FieldType::Expression,
            "when a member begins: rows, of which its first one counts, or a time of the member",
        )
        .needed(),
        Field::new("returns", FieldType::Expression, "the rows by which a member comes back")
            .needed(),
        Field::new(
            "at_least",
            FieldType::Integer,
            "how many returns in a step make a member count there",
        ),
        Field::new("step", FieldType::Words(project::GRAINS), "the length of a step"),
        Field::new(
            "offsets",
            FieldType::Integer,
            "how many steps after the first one are looked at",
        ),
        Field::new(
            "mode",
            FieldType::Words(&["on", "on_or_after"]),
            "whether a return counts in its own step, or also in those before it",
        ),
        Field::new(
            "clock",
            FieldType::Words(&["calendar", "elapsed"]),
            "whether steps are buckets, or begin at each member's own time",
        ),
        Field::new(
            "zero",
            FieldType::Words(&["size", "returns"]),
            "whether the first step stands for all members, or for those who returned in it",
        ),
        Field::new(
            "amount",
            FieldType::Expression,
            "a column of the returns that is added up in each step",
        ),
    ]],
};

/// What it can't do without.
const NEEDED: [(&str, &str, &str); 3] = [
    ("of", "whose members begin and come back", "with an entity, such as `of: user`"),
    (
        "starts",
        "when a member begins",
        "with rows, such as `starts: events`, or with a time of the member, such as `starts: created_at`",
    ),
    ("returns", "what a return is", "with rows, such as `returns: events`"),
];

/// What stands under `cohort:`.
pub(super) fn cohort(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<FormSpec> {
    let span = fields.place(NAME)?;
    let Some((inner, key)) = super::open(decoder, fields, NAME, &COHORT, &NEEDED) else {
        return Some(FormSpec::Unusable(span));
    };
    Some(FormSpec::Cohort(Box::new(CohortSpec {
        key: key.clone(),
        span,
        of: decoder.text(&inner, "of"),
        starts: decoder.expression(&inner, "starts"),
        returns: decoder.expression(&inner, "returns"),
        at_least: decoder.integer(&inner, "at_least"),
        step: decoder.word(&inner, "step"),
        offsets: decoder.integer(&inner, "offsets"),
        mode: decoder.word(&inner, "mode"),
        clock: decoder.word(&inner, "clock"),
        zero: decoder.word(&inner, "zero"),
        amount: decoder.expression(&inner, "amount"),
    })))
}
