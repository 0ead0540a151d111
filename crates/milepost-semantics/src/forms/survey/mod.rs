//! Scores of answers: NPS, CSAT and CES, with what they rest on and how sure they are.
//!
//! | file | what |
//! |---|---|
//! | `read.rs` | the fields, and what is wrong with them |
//! | `answers.rs` | the answers that count |
//! | `estimate.rs` | scores and their intervals |
//! | `words.rs` | what it means, in words |
//!
//! Every score is a mean: of 100, 0 and −100 for promoters, passives and detractors; of 1 and 0 for satisfied answers and
//! others; of the scores themselves. So nobody's answer is never 0, and slices are numbers of the same kind.

mod answers;
mod estimate;
mod read;
mod words;

use std::borrow::Cow;

use answers::Answers;
use estimate::Estimate;
use read::{Kind, Survey};

use super::term::Term;
use super::{Desugared, FormPart};
use crate::model::{Better, Display, Shape};
use milepost_syntax::ast::SurveySpec;
use milepost_syntax::diagnostic::Diagnostics;

pub(super) fn desugar<'a>(
    spec: &'a SurveySpec,
    diagnostics: &mut Diagnostics,
) -> Option<Desugared<'a>> {
    let survey = read::read(spec, diagnostics)?;
    let words = words::words(&survey);
    Some(Desugared {
        shape: Shape::Survey,
        parts: parts(&survey),
        headline: 0,
        checks: Vec::new(),
        words: Box::new(move |_| words.clone()),
    })
}

/// The names of the parts, in their order; none of a survey that can't be used.
pub(super) fn names(spec: &SurveySpec) -> Vec<String> {
    // What is wrong with it is reported when it is checked.
    let survey = read::read(spec, &mut Diagnostics::default());
    let parts = survey.map(|survey| parts(&survey)).unwrap_or_default();
    parts.into_iter().map(|part| part.name.into_owned()).collect()
}

/// The parts, the score first.
fn parts<'a>(survey: &Survey<'_>) -> Vec<FormPart<'a>> {
    let answers = Answers::new(*survey);
    let estimate = estimate(survey, &answers);
    let (display, better) = score_of(survey.kind);
    let scored =
        |name, value: Term| FormPart { display: display.clone(), better, ..part(name, value) };
    let change = estimate.score.clone() - estimate.score.clone().before();
    let mut list = vec![
        scored("score", estimate.score),
        scored("low", estimate.low),
        scored("high", estimate.high),
        part("responses", answers.number()),
    ];
    list.extend(counted(survey.kind, &answers));
    if let Some(invitations) = &survey.invitations {
        let rate = part("response_rate", answers.response_rate(invitations));
        let display = Some(Display::Percent);
        list.push(FormPart { display, better: Some(Better::Higher), ..rate });
    }
    list.extend([
        scored("change", change),
        scored("change_low", estimate.change_low),
        scored("change_high", estimate.change_high),
    ]);
    list.extend(left_out(survey, &answers));
    list
}

fn part<'a>(name: &'static str, value: Term) -> FormPart<'a> {
    FormPart::new(name, Cow::Owned(value.0))
}

/// How a score is shown where the metric does not say, and which way is good.
fn score_of(kind: Kind<'_>) -> (Option<Display>, Option<Better>) {
    match kind {
        Kind::Nps => (Some(Display::Number(Some("points".to_owned()))), Some(Better::Higher)),
        Kind::Csat { .. } => (Some(Display::Percent), Some(Better::Higher)),
        Kind::Ces { higher_is_easier: true } => (None, Some(Better::Higher)),
        Kind::Ces { higher_is_easier: false } => (None, Some(Better::Lower)),
    }
}

fn estimate(survey: &Survey<'_>, answers: &Answers<'_>) -> Estimate {
    let points = |score| answers.points(score);
    match (survey.kind, survey.weighed_by) {
        (Kind::Nps, None) => answers.nps(),
        (Kind::Nps, Some(weigh)) => {
            answers.mean_of(weigh, &points, (answers.whole(-100), answers.whole(100)))
        }
        (Kind::Csat { top }, None) => answers.csat(top),
        (Kind::Csat { top }, Some(weigh)) => {
            let satisfied = |score| answers.satisfied(score, top);
            answers.mean_of(weigh, &satisfied, (answers.whole(0), answers.whole(1)))
        }
        (Kind::Ces { .. }, weigh) => {
            let (own, scale) = (|score| score, (answers.lowest(), answers.highest()));
            match weigh {
                None => answers.mean(&own, scale),
                Some(weigh) => answers.mean_of(weigh, &own, scale),
            }
        }
    }
}

/// How many answers are of each sort; together they are all that count.
fn counted<'a>(kind: Kind<'_>, answers: &Answers<'_>) -> Vec<FormPart<'a>> {
    match kind {
        Kind::Nps => vec![
            part("promoters", answers.number_for(&|score| answers.promotes(score))),
            part("passives", answers.number_for(&|score| answers.is_passive(score))),
            part("detractors", answers.number_for(&|score| answers.detracts(score))),
        ],
        Kind::Csat { top } => {
            let top = || Term(top.clone());
            vec![
                part("satisfied", answers.number_for(&|score: Term| score.at_least(top()))),
                part("not_satisfied", answers.number_for(&|score: Term| score.below(top()))),
            ]
        }
        Kind::Ces { .. } => Vec::new(),
    }
}

/// What is not in the score, each counted.
fn left_out<'a>(survey: &Survey<'_>, answers: &Answers<'_>) -> Vec<FormPart<'a>> {
    let off =
        |score: Term| score.clone().below(answers.lowest()).or(score.above(answers.highest()));
    let mut list = vec![
        part("out_of_scale", answers.told_apart(off)),
        part("empty", answers.told_apart(Term::absent)),
    ];
    list.extend(answers.of_nobody().map(|count| part("unknown_respondent", count)));
    let weigh = survey.weighed_by;
    list.extend(weigh.map(|weigh| part("unweighed", answers.unweighed(weigh))));
    list
}
