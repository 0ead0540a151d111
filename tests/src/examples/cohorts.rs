//! Cohorts of CDNOW in every way of counting, against hand-written SQL: `outside/cdnow_cohorts.py` printed
//! `outside/cdnow_cohorts.json`.

use std::fs;

use milepost::engine::Engine;
use milepost::plan::request::Request;
use milepost::plan::results::{Cell, Reason, Series};
use milepost::semantics::model::Model;
use milepost::sources::Disk;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;
use serde_json::Value;

use crate::figures::folder;

/// The same cohorts by each way of counting.
const METRICS: &str = "\
metrics:
  by_on: { cohort: { of: customer, starts: purchases, returns: purchases, zero: returns } }
  by_twice: { cohort: { of: customer, starts: purchases, returns: purchases, zero: returns, at_least: 2 } }
  by_on_or_after: { cohort: { of: customer, starts: purchases, returns: purchases, zero: returns, mode: on_or_after } }
  by_amount: { cohort: { of: customer, starts: purchases, returns: purchases, amount: purchases.amount } }
  by_elapsed_weeks: { cohort: { of: customer, starts: purchases, returns: purchases, zero: returns, clock: elapsed, step: week } }
  by_elapsed_months: { cohort: { of: customer, starts: purchases, returns: purchases, zero: returns, clock: elapsed } }
";

/// A project over the rows of the example with these metrics alone.
fn answered() -> (Model, Vec<Series>) {
    let (example, project) = (folder("cdnow"), tempfile::tempdir().unwrap());
    for inside in ["data", "specs"] {
        fs::create_dir(project.path().join(inside)).unwrap();
    }
    for file in
        ["milepost.yaml", "specs/data.yaml", "data/customers.parquet", "data/purchases.parquet"]
    {
        fs::copy(example.join(file), project.path().join(file)).unwrap();
    }
    fs::write(project.path().join("specs/metrics.yaml"), METRICS).unwrap();
    let mut told = Diagnostics::default();
    let engine = Engine::new(project.path()).unwrap();
    let loaded = steps::load(&Disk::new(project.path()), &mut told);
    let schemas = steps::schemas(&engine, &loaded.package, &mut told);
    let model = steps::check(&loaded, &schemas, &mut told);
    let model = model.unwrap_or_else(|| panic!("{:#?}", told.sorted()));
    let ids = model.metrics.iter().map(|metric| model.metric(&metric.name).unwrap());
    let requests: Vec<Request> =
        ids.flat_map(|id| Request::total(&model, id).parts(&model)).collect();
    let data = steps::open(&engine, &model, None, &requests, false, &mut told);
    let data = data.unwrap_or_else(|| panic!("{:#?}", told.sorted()));
    let series = steps::run(&engine, &model, &data, &requests).unwrap();
    (model, series)
}

/// The cell of a part in a bucket.
fn cell(model: &Model, all: &[Series], metric: &str, part: &str, label: &str) -> Cell {
    let id = model.metric(metric).unwrap();
    let part = model[id].part(part).unwrap();
    let series = all.iter().find(|series| series.metric == id && series.part == part).unwrap();
    let at = series.buckets.iter().position(|bucket| bucket.bucket.label == label).unwrap();
    series.rows[0].cells.at(at)
}

#[test]
fn every_way_of_counting_gives_the_figures_of_sql() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/outside/cdnow_cohorts.json");
    let facts: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let (model, all) = answered();
    let mut compared = 0;
    for (way, cohorts) in facts.as_object().unwrap() {
        let metric = &format!("by_{way}");
        for (label, cohort) in cohorts.as_object().unwrap() {
            if let Some(size) = cohort["size"].as_f64() {
                assert_eq!(cell(&model, &all, metric, "size", label).value, Ok(size));
            }
            for (k, fact) in cohort["steps"].as_array().unwrap().iter().enumerate() {
                let part = if way == "amount" { format!("sum_{k}") } else { format!("count_{k}") };
                let found = cell(&model, &all, metric, &part, label).value;
                let what = format!("{metric} {label} {k}: {found:?}, by SQL {fact}");
                let share = cell(&model, &all, metric, &format!("at_{k}"), label);
                match fact {
                    Value::Null => assert_eq!(found, Err(Reason::Immature), "{what}"),
                    Value::Array(pair) => {
                        assert_eq!(found.ok(), pair[0].as_f64(), "{what}");
                        assert_eq!(share.sample, pair[1].as_u64(), "{what}");
                    }
                    fact => {
                        let fact = fact.as_f64().unwrap();
                        assert!(found.is_ok_and(|found| (found - fact).abs() < 1e-6), "{what}");
                    }
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 200, "only {compared} figures were compared");
}
