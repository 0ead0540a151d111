//! `lists:`, each of which is a metric of a form of its own: the number of members on it.

use super::behavior::placed_rows;
use super::dataset::{LENGTH_OR_FOREVER, LENGTH_OR_FOREVER_SHAPE, length_or_forever};
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, meta};
use crate::ast::{
    Expr, ExprKind, FormSpec, ListColumnSpec, ListSpec, MetricSpec, OrderSpec, SnoozeSpec,
};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::short;
use crate::span::{Span, Spanned};
use crate::yaml::{Entry, Node, NodeKind};

const COLUMNS: &str = "a list such as `[plan, renewal_at, { seats: sum(subscriptions.seats) }]`";
const COLUMN: &str = "a column or a metric, or a name with an expression such as `{ seats: sum(subscriptions.seats) }`";
const ORDER: &str = "an expression, or a name with one such as `{ mrr: sum(subscriptions.mrr) }`";
const SNOOZE: &str = "a map such as `{ rows: snoozes, until: until }`";
const SNOOZE_ROWS: &str = "rows of a dataset, such as `snoozes where list = 'renewals'`";

/// What every line of a list has, so that no column of one can have the name.
pub(super) const OWN: &[&str] =
    &["id", "list", "status", "assignee", "rank", "reason", "next_step", "change"];

/// One expression, which may have a name.
const NAMED: Shape = Shape::Either(&[
    Shape::Of(FieldType::Expression),
    Shape::Keyed(&Shape::Of(FieldType::Expression)),
]);

const FIELDS: &[Field] = &[
    Field::new("question", FieldType::Text, "the question that it answers"),
    Field::new(
        "of",
        FieldType::Name,
        "the entity whose members stand on it, or the dataset or behavior whose rows do",
    )
    .needed(),
    Field::new(
        "over",
        FieldType::Other(LENGTH_OR_FOREVER),
        "how far back events are listed, up to the end of the day",
    )
    .shaped(LENGTH_OR_FOREVER_SHAPE),
    Field::new(
        "where",
        FieldType::Expression,
        "who stands on it, evaluated at the end of each day; all members if absent",
    ),
    Field::new("highest", FieldType::Other(ORDER), "what it is ordered by, the largest first")
        .shaped(NAMED)
        .alternative(),
    Field::new("lowest", FieldType::Other(ORDER), "what it is ordered by, the smallest first")
        .shaped(NAMED)
        .alternative(),
    Field::new("columns", FieldType::Other(COLUMNS), "what is shown of each member")
        .shaped(Shape::List(&NAMED)),
    Field::new("reason", FieldType::Expression, "a text that says why a member stands on it"),
    Field::new("assign_to", FieldType::Expression, "who is to act: a column or a path"),
    Field::new(
        "limit",
        FieldType::Integer,
        "how many each of these gets; without one, how many in all",
    )
    .needed(),
    Field::new(
        "snoozed_by",
        FieldType::Other(SNOOZE),
        "rows that take a member off it for a while",
    )
    .shaped(Shape::Map(&SNOOZED)),
    Field::new("next_step", FieldType::Text, "what to do"),
    Field::new(
        "unknown",
        FieldType::Words(&["show", "hide"]),
        "whether members for whom the condition can't be told are shown in a group of their own",
    ),
];

pub(super) static LIST: Kind = Kind { name: "a list", fields: &[FIELDS, meta::FIELDS] };

pub(super) static SNOOZED: Kind = Kind {
    name: "`snoozed_by`",
    fields: &[&[
        Field::new("rows", FieldType::Other(SNOOZE_ROWS), "the rows that say so")
            .shaped(Shape::Of(FieldType::Text))
            .needed(),
        Field::new("until", FieldType::Name, "the column with the day on which it ends").needed(),
    ]],
};

/// What it can't do without.
const NEEDED: [(&str, &str, &str); 2] = [
    (
        "of",
        "whose members stand on it",
        "add `of:` with the name of an entity, a dataset or a behavior, such as `of: account`",
    ),
    (
        "limit",
        "how many one person gets, so it could be any number",
        "add `limit:` with a number that one person can work off, such as `limit: 25`",
    ),
];

pub(super) fn list(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<MetricSpec> {
    decoder.check_name("a list", &entry.key);
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &LIST)?;
    let before = decoder.diagnostics.counts().0;
    fields.tell_unsaid(decoder, ("list", &entry.key), &NEEDED);
    let spec = ListSpec {
        name: entry.key.clone(),
        span: entry.span(),
        of: decoder.text(&fields, "of"),
        over: length_or_forever(decoder, &fields, "over"),
        filter: decoder.expression(&fields, "where"),
        order: order(decoder, &entry.key, &fields),
        columns: columns(decoder, &fields),
        reason: decoder.expression(&fields, "reason"),
        assign_to: decoder.expression(&fields, "assign_to"),
        limit: limit(decoder, &fields),
        snoozed_by: snoozed(decoder, &fields),
        next_step: decoder.text(&fields, "next_step"),
        unknown: decoder.word(&fields, "unknown"),
        is_journey: false,
        score: None,
    };
    // With a field that can't be read, it would mean something else.
    let is_read = decoder.diagnostics.counts().0 == before;
    let form =
        if is_read { FormSpec::List(Box::new(spec)) } else { FormSpec::Unusable(entry.span()) };
    let meta = meta::meta(decoder, &fields);
    let question = decoder.text(&fields, "question");
    let metric = MetricSpec::of(entry.key.clone(), entry.span(), meta, form);
    Some(MetricSpec { question, ..metric })
}

