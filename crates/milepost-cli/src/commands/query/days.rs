//! The days of a question.

use milepost::report::as_of_words;
use milepost::semantics::model::Model;
use milepost::semantics::time::{AsOf, Grain, Instant, show_date};
use milepost::syntax::codes;
use milepost::syntax::diagnostic::Diagnostic;

use crate::exit::Stop;

/// The first instant of a day, and the first after it.
pub(super) fn day(model: &Model, text: &str) -> Result<(Instant, Instant), Stop> {
    let calendar = &model.project.calendar;
    match calendar.parse_as_of(text).filter(|_| text.len() == "2026-03-31".len()) {
        Some(as_of) => {
            let day = calendar.bucket_of(Grain::Day, Instant(as_of.end.0 - 1));
            Ok((day.start, day.end))
        }
        None => {
            Err(Diagnostic::error_nowhere(codes::INVALID_DATE, format!("`{text}` is not a day"))
                .help("write a day as 2026-03-31")
                .into())
        }
    }
}

pub(super) fn refuse_backward(from: Option<Instant>, to: Option<Instant>) -> Result<(), Stop> {
    match (from, to) {
        (Some(from), Some(to)) if from >= to => {
            Err(Diagnostic::error_nowhere(codes::INVALID_DATE, "`--from` is after `--to`")
                .help("both days are included; give the earlier one to `--from`")
                .into())
        }
        _ => Ok(()),
    }
}

/// A range that lies after the as-of has no bucket, and so no answer.
pub(super) fn refuse_later(model: &Model, from: Option<Instant>, as_of: AsOf) -> Result<(), Stop> {
    let Some(from) = from.filter(|from| *from >= as_of.end) else { return Ok(()) };
    let calendar = &model.project.calendar;
    let day = show_date(calendar.date_of(from));
    let message = format!(
        "`--from {day}` is after the as-of, {}, up to which data is used",
        as_of_words(model, as_of)
    );
    Err(Diagnostic::error_nowhere(codes::INVALID_DATE, message)
        .help(format!("give an earlier day, or use a later as-of: `--as-of {day}`"))
        .into())
}

/// What is compared with an earlier day needs one that is earlier.
pub(super) fn refuse_since(
    model: &Model,
    since: &str,
    (before, after): (Instant, Instant),
) -> Result<(), Stop> {
    if before < after {
        return Ok(());
    }
    let last = show_date(model.project.calendar.date_of(Instant(after.0 - 1)));
    let message = format!("`--since {since}` is not before {last}, which is compared with it");
    Err(Diagnostic::error_nowhere(codes::INVALID_DATE, message)
        .help("give an earlier day: what is compared is the end of each of the two days")
        .into())
}
