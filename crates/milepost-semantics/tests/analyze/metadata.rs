//! What a metric says about itself.

use super::support::metrics;
use milepost_semantics::check_grain;
use milepost_semantics::model::{Better, Bound, Category, Display, Indicator};
use milepost_semantics::time::Grain;

fn metric(fields: &str) -> super::support::Outcome {
    metrics(&format!("  m: {{ {fields} }}\n"))
}

#[test]
fn a_kpi_has_a_question_and_an_indicator() {
    let out = metric("category: effect, value: count(events)");
    assert_eq!(out.metric("m").category, Some(Category::Effect));
    assert_eq!(out.metric("m").indicator, Some(Indicator::Leading));
    assert!(out.warnings().contains(&"missing-question 'm'".to_owned()));
    let out = metric("category: effect, question: q, indicator: lagging, value: count(events)");
    assert_eq!(out.metric("m").indicator, Some(Indicator::Lagging));
    assert!(out.warnings().contains(&"category-indicator 'lagging'".to_owned()));
    metric("category: effect, question: q, indicator: late, value: count(events)")
        .fails(&["invalid-value 'late'"]);
}

#[test]
fn an_roi_metric_names_its_period() {
    metric("category: roi, question: q, value: count(events)")
        .tells("roi-without-period 'm'", &["grain: month"]);
    for good in [
        "grain: month, value: count(events)",
        "value: count(events over 12 months)",
        "value: count(events to date in year)",
        "value: count(events since 2026-01-01)",
        "value: \"count(events ever) - prior(count(events ever), 12 months)\"",
    ] {
        metric(&format!("category: roi, question: q, {good}")).model();
    }
}

#[test]
fn a_kpi_is_a_number() {
    metric("category: effect, question: q, value: min(events.ts ever)")
        .tells("kpi-not-number 'min(events.ts ever)'", &["a timestamp", "at 'effect'"]);
    metric("category: effect, question: q, value: any(events)")
        .fails(&["kpi-not-number 'any(events)'"]);
    assert_eq!(
        metric("value: min(events.ts ever)").metric("m").headline().display,
        Display::Timestamp
    );
}

#[test]
fn units_fit_the_value() {
    let ratio = "value: count(events) / count(touches)";
    assert_eq!(
        metric(&format!("unit: percent, {ratio}")).metric("m").headline().display,
        Display::Percent
    );
    assert_eq!(
        metric(&format!("unit: per 100 touches, {ratio}")).metric("m").headline().display,
        Display::Number(Some("per 100 touches".into()))
    );
    metric("unit: percent, value: count(events)").tells("unit-mismatch 'percent'", &["events"]);
    metric("unit: percent, value: sum(subscriptions.mrr at end) / count(events)")
        .fails(&["unit-mismatch 'percent'"]);
    metric("unit: percent, value: sum(subscriptions.mrr at end) / sum(balances.arr at end)")
        .model();
    metric("unit: USD, value: count(events)")
        .tells("unit-mismatch 'USD'", &["unit: { currency: column }"]);
    metric("unit: EUR, value: sum(subscriptions.mrr at end)")
        .tells("unit-mismatch 'EUR'", &["write `unit: USD`"]);
    metric("unit: hours, value: \"avg(days_between(goals.due, goals.achieved_at) on due)\"")
        .tells("unit-mismatch 'hours'", &["counted in days"]);
    metric("unit: hours, value: \"24 * avg(days_between(goals.due, goals.achieved_at) on due)\"")
        .model();
    let per_day = metric("value: count(events) / business_days");
    assert_eq!(
        per_day.metric("m").headline().display,
        Display::Number(Some("events per business day".into()))
    );
    metric("unit: MRR, value: sum(subscriptions.mrr at end)").fails(&["currency-unknown 'MRR'"]);
}

