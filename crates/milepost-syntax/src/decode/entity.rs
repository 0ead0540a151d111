//! `entities:`

use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, meta};
use crate::ast::{EntitySpec, LivesSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::expr::short;
use crate::span::Spanned;
use crate::yaml::{Entry, NodeKind};

const LIVES: &str = "`always`, or two columns `[created_at, churned_at]`";

const FIELDS: &[Field] = &[
    Field::new("key", FieldType::Names, "the column or columns that identify a member").needed(),
    Field::new("home", FieldType::Name, "the dataset with one row for each member"),
    Field::new("belongs_to", FieldType::Names, "the entities that each member is part of"),
    Field::new(
        "lives",
        FieldType::Other(LIVES),
        "from when to when a member counts; `none` for never ends",
    )
    .shaped(Shape::Either(&[
        Shape::Of(FieldType::Words(&["always"])),
        Shape::Pair(&Shape::Either(&[Shape::Of(FieldType::Name), Shape::Nothing])),
    ])),
    Field::new(
        "label_column",
        FieldType::Name,
        "the column of the home dataset that holds each member's name for readers",
    ),
];

pub(super) static ENTITY: Kind = Kind { name: "an entity", fields: &[FIELDS, meta::FIELDS] };

pub(super) fn entity(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<EntitySpec> {
    decoder.check_name("an entity", &entry.key);
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &ENTITY)?;
    Some(EntitySpec {
        name: entry.key.clone(),
        span: entry.span(),
        meta: meta::meta(decoder, &fields),
        key: decoder.names(&fields, "key"),
        home: decoder.text(&fields, "home"),
        belongs_to: decoder.names(&fields, "belongs_to"),
        lives: lives(decoder, &fields),
        label_column: decoder.text(&fields, "label_column"),
    })
}

fn lives(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<Spanned<LivesSpec>> {
    let node = fields.get(decoder, "lives")?;
    if let NodeKind::Scalar(scalar) = &node.kind {
        if scalar.text == "always" {
            return Some(Spanned::new(LivesSpec::Always, node.span));
        }
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                node.span,
                format!("`lives` can't be `{}`", short(&scalar.text)),
            )
            .help(format!("write {LIVES}; `[created_at, none]` for members that never end")),
        );
        return None;
    }
    let (from, to) = decoder.pair("lives", LIVES, node)?;
    let from = decoder.scalar("lives", LIVES, from)?;
    let to = match &to.kind {
        NodeKind::Null => None,
        _ => Some(decoder.scalar("lives", LIVES, to)?).filter(|to| to.node != "none"),
    };
    Some(Spanned::new(LivesSpec::Between { from, to }, node.span))
}
