//! The canonical text of metrics, and fingerprints of what they read.

use super::support::{BASE, Outcome, analyze_with, base_schemas, metrics, value};
use milepost_semantics::model::canonical::{self, Fingerprint};

fn text(expression: &str) -> String {
    let out = value(expression);
    canonical::metric(out.model(), out.metric("m"))
}

fn fingerprint(out: &Outcome, name: &str) -> Fingerprint {
    let model = out.model();
    canonical::definitions(model, model.metric(name).expect("a metric")).fingerprint()
}

#[test]
fn what_says_the_same_is_written_alike() {
    for (a, b) in [
        ("count(events over 4 weeks)", "count(events over 28 days)"),
        ("count(events over 1 year)", "count(events over 12 months)"),
        (
            "count(events where name = 'a' and duration > 3)",
            "count(events where 3 < duration and 'a' = name)",
        ),
        (
            "count(events where (name = 'a' and duration > 3) and user_id is not null)",
            "count(events where user_id is not null and (duration > 3 and name = 'a'))",
        ),
        ("count(events where name in ['b', 'a', 'b'])", "count(events where name in ['a', 'b'])"),
        (
            "sum(events.duration * 2 where duration > 0)",
            "sum(2 * events.duration where duration > 0)",
        ),
        ("100 * count(events)", "count(events) * 100"),
        ("if(0 < count(events), 1, 2)", "if(count(events) > 0, 1, 2)"),
        ("count(events) * business_days", "business_days * count(events)"),
    ] {
        assert_eq!(text(a), text(b), "{a}\n{b}");
    }
}

#[test]
fn nothing_unproved_is_written_alike() {
    for (a, b) in [
        ("count(distinct events.user_id)", "count(events)"),
        ("count(events over 1 month)", "count(events over 30 days)"),
        ("count(events over 24 hours)", "count(events over 1 day)"),
        // Of two reasons the left one counts.
        ("count(events) + count(touches)", "count(touches) + count(events)"),
        ("count(events) * count(touches)", "count(touches) * count(events)"),
        ("if(count(events) > count(touches), 1, 2)", "if(count(touches) < count(events), 1, 2)"),
        ("count(events) - 1", "1 - count(events)"),
        ("count(events) / 2", "2 / count(events)"),
        // Doubles: another sum.
        ("sum(events.duration + (duration + 1))", "sum(events.duration + duration + 1)"),
        // Whether a sum of whole numbers is computed, which may be too large, depends on what stands before it.
        (
            "count(accounts on created_at where seats + seats > 3 and plan = 'a')",
            "count(accounts on created_at where plan = 'a' and seats + seats > 3)",
        ),
        // The first aggregate of a judgement that is not known gives the reason.
        (
            "count(account where count(events over 7 days) > 3 and count(touches over 7 days) > 3)",
            "count(account where count(touches over 7 days) > 3 and count(events over 7 days) > 3)",
        ),
        (
            "count(account where plan = 'a' and any(events over 7 days))",
            "count(account where any(events over 7 days) and plan = 'a')",
        ),
        ("count(events where duration > 1.0)", "count(events where duration > 1)"),
        ("least(count(events), 3)", "greatest(count(events), 3)"),
        ("count(events)", "prior(count(events))"),
    ] {
        assert_ne!(text(a), text(b), "{a}\n{b}");
    }
}

#[test]
fn names_and_explanations_leave_no_trace() {
    let out = metrics(
        "  ratio: { category: effect, question: q, label: Ratio, value: part / whole }
  part: { value: \"count(events where name = 'a')\" }
  whole: { value: count(events) }
  direct: { category: reach, question: other, description: d, value: \"count(events where name = 'a') / count(events)\" }
  few: { category: reach, question: other, min_sample: 3, value: \"count(events where name = 'a') / count(events)\" }\n",
    );
    let text = |name| canonical::metric(out.model(), out.metric(name));
    assert_eq!(text("ratio"), text("direct"));
    assert_eq!(fingerprint(&out, "ratio"), fingerprint(&out, "direct"));
    assert_ne!(text("few"), text("direct"));
    assert_eq!(text("whole"), "value: count([] of events in bucket)\ngrain: month\n",);
}

const GOLDEN: &str = "  m: { category: effect, question: q, slices: [plan], value: \"count(account where any(events over 4 weeks)) / count(account)\" }\n";

fn project(head: &str, spec: &str) -> Outcome {
    analyze_with(head, spec, &base_schemas())
}

#[test]
fn a_fingerprint_is_the_same_whatever_stands_beside_it() {
    let spec = format!("{BASE}\nmetrics:\n{GOLDEN}");
    let first = project("project: test\n", &spec);
    let own = fingerprint(&first, "m");
    assert_eq!(own.to_string(), "e1754979f0d172827f1703ae3769d46a");
    // In another order, with other definitions, in a project of another name.
    let (entities, datasets) = BASE.split_once("datasets:").expect("datasets");
    let more = "  a: { category: reach, question: q, value: count(touches) }\n";
    let other = format!("metrics:\n{more}{GOLDEN}\ndatasets:{datasets}\n{entities}");
    let second = project("project: other\nlabel: Other\n", &other);
    assert_eq!(fingerprint(&second, "m"), own);
    // Another meaning of what it reads.
    for (what, head, changed) in [
        ("the calendar", "project: test\ncalendar: { week_starts: sunday }\n", spec.clone()),
        ("the currency", "project: test\ncurrency: EUR\n", spec.clone()),
        (
            "a slice",
            "project: test\n",
            spec.replace(
                "plan:  { type: text, dimension: plan }",
                "plan:  { value: \"coalesce(region, 'none')\", dimension: plan }",
            ),
        ),
        (
            "when members live",
            "project: test\n",
            spec.replace("[created_at, churned_at]", "[created_at, none]"),
        ),
        ("the rows", "project: test\n", spec.replace("data/product_event/", "data/other/")),
        ("which rows are dropped", "project: test\n", spec.replace("    unique: event_id\n", "")),
    ] {
        let out = project(head, &changed);
        assert_ne!(fingerprint(&out, "m"), own, "{what}");
    }
    // What it does not read.
    let out =
        project("project: test\n", &spec.replace("data/touch.parquet", "data/touches.parquet"));
    assert_eq!(fingerprint(&out, "m"), own);
}

#[test]
fn what_a_metric_reads_is_named() {
    let spec = format!("{BASE}\nmetrics:\n{GOLDEN}");
    let out = project("project: test\n", &spec);
    let model = out.model();
    let found = canonical::definitions(model, model.metric("m").expect("m"));
    let names: Vec<&str> = found.reads.keys().map(String::as_str).collect();
    for name in [
        "calendar",
        "dataset accounts",
        "dataset events",
        "column events.ts",
        "column accounts.churned_at",
        "entity account",
        "slice plan of accounts",
    ] {
        assert!(names.contains(&name), "no `{name}` in {names:?}");
    }
    assert!(!names.iter().any(|name| name.contains("touches")), "{names:?}");
}
