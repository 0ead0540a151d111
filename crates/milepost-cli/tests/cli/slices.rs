//! Slices in every format, and what is said of them on the site.

use std::fs;

use serde_json::Value;

use super::Project;

/// A project of one events dataset, whose rows are given.
fn of_events(columns: &str, metrics: &str, rows: &str) -> Project {
    let project = Project::new();
    fs::remove_dir_all(project.path("specs")).unwrap();
    fs::remove_dir_all(project.path("data")).unwrap();
    fs::create_dir(project.path("specs")).unwrap();
    fs::create_dir(project.path("data")).unwrap();
    let main = "project: page\nedition: 2026\nhistory: 2 months\nas_of: 2026-02-28\n";
    fs::write(project.path("milepost.yaml"), main).unwrap();
    let specs = format!(
        "datasets:\n  events: {{ from: data/e.ndjson, kind: events, time: day, columns: {{ day: date, {columns} }} }}\nmetrics:\n{metrics}"
    );
    fs::write(project.path("specs/all.yaml"), specs).unwrap();
    fs::write(project.path("data/e.ndjson"), rows).unwrap();
    project
}

const PLAN: &str = "plan: { type: text, dimension: plan }";

#[test]
fn null_and_texts_that_look_like_it_stay_apart_in_every_format() {
    let metrics =
        "  n: { category: effect, question: What is it?, slices: [plan], value: count(events) }\n";
    let rows = "{\"day\":\"2026-02-10\",\"plan\":null}\n{\"day\":\"2026-02-10\",\"plan\":\"(unknown)\"}\n{\"day\":\"2026-02-10\",\"plan\":\"\"}\n{\"day\":\"2026-02-10\",\"plan\":\"'=1\"}\n{\"day\":\"2026-02-10\",\"plan\":\"=1\"}\n";
    let project = of_events(PLAN, metrics, rows);
    let ask = |format: &str| {
        project.run(&["query", "n", "--by", "plan", "--format", format]).ended(0).out
    };

    let csv = ask("csv");
    let lines: Vec<&str> = csv.lines().collect();
    let rest = "2026-02,2026-02-01,2026-03-01,complete,1,1,,,,";
    assert_eq!(
        lines,
        [
            "plan,bucket,start,end,status,value,n,absent,absent_denominator,reason,unknown"
                .to_owned(),
            format!(",{rest}"),
            format!("\"''=1\",{rest}"),
            format!("(unknown),{rest}"),
            format!("\"'=1\",{rest}"),
            format!(",{rest}plan"),
        ]
    );

    let json: Value = serde_json::from_str(&ask("json")).unwrap();
    let plans: Vec<&Value> =
        json["figures"].as_array().unwrap().iter().map(|figure| &figure["slice"]["plan"]).collect();
    assert_eq!(
        plans,
        ["", "'=1", "(unknown)", "=1"]
            .map(Value::from)
            .iter()
            .chain([&Value::Null])
            .collect::<Vec<_>>()
    );

    let table = ask("table");
    let head = table.lines().nth(1).unwrap();
    assert!(
        head.contains("(unknown)") && head.contains("(no value)") && head.contains("''"),
        "{table}"
    );

    project.run(&["build"]).ended(0);
    let page = fs::read_to_string(project.path("site/kpi/n.html")).unwrap();
    assert!(page.contains("<bdi>(unknown)</bdi>") && page.contains("<i>(no value)</i>"), "{page}");
    let json = fs::read_to_string(project.path("site/kpi/n.json")).unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["slices"][0]["values"][4]["value"], Value::Null);
    let csv = fs::read_to_string(project.path("site/kpi/n.by.plan.csv")).unwrap();
    assert_eq!(
        csv.lines().filter(|line| line.starts_with("plan,,") && line.ends_with(",plan")).count(),
        1,
        "{csv}"
    );
}

