//! `scores:`

use super::behavior::{ROWS, rows};
use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, list, meta, metric, segment};
use crate::ast::{BandSpec, BoundSpec, CapSpec, ComponentSpec, OverrideSpec, ScoreSpec};
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

const COMPONENTS: &str =
    "a list such as `[ use: { value: active_seats, worst: 20%, best: 90%, weight: 3 } ]`";
const BOUND: &str = "a number such as `20%`, or a map such as `{ default: 20%, by: { size: { enterprise: 10% } } }`";
const BY: &str = "a map such as `{ size: { enterprise: 10% } }`";
const CAPS: &str = "a list such as `[ { when: not any(contact), at_most: 40 } ]`";
const BANDS: &str =
    "a list from the first to the last, such as `[ green: score >= 70, red: otherwise ]`";
const OVERRIDE: &str = "a map such as `{ rows: health_overrides, score: score, until: until }`";
const SHARE: &str = "a share of the weights, such as `60%`";
const WEIGHT: &str = "a number such as `3`";

/// What every score has besides its components, so that none of them can have the name; nor that of a field that every line
/// of its members has.
const OWN: &[&str] = &[
    "band", "before", "cap", "change", "count", "drag", "members", "moved_by", "override", "score",
    "sum", "weight",
];

const COMPONENT_SHAPE: Shape = Shape::Map(&COMPONENT);
const CAP_SHAPE: Shape = Shape::Map(&CAP);

const FIELDS: &[Field] = &[
    Field::new("question", FieldType::Text, "the question that it answers"),
    Field::new("of", FieldType::Name, "the entity whose members have it").needed(),
    Field::new(
        "components",
        FieldType::Other(COMPONENTS),
        "what it is made of, each by its name: a value, and what is worst and best",
    )
    .shaped(Shape::List(&Shape::Keyed(&COMPONENT_SHAPE)))
    .needed(),
    Field::new(
        "missing",
        FieldType::Words(&["renormalize", "zero", "neutral", "fail"]),
        "what a component without a value is worth",
    ),
    Field::new(
        "min_weight",
        FieldType::Other(SHARE),
        "the least share of the weights whose components have a value",
    )
    .shaped(Shape::Of(FieldType::Expression)),
    Field::new("caps", FieldType::Other(CAPS), "conditions under which it is at most a number")
        .shaped(Shape::List(&CAP_SHAPE)),
    Field::new(
        "bands",
        FieldType::Other(BANDS),
        "names with conditions on `score`; the first that holds takes the member, `otherwise` takes the rest",
    )
    .shaped(Shape::List(&Shape::Keyed(&Shape::Of(FieldType::Expression)))),
    Field::new(
        "override",
        FieldType::Other(OVERRIDE),
        "rows that say what the score of a member is, until a day",
    )
    .shaped(Shape::Map(&OVERRIDDEN)),
    Field::new(
        "change_over",
        FieldType::Duration,
        "the time over which it is compared with itself; a bucket of the project if absent",
    ),
];

pub(super) static SCORE: Kind = Kind { name: "a score", fields: &[FIELDS, meta::FIELDS] };

/// The ends of a rank.
const WAYS: &[&str] = &["higher", "lower"];

pub(super) static COMPONENT: Kind = Kind {
    name: "a component",
    fields: &[&[
        Field::new("value", FieldType::Expression, "a number of the member").needed(),
        Field::new("worst", FieldType::Other(BOUND), "the value that gives 0").shaped(BOUND_SHAPE),
        Field::new("best", FieldType::Other(BOUND), "the value that gives 100").shaped(BOUND_SHAPE),
        Field::new(
            "percentile_rank",
            FieldType::Text,
            "in place of `worst` and `best`, where it stands among the members with the same value of a dimension, or among all members of the entity",
        ),
        Field::new(
            "better",
            FieldType::Words(WAYS),
            "which end of a `percentile_rank` is good; `higher` if absent",
        ),
        Field::new("weight", FieldType::Other(WEIGHT), "how much it counts; 1 if absent")
            .shaped(Shape::Of(FieldType::Expression)),
        Field::new("label", FieldType::Text, "the name shown to readers"),
    ]],
};

const BOUND_SHAPE: Shape =
    Shape::Either(&[Shape::Of(FieldType::Expression), Shape::Map(&COMPONENT_BOUND)]);

pub(super) static COMPONENT_BOUND: Kind = Kind {
    name: "`worst` or `best`",
    fields: &[&[
        Field::new("default", FieldType::Expression, "the number for all others").needed(),
        Field::new("by", FieldType::Other(BY), "other numbers for some values of a dimension")
            .shaped(Shape::Keyed(&Shape::Keyed(&Shape::Of(FieldType::Expression))))
            .needed(),
    ]],
};

