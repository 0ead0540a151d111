//! The lists of acme: who is on them by hand-written SQL (`outside/acme_lists.py` printed `outside/acme_lists.json`), and
//! laws that hold of every list.

use std::collections::BTreeMap;
use std::fs;

use milepost::plan::request::Request;
use milepost::report::{list_page, lists, score_of};
use milepost::semantics::model::ListStatus;
use milepost::semantics::model::MetricId;
use milepost::site::lists::{csv, id, json_lines};
use milepost::site::page::{self, ListCell};
use milepost::sources::Disk;
use milepost::steps;
use milepost::syntax::diagnostic::Diagnostics;
use serde_json::{Value, json};

use crate::figures::{Example, folder};

/// Every list of acme, and how many its metric counts by itself.
fn all() -> Vec<(page::List, f64)> {
    let example = Example::load("acme");
    let Example { engine, model } = &example;
    let loaded = steps::load(&Disk::new(folder("acme")), &mut Diagnostics::default());
    let is_list = |metric: &MetricId| score_of(model, *metric).is_none();
    let metrics: Vec<MetricId> = lists(model).filter(is_list).collect();
    let requests: Vec<Request> = metrics.iter().map(|list| Request::total(model, *list)).collect();
    let data = example.open(&requests);
    let series = steps::run(engine, model, &data, &requests).unwrap();
    let counts = series.iter().map(|series| {
        let cells = &series.rows[0].cells;
        cells.at(series.buckets.len() - 1).value.unwrap()
    });
    let pages = metrics.iter().map(|list| {
        let found = steps::list(engine, model, &data, *list).unwrap();
        let unknown = found.count(ListStatus::Unknown);
        assert_eq!(found.cell.value, Ok((found.entries.len() - unknown) as f64));
        list_page(model, &loaded.sources, &found, None).unwrap()
    });
    pages.zip(counts).collect()
}

#[test]
fn who_is_on_a_list_is_who_sql_finds() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/outside/acme_lists.json");
    let facts: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let found = all();
    assert_eq!(facts.as_object().unwrap().len(), found.len(), "each list is found by SQL");
    let mut members = 0;
    for (list, _) in &found {
        let mut expected: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for pair in facts[&list.name].as_array().unwrap() {
            expected.entry(pair[0].to_string()).or_default().push(&pair[1]);
            members += 1;
        }
        for (assignee, expected) in expected {
            let own = list.rows.iter().filter(|row| {
                let name = row.assignee.as_ref().map_or("null", String::as_str);
                row.rank.is_some() && name == assignee
            });
            let keys: Vec<Value> = own.map(|row| json!(row.cells[0])).collect();
            assert!(keys.iter().eq(expected), "{} of {assignee}: {keys:?}", list.name);
        }
    }
    assert!(members > 300, "only {members} members were compared");
}

#[test]
fn a_list_is_what_its_condition_counts() {
    for (list, counted) in all() {
        let on = list.rows.iter().filter(|row| row.status != ListStatus::Unknown).count();
        assert!((on as f64 - counted).abs() < 0.5, "{}: {on} of {counted}", list.name);
        assert_eq!(list.total, Ok(on as u64));
        let mut taken: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        for row in list.of_status(ListStatus::Listed) {
            let rank = taken.entry(row.assignee.as_deref()).or_default();
            *rank += 1;
            assert_eq!(row.rank, Some(*rank), "{}", list.name);
            assert!(*rank <= list.limit, "{}", list.name);
        }
        let mut ids: Vec<String> = list.rows.iter().map(|row| id(&list, row).unwrap()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), list.rows.len(), "each line of {} has its own id", list.name);
        let ordered = list.fields.iter().position(|field| field.role == page::ListRole::Order);
        let key = |row: &page::ListRow| match &row.cells[ordered.unwrap()] {
            ListCell::Whole(n) => *n as f64,
            ListCell::Number(x) => *x,
            _ => f64::NAN,
        };
        for (_, rows) in list.groups(ListStatus::Listed) {
            let sorted = rows.is_sorted_by(|a, b| key(a) >= key(b));
            let backward = rows.is_sorted_by(|a, b| key(a) <= key(b));
            let times = rows.iter().any(|row| key(row).is_nan());
            assert!(sorted || backward || times, "{}", list.name);
        }
    }
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    let bytes = || -> Vec<String> {
        let lines = |(list, _): &(page::List, f64)| {
            csv(list, list.rows.iter()) + &json_lines(list, list.rows.iter())
        };
        all().iter().map(lines).collect()
    };
    assert_eq!(bytes(), bytes());
}
