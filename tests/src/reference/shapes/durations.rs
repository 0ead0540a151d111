//! Durations of generated projects beside what they are by definition: plain loops over the accounts, their events and the
//! days so far. And the laws of their curves.

use std::collections::BTreeMap;

use milepost::plan::request::Request;
use milepost::plan::results::{Answer, Cell, Reason};
use milepost::semantics::model::{MetricId, Model, Shape};

use super::{each_answer, in_lines, side_by_side};
use crate::bind;
use crate::calendar::Instant;
use crate::compare::{Opened, close};
use crate::generate::{Metric, Project};
use crate::tree::{DatasetId, ScalarFunction};
use crate::value::{Value, call};
use crate::world::World;

const SEEDS: std::ops::Range<u64> = 81..93;

/// A name, the lines of the metric, and how the plain loops are to read it.
const DURATIONS: [(&str, &str, Option<Read>); 4] = [
    (
        "d1",
        "grain: month; duration: { of: account, from: born, to: events, lost: died, within: 12 days, step: 5 days }",
        Some(Read { nth: 1, censored: false, step: 5 }),
    ),
    (
        "d2",
        "grain: month; duration: { of: account, from: born, to: { rows: events, nth: 2 }, lost: died, lost_as: censored, step: 9 days }",
        Some(Read { nth: 2, censored: true, step: 9 }),
    ),
    (
        "d3",
        "grain: week; duration: { of: account, from: events, to: { rows: events, nth: 2 }, over: 45 days, within: 5 days, clock: business_days }",
        None,
    ),
    (
        "d4",
        "grain: month; duration: { of: account, from: born, to: died, within: 40 days, over: 3 months }",
        None,
    ),
];

#[derive(Clone, Copy, Debug)]
struct Read {
    nth: usize,
    censored: bool,
    step: u32,
}

/// The same as metrics.
pub(super) fn seldom() -> impl Iterator<Item = Metric> {
    DURATIONS.iter().map(|(name, lines, _)| in_lines(name, lines))
}

/// What came of an account, and after how many days.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Spell {
    Reached(f64),
    Lost(f64),
    Waits(f64),
}

impl Spell {
    const fn days(self) -> f64 {
        let (Self::Reached(days) | Self::Lost(days) | Self::Waits(days)) = self;
        days
    }
}

/// The accounts that began in a span of time; whether some are left out, because their events are not all seen.
fn spells(world: &World<'_>, read: Read, (start, end): (Instant, Instant)) -> (Vec<Spell>, bool) {
    let set = |name: &str| {
        let at = world.model.datasets.iter().position(|set| set.name == name).unwrap();
        DatasetId(at)
    };
    let (accounts, events) = (set("accounts"), set("events"));
    let cell = |of: DatasetId, row: usize, name: &str| {
        let at = world.model[of].columns.iter().position(|column| column.name == name)?;
        world.cell(of, row, crate::tree::ColumnId(at))
    };
    let key = |of: DatasetId, row: usize| {
        let composite = world.model[accounts].key.len() > 1;
        let region = if composite { cell(of, row, "region") } else { Some(Value::Number(0.0)) };
        Some((cell(of, row, "account_id")?, region?))
    };
    let times = |row: usize| cell(events, row, "ts").map(|at| at.instant(&world.calendar));
    let first = world.rows(events).filter_map(times).min();
    let (mut found, mut left_out) = (Vec::new(), false);
    for row in world.rows(accounts) {
        let Some(born) = cell(accounts, row, "born") else { continue };
        let from = born.instant(&world.calendar);
        if from < start || from >= end {
            continue;
        }
        let day = |at: Instant| world.calendar.day(at);
        if first.is_none_or(|first| day(first) > day(from)) {
            left_out = true;
            continue;
        }
        let own = world
            .rows(events)
            .filter(|event| key(accounts, row).is_some_and(|own| key(events, *event) == Some(own)));
        let mut later: Vec<Instant> = own.filter_map(times).filter(|at| *at >= from).collect();
        later.sort_unstable();
        let reached = later.get(read.nth - 1).map(|at| Value::Time(*at));
        let died = cell(accounts, row, "died");
        let days = |to: &Value| {
            let args = vec![Ok(born.clone()), Ok(to.clone())];
            call(ScalarFunction::DaysBetween, args, &world.calendar).unwrap().number().max(0.0)
        };
        let in_time = |to: &&Value| {
            died.as_ref().is_none_or(|died| to.compare(died, &world.calendar).is_le())
        };
        found.push(match (reached.as_ref().filter(in_time), &died) {
            (Some(to), _) => Spell::Reached(days(to)),
            (None, Some(died)) => Spell::Lost(days(died)),
            (None, None) => Spell::Waits(days(&Value::Time(world.as_of))),
        });
    }
    (found, left_out)
}

