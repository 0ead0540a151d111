//! What the rows of the examples say that nobody asked: nothing, whatever the day.

use milepost::semantics::time::{AsOf, Grain};
use milepost::syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost::{report, steps};

use crate::figures::Example;

/// All warnings about the rows of an example, at as-of days of its history with so many days between; each with its day.
fn warnings(name: &str, step: usize) -> Vec<(String, Diagnostic)> {
    let Example { engine, model } = Example::load(name);
    let requests = report::requests(&model);
    let calendar = &model.project.calendar;
    let data = steps::open(&engine, &model, None, &requests, true, &mut Diagnostics::default());
    let end = model.project.as_of().or(data.map(|data| data.as_of())).unwrap().end;
    let start = calendar.shift(end, model.project.history, true);
    let days = calendar.buckets(Grain::Day, start, end);
    let mut found = Vec::new();
    // The last day is among them.
    for day in days.iter().rev().step_by(step) {
        let mut diagnostics = Diagnostics::default();
        let as_of = Some(AsOf { end: day.end });
        let data = steps::open(&engine, &model, as_of, &requests, true, &mut diagnostics);
        let data = data.unwrap_or_else(|| panic!("{}: {:#?}", day.label, diagnostics.sorted()));
        let mut told = Diagnostics::default();
        steps::remarks(&engine, &model, &data, &mut told).unwrap();
        found.extend(told.sorted().into_iter().map(|d| (day.label.clone(), d.clone())));
    }
    found
}

/// A sample of the days; with `MILEPOST_EVERY_DAY` each.
#[test]
fn no_day_of_the_examples_earns_a_warning() {
    let every = std::env::var_os("MILEPOST_EVERY_DAY").is_some();
    for name in ["acme", "cdnow"] {
        let found = warnings(name, if every { 1 } else { 101 });
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}