pub(super) static CAP: Kind = Kind {
    name: "a cap",
    fields: &[&[
        Field::new("when", FieldType::Expression, "the condition on a member").needed(),
        Field::new("at_most", FieldType::Expression, "the highest score while it holds").needed(),
    ]],
};

pub(super) static OVERRIDDEN: Kind = Kind {
    name: "`override`",
    fields: &[&[
        Field::new("rows", FieldType::Other(ROWS), "the rows that say so")
            .shaped(Shape::Of(FieldType::Text))
            .needed(),
        Field::new("score", FieldType::Name, "the column with the score").needed(),
        Field::new(
            "from",
            FieldType::Name,
            "the column with the time from which it counts; the time of the rows if absent",
        ),
        Field::new("until", FieldType::Name, "the column with the day on which it ends").needed(),
        Field::new("author", FieldType::Name, "the column that says who gave it"),
        Field::new("reason", FieldType::Name, "the column that says why"),
    ]],
};

/// What it can't do without.
const NEEDED: [(&str, &str, &str); 2] = [
    ("of", "whose members have it", "add `of:` with the name of an entity, such as `of: account`"),
    (
        "components",
        "what it is made of",
        "add `components:` with at least one, such as `[ use: { value: active_seats, worst: 20%, best: 90% } ]`",
    ),
];

pub(super) fn score(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<ScoreSpec> {
    decoder.check_name("a score", &entry.key);
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &SCORE)?;
    let before = decoder.diagnostics.counts().0;
    fields.tell_unsaid(decoder, ("score", &entry.key), &NEEDED);
    let spec = ScoreSpec {
        name: entry.key.clone(),
        span: entry.span(),
        meta: meta::meta(decoder, &fields),
        question: decoder.text(&fields, "question"),
        of: decoder.text(&fields, "of"),
        components: components(decoder, &fields),
        missing: decoder.word(&fields, "missing"),
        min_weight: decoder.expression(&fields, "min_weight"),
        caps: caps(decoder, &fields),
        bands: bands(decoder, &entry.key, &fields),
        overridden: overridden(decoder, &fields),
        change_over: decoder.duration(&fields, "change_over"),
        is_read: true,
    };
    let is_read = decoder.diagnostics.counts().0 == before;
    Some(ScoreSpec { is_read, ..spec })
}

fn components(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<ComponentSpec> {
    let Some(node) = fields.get(decoder, "components") else { return Vec::new() };
    let Some(items) = decoder.in_order("components", COMPONENTS, node) else { return Vec::new() };
    if items.is_empty() {
        decoder.diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                node.span,
                "a score without components is nothing",
            )
            .help(format!("write {COMPONENTS}")),
        );
    }
    let mut found: Vec<ComponentSpec> = Vec::new();
    for item in items {
        let Some(component) = component(decoder, item) else { continue };
        let name = &component.name;
        if let Some(first) = found.iter().find(|other| other.name.node == name.node) {
            let message = format!("there are two components `{}`", name.node);
            decoder.diagnostics.push(
                Diagnostic::error(codes::DUPLICATE_DEFINITION, name.span, message)
                    .also(first.name.span, "the first")
                    .help("rename one of the two"),
            );
        }
        found.push(component);
    }
    found
}

fn component(decoder: &mut Decoder<'_>, item: &Node) -> Option<ComponentSpec> {
    let Entry { key, value } =
        decoder.only_entry(("components", COMPONENTS), ("component", "its fields"), item)?;
    decoder.check_name("a component", key);
    if OWN.iter().chain(list::OWN).any(|own| *own == key.node) {
        let message = format!("every score has a `{}` of its own", key.node);
        let help = format!("give the component another name, such as `its_{}`", key.node);
        decoder
            .diagnostics
            .push(Diagnostic::error(codes::DUPLICATE_DEFINITION, key.span, message).help(help));
    }
    let fields = Fields::open(decoder, &key.node, value, &COMPONENT)?;
    let is_ranked = !fields.lacks("percentile_rank");
    tell_ranked(decoder, &fields, is_ranked);
    let needed = [
        ("value", "add `value:` with a number of the member, such as `value: active_seats`"),
        ("worst", "add `worst:` with the value that gives 0, such as `worst: 20%`"),
        ("best", "add `best:` with the value that gives 100, such as `best: 90%`"),
    ];
    let needed = needed.iter().filter(|(field, _)| !is_ranked || *field == "value");
    for (field, help) in needed.filter(|(field, _)| fields.lacks(field)) {
        let message = format!("the component `{}` does not say its `{field}`", key.node);
        decoder
            .diagnostics
            .push(Diagnostic::error(codes::MISSING_FIELD, key.span, message).help(*help));
    }
    Some(ComponentSpec {
        name: key.clone(),
        span: key.span.to(value.span),
        label: decoder.text(&fields, "label"),
        value: decoder.expression(&fields, "value"),
        worst: bound(decoder, &fields, "worst"),
        best: bound(decoder, &fields, "best"),
        ranked: decoder.text(&fields, "percentile_rank"),
        better: decoder.word(&fields, "better"),
        weight: decoder.expression(&fields, "weight"),
    })
}

