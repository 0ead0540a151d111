//! `journeys:`

use super::field::{Field, FieldType, Kind, Shape};
use super::fields::Fields;
use super::{Decoder, meta};
use crate::ast::{JourneySpec, LengthSpec, MilestoneSpec, StageSpec, StuckSpec};
use crate::span::Spanned;
use crate::yaml::{Entry, Node, NodeKind};

const STAGES: &str = "a list from the first to the last, such as `[{ stage: onboarding, exit: first_value }, { stage: adoption }]`";
const MILESTONES: &str =
    "a list of milestones, such as `[{ milestone: first_login, reached: any(login) }]`";
const LENGTH: &str = "a length of time, or one by segment such as `{ default: 30 days, by: { size: { enterprise: 90 days } } }`";
const STUCK: &str = "a map such as `{ after: 45 days, without_progress: 14 days }`";
const BY: &str =
    "a map from dimensions to their values, such as `{ size: { enterprise: 90 days } }`";
const BY_VALUE: &str = "a map from values to lengths of time, such as `{ enterprise: 90 days }`";
const PERCENT: &str = "a share in percent, such as `70%`";

const LENGTH_SHAPE: Shape =
    Shape::Either(&[Shape::Of(FieldType::Duration), Shape::Map(&LENGTH_BY)]);

const STAGE_SHAPE: Shape = Shape::Map(&STAGE);
const MILESTONE_SHAPE: Shape = Shape::Map(&MILESTONE);

const FIELDS: &[Field] = &[
    Field::new("question", FieldType::Text, "the question that it answers"),
    Field::new("of", FieldType::Name, "the entity whose members are on it").needed(),
    Field::new(
        "starts",
        FieldType::Name,
        "the column of the member with the time at which it begins",
    )
    .needed(),
    Field::new("ends", FieldType::Name, "the column with the time at which the member is lost"),
    Field::new("amount", FieldType::Expression, "what a member is worth, to add up by stage"),
    Field::new("focus", FieldType::Name, "the milestone that its page leads with"),
    Field::new(
        "at_risk",
        FieldType::Other(PERCENT),
        "how much of the time to a milestone may pass before the member is at risk; 75% if absent",
    )
    .shaped(Shape::Of(FieldType::Text)),
    Field::new("stages", FieldType::Other(STAGES), "its stages, from the first to the last")
        .shaped(Shape::List(&STAGE_SHAPE))
        .needed(),
    Field::later(
        "repeats",
        "a journey that begins anew, such as with each contract",
        "leave it out; what comes back each year is a stage that is entered by a condition, such as `enter: renewal_at <= today + 90 days`, and a list of who is due",
    ),
];

pub(super) static JOURNEY: Kind = Kind { name: "a journey", fields: &[FIELDS, meta::FIELDS] };

pub(super) static STAGE: Kind = Kind {
    name: "a stage",
    fields: &[&[
        Field::new("stage", FieldType::Name, "its name").needed(),
        Field::new("label", FieldType::Text, "its name for readers"),
        Field::new("question", FieldType::Text, "the question that its members have"),
        Field::new(
            "enter",
            FieldType::Expression,
            "the condition by which it is entered; the exit of the stage before if absent",
        ),
        Field::new("milestones", FieldType::Other(MILESTONES), "what is reached in it")
            .shaped(Shape::List(&MILESTONE_SHAPE)),
        Field::new(
            "exit",
            FieldType::Expression,
            "one of its milestones, or a condition: the next stage is entered by it",
        ),
        Field::new(
            "ready",
            FieldType::Expression,
            "who is ready for the next stage; who has reached all milestones if absent",
        ),
        Field::new("stuck", FieldType::Other(STUCK), "who gets no further")
            .shaped(Shape::Map(&STUCK_AFTER)),
    ]],
};

