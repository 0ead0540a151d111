//! ```text
//! cargo run --package milepost-bench -- PROJECT [RUNS]           each step of a build, and the sizes of its pages
//! cargo run --package milepost-bench -- check PROJECT [RUNS]     a check, and checks after one file has changed
//! cargo run --package milepost-bench -- specs DIR M D [WRONG]    writes a project of M metrics over D datasets
//! cargo run --package milepost-bench -- events DIR [ROWS [SHAPE…]]
//!                                                                writes a year of that many events, 30 million by default
//! cargo run --package milepost-bench -- pictures DIR [ACCOUNTS [DAYS]]
//!                                                                writes daily pictures of that many accounts, 50,000 by default
//! cargo run --package milepost-bench -- subscriptions DIR [ROWS] writes that many subscriptions, a million by default
//! cargo run --package milepost-bench -- journeys DIR [ACCOUNTS [EVENTS]]
//!                                                                writes accounts on three journeys, a million with 30 million events by default
//! cargo run --package milepost-bench -- program DIR COMMAND…     a command of the program in a folder, and what it costs
//! cargo run --package milepost-bench -- pass DIR [SET…]          metrics over one of these by milepost and by SQL, and what they cost
//! cargo run --package milepost-bench -- catalog DIR [ways=milepost] the shipped catalog over the tables of `milepost demo`, and what it costs
//! cargo run --package milepost-bench -- small [NAME…]            small questions to the program, and what they cost
//! ```
//!
//! Nothing is asserted: the figures go into `docs/speed.md` with the machine that they were taken on.

#![expect(clippy::print_stdout, reason = "the figures are its result")]

mod check;
mod large;
mod pass;
mod small;
mod texts;

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use milepost::engine::Engine;
use milepost::site::OutputFile;
use milepost::sources::Disk;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{publish, report, steps};
use pass::Shape;

/// How many events there are when nobody says; accounts and days of pictures; subscriptions.
const EVENTS: usize = 30_000_000;
const PICTURES: [usize; 2] = [50_000, 730];
const SUBSCRIPTIONS: usize = 1_000_000;
/// Rows of a CSV file.
const TEXTS: usize = 4_000_000;
/// Accounts on journeys, and their events.
const JOURNEYS: [usize; 2] = [1_000_000, 30_000_000];

const USAGE: &str = "usage: milepost-bench PROJECT [RUNS] | check PROJECT [RUNS] | specs DIR METRICS DATASETS [MISTAKES] | \
    events DIR [ROWS [text] [shuffled] [by-account] [skewed] [files=N]] | pictures DIR [ACCOUNTS [DAYS]] | \
    subscriptions DIR [ROWS] | journeys DIR [ACCOUNTS [EVENTS]] | program DIR COMMAND… | pass DIR [SET…] [ways=…] | catalog DIR [ways=…] | texts DIR [ROWS] | small [NAME…]";

type Failure = Box<dyn std::error::Error>;

/// The names of the steps, in their order.
const STEPS: [&str; 7] = ["load", "schemas", "check", "open", "run", "render", "publish"];

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["specs", folder, metrics, datasets, mistakes @ ..] => {
            let size = large::Size {
                metrics: metrics.parse()?,
                datasets: datasets.parse()?,
                mistakes: mistakes.first().map_or(Ok(0), |n| n.parse())?,
            };
            write(Path::new(folder), size)
        }
        ["check", project] => check::often(Path::new(project), 5),
        ["check", project, runs] => check::often(Path::new(project), runs.parse()?),
        ["events", folder] => pass::project(Path::new(folder), &Shape::plain(EVENTS)),
        ["events", folder, rows, words @ ..] => {
            pass::project(Path::new(folder), &Shape::parse(number(rows)?, words)?)
        }
        ["pictures", folder, size @ ..] => {
            let [accounts, days] = sizes_of(size, PICTURES)?;
            pass::pictures::project(Path::new(folder), accounts, days)
        }
        ["journeys", folder, size @ ..] => {
            let [accounts, events] = sizes_of(size, JOURNEYS)?;
            pass::journeys::project(Path::new(folder), accounts, events)
        }
        ["program", folder, command @ ..] => small::run(Path::new(folder), command),
        ["subscriptions", folder] => pass::subscriptions::project(Path::new(folder), SUBSCRIPTIONS),
        ["subscriptions", folder, rows] => {
            pass::subscriptions::project(Path::new(folder), number(rows)?)
        }
        ["pass", folder, rest @ ..] => pass::compare(Path::new(folder), rest),
        ["catalog", folder, rest @ ..] => pass::catalog::compare(Path::new(folder), rest),
        ["texts", folder] => texts::compare(Path::new(folder), TEXTS),
        ["texts", folder, rows] => texts::compare(Path::new(folder), number(rows)?),
        ["small", names @ ..] => small::ask(names),
        ["way", arguments @ ..] => pass::way_alone(arguments),
        [project] => build_often(project, 5),
        [project, runs] => build_often(project, runs.parse()?),
        _ => Err(USAGE.into()),
    }
}

