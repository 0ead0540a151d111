//! `milepost diff --published SITE`: what changed data and what changed definitions did to figures that were published.

use std::fs;

use serde_json::Value;

use super::{Project, Run, milepost};

/// A project, its definitions of now as `old.json`, and a site that was built with them in `published`.
fn published(as_of: &str) -> Project {
    let project = Project::new();
    project.run(&["check", "--emit-model", "old.json"]).ended(0);
    project.run(&["build", "--out", "published", "--as-of", as_of]).ended(0);
    project
}

const DIFF: [&str; 5] = ["diff", "old.json", "--data", "--published", "published"];

fn json(run: &Run) -> Value {
    let page: Value = serde_json::from_str(&run.out).unwrap();
    page["published"].clone()
}

/// What became of the figures, as text and as JSON.
fn compared(project: &Project, as_of: &str) -> (String, Value) {
    let mut arguments = [&DIFF[..], &["--as-of", as_of]].concat();
    let text = project.run(&arguments);
    arguments.extend(["--format", "json"]);
    (text.out, json(&project.run(&arguments)))
}

fn metric<'v>(found: &'v Value, name: &str) -> &'v Value {
    let all = found["metrics"].as_array().unwrap();
    all.iter().find(|metric| metric["name"] == name).unwrap_or_else(|| panic!("{name}: {found:#}"))
}

/// What the first customer pays is another amount, from the first day on.
fn change_the_data(project: &Project) {
    project.edit("data/subscriptions.csv", "a01,8,160.00", "a01,8,260.00");
}

#[test]
fn nothing_changed() {
    let project = published("2026-02-28");
    let (text, found) = compared(&project, "2026-02-28");
    assert!(text.contains("\npublished figures: 5 as published\n"), "{text}");
    assert!(text.ends_with("\nno differences\n"), "{text}");
    assert_eq!((found["same"].as_u64(), found["metrics"].as_array().unwrap().len()), (Some(5), 0));
    project.run(&[&DIFF[..], &["--as-of", "2026-02-28"]].concat()).ended(0);
}

/// Each figure is the one that `query` gives by those definitions on that data.
#[test]
fn data_and_definition_are_told_apart() {
    let project = published("2026-02-28");
    let query = |metric: &str| -> Vec<Value> {
        let arguments = ["query", metric, "--as-of", "2026-02-28", "--format", "json"];
        let page: Value = serde_json::from_str(&project.run(&arguments).ended(0).out).unwrap();
        let figures = page["figures"].as_array().unwrap().clone();
        figures.iter().map(|figure| figure["value"].clone()).collect()
    };
    let then = query("mrr");
    change_the_data(&project);
    let base = query("mrr");
    project.edit(
        "specs/kpis.yaml",
        "value: sum(subscriptions.mrr at end)",
        "value: sum(subscriptions.mrr at end) + 7",
    );
    project.edit(
        "specs/kpis.yaml",
        "where name = 'login')\n\n",
        "where name = 'report_created')\n\n",
    );
    let head = query("mrr");
    let (text, found) = compared(&project, "2026-02-28");
    let last = &metric(&found, "mrr")["headline"];
    let all = |figures: &[Value]| figures.last().unwrap().clone();
    assert_eq!(last["bucket"], "2026-02");
    assert_eq!(last["published"]["value"], all(&then));
    assert_eq!(last["base"]["value"], all(&base));
    assert_eq!(last["head"]["value"], all(&head));
    let cause = |name: &str| metric(&found, name)["cause"].as_str().unwrap().to_owned();
    assert_eq!(cause("mrr"), "data-and-definition");
    // It is computed from the other.
    assert_eq!(cause("mrr_growth"), "data-and-definition");
    assert_eq!(cause("weekly_active_users"), "definition");
    assert!(text.contains("\ndata and definition changed: "), "{text}");
    assert!(text.contains("\ndefinition changed: "), "{text}");
    assert!(
        text.contains(
            "published figures: 2 changed by data and definition, 1 changed by definition, 2 as published"
        ),
        "{text}"
    );
    assert!(text.contains("      = data changed: differs in "), "{text}");
    assert!(text.contains(" on the data of today → "), "{text}");
    // The differences of the definitions are what they are without a site.
    let without =
        project.run(&["diff", "old.json", "--data", "--as-of", "2026-02-28"]).ended(5).out;
    assert!(text.starts_with(&without[..without.find("\n  ~ value-changing:").unwrap()]), "{text}");
}

