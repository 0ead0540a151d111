//! A duration in words.

use super::STEPS;
use super::read::{End, Followed};
use crate::explain::{duration_words, ordinal};
use crate::forms::build::plain;
use crate::model::plural;
use milepost_syntax::print_expr;

/// What its parts mean, and every choice that a reader would otherwise have to guess.
pub(super) fn words(followed: &Followed<'_>) -> Vec<String> {
    let mut lines = vec![who(followed), what(followed)];
    lines.extend(lost(followed));
    lines.push(quantiles(followed));
    lines.extend(share(followed));
    lines.push(curve(followed));
    lines
}

fn several(followed: &Followed<'_>) -> String {
    plural(&plain(&followed.of.node))
}

fn days(followed: &Followed<'_>) -> &'static str {
    if followed.business { "business days" } else { "days" }
}

fn who(followed: &Followed<'_>) -> String {
    let several = several(followed);
    let when = match followed.over {
        Some(length) => format!("in the {} that end with the bucket", duration_words(length.node)),
        None => "in the bucket".to_owned(),
    };
    match followed.starting {
        Some(rows) => format!(
            "Followed are the {several} whose first row of `{}` lies {when}, whether they still live or not; it is the first of all the data.",
            plain(rows)
        ),
        None => format!(
            "Followed are the {several} whose {} lies {when}, whether they still live or not.",
            plain(&print_expr(&followed.from))
        ),
    }
}

fn what(followed: &Followed<'_>) -> String {
    let reached = match &followed.to {
        End::Time(time) => format!("its {}", plain(&print_expr(time))),
        End::Rows { name, nth, filter, .. } => {
            let whose = filter.map_or_else(String::new, |filter| {
                format!(" where {}", plain(&print_expr(filter)))
            });
            let place = if *nth == 1 { "first".to_owned() } else { ordinal(f64::from(*nth)) };
            format!("its {place} row of `{}`{whose} from then on", plain(&name.node))
        }
    };
    format!(
        "Each reaches {reached}. The {} are counted until then, for all that is known at the end of the data, whatever the bucket: who has not got there by then waits, and counts for as long as it has been followed (right-censored).",
        days(followed)
    )
}

fn lost(followed: &Followed<'_>) -> Option<String> {
    let lost = plain(&print_expr(followed.lost?));
    let how = if followed.competing {
        "counts as one that never gets there (a competing risk): the curve is the cumulative incidence of Aalen and Johansen (1978)"
    } else {
        "is followed no longer, as if it could still have got there (censored): the curve is one less that of Kaplan and Meier (1958)"
    };
    Some(format!(
        "Who is lost before ({lost}) {how}. What happens at the same time as the loss counts as reached."
    ))
}

fn quantiles(followed: &Followed<'_>) -> String {
    format!(
        "`median`, `p25` and `p75` are the {} after which half, a quarter and three quarters of all that began have reached it; where the curve lies exactly at that level, the midpoint of the {} between which it does. A curve that stays below has the reason “not reached”, and is maturing while anybody waits.",
        days(followed),
        days(followed)
    )
}

fn share(followed: &Followed<'_>) -> Option<String> {
    let within = followed.within?;
    let days = days(followed);
    Some(format!(
        "`share` is the share that has reached it after {within} {days}, with a 95 % interval on the log-log scale from `share low` to `share high`; it is maturing until {within} {days} after the bucket."
    ))
}

fn curve(followed: &Followed<'_>) -> String {
    let (step, days) = (followed.step, days(followed));
    let before: Vec<String> = (0..STEPS).map(|at| (at * step).to_string()).collect();
    let lost = match (followed.lost.is_some(), followed.competing) {
        (false, _) => "",
        (true, true) => ", 'lost'",
        (true, false) => ", 'lost' (to the curve 'censored')",
    };
    format!(
        "The curve is taken after {} and {} {days}: `at` and the number of days is the share, `low` and `high` are its 95 % interval, `risk` is how many {} are still followed then and on the way. Each that `started` is 'reached'{lost} or 'waiting'.",
        before.join(", "),
        step * STEPS,
        several(followed)
    )
}
