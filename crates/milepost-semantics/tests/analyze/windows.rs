//! Windows: of aggregates, of metrics, and what they make of the last bucket.

use super::support::{metrics, value};
use milepost_semantics::explain::describe;

#[test]
fn what_counts_in_the_bucket_or_compares_its_ends_makes_it_partial() {
    let said = |expression: &str| {
        let out = value(expression);
        let model = out.model();
        let metric = out.metric("m");
        let counts = metric.value().edges(model, metric.grain, &[]).is_partial_when_cut();
        let lines = describe(model, model.metric("m").expect("m"));
        let partial = lines.iter().any(|l| l.starts_with("A month that is not over"));
        let whole = lines.iter().any(|l| l.ends_with("complete even while it is not over."));
        assert!(partial == counts && whole != counts, "{lines:#?}");
        counts
    };
    for partial in [
        "count(events)",
        "sum(subscriptions.seats average)",
        "count(events over 28 days) / business_days",
        "count(events) / prior(count(events))",
        "count(goals on due)",
        "sum(subscriptions.seats at end) / sum(subscriptions.seats at start)",
        "sum(subscriptions.seats at end) / prior(sum(subscriptions.seats at end), 12 months)",
        "count(events over 28 days) / prior(count(events) / business_days)",
        "count(events over 28 days) / count(events over 28 days before)",
        "count(events ever) - count(events ever before)",
    ] {
        assert!(said(partial), "{partial}");
    }
    for whole in [
        "count(events over 28 days)",
        "count(events to date in year)",
        "count(events ever)",
        "count(events since 2026-01-01)",
        "prior(count(events))",
        "prior(sum(subscriptions.seats at end), 12 months)",
        "sum(subscriptions.seats at start) / prior(sum(subscriptions.seats at end))",
        "count(events over 28 days) / prior(count(events over 28 days), 7 days)",
    ] {
        assert!(!said(whole), "{whole}");
    }
    let alone = value("business_days");
    let model = alone.model();
    let lines = describe(model, model.metric("m").expect("m"));
    assert!(lines.iter().any(|l| l.starts_with("A month that is not over")), "{lines:#?}");
}

#[test]
fn a_window_after_a_metric_stands_in_the_text_of_its_aggregates() {
    let text = |bare: &str, window: &str| {
        let out = metrics(&format!(
            "  bare: {{ value: \"{bare}\" }}\n  m: {{ category: effect, question: q, value: bare {window} }}\n"
        ));
        let mut texts = Vec::new();
        out.metric("m").value().each_aggregate(&mut |a| texts.push(a.text.clone()));
        let mut own = Vec::new();
        out.metric("bare").value().each_aggregate(&mut |a| own.push(a.text.clone()));
        assert!(own.iter().all(|text| !text.contains(window)), "{own:?}");
        texts.join(" ; ")
    };
    assert_eq!(text("count(events)", "over 28 days"), "count(events over 28 days)");
    assert_eq!(
        text(
            "count(events where name = 'x) where (') / count(events over 7 days)",
            "over 28 days before"
        ),
        "count(events over 28 days before where name = 'x) where (') ; count(events over 7 days)"
    );
    assert_eq!(
        text("sum(if(events.name = 'it''s where', 1, 0)) + count(goals on due)", "over 1 month"),
        "sum(if(events.name = 'it''s where', 1, 0) over 1 month) ; count(goals on due over 1 month)"
    );
}

#[test]
fn a_window_after_where_is_shown_in_its_place() {
    value("count(users on created_at where licensed over 28 days)").tells(
        "expression-syntax 'over 28 days'",
        &["write `count(users on created_at over 28 days where licensed)`"],
    );
    value("count(events where name = 'login' and user.licensed over 4 weeks)").tells(
        "expression-syntax 'over 4 weeks'",
        &["write `count(events over 4 weeks where name = 'login' and user.licensed)`"],
    );
    // What else is wrong is told at once.
    value("count(events where user.licnsed over 28 days)")
        .fails(&["unknown-column 'licnsed'", "expression-syntax 'over 28 days'"]);
    // With a window in its place already, the other one is too many.
    value("count(events over 7 days where user.licensed over 28 days)")
        .fails(&["aggregate-inside-aggregate 'over 28 days'"]);
}
