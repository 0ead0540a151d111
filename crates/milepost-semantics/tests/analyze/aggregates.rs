//! Subjects, windows, `on`, and what is refused.

use super::support::{metrics, value};
use milepost_semantics::model::{RowKind, Type, Window};
use milepost_syntax::ast::AggregateFunction;

#[test]
fn rows_of_a_dataset_are_counted() {
    let out = value("count(events)");
    let metric = out.metric("m");
    let mut found = Vec::new();
    metric.value().each_aggregate(&mut |a| found.push((a.function, a.args.len(), a.window, a.ty)));
    assert_eq!(found, [(AggregateFunction::Count, 0, Window::Bucket, Type::Integer)]);
}

#[test]
fn an_entity_in_a_distinct_count_is_its_key_columns() {
    let out = value("count(distinct events.user)");
    let model = out.model();
    out.metric("m").value().each_aggregate(&mut |a| {
        assert!(a.distinct);
        let RowKind::Column(path) = &a.args[0].kind else { panic!("{:?}", a.args) };
        assert_eq!(model[path.dataset][path.column].name, "user_id");
        assert_eq!(a.unit.name(), "users");
    });
}

#[test]
fn paths_follow_entities_to_their_homes() {
    let out = value(
        "count(touches where contact.account.plan = 'pro' and touches.contact.role = 'admin')",
    );
    let model = out.model();
    out.metric("m").value().each_aggregate(&mut |a| {
        let mut ways = Vec::new();
        let filter = a.filter.as_ref().expect("a filter");
        filter.each_path(&mut |p| {
            let hops: Vec<_> = p.hops.iter().map(|h| model[h.to].name.clone()).collect();
            ways.push((hops.join(" "), model[p.dataset][p.column].name.clone()));
        });
        assert_eq!(
            ways,
            [
                ("contacts accounts".to_owned(), "plan".to_owned()),
                ("contacts".to_owned(), "role".to_owned())
            ]
        );
    });
}

#[test]
fn members_are_judged() {
    value("count(account where plan = 'pro')").model();
    value("count(account where sum(subscriptions.seats at end) > 5)").model();
    value("count(account where count(costs over 28 days) > 5)")
        .tells("unlinked-rows 'costs'", &["belongs to no `account`"]);
    value("count(account where count(events) > 5)")
        .fails(&["bare-count-comparison 'count(events)'"]);
}

#[test]
fn a_subject_names_rows_or_columns_of_one_dataset() {
    value("count(evnts)").tells("unknown-name 'evnts'", &["did you mean `events`?"]);
    value("sum(duration)").tells("unknown-name 'duration'", &["`events.duration`"]);
    value("sum(goals.units * events.duration on achieved_at)")
        .tells("fan-out-path 'events'", &["at 'goals': a row of `goals`", "a row of `events`"]);
    value("sum(events)").tells("type-mismatch 'events'", &["sum(events."]);
    value("count(distinct events)")
        .tells("type-mismatch 'events'", &["count(distinct events.user)"]);
    value("count(events.user)").tells(
        "type-mismatch 'events.user'",
        &["count(distinct events.user)", "count(events where events.user is not null)"],
    );
    value("any(users.licensed on created_at)")
        .tells("type-mismatch 'users.licensed'", &["any(users where users.licensed)"]);
    value("sum(5)").fails(&["unknown-name '5'"]);
}

#[test]
fn aggregates_stand_side_by_side_not_inside_each_other() {
    value("sum(events.duration + count(touches))").tells(
        "aggregate-inside-aggregate 'count(touches)'",
        &["at 'sum(events.duration + count(touches))': the outer one"],
    );
    value("count(events where count(touches) > 1)")
        .fails(&["aggregate-inside-aggregate 'count(touches)'"]);
    metrics("  a: { value: count(events) }\n  m: { value: avg(a) }\n")
        .tells("aggregate-inside-aggregate 'a'", &["the metric"]);
    metrics("  a: { value: count(events) }\n  m: { value: count(events where a > 1) }\n")
        .tells("aggregate-inside-aggregate 'a'", &["is a metric"]);
    value("count(events where prior(duration) > 1)").fails(&["aggregate-inside-aggregate 'prior'"]);
}

#[test]
fn a_row_value_needs_an_aggregate() {
    value("events.duration / 2")
        .tells("row-outside-aggregate 'events.duration'", &["sum(events.duration)", "at 'events'"]);
    value("events").tells("row-outside-aggregate 'events'", &["count(events)"]);
    value("duration").tells("row-outside-aggregate 'duration'", &["column of `events`"]);
    value("account.plan").fails(&["row-outside-aggregate 'account.plan'"]);
    value("events.durtion").tells("unknown-column 'durtion'", &["did you mean `duration`?"]);
}

