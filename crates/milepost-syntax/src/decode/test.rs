//! `tests:`

use granit_parser::ScalarStyle;

use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, meta, project};
use crate::ast::{ExpectSpec, GivenCell, GivenRow, GivenSpec, TestSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::short;
use crate::span::{Span, Spanned};
use crate::yaml::{Entry, Node, NodeKind};

const ROWS: &str =
    "a list of rows such as `- { account_id: a, date: 2026-01-31, mrr: 100 }`, or `missing`";
const GIVEN: &str = "a map from datasets to rows";
const ROW: &str = "a row in braces, such as `{ account_id: a, mrr: 100 }`";
const CELL: &str = "a single value";
const EXPECTED: &str = "a list such as `- { month: 2026-03, value: 97.4% }`";
const VALUE: &str = "a number, as the metric shows it";

/// Why there is no number: the words of a reason.
const REASONS: &[&str] = &[
    "no data",
    "zero denominator",
    "too few",
    "short history",
    "immature",
    "not reached",
    "unavailable",
];

/// Rows of single values, also of none.
const ROWS_SHAPE: Shape = Shape::Either(&[
    Shape::List(&Shape::Keyed(&Shape::Either(&[Shape::Of(FieldType::Text), Shape::Nothing]))),
    Shape::Of(FieldType::Words(&["missing"])),
    Shape::Nothing,
]);

/// Other keys of a figure are dimensions.
const EXPECT_SHAPE: Shape =
    Shape::Either(&[Shape::List(&Shape::OpenMap(&EXPECT)), Shape::OpenMap(&EXPECT)]);

const FIELDS: &[Field] = &[
    Field::new("metric", FieldType::Name, "the metric that is tested").needed(),
    Field::new(
        "grain",
        FieldType::Words(project::GRAINS),
        "the bucket of time, where it is not the metric's own",
    ),
    Field::new("as_of", FieldType::Text, "up to when the rows are used"),
    Field::new("holidays", FieldType::Names, "the days on which nobody works, for this test"),
    Field::new("given", FieldType::Other(GIVEN), "the rows of each dataset; others are empty")
        .shaped(Shape::Named(&ROWS_SHAPE)),
    Field::new("expect", FieldType::Other(EXPECTED), "the figures that the rows must give")
        .needed()
        .shaped(EXPECT_SHAPE),
];

pub(super) static TEST: Kind = Kind { name: "a test", fields: &[FIELDS, meta::FIELDS] };

/// The keys that name a bucket; `bucket` is of the grain that the test has.
const BUCKETS: [&str; 8] =
    ["bucket", "day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"];

/// All other keys of an expectation are dimensions.
pub(super) static EXPECT: Kind = Kind {
    name: "an expected figure",
    fields: &[&[
        Field::new("bucket", FieldType::Text, "the label of the bucket"),
        Field::new("day", FieldType::Text, "the bucket, such as `2026-03-31`"),
        Field::new("week", FieldType::Text, "the bucket, such as `2026-W14`"),
        Field::new("month", FieldType::Text, "the bucket, such as `2026-03`"),
        Field::new("quarter", FieldType::Text, "the bucket, such as `2026-Q1`"),
        Field::new("year", FieldType::Text, "the bucket, such as `2026`"),
        Field::new("fiscal_quarter", FieldType::Text, "the bucket, such as `FY2027-Q1`"),
        Field::new("fiscal_year", FieldType::Text, "the bucket, such as `FY2027`"),
        Field::new("value", FieldType::Other(VALUE), "the number")
            .shaped(Shape::Of(FieldType::Expression)),
        Field::new("tolerance", FieldType::Other(VALUE), "how far the number may be off")
            .shaped(Shape::Of(FieldType::Expression)),
        Field::new("reason", FieldType::Words(REASONS), "why there is no number"),
    ]],
};

pub(super) fn test(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<TestSpec> {
    decoder.check_name("a test", &entry.key);
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &TEST)?;
    for needed in ["metric", "expect"] {
        if fields.lacks(needed) {
            decoder.diagnostics.push(lacking(needed, &entry.key));
        }
    }
    let holidays = fields.place("holidays").is_some();
    Some(TestSpec {
        name: entry.key.clone(),
        span: entry.span(),
        meta: meta::meta(decoder, &fields),
        metric: decoder.text(&fields, "metric"),
        grain: decoder.word(&fields, "grain"),
        as_of: decoder.text(&fields, "as_of"),
        holidays: holidays.then(|| decoder.names(&fields, "holidays")),
        given: given(decoder, &fields),
        expect: expect(decoder, &fields),
    })
}

fn lacking(field: &str, name: &Spanned<String>) -> Diagnostic {
    let (what, help) = match field {
        "metric" => ("which metric it tests", "add `metric:` with the name of a metric"),
        _ => ("what it expects", "add for example `expect: [ { month: 2026-03, value: 12 } ]`"),
    };
    let message = format!("the test `{}` does not say {what}", short(&name.node));
    Diagnostic::error(codes::MISSING_FIELD, name.span, message).help(help)
}

fn given(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<GivenSpec> {
    let Some(node) = fields.get(decoder, "given") else { return Vec::new() };
    let entries = decoder.entries("given", GIVEN, node);
    entries
        .iter()
        .map(|Entry { key, value }| {
            let missing = matches!(&value.kind, NodeKind::Scalar(word) if word.text == "missing");
            GivenSpec {
                dataset: key.clone(),
                missing: missing.then_some(value.span),
                rows: if missing { Vec::new() } else { rows(decoder, &key.node, value) },
            }
        })
        .collect()
}

fn rows(decoder: &mut Decoder<'_>, dataset: &str, node: &Node) -> Vec<GivenRow> {
    match &node.kind {
        NodeKind::List(items) => {
            items.iter().filter_map(|item| row(decoder, dataset, item)).collect()
        }
        // No rows: what is left when all of them are commented out.
        NodeKind::Null | NodeKind::Error => Vec::new(),
        NodeKind::Scalar(_) | NodeKind::Map(_) => {
            decoder.wrong_type(dataset, ROWS, node);
            Vec::new()
        }
    }
}

fn row(decoder: &mut Decoder<'_>, dataset: &str, node: &Node) -> Option<GivenRow> {
    match &node.kind {
        NodeKind::Map(entries) => Some(GivenRow {
            span: node.span,
            cells: entries.iter().map(|entry| cell(decoder, entry)).collect(),
        }),
        NodeKind::Error => None,
        NodeKind::Null | NodeKind::Scalar(_) | NodeKind::List(_) => {
            let message = format!(
                "a row of `{}` has a value for each of its columns, and this is {}",
                short(dataset),
                node.words()
            );
            decoder.diagnostics.push(
                Diagnostic::error(codes::WRONG_TYPE, node.span, message)
                    .help(format!("write {ROW}")),
            );
            None
        }
    }
}

/// One that could not be read stays as null: it is there.
fn cell(decoder: &mut Decoder<'_>, Entry { key, value }: &Entry) -> GivenCell {
    let cell = |span: Span, text: Option<String>, quoted: bool| GivenCell {
        column: key.clone(),
        span,
        text,
        quoted,
    };
    match &value.kind {
        NodeKind::Null => cell(key.span, None, false),
        NodeKind::Scalar(scalar) => {
            cell(value.span, Some(scalar.text.clone()), scalar.style != ScalarStyle::Plain)
        }
        NodeKind::List(_) | NodeKind::Map(_) => {
            decoder.wrong_type(&key.node, CELL, value);
            cell(value.span, None, false)
        }
        NodeKind::Error => cell(value.span, None, false),
    }
}

fn expect(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<ExpectSpec> {
    let Some(node) = fields.get(decoder, "expect") else { return Vec::new() };
    match &node.kind {
        NodeKind::List(items) => {
            if items.is_empty() {
                decoder.diagnostics.push(
                    Diagnostic::error(codes::MISSING_FIELD, node.span, "nothing is expected")
                        .help(format!("write {EXPECTED}")),
                );
            }
            items.iter().filter_map(|item| expected(decoder, item)).collect()
        }
        // A single figure may be written without a list around it.
        NodeKind::Map(_) => expected(decoder, node).into_iter().collect(),
        NodeKind::Null | NodeKind::Scalar(_) | NodeKind::Error => {
            decoder.wrong_type("expect", EXPECTED, node);
            Vec::new()
        }
    }
}

fn expected(decoder: &mut Decoder<'_>, node: &Node) -> Option<ExpectSpec> {
    let fields = Fields::open_with_others(decoder, "expect", node, &EXPECT)?;
    let spec = ExpectSpec {
        span: node.span,
        bucket: bucket(decoder, &fields, node),
        slices: slices(decoder, &fields),
        value: decoder.text(&fields, "value"),
        tolerance: decoder.text(&fields, "tolerance"),
        reason: reason(decoder, &fields),
    };
    tell_both_or_none(decoder, &fields, &spec);
    Some(spec)
}

/// The one key that names the bucket. `fiscal quarter` reads the same as `fiscal_quarter`.
fn bucket(
    decoder: &mut Decoder<'_>,
    fields: &Fields<'_>,
    node: &Node,
) -> Option<(Spanned<String>, Spanned<String>)> {
    let NodeKind::Map(entries) = &node.kind else { return None };
    let mut found = entries.iter().filter(|entry| names_bucket(entry));
    let Some(first) = found.next() else {
        if BUCKETS.iter().all(|name| fields.lacks(name)) {
            decoder.diagnostics.push(
                Diagnostic::error(
                    codes::MISSING_FIELD,
                    node.span,
                    "this does not say in which bucket the figure is expected",
                )
                .help("add the bucket's grain and label, such as `month: 2026-03`"),
            );
        }
        return None;
    };
    for other in found {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                other.key.span,
                "an expected figure is in one bucket, and this names a second one",
            )
            .also(first.key.span, "the first one")
            .help("write one line for each bucket"),
        );
    }
    let grain = first.key.clone().map(|name| name.replace(' ', "_"));
    let label = decoder.scalar(&first.key.node, "the label of a bucket", &first.value)?;
    Some((grain, label))
}

/// Whether a key is the grain of a bucket; `fiscal quarter` is written with a space too.
fn names_bucket(entry: &Entry) -> bool {
    BUCKETS.contains(&entry.key.node.replace(' ', "_").as_str())
}

fn slices(
    decoder: &mut Decoder<'_>,
    fields: &Fields<'_>,
) -> Vec<(Spanned<String>, Spanned<Option<String>>)> {
    let others = fields.others().filter(|entry| !names_bucket(entry));
    others
        .filter_map(|Entry { key, value }| {
            if matches!(value.kind, NodeKind::Null) {
                return Some((key.clone(), Spanned::new(None, value.span)));
            }
            let text = decoder.scalar(&key.node, "one value of the dimension", value)?;
            Some((key.clone(), text.map(Some)))
        })
        .collect()
}

/// The words of a reason; `no_data` reads the same as `no data`.
fn reason(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<String>> {
    let node = fields.get(decoder, "reason")?;
    let text = decoder.scalar("reason", "the words of a reason", node)?;
    let words = text.node.replace('_', " ");
    if REASONS.contains(&words.as_str()) {
        return Some(Spanned::new(words, text.span));
    }
    decoder.one_of("reason", REASONS, text)
}

fn tell_both_or_none(decoder: &mut Decoder<'_>, fields: &Fields<'_>, spec: &ExpectSpec) {
    if let (Some(value), Some(reason)) = (fields.place("value"), fields.place("reason")) {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                reason,
                "a figure is a number or has a reason why there is none, and this expects both",
            )
            .also(value, "the number")
            .help("keep `value` or `reason`"),
        );
    } else if fields.lacks("value") && fields.lacks("reason") {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::MISSING_FIELD,
                spec.span,
                "this does not say which figure is expected",
            )
            .help("add `value:` with the number, or `reason: no data` where there is none"),
        );
    } else if let (None, Some(tolerance)) = (fields.place("value"), &spec.tolerance) {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                tolerance.span,
                "a reason has no tolerance: it is the one that is expected, or not",
            )
            .help("remove `tolerance`"),
        );
    }
}
