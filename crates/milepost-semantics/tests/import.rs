//! Definitions of packages in a project: who wins, what is left out and why, and whose mistakes are told.

use milepost_semantics::model::{Model, Type};
use milepost_semantics::schema::{FileSchema, Schemas};
use milepost_semantics::{Import, analyze, mentions, merge};
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::{parse_package, parse_project, parse_spec};

const PROJECT: &str = "
entities:
  account: { key: account_id, home: accounts, lives: always }
datasets:
  accounts: { from: a.csv, key: account_id, columns: { account_id: integer, plan: { type: text, dimension: plan } } }
  events:
    from: e.csv
    kind: events
    time: ts
    entities: { account: account_id }
    columns: { ts: timestamp, account_id: integer }
metrics:
  own: { value: count(events), category: effect, question: Why? }
";

const USE: &str = "
requires:
  entities: { account: {} }
  datasets:
    events:  { kind: events, links: [account], columns: [name] }
    touches: { kind: events, links: [account], columns: [channel] }
metrics:
  events_seen:
    category: effect
    question: How many?
    slices: [plan, size]
    leads_to: [nowhere, touches_made]
    value: count(events)
  logins: { category: effect, question: How many?, value: count(events where name = 'login') }
  touches_made: { category: reach, question: How many?, leads_to: [logins], value: count(touches) }
  touches_per_event: { category: reach, question: How many?, value: touches_made / events_seen }
  twice: { value: 2 * helper }
";

const OTHER: &str = "
metrics:
  helper: { value: 3 * count(events) }
  not_named: { value: count(events) }
";

struct Told {
    model: Option<Model>,
    messages: Vec<String>,
}

/// A project with packages; the files of `events` have the columns that are given.
fn check(spec: &str, columns: &[(&str, Type)], packages: &[(bool, &str)]) -> Told {
    let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
    let main = sources.add("milepost.yaml", "project: x\n");
    let mut package = Package {
        project: parse_project(sources.get(main), &mut diagnostics),
        ..Package::default()
    };
    let page = sources.add("specs/page.yaml", spec);
    parse_spec(sources.get(page), &mut package, &mut diagnostics);
    let imports = packages.iter().enumerate().map(|(i, (used, text))| {
        let id = sources.add(format!("std/p{i}.yaml"), *text);
        let mut parsed = Package::default();
        parse_package(sources.get(id), &mut parsed, &mut diagnostics);
        Import { used: *used, package: parsed }
    });
    let imports = imports.collect();
    merge(&mut package, imports, &mut diagnostics);
    let mut schemas = Schemas::default();
    let accounts = [("account_id", Type::Integer), ("plan", Type::Text)];
    for (name, columns) in [("accounts", &accounts[..]), ("events", columns)] {
        let columns = columns.iter().map(|(name, ty)| ((*name).to_owned(), *ty)).collect();
        schemas.datasets.insert(
            name.to_owned(),
            FileSchema { columns, missing: false, ..FileSchema::default() },
        );
    }
    milepost_semantics::expand(&mut package, &mut diagnostics);
    let model = analyze(&package, &sources, &schemas, &mut diagnostics);
    let messages = diagnostics.sorted().into_iter().map(|d| {
        let place = d.primary.as_ref().map(|label| {
            let file = sources.get(label.span.source);
            format!("{}:{}: ", file.path, file.line_column(label.span.start).line)
        });
        format!("{}{}: {}", place.unwrap_or_default(), d.code, d.message)
    });
    Told { messages: messages.collect(), model }
}

const FILE: &[(&str, Type)] =
    &[("ts", Type::Timestamp), ("account_id", Type::Integer), ("name", Type::Text)];

fn metrics(model: &Model) -> Vec<&str> {
    model.metrics.iter().map(|metric| metric.name.as_str()).collect()
}

fn unavailable(model: &Model) -> Vec<String> {
    model
        .unavailable
        .iter()
        .map(|lacking| format!("{} {}", lacking.name, lacking.reason()))
        .collect()
}

#[test]
fn what_a_project_lacks_is_no_mistake() {
    let told = check(PROJECT, FILE, &[(true, USE), (false, OTHER)]);
    assert_eq!(told.messages, Vec::<String>::new());
    let model = told.model.expect("a model");
    assert_eq!(metrics(&model), ["own", "events_seen", "logins", "twice", "helper"]);
    assert_eq!(
        unavailable(&model),
        ["touches_made needs dataset touches", "touches_per_event needs dataset touches"]
    );
    let seen = &model.metrics[1];
    assert_eq!(seen.slices.len(), 1, "the project has no dimension `size`");
    assert_eq!(seen.leads_to, []);
    assert_eq!(model.unavailable[0].leads_to, ["logins"]);
}

