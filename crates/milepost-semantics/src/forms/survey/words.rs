//! What a survey means, a sentence each.

use milepost_syntax::ast::{Expr, ExprKind, RowsSpec};
use milepost_syntax::print_expr;

use super::read::{Invitations, Kind, Survey};
use crate::explain::duration_words;
use crate::forms::build::plain;
use crate::model::{plural, singular};

pub(super) fn words(survey: &Survey<'_>) -> Vec<String> {
    let mut lines = vec![score(survey), answers(survey), interval(survey), change()];
    lines.extend(survey.invitations.as_ref().map(|found| invitations(survey, found)));
    lines.push(left_out(survey));
    lines
}

fn score(survey: &Survey<'_>) -> String {
    match survey.kind {
        Kind::Nps => "NPS: the percent of promoters (9 and more) less that of detractors (6 and less), which is the mean of 100 for the ones, -100 for the others and 0 for passives, who are between.".to_owned(),
        Kind::Csat { top } => format!(
            "CSAT: the share of satisfied answers, those of {} and more, which is the mean of 1 for them and 0 for the others.",
            print_expr(top)
        ),
        Kind::Ces { higher_is_easier } => {
            let easy = if higher_is_easier { "high" } else { "low" };
            format!("CES: the mean of the scores, of which {easy} ones say that it was easy.")
        }
    }
}

/// Which answers count, and how much each does.
fn answers(survey: &Survey<'_>) -> String {
    let (low, high) = scale(survey);
    let rows = rows(survey.answers, survey);
    let fits = format!("whose {} is from {low} to {high}", column(survey.score));
    let taken = match survey.latest_of {
        Some(respondent) => {
            format!("Of each {} the latest of {rows} counts, {fits}", plain(&respondent.node))
        }
        None => format!("Each of {rows} counts, {fits}"),
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
    format!("The 95 % interval of the score is {how}, cut off at the ends of the scale.")
}

fn change() -> String {
    "The change is against the bucket before. Its 95 % interval takes the two buckets to be independent, so where their answers or respondents overlap it is wider than it has to be; where it holds 0, there may be no change.".to_owned()
}

fn invitations(survey: &Survey<'_>, found: &Invitations<'_>) -> String {
    format!(
        "The response rate is the share of {} after which the same {} gave an answer that counts within {}.",
        rows(found.rows, survey),
        plain(&found.respondent.node),
        duration_words(found.within)
    )
}

fn left_out(survey: &Survey<'_>) -> String {
    let mut parts =
        vec!["answers without a score".to_owned(), "answers with a score off the scale".to_owned()];
    let of_nobody = |one: &str| format!("answers of no known {}", plain(one));
    parts.extend(survey.latest_of.map(|respondent| of_nobody(&respondent.node)));
    parts.extend(survey.weighed_by.map(|weigh| of_nobody(&weigh.node)));
    let last = parts.pop().unwrap_or_default();
    format!("Left out of the score, and counted, are {} and {last}.", parts.join(", "))
}

fn scale(survey: &Survey<'_>) -> (String, String) {
    survey.scale.map_or_else(
        || ("0".to_owned(), "10".to_owned()),
        |(low, high)| (print_expr(low), print_expr(high)),
    )
}

/// The score as people call it, where it is a column.
fn column(score: &Expr) -> String {
    match &score.kind {
        ExprKind::Path(path) => path.last().map_or_else(String::new, |name| plain(&name.node)),
        _ => format!("`{}`", print_expr(score)),
    }
}

/// `the answers where kind = 'nps' in 90 days`
fn rows(rows: &RowsSpec, survey: &Survey<'_>) -> String {
    let name = plain(&plural(&singular(&rows.name.node)));
    let filter = rows.filter.as_ref();
    let filter =
        filter.map_or_else(String::new, |filter| format!(" where `{}`", print_expr(filter)));
    let window = survey
        .over
        .map_or_else(String::new, |length| format!(" in {}", duration_words(length.node)));
    format!("the {name}{filter}{window}")
}
