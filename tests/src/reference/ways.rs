//! Journeys over the rows of generated projects: the engine, which skips the days on which nothing can change, finds what the SQL finds that
//! walks all of them; and the laws of journeys, segments and lists.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use milepost::plan::request::Request;
use milepost::plan::results::Series;
use milepost::report::transition;
use milepost::segments::Sizes;
use milepost::semantics::model::{ListStatus, MetricId, Model, SegmentId};
use milepost::semantics::time::Instant;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;

use crate::compare::Opened;
use crate::far;
use crate::generate::{Metric, Project, Random};

/// What an account may reach: each changes on other days.
const REACHED: [&str; 30] = [
    "any(login)",
    "count(events) >= 2",
    "count(events over 14 days) >= 2",
    "count(events over 1 month before) >= 1",
    "count(distinct events.user over 28 days) >= 2",
    "count(events to date in month) >= 2",
    "count(much over 10 days) / count(events over 30 days) > 0.2",
    "sum(events.money over 40 days where ok) > 20",
    "last(events.n ever) > 2",
    "any(events over 30 days where seen > ts + 36 hours)",
    "count(tickets over 60 days where closed is null) >= 1",
    "sum(subs.seats) >= 5",
    "not any(subs)",
    "coalesce(sum(subs.seats), 0) < 4 and today >= born + 10 days",
    "avg(pics.value) > 30",
    "max(levels.heads) > 3",
    "renews <= today + 30 days",
    "renews between today and today + 20 days",
    "renews + 1 month < today",
    "died is null and any(events)",
    "tier > 1 and any(tickets over 60 days)",
    "plan = 'pro' or size = 'big'",
    "size in ['mid', 'big']",
    "days_between(born, today) >= 20",
    "count(user) >= 1",
    "count(user where any(events over 28 days)) >= 1",
    "count(user where keen) >= 1",
    "prior(count(events over 7 days)) > 0",
    "avg(count(events) per week over 3 weeks) > 0.3",
    "min(trials.ends on began) <= today",
];

const STAGES: usize = 3;
const EACH: usize = 3;

/// A project with a journey of conditions that are drawn, and the conditions.
fn project(seed: u64) -> (Project, Vec<String>) {
    let mut random = Random::new(seed);
    let mut condition = || match random.below(5) {
        0 => format!("{} and {}", random.word(&REACHED), random.word(&REACHED)),
        1 => format!("{} or not ({})", random.word(&REACHED), random.word(&REACHED)),
        _ => random.word(&REACHED),
    };
    let conditions: Vec<String> = (0..STAGES * EACH).map(|_| condition()).collect();
    let mut project = Project::with_metrics(seed, 0);
    project.specs.push_str(
        "journeys:\n  way:\n    of: account\n    starts: born\n    ends: died\n    stages:\n",
    );
    for (stage, milestones) in conditions.chunks(EACH).enumerate() {
        let _ = writeln!(project.specs, "      - stage: s{stage}\n        milestones:");
        for (number, reached) in milestones.iter().enumerate() {
            let _ = writeln!(
                project.specs,
                "          - {{ milestone: s{stage}_{number}, reached: \"{reached}\", within: {} days }}",
                7 * (number + 1)
            );
        }
        if stage + 1 < STAGES {
            let _ = writeln!(
                project.specs,
                "        exit: s{stage}_{}\n        stuck: {{ after: 10 days, without_progress: 5 days }}",
                stage % EACH
            );
        }
    }
    project.specs.push_str(
        "lists:\n  held_up: { of: account, where: \"way.stage in ['s0', 's1', 's2']\", lowest: born, limit: 1 }\n",
    );
    let metric = |name: String, lines: &[&str]| Metric {
        name,
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    };
    project.metrics = vec![
        metric("living".to_owned(), &["grain: week", "value: count(account)"]),
        metric(
            "held".to_owned(),
            &["grain: week", "value: \"count(account where way.stage in ['s0', 's1', 's2'])\""],
        ),
    ];
    for (at, _) in conditions.iter().enumerate() {
        let value = format!("value: count(account on way.s{}_{}.reached_at)", at / EACH, at % EACH);
        project.metrics.push(metric(format!("reached_{at}"), &["grain: day", &value]));
    }
    (project, conditions)
}

fn seeds() -> std::ops::Range<u64> {
    if far() { crate::seeds() } else { 301..307 }
}

fn metric(model: &Model, name: &str) -> MetricId {
    model.metric(name).unwrap_or_else(|| panic!("no metric `{name}`"))
}

/// The figures that are there, by slice and bucket, and what is said where none is.
fn figures(series: &Series) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for row in &series.rows {
        let name = row.key.iter().map(|value| value.text().unwrap_or("?")).collect::<Vec<_>>();
        for (at, bucket) in series.buckets.iter().enumerate() {
            let cell = row.cells.at(at);
            let told = cell.value.map_or_else(|reason| format!("{reason:?}"), |n| n.to_string());
            found.insert((name.join(" "), bucket.bucket.label.clone()), told);
        }
    }
    found
}

