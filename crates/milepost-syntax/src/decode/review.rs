//! `review:` of `milepost.yaml`: which differences may be merged, for `milepost diff`.

use super::Decoder;
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use crate::ast::{Date, Decimal, ExprKind, ReviewSpec, WaiverSpec};
use crate::codes;
use crate::span::Spanned;
use crate::yaml::{Node, NodeKind};

/// How much a difference matters, from the most to the least.
pub(super) const LEVELS: &[&str] = &[
    "contract-breaking",
    "value-changing",
    "undecided",
    "verdict-changing",
    "additive",
    "cosmetic",
];

const LEVEL: Shape = Shape::Of(FieldType::Words(LEVELS));
const LEVELS_SHAPE: Shape = Shape::Either(&[LEVEL, Shape::List(&LEVEL)]);
const TAKES_LEVELS: &str = "a list such as `[contract-breaking, undecided]`";
const WAIVERS: &str =
    "a list such as `[ { id: 1f8a…, reason: agreed with finance, until: 2026-12-31 } ]`";
const SHARE: &str = "a share such as `0.1%`";
const DAY: &str = "a day such as `2026-12-31`";

pub(super) static REVIEW: Kind = Kind {
    name: "`review`",
    fields: &[&[
        Field::new(
            "fail_on",
            FieldType::Other(TAKES_LEVELS),
            "the differences with which `milepost diff` ends with exit code 1",
        )
        .shaped(LEVELS_SHAPE),
        Field::new(
            "require_note",
            FieldType::Other(TAKES_LEVELS),
            "the differences that need an entry in the definition's `changelog`",
        )
        .shaped(LEVELS_SHAPE),
        Field::new(
            "ignore_below",
            FieldType::Other(SHARE),
            "changes of figures that are smaller, as a share of the old one, are counted and not shown",
        )
        .shaped(Shape::Matching(r"(100|[0-9]{1,2})(\.[0-9]+)?\s*%")),
        Field::new("waivers", FieldType::Other(WAIVERS), "differences that are allowed, and why")
            .shaped(Shape::List(&Shape::Map(&WAIVER))),
    ]],
};

pub(super) static WAIVER: Kind = Kind {
    name: "a waiver",
    fields: &[&[
        Field::new("id", FieldType::Text, "the id of the difference, as `milepost diff` prints it")
            .needed(),
        Field::new("reason", FieldType::Text, "why it is allowed").needed(),
        Field::new("until", FieldType::Other(DAY), "the last day on which it is")
            .shaped(Shape::Matching(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"))
            .needed(),
    ]],
};

pub(super) fn review(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> ReviewSpec {
    let Some(node) = fields.get(decoder, "review") else { return ReviewSpec::default() };
    let Some(inner) = Fields::open(decoder, "review", node, &REVIEW) else {
        return ReviewSpec::default();
    };
    ReviewSpec {
        fail_on: levels(decoder, &inner, "fail_on"),
        require_note: levels(decoder, &inner, "require_note"),
        ignore_below: share(decoder, &inner),
        waivers: waivers(decoder, &inner),
    }
}

fn levels(decoder: &mut Decoder<'_>, fields: &Fields<'_>, name: &str) -> Vec<Spanned<String>> {
    let Some(node) = fields.get(decoder, name) else { return Vec::new() };
    let items = match &node.kind {
        NodeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let level = |item| {
        let text = decoder.scalar(name, TAKES_LEVELS, item)?;
        decoder.one_of(name, LEVELS, text)
    };
    items.iter().filter_map(level).collect()
}

fn share(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<Decimal>> {
    let node = fields.get(decoder, "ignore_below")?;
    let wrong = (codes::INVALID_VALUE, "a share");
    decoder.literal(("ignore_below", SHARE), wrong, node, |kind| match kind {
        ExprKind::Percent(share) => Some(share),
        _ => None,
    })
}

fn waivers(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<WaiverSpec> {
    let Some(node) = fields.get(decoder, "waivers") else { return Vec::new() };
    let NodeKind::List(items) = &node.kind else {
        decoder.wrong_type("waivers", WAIVERS, node);
        return Vec::new();
    };
    items.iter().filter_map(|item| waiver(decoder, item)).collect()
}

fn waiver(decoder: &mut Decoder<'_>, node: &Node) -> Option<WaiverSpec> {
    let fields = Fields::open(decoder, "waivers", node, &WAIVER)?;
    let needed = [
        ("id", "add `id:` with the id that `milepost diff` prints"),
        ("reason", "add `reason:` with who allowed it and why"),
        ("until", "add `until:` with a day: a waiver is not for ever"),
    ];
    fields.tell_lacking(decoder, node, &needed, |name| format!("the waiver has no `{name}`"));
    let until = fields.get(decoder, "until").and_then(|node| day(decoder, node));
    let (id, reason) = (decoder.text(&fields, "id"), decoder.text(&fields, "reason"));
    Some(WaiverSpec { id: id?, reason: reason?, until: until? })
}

fn day(decoder: &mut Decoder<'_>, node: &Node) -> Option<Spanned<Date>> {
    decoder.literal(("until", DAY), (codes::INVALID_DATE, "a day"), node, |kind| match kind {
        ExprKind::Date(date) => Some(date),
        _ => None,
    })
}
