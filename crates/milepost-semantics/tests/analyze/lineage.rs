//! What metrics are computed from, and what is computed from columns.

use milepost_semantics::model::Model;
use milepost_semantics::trace::{Branch, Node, lineage, sources, uses};

use crate::support::metrics;

const METRICS: &str = "
  active: { value: \"count(distinct events.user over 28 days where name = 'login')\" }
  enterprise: { value: active, where: size = 'enterprise', slices: [plan] }
  ratio: { value: active / prior(active) + sum(subscriptions.mrr at end) / sum(goals.units on due ever), category: effect, question: Why?, slices: [plan] }
";

/// A tree as lines, two blanks a level.
fn lines(model: &Model, branch: &Branch, depth: usize, out: &mut Vec<String>) {
    for branch in &branch.branches {
        let roles = branch.roles.iter().map(|role| role.words(model));
        let roles: Vec<String> = roles.filter(|words| !words.is_empty()).collect();
        let above = if branch.repeated { " (above)" } else { "" };
        let roles = roles.join(", ");
        let name = branch.node.name(model);
        let line = format!("{}{name}{above}: {roles}", "  ".repeat(depth));
        out.push(line.trim_end_matches([':', ' ']).to_owned());
        lines(model, branch, depth + 1, out);
    }
}

fn told(name: &str, up: bool) -> Vec<String> {
    let outcome = metrics(METRICS);
    let model = outcome.model();
    let node = Node::find(model, name).expect("a definition of that name");
    let lineage = lineage(model);
    let tree = if up { sources(&lineage, node) } else { uses(&lineage, node) };
    let mut out = Vec::new();
    lines(model, &tree, 0, &mut out);
    out
}

#[test]
fn a_metric_is_traced_to_columns_and_files() {
    assert_eq!(
        told("active", true),
        [
            "events",
            "  data/product_event/",
            "  events.ts: time",
            "  events.user_id: value",
            "  events.name: where",
        ]
    );
}

#[test]
fn a_metric_that_names_another_reads_what_its_where_asks_for() {
    // `size` is computed from seats, over the account of the event.
    let told = told("enterprise", true);
    for line in [
        "active",
        "  events",
        "accounts",
        "  accounts.size: where",
        "    accounts.seats: value",
        "  accounts.plan: slice plan",
        "  accounts.account_id: key of account",
        "events (above)",
        "  events.account_id: key of account",
        "account: key of account",
        "  accounts (above)",
    ] {
        assert!(told.iter().any(|known| known == line), "no `{line}` in {told:#?}");
    }
    assert_eq!(told.iter().filter(|line| line.trim() == "events.name: where").count(), 1);
}

#[test]
fn everything_a_figure_rests_on_is_there_once() {
    let told = told("ratio", true);
    for line in [
        "  subscriptions.ended_at: time",
        "  subscriptions.start: time",
        "  subscriptions.mrr: value",
        "    subscriptions.currency: currency",
        "  goals.due: time",
        "  goals.units: value",
        "  data/subscription.parquet",
    ] {
        assert_eq!(told.iter().filter(|known| *known == line).count(), 1, "{line} in {told:#?}");
    }
    assert_eq!(told.iter().filter(|line| line.trim() == "data/account.parquet").count(), 1);
}

#[test]
fn uses_are_found_from_columns_datasets_and_metrics() {
    assert_eq!(told("events.name", false), ["active: where", "  enterprise", "  ratio"]);
    assert_eq!(told("accounts.seats", false), ["accounts.size: value", "  enterprise: where"]);
    assert_eq!(told("goals", false), ["ratio: value, time, key of account"]);
    assert_eq!(told("active", false), ["enterprise", "ratio"]);
    assert_eq!(told("account", false), ["enterprise: key of account", "ratio: key of account"]);
    assert!(told("ratio", false).is_empty());
}

#[test]
fn a_column_is_traced_to_its_file() {
    assert_eq!(
        told("accounts.size", true),
        ["accounts.seats: value", "accounts", "  data/account.parquet"]
    );
}

#[test]
fn programs_read_one_word_for_each_kind_and_each_role() {
    let outcome = metrics(
        "  ratio: { value: \"sum(subscriptions.mrr at end where account.plan = 'a') / active\", category: effect, question: Why?, slices: [plan] }
  active: { value: \"count(distinct events.user over 28 days)\" }
",
    );
    let model = outcome.model();
    for (name, kind) in [
        ("ratio", "metric"),
        ("account", "entity"),
        ("events", "dataset"),
        ("events.user_id", "column"),
    ] {
        assert_eq!(Node::find(model, name).map(Node::kind), Some(kind), "{name}");
    }
    let lineage = lineage(model);
    let node = Node::find(model, "active").expect("the metric");
    let told: Vec<(String, &str)> = lineage
        .sources(node)
        .flat_map(|(node, roles)| roles.iter().map(move |role| (node.name(model), role.name())))
        .collect();
    for expected in [("events", "rows"), ("events.ts", "time"), ("events.user_id", "value")] {
        assert!(told.contains(&(expected.0.to_owned(), expected.1)), "{expected:?}: {told:?}");
    }
    let node = Node::find(model, "ratio").expect("the metric");
    let names: Vec<&str> =
        lineage.sources(node).flat_map(|(_, roles)| roles.iter().map(|role| role.name())).collect();
    for role in ["named", "slice", "link", "where"] {
        assert!(names.contains(&role), "{role}: {names:?}");
    }
    let file = Node::File(model.dataset("events").expect("the dataset"));
    assert_eq!(file.kind(), "file");
}