#[test]
fn changed_data_alone_is_told() {
    let project = published("2026-02-28");
    change_the_data(&project);
    let (text, found) = compared(&project, "2026-02-28");
    assert!(text.contains("\ndata changed: the definition is the same"), "{text}");
    assert_eq!(metric(&found, "mrr")["cause"], "data");
    assert_eq!(metric(&found, "mrr")["definition"]["differing"], 0);
    assert!(text.ends_with("\nno differences\n"), "{text}");
    let markdown = [&DIFF[..], &["--as-of", "2026-02-28", "--format", "markdown"]].concat();
    let run = project.run(&markdown).ended(0);
    assert!(run.out.contains("#### data changed (2)\n"), "{}", run.out);
    assert!(run.out.contains("**metric `mrr`**\n- = last complete: "), "{}", run.out);
}

/// A site of other definitions than the base: nothing is guessed.
#[test]
fn other_definitions_than_the_base_are_told_loudly() {
    let project = published("2026-02-28");
    change_the_data(&project);
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    project.edit("specs/data.yaml", "ends_on: date", "ends_on: { type: date, bad_values: null }");
    project.run(&["check", "--emit-model", "old.json"]).ended(0);
    let (text, found) = compared(&project, "2026-02-28");
    assert!(
        text.contains("\nnote: the site was built with other definitions than the base"),
        "{text}"
    );
    for name in ["mrr", "mrr_growth", "seat_use"] {
        assert_eq!(metric(&found, name)["cause"], "unknown");
    }
    assert!(
        text.contains("= NOT ATTRIBUTED: the site was built with another definition"),
        "{text}"
    );
    assert!(text.contains("(other: column subscriptions.ends_on)"), "{text}");
    assert!(text.contains("(other: the metric itself, column subscriptions.ends_on)"), "{text}");
    assert!(!text.contains("data changed: differs"), "nothing is attributed: {text}");
    let markdown = [&DIFF[..], &["--as-of", "2026-02-28", "--format", "markdown"]].concat();
    let run = project.run(&markdown).ended(0);
    assert!(
        run.out.contains("> [!WARNING]\n> the site was built with other definitions"),
        "{}",
        run.out
    );
    // The site of the head is no site of the base.
    project.run(&["build", "--out", "published", "--as-of", "2026-02-28"]).ended(0);
    project.edit("specs/kpis.yaml", "over 30 days", "over 28 days");
    project.run(&["check", "--emit-model", "old.json"]).ended(0);
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    let (text, found) = compared(&project, "2026-02-28");
    assert_eq!(metric(&found, "seat_use")["is_of_head"], true);
    assert!(text.contains("it is that of the head"), "{text}");
    assert_eq!(found["same"], 4);
}

/// A site of another day: what was not over then is no change of the data.
#[test]
fn periods_that_were_not_over_are_told_as_such() {
    let project = published("2026-01-20");
    let (text, found) = compared(&project, "2026-02-28");
    assert!(
        text.contains("published (as of 2026-01-20; the data is as of 2026-02-28 today"),
        "{text}"
    );
    let logins = metric(&found, "weekly_active_users");
    assert_eq!((&logins["cause"], &logins["data"]["differing"]), (&"time".into(), &0.into()));
    assert!(logins["last_open"]["published_status"] == "partial", "{logins:#}");
    assert!(logins["new"].as_u64().unwrap() >= 5, "{logins:#}");
    // A state of a month that was not over looks complete, and ends with the as-of.
    let mrr = metric(&found, "mrr");
    assert_eq!((&mrr["cause"], &mrr["open"], &mrr["new"]), (&"time".into(), &1.into(), &1.into()));
    assert_eq!(mrr["last_open"]["published_end"], "2026-01-21");
    assert!(text.contains(" (up to 2026-01-21 then) → "), "{text}");
    assert!(text.contains(" not there then"), "{text}");
    assert!(!text.contains("data changed: differs"), "{text}");
    // The other way round, and with a site that ends within a day.
    let project = published("2026-02-28");
    let (_, found) = compared(&project, "2026-01-20");
    assert_eq!(metric(&found, "mrr")["gone"], 1);
    let project = published("2026-01-31T12:00:00");
    let (text, found) = compared(&project, "2026-02-28");
    assert!(found["metrics"].as_array().unwrap().iter().all(|m| m["cause"] != "data"), "{text}");
}

