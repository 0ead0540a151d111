//! What `check` tells before a build.

use std::fs;

use serde_json::Value;

use super::{Project, milepost};

/// The messages of a run, without the line that says how it ended.
fn told(err: &str) -> String {
    let mut lines: Vec<&str> = err.trim_end().lines().collect();
    lines.pop();
    lines.join("\n")
}

/// `check --data` and `build` tell the same, and both end with 1.
fn refused_by_both(project: &Project, words: &str) {
    let build = project.run(&["build"]).ended(1).says(words);
    let check = project.run(&["check", "--data"]).ended(1);
    assert_eq!(told(&check.err), told(&build.err));
    assert!(!project.path("site").exists(), "nothing is written");
}

#[test]
fn what_a_build_would_refuse_is_found_by_check() {
    let project = Project::new();
    project.edit("data/subscriptions.csv", "160.00,2025-09-13", "\"$1,160.00\",2025-09-13");
    project.run(&["check"]).ended(0).says("no mistakes");
    refused_by_both(&project, "`$1,160.00` is no decimal number");

    // A history that only a slice leads into.
    let project = Project::new();
    project.edit(
        "specs/data.yaml",
        "      seats: { type: integer",
        "      tier: { type: text, dimension: tier }\n      seats: { type: integer",
    );
    let path = project.path("data/subscriptions.csv");
    let text = fs::read_to_string(&path).unwrap();
    let mut lines: Vec<String> = text.lines().map(|line| format!("{line},basic")).collect();
    lines[0] = format!("{},tier", text.lines().next().unwrap());
    lines.push("a01,8,160.00,2025-10-13,,basic".to_owned());
    fs::write(&path, lines.join("\n")).unwrap();
    project.run(&["check", "--data"]).ended(0);
    project.edit(
        "specs/kpis.yaml",
        "    value: count(distinct events.user where name = 'login')\n",
        "    value: count(distinct events.user where name = 'login')\n    slices: [tier]\n",
    );
    let kpis = fs::read_to_string(project.path("specs/kpis.yaml")).unwrap();
    let once = kpis.replacen("    slices: [plan]\n", "", 1);
    fs::write(project.path("specs/kpis.yaml"), once).unwrap();
    refused_by_both(&project, "overlapping-history");
}

#[test]
fn what_a_helper_reads_is_checked_too() {
    let project = Project::new();
    project.edit("data/subscriptions.csv", "a01,8,", "a01,many,");
    fs::write(
        project.path("specs/kpis.yaml"),
        "metrics:\n  people: { category: reach, question: How many?, value: count(distinct events.user) }\n  seats: { value: sum(subscriptions.seats at end) }\n",
    )
    .unwrap();
    fs::remove_file(project.path("specs/tests.yaml")).unwrap();
    project.run(&["build"]).ended(0);
    project.run(&["check", "--data"]).ended(1).says("`many` is no integer");
}

#[test]
fn what_is_unavailable_is_counted_apart() {
    let project = Project::without_subscriptions();
    project
        .run(&["check"])
        .ended(0)
        .says("unavailable: seat_use needs dataset subscriptions")
        .says("checked 2 metrics (3 more unavailable), 3 datasets and 2 entities: no mistakes");
    project.run(&["build"]).ended(0).says("2 KPIs, 3 unavailable, as of");
    let index = fs::read_to_string(project.path("site/index.html")).unwrap();
    assert!(index.contains("2 KPIs, 3 unavailable"), "{index}");
    // Each once, in the list of its category, and none among those that are judged.
    assert_eq!(index.matches("needs dataset subscriptions").count(), 3, "{index}");
    assert!(index.contains("1 target") || index.contains("0 of 1 met"), "{index}");
    // The dataset without files is on the page of the data.
    let data = fs::read_to_string(project.path("site/datasets.html")).unwrap();
    assert!(data.contains("no files there"), "{data}");
    assert!(data.contains("id=\"dataset-subscriptions\""), "{data}");
}

#[test]
fn what_is_unavailable_is_listed_for_programs() {
    let project = Project::without_subscriptions();
    let run = project.run(&["check", "--format", "json"]).ended(0);
    let list: Value = serde_json::from_str(&run.out).unwrap();
    let list = list.as_array().unwrap();
    assert_eq!(list.len(), 3, "{list:#?}");
    let one = &list[0];
    assert_eq!((&one["code"], &one["severity"]), (&"unavailable".into(), &"note".into()));
    assert_eq!(one["message"], "`seat_use` is unavailable: it needs dataset subscriptions");
    assert_eq!((&one["file"], &one["line"]), (&"specs/kpis.yaml".into(), &15.into()));
    assert!(one["help"][0].as_str().unwrap().contains("bring the files of `subscriptions`"));
}