fn order(
    decoder: &mut Decoder<'_>,
    list: &Spanned<String>,
    fields: &Fields<'_>,
) -> Option<OrderSpec> {
    let (highest, lowest) = (fields.place("highest"), fields.place("lowest"));
    let descending = match (highest, lowest) {
        (Some(first), Some(second)) => {
            let message = "a list has one order, and this one has `highest:` and `lowest:`";
            decoder.diagnostics.push(
                Diagnostic::error(codes::INVALID_VALUE, second, message)
                    .also(first, "`highest:`")
                    .help("keep one of the two; members that are equal stay in the order of their keys"),
            );
            return None;
        }
        (Some(_), None) => true,
        (None, Some(_)) => false,
        (None, None) => {
            if fields.lacks("highest") && fields.lacks("lowest") {
                let message = format!(
                    "the list `{}` does not say who comes first, so a limit would cut it anywhere",
                    list.node
                );
                decoder.diagnostics.push(
                    Diagnostic::error(codes::MISSING_FIELD, list.span, message).help(
                        "add `highest:` or `lowest:` with what it is ordered by, such as `highest: sum(subscriptions.mrr)`",
                    ),
                );
            }
            return None;
        }
    };
    let name = if descending { "highest" } else { "lowest" };
    let node = fields.get(decoder, name)?;
    let column = column(decoder, (name, ORDER), node, Some("order"))?;
    Some(OrderSpec { descending, column })
}

fn columns(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<ListColumnSpec> {
    let Some(node) = fields.get(decoder, "columns") else { return Vec::new() };
    let items = match &node.kind {
        NodeKind::List(items) => items.as_slice(),
        NodeKind::Scalar(_) => std::slice::from_ref(node),
        _ => {
            decoder.wrong_type("columns", COLUMNS, node);
            return Vec::new();
        }
    };
    let mut found: Vec<ListColumnSpec> = Vec::new();
    for item in items {
        let Some(column) = column(decoder, ("columns", COLUMN), item, None) else { continue };
        if let Some(first) = found.iter().find(|other| other.name.node == column.name.node) {
            let message = format!("there are two columns `{}`", column.name.node);
            decoder.diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DEFINITION, column.name.span, message)
                    .also(first.name.span, "the first")
                    .help("remove one of them, or give it another name: `{ name: expression }`"),
            );
            continue;
        }
        found.push(column);
    }
    found
}

/// One column. `usual`: its name, where it has none of its own.
fn column(
    decoder: &mut Decoder<'_>,
    (field, takes): (&str, &str),
    node: &Node,
    usual: Option<&str>,
) -> Option<ListColumnSpec> {
    let (name, value) = match &node.kind {
        NodeKind::Map(_) => {
            let entry = decoder.only_entry((field, takes), ("column", "its expression"), node)?;
            decoder.check_name("a column", &entry.key);
            let value = decoder.expression_of(&entry.key.node, &entry.value);
            (Some(entry.key.clone()), value)
        }
        NodeKind::Scalar(_) => (None, decoder.expression_of(field, node)),
        _ => {
            decoder.wrong_type(field, takes, node);
            return None;
        }
    };
    let named = name.is_some();
    let name = name.or_else(|| path_name(&value)).or_else(|| {
        let usual = usual?;
        Some(Spanned::new(usual.to_owned(), value.span))
    });
    let Some(name) = name else {
        if !matches!(value.kind, ExprKind::Error) {
            let written = short(decoder.source.slice(node.span));
            let message = format!("the column `{written}` has no name");
            decoder.diagnostics.push(
                Diagnostic::error(codes::MISSING_FIELD, node.span, message)
                    .help(format!("give it one: `{{ name: \"{written}\" }}`")),
            );
        }
        return None;
    };
    if OWN.contains(&name.node.as_str()) {
        let at = name.span;
        let message = format!("every line of a list has a `{}` of its own", name.node);
        let (name, value) = (&name.node, crate::print_expr(&value));
        let help = format!("give the column another name, such as `{{ its_{name}: {value} }}`");
        decoder
            .diagnostics
            .push(Diagnostic::error(codes::DUPLICATE_DEFINITION, at, message).help(help));
        return None;
    }
    Some(ListColumnSpec { name, named, value })
}

/// What a path is called: its names.
fn path_name(value: &Expr) -> Option<Spanned<String>> {
    let ExprKind::Path(path) = &value.kind else { return None };
    let names: Vec<&str> = path.iter().map(|name| name.node.as_str()).collect();
    Some(Spanned::new(names.join("."), value.span))
}

fn limit(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<i64>> {
    let limit = decoder.integer(fields, "limit")?;
    if limit.node < 1 {
        let message = format!("with `limit: {}` nobody stands on the list", limit.node);
        decoder.diagnostics.push(
            Diagnostic::error(codes::INVALID_VALUE, limit.span, message)
                .help("write a number that one person can work off, such as `limit: 25`"),
        );
        return None;
    }
    Some(limit)
}

fn snoozed(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<SnoozeSpec> {
    let node = fields.get(decoder, "snoozed_by")?;
    let span: Span = fields.place("snoozed_by")?;
    let inner = Fields::open(decoder, "snoozed_by", node, &SNOOZED)?;
    let needed = [
        ("rows", "add `rows:` with rows of a dataset, such as `rows: snoozes`"),
        ("until", "add `until:` with the column that says when it ends, such as `until: until`"),
    ];
    let message = |field: &str| format!("`snoozed_by:` does not say its `{field}`");
    inner.tell_lacking(decoder, node, &needed, message);
    let rows = inner.get(decoder, "rows");
    Some(SnoozeSpec {
        span,
        rows: rows.and_then(|node| placed_rows(decoder, "rows", node, SNOOZE_ROWS)),
        until: decoder.text(&inner, "until"),
    })
}
