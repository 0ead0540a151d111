//! `segments:`

use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, meta};
use crate::ast::{BandSpec, SegmentSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

const BANDS: &str =
    "a list from the first to the last, such as `[ large: seats >= 500, small: otherwise ]`";
const OTHERWISE: &str = "otherwise";

const FIELDS: &[Field] = &[
    Field::new("of", FieldType::Name, "the entity whose members it divides"),
    Field::new(
        "where",
        FieldType::Expression,
        "who belongs to it, evaluated at the end of each day",
    ),
    Field::new(
        "bands",
        FieldType::Other(BANDS),
        "names with conditions; the first that holds takes the member, `otherwise` takes the rest",
    )
    .shaped(Shape::List(&Shape::Keyed(&Shape::Of(FieldType::Expression)))),
];

pub(super) static SEGMENT: Kind = Kind { name: "a segment", fields: &[FIELDS, meta::FIELDS] };

pub(super) fn segment(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<SegmentSpec> {
    decoder.check_name("a segment", &entry.key);
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &SEGMENT)?;
    if fields.lacks("of") {
        let message =
            format!("the segment `{}` does not say whose members it divides", entry.key.node);
        decoder.diagnostics.push(
            Diagnostic::error(codes::MISSING_FIELD, entry.key.span, message)
                .help("add `of:` with the name of an entity, such as `of: account`"),
        );
    }
    let (rule, bands) = (fields.place("where"), fields.place("bands"));
    match (rule, bands) {
        (Some(first), Some(second)) => decoder.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                second,
                "a segment has either `where:` or `bands:`, and this one has both",
            )
            .also(first, "`where:`")
            .help("keep `where:` for yes or no, `bands:` for several groups"),
        ),
        (None, None) if fields.lacks("where") && fields.lacks("bands") => decoder.diagnostics.push(
            Diagnostic::error(
                codes::MISSING_FIELD,
                entry.key.span,
                format!("the segment `{}` does not say who belongs to it", entry.key.node),
            )
            .help("add `where:` with a condition, or `bands:` with several"),
        ),
        _ => {}
    }
    let bands = fields
        .get(decoder, "bands")
        .map(|node| Spanned::new(read_bands(decoder, node, BANDS), node.span));
    Some(SegmentSpec {
        name: entry.key.clone(),
        span: entry.span(),
        meta: meta::meta(decoder, &fields),
        of: decoder.text(&fields, "of"),
        filter: decoder.expression(&fields, "where"),
        bands,
        derived: None,
    })
}

/// `takes`: what they look like.
pub(super) fn read_bands(decoder: &mut Decoder<'_>, node: &Node, takes: &str) -> Vec<BandSpec> {
    let items = decoder.in_order("bands", takes, node).unwrap_or_default();
    items.iter().filter_map(|item| band(decoder, item, takes)).collect()
}

fn band(decoder: &mut Decoder<'_>, item: &Node, takes: &str) -> Option<BandSpec> {
    let Entry { key, value } =
        decoder.only_entry(("bands", takes), ("band", "a condition"), item)?;
    let otherwise =
        matches!(&value.kind, NodeKind::Scalar(scalar) if scalar.text.trim() == OTHERWISE);
    let condition = (!otherwise).then(|| decoder.expression_of(&key.node, value));
    if let NodeKind::Null = value.kind {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::WRONG_TYPE,
                key.span,
                format!("the band `{}` has no condition", key.node),
            )
            .help(format!("write a condition after it, or `{OTHERWISE}` for all who are left")),
        );
    }
    Some(BandSpec { name: key.clone(), condition })
}