#[test]
fn what_is_unavailable_can_be_denied() {
    let project = Project::without_subscriptions();
    let denied = ["--deny", "unavailable"];
    let run = project.run(&[&["check"], &denied[..]].concat()).ended(1);
    assert_eq!(run.err.matches("error[unavailable]").count(), 3, "{}", run.err);
    let run = run.says("3 errors");
    assert!(!run.err.contains("unavailable: seat_use"), "told once:\n{}", run.err);
    let run = project.run(&[&["build"], &denied[..]].concat()).ended(1);
    run.says("no site was written: 3 errors");
    assert!(!project.path("site").exists());
    let json = project.run(&[&["check", "--format", "json"], &denied[..]].concat()).ended(1);
    assert_eq!(json.out.matches("\"severity\":\"error\"").count(), 3, "{}", json.out);
    // Beside warnings, and where nothing is lacking.
    project.run(&["check", "--deny", "warnings,unavailable"]).ended(1);
    project.run(&["check", "--deny", "warnings", "--deny", "unavailable"]).ended(1);
    Project::new().run(&[&["build"], &denied[..]].concat()).ended(0);
}

#[test]
fn packages_of_the_catalog_are_unavailable_where_they_are_used() {
    let project = Project::new();
    project.edit("milepost.yaml", "# use: [std/adoption]", "use: [std/advocacy]");
    fs::remove_file(project.path("specs/tests.yaml")).unwrap();
    let run = project.run(&["check", "--format", "json"]).ended(0);
    let list: Value = serde_json::from_str(&run.out).unwrap();
    let list = list.as_array().unwrap();
    assert!(!list.is_empty());
    for one in list {
        assert_eq!((&one["code"], &one["file"]), (&"unavailable".into(), &"milepost.yaml".into()));
    }
}

#[test]
fn programs_get_paths_from_where_they_run() {
    let project = Project::new();
    project.edit("specs/kpis.yaml", "label: Weekly active users", "lable: Weekly active users");
    let inside = |file: &str| fs::canonicalize(project.path(file)).unwrap();
    let above = tempfile::tempdir_in(project.folder.path()).unwrap();
    let name = above.path().file_name().unwrap().to_str().unwrap();
    let ran = [
        (project.folder.path().to_owned(), vec!["check"]),
        (project.folder.path().to_owned(), vec!["check", "."]),
        (project.path("specs"), vec!["check"]),
        (project.path("specs"), vec!["check", ".."]),
        (above.path().to_owned(), vec!["--project", "..", "check"]),
        (above.path().to_owned(), vec!["--project", "..", "build"]),
    ];
    for (folder, arguments) in ran {
        let run = milepost(&folder, &[&arguments[..], &["--format", "json"]].concat()).ended(1);
        let list: Value = serde_json::from_str(&run.out).unwrap();
        let file = list[0]["file"].as_str().unwrap();
        assert_eq!(list[0]["labels"][0]["file"], file, "{arguments:?}");
        assert_eq!(
            fs::canonicalize(folder.join(file)).unwrap(),
            inside("specs/kpis.yaml"),
            "{name} {arguments:?}: {file}"
        );
    }
}

#[test]
fn files_for_programs_hold_no_line_numbers() {
    let project = Project::new();
    project.run(&["build", "--out", "before"]).ended(0);
    project.edit("specs/kpis.yaml", "metrics:\n", "# A comment, and a line.\n\nmetrics:\n");
    project.run(&["build", "--out", "after"]).ended(0);
    let json = fs::read_to_string(project.path("after/kpi/seat_use.json")).unwrap();
    assert!(json.contains("\"place\": \"specs/kpis.yaml\""), "{json}");
    let page = fs::read_to_string(project.path("after/kpi/seat_use.html")).unwrap();
    assert!(page.contains("specs/kpis.yaml:17"), "{page}");
    let is_data = |path: &std::path::Path| path.extension().is_some_and(|end| end != "html");
    let (before, after) = (project.files("before"), project.files("after"));
    let mut compared = 0;
    for (path, bytes) in before.iter().filter(|(path, _)| is_data(path)) {
        let inside = path.strip_prefix(project.path("before")).unwrap();
        assert_eq!(after[&project.path("after").join(inside)], *bytes, "{}", inside.display());
        compared += 1;
    }
    assert!(compared > 10);
}
