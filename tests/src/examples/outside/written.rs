//! What milepost writes for programs, held against the schemas that `milepost schema` prints by a validator that is not
//! ours.

use std::collections::BTreeMap;

use milepost::model_file::{self, ModelFile};
use milepost::published::{self, Published, PublishedFigure, PublishedMetric};
use milepost::review::{self, Review, Version};
use milepost::revision::{Revision, Revisions};
use milepost::semantics::diff::Side;
use milepost::semantics::model::Model;
use milepost::sources::{Disk, Sources};
use milepost::steps;
use milepost::syntax::ast::Date;
use milepost::syntax::diagnostic::Diagnostics;
use serde_json::{Value, json};

use crate::figures::folder;
use crate::python::answers;

/// A site that shows other figures of one KPI, and was built with another definition of the rest.
fn site(model: &Model) -> Published {
    let record = published::record(model, as_of(model)).unwrap();
    let record: Value = serde_json::from_slice(&record.bytes).unwrap();
    let figure = |bucket: &str, start: &str, end: &str, status: &str| PublishedFigure {
        bucket: bucket.to_owned(),
        start: start.to_owned(),
        end: end.to_owned(),
        status: status.to_owned(),
        value: if status == "complete" { Ok(1.0) } else { Err("no data".to_owned()) },
    };
    let metric = |recorded: &Value| {
        let text = |field: &str| recorded[field].as_str().unwrap().to_owned();
        let is_known = text("name") == "orders";
        let metric = PublishedMetric {
            fingerprint: if is_known { text("fingerprint") } else { String::new() },
            text: text("text"),
            reads: BTreeMap::new(),
            figures: vec![
                figure("1998-04", "1998-04-01", "1998-05-01", "complete"),
                figure("1998-05", "1998-05-01", "1998-05-21", "partial"),
            ],
        };
        (text("name"), metric)
    };
    Published {
        site: "site".to_owned(),
        milepost: "0.0.1".to_owned(),
        as_of: "1998-05-20".to_owned(),
        metrics: record["metrics"].as_array().unwrap().iter().map(metric).collect(),
    }
}

fn as_of(model: &Model) -> milepost::semantics::time::AsOf {
    model.project.calendar.parse_as_of("1998-06-30").unwrap()
}

#[test]
#[ignore = "needs Python with jsonschema: cargo xtask test"]
fn what_is_written_is_as_its_schema_says() {
    let root = folder("cdnow");
    let mut diagnostics = Diagnostics::default();
    let loaded = steps::load(&Disk::new(&root), &mut diagnostics);
    let engine = steps::engine(&root).unwrap();
    let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
    let model = steps::check(&loaded, &schemas, &mut diagnostics).expect("an example checks");
    let side = Side { package: &loaded.package, sources: &loaded.sources, model: Some(&model) };
    let file = model_file::emit(side, &schemas).unwrap();
    let record = published::record(&model, as_of(&model)).unwrap();

    let changed = file.replace("value: count(purchases)\\n", "value: count(purchases) * 2\\n");
    assert_ne!(changed, file);
    let revision = |sources: Box<dyn Sources>| Revision {
        what: "a version".to_owned(),
        why: "as it was asked for".to_owned(),
        commit: None,
        sources,
    };
    let revisions = Revisions {
        base: revision(Box::new(ModelFile::parse("old", file.as_bytes()).unwrap())),
        head: revision(Box::new(ModelFile::parse("new", changed.as_bytes()).unwrap())),
    };
    let (base, head) = Version::read_both(revisions, Some(&root)).unwrap();
    let day = Date { year: 2026, month: 1, day: 1 };
    let review = Review::of(base, head, day).with_figures(Some(as_of(&model))).unwrap();
    let review = review.with_published(&site(&model), Some(as_of(&model))).unwrap();
    let diff = review::json(&review).unwrap();
    assert!(diff.contains("\"cause\": \"data-and-definition\"") && diff.contains("\"unknown\""));

    let job = |schema: &str, text: &str| {
        let schema: Value = serde_json::from_str(schema).unwrap();
        json!({ "schema": schema, "texts": { "it": text } })
    };
    let jobs = [
        job(model_file::SCHEMA, &file),
        job(published::SCHEMA, std::str::from_utf8(&record.bytes).unwrap()),
        job(review::SCHEMA, &diff),
        // Something is looked at.
        job(model_file::SCHEMA, &file.replace("\"milepost-model\"", "\"model\"")),
    ];
    let found: Vec<usize> = answers("outside/check_schema.py", &jobs)
        .iter()
        .map(|answer| answer["it"].as_array().unwrap().len())
        .collect();
    assert_eq!(found, [0, 0, 0, 1]);
}
