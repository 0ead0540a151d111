//! Laws that every number obeys, on generated data.

use std::fmt::Write as _;
use std::path::Path;

use milepost::engine::Engine;
use milepost::plan::request::Request;
use milepost::plan::results::{Reason, Series};
use milepost::semantics::model::Model;
use milepost::semantics::time::AsOf;
use milepost::sources::Disk;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const PROJECT: &str = "
project: laws
edition: 2026
calendar: { time_zone: Europe/Amsterdam, fiscal_year_starts: february }
history: 5 months
as_of: 2026-05-17
";

const SPECS: &str = "
entities:
  account: { key: account_id, home: accounts, lives: always }
datasets:
  accounts: { from: accounts.csv, key: account_id, columns: { account_id: integer, plan: { type: text, dimension: plan }, born: { type: timestamp } } }
  events:
    from: events.csv
    kind: events
    time: ts
    unique: id
    entities: { account: account_id }
    columns: { id: integer, ts: timestamp, account_id: integer, user: text, x: number, money: decimal, seen_at: timestamp }
  subs:
    from: subs.csv
    kind: history
    valid: [a, b]
    entities: { account: account_id }
    columns: { account_id: integer, a: timestamp, b: timestamp, seats: integer }
  pics:
    from: pics.csv
    kind: snapshot
    time: day
    entities: { account: account_id }
    columns: { account_id: integer, day: date, mrr: decimal }
  carried:
    from: pics.csv
    kind: snapshot
    time: day
    carry: 40 days
    entities: { account: account_id }
    columns: { account_id: integer, day: date, mrr: decimal }