#[test]
fn windows_fit_the_kind_of_rows() {
    for window in [
        "",
        "over 28 days",
        "over 28 days before",
        "ever",
        "ever before",
        "since 2026-01-01",
        "to date in fiscal year",
    ] {
        value(&format!("count(events {window})")).model();
        value(&format!("count(goals on due {window})")).model();
        value(&format!("count(subscriptions on start {window})")).model();
    }
    for window in ["at start", "at end", "average"] {
        value(&format!("sum(subscriptions.mrr {window})")).model();
        value(&format!("sum(balances.arr {window})")).model();
        value(&format!("count(events {window})")).tells(
            &format!("not-a-state '{window}'"),
            &["`events` is defined here", "over 28 days"],
        );
        value(&format!("count(goals {window})")).fails(&[&format!("not-a-state '{window}'")]);
        value(&format!("count(subscriptions on start {window})"))
            .fails(&[&format!("not-a-state '{window}'")]);
    }
}

#[test]
fn states_need_an_instant() {
    value("sum(subscriptions.mrr)")
        .tells("needs-instant 'sum(subscriptions.mrr)'", &["at end", "on start"]);
    value("sum(subscriptions.mrr over 28 days)").fails(&["needs-instant 'over 28 days'"]);
    value("sum(balances.arr)").tells("semi-additive 'sum(balances.arr)'", &["average"]);
    value("count(balances over 28 days)").fails(&["semi-additive 'over 28 days'"]);
    for good in [
        "min(balances.arr over 28 days)",
        "avg(balances.arr)",
        "count(distinct balances.account over 28 days)",
        "last(balances.arr)",
    ] {
        value(good).model();
    }
}

#[test]
fn rows_without_time_need_on() {
    value("count(goals)").tells("needs-time 'goals'", &["count(goals on "]);
    value("last(subscriptions.seats at end)").fails(&["needs-time 'last'"]);
    value("last(subscriptions.seats on start ever)").model();
    value("count(events on name)").tells("type-mismatch 'name'", &["a date or a timestamp"]);
    value("count(events on ts + 1 day)").fails(&["invalid-value 'ts + 1 day'"]);
    value("count(touches on contact.created_at)").model();
}

#[test]
fn later_parts_of_the_language_are_named() {
    value("count(events since events.ts)").fails(&["not-in-this-version 'events.ts'"]);
}

#[test]
fn functions_take_what_they_can_take() {
    value("sum(events.name)").tells("type-mismatch 'events.name'", &["`sum` adds numbers"]);
    value("min(events.name)").fails(&["type-mismatch 'events.name'"]);
    value("days_between(min(events.ts ever), max(events.ts ever))").model();
    value("percentile(events.duration, 101)").fails(&["invalid-value '101'"]);
    value("percentile(events.duration)").fails(&["invalid-value 'percentile'"]);
    value("count(events over 0 days)").fails(&["invalid-value '0 days'"]);
    let out = value("median(events.duration)");
    out.metric("m").value().each_aggregate(&mut |a| assert_eq!(a.percentile, Some(50.0)));
}

#[test]
fn over_replaces_the_bucket_of_bare_aggregates_only() {
    let out = metrics(
        "  a: { value: count(events) / sum(subscriptions.seats at end) }\n  m: { category: effect, question: q, value: a over 28 days }\n",
    );
    let mut windows = Vec::new();
    out.metric("m").value().each_aggregate(&mut |a| windows.push(a.window.is_bare()));
    assert_eq!(windows, [false, false]);
    value("sum(subscriptions.seats at end) over 28 days")
        .tells("type-mismatch 'over 28 days'", &["changes nothing"]);
}

#[test]
fn a_short_prior_needs_windows() {
    value("prior(count(events), 7 days)").tells(
        "prior-needs-window 'prior(count(events), 7 days)'",
        &["at 'count(events)'", "over 7 days"],
    );
    value("prior(count(events over 28 days), 7 days)").model();
    value("prior(count(events), 1 month)").model();
    value("prior(count(events))").model();
    let out = metrics(
        "  a: { grain: week, value: \"prior(count(events), 7 days)\" }\n  m: { category: effect, question: q, value: a }\n",
    );
    out.tells("prior-needs-window 'a'", &["`prior`"]);
    value("prior(count(events), 7)").tells("type-mismatch '7'", &["1 month"]);
}

#[test]
fn a_bare_count_is_not_compared_with_a_number() {
    value("if(count(events) > 8, 1, 0)")
        .tells("bare-count-comparison 'count(events)'", &["over 28 days"]);
    value("if(count(events over 28 days) > 8, 1, 0)").model();
    value("if(count(events) > 0, 1, 0)").model();
}