#[test]
fn small_changes_are_counted_and_not_shown() {
    let project = Project::new();
    project.edit("milepost.yaml", "currency: USD", "currency: USD\nreview: { ignore_below: 99% }");
    project.run(&["check", "--emit-model", "old.json"]).ended(0);
    project.run(&["build", "--out", "published", "--as-of", "2026-02-28"]).ended(0);
    project.edit("data/subscriptions.csv", "a01,8,160.00", "a01,8,160.01");
    let (text, found) = compared(&project, "2026-02-28");
    assert_eq!(found["hidden"], 2);
    assert!(text.contains("published figures: 2 too small to show, 3 as published"), "{text}");
}

#[test]
fn other_names_and_metrics_that_came_or_went() {
    let project = published("2026-02-28");
    project.edit("specs/kpis.yaml", "  seat_use:\n", "  seats_used:\n    renamed_from: seat_use\n");
    project.edit("specs/tests.yaml", "metric: seat_use", "metric: seats_used");
    project.edit("specs/kpis.yaml", "grain: week", "grain: day");
    let (text, found) = compared(&project, "2026-02-28");
    assert_eq!(found["same"], 4, "{text}");
    // A seat more, and fewer logins.
    project.edit("data/subscriptions.csv", "a01,8,160.00", "a01,9,160.00");
    let text = fs::read_to_string(project.path("data/events.csv")).unwrap();
    let (first, rest) = text.split_once('\n').unwrap();
    let some: Vec<&str> = rest.lines().step_by(2).collect();
    fs::write(project.path("data/events.csv"), format!("{first}\n{}\n", some.join("\n"))).unwrap();
    let (text, found) = compared(&project, "2026-02-28");
    assert_eq!(metric(&found, "seats_used")["published_as"], "seat_use");
    let weekly = metric(&found, "weekly_active_users");
    assert!(weekly["no_head"].as_str().unwrap().contains("another length of time"), "{text}");
    // The base has one that the site lacks, and the other way round.
    project.run(&["check", "--emit-model", "old.json"]).ended(0);
    let (text, _) = compared(&project, "2026-02-28");
    assert!(
        text.contains("not compared with the site: seats_used: the site does not show it"),
        "{text}"
    );
    assert!(
        text.contains("not compared with the site: seat_use: the site shows it, and the base"),
        "{text}"
    );
}

#[test]
fn a_base_or_a_head_with_mistakes_is_no_end() {
    let project = published("2026-02-28");
    project.edit("specs/kpis.yaml", "subscriptions.mrr at end", "subscriptions.mr at end");
    let run = project.run(&DIFF).ended(5);
    assert!(
        run.out.contains(": the base gives what was published, and the head has mistakes"),
        "{}",
        run.out
    );
    project.edit("specs/kpis.yaml", "subscriptions.mr at end", "subscriptions.mrr at end");
    project.edit("old.json", "mrr at end", "mr at end");
    let run = project.run(&DIFF).ended(5);
    assert!(run.out.contains("the base has mistakes, so nobody knows"), "{}", run.out);
}

