//! Both lowerings of the engine beside the reference, cell by cell; and a project made small around a difference.

use std::path::Path;

use milepost::engine::Engine;
use milepost::plan::request::Request;
use milepost::plan::results::{Reason, Series, SliceRow};
use milepost::report::score_of;
use milepost::semantics::check_grain;
use milepost::semantics::model::{DimensionId, MetricId, Model};
use milepost::semantics::time::{Calendar, Grain};
use milepost::sources::Disk;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;

use crate::answer::{Answer, Key};
use crate::calendar::civil;
use crate::coverage::{self, Seen};
use crate::generate::{Project, Random};
use crate::world::World;
use crate::{asked, bind};

/// A project in the engine.
pub(crate) struct Opened {
    pub(crate) engine: Engine,
    pub(crate) model: Model,
}

impl Opened {
    pub(crate) fn open(folder: &Path, partitions: usize) -> Result<Self, String> {
        let mut diagnostics = Diagnostics::default();
        let engine = Engine::with_partitions(folder, partitions).map_err(|e| e.to_string())?;
        let loaded = steps::load(&Disk::new(folder), &mut diagnostics);
        let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
        match steps::check(&loaded, &schemas, &mut diagnostics) {
            Some(model) => Ok(Self { engine, model }),
            None => Err(told(&diagnostics, &loaded)),
        }
    }

    /// Answers by both lowerings; by the plain one, which is slow, every `stride`-th.
    pub(crate) fn run(
        &self,
        requests: &[Request],
        stride: usize,
    ) -> Result<(Vec<Series>, Vec<Option<Series>>), String> {
        let mut diagnostics = Diagnostics::default();
        let as_of = self.model.project.as_of();
        let data = steps::open(&self.engine, &self.model, as_of, requests, false, &mut diagnostics)
            .ok_or_else(|| format!("{:#?}", diagnostics.sorted()))?;
        let shared =
            steps::run(&self.engine, &self.model, &data, requests).map_err(|e| e.to_string())?;
        let plain = requests.iter().enumerate().map(|(i, request)| {
            let plain = || self.engine.run_plain(&self.model, &data, request);
            (i % stride == 0).then(plain).transpose()
        });
        let plain = plain.collect::<Result<_, _>>().map_err(|e| e.to_string())?;
        Ok((shared, plain))
    }
}

fn told(diagnostics: &Diagnostics, loaded: &milepost::Loaded) -> String {
    milepost::draw::render_diagnostics(&diagnostics.sorted(), &loaded.sources, 120, false)
}

/// What is asked of each metric: the whole, a slice, now and then another grain, two slices, or a part of the time.
pub(crate) fn requests(model: &Model, seed: u64) -> Vec<Request> {
    let mut list = Vec::new();
    for i in (0..model.metrics.len()).filter(|i| score_of(model, MetricId(*i)).is_none()) {
        // Of the metric's name alone, so that leaving out others changes nothing.
        let number: u64 = model.metrics[i].name.trim_start_matches('m').parse().unwrap_or(0);
        let mut random = Random::new(seed * 1_000 + number);
        let metric = MetricId(i);
        let total = Request::total(model, metric);
        let dimensions = reached(model, metric);
        let grain = *random.pick(&Grain::ALL);
        if random.percent(30) && check_grain(&model[metric], grain).is_ok() {
            list.push(Request { grain, ..total.clone() });
        }
        if random.percent(20) {
            let (from, to) = (random.between(30, 100), random.between(-3, 29));
            list.push(cut(model, &total, from, to));
        } else if number % 6 == seed % 6 {
            // Both ends in one bucket, most often.
            let mut random = Random::new(seed * 1_000 + 500 + number);
            let from = random.between(2, 60);
            list.push(cut(model, &total, from, from - random.between(1, 9)));
        }
        if !dimensions.is_empty() {
            let by = *random.pick(&dimensions);
            let other = *random.pick(&dimensions);
            let crossed = random.percent(20) && other != by;
            let by = if crossed { vec![by, other] } else { vec![by] };
            list.push(Request { by, ..total.clone() });
        }
        list.push(total);
    }
    list.into_iter().flat_map(|request| request.parts(model)).collect()
}

/// The same between two days, so many before the as-of.
fn cut(model: &Model, request: &Request, from: i64, to: i64) -> Request {
    let calendar = &model.project.calendar;
    let end = model.project.as_of().unwrap().end;
    let day = |n: i64| {
        let at = milepost::semantics::time::Instant(end.0 - n * 86_400_000_000);
        Some(calendar.midnight(calendar.date_of(at)))
    };
    Request { from: day(from), to: day(to), ..request.clone() }
}

/// The dimensions that every aggregate of a metric reaches.
pub(crate) fn reached(model: &Model, metric: MetricId) -> Vec<DimensionId> {
    let all = (0..model.dimensions.len()).map(DimensionId);
    // What a score was before is left to the pages.
    let is_known = |dimension: &DimensionId| {
        let name = model[*dimension].name.trim_end_matches(" at event");
        !name.ends_with(".moved_by") && !name.ends_with(".before")
    };
    all.filter(is_known)
        .filter(|dimension| {
            let mut reached = true;
            model[metric].each_aggregate(&mut |aggregate| {
                reached &= model[aggregate.dataset].reach.contains_key(dimension);
            });
            reached
        })
        .collect()
}

