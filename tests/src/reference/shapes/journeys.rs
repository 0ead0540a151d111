//! Journeys of generated accounts beside what they are by definition: plain loops over the days of each account. They share
//! nothing with how a journey is written out. And the laws: who lives is somewhere, and a past as-of gives what it gave.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use milepost::engine::write::Values;
use milepost::plan::request::Request;
use milepost::plan::results::Series;
use milepost::semantics::model::{MetricId, Model};
use milepost::semantics::time::Grain;
use milepost::steps;
use milepost::syntax::ast::Date;
use milepost::syntax::diagnostic::Diagnostics;

use crate::compare::Opened;
use crate::generate::Random;

const SEEDS: std::ops::Range<u64> = 1..13;

/// The last day, and how many days before it are compared.
const LAST: i64 = 90;
const COMPARED: i64 = 75;

/// An account as it was drawn; days are counted from 1 January 2026.
#[derive(Debug)]
struct Account {
    started: i64,
    left: Option<i64>,
    large: bool,
    renews: Option<i64>,
    go_live: Option<i64>,
    /// Days of logins and of key uses.
    logins: Vec<i64>,
    keys: Vec<i64>,
    /// From, to, seats.
    seats: Vec<(i64, Option<i64>, i64)>,
}

/// What differs between journeys.
#[derive(Debug)]
struct Drawn {
    uses: i64,
    seats: i64,
    stuck: i64,
    idle: i64,
    /// Whether the last stage is entered by a condition of its own.
    renewal: bool,
}

fn draw(seed: u64) -> (Drawn, Vec<Account>) {
    let mut random = Random::new(seed);
    let drawn = Drawn {
        uses: random.between(1, 4),
        seats: random.between(3, 12),
        stuck: random.between(10, 30),
        idle: random.between(3, 12),
        renewal: random.percent(60),
    };
    let account = |random: &mut Random| {
        let started = random.between(1, LAST + 5);
        let days = |random: &mut Random, most: usize| {
            let mut days: Vec<i64> =
                (0..random.below(most)).map(|_| random.between(started - 10, LAST)).collect();
            days.retain(|day| *day >= 1);
            days
        };
        let mut seats = Vec::new();
        let mut from = started;
        for _ in 0..random.below(3) {
            let to = from + random.between(1, 30);
            let open = random.percent(40);
            seats.push((from, (!open).then_some(to), random.between(1, 12)));
            from = to - random.between(0, 3);
        }
        Account {
            started,
            left: random.percent(30).then(|| started + random.between(0, 60)),
            large: random.percent(30),
            renews: random.percent(60).then(|| random.between(20, LAST + 60)),
            go_live: random.percent(30).then(|| started + random.between(0, 50)),
            logins: days(random, 4),
            keys: days(random, 7),
            seats,
        }
    };
    let accounts = (0..14).map(|_| account(&mut random)).collect();
    (drawn, accounts)
}

