//! Dimensions, reach, metric-level `where`, personal data.

use super::support::{metrics, value};
use milepost_semantics::model::{Form, RowKind};

fn sliced(slices: &str, value: &str) -> super::support::Outcome {
    metrics(&format!(
        "  m: {{ category: effect, question: q, slices: [{slices}], value: \"{value}\" }}\n"
    ))
}

#[test]
fn every_aggregate_reaches_every_slice() {
    sliced("plan, size, region, account, parent, user, licensed", "count(events)").model();
    sliced("campaign", "count(events) / count(touches)").tells(
        "slice-unreachable 'campaign'",
        &["rows of `events` have none", "at 'count(events)'", "every part of this metric has"],
    );
    sliced("plan", "count(touches) / 5").model();
    sliced("kind", "count(costs)").tells("unknown-name 'kind'", &["make it a dimension"]);
    sliced("plam", "count(events)").tells("unknown-name 'plam'", &["did you mean `plan`?"]);
    sliced("plan, plan", "count(events)").fails(&["duplicate-definition 'plan'"]);
}

#[test]
fn the_nearest_way_wins() {
    let out = value("count(events)");
    let model = out.model();
    let events = &model[model.dataset("events").expect("events")];
    let plan = &events.reach[&model.dimension("plan").expect("plan")].as_column().expect("column");
    assert_eq!(plan.hops.len(), 1);
    let account =
        &events.reach[&model.dimension("account").expect("account")].as_column().expect("column");
    let name = &model[account.dataset][account.column];
    assert!(name.is_unspoken(), "{}", name.name);
    let user = &events.reach[&model.dimension("user").expect("user")].as_column().expect("column");
    assert!(user.hops.is_empty());
    let touches = &model[model.dataset("touches").expect("touches")];
    assert_eq!(
        touches.reach[&model.dimension("plan").expect("plan")]
            .as_column()
            .expect("column")
            .hops
            .len(),
        2
    );
    let users = &model[model.dataset("users").expect("users")];
    assert_eq!(
        users.reach[&model.dimension("licensed").expect("licensed")]
            .as_column()
            .expect("column")
            .hops
            .len(),
        0
    );
}

#[test]
fn two_ways_to_a_slice_are_no_way() {
    let spec = "
entities:
  region: { key: region_id, home: regions, label_column: title }
  shop: { key: shop_id, home: shops }
  buyer: { key: buyer_id, home: buyers }
datasets:
  regions: { from: r.csv, key: region_id, columns: { region_id: text, title: text, climate: text } }
  shops: { from: s.csv, key: shop_id, columns: { shop_id: text }, entities: { region: region_id } }
  buyers: { from: b.csv, key: buyer_id, columns: { buyer_id: text }, entities: { region: region_id } }
  sales: { from: x.csv, kind: events, time: at, entities: { shop: shop_id, buyer: buyer_id } }
metrics:
  m: { category: effect, question: q, slices: [climate], value: count(sales) }
  n: { category: effect, question: q, slices: [shop], value: count(sales) }
";
    let out = super::support::analyze_with("project: x\n", spec, &Default::default());
    out.tells("ambiguous-name 'climate'", &["`shop.region.climate` and `buyer.region.climate`"]);
}

#[test]
fn personal_data_is_no_slice() {
    sliced("email", "count(events)").tells("pii-output 'email'", &["declared here"]);
    let spec = "
entities: { account: { key: account_id, home: accounts, label_column: email } }
datasets:
  accounts: { from: a.csv, key: account_id, columns: { account_id: text, email: { type: text, pii: true, dimension: mail } } }
";
    let out = super::support::analyze_with("project: x\n", spec, &Default::default());
    out.fails(&["pii-output 'email'", "pii-output 'mail'"]);
}

#[test]
fn personal_data_is_counted_and_never_shown() {
    value("last(accounts.email on created_at ever)").fails(&["pii-output 'accounts.email'"]);
    sliced("plan", "count(distinct accounts.email on created_at ever)").model();
}

#[test]
fn a_column_of_two_homes_is_ambiguous() {
    sliced("created_at", "count(events)").fails(&["unknown-name 'created_at'"]);
    let spec = "
entities:
  a: { key: a_id, home: as }
  b: { key: b_id, home: bs }
datasets:
  as: { from: a.csv, key: a_id, columns: { a_id: text, kind: text } }
  bs: { from: b.csv, key: b_id, columns: { b_id: text, kind: text } }
  xs: { from: x.csv, kind: events, time: at, entities: { a: a_id, b: b_id } }
metrics:
  m: { category: effect, question: q, slices: [kind], value: count(xs) }
";
    let out = super::support::analyze_with("project: x\n", spec, &Default::default());
    out.tells("ambiguous-name 'kind'", &["`as.kind`", "`bs.kind`"]);
}