/// A difference between the three.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) metric: String,
    pub(crate) request: String,
    pub(crate) told: String,
}

/// Runs a project three ways; the differences, or why it can't be run.
pub(crate) fn differences(
    project: &Project,
    stride: usize,
    seen: &mut Seen,
) -> Result<Vec<Difference>, String> {
    let folder = tempfile::tempdir().unwrap();
    project.write(folder.path());
    let opened = Opened::open(folder.path(), 2)?;
    let requests = requests(&opened.model, project.seed);
    let (shared, plain) = opened.run(&requests, stride)?;
    let bound = bind::bind(project);
    let world = World::open(&bound, &project.tables, &project.as_of);
    coverage::of_model(&world, seen);
    coverage::of_rows(&world, seen);
    let mut found = asked::differences(&opened.model, &bound);
    for ((request, shared), plain) in requests.iter().zip(&shared).zip(&plain) {
        let own = asked::request(request, &opened.model, &bound);
        let answer = world.answer(&own);
        coverage::of_answer(&answer, seen);
        coverage::of_ends(&world, &own, &answer, seen);
        if let Some(told) = differs(&opened.model.project.calendar, &answer, shared, plain.as_ref())
        {
            let model = &opened.model;
            let by: Vec<&str> = request.by.iter().map(|d| model[*d].name.as_str()).collect();
            let request = format!(
                "by [{}] grain {} from {:?} to {:?}",
                by.join(", "),
                request.grain.name(),
                request.from,
                request.to
            );
            let metric = &model[shared.metric];
            let metric = format!("{}.{}", metric.name, metric[shared.part].name);
            found.push(Difference { metric, request, told });
        }
    }
    Ok(found)
}

pub(crate) fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

fn same(a: &Result<f64, Reason>, b: &Result<f64, Reason>) -> bool {
    match (a, b) {
        (Ok(a), Ok(b)) => close(*a, *b),
        (a, b) => a == b,
    }
}

/// A slice of the engine by its texts.
fn key(row: &SliceRow) -> Key {
    row.key.iter().map(|value| value.text().map(str::to_owned)).collect()
}

/// The first place where the three say different things.
fn differs(
    calendar: &Calendar,
    answer: &Answer,
    shared: &Series,
    plain: Option<&Series>,
) -> Option<String> {
    let labels: Vec<&str> = shared.buckets.iter().map(|b| b.bucket.label.as_str()).collect();
    let own: Vec<&str> = answer.buckets.iter().map(|b| b.label.as_str()).collect();
    if labels != own {
        return Some(format!("buckets\n  reference {own:?}\n  engine    {labels:?}"));
    }
    for (head, bucket) in answer.buckets.iter().zip(&shared.buckets) {
        let (start, end) = bucket.days(calendar);
        let own = (head.cut, head.partial, head.maturing, head.days);
        let engine = (bucket.cut, bucket.partial, bucket.maturing, (civil(start), civil(end)));
        if own != engine {
            let label = &head.label;
            return Some(format!(
                "cut, partial, maturing, days of {label}\n  reference {own:?}\n  engine    {engine:?}"
            ));
        }
    }
    let keys = |series: &Series| {
        let mut keys: Vec<Key> = series.rows.iter().map(key).collect();
        keys.sort();
        keys
    };
    let own: Vec<Key> = answer.rows.keys().cloned().collect();
    if own != keys(shared) || plain.is_some_and(|plain| own != keys(plain)) {
        return Some(format!(
            "slices\n  reference {own:?}\n  engine    {:?}\n  plain     {:?}",
            keys(shared),
            plain.map(keys)
        ));
    }
    for (key, figures) in &answer.rows {
        let row = |series: &Series| series.rows.iter().position(|r| self::key(r) == *key).unwrap();
        let shared_row = &shared.rows[row(shared)];
        let plain_row = plain.map(|plain| &plain.rows[row(plain)]);
        for (i, figure) in figures.iter().enumerate() {
            let (engine, other) = (shared_row.cells.at(i), plain_row.map(|row| row.cells.at(i)));
            let plainly = match (&figure.value, other.as_ref().map(|cell| &cell.value)) {
                (_, None) => true,
                (Ok(a), Some(Ok(b))) => close(*a, *b),
                (a, Some(b)) => a.is_err() && b.is_err(),
            };
            let sample = figure.value.is_err() || figure.vague || figure.sample == engine.sample;
            let absent = figure.vague
                || figure.absent == (engine.absent.numerator, engine.absent.denominator);
            if !same(&figure.value, &engine.value) || !plainly || !sample || !absent {
                return Some(format!(
                    "{} {key:?}\n  reference {figure:?}\n  engine    {engine:?}\n  plain     {other:?}",
                    labels[i]
                ));
            }
        }
    }
    None
}