pub(super) static MILESTONE: Kind = Kind {
    name: "a milestone",
    fields: &[&[
        Field::new("milestone", FieldType::Name, "its name").needed(),
        Field::new("label", FieldType::Text, "its name for readers"),
        Field::new(
            "reached",
            FieldType::Expression,
            "the condition; it is reached on the first day at whose end this holds",
        )
        .needed(),
        Field::new(
            "within",
            FieldType::Other(LENGTH),
            "how long after its stage was entered it is due",
        )
        .shaped(LENGTH_SHAPE),
        Field::new(
            "due",
            FieldType::Expression,
            "the day on which it is due by the data; where there is one, it comes before `within`",
        ),
        Field::new("target", FieldType::Other(PERCENT), "the share that is to reach it in time")
            .shaped(Shape::Of(FieldType::Text)),
    ]],
};

pub(super) static STUCK_AFTER: Kind = Kind {
    name: "`stuck`",
    fields: &[&[
        Field::new("after", FieldType::Other(LENGTH), "how long after the stage was entered")
            .shaped(LENGTH_SHAPE)
            .needed(),
        Field::new(
            "without_progress",
            FieldType::Duration,
            "and for how long no milestone was reached",
        ),
    ]],
};

pub(super) static LENGTH_BY: Kind = Kind {
    name: "a length by segment",
    fields: &[&[
        Field::new("default", FieldType::Duration, "the length for all others"),
        Field::new("by", FieldType::Other(BY), "the lengths by the values of a dimension")
            .shaped(Shape::Named(&Shape::Keyed(&Shape::Of(FieldType::Duration))))
            .needed(),
    ]],
};

/// What it can't do without.
const NEEDED: [(&str, &str, &str); 3] = [
    (
        "of",
        "whose members are on it",
        "add `of:` with the name of an entity, such as `of: account`",
    ),
    (
        "starts",
        "when it begins",
        "add `starts:` with a column of the member, such as `starts: created_at`",
    ),
    (
        "stages",
        "which stages it has",
        "add `stages:` with a list, such as `stages: [{ stage: onboarding, exit: any(login) }, { stage: adoption }]`",
    ),
];

pub(super) fn journey(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<JourneySpec> {
    decoder.check_name("a journey", &entry.key);
    let fields = Fields::open(decoder, &entry.key.node, &entry.value, &JOURNEY)?;
    let before = decoder.diagnostics.counts().0;
    fields.tell_unsaid(decoder, ("journey", &entry.key), &NEEDED);
    let stages = fields.get(decoder, "stages").map(|node| stages(decoder, node));
    let spec = JourneySpec {
        name: entry.key.clone(),
        span: entry.span(),
        question: decoder.text(&fields, "question"),
        of: decoder.text(&fields, "of"),
        starts: decoder.text(&fields, "starts"),
        ends: decoder.text(&fields, "ends"),
        amount: decoder.expression(&fields, "amount"),
        focus: decoder.text(&fields, "focus"),
        at_risk: decoder.expression(&fields, "at_risk"),
        stages: stages.unwrap_or_default(),
        meta: meta::meta(decoder, &fields),
    };
    // With a part that can't be read, it would say something else of everybody.
    (decoder.diagnostics.counts().0 == before).then_some(spec)
}

fn stages(decoder: &mut Decoder<'_>, node: &Node) -> Vec<StageSpec> {
    let Some(items) = decoder.in_order("stages", STAGES, node) else { return Vec::new() };
    items.iter().filter_map(|item| stage(decoder, item)).collect()
}

/// The fields of a stage or a milestone, and its name.
fn named<'n>(
    decoder: &mut Decoder<'_>,
    (field, takes): (&str, &str),
    node: &'n Node,
    kind: &'static Kind,
) -> Option<(Spanned<String>, Fields<'n>)> {
    if !matches!(node.kind, NodeKind::Map(_)) {
        decoder.wrong_type(&format!("{field}s"), takes, node);
        return None;
    }
    let fields = Fields::open(decoder, field, node, kind)?;
    let needed: Vec<(&str, String)> = kind
        .current()
        .filter(|known| known.needed)
        .map(|known| (known.name, format!("add `{}:`: {}", known.name, known.summary)))
        .collect();
    let needed: Vec<(&str, &str)> =
        needed.iter().map(|(name, help)| (*name, help.as_str())).collect();
    fields.tell_lacking(decoder, node, &needed, |lacking| {
        format!("this {field} does not say its `{lacking}`")
    });
    let name = decoder.text(&fields, field)?;
    decoder.check_name(kind.name, &name);
    Some((name, fields))
}

