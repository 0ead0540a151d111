//! Projects that are right.

use super::support::metrics;
use milepost_semantics::model::{Display, Form, ValueKind};

const KPIS: &str = "
  all_seats: { value: sum(subscriptions.seats at end) }
  mrr_now: { value: sum(subscriptions.mrr at end), unit: USD }
  license_utilization:
    label: License utilization
    question: Do people use what is paid for?
    stage: adoption
    category: effect
    unit: percent
    better: higher
    target: { at_least: 80%, by: { size: { enterprise: 90% } } }
    slices: [plan, size, region]
    min_sample: 10
    value: count(distinct events.user over 28 days where user.licensed) / all_seats
  open_rate:
    question: Do they read it?
    category: reach
    unit: percent
    slices: [campaign, channel]
    where: channel = 'email'
    value: count(touches where opened_at is not null) / count(touches where delivered)
  growth:
    question: Do we grow?
    category: roi
    grain: month
    unit: percent
    value: mrr_now / prior(mrr_now, 12 months) - 1
  goal_value:
    question: What did they gain?
    category: roi
    unit: USD
    slices: [account]
    value: sum(goals.units * goals.value_per_unit on achieved_at over 12 months)
  days_active:
    question: On how many days?
    category: effect
    value: count(distinct day(events.ts)) over 28 days
  per_day:
    question: How many a day?
    category: reach
    unit: per business day
    better: inside [5, 40]
    value: count(touches) / business_days
  slow:
    question: How slow is the slowest tenth?
    category: effect
    value: percentile(events.duration, 90 over 7 days where name = 'login')
  lead:
    question: How long until the goal?
    category: effect
    unit: days
    target: { at_most: 2 weeks }
    value: avg(days_between(goals.achieved_at, goals.due) on due)
";

#[test]
fn a_whole_project_becomes_a_model() {
    let out = metrics(KPIS);
    let model = out.model();
    assert_eq!(out.errors(), Vec::<String>::new());
    assert_eq!(
        out.warnings(),
        ["unused-definition 'balances'", "unused-definition 'costs'"],
        "{}",
        out.told().join("\n")
    );
    let names: Vec<_> = model.dimensions.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "account",
            "campaign",
            "channel",
            "contact",
            "currency",
            "currency at event",
            "licensed",
            "name",
            "parent",
            "plan",
            "region",
            "role",
            "seats",
            "size",
            "title",
            "user"
        ]
    );
    let metric = out.metric("license_utilization");
    assert_eq!(metric.headline().display, Display::Percent);
    assert_eq!(
        metric.headline().text,
        "count(distinct events.user over 28 days where user.licensed) / all_seats"
    );
    assert!(matches!(metric.value().kind, ValueKind::Form(Form::Binary { .. })));
    let mut texts = Vec::new();
    metric.value().each_aggregate(&mut |a| texts.push(a.text.clone()));
    assert_eq!(
        texts,
        [
            "count(distinct events.user over 28 days where user.licensed)",
            "sum(subscriptions.seats at end)"
        ]
    );
    assert_eq!(out.metric("goal_value").headline().display, Display::Currency("USD".to_owned()));
    assert_eq!(
        out.metric("days_active").headline().display,
        Display::Number(Some("days".to_owned()))
    );
    assert_eq!(out.metric("slow").headline().display, Display::Number(None));
}