#[test]
fn where_of_a_metric_enters_every_aggregate() {
    let out = metrics(
        "  a: { where: channel = 'email', value: count(touches) }\n  m: { category: effect, question: q, where: plan = 'pro', value: a / count(touches where delivered) }\n",
    );
    let model = out.model();
    let mut filters = Vec::new();
    out.metric("m").value().each_aggregate(&mut |a| {
        let mut columns = Vec::new();
        let filter = a.filter.as_ref().expect("a filter");
        assert!(matches!(filter.kind, RowKind::Form(Form::Binary { .. })));
        filter.each_path(&mut |p| columns.push(model[p.dataset][p.column].name.clone()));
        filters.push(columns.join(" "));
    });
    assert_eq!(filters, ["channel plan", "delivered plan"]);
    assert_eq!(out.metric("m").filter_text.as_deref(), Some("plan = 'pro'"));
}

#[test]
fn where_of_a_metric_names_dimensions_that_all_reach() {
    let m = |filter: &str, value: &str| {
        metrics(&format!(
            "  m: {{ category: effect, question: q, where: \"{filter}\", value: \"{value}\" }}\n"
        ))
    };
    m("campaign = 'x'", "count(events)")
        .tells("slice-unreachable 'campaign'", &["`where` needs one `campaign`"]);
    m("name = 'x'", "count(events)")
        .tells("ambiguous-name 'name'", &["`account.name`", "column of `events`"]);
    m("account.plan = 'x'", "count(events)")
        .tells("unknown-name 'account.plan'", &["write the dimension: `plan`"]);
    m("count(events) > 1", "count(events)").fails(&["aggregate-inside-aggregate 'count(events)'"]);
    m("plan = 5", "count(events)").fails(&["type-mismatch 'plan'"]);
    m("kind = 'x'", "count(costs)").fails(&["unknown-name 'kind'"]);
}

#[test]
fn dimensions_agree() {
    let spec = |b: &str| {
        format!(
            "
entities: {{ plan: {{ key: plan_id }}, shop: {{ key: shop_id, home: shops }} }}
datasets:
  as: {{ from: a.csv, kind: events, time: at, columns: {{ c: {{ type: text, dimension: kind }} }} }}
  shops: {{ from: s.csv, key: shop_id, columns: {{ title: {{ type: text, dimension: shop }} }} }}
  bs: {{ from: b.csv, kind: events, time: at, columns: {{ {b} }} }}
"
        )
    };
    let run = |b: &str| super::support::analyze_with("project: x\n", &spec(b), &Default::default());
    run("c: { type: integer, dimension: kind }")
        .tells("type-mismatch 'c'", &["a whole number here and text elsewhere"]);
    run("c: { type: timestamp, dimension: when }").fails(&["type-mismatch 'c'"]);
    run("c: { type: text, dimension: plan }").tells("ambiguous-name 'plan'", &["is an entity"]);
    run("c: { type: text, dimension: x }, d: { type: text, dimension: x }")
        .fails(&["duplicate-definition 'x'"]);
}

#[test]
fn a_key_that_is_personal_data_is_no_slice() {
    let run = |home: &str, event: &str| {
        let spec = format!(
            "
entities: {{ person: {{ key: email, home: people }} }}
datasets:
  people: {{ from: p.csv, key: email, columns: {{ email: {home} }} }}
  visits: {{ from: v.csv, kind: events, time: at, entities: {{ person: who }}, columns: {{ who: {event} }} }}
metrics:
  m: {{ category: effect, question: q, slices: [person], value: count(visits) }}
"
        );
        super::support::analyze_with("project: x\n", &spec, &Default::default())
    };
    let (personal, open) = ("{ type: text, pii: true }", "text");
    run(personal, personal).tells("pii-output 'person'", &["personal data", "declared here"]);
    run(personal, open).tells("pii-output 'person'", &["personal data", "declared here"]);
    run(open, personal).tells("pii-output 'person'", &["personal data", "declared here"]);
    run(open, open).model();
}
