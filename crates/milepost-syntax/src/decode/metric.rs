//! `metrics:`

use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, column, form, meta, project};
use crate::ast::{BetterSpec, Expr, MetricSpec, TargetBySpec, TargetSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::{parse_text, short};
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

const CATEGORIES: &[&str] = &["reach", "effect", "roi"];
const INDICATORS: &[&str] = &["leading", "lagging"];
const BETTER: &str = "`higher`, `lower` or `inside [a, b]`";
const INSIDE: &str = "two values `[5, 40]`";
const TARGET_SHAPE: &str = "a map such as `{ at_least: 80% }`";
const BY: &str = "a map such as `{ size: { enterprise: 90% } }`";

/// `[5, 40]`, as a list or as text.
const INSIDE_SHAPE: Shape = Shape::Either(&[
    Shape::Pair(&Shape::Of(FieldType::Expression)),
    Shape::Matching(r"\[[^,]+,[^,]+\]"),
]);

const BETTER_SHAPE: Shape = Shape::Either(&[
    Shape::Of(FieldType::Words(&["higher", "lower"])),
    Shape::Matching(r"inside\s*\[[^,]+,[^,]+\]"),
    Shape::Map(&BETTER_INSIDE),
]);

pub(super) static BETTER_INSIDE: Kind = Kind {
    name: "`better`",
    fields: &[&[Field::new("inside", FieldType::Other(INSIDE), "the range of good values")
        .shaped(INSIDE_SHAPE)
        .needed()]],
};

const FIELDS: &[Field] = &[
    Field::new("question", FieldType::Text, "the question that the number answers"),
    Field::new("stage", FieldType::Name, "the stage of the customer journey that it belongs to"),
    Field::new("milestone", FieldType::Name, "the milestone that it belongs to"),
    Field::new("leads_to", FieldType::Names, "the metrics that follow it later"),
    Field::new("category", FieldType::Words(CATEGORIES), "what it measures"),
    Field::new(
        "indicator",
        FieldType::Words(INDICATORS),
        "whether it moves before or after the result",
    ),
    Field::new(
        "unit",
        FieldType::Other("a unit such as `percent`, `USD` or `days`"),
        "what the number counts",
    )
    .shaped(column::UNIT_SHAPE),
    Field::new("better", FieldType::Other(BETTER), "which direction is good").shaped(BETTER_SHAPE),
    Field::new("target", FieldType::Other(TARGET_SHAPE), "the value to reach")
        .shaped(Shape::Map(&TARGET)),
    Field::new("maturity", FieldType::Duration, "the age at which a bucket is settled"),
    Field::new("slices", FieldType::Names, "the dimensions to slice it by"),
    Field::new("grain", FieldType::Words(project::GRAINS), "the bucket of time"),
    Field::new("min_sample", FieldType::Integer, "the smallest sample for which a number is shown"),
    Field::new("approximate", FieldType::Bool, "whether its percentiles may be off by up to 0.2 %"),
    Field::new("where", FieldType::Expression, "a fixed slice: a condition over dimensions"),
    Field::new("show", FieldType::Name, "which part of its form is the headline"),
];

pub(super) static METRIC: Kind =
    Kind { name: "a metric", fields: &[form::FIELDS, FIELDS, meta::FIELDS, form::LATER] };

pub(super) static TARGET: Kind = Kind {
    name: "`target`",
    fields: &[&[
        Field::new("at_least", FieldType::Expression, "the least good value"),
        Field::new("at_most", FieldType::Expression, "the greatest good value"),
        Field::new("inside", FieldType::Other(INSIDE), "the range of good values")
            .shaped(INSIDE_SHAPE),
        Field::new("by", FieldType::Other(BY), "other bounds for some values of a dimension")
            .shaped(Shape::Keyed(&Shape::Keyed(&Shape::Of(FieldType::Expression)))),
    ]],
};

pub(super) fn metric(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<MetricSpec> {
    decoder.check_name("a metric", &entry.key);
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &METRIC)?;
    Some(MetricSpec {
        name: entry.key.clone(),
        span: entry.span(),
        meta: meta::meta(decoder, &fields),
        question: decoder.text(&fields, "question"),
        stage: decoder.text(&fields, "stage"),
        milestone: decoder.text(&fields, "milestone"),
        leads_to: decoder.names(&fields, "leads_to"),
        category: decoder.word(&fields, "category"),
        indicator: decoder.word(&fields, "indicator"),
        unit: column::unit(decoder, &fields),
        better: better(decoder, &fields),
        target: target(decoder, &fields),
        maturity: decoder.duration(&fields, "maturity"),
        slices: decoder.names(&fields, "slices"),
        grain: decoder.word(&fields, "grain"),
        min_sample: decoder.integer(&fields, "min_sample"),
        approximate: decoder.bool(&fields, "approximate"),
        filter: decoder.expression(&fields, "where"),
        show: decoder.text(&fields, "show"),
        form: form::form(decoder, &fields),
        from_a_day: false,
        owner: None,
    })
}

fn better(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<BetterSpec>> {
    let node = fields.get(decoder, "better")?;
    if let NodeKind::Map(entries) = &node.kind
        && let [Entry { key, value }] = entries.as_slice()
        && key.node == "inside"
    {
        let (low, high) = inside(decoder, value)?;
        return Some(Spanned::new(BetterSpec::Inside(low, high), node.span));
    }
    let text = decoder.scalar("better", BETTER, node)?;
    match text.node.trim() {
        "higher" => Some(Spanned::new(BetterSpec::Higher, text.span)),
        "lower" => Some(Spanned::new(BetterSpec::Lower, text.span)),
        words if words.starts_with("inside") && words.contains('[') => {
            let (low, high) = bracketed(decoder, node)?;
            Some(Spanned::new(BetterSpec::Inside(low, high), text.span))
        }
        _ => {
            decoder.one_of("better", &["higher", "lower", "inside [a, b]"], text).and_then(|text| {
                match text.node.as_str() {
                    "higher" => Some(Spanned::new(BetterSpec::Higher, text.span)),
                    "lower" => Some(Spanned::new(BetterSpec::Lower, text.span)),
                    _ => None,
                }
            })
        }
    }
}

/// `[a, b]` as a list, or as text after other words.
fn inside(decoder: &mut Decoder<'_>, node: &Node) -> Option<(Expr, Expr)> {
    if let NodeKind::Scalar(_) = node.kind {
        return bracketed(decoder, node);
    }
    let (low, high) = decoder.pair("inside", INSIDE, node)?;
    Some((decoder.expression_of("inside", low), decoder.expression_of("inside", high)))
}

/// The two values between the brackets of a text.
fn bracketed(decoder: &mut Decoder<'_>, node: &Node) -> Option<(Expr, Expr)> {
    let text = node.mapped(decoder.source)?;
    let ends = text.text.find('[').zip(text.text.rfind(']')).filter(|(open, close)| open < close);
    let Some((open, close)) = ends else {
        decoder.wrong_type("inside", INSIDE, node);
        return None;
    };
    let comma = text.text[open..close].find(',').map(|comma| open + comma);
    let rest = text.text[close + 1..].trim();
    let Some(comma) = comma.filter(|_| rest.is_empty()) else {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::WRONG_TYPE,
                node.span,
                format!("`{}` is not two values in brackets", short(&text.text)),
            )
            .help(format!("write {INSIDE}")),
        );
        return None;
    };
    let low = parse_text(&text.part(open + 1, comma), decoder.diagnostics);
    let high = parse_text(&text.part(comma + 1, close), decoder.diagnostics);
    Some((low, high))
}