#[test]
fn skipped_days_change_nothing() {
    let mut reached = 0.0;
    for seed in seeds() {
        let (project, conditions) = project(seed);
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        let opened = Opened::open(folder.path(), 2)
            .unwrap_or_else(|why| panic!("{seed}: {why}\n{}", project.show()));
        let requests: Vec<Request> = (0..conditions.len())
            .map(|at| {
                Request::total(&opened.model, metric(&opened.model, &format!("reached_{at}")))
            })
            .collect();
        let (shared, plain) =
            opened.run(&requests, 1).unwrap_or_else(|why| panic!("{seed}: {why}"));
        for ((series, plain), condition) in shared.iter().zip(&plain).zip(&conditions) {
            let (found, plain) = (figures(series), figures(plain.as_ref().unwrap()));
            assert_eq!(found, plain, "seed {seed}: {condition}\n{}", project.show());
            reached += found.values().filter_map(|told| told.parse::<f64>().ok()).sum::<f64>();
        }
    }
    assert!(reached > 30.0, "{reached} were reached");
}

/// Everybody who lives is somewhere: before the journey, in a stage, past it, or nobody knows.
#[test]
fn everybody_is_somewhere() {
    let mut compared = 0;
    for seed in seeds() {
        let (project, _) = project(seed);
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        let opened = Opened::open(folder.path(), 2).unwrap();
        let model = &opened.model;
        let total = Request::total(model, metric(model, "living"));
        let by = |name: &str| Request { by: vec![model.dimension(name).unwrap()], ..total.clone() };
        let (series, _) = opened
            .run(&[total.clone(), by("way.stage"), by("way.state"), by("size")], usize::MAX)
            .unwrap();
        for sliced in &series[1..] {
            for (at, whole) in series[0].rows[0].cells.iter().enumerate() {
                let Ok(whole) = whole.value else { continue };
                let parts = sliced.rows.iter().filter_map(|row| row.cells.value(at).ok());
                assert_eq!(parts.sum::<f64>(), whole, "seed {seed}: {:?}", series[0].buckets[at]);
                compared += usize::from(whole > 0.0);
            }
        }
    }
    assert!(compared > 60, "{compared} sums");
}

/// A list before its limit is what its condition counts; and what entered a group less what left it is the change of its size.
#[test]
fn lists_count_and_moves_close() {
    let (mut on, mut moved) = (0, 0);
    for seed in seeds() {
        let (project, _) = project(seed);
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        let Opened { engine, model } = Opened::open(folder.path(), 2).unwrap();
        let list = metric(&model, "held_up");
        let requests = [list, metric(&model, "held")].map(|id| Request::total(&model, id));
        let mut diagnostics = Diagnostics::default();
        let as_of = model.project.as_of();
        let data = steps::open(&engine, &model, as_of, &requests, false, &mut diagnostics).unwrap();
        let series = steps::run(&engine, &model, &data, &requests).unwrap();
        let members = steps::list(&engine, &model, &data, list).unwrap();
        let counted = series[1].rows[0].cells.at(series[1].buckets.len() - 1).value;
        if let Ok(counted) = counted {
            let listed = members.entries.len() - members.count(ListStatus::Unknown);
            assert_eq!(listed as f64, counted, "seed {seed}");
            on += listed;
        }
        moved += moves_close(&Opened { engine, model }, seed);
    }
    assert!(on > 5 && moved > 5, "{on} on lists, {moved} moved");
}

/// How many moved between groups in the last forty days, by what a journey says and by a segment.
fn moves_close(opened: &Opened, seed: u64) -> u64 {
    let Opened { engine, model } = opened;
    let sizes = Sizes::new(model);
    let mut moved = 0;
    for name in ["way.stage", "way.state", "size"] {
        let segment = model.segments.iter().position(|segment| segment.name == name).unwrap();
        let segment = SegmentId(segment);
        let Ok(request) = sizes.asked(segment, None, &[]) else { continue };
        let mut diagnostics = Diagnostics::default();
        let as_of = model.project.as_of();
        let data = steps::open(engine, sizes.model(), as_of, &[request], false, &mut diagnostics);
        let data = data.unwrap();
        let end = data.as_of().end;
        let between = (Instant(end.0 - 40 * 86_400_000_000), end);
        let moves = sizes.moves(engine, &data, &[segment], between, (&[], None)).unwrap();
        let Some(own) = moves.dimensions.first() else { continue };
        let counted = transition(sizes.model(), segment, between, own);
        let (before, after) = counted.members();
        let groups = 0..counted.groups.len();
        for group in groups.clone() {
            let (entered, left) = (counted.entered(group), counted.left(group));
            assert_eq!(counted.before(group) + entered, counted.after(group) + left, "seed {seed}");
            moved += entered;
        }
        let sum = |size: &dyn Fn(usize) -> u64| groups.clone().map(size).sum::<u64>();
        assert_eq!(sum(&|group| counted.before(group)), before, "seed {seed}: {name}");
        assert_eq!(sum(&|group| counted.after(group)), after, "seed {seed}: {name}");
    }
    moved
}