fn day(number: i64) -> String {
    let months = [31, 28, 31, 30, 31, 30, 31];
    let (mut left, mut month) = (number, 1);
    for length in months {
        if left <= length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!("2026-{month:02}-{left:02}")
}

fn project(drawn: &Drawn, accounts: &[Account], folder: &std::path::Path, as_of: i64) {
    let enter = if drawn.renewal { "renewal_at <= today + 30 days" } else { "" };
    let enter = if enter.is_empty() { String::new() } else { format!(", enter: \"{enter}\"") };
    let spec = format!(
        "entities:\n  account: {{ key: account_id, home: accounts, lives: [started, left_on] }}
datasets:
  accounts:
    from: accounts.csv
    key: account_id
    columns: {{ account_id: text, started: date, left_on: date, size: text, renewal_at: {{ type: date, planned: true }}, go_live: {{ type: date, planned: true }} }}
  events: {{ from: events.csv, kind: events, time: ts, entities: {{ account: account_id }}, columns: {{ account_id: text, ts: timestamp, name: text }} }}
  subs: {{ from: subs.csv, kind: history, valid: [began, ended], entities: {{ account: account_id }}, columns: {{ account_id: text, began: date, ended: date, seats: integer }} }}
journeys:
  way:
    of: account
    starts: started
    ends: left_on
    amount: sum(subs.seats)
    stages:
      - stage: onboarding
        milestones:
          - {{ milestone: login, reached: \"any(events where name = 'login')\", within: 5 days, due: go_live }}
          - {{ milestone: value, reached: \"count(events where name = 'key') >= {}\", within: {{ default: 20 days, by: {{ size: {{ large: 40 days }} }} }} }}
        exit: value
        stuck: {{ after: {} days, without_progress: {} days }}
      - stage: adoption
        milestones: [ {{ milestone: seats, reached: sum(subs.seats) >= {} }} ]
        exit: seats
      - {{ stage: renewal{enter} }}
metrics:
  living: {{ value: count(account), grain: day }}
",
        drawn.uses, drawn.stuck, drawn.idle, drawn.seats
    );
    let (mut homes, mut events, mut subs) = (
        "account_id,started,left_on,size,renewal_at,go_live\n".to_owned(),
        // Data on the first day, so that nothing lies before it.
        "ts,account_id,name\n2026-01-01T00:00:00Z,nobody,other\n".to_owned(),
        "account_id,began,ended,seats\nnobody,2025-12-31,,1\n".to_owned(),
    );
    let optional = |at: Option<i64>| at.map_or_else(String::new, day);
    for (i, account) in accounts.iter().enumerate() {
        let size = if account.large { "large" } else { "small" };
        let (left, renews) = (optional(account.left), optional(account.renews));
        let live = optional(account.go_live);
        let _ = writeln!(homes, "a{i},{},{left},{size},{renews},{live}", day(account.started));
        for (name, days) in [("login", &account.logins), ("key", &account.keys)] {
            for at in days {
                let _ = writeln!(events, "{}T10:00:00Z,a{i},{name}", day(*at));
            }
        }
        for (from, to, seats) in &account.seats {
            let _ = writeln!(subs, "a{i},{},{},{seats}", day(*from), optional(*to));
        }
    }
    let main = format!(
        "project: p\nedition: 2026\nas_of: {}\nhistory: 3 months\nlints: {{ unused-definition: allow }}\n",
        day(as_of)
    );
    std::fs::create_dir_all(folder.join("specs")).unwrap();
    for (name, text) in [
        ("milepost.yaml", &main),
        ("specs/p.yaml", &spec),
        ("accounts.csv", &homes),
        ("events.csv", &events),
        ("subs.csv", &subs),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
}

/// The first day from the start on for which something is true, while the account is there.
fn first(account: &Account, since: i64, holds: &dyn Fn(i64) -> bool) -> Option<i64> {
    (since..=LAST).find(|day| account.left.is_none_or(|left| left >= *day) && holds(*day))
}

/// Where an account stands at the end of a day: its stage, state, next milestone, since when.
#[derive(Clone, Debug, PartialEq)]
struct Stands {
    stage: &'static str,
    state: &'static str,
    next: Option<&'static str>,
    entered: i64,
    skips: f64,
    regressions: f64,
}

/// Nothing where it has not begun, or has ended.
fn stands(drawn: &Drawn, account: &Account, today: i64) -> Option<Stands> {
    let start = account.started;
    if start > today || account.left.is_some_and(|left| left <= today) {
        return None;
    }
    let logins = |day: i64| account.logins.iter().any(|at| (start..=day).contains(at));
    let uses = |day: i64| {
        let number = account.keys.iter().filter(|at| (start..=day).contains(*at)).count();
        number as i64 >= drawn.uses
    };
    let seats = |day: i64| {
        let open = account
            .seats
            .iter()
            .filter(|(from, to, _)| *from <= day && to.is_none_or(|to| to > day));
        open.map(|(_, _, seats)| seats).sum::<i64>() >= drawn.seats
    };
    let seen = |at: Option<i64>| at.filter(|at| *at <= today);
    let login = seen(first(account, start, &logins));
    let value = seen(first(account, start, &uses));
    let full = seen(first(account, start, &seats));
    let adoption = value;
    let renewal = match drawn.renewal {
        true => seen(first(account, start, &|day| account.renews.is_some_and(|at| at <= day + 30))),
        false => adoption.zip(full).map(|(adoption, full)| adoption.max(full)),
    };
    let stage = match (adoption, renewal) {
        (_, Some(_)) => "renewal",
        (Some(_), None) => "adoption",
        (None, None) => "onboarding",
    };
    let entered = match stage {
        "renewal" => renewal.unwrap(),
        "adoption" => adoption.unwrap(),
        _ => start,
    };
    let next = match stage {
        "onboarding" if login.is_none() => Some("login"),
        "onboarding" if value.is_none() => Some("value"),
        "adoption" if full.is_none() => Some("seats"),
        _ => None,
    };
    let due_login = account.go_live.unwrap_or(start + 5);
    let due_value = start + if account.large { 40 } else { 20 };
    let ahead = [(login, due_login), (value, due_value)];
    let ahead: Vec<i64> =
        ahead.iter().filter(|(reached, _)| reached.is_none()).map(|(_, due)| *due).collect();
    let late = ahead.iter().any(|due| today > *due);
    let progress =
        [login, value, full].iter().map(|at| at.unwrap_or(start)).max().unwrap().max(start);
    let stuck = today > start + drawn.stuck && today >= progress + drawn.idle;
    let risk = ahead.iter().any(|due| (today - start) as f64 >= 0.75 * (due - start) as f64);
    let state = match stage {
        "onboarding" if late => "late",
        "onboarding" if stuck => "stuck",
        "onboarding" if risk => "at_risk",
        "onboarding" if login.is_some() && value.is_some() => "ready",
        "adoption" if full.is_some() => "ready",
        _ => "on_track",
    };
    // A stage that is left by its exit was exited; past it leads only the condition of the last.
    let onboarding_exited = value.is_some();
    let adoption_exited = adoption.is_some() && full.is_some();
    let past = drawn.renewal && renewal.is_some();
    let skips =
        if past { f64::from(!onboarding_exited) + f64::from(!adoption_exited) } else { 0.0 };
    let regressions = f64::from(full.is_some() && !seats(today));
    Some(Stands { stage, state, next, entered, skips, regressions })
}

fn metric(model: &Model, name: &str) -> MetricId {
    MetricId(model.metrics.iter().position(|metric| metric.name == name).unwrap())
}

fn by_day(model: &Model, name: &str, by: &[&str]) -> Request {
    let by = by.iter().map(|name| model.dimension(name).unwrap()).collect();
    let from = model.project.calendar.midnight(date(LAST - COMPARED));
    Request {
        grain: Grain::Day,
        by,
        from: Some(from),
        ..Request::total(model, metric(model, name))
    }
}

fn date(number: i64) -> Date {
    let text = day(number);
    let mut parts = text.split('-').map(|part| part.parse::<i32>().unwrap());
    let mut next = || parts.next().unwrap();
    Date { year: next() as _, month: next() as _, day: next() as _ }
}

/// How many are in each stage and state on each day, but for those where nobody is.
fn counted(series: &Series) -> BTreeMap<(String, String, String), f64> {
    let mut found = BTreeMap::new();
    for row in &series.rows {
        let name = |at: usize| row.key[at].text().unwrap_or("?").to_owned();
        for (at, bucket) in series.buckets.iter().enumerate() {
            let number = row.cells.at(at).value.unwrap_or_else(|reason| {
                panic!("{} {} {}: {reason}", bucket.bucket.label, name(0), name(1))
            });
            if number > 0.0 {
                found.insert((bucket.bucket.label.clone(), name(0), name(1)), number);
            }
        }
    }
    found
}

fn wanted(
    drawn: &Drawn,
    accounts: &[Account],
    last: i64,
) -> BTreeMap<(String, String, String), f64> {
    let mut wanted = BTreeMap::new();
    for today in LAST - COMPARED..=last {
        for stands in accounts.iter().filter_map(|account| stands(drawn, account, today)) {
            let key = (day(today), stands.stage.to_owned(), stands.state.to_owned());
            *wanted.entry(key).or_insert(0.0) += 1.0;
        }
    }
    wanted
}

#[test]
fn journeys_are_what_plain_loops_say() {
    let mut met = BTreeMap::new();
    for seed in SEEDS {
        let (drawn, accounts) = draw(seed);
        // A past as-of gives what it gave then.
        for as_of in [LAST, LAST - 25] {
            let folder = tempfile::tempdir().unwrap();
            project(&drawn, &accounts, folder.path(), as_of);
            let opened = Opened::open(folder.path(), 2).unwrap();
            let request = by_day(&opened.model, "way", &["way.stage", "way.state"]);
            let stride = if seed < SEEDS.start + 2 { 1 } else { 2 };
            let requests = [by_day(&opened.model, "living", &[]), request];
            let (shared, plain) = opened.run(&requests, stride).unwrap();
            let wanted = wanted(&drawn, &accounts, as_of);
            let found = counted(&shared[1]);
            assert_eq!(found, wanted, "seed {seed}, as of {as_of}, {drawn:?}");
            if let Some(plain) = &plain[1] {
                assert_eq!(counted(plain), found, "seed {seed} in SQL");
            }
            // Everybody who lives is in a stage: who has begun lives, and who has ended does not.
            for (at, bucket) in shared[0].buckets.iter().enumerate() {
                let living = shared[0].rows[0].cells.at(at).value.unwrap_or(0.0);
                let label = &bucket.bucket.label;
                let somewhere = found.iter().filter(|((day, ..), _)| day == label);
                assert_eq!(somewhere.map(|(_, n)| n).sum::<f64>(), living, "seed {seed} {label}");
            }
            for (_, stage, state) in wanted.into_keys() {
                *met.entry(format!("{stage} {state}")).or_insert(0) += 1;
            }
        }
    }
    let seen: Vec<&str> = met.keys().map(String::as_str).collect();
    let all = [
        "adoption on_track",
        "onboarding at_risk",
        "onboarding late",
        "onboarding on_track",
        "onboarding stuck",
        "renewal on_track",
    ];
    assert!(all.iter().all(|wanted| seen.contains(wanted)), "{met:?}");
}

/// Of each member: its stage, since when, what is next, and what it skipped.
#[test]
fn members_stand_where_plain_loops_say() {
    let (mut rows, mut skipped, mut regressed) = (0, 0.0, 0.0);
    for seed in SEEDS {
        let (drawn, accounts) = draw(seed);
        let folder = tempfile::tempdir().unwrap();
        project(&drawn, &accounts, folder.path(), LAST);
        let Opened { engine, model } = Opened::open(folder.path(), 1).unwrap();
        let way = metric(&model, "way");
        let mut diagnostics = Diagnostics::default();
        let requests = [Request::total(&model, way)];
        let as_of = model.project.as_of();
        let data = steps::open(&engine, &model, as_of, &requests, false, &mut diagnostics).unwrap();
        let members = steps::list(&engine, &model, &data, way).unwrap();
        let names: Vec<&str> =
            model[way].list.as_ref().unwrap().columns.iter().map(|c| c.name.as_str()).collect();
        let column = |name: &str| {
            let at = names.iter().position(|known| *known == name).unwrap();
            members.columns[at].as_ref().unwrap()
        };
        let text = |values: &Values, at: usize| match values {
            Values::Text(all) => all[at].clone(),
            other => panic!("{other:?}"),
        };
        let number = |values: &Values, at: usize| match values {
            Values::Integer(all) => all[at].map(|n| n as f64),
            Values::Number(all) => all[at],
            Values::Date(all) => all[at].map(f64::from),
            other => panic!("{other:?}"),
        };
        let standing: Vec<Option<Stands>> =
            accounts.iter().map(|account| stands(&drawn, account, LAST)).collect();
        assert_eq!(members.entries.len(), standing.iter().flatten().count(), "seed {seed}");
        for at in 0..members.entries.len() {
            let key = text(&members.key[0].1, at).unwrap();
            let own: usize = key[1..].parse().unwrap();
            let wanted = standing[own].as_ref().unwrap();
            let what = format!("seed {seed} {key}: {wanted:?} of {:?}, {drawn:?}", accounts[own]);
            assert_eq!(text(column("stage"), at).as_deref(), Some(wanted.stage), "{what}");
            assert_eq!(text(column("state"), at).as_deref(), Some(wanted.state), "{what}");
            assert_eq!(text(column("next"), at).as_deref(), wanted.next, "{what}");
            let since = milepost::semantics::time::epoch_day(date(wanted.entered));
            assert_eq!(number(column("entered_at"), at), Some(f64::from(since)), "{what}");
            let days = (LAST - wanted.entered) as f64;
            assert_eq!(number(column("days"), at), Some(days), "{what}");
            assert_eq!(number(column("regressions"), at), Some(wanted.regressions), "{what}");
            if drawn.renewal {
                assert_eq!(number(column("skips"), at), Some(wanted.skips), "{what}");
            }
            rows += 1;
            skipped += wanted.skips;
            regressed += wanted.regressions;
        }
    }
    assert!(rows > 60 && skipped > 5.0 && regressed > 3.0, "{rows} {skipped} {regressed}");
}
