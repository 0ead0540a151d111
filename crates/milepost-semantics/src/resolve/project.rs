//! `milepost.yaml`: the calendar, the currency, the defaults.

use super::metadata::text;
use crate::currency;
use crate::model::Project;
use crate::time::{Calendar, Grain};
use milepost_syntax::ast::{CalendarSpec, Duration, DurationStyle, ProjectSpec, TimeUnit};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;
use milepost_syntax::{codes, suggest};

/// The edition of the language that this version reads.
pub const EDITION: i64 = 2026;

const DAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The project with its defaults filled in.
pub(crate) fn project(spec: &ProjectSpec, diagnostics: &mut Diagnostics) -> Project {
    if let Some(edition) = spec.edition.as_ref().filter(|e| e.node != EDITION) {
        diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                edition.span,
                format!("there is no edition {}", edition.node),
            )
            .help(format!("write `edition: {EDITION}`")),
        );
    }
    let calendar = calendar(&spec.calendar, diagnostics);
    let as_of = spec.as_of.as_ref().filter(|as_of| {
        let good = calendar.parse_as_of(&as_of.node).is_some();
        if !good {
            diagnostics.push(
                Diagnostic::error(codes::AS_OF_INVALID, as_of.span, format!("`{}` is not a day or an instant", as_of.node))
                    .help("write a day that exists, like `2026-03-31` (its end is meant), or an instant, like `2026-03-31T12:00:00`"),
            );
        }
        good
    });
    Project {
        name: text(&spec.name).unwrap_or_default(),
        label: text(&spec.label),
        description: text(&spec.description),
        currency: spec.currency.as_ref().map_or_else(
            || "USD".to_owned(),
            |code| {
                currency::check(&code.node, code.span, diagnostics);
                code.node.clone()
            },
        ),
        grain: spec.grain.as_ref().and_then(|g| grain(g, diagnostics)).unwrap_or(Grain::Month),
        history: history(spec, diagnostics),
        as_of: as_of.map(|a| a.node.clone()),
        names_in_segments: spec.outputs.names.iter().any(|name| name.node == "segments"),
        holidays: text(&spec.calendar.holidays),
        calendar,
    }
}

/// The grain of that name.
pub(crate) fn grain(name: &Spanned<String>, diagnostics: &mut Diagnostics) -> Option<Grain> {
    let found = Grain::parse(&name.node);
    if found.is_none() {
        diagnostics.push(not_one_of("a grain", name, &Grain::ALL.map(Grain::name)));
    }
    found
}

/// `x` is not one of a list of words.
pub(crate) fn not_one_of(what: &str, word: &Spanned<String>, list: &[&str]) -> Diagnostic {
    let told = Diagnostic::error(
        codes::INVALID_VALUE,
        word.span,
        format!("`{}` is not {what}", word.node),
    );
    let told = match suggest(&word.node, list.iter().copied()) {
        Some(near) => told.help(format!("did you mean `{near}`?")),
        None => told,
    };
    told.help(format!("write one of: {}", list.join(", ")))
}

fn history(spec: &ProjectSpec, diagnostics: &mut Diagnostics) -> Duration {
    let default = Duration { count: 24, unit: TimeUnit::Month, style: DurationStyle::Plain };
    let Some(history) = &spec.history else { return default };
    let too_short =
        matches!(history.node.unit, TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour);
    if too_short || history.node.style == DurationStyle::Business || history.node.count == 0 {
        diagnostics.push(
            Diagnostic::error(
                codes::INVALID_VALUE,
                history.span,
                "the history is a number of days, weeks, months, quarters or years",
            )
            .help("write for example `history: 24 months`"),
        );
        return default;
    }
    history.node
}

/// The calendar without its holidays, which stand in a file of their own.
pub(crate) fn calendar(spec: &CalendarSpec, diagnostics: &mut Diagnostics) -> Calendar {
    let mut calendar = Calendar::default();
    if let Some(zone) = &spec.time_zone
        && !calendar.set_time_zone(&zone.node)
    {
        diagnostics.push(unknown_zone(zone));
    }
    if let Some(day) = &spec.week_starts {
        match DAYS.iter().position(|d| *d == day.node.to_ascii_lowercase()) {
            Some(i) => calendar.week_starts = one_based(i),
            None => diagnostics.push(not_one_of("a day of the week", day, &DAYS)),
        }
    }
    if let Some(month) = &spec.fiscal_year_starts {
        match MONTHS.iter().position(|m| *m == month.node.to_ascii_lowercase()) {
            Some(i) => calendar.fiscal_year_starts = one_based(i),
            None => diagnostics.push(not_one_of("a month", month, &MONTHS)),
        }
    }
    if let Some(days) = &spec.business_days {
        match business_days(&days.node) {
            Some(list) => calendar.business_days = list,
            None => diagnostics.push(
                Diagnostic::error(
                    codes::INVALID_VALUE,
                    days.span,
                    format!("`{}` does not name business days", days.node),
                )
                .help("write a range like `mon-fri` or `sun-thu`, or a list like `mon,tue,thu`"),
            ),
        }
    }
    calendar
}

/// The message for a zone that does not exist.
pub(crate) fn unknown_zone(zone: &Spanned<String>) -> Diagnostic {
    let names = Calendar::time_zone_names();
    let told = Diagnostic::error(
        codes::UNKNOWN_TIME_ZONE,
        zone.span,
        format!("there is no time zone `{}`", zone.node),
    );
    let by_city = names.iter().find(|n| {
        n.rsplit('/')
            .next()
            .is_some_and(|city| city.eq_ignore_ascii_case(&zone.node.replace(' ', "_")))
    });
    match by_city
        .map(String::as_str)
        .or_else(|| suggest(&zone.node, names.iter().map(String::as_str)))
    {
        Some(near) => told.help(format!("did you mean `{near}`?")),
        None => told.help(
            "write a name of the IANA list, like `Europe/Amsterdam`, `America/New_York` or `UTC`",
        ),
    }
}

/// `mon-fri`, `sun-thu`, `mon,tue,thu`: Monday to Sunday.
fn business_days(text: &str) -> Option<[bool; 7]> {
    let day = |word: &str| {
        let word = word.trim().to_ascii_lowercase();
        DAYS.iter().position(|d| *d == word || (word.len() == 3 && d.starts_with(&word)))
    };
    let mut list = [false; 7];
    for part in text.split(',') {
        if let Some((from, to)) = part.split_once('-') {
            let (mut i, to) = (day(from)?, day(to)?);
            list[i] = true;
            while i != to {
                i = (i + 1) % 7;
                list[i] = true;
            }
        } else {
            list[day(part)?] = true;
        }
    }
    Some(list)
}

fn one_based(i: usize) -> u8 {
    u8::try_from(i + 1).unwrap_or(1)
}