#[test]
fn a_missing_column_link_or_entity_is_named() {
    let told = check(PROJECT, &FILE[..2], &[(true, USE), (false, OTHER)]);
    assert_eq!(told.messages, Vec::<String>::new());
    let model = told.model.expect("a model");
    assert_eq!(unavailable(&model)[0], "logins needs column events.name");

    let linked = "
requires:
  entities: { account: { belongs_to: [parent], columns: [tier] }, contact: {} }
  datasets: { events: { kind: history }, accounts: { links: [owner] } }
metrics:
  states: { value: count(events at end) }
  people: { value: count(distinct accounts.contact) }
  owners: { value: count(distinct accounts.owner) }
  parents: { value: count(account where any(parent)) }
  tiers: { value: count(account where tier = 1) }
";
    let model = check(PROJECT, FILE, &[(true, linked)]).model.expect("a model");
    assert_eq!(
        unavailable(&model),
        [
            "states needs dataset events of kind history",
            "people needs entity contact",
            "owners needs entity owner in dataset accounts",
            "parents needs parent of each account",
            "tiers needs column account.tier",
        ]
    );
}

#[test]
fn members_are_counted_where_it_is_known_when_they_live() {
    let members = "
requires: { entities: { account: {} } }
metrics:
  members: { value: count(account) }
  keys: { value: count(distinct events.account) }
";
    let project = PROJECT.replace(", lives: always", "");
    let model = check(&project, FILE, &[(true, members)]).model.expect("a model");
    assert_eq!(unavailable(&model), ["members needs lives of entity account"]);
    assert!(model.metric("keys").is_some());
}

#[test]
fn the_project_wins_name_by_name() {
    let own = format!("{PROJECT}  touches_made: {{ value: 7 * count(events) }}\n");
    let told = check(&own, FILE, &[(true, USE), (false, OTHER)]);
    assert_eq!(told.messages, Vec::<String>::new());
    let model = told.model.expect("a model");
    assert_eq!(model.unavailable.len(), 0);
    let mine = model.metric("touches_made").expect("it is there");
    assert_eq!(model[mine].headline().text, "7 * count(events)");
}

#[test]
fn what_builds_on_an_unavailable_metric_is_unavailable_too() {
    let own = format!("{PROJECT}  mine: {{ value: touches_made / own }}\n");
    let told = check(&own, FILE, &[(true, USE), (false, OTHER)]);
    assert_eq!(told.messages, Vec::<String>::new());
    let model = told.model.expect("a model");
    assert!(unavailable(&model).contains(&"mine needs dataset touches".to_owned()));
}

#[test]
fn two_packages_of_one_name_are_told_unless_the_project_decides() {
    let again = "metrics: { helper: { value: count(events) } }\n";
    let told = check(PROJECT, FILE, &[(true, OTHER), (true, again)]);
    assert_eq!(
        told.messages,
        [
            "std/p1.yaml:1: duplicate-definition: `helper` is defined by two of the packages in `use:`"
        ]
    );
    let own = format!("{PROJECT}  helper: {{ value: count(events) / own }}\n");
    let decided = check(&own, FILE, &[(true, OTHER), (true, again)]);
    assert!(decided.model.is_some(), "{:?}", decided.messages);
}

#[test]
fn a_mistake_in_a_package_is_one() {
    let wrong = "metrics:\n  bad: { value: count(evnts) }\n  units: { value: 1 + 'a' }\n";
    let told = check(PROJECT, FILE, &[(true, wrong)]);
    assert!(told.model.is_none());
    assert_eq!(told.messages.len(), 2, "{:?}", told.messages);
    assert!(told.messages.iter().all(|message| message.starts_with("std/p0.yaml:")));
}

#[test]
fn a_definition_mentions_every_name_that_stands_in_it() {
    let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
    let id = sources.add(
        "p.yaml",
        "
metrics:
  m:
    slices: [plan]
    where: region in ['a', 'b']
    value: count(events over 28 days where since_when in [day_one]) + count(touches since started) / other
",
    );
    let mut package = Package::default();
    parse_package(sources.get(id), &mut package, &mut diagnostics);
    let found = mentions(&package);
    assert_eq!(found.keys().collect::<Vec<_>>(), ["m"]);
    for name in ["region", "events", "since_when", "touches", "started", "other"] {
        assert!(found["m"].contains(name), "{name}: {found:?}");
    }
    assert!(!found["m"].contains("a"), "a text is no name: {found:?}");
}