fn stage(decoder: &mut Decoder<'_>, node: &Node) -> Option<StageSpec> {
    let (name, fields) = named(decoder, ("stage", STAGES), node, &STAGE)?;
    let milestones = fields.get(decoder, "milestones").map(|node| milestones(decoder, node));
    Some(StageSpec {
        name,
        span: node.span,
        label: decoder.text(&fields, "label"),
        question: decoder.text(&fields, "question"),
        enter: decoder.expression(&fields, "enter"),
        milestones: milestones.unwrap_or_default(),
        exit: decoder.expression(&fields, "exit"),
        ready: decoder.expression(&fields, "ready"),
        stuck: fields.get(decoder, "stuck").and_then(|node| stuck(decoder, node)),
    })
}

fn milestones(decoder: &mut Decoder<'_>, node: &Node) -> Vec<MilestoneSpec> {
    let Some(items) = decoder.in_order("milestones", MILESTONES, node) else { return Vec::new() };
    items.iter().filter_map(|item| milestone(decoder, item)).collect()
}

fn milestone(decoder: &mut Decoder<'_>, node: &Node) -> Option<MilestoneSpec> {
    let (name, fields) = named(decoder, ("milestone", MILESTONES), node, &MILESTONE)?;
    Some(MilestoneSpec {
        name,
        span: node.span,
        label: decoder.text(&fields, "label"),
        reached: decoder.expression(&fields, "reached"),
        within: length(decoder, &fields, "within"),
        due: decoder.expression(&fields, "due"),
        target: decoder.expression(&fields, "target"),
    })
}

fn stuck(decoder: &mut Decoder<'_>, node: &Node) -> Option<StuckSpec> {
    let fields = Fields::open(decoder, "stuck", node, &STUCK_AFTER)?;
    let needed = [("after", "add `after:` with a length of time, such as `after: 45 days`")];
    let message = |_: &str| "`stuck:` does not say after how long".to_owned();
    fields.tell_lacking(decoder, node, &needed, message);
    Some(StuckSpec {
        span: node.span,
        after: length(decoder, &fields, "after"),
        without_progress: decoder.duration(&fields, "without_progress"),
    })
}

fn length(decoder: &mut Decoder<'_>, fields: &Fields<'_>, name: &str) -> Option<LengthSpec> {
    let node = fields.get(decoder, name)?;
    if !matches!(node.kind, NodeKind::Map(_)) {
        let length = decoder.duration_of(name, node)?;
        return Some(LengthSpec { span: node.span, default: Some(length), by: Vec::new() });
    }
    let inner = Fields::open(decoder, name, node, &LENGTH_BY)?;
    let needed = [("by", "add `by:` with a dimension and its values, or write one length of time")];
    inner.tell_lacking(decoder, node, &needed, |_| {
        format!("`{name}:` does not say by what it differs")
    });
    let by = match inner.get(decoder, "by") {
        Some(node) => decoder.entries("by", BY, node),
        None => &[],
    };
    let by = by.iter().map(|Entry { key, value }| {
        let values = decoder.entries(&key.node, BY_VALUE, value).iter();
        let values = values.filter_map(|entry| {
            Some((entry.key.clone(), decoder.duration_of(&entry.key.node, &entry.value)?))
        });
        (key.clone(), values.collect())
    });
    Some(LengthSpec {
        span: node.span,
        by: by.collect(),
        default: decoder.duration(&inner, "default"),
    })
}
