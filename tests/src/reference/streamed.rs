//! Datasets that are read while they are computed with give every figure and reason that they give from memory: generated
//! projects as CSV files, and the same rows as Parquet files of small row groups.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::date;
use milepost::engine::write::{Values, parquet_in_groups};
use milepost::plan::request::Request;
use milepost::plan::results::Series;
use milepost::semantics::model::{ColumnSource, Dataset, DatasetId, DatasetKind, Model, Type};
use milepost::semantics::time::{AsOf, Instant};
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;

use crate::compare::{Opened, close, requests};
use crate::generate::Project;
use crate::generate::files::mantissa;
use crate::value::Value;
use crate::world::RawRow;
use crate::{far, seeds, tree};

/// Other projects than those of the other laws: these have events that can be streamed.
const SEEDS: std::ops::Range<u64> = 44..47;

/// How the rows of a project are laid out, and by how many threads they are read.
struct Layout {
    partitions: usize,
    files: usize,
    group: usize,
    /// By time, so that row groups are of different times.
    sorted: bool,
    /// How many rows are judged at once, and within how many bytes.
    judging: (u32, usize),
}

const LAYOUTS: [Layout; 3] = [
    Layout { partitions: 1, files: 2, group: 3, sorted: true, judging: (7, 1 << 20) },
    Layout { partitions: 2, files: 1, group: 7, sorted: false, judging: (1, 600) },
    Layout { partitions: 3, files: 3, group: 2, sorted: true, judging: (2, 4_000) },
];

/// Writes the rows as Parquet in place of CSV.
fn as_parquet(project: &Project, model: &Model, layout: &Layout, folder: &Path) {
    project.write(folder);
    let spec = std::fs::read_to_string(folder.join("specs/all.yaml")).unwrap();
    std::fs::write(folder.join("specs/all.yaml"), spec.replace(".csv\n", "/\n")).unwrap();
    for (name, rows) in &project.tables {
        std::fs::remove_file(folder.join(format!("data/{name}.csv"))).unwrap();
        let into = folder.join(format!("data/{name}"));
        std::fs::create_dir(&into).unwrap();
        let dataset = &model[model.dataset(name).unwrap()];
        let mut rows: Vec<&RawRow> = rows.iter().collect();
        if layout.sorted
            && let Some(time) = dataset.begins()
        {
            rows.sort_by_key(|row| row.get(&dataset[time].name).map(|t| instant(dataset, t)));
        }
        // At least one file says which columns there are.
        let each = rows.len().div_ceil(layout.files).max(1);
        let mut parts: Vec<&[&RawRow]> = rows.chunks(each).collect();
        if parts.is_empty() {
            parts.push(&[]);
        }
        for (i, part) in parts.into_iter().enumerate() {
            let file = std::fs::File::create(into.join(format!("{i}.parquet"))).unwrap();
            parquet_in_groups(file, columns(dataset, part), layout.group).unwrap();
        }
    }
}

fn instant(dataset: &Dataset, text: &str) -> i64 {
    match Value::read(text, tree::Type::Timestamp, dataset.time_zone.as_deref()) {
        Value::Time(at) => at,
        other => panic!("{other:?} is no time"),
    }
}

fn columns(dataset: &Dataset, rows: &[&RawRow]) -> Vec<(String, Values)> {
    let mut list = Vec::new();
    for column in &dataset.columns {
        let ColumnSource::File(name) = &column.source else { continue };
        let cells: Vec<Option<&str>> =
            rows.iter().map(|row| row.get(name).map(String::as_str)).collect();
        list.push((name.clone(), values(dataset, column.ty, &cells)));
    }
    list
}

