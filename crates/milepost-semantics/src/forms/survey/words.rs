//! What a survey means, a sentence each.

use milepost_syntax::ast::{Expr, RowsSpec};
use milepost_syntax::print_expr;

use super::read::{Invitations, Kind, Survey};
use crate::explain::duration_words;

pub(super) fn words(survey: &Survey<'_>) -> Vec<String> {
    let mut lines = vec![score(survey), answers(survey), interval(survey), change()];
    lines.extend(survey.invitations.as_ref().map(|found| invitations(survey, found)));
    lines.push(left_out(survey));
    lines
}

fn score(survey: &Survey<'_>) -> String {
    match survey.kind {
        Kind::Nps => "NPS: the percent of promoters (9 and more) less the percent of detractors (6 and less), from −100 to 100; passives, who are between, count in the whole.".to_owned(),
        Kind::Csat { top } => format!("CSAT: the share of satisfied answers, of {} and more.", print_expr(top)),
        Kind::Ces { higher_is_easier } => {
            let easy = if higher_is_easier { "high" } else { "low" };
            format!("CES: the mean of the scores, of which {easy} ones say that it was easy.")
        }
    }
}

/// Which answers count, and how much each does.
fn answers(survey: &Survey<'_>) -> String {
    let (low, high) = scale(survey);
    let window = survey
        .over
        .map_or_else(String::new, |length| format!(" in {}", duration_words(length.node)));
    let rows = rows(survey.answers);
    let taken = match survey.latest_of {
        Some(respondent) => format!(
            "Of each {} the latest of {rows}{window} counts that has a score from {low} to {high}",
            plain(&respondent.node)
        ),
        None => format!("Each of {rows}{window} counts that has a score from {low} to {high}"),
    };
    match survey.weighed_by {
        Some(weigh) => {
            let one = plain(&weigh.node);
            format!(
                "{taken}; the score is the mean of the scores of each {one}, so that every {one} counts the same."
            )
        }
        None => format!("{taken}; every answer counts the same."),
    }
}

fn interval(survey: &Survey<'_>) -> String {
    let how = match (survey.kind, survey.weighed_by) {
        (Kind::Nps, None) => {
            "adjusted Wald, with three answers more of which ¾ promote and ¾ detract (Rocks 2016)"
                .to_owned()
        }
        (Kind::Csat { .. }, None) => "that of Wilson (1927)".to_owned(),
        (Kind::Ces { .. }, None) => "mean ± 1.96 · standard deviation ÷ √answers".to_owned(),
        (_, Some(weigh)) => {
            let one = plain(&weigh.node);
            format!("mean ± 1.96 · standard deviation of the scores of each {one} ÷ √their number")
        }
    };
    format!("From `low` to `high` is its 95 % interval: {how}, cut off at the ends of the scale.")
}

fn change() -> String {
    "`change` is against the bucket before, and from `change_low` to `change_high` is its 95 % interval; the two buckets are taken to be independent, so where their answers or respondents overlap it is wider than it has to be.".to_owned()
}

fn invitations(survey: &Survey<'_>, found: &Invitations<'_>) -> String {
    let within = duration_words(found.within);
    let window = survey
        .over
        .map_or_else(String::new, |length| format!(" in {}", duration_words(length.node)));
    format!(
        "`response_rate` is the share of {}{window} after which the same {} gave an answer that counts within {within}.",
        rows(found.rows),
        plain(&found.respondent.node)
    )
}

fn left_out(survey: &Survey<'_>) -> String {
    let mut parts = vec![
        "`empty` (answers without a score)".to_owned(),
        "`out_of_scale` (answers with a score off the scale)".to_owned(),
    ];
    if let Some(respondent) = survey.latest_of {
        let one = plain(&respondent.node);
        parts.push(format!("`unknown_respondent` (answers of no known {one})"));
    }
    if let Some(weigh) = survey.weighed_by {
        parts.push(format!("`unweighed` (answers of no known {})", plain(&weigh.node)));
    }
    let last = parts.pop().unwrap_or_default();
    format!("Left out of the score and counted are {} and {last}.", parts.join(", "))
}

fn scale(survey: &Survey<'_>) -> (String, String) {
    let text = |expr: &Expr| print_expr(expr).replace('-', "−");
    survey
        .scale
        .map_or_else(|| ("0".to_owned(), "10".to_owned()), |(low, high)| (text(low), text(high)))
}

/// `the nps answer where kind = 'nps'`
fn rows(rows: &RowsSpec) -> String {
    let name = plain(&rows.name.node);
    match &rows.filter {
        Some(filter) => format!("the {name} where `{}`", print_expr(filter)),
        None => format!("the {name}"),
    }
}

fn plain(name: &str) -> String {
    name.replace('_', " ")
}
