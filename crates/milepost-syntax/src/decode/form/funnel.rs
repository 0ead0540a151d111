//! `funnel: { of: contact, steps: [ sent: touches, used: events ], within: 14 days }`

use super::super::Decoder;
use super::super::behavior::placed_rows;
use super::super::field::{Field, FieldType, Kind, Shape};
use super::super::fields::Fields;
use crate::ast::{FormSpec, FunnelSpec, FunnelStepSpec, PlacedRowsSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

const NAME: &str = "funnel";
const STEPS: &str = "a list of names with their rows, such as `[ sent: touches, used: events ]`";
const ROWS: &str = "rows of a dataset, such as `touches on clicked_at where channel = 'email'`";

const STEP: Shape = Shape::Either(&[Shape::Of(FieldType::Text), Shape::Map(&FUNNEL_STEP)]);

pub(in super::super) static FUNNEL: Kind = Kind {
    name: "`funnel`",
    fields: &[&[
        Field::new("of", FieldType::Name, "the entity whose members take the steps").needed(),
        Field::new(
            "steps",
            FieldType::Other(STEPS),
            "the steps in their order, each with its rows",
        )
        .shaped(Shape::List(&Shape::Keyed(&STEP)))
        .needed(),
        Field::new("within", FieldType::Duration, "how long after the first step the others count")
            .needed(),
        Field::new("without", FieldType::Other(ROWS), "rows that end an attempt")
            .shaped(Shape::Of(FieldType::Text)),
        Field::new("same", FieldType::Names, "columns that are the same in all steps"),
        Field::new(
            "ties",
            FieldType::Words(&["in_order", "apart"]),
            "whether steps at the same time count as in order",
        ),
        Field::new(
            "count",
            FieldType::Words(&["members", "attempts"]),
            "whether each member counts once, or each first step",
        ),
    ]],
};

/// A step that says more than its rows.
pub(in super::super) static FUNNEL_STEP: Kind = Kind {
    name: "a step",
    fields: &[&[
        Field::new("rows", FieldType::Other(ROWS), "the rows by which it is taken")
            .shaped(Shape::Of(FieldType::Text))
            .needed(),
        Field::new(
            "of",
            FieldType::Name,
            "an entity that the member belongs to: anybody's rows there count",
        ),
    ]],
};

/// What it can't do without.
const NEEDED: [(&str, &str, &str); 3] = [
    ("of", "whose steps they are", "with the name of an entity, such as `of: contact`"),
    (
        "steps",
        "which steps there are",
        "with at least two of them, in their order, such as `steps: [ sent: touches, used: events ]`",
    ),
    (
        "within",
        "how long after the first step the others count",
        "with a length of time, such as `within: 14 days`",
    ),
];

/// What stands under `funnel:`.
pub(super) fn funnel(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<FormSpec> {
    let span = fields.place(NAME)?;
    let Some((inner, key)) = super::open(decoder, fields, NAME, &FUNNEL, &NEEDED) else {
        return Some(FormSpec::Unusable(span));
    };
    let before = decoder.diagnostics.counts().0;
    let steps = inner.get(decoder, "steps").map(|node| steps(decoder, node));
    let without = inner.get(decoder, "without").map(|node| rows(decoder, "without", node));
    let same = inner.get(decoder, "same").map(|node| decoder.names_of("same", node));
    let funnel = FunnelSpec {
        key: key.clone(),
        span,
        of: decoder.text(&inner, "of"),
        steps: steps.unwrap_or_default(),
        within: decoder.duration(&inner, "within"),
        without: without.flatten(),
        same: same.unwrap_or_default(),
        ties: decoder.word(&inner, "ties"),
        count: decoder.word(&inner, "count"),
    };
    // With a field that can't be read, it would mean something else.
    let is_read = decoder.diagnostics.counts().0 == before;
    Some(if is_read { FormSpec::Funnel(Box::new(funnel)) } else { FormSpec::Unusable(span) })
}

fn steps(decoder: &mut Decoder<'_>, node: &Node) -> Vec<FunnelStepSpec> {
    let Some(items) = decoder.in_order("steps", STEPS, node) else { return Vec::new() };
    if items.is_empty() {
        let message = "a funnel leads from one step to another, and this has none";
        let told = Diagnostic::error(codes::INVALID_VALUE, node.span, message);
        decoder.diagnostics.push(told.help(format!("write {STEPS}")));
    }
    items.iter().filter_map(|item| step(decoder, item)).collect()
}

fn step(decoder: &mut Decoder<'_>, item: &Node) -> Option<FunnelStepSpec> {
    let Entry { key, value } = decoder.only_entry(("steps", STEPS), ("step", "its rows"), item)?;
    decoder.check_name("a step", key);
    if !matches!(value.kind, NodeKind::Map(_)) {
        let rows = rows(decoder, &key.node, value)?;
        return Some(FunnelStepSpec { name: key.clone(), rows, of: None });
    }
    let fields = Fields::open(decoder, &key.node, value, &FUNNEL_STEP)?;
    if fields.lacks("rows") {
        let message = format!("the step `{}` does not say by which rows it is taken", key.node);
        decoder.diagnostics.push(
            Diagnostic::error(codes::MISSING_FIELD, key.span, message)
                .help(format!("add `rows:` with {ROWS}")),
        );
    }
    let rows = fields.get(decoder, "rows").and_then(|node| rows(decoder, "rows", node));
    let of: Option<Spanned<String>> = decoder.text(&fields, "of");
    Some(FunnelStepSpec { name: key.clone(), rows: rows?, of })
}

fn rows(decoder: &mut Decoder<'_>, what: &str, node: &Node) -> Option<PlacedRowsSpec> {
    placed_rows(decoder, what, node, ROWS)
}
