//! The namespace, columns, paths, cycles.

use super::support::{BASE, analyze_with, base_schemas, metrics, value};

#[test]
fn one_namespace_for_entities_datasets_and_metrics() {
    metrics("  events: { value: count(events) }\n")
        .tells("duplicate-definition 'events'", &["a dataset already", "first defined here"]);
    metrics("  Users: { value: count(events) }\n")
        .tells("invalid-name 'Users'", &["write `users`"]);
    metrics("  MonthlyChurn: { value: count(events) }\n")
        .tells("invalid-name 'MonthlyChurn'", &["write `monthly_churn`"]);
    metrics("  usеrs: { value: count(events) }\n")
        .tells("invalid-name 'usеrs'", &["looks like the letter `e`", "U+0435"]);
    metrics("  2x: { value: count(events) }\n").fails(&["invalid-name '2x'"]);
}

#[test]
fn a_name_that_could_be_two_things_is_an_error() {
    metrics("  duration: { value: count(events where duration > 5) }\n")
        .tells("ambiguous-name 'duration'", &["write `events.duration`", "a metric"]);
    metrics("  duration: { category: effect, question: q, value: count(events where events.duration > 5) }\n").model();
}

#[test]
fn unknown_columns_have_a_suggestion() {
    value("count(events where nam = 'a')")
        .tells("unknown-column 'nam'", &["did you mean `name`?", "its columns are"]);
    value("count(events where end = 1)").fails(&["unknown-column 'end'"]);
    value("count(subscriptions at end where end is null)")
        .tells("unknown-column 'end'", &["is called `ended_at` here"]);
    value("count(events where plan = 'pro')")
        .tells("unknown-column 'plan'", &["write `account.plan`"]);
}

#[test]
fn paths_never_fan_out() {
    value("count(users on created_at where events.name = 'a')")
        .tells("fan-out-path 'events.name'", &["a path can't lead from `users` into `events`"]);
    value("count(events where accounts.plan = 'a')")
        .tells("fan-out-path 'accounts.plan'", &["write the entity instead", "`account.…`"]);
    value("count(events where account.user.licensed)")
        .tells("fan-out-path 'account.user.licensed'", &["may have many of `user`"]);
    value("count(events where account.mrr > 5)").model();
    value("count(events where account.arr > 5)")
        .tells("fan-out-path 'account.arr'", &["`balances`"]);
    value("count(touches where account.plan = 'a')")
        .tells("unknown-name 'account'", &["write `contact.account.…`"]);
    value("count(events where acount.plan = 'a')")
        .tells("unknown-name 'acount'", &["did you mean `account`?"]);
    value("count(events where parent.x = 'a')").fails(&["unknown-column 'parent'"]);
    value("count(costs where account.plan = 'a')")
        .tells("unknown-name 'account'", &["add it under `entities:`"]);
}

#[test]
fn a_key_stands_for_its_entity() {
    value("count(events where user is not null)").model();
    value("count(distinct events.account.parent)").model();
}

#[test]
fn metrics_in_a_circle_are_all_named() {
    let out = metrics(
        "  a: { value: b + 1 }\n  b: { value: c + 1 }\n  c: { value: a + 1 }\n  d: { value: a }\n",
    );
    out.tells("cycle 'a'", &["`a` → `b` → `c` → `a`", "`c` names `a`"]);
    metrics("  a: { value: a + 1 }\n").tells("cycle 'a'", &["defined by itself"]);
}

#[test]
fn metrics_are_found_in_any_order() {
    let out = metrics(
        "  z: { category: effect, question: q, value: a / 2 }\n  a: { value: count(events) }\n",
    );
    assert_eq!(out.metric("z").uses.len(), 1);
    metrics("  z: { value: aa }\n  ab: { value: count(events) }\n")
        .tells("unknown-name 'aa'", &["did you mean `ab`?"]);
}

#[test]
fn one_mistake_is_told_once() {
    let out = metrics(
        "  a: { value: count(evnts) }\n  b: { value: a / 2 }\n  c: { category: effect, question: q, unit: USD, target: { at_least: 5 }, slices: [plan], value: a + b }\n",
    );
    out.fails(&["unknown-name 'evnts'"]);
}

#[test]
fn all_mistakes_are_told_in_one_run() {
    let out = metrics(
        "  a: { value: count(evnts) }\n  b: { value: sum(events.name) }\n  c: { category: effects, value: count(events), leads_to: [d] }\n",
    );
    out.fails(&[
        "unknown-name 'evnts'",
        "type-mismatch 'events.name'",
        "invalid-value 'effects'",
        "unknown-name 'd'",
    ]);
}

#[test]
fn metrics_that_grow_without_end_are_refused() {
    let doubled = (1..40).map(|i| format!("  m{i}: {{ value: m{0} + m{0} }}\n", i - 1));
    let first = "  m0: { value: count(events) + count(events) }\n".to_owned();
    let spec: String = std::iter::once(first).chain(doubled).collect();
    let out = metrics(&spec);
    out.fails(&["limit-exceeded 'm9'"]);
}

#[test]
fn unused_definitions_are_warned_of() {
    let spec = format!("{BASE}\nmetrics:\n  helper: {{ value: count(events) }}\n");
    let out = analyze_with("project: x\n", &spec, &base_schemas());
    out.model();
    assert!(
        out.warnings().contains(&"unused-definition 'helper'".to_owned()),
        "{:?}",
        out.warnings()
    );
    assert!(
        out.warnings().contains(&"unused-definition 'campaign'".to_owned()),
        "{:?}",
        out.warnings()
    );
}

#[test]
fn long_and_deep_specs_do_not_overflow() {
    let sum = vec!["count(events)"; 5_000].join(" + ");
    let out = value(&sum);
    assert!(out.model.is_some() || !out.errors().is_empty());
    // Declared from the last to the first, so that the first look-up goes all the way.
    let columns = (1..3_000).rev().map(|i| format!("a{i}: {{ value: a{} + 1 }}", i - 1));
    let columns =
        columns.chain(["a0: { value: duration + 1 }".to_owned()]).collect::<Vec<_>>().join(", ");
    let spec = format!(
        "datasets:\n  events: {{ from: e.csv, kind: events, time: ts, columns: {{ {columns} }} }}\n"
    );
    let out = analyze_with("project: x\n", &spec, &base_schemas());
    assert!(
        out.errors().iter().all(|e| e.starts_with("limit-exceeded")),
        "{:?}",
        out.errors().first()
    );
    let links = (1..3_000).map(|i| format!("  m{i}: {{ value: m{} }}\n", i - 1));
    let first = "  m0: { value: count(events) }\n".to_owned();
    let chain: String = std::iter::once(first).chain(links).collect();
    assert!(metrics(&chain).errors().iter().all(|e| e.starts_with("limit-exceeded")));
}

#[test]
fn names_of_what_could_not_be_read_are_silent() {
    let metric = "metrics:\n  m: { category: effect, question: q, value: count(login) }\n";
    let later = format!("{BASE}\nalerts:\n  login: {{ of: account }}\n{metric}");
    analyze_with("project: x\n", &later, &base_schemas()).fails(&["not-in-this-version 'alerts'"]);
    let broken = format!("datasets:\n  login: {{ from: a.csv\n{metric}");
    let out = analyze_with("project: x\n", &broken, &base_schemas());
    assert!(out.errors().iter().all(|e| !e.starts_with("unknown-name")), "{:?}", out.told());
}
