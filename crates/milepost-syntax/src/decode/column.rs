//! `columns:` of a dataset, and units.

use super::Decoder;
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use crate::ast::{BadValues, ColumnSpec, UnitSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

const TYPES: &[&str] = &["text", "integer", "number", "decimal", "boolean", "date", "timestamp"];

const BAD_VALUES: &[&str] = &["null", "error"];

const FORMAT: &str =
    "a pattern of dates such as `%m/%d/%Y`, or a value such as `$1,234.50`, `12.5%` or `yes/no`";

const UNIT: &str = "a unit such as `percent`, `USD` or `seat`, or `{ currency: column }`";

/// A unit: a word, or the column of each row's currency.
pub(super) const UNIT_SHAPE: Shape =
    Shape::Either(&[Shape::Of(FieldType::Text), Shape::Map(&CURRENCY_UNIT)]);

pub(super) static CURRENCY_UNIT: Kind = Kind {
    name: "a unit of currency",
    fields: &[&[Field::new(
        "currency",
        FieldType::Name,
        "the column that holds each row's currency",
    )
    .needed()]],
};

/// A column that is only named, or has a type and nothing else, or has fields.
pub(super) const COLUMN_SHAPE: Shape =
    Shape::Either(&[Shape::Of(FieldType::Words(TYPES)), Shape::Map(&COLUMN), Shape::Nothing]);

pub(super) static COLUMN: Kind = Kind {
    name: "a column",
    fields: &[&[
        Field::new("type", FieldType::Words(TYPES), "the type of its values"),
        Field::new("column", FieldType::Text, "its name in the data, where that differs"),
        Field::new(
            "value",
            FieldType::Expression,
            "an expression that computes it from other columns of the row",
        ),
        Field::new(
            "format",
            FieldType::Other(FORMAT),
            "how its values are written, where that is not the usual way",
        )
        .shaped(Shape::Of(FieldType::Text)),
        Field::new(
            "bad_values",
            FieldType::Other("`null` or `error`"),
            "what becomes of values that do not fit its type; `error` if absent",
        )
        .shaped(Shape::Either(&[Shape::Nothing, Shape::Of(FieldType::Words(BAD_VALUES))])),
        Field::new("unit", FieldType::Other(UNIT), "what its numbers count").shaped(UNIT_SHAPE),
        Field::new("dimension", FieldType::Name, "the name under which metrics are sliced by it"),
        Field::new("pii", FieldType::Bool, "whether it is personal data, which is never shown"),
        Field::new(
            "planned",
            FieldType::Bool,
            "whether its times are plans that may lie after the as-of",
        ),
        Field::new("label", FieldType::Text, "the name shown to readers"),
        Field::new("description", FieldType::Text, "what it is, in a sentence"),
    ]],
};

pub(super) fn columns(decoder: &mut Decoder<'_>, node: &Node) -> Vec<ColumnSpec> {
    if let NodeKind::List(_) = node.kind {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::WRONG_TYPE,
                node.span,
                "`columns` is a map from names to columns, and this is a list",
            )
            .help("write `columns: { plan: text, seats: { type: integer, unit: seat } }`"),
        );
        return Vec::new();
    }
    let entries = decoder.entries("columns", "a map from names to columns", node);
    entries.iter().filter_map(|entry| column(decoder, entry)).collect()
}

fn column(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<ColumnSpec> {
    decoder.check_name("a column", &entry.key);
    let mut column = ColumnSpec { span: entry.span(), ..ColumnSpec::named(entry.key.clone()) };
    match &entry.value.kind {
        // A column may be named without saying anything about it.
        NodeKind::Null => return Some(column),
        NodeKind::Scalar(scalar) => {
            let text = Spanned::new(scalar.text.clone(), entry.value.span);
            column.ty = decoder.one_of("type", TYPES, text);
            return Some(column);
        }
        NodeKind::List(_) | NodeKind::Map(_) | NodeKind::Error => {}
    }
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &COLUMN)?;
    column.ty = decoder.word(&fields, "type");
    column.column = decoder.text(&fields, "column");
    column.value = decoder.expression(&fields, "value");
    column.unit = unit(decoder, &fields);
    column.dimension = decoder.text(&fields, "dimension");
    column.pii = decoder.bool(&fields, "pii");
    column.planned = decoder.bool(&fields, "planned");
    column.label = decoder.text(&fields, "label");
    column.description = decoder.text(&fields, "description");
    column.format = decoder.text(&fields, "format");
    column.bad_values = bad_values(decoder, &fields);
    Some(column)
}

/// `null` is a word here, with quotes or without.
fn bad_values(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<BadValues>> {
    let node = fields.get_or_null(decoder, "bad_values")?;
    let word = match node.kind {
        NodeKind::Null => Spanned::new("null".to_owned(), node.span),
        _ => {
            let text = decoder.scalar("bad_values", "`null` or `error`", node)?;
            decoder.one_of("bad_values", BAD_VALUES, text)?
        }
    };
    Some(word.map(|word| if word == "null" { BadValues::Null } else { BadValues::Error }))
}

/// The `unit:` of a column or a metric.
pub(super) fn unit(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<UnitSpec>> {
    let node = fields.get(decoder, "unit")?;
    if let NodeKind::Map(entries) = &node.kind {
        if let [Entry { key, value }] = entries.as_slice()
            && key.node == "currency"
        {
            let column =
                decoder.scalar("currency", "the column that holds each row's currency", value)?;
            return Some(Spanned::new(UnitSpec::CurrencyColumn(column), node.span));
        }
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::WRONG_TYPE,
                node.span,
                "a unit in braces names the column of the currency",
            )
            .help("write `unit: { currency: currency_column }`, or a unit such as `unit: USD`"),
        );
        return None;
    }
    let text = decoder.scalar("unit", UNIT, node)?;
    Some(text.map(UnitSpec::Name))
}
