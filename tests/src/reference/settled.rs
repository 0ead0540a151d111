//! The law of settled figures: what is complete as of one day is the same as of every later one, over rows that only
//! become more. All days are walked, and instants within them, over a change of the clock.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use milepost::plan::request::Request;
use milepost::plan::results::{Absent, Reason, Series};
use milepost::semantics::model::MetricId;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;

use crate::compare::{Opened, close};
use crate::generate::Random;

const FIRST: Date = date(2025, 10, 9);
const DAYS: i64 = 40;
/// How far a metric looks ahead.
const LENGTHS: [&str; 7] =
    ["7 days", "1 week", "36 hours", "1 day", "3 business days", "2 calendar days", "1 month"];

const DATASETS: &str = "
entities:
  user: { key: user_id, lives: always }
datasets:
  sent_days: { from: data/sent_days.csv, kind: events, time: at, entities: { user: user_id }, columns: { at: date, due: { type: date, planned: true }, done: timestamp } }
  sent: { from: data/sent.csv, kind: events, time: at, entities: { user: user_id }, columns: { at: timestamp, due: { type: timestamp, planned: true }, done: date } }
  answer_days: { from: data/answer_days.csv, kind: events, time: at, entities: { user: user_id }, columns: { at: date } }
  answers: { from: data/answers.csv, kind: events, time: at, entities: { user: user_id }, columns: { at: timestamp } }
";

/// What looks ahead inside what looks ahead, inside judgements, and by segments.
const NESTED: &str = "
segments:
  answered: { of: user, where: any(sent over 5 days where any(answers with same user within 4 days)) }
metrics:
  n1: { grain: day, value: count(sent where any(answers with same user within 2 days where any(sent_days with same user within 3 days))) / count(sent) }
  n2: { grain: week, value: count(sent_days where any(answer_days with same user within 3 business days where any(answers with same user within 36 hours))) }
  n3: { grain: day, value: count(sent_days where any(answers with same user within 2 calendar days where any(answer_days with same user within 1 day))) }
  n4: { grain: week, value: count(sent where any(answers with same user within 3 days before where any(sent_days with same user within 2 days))) }
  n5: { grain: day, value: count(sent where any(answers with same user within 2 days before due)) }
  n6: { grain: day, value: count(answers where any(sent with same user within 1 day where any(answer_days with same user within 2 days after due))) }
  n7: { grain: day, value: count(user where any(sent over 5 days where any(answers with same user within 4 days))) }
  n8: { grain: week, value: avg(count(sent where any(answers with same user within 2 days)) / count(sent) per user) }
  n9: { grain: day, value: count(user where avg(count(sent_days where any(answers with same user within 1 day)) per day over 3 days) > 0.2) }
  n10: { grain: day, value: count(user where prior(any(sent where any(answers with same user within 3 days)))) }
  n11: { grain: day, value: count(user where answered) }
  n12: { grain: day, value: count(answers where user.answered) / count(answers) }
  n14: { grain: day, cohort: { of: user, starts: sent, returns: answers, offsets: 1 } }
  n15: { grain: week, cohort: { of: user, starts: sent, returns: answer_days, offsets: 1, at_least: 2 } }
  n16: { grain: day, cohort: { of: user, starts: sent, returns: answers, offsets: 1, clock: elapsed } }
  n17: { grain: week, cohort: { of: user, starts: sent_days, returns: answers, offsets: 1, clock: elapsed, step: day } }
  n18: { grain: day, value: count(user where n14.at_1 > 0) }
  n13: { grain: day, value: count(user on min(sent.at where any(answers with same user within 4 days))) }
";

fn specs() -> String {
    let mut text = "metrics:\n".to_owned();
    let mut n = 0;
    for (i, length) in LENGTHS.iter().enumerate() {
        for (j, rows) in ["sent_days", "sent"].iter().enumerate() {
            let others = ["answer_days", "answers"][(i + j) % 2];
            let after = if i % 3 == 0 { " after due" } else { "" };
            let found = format!("any({others} with same user within {length}{after})");
            n += 1;
            let _ = writeln!(
                text,
                "  m{n}: {{ grain: {}, value: \"count({rows} where {found}) / count({rows})\" }}",
                ["day", "week"][(i / 2 + j) % 2]
            );
            n += 1;
            // What the author says of a bucket, where a row's own column is filled in later.
            if *length != "1 day" && *length != "36 hours" {
                let day = if *rows == "sent" { "day(at)" } else { "at" };
                let _ = writeln!(
                    text,
                    "  m{n}: {{ grain: day, maturity: {length}, value: \"count({rows} where done <= {day} + {length})\" }}"
                );
            }
        }
    }
    text
}

fn rows(random: &mut Random, day_only: bool, extra: bool) -> String {
    let mut text = String::from(if extra { "user_id,at,due,done\n" } else { "user_id,at\n" });
    for _ in 0..60 {
        let at = FIRST.checked_add(random.between(0, DAYS).days()).unwrap();
        let mut time = |day: Date, day_only: bool| {
            // Midnight and the last second are where mistakes are.
            let clock = ["00:00:00", "23:59:59", "12:00:00", "02:30:00"][random.below(4)];
            if day_only { day.to_string() } else { format!("{day}T{clock}") }
        };
        let (own, due) = (time(at, day_only), time(at.checked_add(3.days()).unwrap(), day_only));
        let away = random.between(0, 12);
        let done = at.checked_add(away.days()).unwrap();
        let done = if day_only { format!("{done}T23:59:59") } else { done.to_string() };
        let user = random.below(4);
        let _ = if extra {
            writeln!(text, "{user},{own},{due},{done}")
        } else {
            writeln!(text, "{user},{own}")
        };
    }
    text
}