fn target(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<TargetSpec>> {
    let node = fields.get(decoder, "target")?;
    if let NodeKind::Scalar(scalar) = &node.kind {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::WRONG_TYPE,
                node.span,
                "a target says whether it is the least or the greatest good value",
            )
            .help(format!("write {}", bound_to_write(&short(&scalar.text)))),
        );
        return None;
    }
    let inner = Fields::open(decoder, "target", node, &TARGET)?;
    let spec = TargetSpec {
        at_least: decoder.expression(&inner, "at_least"),
        at_most: decoder.expression(&inner, "at_most"),
        inside: match inner.get(decoder, "inside") {
            Some(node) => inside(decoder, node),
            None => None,
        },
        by: match inner.get(decoder, "by") {
            Some(node) => by(decoder, node, BY),
            None => Vec::new(),
        },
    };
    Some(Spanned::new(spec, node.span))
}

/// `>= 60%` as the field that says it; both, where the sign is missing.
fn bound_to_write(written: &str) -> String {
    const SIGNS: [(&str, &str); 8] = [
        (">=", "at_least"),
        ("=>", "at_least"),
        ("≥", "at_least"),
        (">", "at_least"),
        ("<=", "at_most"),
        ("=<", "at_most"),
        ("≤", "at_most"),
        ("<", "at_most"),
    ];
    let signed = SIGNS.iter().find_map(|(sign, field)| Some((written.strip_prefix(sign)?, field)));
    let value = |text: &str| text.trim().replace(" %", "%");
    match signed {
        Some((bound, field)) => format!("`target: {{ {field}: {} }}`", value(bound)),
        None => {
            let bound = value(written);
            format!("`target: {{ at_least: {bound} }}` or `target: {{ at_most: {bound} }}`")
        }
    }
}

/// What stands under `by:`. `takes`: what it looks like.
pub(super) fn by(decoder: &mut Decoder<'_>, node: &Node, takes: &str) -> Vec<TargetBySpec> {
    let entries = decoder.entries("by", takes, node);
    entries
        .iter()
        .map(|Entry { key, value }| TargetBySpec {
            dimension: key.clone(),
            values: decoder
                .entries(
                    &key.node,
                    "a map from its values to bounds, such as `{ enterprise: 90% }`",
                    value,
                )
                .iter()
                .map(|entry| {
                    (entry.key.clone(), decoder.expression_of(&entry.key.node, &entry.value))
                })
                .collect(),
        })
        .collect()
}
