//! Datasets and entities.

use super::support::{Outcome, analyze_with, base_schemas, value};
use milepost_semantics::data_needs;
use milepost_semantics::model::{Carry, DatasetKind, Type};
use milepost_semantics::schema::{FileSchema, Schemas};

fn schema(name: &str, columns: &[(&str, Type)]) -> Schemas {
    let columns = columns.iter().map(|(n, t)| ((*n).to_owned(), *t)).collect();
    let datasets =
        [(name.to_owned(), FileSchema { columns, missing: false, ..FileSchema::default() })].into();
    Schemas { datasets, ..Schemas::default() }
}

fn run(spec: &str, schemas: &Schemas) -> Outcome {
    analyze_with("project: x\n", spec, schemas)
}

#[test]
fn declared_columns_meet_those_of_the_files() {
    let files = schema(
        "d",
        &[
            ("id", Type::Text),
            ("at", Type::Text),
            ("n", Type::Integer),
            ("flag", Type::Boolean),
            ("end", Type::Text),
        ],
    );
    let spec = |columns: &str| {
        format!(
            "datasets:\n  d: {{ from: d.csv, kind: events, time: at, columns: {{ at: timestamp, {columns} }} }}\n"
        )
    };
    run(&spec("n: decimal, ended: { column: end }"), &files).model();
    run(&spec("n: text"), &files)
        .tells("type-mismatch 'text'", &["hold a whole number", "declare it as `integer`"]);
    run(&spec("flag: date"), &files).fails(&["type-mismatch 'date'"]);
    run(&spec("flags: boolean"), &files)
        .tells("unknown-column 'flags'", &["did you mean `flag`?", "`flags: { column: flag }`"]);
    run(&spec("e: { column: ende }"), &files)
        .tells("unknown-column 'ende'", &["did you mean `end`?"]);
    run(&spec("n: integr"), &files).tells("invalid-value 'integr'", &["did you mean `integer`?"]);
    run(&spec("flag: { unit: USD }"), &files).fails(&["unit-mismatch 'USD'"]);
    run(&spec("n: { unit: { currency: curr } }"), &files).fails(&["unknown-column 'curr'"]);
    run(&spec("n: { unit: { currency: flag } }"), &files).fails(&["type-mismatch 'flag'"]);
    run(&spec("n: { unit: UDS }"), &files)
        .tells("currency-unknown 'UDS'", &["did you mean `USD`?"]);
}

#[test]
fn unread_files_are_silent() {
    let spec = "
datasets: { d: { from: d.csv, kind: events, time: at } }
metrics: { m: { category: effect, question: q, value: sum(d.x where y = 5) } }
";
    let out = run(spec, &Schemas::default());
    out.model();
    let mut missing = schema("d", &[]);
    missing.datasets.get_mut("d").expect("d").missing = true;
    let out = run(spec, &missing);
    assert!(out.model().datasets[0].missing);
}

#[test]
fn computed_columns_have_the_type_of_their_value() {
    let out = value("count(events)");
    let model = out.model();
    let accounts = &model[model.dataset("accounts").expect("accounts")];
    assert_eq!(accounts[accounts.column("size").expect("size")].ty, Type::Text);
    let files = schema("d", &[("at", Type::Timestamp), ("n", Type::Integer)]);
    let spec = |columns: &str| {
        format!(
            "datasets:\n  d: {{ from: d.csv, kind: events, time: at, columns: {{ {columns} }} }}\n"
        )
    };
    run(&spec("a: { value: b + 1 }, b: { value: n * 2 }"), &files).model();
    run(&spec("a: { value: b + 1 }, b: { value: a * 2 }"), &files)
        .tells("cycle 'a'", &["`d.a` → `d.b` → `d.a`"]);
    run(&spec("n: { value: n + 1 }"), &files).tells("cycle 'n'", &["computed from itself"]);
    run(&spec("a: { type: text, value: n + 1 }"), &files).fails(&["type-mismatch 'n + 1'"]);
    run(&spec("a: { value: count(d) }"), &files).fails(&["aggregate-inside-aggregate 'count(d)'"]);
}

#[test]
fn kinds_say_what_they_need() {
    let spec = |fields: &str| {
        run(&format!("datasets:\n  d: {{ from: d.csv, {fields} }}\n"), &Schemas::default())
    };
    spec("key: id").model();
    spec("time: at").tells("missing-field 'd'", &["kind: events"]);
    spec("kind: events").tells("missing-field 'd'", &["`time:`"]);
    spec("kind: history").tells("missing-field 'd'", &["`valid:`"]);
    spec("kind: attributes").tells("missing-field 'd'", &["`key:`"]);
    spec("kind: event, time: at").tells("invalid-value 'event'", &["did you mean `events`?"]);
    spec("kind: events, time: at, carry: forever").fails(&["invalid-value 'forever'"]);
    spec("kind: events, time: at, time_zone: Amsterdam")
        .tells("unknown-time-zone 'Amsterdam'", &["did you mean `Europe/Amsterdam`?"]);
    spec("kind: events, time: at, format: parket")
        .tells("invalid-value 'parket'", &["did you mean `parquet`?"]);
    run("datasets:\n  d: { kind: events, time: at }\n", &Schemas::default())
        .tells("missing-field 'd'", &["`from:`"]);
    let text = schema("d", &[("at", Type::Text)]);
    run("datasets:\n  d: { from: d.csv, kind: events, time: at }\n", &text)
        .tells("type-mismatch 'at'", &["`at: timestamp`"]);
    let out = value("count(events)");
    let model = out.model();
    let balances = &model[model.dataset("balances").expect("balances")];
    assert!(matches!(balances.kind, DatasetKind::Snapshot { carry: Some(Carry::For(_)), .. }));
}