fn write(folder: &Path, specs: &str, seed: u64) {
    let mut random = Random::new(seed);
    std::fs::create_dir_all(folder.join("specs")).unwrap();
    std::fs::create_dir_all(folder.join("data")).unwrap();
    std::fs::write(
        folder.join("milepost.yaml"),
        "project: settled\nedition: 2026\ncalendar: { time_zone: Europe/Amsterdam }\nhistory: 3 months\nlints: { unused-definition: allow }\n",
    )
    .unwrap();
    std::fs::write(folder.join("specs/all.yaml"), format!("{DATASETS}{specs}")).unwrap();
    for (name, day_only, extra) in [
        ("sent_days", true, true),
        ("sent", false, true),
        ("answer_days", true, false),
        ("answers", false, false),
    ] {
        let text = rows(&mut random, day_only, extra);
        std::fs::write(folder.join(format!("data/{name}.csv")), text).unwrap();
    }
}

/// Every figure as of then; when `plainly`, by both lowerings.
fn as_of(opened: &Opened, requests: &[Request], text: &str, plainly: bool) -> Vec<Series> {
    let Opened { engine, model } = opened;
    let mut diagnostics = Diagnostics::default();
    let as_of = model.project.calendar.parse_as_of(text);
    let data = steps::open(engine, model, as_of, requests, false, &mut diagnostics);
    let data = data.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted()));
    let all = steps::run(engine, model, &data, requests).unwrap();
    if plainly {
        for (request, series) in requests.iter().zip(&all) {
            let plain = engine.run_plain(model, &data, request).unwrap();
            for (a, b) in series.rows[0].cells.iter().zip(plain.rows[0].cells.iter()) {
                let same = match (&a.value, &b.value) {
                    (Ok(a), Ok(b)) => close(*a, *b),
                    (a, b) => a.is_err() && b.is_err(),
                };
                let text = &model[request.metric].headline().text;
                assert!(same, "as of {as_of:?}: {text}: {a:?} and (plain) {b:?}");
            }
        }
    }
    all
}

type Figure = (Result<f64, Reason>, Absent, String);

/// An as-of of the walk: the end of every day, and now and then its first instant or noon.
fn instant(step: i64) -> Option<String> {
    let day = FIRST.checked_add((step / 2).days()).unwrap();
    match step % 12 {
        0 => Some(format!("{day}T00:00:00")),
        4 => Some(format!("{day}T12:00:00")),
        n => (n % 2 == 1).then(|| day.to_string()),
    }
}

#[test]
fn a_settled_figure_never_changes() {
    let (compared, waited) = walk(&specs(), 1);
    assert!(compared > 10_000 && waited > 1_000, "{compared} compared, {waited} waited");
}

#[test]
fn a_settled_figure_never_changes_whatever_looks_ahead_inside() {
    let (compared, waited) = walk(NESTED, 2);
    assert!(compared > 5_000 && waited > 1_000, "{compared} compared, {waited} waited");
}

/// Walks all as-ofs: how many settled figures were compared, and how many were not settled yet.
fn walk(specs: &str, seed: u64) -> (usize, usize) {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), specs, seed);
    let opened = Opened::open(folder.path(), 2).unwrap_or_else(|why| panic!("{why}"));
    let model = &opened.model;
    let start = model.project.calendar.parse_instant(&FIRST.to_string());
    let requests: Vec<Request> = (0..model.metrics.len())
        .map(|i| Request { from: start, ..Request::total(model, MetricId(i)) })
        .collect();
    let (mut known, mut waited): (BTreeMap<(usize, String), Figure>, _) = (BTreeMap::new(), 0);
    let mut compared = 0;
    for step in 0..2 * (DAYS + 33) {
        let Some(text) = instant(step) else { continue };
        for (i, series) in as_of(&opened, &requests, &text, step == 61).iter().enumerate() {
            let what = &model[MetricId(i)].headline().text;
            for (bucket, cell) in series.buckets.iter().zip(series.rows[0].cells.iter()) {
                let label = &bucket.bucket.label;
                let before = known.get(&(i, label.clone()));
                if bucket.status() != "complete" {
                    waited += 1;
                    if let Some((.., then)) = before {
                        let status = bucket.status();
                        panic!(
                            "{what} at {label} was settled as of {then}, is {status} as of {text}"
                        );
                    }
                    continue;
                }
                let now = (cell.value.clone(), cell.absent, text.clone());
                if let Some((value, absent, then)) = before {
                    // Where the data begins is known when its first row has come.
                    let none = value.is_err() && now.0.is_err();
                    assert!(
                        none || (value, absent) == (&now.0, &now.1),
                        "{what} at {label}, settled as of {then}, as of {text}: {value:?} and {now:?}",
                    );
                }
                compared += usize::from(now.0.is_ok());
                known.entry((i, label.clone())).or_insert(now);
            }
        }
    }
    (compared, waited)
}