/// The same specs, data and as-of give the same bytes, and what they say is what the schema says.
#[test]
fn a_build_records_what_it_was_built_from() {
    let (one, other) = (published("2026-02-28"), published("2026-02-28"));
    let read =
        |project: &Project| fs::read(project.path("published/data/definitions.json")).unwrap();
    assert_eq!(read(&one), read(&other));
    let record: Value = serde_json::from_slice(&read(&one)).unwrap();
    let schema: Value = serde_json::from_str(&one.run(&["schema", "site"]).ended(0).out).unwrap();
    for field in schema["required"].as_array().unwrap() {
        assert!(!record[field.as_str().unwrap()].is_null(), "{field}");
    }
    assert_eq!(record["as_of"], "2026-02-28");
    let run = one.run(&["explain", "mrr", "--canonical"]).ended(0);
    let mrr = record["metrics"].as_array().unwrap().iter().find(|m| m["name"] == "mrr").unwrap();
    assert!(run.out.contains(mrr["fingerprint"].as_str().unwrap()), "{}", run.out);
}

#[test]
fn what_is_no_site_is_told() {
    let project = published("2026-02-28");
    let told = |says: &str| {
        let run = project.run(&DIFF).ended(2).says("site-unreadable");
        // Wherever lines are broken.
        let words = run.err.replace('│', " ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(says), "no `{says}` in:\n{}", run.err);
        assert!(run.out.is_empty() && !run.err.contains('\u{1b}'), "{}", run.err);
        run.says("milepost build --out DIR");
    };
    let record = project.path("published/data/definitions.json");
    let kpi = project.path("published/kpi/mrr.json");
    let index = project.path("published/data/index.json");
    let text = |path: &std::path::Path| fs::read_to_string(path).unwrap();
    let (whole, figures, list) = (text(&record), text(&kpi), text(&index));
    let bad = |path: &std::path::Path, text: String, says: &str, good: &str| {
        fs::write(path, text).unwrap();
        told(says);
        fs::write(path, good).unwrap();
    };
    bad(&record, whole[..whole.len() / 2].to_owned(), "ends in the middle", &whole);
    bad(&record, whole.replace("\"format\": 1", "\"format\": 7"), "is of format 7", &whole);
    bad(&record, "{\"format\": 1}".to_owned(), "has a field that is not as", &whole);
    bad(
        &kpi,
        figures[..figures.len() / 2].to_owned(),
        "`kpi/mrr.json` ends in the middle",
        &figures,
    );
    let twice = figures.replace("\"2026-01\"", "\"2025-12\"");
    bad(&kpi, twice, "the period `2025-12` is twice in `kpi/mrr.json`", &figures);
    bad(&index, list.replace("kpi/mrr.json", "../old.json"), "leads out of the site", &list);
    bad(&index, list.replace("kpi/mrr.json", "kpi/x.json"), "there is no such file", &list);
    bad(&index, list.replace("\"mrr\"", "\"mmr\""), "does not name the KPI `mrr`", &list);
    #[cfg(unix)]
    {
        fs::remove_file(&kpi).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", &kpi).unwrap();
        told("leads out of the site's folder");
        fs::remove_file(&kpi).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&kpi).status().unwrap().success());
        told("it is a pipe, not a file");
        fs::remove_file(&kpi).unwrap();
        fs::write(&kpi, &figures).unwrap();
    }
    fs::remove_file(&record).unwrap();
    told("does not say what its figures were computed");
    fs::write(&record, &whole).unwrap();
    fs::remove_file(project.path("published/.milepost-site")).unwrap();
    told("is no site of milepost");
    fs::remove_dir_all(project.path("published")).unwrap();
    told("there is no folder `published`");
    project.run(&["diff", "old.json", "--published", "published"]).ended(2).says("--data");
    milepost(project.folder.path(), &["diff", "old.json", "--data", "--published"]).ended(2);
}

/// A site of another version of the program says so.
#[test]
fn another_program_is_told() {
    let project = published("2026-02-28");
    project.edit(
        "published/data/definitions.json",
        "\"milepost\": \"0.1.0\"",
        "\"milepost\": \"0.0.9\"",
    );
    let run = project.run(&[&DIFF[..], &["--as-of", "2026-02-28"]].concat()).ended(0);
    assert!(run.out.contains("note: the site was built by milepost 0.0.9"), "{}", run.out);
}
