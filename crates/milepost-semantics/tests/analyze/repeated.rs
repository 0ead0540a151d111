//! Amounts of linked rows, states over time, and definitions that build on too many others.

use milepost_semantics::schema::Schemas;

use super::support::{BASE, Outcome, analyze_with, base_schemas, metrics, value};

/// Orders, their payments and lines, and the products of lines. `entity`: more about orders; `payments`: more about payments.
fn shop(entity: &str, payments: &str, value: &str) -> Outcome {
    let spec = format!(
        "
entities:
  customer: {{ key: customer_id, home: customers, lives: always }}
  order:    {{ key: order_id, home: orders{entity} }}
  product:  {{ key: product_id, home: products, lives: always }}
datasets:
  customers: {{ from: c.csv, key: customer_id, columns: {{ customer_id: text, credit: number }} }}
  orders:   {{ from: o.csv, key: order_id, entities: {{ customer: customer_id }}, columns: {{ order_id: text, day: date, amount: {{ type: decimal, unit: USD }}, customer_id: text }} }}
  products: {{ from: p.csv, key: product_id, columns: {{ product_id: text, price: {{ type: decimal, unit: USD }}, cost: {{ type: decimal, unit: USD }} }} }}
  payments:
    from: y.csv
    kind: events
    time: day
    entities: {{ order: order_id }}
    {payments}
    columns: {{ day: date, due: date, order_id: text, method: text, paid: {{ type: decimal, unit: USD }}, whole: {{ value: order.amount }}, left: {{ value: order.amount - paid }} }}
  lines: {{ from: l.csv, kind: events, time: day, entities: {{ order: order_id, product: product_id }}, columns: {{ day: date, order_id: text, product_id: text, quantity: integer }} }}
  levels: {{ from: s.csv, kind: snapshot, time: day, unique: [customer_id, day], entities: {{ customer: customer_id }}, columns: {{ day: date, customer_id: text, level: integer }} }}
behaviors:
  by_card: payments where method = 'card'
metrics:
  m: {{ category: effect, question: q, value: \"{value}\" }}
"
    );
    analyze_with("project: x\nlints: { unused-definition: allow }\n", &spec, &Schemas::default())
}

const LIVES: &str = ", lives: always, belongs_to: [customer]";

/// What the help of the one warning says to write.
fn ways_out(out: &Outcome) -> Vec<String> {
    out.model();
    let told = out.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("warning repeated-amount"), "{told:?}");
    told[0].split('`').filter(|part| part.contains(" per ")).map(ToOwned::to_owned).collect()
}

#[test]
fn an_amount_that_is_taken_for_each_row_has_two_ways_out_and_both_work() {
    for (value, ways) in [
        (
            "sum(payments.order.amount)",
            ["sum(amount per order where any(payments))", "sum(order.amount per payments)"],
        ),
        (
            "avg(payments.order.amount over 28 days where method = 'card')",
            [
                "avg(amount per order where any(payments over 28 days where method = 'card'))",
                "avg(order.amount per payments over 28 days where method = 'card')",
            ],
        ),
        (
            "percentile(by_card.order.amount, 90 on due ever)",
            [
                "percentile(amount, 90 per order where any(by_card on due ever))",
                "percentile(order.amount, 90 per by_card on due ever)",
            ],
        ),
        (
            "sum(lines.product.price - lines.product.cost)",
            [
                "sum(price - cost per product where any(lines))",
                "sum(product.price - product.cost per lines)",
            ],
        ),
        (
            "sum(payments.order.customer.credit)",
            [
                "sum(credit per customer where any(payments))",
                "sum(order.customer.credit per payments)",
            ],
        ),
        (
            "median(order.customer.credit)",
            ["median(credit per customer where any(order))", "median(customer.credit per order)"],
        ),
        (
            "count(customer where sum(payments.order.amount over 1 month) > 3)",
            [
                "sum(amount per order where any(payments over 1 month))",
                "sum(order.amount per payments over 1 month)",
            ],
        ),
    ] {
        let out = shop(LIVES, "", value);
        assert_eq!(ways_out(&out), ways, "{:?}", out.told());
        for way in ways {
            let whole = if value.starts_with("count(") {
                format!("count(customer where {way} > 3)")
            } else {
                way.to_owned()
            };
            let followed = shop(LIVES, "", &whole);
            followed.model();
            assert_eq!(followed.told(), Vec::<String>::new(), "{way}");
        }
    }
    let out = shop("", "", "sum(payments.order.amount)");
    let told = out.told().join("\n");
    assert!(
        told.contains("it needs `lives:` of the entity `order`, such as `lives: always`"),
        "{told}"
    );
    // Not a path of its own, so only the second way can be written.
    assert_eq!(
        ways_out(&shop(LIVES, "", "sum(payments.whole)")),
        ["sum(payments.whole per payments)"]
    );
    let mixed = ways_out(&shop(LIVES, "", "sum(lines.product.price - lines.order.amount)"));
    assert_eq!(mixed, ["sum(product.price - order.amount per lines)"]);
    for way in ["sum(payments.whole per payments)", "sum(product.price - order.amount per lines)"] {
        assert_eq!(shop(LIVES, "", way).told(), Vec::<String>::new());
    }
}

#[test]
fn what_is_not_repeated_is_silent() {
    for value in [
        "sum(lines.quantity * lines.product.price)",
        "sum(payments.paid - payments.order.amount)",
        "sum(payments.left)",
        "max(payments.order.amount) - min(payments.order.amount)",
        "last(payments.order.amount) - first(payments.order.amount)",
        "count(distinct payments.order.amount)",
        "sum(order.amount)",
        "sum(orders.amount on day)",
        "sum(levels.customer.credit at end)",
    ] {
        assert_eq!(shop(LIVES, "", value).told(), Vec::<String>::new(), "{value}");
    }
    for once in ["unique: order_id", "checks: [ unique: order_id ]"] {
        assert_eq!(shop(LIVES, once, "sum(payments.order.amount)").told(), Vec::<String>::new());
        // Of one payment for each order, many may be of one customer.
        ways_out(&shop(LIVES, once, "sum(payments.order.customer.credit)"));
    }
    ways_out(&shop(
        LIVES,
        "checks: [ { unique: order_id, severity: warn } ]",
        "sum(payments.order.amount)",
    ));
}

#[test]
fn states_are_not_added_up_over_time() {
    for wrong in [
        "sum(subscriptions.mrr ever)",
        "count(subscriptions ever)",
        "sum(subscriptions.seats ever before)",
        "sum(paying.mrr ever where mrr > 5)",
    ] {
        let spec = format!(
            "{BASE}\nbehaviors: {{ paying: subscriptions where mrr > 0 }}\nmetrics:\n  m: {{ category: effect, question: q, value: {wrong} }}\n"
        );
        let out = analyze_with("project: x\n", &spec, &base_schemas());
        assert!(out.errors()[0].starts_with("semi-additive 'ever"), "{:?}", out.told());
        let begun = wrong.replacen(" ever", " on start ever", 1);
        assert!(out.told()[0].contains(&format!("write `{begun}` to take")), "{:?}", out.told());
    }
    value("count(account where sum(subscriptions.mrr ever) > 5)").fails(&["semi-additive 'ever'"]);
    for right in [
        "sum(subscriptions.mrr on start ever)",
        "sum(subscriptions.mrr at end)",
        "min(subscriptions.start ever)",
        "count(distinct subscriptions.account ever)",
        "any(subscriptions ever)",
        "count(account where any(subscriptions ever))",
    ] {
        let out = metrics(&format!("  m: {{ value: {right} }}\n"));
        assert!(out.model.is_some() || right.starts_with("any"), "{:?}", out.told());
    }
}

/// The errors of a chain of 3,000 definitions, and how often.
fn chain(section: &str, first: &str, next: impl Fn(usize) -> String) -> Vec<String> {
    let links: String = (1..3_000).map(|i| format!("  x{i}: {}\n", next(i - 1))).collect();
    let spec = format!("{BASE}\n{section}:\n  x0: {first}\n{links}");
    analyze_with("project: x\n", &spec, &base_schemas()).errors()
}

#[test]
fn definitions_build_on_at_most_so_many_others() {
    let told = ["limit-exceeded 'x65'"];
    assert_eq!(
        chain("behaviors", "events where duration > 0", |i| format!("x{i} where duration > {i}")),
        told
    );
    assert_eq!(
        chain("metrics", "{ value: count(events) }", |i| format!("{{ value: x{i} + 1 }}")),
        told
    );
    let judged = |i| format!("{{ value: \"count(account where x{i} + x{i} > {i})\" }}");
    let errors = chain("metrics", "{ value: count(events over 28 days) }", judged);
    assert!(
        errors.len() < 3_000 && errors.iter().all(|e| e.starts_with("limit-exceeded")),
        "{errors:?}"
    );
    let segment = |i| format!("{{ of: account, where: \"x{i} and seats > {i}\" }}");
    assert_eq!(chain("segments", "{ of: account, where: seats > 0 }", segment), told);
    for reversed in [false, true] {
        let mut columns: Vec<String> =
            (1..3_000).map(|i| format!("a{i}: {{ value: a{} + 1 }}", i - 1)).collect();
        columns.insert(0, "a0: { value: duration + 1 }".to_owned());
        if reversed {
            columns.reverse();
        }
        let spec = format!(
            "datasets:\n  events: {{ from: e.csv, kind: events, time: ts, columns: {{ {} }} }}\n",
            columns.join(", ")
        );
        let out = analyze_with("project: x\n", &spec, &base_schemas());
        assert_eq!(out.errors().len(), 1, "{:?}", out.errors());
        assert!(out.told()[0].contains("the last of more than 64 columns"), "{:?}", out.told());
    }
}

#[test]
fn small_specs_are_not_written_out_without_end() {
    // Each behavior has 60 conditions more than the one before.
    let condition = (0..60).map(|i| format!("duration > {i}")).collect::<Vec<_>>().join(" and ");
    let behaviors: String =
        (1..16).map(|i| format!("  b{i}: b{} where {condition}\n", i - 1)).collect();
    let uses: String = (0..700).map(|i| format!("  m{i}: {{ value: count(b15) }}\n")).collect();
    let spec = format!("{BASE}\nbehaviors:\n  b0: events\n{behaviors}\nmetrics:\n{uses}");
    let out = analyze_with("project: x\n", &spec, &base_schemas());
    let errors = out.errors();
    assert!(
        !errors.is_empty() && errors.iter().all(|e| e.starts_with("limit-exceeded")),
        "{errors:?}"
    );
    assert!(out.told().iter().any(|t| t.contains("have more than 2,000,000 parts")), "{errors:?}");
    // A filter of many conditions enters many aggregates.
    let counts = vec!["count(events)"; 200].join(" + ");
    let filter = (0..200).map(|i| format!("plan != 'p{i}'")).collect::<Vec<_>>().join(" and ");
    let out = metrics(&format!("  m: {{ value: {counts}, where: \"{filter}\" }}\n"));
    assert!(out.errors()[0].starts_with("limit-exceeded"), "{:?}", out.errors());
}

#[test]
fn members_are_found_over_so_many_links() {
    let n = 100;
    let entities: String = (0..n)
        .map(|i| {
            let up = if i + 1 < n { format!(", belongs_to: [e{}]", i + 1) } else { String::new() };
            format!("  e{i}: {{ key: k{i}, home: d{i}, lives: always{up} }}\n")
        })
        .collect();
    let datasets: String = (0..n).map(|i| {
        let up = if i + 1 < n { format!(", k{}: text", i + 1) } else { String::new() };
        format!("  d{i}: {{ from: d{i}.csv, key: k{i}, columns: {{ k{i}: text, v{i}: integer{up} }} }}\n")
    }).collect();
    let segments: String =
        (0..n).map(|i| format!("  s{i}: {{ of: e{i}, where: v{i} > 3 }}\n")).collect();
    let run = |value: &str| {
        let spec = format!(
            "entities:\n{entities}datasets:\n{datasets}segments:\n{segments}metrics:\n  m: {{ category: effect, question: q, value: \"{value}\" }}\n"
        );
        analyze_with(
            "project: x\nlints: { unused-definition: allow }\n",
            &spec,
            &Schemas::default(),
        )
    };
    run("count(e0 where e1.e2.e3.e4.e5.e6.e7.e8.v8 > 3)").model();
    run("count(e0 where e1.e2.e3.e4.e5.e6.e7.e8.e9.v9 > 3)")
        .tells("invalid-value 'e1.e2.e3.e4.e5.e6.e7.e8.e9.v9'", &["at most 8"]);
    run("count(e8 where count(e0 where v0 > 3) > 1)").model();
    run("count(e10 where count(e0 where v0 > 3) > 1)").fails(&["unlinked-rows 'e0'"]);
}
