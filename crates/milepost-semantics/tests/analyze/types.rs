//! Types and units.

use super::support::value;
use milepost_semantics::model::Display;

#[test]
fn values_of_different_types_are_not_compared() {
    value("count(events where name = 5)").tells("type-mismatch 'name'", &["text", "at '5'"]);
    value("count(events where ts >= '2026-01-01')")
        .tells("type-mismatch 'ts'", &["without quotes"]);
    value("count(events where ts >= 2026-01-01)").model();
    value("count(events where name in ['a', 5])").fails(&["type-mismatch 'name'"]);
    value("count(events where duration between 'a' and 5)").fails(&["type-mismatch 'duration'"]);
    value("count(users on created_at where licensed = 'yes')")
        .tells("type-mismatch 'licensed'", &["stands by itself"]);
    value("count(users on created_at where licensed > true)").fails(&["type-mismatch 'licensed'"]);
}

#[test]
fn conditions_are_conditions() {
    value("count(events where name)").tells("type-mismatch 'name'", &["true or false"]);
    value("count(events where name = 'a' and duration)").fails(&["type-mismatch 'duration'"]);
    value("count(users on created_at where not licensed)").model();
    value("count(events where not name)").fails(&["type-mismatch 'name'"]);
    value("count(events where name starts_with 5)").fails(&["type-mismatch '5'"]);
}

#[test]
fn times_move_by_lengths() {
    value("count(goals on achieved_at where achieved_at <= due + 7 days)").model();
    value("count(goals on achieved_at where due <= due + 7 hours)")
        .fails(&["type-mismatch '7 hours'"]);
    value("sum(goals.achieved_at - goals.due on due)")
        .tells("type-mismatch '-'", &["days_between"]);
    value("count(goals on due where due + 7 > due)").tells("type-mismatch '+'", &["7 days"]);
    value("count(goals on due where 7 days + due > due)").fails(&["type-mismatch '+'"]);
    value("count(goals on due where days_between(due, achieved_at) < 7 days)")
        .tells("type-mismatch 'days_between(due, achieved_at)'", &["the number alone"]);
}

#[test]
fn dates_exist() {
    let out = value("count(events where ts >= 2026-02-30)");
    assert_eq!(out.errors(), ["invalid-date '2026-02-30'"], "{:?}", out.told());
}

#[test]
fn functions_check_their_arguments() {
    value("count(events where round(name) = 1)").fails(&["type-mismatch 'name'"]);
    value("sum(if(events.name = 'a', 1, 'b'))")
        .tells("type-mismatch ''b''", &["either a whole number or text"]);
    value("sum(if(events.name, 1, 2))").fails(&["type-mismatch 'events.name'"]);
    value("count(events where absolute(duration) > 1)").fails(&["unknown-name 'absolute'"]);
    value("count(events where coalese(duration, 1) > 1)")
        .tells("unknown-name 'coalese'", &["did you mean `coalesce`?"]);
    value("sum(abs(events.duration, 2))").tells("invalid-value 'abs'", &["abs(x)"]);
    value("count(events where hour(ts) between 9 and 17 and weekday(ts) <= 5)").model();
    value("round(coalesce(avg(events.duration), 0), 2) + greatest(count(events), 1)").model();
}

#[test]
fn fixed_conditions_are_told() {
    value("count(events where 1 = 1)").fails(&["constant-condition '1 = 1'"]);
    value("count(events where duration between 5 and 1)").fails(&["constant-condition '5 and 1'"]);
    value("count(events where name = 'a' and name = 'b')")
        .tells("constant-condition 'name = 'b''", &["at 'name = 'a''"]);
    value("sum(if(true, events.duration, 1))").fails(&["constant-condition 'true'"]);
}

#[test]
fn units_are_added_only_to_their_own_kind() {
    value("sum(subscriptions.mrr at end) + count(distinct events.user)").tells(
        "unit-mismatch 'sum(subscriptions.mrr at end)'",
        &["USD and users", "at 'count(distinct events.user)': users"],
    );
    value("sum(subscriptions.mrr at end) + sum(costs.amount)").tells(
        "unit-mismatch 'sum(subscriptions.mrr at end)'",
        &["USD and EUR", "does not convert"],
    );
    value("count(events) - count(touches)").model();
    value("sum(subscriptions.mrr at end) + 100").model();
    value("if(sum(subscriptions.mrr at end) > sum(costs.amount), 1, 0)")
        .fails(&["unit-mismatch 'sum(subscriptions.mrr at end)'"]);
}

#[test]
fn units_of_ratios_are_shown() {
    for (text, display) in [
        ("count(events)", Display::Number(Some("events".into()))),
        (
            "sum(subscriptions.mrr at end) / count(distinct events.account)",
            Display::Currency("USD".into()),
        ),
        (
            "count(events) / count(distinct events.user)",
            Display::Number(Some("events per user".into())),
        ),
        ("count(events) / count(events)", Display::Number(None)),
        ("sum(subscriptions.mrr at end) / sum(balances.arr at end)", Display::Number(None)),
        ("sum(subscriptions.seats at end)", Display::Number(Some("seats".into()))),
    ] {
        assert_eq!(value(text).metric("m").headline().display, display, "{text}");
    }
}

#[test]
fn nothing_is_divided_by_a_written_zero() {
    value("count(events) / 0").fails(&["invalid-value '0'"]);
}