fn values(dataset: &Dataset, ty: Type, cells: &[Option<&str>]) -> Values {
    fn each<T>(cells: &[Option<&str>], read: impl Fn(&str) -> T) -> Vec<Option<T>> {
        cells.iter().map(|cell| cell.map(&read)).collect()
    }
    match ty {
        Type::Integer => Values::Integer(each(cells, |c| c.parse().unwrap())),
        Type::Number => Values::Number(each(cells, |c| c.parse().unwrap())),
        Type::Decimal => Values::Decimal { scale: 4, values: each(cells, |c| mantissa(c, 4)) },
        Type::Boolean => Values::Boolean(each(cells, |c| c.parse().unwrap())),
        Type::Date => Values::Date(each(cells, |c| {
            let day: jiff::civil::Date = c.parse().unwrap();
            (day - date(1970, 1, 1)).get_days()
        })),
        Type::Timestamp => Values::Instant(each(cells, |c| instant(dataset, c))),
        Type::Text | Type::Duration | Type::Unknown => Values::Text(each(cells, str::to_owned)),
    }
}

/// The as-ofs that a project is looked at from: its own; the newest row; just before and just after rows in the middle,
/// which cut row groups.
fn as_ofs(project: &Project, model: &Model) -> Vec<Option<AsOf>> {
    let mut list = vec![model.project.as_of(), None];
    for name in ["events", "tickets"] {
        let dataset = &model[model.dataset(name).unwrap()];
        let DatasetKind::Events { time } = dataset.kind else { continue };
        if dataset[time].ty != Type::Timestamp {
            continue;
        }
        let times = project.tables[name].iter().filter_map(|row| row.get(&dataset[time].name));
        let mut times: Vec<i64> = times.map(|text| instant(dataset, text)).collect();
        times.sort_unstable();
        if let (Some(middle), Some(later)) =
            (times.get(times.len() / 2), times.get(times.len() * 4 / 5))
        {
            list.push(Some(AsOf { end: Instant(*middle) }));
            list.push(Some(AsOf { end: Instant(*later + 1) }));
        }
    }
    list
}

/// What is streamed when only these are asked.
fn streamed(opened: &Opened, as_of: Option<AsOf>, asked: &[Request]) -> BTreeSet<DatasetId> {
    let mut diagnostics = Diagnostics::default();
    let data = steps::open(&opened.engine, &opened.model, as_of, asked, false, &mut diagnostics);
    let data = data.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted()));
    let all = (0..opened.model.datasets.len()).map(DatasetId);
    all.filter(|id| data.is_streamed(*id)).collect()
}

/// The requests for which some rows are streamed.
fn of_streams(opened: &Opened, asked: &[Request]) -> Vec<Request> {
    let as_of = opened.model.project.as_of();
    let streams = |one: &&Request| !streamed(opened, as_of, std::slice::from_ref(*one)).is_empty();
    asked.iter().filter(streams).cloned().collect()
}

/// Many metrics, and events of which none is a repeat: to tell repeats, rows must be in memory.
fn project(seed: u64) -> Project {
    let mut project = Project::with_metrics(seed, 60);
    let lines = project.specs.lines().filter(|line| !line.trim_start().starts_with("unique:"));
    project.specs = lines.flat_map(|line| [line, "\n"]).collect();
    project
}

pub(crate) fn run(
    opened: &Opened,
    as_of: Option<AsOf>,
    asked: &[Request],
) -> (Vec<Series>, Vec<Series>) {
    let mut diagnostics = Diagnostics::default();
    let Opened { engine, model } = opened;
    let data = steps::open(engine, model, as_of, asked, false, &mut diagnostics);
    let data = data.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted()));
    let shared = steps::run(engine, model, &data, asked).unwrap();
    let plain = asked.iter().step_by(19).map(|one| engine.run_plain(model, &data, one).unwrap());
    (shared, plain.collect())
}

/// The plain lowering adds doubles in the order in which they arrive.
fn close_to(a: &Series, b: &Series) -> bool {
    let cells = |s: &Series| -> Vec<_> {
        s.rows.iter().flat_map(|r| r.cells.iter().map(|c| c.value)).collect()
    };
    let keys = |s: &Series| -> Vec<_> { s.rows.iter().map(|r| r.key.clone()).collect() };
    let same = |(a, b): (&Result<f64, _>, &Result<f64, _>)| match (a, b) {
        (Ok(a), Ok(b)) => close(*a, *b),
        (a, b) => a == b,
    };
    keys(a) == keys(b) && cells(a).iter().zip(&cells(b)).all(same)
}

