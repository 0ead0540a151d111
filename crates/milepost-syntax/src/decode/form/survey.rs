//! `survey: { kind: nps, answers: nps_answer, score: score, respondent: contact, over: 90 days }`

use super::super::Decoder;
use super::super::behavior::{ROWS, rows};
use super::super::field::{Field, FieldType, Kind, Shape};
use super::super::fields::Fields;
use crate::ast::{Expr, FormSpec, RowsSpec, SurveySpec};
use crate::span::Spanned;
use crate::yaml::NodeKind;

const NAME: &str = "survey";
const KINDS: &[&str] = &["nps", "csat", "ces"];
const SCALE: &str = "the lowest and the highest score, such as `[1, 5]`";

const NUMBER: Shape = Shape::Of(FieldType::Expression);

pub(in super::super) static SURVEY: Kind = Kind {
    name: "`survey`",
    fields: &[&[
        Field::new("kind", FieldType::Words(KINDS), "which score it is").needed(),
        Field::new("answers", FieldType::Other(ROWS), "the rows, one for each answer")
            .shaped(Shape::Of(FieldType::Text))
            .needed(),
        Field::new("score", FieldType::Expression, "the score of an answer").needed(),
        Field::new("scale", FieldType::Other(SCALE), "the lowest and the highest score")
            .shaped(Shape::Pair(&NUMBER)),
        Field::new("top", FieldType::Expression, "of csat: the lowest score that is satisfied"),
        Field::new(
            "direction",
            FieldType::Words(&["higher", "lower"]),
            "of ces: which scores say that it was easy",
        ),
        Field::new("respondent", FieldType::Name, "the entity that answers"),
        Field::new(
            "keep",
            FieldType::Words(&["latest", "all"]),
            "which answers of a respondent count",
        ),
        Field::new("over", FieldType::Duration, "the window of the answers; the bucket if absent"),
        Field::new(
            "weigh",
            FieldType::Name,
            "what counts the same: `answers`, or an entity such as `account`",
        ),
        Field::new("invitations", FieldType::Other(ROWS), "the rows, one for each invitation")
            .shaped(Shape::Of(FieldType::Text)),
        Field::new(
            "answer_within",
            FieldType::Duration,
            "how long after an invitation an answer counts for it",
        ),
    ]],
};

/// What it can't do without.
const NEEDED: [(&str, &str, &str); 3] = [
    ("kind", "which score it is", "with `nps`, `csat` or `ces`"),
    (
        "answers",
        "which rows are the answers",
        "with a dataset or a behavior, such as `answers: answers where kind = 'nps'`",
    ),
    ("score", "what the score of an answer is", "with a column of the answers"),
];

/// What stands under `survey:`.
pub(super) fn survey(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Option<FormSpec> {
    let span = fields.place(NAME)?;
    let Some((inner, key)) = super::open(decoder, fields, NAME, &SURVEY, &NEEDED) else {
        return Some(FormSpec::Unusable(span));
    };
    let survey = SurveySpec {
        key: key.clone(),
        span,
        kind: decoder.word(&inner, "kind"),
        answers: read_rows(decoder, &inner, "answers"),
        score: decoder.expression(&inner, "score"),
        scale: scale(decoder, &inner),
        top: decoder.expression(&inner, "top"),
        direction: decoder.word(&inner, "direction"),
        respondent: decoder.text(&inner, "respondent"),
        keep: decoder.word(&inner, "keep"),
        over: decoder.duration(&inner, "over"),
        weigh: decoder.text(&inner, "weigh"),
        invitations: read_rows(decoder, &inner, "invitations"),
        answer_within: decoder.duration(&inner, "answer_within"),
    };
    // With a field that can't be read, it would mean something else.
    let is_read = SURVEY.current().all(|field| is_read(&survey, &inner, field.name));
    Some(if is_read { FormSpec::Survey(Box::new(survey)) } else { FormSpec::Unusable(span) })
}

/// Whether a field that is there, be it misspelled, was read.
fn is_read(survey: &SurveySpec, inner: &Fields<'_>, name: &str) -> bool {
    let read = match name {
        "kind" => survey.kind.is_some(),
        "answers" => survey.answers.is_some(),
        "scale" => survey.scale.is_some(),
        "direction" => survey.direction.is_some(),
        "respondent" => survey.respondent.is_some(),
        "keep" => survey.keep.is_some(),
        "over" => survey.over.is_some(),
        "weigh" => survey.weigh.is_some(),
        "invitations" => survey.invitations.is_some(),
        "answer_within" => survey.answer_within.is_some(),
        // An expression that can't be read is one.
        _ => true,
    };
    read || inner.lacks(name)
}

fn read_rows(decoder: &mut Decoder<'_>, inner: &Fields<'_>, name: &str) -> Option<RowsSpec> {
    let node = inner.get(decoder, name)?;
    let (name, filter) = rows(decoder, name, node)?;
    Some(RowsSpec { name, filter })
}

fn scale(decoder: &mut Decoder<'_>, inner: &Fields<'_>) -> Option<Spanned<(Expr, Expr)>> {
    let node = inner.get(decoder, "scale")?;
    if !matches!(node.kind, NodeKind::List(_)) {
        decoder.wrong_type("scale", SCALE, node);
        return None;
    }
    let (low, high) = decoder.pair("scale", SCALE, node)?;
    let ends = (decoder.expression_of("scale", low), decoder.expression_of("scale", high));
    Some(Spanned::new(ends, node.span))
}