/// The share that has got there after so many days: what is left of all before each day, times those who get there on it.
fn share(spells: &[Spell], censored: bool, until: f64) -> f64 {
    let mut days: Vec<f64> = spells.iter().map(|spell| spell.days()).collect();
    days.sort_by(f64::total_cmp);
    days.dedup();
    let (mut left, mut share) = (1.0, 0.0);
    for day in days.into_iter().filter(|day| *day <= until) {
        let count = |is: &dyn Fn(&Spell) -> bool| spells.iter().filter(|s| is(s)).count() as f64;
        let at_risk = count(&|spell| spell.days() >= day);
        let here = count(&|spell| *spell == Spell::Reached(day));
        let gone = if censored { 0.0 } else { count(&|spell| *spell == Spell::Lost(day)) };
        share += left * here / at_risk;
        left -= left * (here + gone) / at_risk;
    }
    share
}

fn after(spells: &[Spell], read: Read, days: f64) -> Result<f64, Reason> {
    if spells.is_empty() {
        return Err(Reason::NoData);
    }
    let is_followed = spells.iter().any(|spell| spell.days() >= days);
    if !is_followed && spells.iter().any(|spell| matches!(spell, Spell::Waits(_))) {
        return Err(Reason::Immature);
    }
    if !is_followed && read.censored && spells.iter().any(|spell| matches!(spell, Spell::Lost(_))) {
        return Err(Reason::NoData);
    }
    Ok(share(spells, read.censored, days))
}

/// The first day on which the share is at the level; the middle of the time for which it is exactly there.
fn quantile(spells: &[Spell], read: Read, level: f64) -> Result<f64, Reason> {
    if spells.is_empty() {
        return Err(Reason::NoData);
    }
    let mut days: Vec<f64> = spells.iter().map(|spell| spell.days()).collect();
    days.sort_by(f64::total_cmp);
    let at = |day: &f64| share(spells, read.censored, *day);
    let first = days.iter().find(|day| at(day) > level - 1e-9).ok_or(Reason::NotReached)?;
    let next = days.iter().find(|day| at(day) > level + 1e-9);
    let exact = (at(first) - level).abs() < 1e-9;
    Ok(next.filter(|_| exact).map_or(*first, |next| (first + next) / 2.0))
}

/// What a part is, of accounts that were followed.
fn part(name: &str, spells: &[Spell], read: Read) -> Option<Result<f64, Reason>> {
    let number = |is: &dyn Fn(&Spell) -> bool| Ok(spells.iter().filter(|s| is(s)).count() as f64);
    Some(match name.split_once('_') {
        Some(("at", days)) => after(spells, read, days.parse().unwrap()),
        Some(("risk", days)) => {
            let days: f64 = days.parse().unwrap();
            number(&|spell| spell.days() >= days)
        }
        Some(_) => return None,
        None => match name {
            "share" => after(spells, read, 12.0),
            "median" => quantile(spells, read, 0.5),
            "p25" => quantile(spells, read, 0.25),
            "p75" => quantile(spells, read, 0.75),
            "started" => number(&|_| true),
            "reached" => number(&|spell| matches!(spell, Spell::Reached(_))),
            "lost" => number(&|spell| matches!(spell, Spell::Lost(_))),
            "waiting" => number(&|spell| matches!(spell, Spell::Waits(_))),
            _ => return None,
        },
    })
}

#[test]
fn durations_are_what_plain_loops_say() {
    let (mut compared, mut numbers) = (0, 0);
    each_answer(Shape::Duration, SEEDS, &mut |project, model, answer| {
        let name = &model[answer.metric].name;
        let read = DURATIONS.iter().find(|(known, ..)| known == name).unwrap().2;
        let bound = bind::bind(&Project { metrics: Vec::new(), ..project.clone() });
        let events = bound.datasets.iter().find(|set| set.name == "events").unwrap();
        // What is complete until an earlier day is another question.
        let complete = events.complete_from.is_some() || events.complete_until.is_some();
        let Some(read) = read.filter(|_| answer.parts[0].by.is_empty() && !complete) else {
            return;
        };
        assert!(model[answer.metric].part(&format!("at_{}", read.step)).is_some());
        let world = World::open(&bound, &project.tables, &project.as_of);
        for series in answer.parts {
            let part_name = &model[answer.metric][series.part].name;
            for (at, bucket) in series.buckets.iter().enumerate() {
                let cell: Cell = series.rows[0].cells.at(at);
                let (spells, left_out) = spells(&world, read, (bucket.start.0, bucket.end.0));
                let Some(wanted) = part(part_name, &spells, read) else { continue };
                let what = format!(
                    "seed {} {name}.{part_name} {}: {cell:?}, {wanted:?} of {spells:?}",
                    project.seed, bucket.bucket.label
                );
                // Before there is anybody there is no data; where all are left out nothing is known.
                if matches!(cell.value, Err(Reason::NoData | Reason::ShortHistory))
                    && spells.is_empty()
                {
                    continue;
                }
                assert!(!spells.is_empty() || !left_out, "{what}");
                match (&cell.value, &wanted) {
                    (Ok(a), Ok(b)) => assert!(close(*a, *b), "{what}"),
                    (a, b) => assert_eq!(a, b, "{what}"),
                }
                compared += 1;
                numbers += usize::from(wanted.is_ok());
            }
        }
    });
    assert!(compared > 800 && numbers > 500, "{compared} compared, {numbers} numbers");
}