/// The project with its rows as Parquet.
struct Streaming {
    _folder: tempfile::TempDir,
    opened: Opened,
}

impl Streaming {
    fn of(project: &Project, model: &Model, layout: &Layout) -> Self {
        let folder = tempfile::tempdir().unwrap();
        as_parquet(project, model, layout, folder.path());
        let opened = Opened::open(folder.path(), layout.partitions).unwrap();
        let engine = opened.engine.streaming_from(0).judging(layout.judging.0, layout.judging.1);
        let opened = Opened { engine, ..opened };
        Self { _folder: folder, opened }
    }
}

/// Whether rows that are judged wait on disk.
fn spills(opened: &Opened, asked: &[Request]) -> bool {
    let mut diagnostics = Diagnostics::default();
    let Opened { engine, model } = opened;
    let data = steps::open(engine, model, None, asked, false, &mut diagnostics).unwrap();
    engine.explain_plan(model, &data, asked, true).unwrap().contains("on disk")
}

#[test]
fn streamed_rows_give_what_rows_in_memory_give() {
    let (mut seen, mut spilled) = (BTreeSet::new(), false);
    for seed in if far() { seeds() } else { SEEDS } {
        let project = project(seed);
        let folder = tempfile::tempdir().unwrap();
        project.write(folder.path());
        let memory = Opened::open(folder.path(), 2).unwrap();
        let all = LAYOUTS.iter().map(|layout| Streaming::of(&project, &memory.model, layout));
        let all: Vec<Streaming> = all.collect();
        let asked = of_streams(&all[0].opened, &requests(&memory.model, seed));
        for (i, as_of) in as_ofs(&project, &memory.model).into_iter().enumerate() {
            let expected = run(&memory, as_of, &asked);
            for (number, Streaming { opened, .. }) in all.iter().enumerate() {
                if !far() && number != i % all.len() {
                    continue;
                }
                let names = streamed(opened, as_of, &asked);
                spilled = spilled || spills(opened, &asked);
                seen.extend(names.iter().map(|id| opened.model[*id].name.clone()));
                let told = format!("seed {seed}, layout {number}, as-of {as_of:?}");
                compare(&memory.model, &expected, &run(opened, as_of, &asked), &told);
            }
        }
    }
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert!(far() || seen == ["events", "tickets"], "the seeds stream {seen:?}");
    assert!(spilled, "all rows that are judged have room in memory");
}

/// The first thing that two series do not have in common.
fn difference(a: &Series, b: &Series) -> (String, String) {
    let lines = |series: &Series| {
        let mut lines: Vec<String> = series.buckets.iter().map(|b| format!("{b:?}")).collect();
        for row in &series.rows {
            let cells = row.cells.iter().zip(&series.buckets);
            lines.extend(cells.map(|(c, b)| format!("{:?} {}: {c:?}", row.key, b.bucket.label)));
        }
        lines
    };
    let (ours, theirs) = (lines(a), lines(b));
    let at = ours.iter().zip(&theirs).position(|(a, b)| a != b);
    let at = at.unwrap_or(ours.len().min(theirs.len()));
    let line = |lines: &[String]| lines.get(at).map_or("nothing".to_owned(), String::clone);
    (line(&ours), line(&theirs))
}

pub(crate) fn compare(
    model: &Model,
    expected: &(Vec<Series>, Vec<Series>),
    found: &(Vec<Series>, Vec<Series>),
    told: &str,
) {
    assert_eq!((expected.0.len(), expected.1.len()), (found.0.len(), found.1.len()), "{told}");
    for (a, b) in expected.0.iter().zip(&found.0) {
        let (one, other) = difference(a, b);
        assert!(a == b, "{told}: {} by {:?}\n{one}\n{other}", model[a.metric].name, a.grain);
    }
    for (a, b) in expected.1.iter().zip(&found.1) {
        assert!(close_to(a, b), "{told}: {}, by SQL\n{a:#?}\n{b:#?}", model[a.metric].name);
    }
}