metrics:
  n: { value: count(events), slices: [plan] }
  total: { value: sum(events.money), slices: [plan] }
  floats: { value: sum(events.x), slices: [plan] }
  users: { value: count(distinct events.user), slices: [plan] }
  users_28d: { value: count(distinct events.user over 28 days), slices: [plan] }
  pairs: { value: \"count(distinct events.account over 2 months before)\", slices: [plan] }
  mean: { value: avg(events.x where money > 1), slices: [plan] }
  middle: { value: median(events.x over 45 days), slices: [plan] }
  tail: { value: \"percentile(events.money, 90)\", slices: [plan] }
  about: { approximate: true, value: \"percentile(events.money, 75 over 45 days)\", slices: [plan] }
  spread: { value: stddev(events.x), slices: [plan] }
  low: { value: min(events.money ever), slices: [plan] }
  high: { value: max(events.x to date in fiscal year), slices: [plan] }
  newest: { value: last(events.x ever), slices: [plan] }
  oldest: { value: first(events.x), slices: [plan] }
  seen: { value: count(events on seen_at where x is not null), slices: [plan] }
  births: { value: count(accounts on born), slices: [plan] }
  seats_end: { value: sum(subs.seats at end), slices: [plan] }
  seats_start: { value: sum(subs.seats at start), slices: [plan] }
  seats_mean: { value: sum(subs.seats average), slices: [plan] }
  mrr: { value: sum(pics.mrr at end), slices: [plan] }
  mrr_carried: { value: sum(carried.mrr at end), slices: [plan] }
  per_seat: { value: users_28d / seats_end, slices: [plan], min_sample: 2 }
  growth: { value: \"n / prior(n) - 1\", slices: [plan] }
  year_ago: { value: \"total - prior(total, 2 months)\", slices: [plan] }
  week_before: { value: \"prior(users_28d, 7 days)\", slices: [plan] }
  careful: { value: \"if(n > 3, coalesce(mean, 0), least(n, 2))\", slices: [plan] }
";

/// What is the sum of its slices.
const ADDITIVE: [&str; 8] =
    ["n", "total", "seen", "births", "seats_end", "seats_start", "mrr", "mrr_carried"];

/// One event: id, minute, account, user, tenths, cents, minute of a later fact.
type Event = (u8, i64, Option<u8>, Option<u8>, Option<i32>, Option<i32>, Option<i64>);

/// One generated project: the rows of each file.
#[derive(Clone, Debug)]
struct Rows {
    accounts: Vec<Option<u8>>,
    events: Vec<Event>,
    subs: Vec<(Option<u8>, i64, Option<i64>, u8)>,
    pics: Vec<(u8, i32, i32)>,
}

/// Minutes from 2025-11-20: over month ends, both daylight-saving changes' neighbors, and past the as-of.
fn minute() -> impl Strategy<Value = i64> {
    prop_oneof![
        0..280_000i64,
        // Around midnight in Amsterdam at the ends of months (UTC 22:00 to 00:59).
        (0..6i64, -70..70i64)
            .prop_map(|(month, off)| 10 * 1_440 + month * 30 * 1_440 + 23 * 60 + off),
        // The night of 2026-03-29.
        (129 * 1_440 - 60..129 * 1_440 + 240i64),
    ]
}

fn rows() -> impl Strategy<Value = Rows> {
    let account = || proptest::option::weighted(0.9, 0..7u8);
    let event = (
        0..40u8,
        minute(),
        account(),
        proptest::option::weighted(0.9, 0..5u8),
        proptest::option::weighted(0.9, -500..500i32),
        proptest::option::weighted(0.9, -50..400i32),
        proptest::option::weighted(0.6, minute()),
    );
    let sub = (account(), minute(), proptest::option::weighted(0.6, minute()), 0..50u8);
    (
        proptest::collection::vec(proptest::option::weighted(0.8, 0..3u8), 1..6),
        proptest::collection::vec(event, 0..60),
        proptest::collection::vec(sub, 0..20),
        proptest::collection::vec((0..7u8, 0..170i32, 0..900i32), 0..25),
    )
        .prop_map(|(accounts, events, subs, pics)| Rows { accounts, events, subs, pics })
}

fn time(minutes: i64) -> String {
    let utc = milepost::semantics::time::Calendar::default();
    let start = utc.parse_instant("2025-11-20").unwrap().0;
    utc.show_instant(milepost::semantics::time::Instant(start + minutes * 60_000_000))
}

fn cell<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map_or_else(String::new, |v| v.to_string())
}

impl Rows {
    fn write(&self, folder: &Path) {
        let mut accounts = "account_id,plan,born\n".to_owned();
        for (i, plan) in self.accounts.iter().enumerate() {
            let plan = plan.map(|p| ["pro", "free", "it's"][usize::from(p)]);
            let _ = writeln!(accounts, "{i},{},{}", cell(plan), time(i as i64 * 50_000));
        }
        let mut events = "id,ts,account_id,user,x,money,seen_at\n".to_owned();
        for (id, ts, account, user, x, money, seen) in &self.events {
            let x = x.map(|x| f64::from(x) * 0.1);
            let money = money.map(|m| format!("{}.{:02}", m / 100, (m % 100).abs()));
            let user = user.map(|u| format!("u{u}"));
            let _ = writeln!(
                events,
                "{id},{},{},{},{},{},{}",
                time(*ts),
                cell(*account),
                cell(user),
                cell(x),
                cell(money),
                cell(seen.map(|seen| time(seen.max(*ts))))
            );
        }
        let mut subs = "account_id,a,b,seats\n".to_owned();
        for (account, a, b, seats) in &self.subs {
            let b = b.map(|b| time((*a).max(b)));
            let _ = writeln!(subs, "{},{},{},{seats}", cell(*account), time(*a), cell(b));
        }
        let mut pics = "account_id,day,mrr\n".to_owned();
        for (account, day, mrr) in &self.pics {
            let _ = writeln!(pics, "{account},{},{}.5", &time(i64::from(*day) * 1_440)[..10], mrr);
        }
        std::fs::create_dir_all(folder.join("specs")).unwrap();
        let files = [
            ("milepost.yaml", PROJECT.to_owned()),
            ("specs/all.yaml", SPECS.to_owned()),
            ("accounts.csv", accounts),
            ("events.csv", events),
            ("subs.csv", subs),
            ("pics.csv", pics),
        ];
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
}

/// All metrics, whole and by plan, at month and week grain.
fn requests(model: &Model) -> Vec<Request> {
    let plan = model.dimension("plan").unwrap();
    let metrics = (0..model.metrics.len()).map(milepost::semantics::model::MetricId);
    metrics.flat_map(|m| [Request::total(model, m), Request::sliced(model, m, plan)]).collect()
}

struct Opened {
    engine: Engine,
    model: Model,
}

fn open(folder: &Path, partitions: usize) -> Opened {
    let mut diagnostics = Diagnostics::default();
    let engine = Engine::with_partitions(folder, partitions).unwrap();
    let loaded = steps::load(&Disk::new(folder), &mut diagnostics);
    let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
    let model = steps::check(&loaded, &schemas, &mut diagnostics);
    Opened { engine, model: model.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted())) }
}

impl Opened {
    fn run(&self, as_of: Option<AsOf>, requests: &[Request], plainly: bool) -> Vec<Series> {
        let mut diagnostics = Diagnostics::default();
        let data = steps::open(&self.engine, &self.model, as_of, requests, false, &mut diagnostics);
        let data = data.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted()));
        if plainly {
            return requests
                .iter()
                .map(|r| self.engine.run_plain(&self.model, &data, r).unwrap())
                .collect();
        }
        steps::run(&self.engine, &self.model, &data, requests).unwrap()
    }
}

fn close(a: &Result<f64, Reason>, b: &Result<f64, Reason>) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        (Err(_), Err(_)) => true,
        _ => false,
    }
}

fn obeys(rows: &Rows) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    rows.write(folder.path());
    let project = open(folder.path(), 2);
    let model = &project.model;
    let requests = requests(model);
    let shared = project.run(model.project.as_of(), &requests, false);

    // The shared scan is what the plain lowering says.
    for (series, plain) in shared.iter().zip(project.run(model.project.as_of(), &requests, true)) {
        let name = &model[series.metric].name;
        prop_assert_eq!(series.rows.len(), plain.rows.len(), "{}: slices", name);
        for row in &series.rows {
            let other = plain.rows.iter().find(|r| r.key == row.key).unwrap();
            for (i, (a, b)) in row.cells.iter().zip(other.cells.iter()).enumerate() {
                let label = &series.buckets[i].bucket.label;
                prop_assert!(
                    close(&a.value, &b.value),
                    "{} {} {:?}: {:?} and plain {:?}",
                    name,
                    label,
                    row.key,
                    a,
                    b
                );
            }
        }
    }

    // Slices of an additive metric sum to its total.
    for pair in shared.chunks(2) {
        let name = model[pair[0].metric].name.as_str();
        if !ADDITIVE.contains(&name) {
            continue;
        }
        for (i, total) in pair[0].rows[0].cells.iter().enumerate() {
            let Ok(total) = total.value else { continue };
            let sum: f64 = pair[1].rows.iter().filter_map(|r| r.cells.value(i).ok()).sum();
            prop_assert!(
                (total - sum).abs() < 1e-6,
                "{} {}: {} and the slices {}",
                name,
                i,
                total,
                sum
            );
        }
    }

    // Asked alone, spread otherwise: the same number to the last bit.
    let other = open(folder.path(), 3);
    for (i, request) in requests.iter().enumerate().step_by(7) {
        let alone = other.run(model.project.as_of(), std::slice::from_ref(request), false);
        prop_assert_eq!(&alone[0], &shared[i]);
    }

    // An earlier as-of changes no bucket that was complete then (facts of rows counted here never change later).
    let earlier = model.project.calendar.parse_as_of("2026-03-31").unwrap();
    let before = project.run(Some(earlier), &requests, false);
    for (now, then) in shared.iter().zip(&before) {
        let name = model[now.metric].name.as_str();
        for (i, bucket) in
            then.buckets.iter().enumerate().filter(|(_, b)| b.bucket.is_complete(earlier))
        {
            let Some(j) = now.buckets.iter().position(|b| b.bucket == bucket.bucket) else {
                continue;
            };
            for row in &then.rows {
                let then = &row.cells.value(i);
                // The history moves with the as-of: a slice whose rows all left it is gone, and was 0 here.
                let Some(row) = now.rows.iter().find(|r| r.key == row.key) else {
                    prop_assert!(
                        then.as_ref().map_or(true, |x| *x == 0.0),
                        "{} {:?} was {:?}",
                        name,
                        row.key,
                        then
                    );
                    continue;
                };
                prop_assert_eq!(
                    then,
                    &row.cells.value(j),
                    "{} {} {:?}",
                    name,
                    bucket.bucket.label,
                    row.key
                );
            }
        }
    }
    Ok(())
}

#[test]
fn generated_projects_obey_the_laws() {
    // `MILEPOST_CASES=200` looks further than every run can.
    let cases = std::env::var("MILEPOST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    runner.run(&rows(), |rows| obeys(&rows)).unwrap();
}
