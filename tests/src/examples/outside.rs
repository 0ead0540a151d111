//! The suites that need tools of the outside, to be run by `cargo xtask test`, which installs them: every figure of the
//! examples from DuckDB by the SQL that `milepost explain --sql` prints, the references counted anew, and the sites in
//! a browser. A tool that is not there fails a test; it never passes without having looked.

mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use milepost::engine::results::Series;
use milepost::engine::{prelude, sql};
use milepost::semantics::model::Model;
use milepost::sources::Disk;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{publish, report, steps};
use serde_json::{Value, json};

use crate::figures::{Example, folder};

const EXAMPLES: [&str; 2] = ["acme", "cdnow"];
/// Both sides count the same rows and differ in the order of floating-point sums only.
const TOLERANCE: f64 = 1e-9;

/// A tool that `cargo xtask test` found or installed.
fn tool(variable: &str) -> PathBuf {
    let Some(path) = std::env::var_os(variable) else {
        panic!(
            "{variable} is not set: run this test by `cargo xtask test`, which installs the tools and names them"
        );
    };
    PathBuf::from(path)
}

fn script(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs a script by the Python of the suites.
fn python(path: &str, args: &[&Path]) -> Output {
    let interpreter = tool("MILEPOST_PYTHON");
    let result = Command::new(&interpreter).arg(script(path)).args(args).output();
    result.unwrap_or_else(|e| panic!("{} can't be run: {e}", interpreter.display()))
}

fn printed(output: &Output) -> String {
    assert!(
        output.status.success(),
        "{}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout.clone()).unwrap()
}

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

/// A project with everything that its site shows.
struct Answered {
    model: Model,
    series: Vec<Series>,
    job: Value,
}

impl Answered {
    fn by_milepost(name: &str) -> Self {
        let example = Example::load(name);
        let requests = report::requests(&example.model);
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
            "prelude": prelude(&model, data.as_of()),
            "queries": queries.collect::<Vec<_>>(),
        });
        Self { model, series, job }
    }
}

/// `license_activation by plan`
fn title(model: &Model, series: &Series) -> String {
    let by: Vec<&str> = series.by.iter().map(|d| model[*d].name.as_str()).collect();
    let metric = &model[series.metric].name;
    if by.is_empty() { metric.clone() } else { format!("{metric} by {}", by.join(", ")) }
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn duckdb_gives_the_same_figures_by_the_printed_sql() {
    let projects: Vec<Answered> = EXAMPLES.into_iter().map(Answered::by_milepost).collect();
    let scratch = tempfile::tempdir().unwrap();
    let jobs = scratch.path().join("jobs.json");
    let list: Vec<&Value> = projects.iter().map(|project| &project.job).collect();
    std::fs::write(&jobs, json!(list).to_string()).unwrap();
    let answers: Value =
        serde_json::from_str(&printed(&python("outside/run_sql.py", &[&jobs]))).unwrap();
    let (mut figures, mut wrong) = (0, Vec::new());
    for (i, project) in projects.iter().enumerate() {
        for series in &project.series {
            let title = title(&project.model, series);
            figures += compare(series, &answers[i][&title], &title, &mut wrong);
        }
    }
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} differences in {figures} figures:\n{shown}", wrong.len());
    assert!(figures > 1_000, "only {figures} figures were compared");
}

/// Compares cell by cell; a null of the SQL is a reason here. Returns how many cells there were.
fn compare(series: &Series, answer: &Value, title: &str, wrong: &mut Vec<String>) -> usize {
    let Some(rows) = answer.as_array() else {
        wrong.push(format!("{title}: {answer}"));
        return 0;
    };
    let mut theirs: BTreeMap<Vec<&str>, Option<f64>> = BTreeMap::new();
    for row in rows {
        let (value, key) = row.as_array().and_then(|row| row.split_last()).unwrap();
        theirs.insert(key.iter().filter_map(Value::as_str).collect(), value.as_f64());
    }
    let mut figures = 0;
    for row in &series.rows {
        for (cell, bucket) in row.cells.iter().zip(&series.buckets) {
            let label = bucket.bucket.label.as_str();
            let key: Vec<&str> =
                std::iter::once(label).chain(row.key.iter().map(String::as_str)).collect();
            figures += 1;
            let theirs = theirs.remove(&key);
            let same = match (&cell.value, theirs) {
                (Ok(ours), Some(Some(theirs))) => {
                    (ours - theirs).abs() <= TOLERANCE * ours.abs().max(1.0)
                }
                (Err(_), Some(None)) => true,
                _ => false,
            };
            if !same {
                wrong.push(format!("{title} {key:?}: {:?}, in DuckDB {theirs:?}", cell.value));
            }
        }
    }
    wrong.extend(theirs.keys().map(|key| format!("{title} {key:?}: in DuckDB only")));
    figures
}

/// Builds the site of an example into a folder.
fn build(name: &str, out: &Path) {
    let example = Example::load(name);
    // The text of the specs, for the pages.
    let loaded = steps::load(&Disk::new(folder(name)), &mut Diagnostics::default());
    let requests = report::requests(&example.model);
    let data = example.open(&requests);
    let mut diagnostics = Diagnostics::default();
    let checks =
        steps::check_data(&example.engine, &example.model, &data, &mut diagnostics).unwrap();
    assert!(!diagnostics.has_errors(), "{:#?}", diagnostics.sorted());
    let site = report::pages(&report::Findings {
        model: &example.model,
        sources: &loaded.sources,
        as_of: data.as_of(),
        datasets: data.datasets(),
        checks: &checks,
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
