//! The example projects against figures that were counted without milepost: `expected.json` beside each.

use std::path::PathBuf;

use milepost::engine::results::{Cell, Series};
use milepost::engine::{Data, Engine, Request};
use milepost::semantics::model::Model;
use milepost::semantics::time::Grain;
use milepost::sources::Disk;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;
use serde_json::Value;

/// The figures in `expected.json` are rounded to ten digits after the point.
const TOLERANCE: f64 = 1e-8;

pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name)
}

/// An example project, checked.
pub(crate) struct Example {
    pub(crate) engine: Engine,
    pub(crate) model: Model,
}

impl Example {
    pub(crate) fn load(name: &str) -> Self {
        let folder = folder(name);
        let mut diagnostics = Diagnostics::default();
        let engine = Engine::new(&folder).unwrap();
        let loaded = steps::load(&Disk::new(&folder), &mut diagnostics);
        let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
        let model = steps::check(&loaded, &schemas, &mut diagnostics);
        Self { engine, model: model.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted())) }
    }

    pub(crate) fn open(&self, requests: &[Request]) -> Data {
        let mut diagnostics = Diagnostics::default();
        let as_of = self.model.project.as_of();
        let data = steps::open(&self.engine, &self.model, as_of, requests, true, &mut diagnostics);
        data.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted()))
    }
}

fn expected(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder(name).join("expected.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    json["series"].as_array().unwrap().clone()
}

fn request(model: &Model, series: &Value) -> Request {
    let metric = model.metric(series["metric"].as_str().unwrap()).unwrap();
    let grain = Grain::parse(series["grain"].as_str().unwrap()).unwrap();
    let by = series["by"].as_str().map(|d| model.dimension(d).unwrap()).into_iter().collect();
    Request { by, grain, ..Request::total(model, metric) }
}

/// Every figure that was counted without milepost, against its own.
fn compare(name: &str) {
    let example = Example::load(name);
    let expected = expected(name);
    let requests: Vec<Request> = expected.iter().map(|s| request(&example.model, s)).collect();
    let data = example.open(&requests);
    let all = steps::run(&example.engine, &example.model, &data, &requests).unwrap();
    let mut wrong = Vec::new();
    let mut figures = 0;
    for (series, expected) in all.iter().zip(&expected) {
        let metric = &example.model[series.metric].name;
        for (i, bucket) in series.buckets.iter().enumerate() {
            let label = &bucket.bucket.label;
            let Some(value) = expected["values"].get(label) else {
                wrong.push(format!("{metric} {label}: not expected at all"));
                continue;
            };
            figures += check(series, i, value, &format!("{metric} {label}"), &mut wrong);
        }
    }
    assert!(figures > 300, "only {figures} figures were compared");
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {figures} figures differ:\n{shown}", wrong.len());
}

fn check(
    series: &Series,
    i: usize,
    expected: &Value,
    what: &str,
    wrong: &mut Vec<String>,
) -> usize {
    let sliced = !series.by.is_empty();
    if !sliced {
        compare_cell(Some(&series.rows[0].cells[i]), expected, what, wrong);
        return 1;
    }
    let slices = expected.as_object().unwrap();
    let names = milepost::report::slice_names(series);
    let rows = || series.rows.iter().zip(names.iter().map(|names| names.join(" · ")));
    for (slice, value) in slices {
        let row = rows().find(|(_, name)| name == slice).map(|(row, _)| row);
        compare_cell(row.map(|r| &r.cells[i]), value, &format!("{what} [{slice}]"), wrong);
    }
    for (row, _) in rows().filter(|(_, name)| !slices.contains_key(name)) {
        wrong.push(format!("{what}: slice {:?} was not expected", row.key));
    }
    slices.len()
}

/// A slice without a single row has no cell: that is as good as 0 or a reason, never as another number.
fn compare_cell(cell: Option<&Cell>, expected: &Value, what: &str, wrong: &mut Vec<String>) {
    let same = match (cell.map(|c| &c.value), expected) {
        (None, Value::Number(n)) => n.as_f64() == Some(0.0),
        (None, _) => true,
        (Some(Ok(value)), Value::Number(n)) => {
            n.as_f64().is_some_and(|n| (n - value).abs() <= TOLERANCE * n.abs().max(1.0))
        }
        (Some(Err(reason)), Value::Object(o)) => {
            o["reason"].as_str() == Some(reason.to_string().as_str())
        }
        _ => false,
    };
    if !same {
        wrong.push(format!("{what}: {:?}, expected {expected}", cell.map(|c| &c.value)));
    }
}

#[test]
fn cdnow_gives_the_figures_that_were_counted_from_the_raw_rows() {
    compare("cdnow");
}

#[test]
fn acme_gives_the_figures_that_were_counted_without_milepost() {
    compare("acme");
}

#[test]
fn a_build_opens_each_dataset_once() {
    for name in ["cdnow", "acme"] {
        let example = Example::load(name);
        let requests = milepost::report::requests(&example.model);
        let data = example.open(&requests);
        let from_files = example.model.datasets.iter().filter(|d| d.derived.is_none()).count();
        assert_eq!(data.datasets().len(), from_files);
        for status in data.datasets() {
            assert_eq!(status.opened, 1, "{}", example.model[status.dataset].name);
        }
    }
}

#[test]
fn both_lowerings_agree_on_every_headline() {
    for name in ["cdnow", "acme"] {
        let example = Example::load(name);
        let requests = milepost::report::requests(&example.model);
        let totals: Vec<Request> = requests.into_iter().filter(|r| r.by.is_empty()).collect();
        let data = example.open(&totals);
        let shared = steps::run(&example.engine, &example.model, &data, &totals).unwrap();
        for (request, shared) in totals.iter().zip(&shared) {
            let plain = example.engine.run_plain(&example.model, &data, request).unwrap();
            let metric = &example.model[request.metric].name;
            for (i, (a, b)) in shared.rows[0].cells.iter().zip(&plain.rows[0].cells).enumerate() {
                let same = match (&a.value, &b.value) {
                    (Ok(a), Ok(b)) => (a - b).abs() <= 1e-9 * a.abs().max(1.0),
                    (Err(_), Err(_)) => true,
                    _ => false,
                };
                assert!(
                    same,
                    "{name} {metric} {}: {a:?} and (plain) {b:?}",
                    shared.buckets[i].bucket.label
                );
            }
        }
    }
}
