//! Tests of metrics, without any file.

use std::collections::BTreeSet;

use milepost_semantics::analyze;
use milepost_semantics::prove::{GivenValues, Setting, TestPlan, plan};
use milepost_semantics::schema::Schemas;
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::{parse_project, parse_spec};

const SPEC: &str = "
datasets:
  events: { from: e.csv, kind: events, time: ts }
metrics:
  logins: { value: \"count(events where name = 'login')\" }
  long: { value: sum(events.seconds) }
  other: { value: sum(events.amount) }
tests:
";

fn planned(tests: &str) -> (Vec<TestPlan>, Vec<String>) {
    let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
    let main = sources.add("milepost.yaml", "project: x\nas_of: 2026-03-31\n");
    let spec = sources.add("specs/a.yaml", format!("{SPEC}{tests}"));
    let mut package = Package {
        project: parse_project(sources.get(main), &mut diagnostics),
        ..Package::default()
    };
    parse_spec(sources.get(spec), &mut package, &mut diagnostics);
    analyze(&package, &sources, &Schemas::default(), &mut diagnostics);
    let setting = Setting { package: &package, schemas: None, holidays: &BTreeSet::new() };
    let plans = plan(&setting, &mut diagnostics);
    let errors = diagnostics.sorted().into_iter().filter(|d| !d.message.contains("category"));
    let told = errors.map(|d| format!("{}: {}: {}", d.code, d.message, d.help.join(" ")));
    (plans, told.collect())
}

#[test]
fn a_plan_holds_only_what_its_test_is_about() {
    let (plans, told) = planned(
        "  one:
    metric: logins
    given: { events: [ { ts: 2026-03-01, name: login, id: 007 }, { ts: 2026-03-02T10:00:00 } ] }
    expect: { month: 2026-03, value: 1 }
",
    );
    assert!(told.is_empty(), "{told:?}");
    let [plan] = plans.as_slice() else { panic!("one plan") };
    let metrics: Vec<&str> = plan.model.metrics.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(metrics, ["logins"]);
    let table = &plan.tables[0];
    assert_eq!((table.dataset.as_str(), table.rows), ("events", 2));
    // Nothing reads `id`, so it is not there.
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["ts", "name"]);
    assert!(matches!(table.columns[0].values, GivenValues::Timestamp(_)));
    assert_eq!(table.columns[1].values, GivenValues::Text(vec![Some("login".to_owned()), None]));
}

#[test]
fn a_column_that_is_nearly_one_that_is_read_is_told() {
    let (plans, told) = planned(
        "  one:
    metric: logins
    given: { events: [ { ts: 2026-03-01, nmae: login }, { ts: 2026-03-01, nmae: login, note: x } ] }
    expect: { month: 2026-03, value: 1 }
",
    );
    assert!(plans.is_empty());
    assert_eq!(
        told,
        ["unknown-column: nothing reads the column `nmae` of `events`: did you mean `name`?"]
    );
}

#[test]
fn one_wrong_test_leaves_the_others_whole() {
    let (plans, told) = planned(
        "  one: { metric: logins, expect: { month: 2026-03, value: 0 } }
  two: { metric: logins, expect: { month: 2026-03, valeu: 0 } }
  one: { metric: long, expect: { month: 2026-03, value: 0 } }
  three: { metric: lng, expect: { month: 2026-03, value: 0 } }
  four: { metric: other, expect: { month: 2026-03, value: 0 }, given: { events: 3 } }
",
    );
    let names: Vec<&str> = plans.iter().map(|plan| plan.name.as_str()).collect();
    assert_eq!(names, ["one"], "{told:#?}");
    let codes: Vec<&str> = told.iter().filter_map(|told| told.split(':').next()).collect();
    assert_eq!(codes, ["unknown-name", "duplicate-key", "unknown-name", "wrong-type"], "{told:#?}");
}
