//! `milepost.yaml`.

use super::support::{Outcome, analyze_with};
use milepost_semantics::schema::Schemas;
use milepost_semantics::time::Grain;

fn project(text: &str) -> Outcome {
    analyze_with(&format!("project: x\n{text}\n"), "", &Schemas::default())
}

#[test]
fn defaults_are_filled_in() {
    let out = project("");
    let project = &out.model().project;
    assert_eq!(
        (project.name.as_str(), project.currency.as_str(), project.grain),
        ("x", "USD", Grain::Month)
    );
    assert_eq!((project.history.count, project.calendar.time_zone.as_str()), (24, "UTC"));
}

#[test]
fn the_calendar_is_read() {
    let out = project(
        "edition: 2026\ncalendar: { time_zone: Europe/Amsterdam, week_starts: sunday, fiscal_year_starts: february, business_days: sun-thu, holidays: data/h.csv }\ncurrency: EUR\ngrain: fiscal quarter\nhistory: 8 quarters\nas_of: 2026-03-31",
    );
    let project = &out.model().project;
    assert_eq!((project.calendar.week_starts, project.calendar.fiscal_year_starts), (7, 2));
    assert_eq!(project.calendar.business_days, [true, true, true, true, false, false, true]);
    assert_eq!(project.grain, Grain::FiscalQuarter);
    assert_eq!(project.as_of.as_deref(), Some("2026-03-31"));
    assert_eq!(project.holidays.as_deref(), Some("data/h.csv"));
    assert_eq!(project.currency, "EUR");
    let out = project_days("mon,tue,thu");
    assert_eq!(out, [true, true, false, true, false, false, false]);
}

fn project_days(text: &str) -> [bool; 7] {
    project(&format!("calendar: {{ business_days: \"{text}\" }}"))
        .model()
        .project
        .calendar
        .business_days
}

#[test]
fn what_is_wrong_is_told() {
    project("calendar: { time_zone: Europe/Amsterdm }")
        .tells("unknown-time-zone 'Europe/Amsterdm'", &["did you mean `Europe/Amsterdam`?"]);
    project("calendar: { week_starts: mondy }")
        .tells("invalid-value 'mondy'", &["did you mean `monday`?"]);
    project("calendar: { fiscal_year_starts: febuary }")
        .tells("invalid-value 'febuary'", &["did you mean `february`?"]);
    project("calendar: { business_days: weekdays }")
        .tells("invalid-value 'weekdays'", &["mon-fri"]);
    project("edition: 2027").tells("invalid-value '2027'", &["edition: 2026"]);
    project("currency: EURO").tells("currency-unknown 'EURO'", &["did you mean `EUR`?"]);
    project("grain: mont").tells("invalid-value 'mont'", &["did you mean `month`?"]);
    project("history: 3 hours").fails(&["invalid-value '3 hours'"]);
    project("as_of: 2026-02-30").tells("as-of-invalid '2026-02-30'", &["a day that exists"]);
}
