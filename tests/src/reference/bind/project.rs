//! `milepost.yaml`: the calendar and the defaults.

use std::collections::BTreeSet;

use jiff::civil::Date;
use milepost::semantics::time::Grain;
use milepost::syntax::ast::{CalendarSpec, Duration, DurationStyle, ProjectSpec, TimeUnit};
use milepost::syntax::span::Spanned;

use crate::tree::{Days, Model, Project};

const WEEKDAYS: [&str; 7] =
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

pub(super) fn without_definitions(spec: &ProjectSpec, holidays: Option<&str>) -> Model {
    let two_years = Duration { count: 24, unit: TimeUnit::Month, style: DurationStyle::Plain };
    let project = Project {
        calendar: days(&spec.calendar, holidays),
        grain: spec.grain.as_ref().map_or(Grain::Month, |name| grain(&name.node)),
        history: spec.history.as_ref().map_or(two_years, |length| length.node),
    };
    Model {
        project,
        entities: Vec::new(),
        datasets: Vec::new(),
        segments: Vec::new(),
        dimensions: Vec::new(),
        metrics: Vec::new(),
    }
}

fn days(spec: &CalendarSpec, holidays: Option<&str>) -> Days {
    let named = |names: &[&str], word: &Option<Spanned<String>>| {
        word.as_ref().map_or(0, |word| position(names, &word.node))
    };
    let zone = spec.time_zone.as_ref().map_or("UTC", |zone| &zone.node);
    let business = spec.business_days.as_ref().map_or("mon-fri", |days| &days.node);
    let holidays = spec.holidays.as_ref().map(|_| holidays.unwrap());
    Days {
        time_zone: zone.to_owned(),
        week_starts: named(&WEEKDAYS, &spec.week_starts) as i8 + 1,
        fiscal_year_starts: named(&MONTHS, &spec.fiscal_year_starts) as i8 + 1,
        business_days: business_days(business),
        holidays: holidays.map_or_else(BTreeSet::new, days_off),
    }
}

fn position(names: &[&str], word: &str) -> usize {
    let found = names.iter().position(|name| name.starts_with(word));
    found.unwrap_or_else(|| panic!("`{word}` is none of {names:?}"))
}

/// `mon-fri`, `sun-thu`, `mon,tue,sat`.
fn business_days(text: &str) -> [bool; 7] {
    let mut works = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (mut day, last) = (position(&WEEKDAYS, first.trim()), position(&WEEKDAYS, last.trim()));
        works[day] = true;
        while day != last {
            day = (day + 1) % 7;
            works[day] = true;
        }
    }
    works
}

/// The days in the first column; a first line with a name is left out.
fn days_off(text: &str) -> BTreeSet<Date> {
    let first = |line: &str| line.split(',').next().unwrap().trim().to_owned();
    let mut lines: Vec<String> = text.lines().map(first).collect();
    if lines.first().is_some_and(|line| line.parse::<Date>().is_err()) {
        lines.remove(0);
    }
    lines.iter().map(|line| line.parse().unwrap()).collect()
}

pub(super) fn grain(name: &str) -> Grain {
    match name.replace('_', " ").as_str() {
        "day" => Grain::Day,
        "week" => Grain::Week,
        "month" => Grain::Month,
        "quarter" => Grain::Quarter,
        "year" => Grain::Year,
        "fiscal quarter" => Grain::FiscalQuarter,
        "fiscal year" => Grain::FiscalYear,
        other => panic!("`{other}` is no grain"),
    }
}