/// The numbers that are said, and for the others those that are not.
fn sizes_of<const N: usize>(said: &[&str], mut sizes: [usize; N]) -> Result<[usize; N], Failure> {
    for (size, said) in sizes.iter_mut().zip(said) {
        *size = number(said)?;
    }
    Ok(sizes)
}

/// Digits, with underscores between them or not.
fn number(text: &str) -> Result<usize, Failure> {
    Ok(text.replace('_', "").parse()?)
}

/// Writes a large project into a folder.
fn write(folder: &Path, size: large::Size) -> Result<(), Failure> {
    for (path, text) in large::files(size) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
        std::fs::write(path, text)?;
    }
    Ok(())
}

fn build_often(project: &str, runs: usize) -> Result<(), Failure> {
    let mut times: Vec<[Duration; STEPS.len()]> = Vec::new();
    let mut files = Vec::new();
    for _ in 0..runs.max(1) {
        let (steps, site) = build(Path::new(project))?;
        times.push(steps);
        files = site;
    }
    println!("{project}, {runs} runs, milliseconds (smallest and median)");
    for (i, step) in STEPS.iter().enumerate() {
        print(step, times.iter().map(|t| t[i]).collect());
    }
    print("all", times.iter().map(|t| t.iter().sum()).collect());
    sizes(&files)
}

fn print(step: &str, mut times: Vec<Duration>) {
    times.sort();
    let milliseconds = |t: Duration| t.as_secs_f64() * 1_000.0;
    println!(
        "  {step:<8} {:>8.0} {:>8.0}",
        milliseconds(times[0]),
        milliseconds(times[times.len() / 2])
    );
}

/// One whole build, as the command line does it.
fn build(root: &Path) -> Result<([Duration; STEPS.len()], Vec<OutputFile>), Failure> {
    let mut clock = Clock::start();
    let mut diagnostics = Diagnostics::default();
    let loaded = steps::load(&Disk::new(root), &mut diagnostics);
    clock.step();
    let engine = Engine::new(root)?;
    let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
    clock.step();
    let model = steps::check(&loaded, &schemas, &mut diagnostics)
        .ok_or("the project has errors: run `milepost check`")?;
    let as_of = model.project.as_of();
    let requests = report::requests(&model);
    clock.step();
    let data = steps::open(&engine, &model, as_of, &requests, true, &mut diagnostics)
        .ok_or("the data has errors")?;
    let checks = steps::check_data(&engine, &model, &data, &mut diagnostics)?;
    let remarks = steps::remarks(&engine, &model, &data, &mut diagnostics)?;
    clock.step();
    let series = steps::run(&engine, &model, &data, &requests)?;
    clock.step();
    let site = report::pages(&report::Findings {
        model: &model,
        sources: &loaded.sources,
        as_of: data.as_of(),
        datasets: data.datasets(),
        checks: &checks,
        remarks: &remarks,
        lists: &[],
        lists_before: &[],
        segments: &[],
        histories: None,
        series: &series,
    });
    let files = steps::render(&site)?;
    clock.step();
    let out = tempfile::tempdir()?;
    publish::publish(&out.path().join("site"), &files)?;
    clock.step();
    Ok((clock.steps, files))
}

struct Clock {
    last: Instant,
    steps: [Duration; STEPS.len()],
    next: usize,
}

impl Clock {
    fn start() -> Self {
        Self { last: Instant::now(), steps: [Duration::ZERO; STEPS.len()], next: 0 }
    }

    fn step(&mut self) {
        self.steps[self.next] = self.last.elapsed();
        self.next += 1;
        self.last = Instant::now();
    }
}

/// The largest pages as a browser fetches them: compressed, with everything they need inside.
fn sizes(files: &[OutputFile]) -> Result<(), Failure> {
    let mut pages = Vec::new();
    for file in files.iter().filter(|f| f.path.ends_with(".html")) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&file.bytes)?;
        pages.push((encoder.finish()?.len(), &file.path));
    }
    pages.sort();
    println!("{} files; the largest pages, kB gzipped", files.len());
    for (size, path) in pages.iter().rev().take(5) {
        println!("  {:>6.1} {path}", *size as f64 / 1_000.0);
    }
    Ok(())
}