#[test]
fn targets_are_in_the_unit_of_the_metric() {
    let percent = |target: &str| {
        metric(&format!(
            "category: effect, question: q, unit: percent, slices: [size], target: {{ {target} }}, value: count(events) / count(events over 7 days)"
        ))
    };
    let out = percent("at_least: 80%, by: { size: { enterprise: 90% } }");
    let target = out.metric("m").target.clone().expect("a target");
    assert_eq!(target.bound, Some(Bound::AtLeast(0.8)));
    assert_eq!(target.by[0].2, Bound::AtLeast(0.9));
    percent("at_least: 80").tells("invalid-target '80'", &["write `80%`"]);
    percent("at_least: 80%, at_most: 90%").fails(&["invalid-target '90%'"]);
    percent("at_least: 80%, by: { plan: { pro: 90% } }")
        .tells("invalid-target 'plan'", &["add `plan` to `slices:`"]);
    percent("at_least: count(events)").fails(&["invalid-target 'count(events)'"]);
    percent("inside: [90%, 80%]").fails(&["invalid-target '90%, 80%'"]);
    // The metric that is named comes later, so nothing of it is known yet.
    metrics("  a: { category: effect, question: q, target: { at_least: z }, value: count(events) }\n  z: { category: effect, question: q, value: count(events) }\n")
        .tells("invalid-target 'z'", &["a fixed number"]);
    let days = "value: \"avg(days_between(goals.due, goals.achieved_at) on due)\"";
    let out = metric(&format!("target: {{ at_most: 2 weeks }}, {days}"));
    assert_eq!(out.metric("m").target.clone().expect("a target").bound, Some(Bound::AtMost(14.0)));
    metric(&format!("target: {{ at_most: 5% }}, {days}")).fails(&["invalid-target '5%'"]);
    metric("better: lower, target: { at_least: 5 }, value: count(events)")
        .fails(&["invalid-target '5'"]);
    let out = metric("better: \"inside [5, 40]\", value: count(events)");
    assert_eq!(out.metric("m").better, Some(Better::Inside(5.0, 40.0)));
}

#[test]
fn the_rest_of_the_metadata() {
    metric("value: count(events), grain: moth")
        .tells("invalid-value 'moth'", &["did you mean `month`?"]);
    metric("value: count(events), min_sample: 0").fails(&["invalid-value '0'"]);
    metric("label: x").tells("missing-field 'm'", &["value: count(events)"]);
    let out = metric("value: count(events), grain: fiscal_quarter, min_sample: 5, stage: adoption");
    assert_eq!(out.metric("m").grain, Grain::FiscalQuarter);
    assert_eq!(out.metric("m").min_sample, Some(5));
}

#[test]
fn approximate_is_about_percentiles_of_rows_in_the_metric_itself() {
    for (spec, expected) in [
        ("value: median(events.duration)", [false].as_slice()),
        ("approximate: false, value: median(events.duration)", &[false]),
        (
            "approximate: true, value: \"percentile(events.duration, 90) / avg(events.duration)\"",
            &[true, false],
        ),
        (
            "approximate: true, value: \"median(median(events.duration) per account)\"",
            &[false, true],
        ),
        (
            "approximate: true, value: count(account where median(events.duration) > 3)",
            &[false, true],
        ),
    ] {
        let out = metric(spec);
        let mut found = Vec::new();
        out.metric("m").value().each_aggregate(&mut |aggregate| {
            aggregate.each_aggregate(&mut |inside| found.push(inside.approximate));
        });
        assert_eq!(found, expected, "{spec}");
    }
    for (value, help) in [
        ("count(events)", "everything but `median` and `percentile` is always exact"),
        ("median(count(events) per account)", "that `per` computes are always exact"),
        ("median(count(events) per day over 28 days)", "that `per` computes are always exact"),
    ] {
        metric(&format!("approximate: true, value: {value}"))
            .tells("approximates-nothing 'true'", &[help]);
    }
    // What is wrong with the value is told alone.
    metric("approximate: true, value: median(events.name)").fails(&["type-mismatch 'events.name'"]);
    metric("approximate: true, value: \"median(events.duration ever, 90)\"")
        .fails(&["expression-syntax ', 90'"]);
}