#[test]
fn a_target_of_a_total_is_not_handed_down_and_one_of_a_ratio_is() {
    let metrics = "  \
total: { category: effect, question: q, slices: [plan], target: { at_least: 10, by: { plan: { pro: 1 } } }, value: count(events) }
  per_day: { category: effect, question: q, slices: [plan], target: { at_least: 10 }, value: count(events) / business_days }
  share: { category: effect, question: q, slices: [plan], unit: percent, target: { at_least: 10% }, value: count(events where n > 1) / count(events) }
  mean: { category: effect, question: q, slices: [plan], target: { at_least: 10 }, value: avg(events.n) }
";
    let rows = "{\"day\":\"2026-02-10\",\"plan\":\"pro\",\"n\":2}\n{\"day\":\"2026-02-10\",\"plan\":\"free\",\"n\":1}\n";
    let project = of_events(&format!("{PLAN}, n: integer"), metrics, rows);
    project.run(&["build"]).ended(0);
    let verdicts = |kpi: &str| -> Vec<String> {
        let json = fs::read_to_string(project.path(&format!("site/kpi/{kpi}.json"))).unwrap();
        let json: Value = serde_json::from_str(&json).unwrap();
        let values = json["slices"][0]["values"].as_array().unwrap();
        values.iter().map(|value| value["verdict"].as_str().unwrap().to_owned()).collect()
    };
    // free, then pro.
    assert_eq!(verdicts("total"), ["no target", "met"]);
    assert_eq!(verdicts("per_day"), ["no target", "no target"]);
    assert_eq!(verdicts("share"), ["missed", "met"]);
    assert_eq!(verdicts("mean"), ["missed", "missed"]);
    let page = fs::read_to_string(project.path("site/kpi/per_day.html")).unwrap();
    assert_eq!(
        page.matches("Target missed").count() + page.matches("target missed").count(),
        2,
        "of the whole alone: {page}"
    );
}

#[test]
fn better_and_worse_are_said_without_a_target() {
    let metrics = "  \
up: { category: effect, question: q, better: higher, slices: [plan], value: count(events) }
  down: { category: effect, question: q, better: lower, value: count(events) }
  range: { category: effect, question: q, better: 'inside [2, 4]', slices: [plan], value: count(events) }
  none: { category: effect, question: q, value: count(events) }
";
    let rows = "{\"day\":\"2026-01-10\",\"plan\":\"pro\"}\n{\"day\":\"2026-02-10\",\"plan\":\"pro\"}\n{\"day\":\"2026-02-11\",\"plan\":\"pro\"}\n";
    let project = of_events(PLAN, metrics, rows);
    project.run(&["build"]).ended(0);
    let asked = project.run(&["query", "range", "--format", "json"]).ended(0).out;
    let asked: Value = serde_json::from_str(&asked).unwrap();
    assert_eq!(asked["better"]["inside"], Value::from(vec![2.0, 4.0]));
    let index = fs::read_to_string(project.path("site/data/index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    let kpis = index["kpis"].as_array().unwrap();
    let said: Vec<(&str, &Value)> = kpis
        .iter()
        .map(|kpi| (kpi["name"].as_str().unwrap(), &kpi["headline"]["change"]["judgement"]))
        .collect();
    let (better, worse) = (Value::from("better"), Value::from("worse"));
    assert_eq!(
        said,
        [("up", &better), ("down", &worse), ("range", &better), ("none", &Value::Null)]
    );
    let read = |file: &str| fs::read_to_string(project.path(file)).unwrap();
    let page = read("site/kpi/up.html");
    assert!(page.contains("better than 2026-01") && page.contains("higher is better"), "{page}");
    assert!(read("site/kpi/down.html").contains("worse than 2026-01"));
    let page = read("site/kpi/range.html");
    assert!(page.contains("in the good range") && page.contains("between 2 and 4"), "{page}");
    let index = read("site/index.html");
    assert!(index.contains("2 better, 1 worse than in the previous period"), "{index}");
    assert!(read("site/kpi/up.csv").lines().last().unwrap().ends_with(",better"));
    assert!(read("site/kpi/none.csv").lines().last().unwrap().ends_with(",,,"));
    // A part of a total is not held against the range of the whole.
    assert!(read("site/kpi/up.by.plan.csv").lines().last().unwrap().ends_with(",better,"));
    assert!(read("site/kpi/range.by.plan.csv").lines().last().unwrap().ends_with(",,,,"));
}
