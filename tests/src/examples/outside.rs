//! The suites that need tools of the outside, to be run by `cargo xtask test`, which installs them: every figure of the
//! examples from DuckDB by the SQL that `milepost explain --sql` prints, the references counted anew, and the sites in
//! a browser.

mod schema;
mod workbooks;
mod written;

use std::path::{Path, PathBuf};

use milepost::plan::request::Request;
use milepost::plan::results::Series;
use milepost::plan::sql::sql;
use milepost::segments::Sizes;
use milepost::semantics::model::{MetricId, Model};
use milepost::sources::Disk;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{publish, report, steps};
use serde_json::{Value, json};

use crate::figures::{Example, folder, one_of_each_kind};
use crate::python::{answers, compare, printed, python, tool};

const EXAMPLES: [&str; 2] = ["acme", "cdnow"];

/// The expected figures are those that the reference counts today.
fn is_counted_by(name: &str, reference: &str) {
    let counted = printed(&python(reference, &[]));
    let expected = std::fs::read_to_string(folder(name).join("expected.json")).unwrap();
    assert!(counted.len() > 1_000, "the reference counted nothing:\n{counted}");
    let other =
        counted.lines().zip(expected.lines()).find(|(counted, expected)| counted != expected);
    assert_eq!(other, None, "examples/{name}/expected.json is not what tests/{reference} counts");
    assert_eq!(
        counted.lines().count(),
        expected.lines().count(),
        "examples/{name}/expected.json has other lines"
    );
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn acme_reference_counts_the_expected_figures() {
    is_counted_by("acme", "outside/acme_reference.py");
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn cdnow_reference_counts_the_expected_figures() {
    is_counted_by("cdnow", "outside/cdnow_reference.py");
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn sql_counts_the_cohorts_of_cdnow() {
    let counted = printed(&python("outside/cdnow_cohorts.py", &[]));
    let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("outside/cdnow_cohorts.json");
    assert_eq!(counted, std::fs::read_to_string(facts).unwrap());
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn sql_finds_who_is_on_the_lists_of_acme() {
    let found = printed(&python("outside/acme_lists.py", &[]));
    let facts = Path::new(env!("CARGO_MANIFEST_DIR")).join("outside/acme_lists.json");
    assert_eq!(found, std::fs::read_to_string(facts).unwrap());
}

/// A project with everything that its site shows.
struct Answered {
    model: Model,
    series: Vec<Series>,
    job: Value,
}

impl Answered {
    fn by_milepost(name: &str) -> Self {
        let example = Example::load(name);
        let requests = one_of_each_kind(&example.model, report::requests(&example.model));
        let data = example.open(&requests);
        let series = steps::run(&example.engine, &example.model, &data, &requests).unwrap();
        let model = example.model;
        let text = |request| sql(&model, data.as_of(), request);
        let queries = requests
            .iter()
            .zip(&series)
            .map(|(r, s)| json!({ "name": title(&model, s), "sql": text(r) }));
        let job = json!({
            "folder": folder(name).canonicalize().unwrap(),
            "prelude": example.engine.prelude(&model, data.as_of()),
            "queries": queries.collect::<Vec<_>>(),
        });
        Self { model, series, job }
    }
}

/// `license_activation.value by plan, month`: a KPI that shows another one's parts may have a grain of its own.
fn title(model: &Model, series: &Series) -> String {
    let by: Vec<&str> = series.by.iter().map(|d| model[*d].name.as_str()).collect();
    let metric = &model[series.metric];
    let name = format!("{}.{}", metric.name, metric[series.part].name);
    let by: Vec<&str> = by.into_iter().chain([series.grain.name()]).collect();
    format!("{name} by {}", by.join(", "))
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn duckdb_gives_the_same_figures_by_the_printed_sql() {
    let projects: Vec<Answered> = EXAMPLES.into_iter().map(Answered::by_milepost).collect();
    let jobs: Vec<Value> = projects.iter().map(|project| project.job.clone()).collect();
    let answers = answers("outside/run_sql.py", &jobs);
    let (mut figures, mut wrong) = (0, Vec::new());
    for (project, answers) in projects.iter().zip(&answers) {
        for series in &project.series {
            let title = title(&project.model, series);
            let (n, others) = compare(series, &answers[&title]);
            figures += n;
            wrong.extend(others.into_iter().map(|other| format!("{title} {other}")));
        }
    }
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} differences in {figures} figures:\n{shown}", wrong.len());
    assert!(figures > 1_000, "only {figures} figures were compared");
}

/// Builds the site of an example into a folder.
fn build(name: &str, out: &Path) {
    let example = Example::load(name);
    // The text of the specs, for the pages.
    let loaded = steps::load(&Disk::new(folder(name)), &mut Diagnostics::default());
    let requests = report::requests(&example.model);
    let lists: Vec<MetricId> = report::lists(&example.model).collect();
    let on_lists = lists.iter().map(|list| Request::total(&example.model, *list));
    let sizes = Sizes::new(&example.model);
    let asked = requests.iter().cloned().chain(on_lists).chain(sizes.requests());
    let data = example.open_in(sizes.model(), &asked.collect::<Vec<_>>());
    let segments = sizes.histories(&example.engine, &data).unwrap();
    let members = lists
        .iter()
        .map(|list| steps::list(&example.engine, &example.model, &data, *list).unwrap());
    let mut diagnostics = Diagnostics::default();
    let checks =
        steps::check_data(&example.engine, &example.model, &data, &mut diagnostics).unwrap();
    assert!(!diagnostics.has_errors(), "{:#?}", diagnostics.sorted());
    let remarks = steps::remarks(&example.engine, &example.model, &data, &mut diagnostics);
    let site = report::pages(&report::Findings {
        lists: &members.collect::<Vec<_>>(),
        lists_before: &[],
        segments: &segments,
        histories: None,
        model: &example.model,
        sources: &loaded.sources,
        as_of: data.as_of(),
        datasets: data.datasets(),
        checks: &checks,
        remarks: &remarks.unwrap(),
        series: &steps::run(&example.engine, &example.model, &data, &requests).unwrap(),
    });
    publish::publish(out, &steps::render(&site).unwrap()).unwrap();
}

#[test]
#[ignore = "needs Python and Chromium: cargo xtask test"]
fn the_sites_are_right_in_a_browser() {
    let chromium = tool("MILEPOST_CHROMIUM");
    let scratch = tempfile::tempdir().unwrap();
    let sites = EXAMPLES.map(|name| scratch.path().join(name));
    for (name, site) in EXAMPLES.iter().zip(&sites) {
        build(name, site);
    }
    let args: Vec<&Path> = std::iter::once(&chromium).chain(&sites).map(PathBuf::as_path).collect();
    let output = python("browser/check_site.py", &args);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let passed = told
        .lines()
        .last()
        .and_then(|line| line.split_once(" passed, "))
        .map(|(n, _)| n.parse::<u32>());
    assert!(matches!(passed, Some(Ok(1..))), "the browser looked at nothing:\n{told}");
}