/// The curve never falls and lies between 0 and 1, inside its interval; who began got there, was lost or waits; and every
/// account is in one slice.
#[test]
fn curves_never_fall_and_all_who_began_are_somewhere() {
    let (mut rising, mut inside, mut shared) = (0, 0, 0);
    let mut totals: BTreeMap<(u64, String, usize), f64> = BTreeMap::new();
    each_answer(Shape::Duration, SEEDS, &mut |project, model, answer| {
        let metric = &model[answer.metric];
        let part = |name: &str| metric.part(name).map(|part| part.0);
        let days: Vec<&str> =
            metric.parts.iter().filter_map(|part| part.name.strip_prefix("at_")).collect();
        for (what, cells) in side_by_side(&answer.parts.iter().collect::<Vec<_>>()) {
            let at = || format!("seed {} {} {what}: {cells:?}", project.seed, metric.name);
            let value = |name: &str| cells[part(name)?].value.as_ref().ok().copied();
            let curve: Vec<f64> = days.iter().filter_map(|d| value(&format!("at_{d}"))).collect();
            assert!(curve.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12), "{}", at());
            assert!(curve.iter().all(|share| (-1e-12..=1.0 + 1e-12).contains(share)), "{}", at());
            rising += curve.windows(2).filter(|pair| pair[0] < pair[1]).count();
            for d in &days {
                let [low, share, high] =
                    ["low", "at", "high"].map(|kind| value(&format!("{kind}_{d}")));
                if let (Some(low), Some(share), Some(high)) = (low, share, high) {
                    assert!(low <= share && share <= high, "{}", at());
                    inside += 1;
                }
            }
            if let (Some(all), Some(reached), Some(waiting)) =
                (value("started"), value("reached"), value("waiting"))
            {
                let lost = value("lost").unwrap_or(0.0);
                assert_eq!(all, reached + lost + waiting, "{}", at());
            }
        }
        shared += add_up(project, answer, model, &mut totals);
    });
    assert!(rising > 50 && inside > 100 && shared > 20, "{rising} rise, {inside} inside, {shared}");
}

/// Whether the slices of a number of accounts are its total, which is asked first.
fn add_up(
    project: &Project,
    answer: &Answer<'_>,
    model: &Model,
    totals: &mut BTreeMap<(u64, String, usize), f64>,
) -> usize {
    let metric = &model[answer.metric];
    let Some(reached) = metric.part("reached") else { return 0 };
    let series = answer.parts.iter().find(|series| series.part == reached).unwrap();
    let mut compared = 0;
    for at in 0..series.buckets.len() {
        let name = (project.seed, metric.name.clone(), at);
        let cells = series.rows.iter().map(|row| row.cells.at(at).value.ok());
        let Some(sum) = cells.sum::<Option<f64>>() else { continue };
        if series.by.is_empty() {
            totals.insert(name, sum);
        } else if let Some(total) = totals.get(&name) {
            assert_eq!(*total, sum, "seed {} {} {at}", project.seed, metric.name);
            compared += usize::from(sum > 0.0);
        }
    }
    compared
}

/// The printed SQL says the same numbers.
#[test]
fn durations_are_the_same_in_sql() {
    let mut compared = 0;
    for seed in 81..84 {
        let mut project = Project::with_metrics(seed, 0);
        project.metrics.extend(seldom());
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        let opened = Opened::open(folder.path(), 2).unwrap();
        let model = &opened.model;
        let parts = ["median", "p75", "share", "share_low", "share_high", "reached", "waiting"];
        let is_asked = |request: &Request| {
            let name = &model[request.metric][request.part].name;
            parts.contains(&name.as_str()) || name == "high_18" || name == "risk_10"
        };
        let totals = (0..model.metrics.len()).map(MetricId).map(|id| Request::total(model, id));
        let totals = totals.filter(|request| model[request.metric].shape == Shape::Duration);
        let all: Vec<Request> =
            totals.flat_map(|request| request.parts(model)).filter(is_asked).collect();
        let (shared, plain) = opened.run(&all, 1).unwrap();
        for (shared, plain) in shared.iter().zip(&plain) {
            let plain = plain.as_ref().unwrap();
            for at in 0..shared.buckets.len() {
                let (a, b) = (shared.rows[0].cells.at(at).value, plain.rows[0].cells.at(at).value);
                let what = format!("seed {seed} {:?} {at}: {a:?}, {b:?}", shared.part);
                match (a, b) {
                    (Ok(a), Ok(b)) => assert!(close(a, b), "{what}"),
                    (a, b) => assert_eq!(a.is_ok(), b.is_ok(), "{what}"),
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
}
