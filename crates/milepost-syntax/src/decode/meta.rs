//! What every definition may carry.

use super::Decoder;
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use crate::ast::{DeprecatedSpec, Meta};
use crate::span::Spanned;

/// The fields of every definition.
pub(super) const FIELDS: &[Field] = &[
    Field::new("label", FieldType::Text, "the name shown to readers"),
    Field::new("description", FieldType::Text, "what it is, in a sentence or two"),
    Field::new("owner", FieldType::Text, "who is responsible for it"),
    Field::new("tags", FieldType::Names, "words to find it with"),
    Field::new(
        "deprecated",
        FieldType::Other("a map `{ since, use }`"),
        "since when not to use it, and what instead",
    )
    .shaped(Shape::Map(&DEPRECATED)),
    Field::new("renamed_from", FieldType::Name, "the name it had before"),
];

pub(super) static DEPRECATED: Kind = Kind {
    name: "`deprecated`",
    fields: &[&[
        Field::new("since", FieldType::Text, "the date or version from which not to use it"),
        Field::new("use", FieldType::Name, "what to use instead"),
    ]],
};

pub(super) fn meta(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Meta {
    Meta {
        label: decoder.text(fields, "label"),
        description: decoder.text(fields, "description"),
        owner: decoder.text(fields, "owner"),
        tags: decoder.names(fields, "tags"),
        deprecated: deprecated(decoder, fields),
        renamed_from: decoder.text(fields, "renamed_from"),
    }
}

fn deprecated(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<DeprecatedSpec>> {
    let node = fields.get(decoder, "deprecated")?;
    let inner = Fields::open(decoder, "deprecated", node, &DEPRECATED)?;
    let spec = DeprecatedSpec {
        since: decoder.text(&inner, "since"),
        replacement: decoder.text(&inner, "use"),
    };
    Some(Spanned::new(spec, node.span))
}