#[test]
fn a_metric_that_is_named_is_as_approximate_as_it_says() {
    let out = metrics(
        "  rough: { approximate: true, value: median(events.duration) }\n  rise: { category: effect, question: q, value: rough - median(events.duration) }\n",
    );
    let mut found = Vec::new();
    out.metric("rise").value().each_aggregate(&mut |aggregate| found.push(aggregate.approximate));
    assert_eq!(found, [true, false]);
    let named = |own: &str| {
        metrics(&format!(
            "  a: {{ {own}value: median(events.duration) }}\n  b: {{ category: effect, question: q, approximate: true, value: a - prior(a) }}\n"
        ))
    };
    named("").tells("approximates-nothing 'true'", &["write `approximate: true` in `a`"]);
    named("approximate: true, ").tells("approximates-nothing 'true'", &["`a` already has it"]);
}

#[test]
fn a_grain_asked_for_is_checked_too() {
    let out = metric("grain: day, value: \"prior(count(events), 7 days)\"");
    let found = out.metric("m");
    assert!(check_grain(found, Grain::Week).is_ok());
    assert_eq!(
        check_grain(found, Grain::Month),
        Err("`m` can't be computed by month: its `prior` goes back 7 days, less than one bucket, and `count(events)` has no window of its own".to_owned())
    );
}

#[test]
fn a_deprecated_metric_is_not_built_upon() {
    let out = metrics(
        "
  old: { deprecated: { since: 2026-01, use: new }, value: count(events) }
  older: { deprecated: { since: 2025-01 }, value: old * 1 }
  new: { value: count(events) }
  a: { category: effect, question: q, value: old / (old + new) }
  b: { category: effect, question: q, value: older over 28 days }
",
    );
    out.model();
    let told = out.told();
    let told: Vec<&String> = told.iter().filter(|t| t.contains("deprecated-use")).collect();
    assert_eq!(told.len(), 2, "{told:#?}");
    let [first, second] = told[..] else { panic!("{told:#?}") };
    assert!(
        first.starts_with("warning deprecated-use at 'old': `old` is deprecated since 2026-01")
    );
    assert!(first.contains("help: write `new` instead"), "{first}");
    assert!(second.starts_with("warning deprecated-use at 'older'"), "{second}");
    assert!(second.contains("help: build `b` on other metrics or on datasets"), "{second}");
}

#[test]
fn what_grows_with_the_rows_is_not_alike_in_slices() {
    let alike = |value: &str| {
        metric(&format!("value: \"{value}\"")).metric("m").value().is_alike_in_slices()
    };
    for value in [
        "count(events) / count(touches)",
        "100 * count(distinct events.user) / sum(subscriptions.seats at end)",
        "avg(events.duration)",
        "percentile(events.duration, 90)",
        "max(events.duration)",
        "count(events) / prior(count(events), 1 month) - 1",
        "1 - count(events) / count(touches)",
        "count(events) / count(touches) - prior(count(events) / count(touches))",
        "coalesce(count(events) / count(touches), 0)",
        "if(count(events) > 0, round(count(events) / count(touches), 2), 0)",
        "avg(count(events) / count(touches) per day over 7 days)",
        "count(events) * count(touches) / (count(events) * count(events))",
    ] {
        assert!(alike(value), "{value}");
    }
    for value in [
        "count(events)",
        "sum(subscriptions.mrr at end) / 12",
        "count(events) / business_days",
        "avg(count(events) per day over 7 days)",
        "count(events) - prior(count(events))",
        "count(events) * (count(events) / count(touches))",
        "1 / count(events)",
        "(count(events) - 1) / count(touches)",
        "coalesce(count(events), 0)",
        "least(count(events), 100)",
        "if(count(touches) > 0, count(events), 0)",
        "sum(subscriptions.mrr average)",
        "business_days",
    ] {
        assert!(!alike(value), "{value}");
    }
}