#[test]
fn entities_and_their_keys() {
    let entity = |entity: &str, dataset: &str| {
        run(
            &format!(
                "entities:\n  e: {{ {entity} }}\ndatasets:\n  d: {{ from: d.csv, {dataset} }}\n"
            ),
            &Schemas::default(),
        )
    };
    entity("key: id, home: d", "key: id").model();
    entity("key: [a, b], home: d", "key: id").tells("key-mismatch 'd'", &["2 columns", "1 column"]);
    entity("key: [a, b]", "kind: events, time: at, entities: { e: x }")
        .fails(&["key-mismatch 'e'"]);
    entity("key: id, home: d", "kind: events, time: at")
        .tells("fan-out-path 'd'", &["many rows of one e"]);
    entity("key: id, home: dd", "key: id").tells("unknown-name 'dd'", &["there is no dataset"]);
    entity("key: id, home: e", "key: id")
        .tells("unknown-name 'e'", &["a dataset is expected here"]);
    entity("home: d", "key: id").fails(&["missing-field 'e'"]);
    entity("key: id, belongs_to: [f]", "key: id").fails(&["unknown-name 'f'"]);
    entity("key: id, label_column: name", "key: id").fails(&["missing-field 'name'"]);
    entity("key: id, home: d, lives: [id, none]", "key: id, columns: { id: text }")
        .fails(&["type-mismatch 'id'"]);
    entity("key: id", "kind: events, time: at, entities: { f: x }").fails(&["unknown-name 'f'"]);
}

#[test]
fn keys_of_both_sides_are_of_one_type() {
    let mut files = schema("d", &[("id", Type::Integer)]);
    files.datasets.extend(schema("x", &[("at", Type::Date), ("id", Type::Text)]).datasets);
    let spec = "
entities: { e: { key: id, home: d } }
datasets:
  d: { from: d.csv, key: id }
  x: { from: x.csv, kind: events, time: at, entities: { e: id } }
";
    run(spec, &files)
        .tells("type-mismatch 'e'", &["`x.id` holds text", "`d.id` holds a whole number"]);
}

#[test]
fn checks_name_columns_and_entities() {
    let spec = |checks: &str| {
        let mut files = schema("d", &[("id", Type::Text), ("at", Type::Date)]);
        files.datasets.extend(schema("h", &[("id", Type::Text)]).datasets);
        run(
            &format!(
                "entities: {{ e: {{ key: id, home: h }} }}\ndatasets:\n  h: {{ from: h.csv, key: id }}\n  d: {{ from: d.csv, kind: events, time: at, entities: {{ e: id }}, checks: [ {checks} ] }}\n"
            ),
            &files,
        )
    };
    spec("not_null: [id, at], unique: id, relation: e").model();
    spec("not_null: idd").fails(&["unknown-column 'idd'"]);
    spec("relation: f").fails(&["unknown-name 'f'"]);
}

#[test]
fn a_reader_learns_what_to_read() {
    let mut sources = milepost_syntax::source::SourceMap::default();
    let mut diagnostics = milepost_syntax::diagnostic::Diagnostics::default();
    let id = sources.add("a.yaml", super::support::BASE);
    let mut package = milepost_syntax::ast::Package::default();
    milepost_syntax::parse_spec(sources.get(id), &mut package, &mut diagnostics);
    let needs = data_needs(&package);
    assert_eq!(needs.len(), 10);
    let subscriptions = needs.iter().find(|n| n.name == "subscriptions").expect("subscriptions");
    assert_eq!(subscriptions.from.pattern, "data/subscription.parquet");
    assert_eq!(
        subscriptions.columns,
        [
            ("end".to_owned(), None),
            ("seats".to_owned(), Some(Type::Integer)),
            ("mrr".to_owned(), Some(Type::Decimal))
        ]
    );
    let accounts = needs.iter().find(|n| n.name == "accounts").expect("accounts");
    assert!(!accounts.columns.iter().any(|(name, _)| name == "size"));
    assert_eq!(base_schemas().datasets.len(), 10);
}

#[test]
fn freshness_needs_a_time() {
    let spec = |how: &str| {
        format!("datasets:\n  d: {{ from: d.csv, {how}, freshness: {{ warn_after: 2 days }} }}\n")
    };
    let told = run(&spec("key: id"), &Schemas::default());
    told.tells(
        "needs-time '{ warn_after: 2 days }'",
        &["the rows of `d` have no time of their own", "events, snapshot or history"],
    );
    for good in
        ["kind: events, time: at", "kind: snapshot, time: at", "kind: history, valid: [a, b]"]
    {
        assert!(run(&spec(good), &Schemas::default()).model().datasets[0].freshness.is_some());
    }
}
