//! `quartiles: { of: account, value: sum(subscriptions.seats at end), where: plan = 'pro' }`

use super::super::Decoder;
use super::super::field::{Field, FieldType, Kind};
use super::super::fields::Fields;
use crate::ast::{FormSpec, QuartilesSpec};

const NAME: &str = "quartiles";

pub(in super::super) static QUARTILES: Kind = Kind {
    name: "`quartiles`",
    fields: &[&[
        Field::new("of", FieldType::Name, "the entity whose members have the values").needed(),
        Field::new("value", FieldType::Expression, "the value of one member").needed(),
        Field::new("where", FieldType::Expression, "which members count"),
    ]],
};

/// What it can't do without.
const NEEDED: [(&str, &str, &str); 2] = [
    ("of", "whose values it takes", "with the name of an entity, such as `of: account`"),
    (
        "value",
        "which value it takes of each",
        "with a value of one member, such as `value: count(events)`",
    ),
];

/// What stands under `quartiles:`.
pub(super) fn quartiles(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<FormSpec> {
    let span = fields.place(NAME)?;
    let Some((inner, key)) = super::open(decoder, fields, NAME, &QUARTILES, &NEEDED) else {
        return Some(FormSpec::Unusable(span));
    };
    Some(FormSpec::Quartiles(Box::new(QuartilesSpec {
        key: key.clone(),
        span,
        of: decoder.text(&inner, "of"),
        value: decoder.expression(&inner, "value"),
        filter: decoder.expression(&inner, "where"),
    })))
}
