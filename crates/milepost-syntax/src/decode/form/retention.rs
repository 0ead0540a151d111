//! `retention: { of: account, amount: subscriptions.mrr, over: 12 months }`

use super::super::Decoder;
use super::super::field::{Field, FieldType, Kind, Shape};
use super::super::fields::Fields;
use crate::ast::{FormSpec, Free, Reactivation, RetentionSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::{parse_duration, short};
use crate::yaml::Node;

const NAME: &str = "retention";
const REACTIVATION: &str = "`any`, `none` or `within 90 days`";
const LATER: &str = "leave it out; amounts are compared at the two ends of each bucket";

pub(in super::super) static RETENTION: Kind = Kind {
    name: "`retention`",
    fields: &[&[
        Field::new("of", FieldType::Name, "the entity whose members pay").needed(),
        Field::new(
            "amount",
            FieldType::Expression,
            "what they pay: a column of a history or a snapshot",
        )
        .needed(),
        Field::new("where", FieldType::Expression, "which rows of the amount count"),
        Field::new(
            "changes",
            FieldType::Bool,
            "whether the rows are changes of the amount, as in a ledger",
        ),
        Field::new(
            "over",
            FieldType::Duration,
            "how far apart the two instants of the rates are; a bucket if absent",
        ),
        Field::new(
            "reactivation",
            FieldType::Other(REACTIVATION),
            "whether members who paid before are reactivated or new when they pay again",
        )
        .shaped(Shape::Either(&[
            Shape::Of(FieldType::Words(&["any", "none"])),
            Shape::Matching("within .+"),
        ])),
        Field::new(
            "free",
            FieldType::Words(&["new", "expansion"]),
            "what members with an amount of zero are when they begin to pay",
        ),
        Field::new(
            "churn_at",
            FieldType::Expression,
            "the time of a row at which it stops to count; its end if absent",
        ),
        Field::new("due", FieldType::Expression, "the time of a row at which it is to be renewed"),
        Field::later("method", "whether movements inside a bucket count one by one", LATER),
        Field::later(
            "reason",
            "why an amount moved",
            "slice `new` and `churned` instead, or leave it out",
        ),
        Field::later("transfers", "amounts that move between members", "leave it out"),
        Field::later("parent", "amounts rolled up to a parent", "take the parent as `of:`"),
        Field::later("group_within", "movements soon after one another as one", "leave it out"),
        Field::later("committed", "amounts that are agreed on and have not begun", "leave it out"),
        Field::later("convert_to", "amounts in one currency", "convert the amounts in the data"),
    ]],
};

/// What it can't do without.
const NEEDED: [(&str, &str, &str); 2] = [
    ("of", "whose amounts it takes", "with the name of an entity, such as `of: account`"),
    (
        "amount",
        "which amounts it takes",
        "with a column of a history or a snapshot, such as `amount: subscriptions.mrr`",
    ),
];

/// What stands under `retention:`.
pub(super) fn retention(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<FormSpec> {
    let span = fields.place(NAME)?;
    let Some((inner, key)) = super::open(decoder, fields, NAME, &RETENTION, &NEEDED) else {
        return Some(FormSpec::Unusable(span));
    };
    let free = decoder.word(&inner, "free");
    let reactivation = inner.get(decoder, "reactivation");
    let reactivation = reactivation.and_then(|node| reactivation_of(decoder, node));
    Some(FormSpec::Retention(Box::new(RetentionSpec {
        key: key.clone(),
        span,
        of: decoder.text(&inner, "of"),
        amount: decoder.expression(&inner, "amount"),
        filter: decoder.expression(&inner, "where"),
        changes: decoder.bool(&inner, "changes").is_some_and(|changes| changes.node),
        over: decoder.duration(&inner, "over"),
        reactivation: reactivation.unwrap_or_default(),
        free: if free.is_some_and(|free| free.node == "expansion") {
            Free::Expansion
        } else {
            Free::New
        },
        churn_at: decoder.expression(&inner, "churn_at"),
        due: decoder.expression(&inner, "due"),
    })))
}

/// `any`, `none`, `within 90 days`.
fn reactivation_of(decoder: &mut Decoder<'_>, node: &Node) -> Option<Reactivation> {
    let text = decoder.scalar("reactivation", REACTIVATION, node)?;
    match text.node.trim() {
        "any" => return Some(Reactivation::Any),
        "none" => return Some(Reactivation::None),
        _ => {}
    }
    let mapped = node.mapped(decoder.source)?;
    let length = mapped.text.find("within ").filter(|at| mapped.text[..*at].trim().is_empty());
    let length = length.map(|at| mapped.part(at + "within ".len(), mapped.text.len()));
    if let Some(Ok(length)) = length.map(|length| parse_duration(&length)) {
        return Some(Reactivation::Within(length));
    }
    let message = format!("`reactivation` can't be `{}`", short(&text.node));
    decoder.diagnostics.push(
        Diagnostic::error(codes::INVALID_VALUE, text.span, message)
            .help(format!("write {REACTIVATION}")),
    );
    None
}
