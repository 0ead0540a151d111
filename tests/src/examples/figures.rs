//! The example projects against figures that were counted without milepost: `expected.json` beside each.

use std::collections::BTreeSet;
use std::path::PathBuf;

use milepost::engine::{Data, Engine};
use milepost::plan::request::Request;
use milepost::plan::results::{Cell, Series};
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
        self.open_in(&self.model, requests)
    }

    /// The same with a model that has more metrics.
    pub(crate) fn open_in(&self, model: &Model, requests: &[Request]) -> Data {
        let mut diagnostics = Diagnostics::default();
        let as_of = model.project.as_of();
        let data = steps::open(&self.engine, model, as_of, requests, true, &mut diagnostics);
        data.unwrap_or_else(|| panic!("{:#?}", diagnostics.sorted()))
    }
}

fn expected(name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder(name).join("expected.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    json["series"].as_array().unwrap().clone()
}

fn request(model: &Model, series: &Value) -> Request {
    let name = series["metric"].as_str().unwrap();
    let is_whole = model.metric(name).is_some();
    let (name, part) = name.rsplit_once('.').filter(|_| !is_whole).unzip();
    let name = name.unwrap_or_else(|| series["metric"].as_str().unwrap());
    let metric = model.metric(name).unwrap();
    let grain = Grain::parse(series["grain"].as_str().unwrap()).unwrap();
    let by = series["by"].as_str().map(|d| model.dimension(d).unwrap()).into_iter().collect();
    let total = Request::total(model, metric);
    let part = part.map_or(total.part, |part| model[metric].part(part).unwrap());
    Request { part, by, grain, ..total }
}

/// Every figure that was counted without milepost, against its own: the same buckets, the same slices, the same figures.
fn compare(name: &str) {
    let example = Example::load(name);
    let expected = expected(name);
    let requests: Vec<Request> = expected.iter().map(|s| request(&example.model, s)).collect();
    let data = example.open(&requests);
    let all = steps::run(&example.engine, &example.model, &data, &requests).unwrap();
    assert_eq!(all.len(), expected.len());
    let mut wrong = Vec::new();
    let mut figures = 0;
    for (series, expected) in all.iter().zip(&expected) {
        figures += differences(&example.model, series, expected, &mut wrong);
    }
    assert!(figures > 300, "only {figures} figures were compared");
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {figures} figures differ:\n{shown}", wrong.len());
}

/// Reports every difference of a series; gives the number of figures that were compared.
fn differences(model: &Model, series: &Series, expected: &Value, wrong: &mut Vec<String>) -> usize {
    let name = &model[series.metric].name;
    let mut left = expected["values"].as_object().unwrap().clone();
    let mut figures = 0;
    for (i, bucket) in series.buckets.iter().enumerate() {
        let what = format!("{name} {}", bucket.bucket.label);
        match left.remove(&bucket.bucket.label) {
            Some(value) => figures += check(series, i, &value, &what, wrong),
            None => wrong.push(format!("{what}: not expected at all")),
        }
    }
    wrong.extend(left.keys().map(|label| format!("{name} {label}: the bucket is missing")));
    figures
}

fn check(
    series: &Series,
    i: usize,
    expected: &Value,
    what: &str,
    wrong: &mut Vec<String>,
) -> usize {
    if series.by.is_empty() {
        compare_cell(&series.rows[0].cells.at(i), expected, what, wrong);
        return 1;
    }
    let mut left = expected.as_object().unwrap().clone();
    let mut figures = 0;
    let names = milepost::report::slice_names(series);
    for (row, names) in series.rows.iter().zip(&names) {
        let name = names.join(" · ");
        let what = format!("{what} [{name}]");
        match left.remove(&name) {
            Some(value) => {
                compare_cell(&row.cells.at(i), &value, &what, wrong);
                figures += 1;
            }
            None => wrong.push(format!("{what}: the slice was not expected")),
        }
    }
    let missing =
        left.iter().map(|(slice, value)| format!("{what} [{slice}]: missing, expected {value}"));
    wrong.extend(missing);
    figures
}

fn compare_cell(cell: &Cell, expected: &Value, what: &str, wrong: &mut Vec<String>) {
    let same = match (&cell.value, expected) {
        (Ok(value), Value::Number(n)) => {
            n.as_f64().is_some_and(|n| (n - value).abs() <= TOLERANCE * n.abs().max(1.0))
        }
        (Err(reason), Value::Object(o)) => {
            o["reason"].as_str() == Some(reason.to_string().as_str())
        }
        _ => false,
    };
    if !same {
        wrong.push(format!("{what}: {:?}, expected {expected}", cell.value));
    }
}

/// A comparison that can't fail says nothing: what is left out of either side is reported.
#[test]
fn lost_buckets_and_slices_are_told() {
    let example = Example::load("cdnow");
    let all = expected("cdnow");
    let sliced = all.iter().find(|series| series["by"].is_string()).unwrap();
    let asked = request(&example.model, sliced);
    let data = example.open(std::slice::from_ref(&asked));
    let series = steps::run(&example.engine, &example.model, &data, &[asked]).unwrap().remove(0);
    let told = |series: &Series, expected: &Value| {
        let mut wrong = Vec::new();
        differences(&example.model, series, expected, &mut wrong);
        wrong
    };
    assert_eq!(told(&series, sliced), Vec::<String>::new());
    let mut fewer = series.clone();
    fewer.buckets.pop();
    assert_eq!(told(&fewer, sliced).len(), 1);
    let mut fewer = series.clone();
    fewer.rows.pop();
    assert_eq!(told(&fewer, sliced).len(), series.buckets.len());
    let mut fewer = sliced.clone();
    let label = &series.buckets[0].bucket.label;
    fewer["values"].as_object_mut().unwrap().remove(label);
    assert_eq!(told(&series, &fewer).len(), 1);
    let mut fewer = sliced.clone();
    let name = milepost::report::slice_names(&series)[0].join(" · ");
    fewer["values"][label].as_object_mut().unwrap().remove(&name);
    assert_eq!(told(&series, &fewer).len(), 1);
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

/// All of the KPIs, and of what a journey says of its stages and milestones one of each kind: in SQL each walks all days of all
/// members.
pub(crate) fn one_of_each_kind(model: &Model, requests: Vec<Request>) -> Vec<Request> {
    let mut kinds = BTreeSet::new();
    let mut is_asked = |asked: &Request| {
        let metric = &model[asked.metric];
        let kind = metric.name.rsplit('.').next().map(str::to_owned);
        metric.category.is_some() || kinds.insert((kind, asked.by.len()))
    };
    requests.into_iter().filter(|asked| is_asked(asked)).collect()
}

#[test]
fn both_lowerings_agree_on_every_headline() {
    for name in ["cdnow", "acme"] {
        let example = Example::load(name);
        let requests = milepost::report::requests(&example.model);
        let requests = one_of_each_kind(&example.model, requests);
        let totals: Vec<Request> = requests.into_iter().filter(|r| r.by.is_empty()).collect();
        let data = example.open(&totals);
        let shared = steps::run(&example.engine, &example.model, &data, &totals).unwrap();
        let all: Vec<(&Request, &Series)> = totals.iter().zip(&shared).collect();
        let agree = |(request, shared): &(&Request, &Series)| {
            let plain = example.engine.run_plain(&example.model, &data, request).unwrap();
            let metric = &example.model[request.metric].name;
            for (i, (a, b)) in
                shared.rows[0].cells.iter().zip(plain.rows[0].cells.iter()).enumerate()
            {
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
        };
        // The longest of the tests by far: by two threads, as the others are over long before.
        std::thread::scope(|scope| {
            let (even, odd) = all.split_at(all.len() / 2);
            scope.spawn(move || even.iter().for_each(agree));
            odd.iter().for_each(agree);
        });
    }
}
