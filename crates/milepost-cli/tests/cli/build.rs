use std::fs;

use super::{Project, milepost};

#[test]
fn two_builds_give_the_same_bytes() {
    let project = Project::new();
    project.run(&["build"]).ended(0);
    let first = project.files("site");
    project.run(&["build"]).ended(0);
    assert_eq!(project.files("site"), first);
    let root = project.folder.path().display().to_string();
    for (path, bytes) in first {
        assert!(
            !String::from_utf8_lossy(&bytes).contains(&root),
            "an absolute path in {}",
            path.display()
        );
    }
}

#[test]
fn a_failed_build_leaves_the_old_site_whole() {
    let project = Project::new();
    project.run(&["build"]).ended(0);
    let (site, names) = (project.files("site"), project.names());

    project.edit(
        "specs/kpis.yaml",
        "sum(subscriptions.mrr at end)",
        "sum(subscriptions.mmr at end)",
    );
    project.run(&["build"]).ended(1).says("unknown-column").says("no site was written");
    assert_eq!(project.files("site"), site);
    assert_eq!(project.names(), names);
}

#[test]
fn a_failed_first_build_leaves_nothing() {
    let project = Project::new();
    let names = project.names();
    fs::write(
        project.path("data/events.csv"),
        "event_id,at,user_id,account_id,name\ne1,yesterday,u,a,login\n",
    )
    .unwrap();
    project.run(&["build"]).ended(1).says("events");
    assert_eq!(project.names(), names);
}

#[test]
fn a_folder_that_is_no_site_is_not_replaced() {
    let project = Project::new();
    let data = project.files("data");
    project.run(&["build", "--out", "data"]).ended(3).says("site-not-ours").says("--out");
    project.run(&["build", "--out", "."]).ended(3).says("site-not-ours");
    project.run(&["build", "--out", "README.md"]).ended(3).says("site-not-ours");
    assert_eq!(project.files("data"), data);
}

#[test]
fn the_site_can_go_elsewhere() {
    let project = Project::new();
    let elsewhere = tempfile::tempdir().unwrap();
    let out = elsewhere.path().join("deep/er/site");
    let root = project.folder.path().to_str().unwrap();
    milepost(elsewhere.path(), &["build", root, "--out", "deep/er/site", "--as-of", "2026-02-28"])
        .ended(0)
        .says("as of 2026-02-28");
    assert!(out.join("index.html").is_file());
    assert!(!project.path("site").exists());
}

#[test]
fn a_broken_promise_stops_the_build_unless_it_only_warns() {
    let project = Project::new();
    let mut events = fs::read_to_string(project.path("data/events.csv")).unwrap();
    events.push_str("e9999,2026-03-31T17:17:00Z,a99-u1,a99,login\n");
    fs::write(project.path("data/events.csv"), events).unwrap();
    project.run(&["build"]).ended(1).says("check-failed").says("specs/data.yaml:");
    assert!(!project.path("site").exists());

    project.edit(
        "specs/data.yaml",
        "- relation: account  ",
        "- { relation: account, severity: warn }  ",
    );
    project.run(&["build"]).ended(0).says("warning[check-failed]");
    let page = fs::read_to_string(project.path("site/datasets.html")).unwrap();
    assert!(page.contains("every account is in accounts: <b>broken by 1 row</b>"), "{page}");
    project.run(&["check", "--data", "--deny", "warnings"]).ended(1);
    fs::remove_dir_all(project.path("site")).unwrap();
    project.run(&["build", "--deny", "warnings"]).ended(1).says("no site was written");
    assert!(!project.path("site").exists());
}

#[test]
fn stale_data_is_told() {
    let project = Project::new();
    project.edit(
        "specs/data.yaml",
        "    checks:\n",
        "    freshness: { warn_after: 2 days, error_after: 7 days }\n    checks:\n",
    );
    project.run(&["build", "--as-of", "2026-04-04"]).ended(0).says("warning[stale-data]");
    let page = fs::read_to_string(project.path("site/datasets.html")).unwrap();
    assert!(page.contains("older than its warning limit"), "{page}");
    assert!(page.contains(
        "a row in the last 2 days, else a warning; a row in the last 7 days, else an error"
    ));
    assert!(page.contains("user_id and account_id are never empty: <b>holds</b>"), "{page}");
    project.run(&["check", "--data", "--as-of", "2026-04-04"]).ended(0).says("warning[stale-data]");
    project.run(&["check", "--data", "--as-of", "2026-05-01"]).ended(1).says("error[stale-data]");
    // Without the data there is nothing to tell.
    project.run(&["check"]).ended(0).says("no mistakes");
    let stale = project.run(&["build", "--as-of", "2026-05-01"]).ended(1).says("error[stale-data]");
    assert!(!stale.err.contains("warning["), "told once:\n{}", stale.err);
}

#[test]
fn a_kpi_without_data_is_unavailable_and_the_rest_builds() {
    let project = Project::without_subscriptions();
    project
        .run(&["build"])
        .ended(0)
        .says("unavailable: mrr needs dataset subscriptions")
        .says("unavailable: seat_use needs dataset subscriptions")
        .says("2 KPIs, 3 unavailable, as of");
    let page = fs::read_to_string(project.path("site/kpi/mrr.html")).unwrap();
    assert!(page.contains("unavailable (needs dataset subscriptions)"));
    let query = project.run(&["query", "mrr"]).ended(0).out;
    assert!(query.contains("unavailable (needs dataset subscriptions)"), "{query}");
}