/// A component has either a worst and a best value or a rank.
fn tell_ranked(decoder: &mut Decoder<'_>, fields: &Fields<'_>, is_ranked: bool) {
    let (others, message, help) = if is_ranked {
        (
            &["worst", "best"][..],
            "a component with `percentile_rank:` has no worst and no best value: the lowest of the members is 0, the highest 100",
            "remove this, or `percentile_rank:`",
        )
    } else {
        (
            &["better"][..],
            "`better:` says which end of a `percentile_rank:` is good, and there is none",
            "where less of the value is better, turn `worst:` and `best:` around",
        )
    };
    for place in others.iter().filter_map(|field| fields.place(field)) {
        decoder
            .diagnostics
            .push(Diagnostic::error(codes::INVALID_VALUE, place, message).help(help));
    }
}

fn bound(decoder: &mut Decoder<'_>, fields: &Fields<'_>, name: &str) -> Option<BoundSpec> {
    let node = fields.get(decoder, name)?;
    if !matches!(node.kind, NodeKind::Map(_)) {
        let default = Some(decoder.expression_of(name, node));
        return Some(BoundSpec { span: node.span, default, by: Vec::new() });
    }
    let inner = Fields::open(decoder, name, node, &COMPONENT_BOUND)?;
    let needed = [
        ("default", "add `default:` with the number for all others, such as `default: 20%`"),
        ("by", "add `by:` with other numbers, such as `by: { size: { enterprise: 10% } }`"),
    ];
    inner.tell_lacking(decoder, node, &needed, |field| {
        format!("`{name}:` does not say its `{field}`")
    });
    let by = inner.get(decoder, "by").map(|node| metric::by(decoder, node, BY));
    Some(BoundSpec {
        span: node.span,
        default: decoder.expression(&inner, "default"),
        by: by.unwrap_or_default(),
    })
}

fn caps(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Vec<CapSpec> {
    let Some(node) = fields.get(decoder, "caps") else { return Vec::new() };
    let Some(items) = decoder.in_order("caps", CAPS, node) else { return Vec::new() };
    items.iter().filter_map(|item| cap(decoder, item)).collect()
}

fn cap(decoder: &mut Decoder<'_>, item: &Node) -> Option<CapSpec> {
    let fields = Fields::open(decoder, "caps", item, &CAP)?;
    let needed = [
        ("when", "add `when:` with a condition, such as `when: not any(contact)`"),
        ("at_most", "add `at_most:` with the highest score, such as `at_most: 40`"),
    ];
    fields
        .tell_lacking(decoder, item, &needed, |field| format!("a cap does not say its `{field}`"));
    Some(CapSpec {
        span: item.span,
        when: decoder.expression(&fields, "when"),
        at_most: decoder.expression(&fields, "at_most"),
    })
}

fn bands(
    decoder: &mut Decoder<'_>,
    score: &Spanned<String>,
    fields: &Fields<'_>,
) -> Option<Spanned<Vec<BandSpec>>> {
    let node = fields.get(decoder, "bands")?;
    let bands = segment::read_bands(decoder, node, BANDS);
    if bands.iter().all(|band| band.condition.is_some()) && matches!(node.kind, NodeKind::List(_)) {
        let last = bands.last().map_or("red", |band| band.name.node.as_str());
        let message =
            format!("the bands of `{}` do not say which one takes all others", score.node);
        let told = Diagnostic::error(codes::MISSING_FIELD, node.span, message);
        decoder.diagnostics.push(
            told.help(format!(
                "end them with one that has no condition, such as `{last}: otherwise`"
            )),
        );
    }
    Some(Spanned::new(bands, node.span))
}

fn overridden(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<OverrideSpec> {
    let node = fields.get(decoder, "override")?;
    let span = fields.place("override")?;
    let inner = Fields::open(decoder, "override", node, &OVERRIDDEN)?;
    let needed = [
        ("rows", "add `rows:` with rows of a dataset, such as `rows: health_overrides`"),
        ("score", "add `score:` with the column that has the score, such as `score: score`"),
        ("until", "add `until:` with the column that says when it ends, such as `until: until`"),
    ];
    inner.tell_lacking(decoder, node, &needed, |field| {
        format!("`override:` does not say its `{field}`")
    });
    let found = inner.get(decoder, "rows").and_then(|node| rows(decoder, "rows", node));
    let (rows, filter) = found.map_or((None, None), |(rows, filter)| (Some(rows), filter));
    Some(OverrideSpec {
        span,
        rows,
        filter,
        score: decoder.text(&inner, "score"),
        from: decoder.text(&inner, "from"),
        until: decoder.text(&inner, "until"),
        author: decoder.text(&inner, "author"),
        reason: decoder.text(&inner, "reason"),
    })
}
