//! What every definition may carry.

use super::Decoder;
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use crate::ast::{DeprecatedSpec, ExprKind, Meta};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::{short, try_parse};
use crate::span::{SourceId, Span, Spanned};
use crate::text::MappedText;
use crate::yaml::Entry;

const CHANGELOG: &str = "a map from days to sentences, such as `{ 2026-11-29: Win-backs count. }`";

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
    Field::new("changelog", FieldType::Other(CHANGELOG), "what was changed, by day")
        .shaped(Shape::Keyed(&Shape::Of(FieldType::Text))),
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
        changelog: changelog(decoder, fields),
    }
}

fn changelog(
    decoder: &mut Decoder<'_>,
    fields: &Fields<'_>,
) -> Vec<(Spanned<String>, Spanned<String>)> {
    let Some(node) = fields.get(decoder, "changelog") else { return Vec::new() };
    let entries = decoder.entries("changelog", CHANGELOG, node);
    let entry = |entry: &Entry| {
        let key = &entry.key;
        if !is_day(&key.node) {
            let message = format!("`{}` is not a day", short(&key.node));
            decoder.diagnostics.push(
                Diagnostic::error(codes::INVALID_DATE, key.span, message)
                    .help("write the day of the change, such as `2026-11-29`"),
            );
            return None;
        }
        let text = decoder.scalar(&key.node, "a sentence", &entry.value)?;
        Some((key.clone(), text))
    };
    entries.iter().filter_map(entry).collect()
}

/// Whether a text is a day that exists.
fn is_day(text: &str) -> bool {
    let nowhere = Span::new(SourceId(0), 0, 0);
    let read = try_parse(&MappedText::opaque(text.to_owned(), nowhere));
    matches!(read.map(|expr| expr.kind), Ok(ExprKind::Date(_)))
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
