//! `milepost log` and `build --history`: what commits changed of a definition, in real repositories.

use std::fs;
use std::path::Path;

use super::diff::{commit, git, git_with, repository};
use super::{Project, milepost};

/// A commit of a day.
fn commit_on(folder: &Path, day: &str, message: &str) {
    git(folder, &["add", "--all"]);
    let date = format!("{day}T12:00:00+00:00");
    let dates = [("GIT_AUTHOR_DATE", &*date), ("GIT_COMMITTER_DATE", &*date)];
    git_with(folder, &["commit", "--quiet", "--message", message], &dates);
}

fn read(project: &Project, path: &str) -> String {
    fs::read_to_string(project.path(path)).unwrap()
}

#[test]
fn the_history_of_a_definition() {
    let project = repository();
    let folder = project.folder.path();
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    commit(folder, "Thirty days");
    project.edit("specs/kpis.yaml", "label: Seats in use", "label: Seats");
    commit(folder, "A shorter label");
    project.edit("specs/kpis.yaml", "  seat_use:\n", "  seats_used:\n    renamed_from: seat_use\n");
    commit(folder, "Another name");
    project.edit("specs/kpis.yaml", "60%", "65%");
    commit(folder, "More");
    let run = project.run(&["log", "seats_used"]).ended(0);
    let heads: Vec<&str> =
        run.out.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    let subjects: Vec<&str> =
        heads.iter().filter_map(|line| Some(line.split_once("Test: ")?.1)).collect();
    assert_eq!(subjects, ["More", "Another name", "Thirty days", "begin"], "{}", run.out);
    assert!(run.out.contains("^ target › at_least: 60% → 65%"), "{}", run.out);
    assert!(
        run.out.contains("~ value › numerator › window: over 28 days → over 30 days"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("! metric seats_used, before seat_use: contract-breaking"),
        "{}",
        run.out
    );
    assert!(run.out.ends_with("4 of 5 commits changed it\n"), "{}", run.out);
    let cut = project.run(&["log", "seats_used", "-n", "2"]).ended(0);
    assert!(cut.out.contains("older ones were not looked at"), "{}", cut.out);
    let json = project.run(&["log", "seats_used", "--format", "json"]).ended(0);
    let page: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(page["entries"][0]["message"], "More");
    project.run(&["log", "seat_used"]).ended(2).says("did you mean `seats_used`?");
    Project::new().run(&["log", "mrr"]).ended(2).says("is in no git repository");
}

#[test]
fn pages_tell_what_commits_changed() {
    let project = Project::new();
    let folder = project.folder.path();
    git(folder, &["init", "--quiet"]);
    fs::write(project.path(".gitignore"), "site/\n").unwrap();
    commit_on(folder, "2026-01-10", "begin");
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    commit_on(folder, "2026-02-03", "Thirty <b>days</b>");
    project.edit("specs/kpis.yaml", "label: Seats in use", "label: Seats");
    commit_on(folder, "2026-02-04", "A shorter label");
    project.edit("specs/kpis.yaml", "60%", "65%");
    project.run(&["build", "--history"]).ended(0);

    let page = read(&project, "site/kpi/seat_use.html");
    let list = page.split_once("id=\"history\"").unwrap().1;
    let at = |text: &str| list.find(text).unwrap_or_else(|| panic!("{text}: {list}"));
    assert!(at("not committed yet") < at("60% → 65%"));
    assert!(at("60% → 65%") < at("Thirty &lt;b&gt;days&lt;/b&gt;"));
    assert!(at("over 28 days → over 30 days") < at("2026-01-10"));
    assert!(!list.contains("A shorter label"), "it changed nothing: {list}");
    assert!(!page.contains("Test:") && !page.contains("example.com"), "authors are not told");
    let marked = "Definition changed on 2026-02-03: value-changing";
    assert_eq!(page.matches(&format!("<title>{marked}</title>")).count(), 2, "in both widths");

    let head = git(folder, &["rev-parse", "HEAD"]);
    let index: serde_json::Value =
        serde_json::from_str(&read(&project, "site/data/index.json")).unwrap();
    assert_eq!(index["made_from"]["commit"], head);
    assert_eq!(index["made_from"]["is_changed"], true);
    let data: serde_json::Value =
        serde_json::from_str(&read(&project, "site/kpi/seat_use.json")).unwrap();
    assert_eq!(data["history"]["changes"][1]["commit"]["day"], "2026-02-03");
    assert_eq!(data["history"]["is_cut"], false);

    // Of a few commits it is said that there are more.
    project.run(&["build", "--history=0"]).ended(2).says("would be zero");
    project.run(&["build", "--history=999999999999"]).ended(0);
    assert!(!read(&project, "site/kpi/mrr.html").contains("Older commits were not looked at"));
    project.run(&["build", "--history=1"]).ended(0);
    assert!(read(&project, "site/kpi/mrr.html").contains("Older commits were not looked at"));
}

#[test]
fn without_being_asked_git_changes_no_byte() {
    let project = Project::new();
    project.run(&["build"]).ended(0);
    let before = read(&project, "site/kpi/seat_use.html");
    project.run(&["build", "--history"]).ended(2).says("is in no git repository");
    git(project.folder.path(), &["init", "--quiet"]);
    project.run(&["build", "--history"]).ended(2);
    fs::write(project.path(".gitignore"), "site/\n").unwrap();
    commit(project.folder.path(), "begin");
    project.run(&["build"]).ended(0);
    assert_eq!(before, read(&project, "site/kpi/seat_use.html"));
    assert!(!before.contains("id=\"history\""));
}

/// A project may lie in a folder of its repository, and may have lain in another one before.
#[test]
fn the_history_of_a_project_in_a_folder_that_moved() {
    let project = Project::new();
    let outer = tempfile::tempdir().unwrap();
    let (top, old) = (outer.path(), outer.path().join("numbers"));
    fs::rename(project.folder.path(), &old).unwrap();
    git(top, &["init", "--quiet"]);
    commit(top, "begin");
    fs::write(top.join("README.md"), "Something else").unwrap();
    commit(top, "beside it");
    let specs = fs::read_to_string(old.join("specs/kpis.yaml")).unwrap();
    fs::write(old.join("specs/kpis.yaml"), specs.replace("over 28 days", "over 30 days")).unwrap();
    commit(top, "Thirty days");
    fs::create_dir(top.join("analytics")).unwrap();
    git(top, &["mv", "numbers", "analytics/metrics"]);
    commit(top, "move");
    let run = milepost(&top.join("analytics/metrics"), &["log", "seat_use"]).ended(0);
    assert!(run.out.contains("Test: Thirty days\n"), "{}", run.out);
    assert!(run.out.contains("Test: begin\n"), "{}", run.out);
    assert!(run.out.ends_with("2 of 3 commits changed it\n"), "{}", run.out);
}

#[test]
fn a_project_that_no_commit_has() {
    let project = repository();
    let other = Project::new();
    let place = project.path("other");
    fs::rename(other.folder.path(), &place).unwrap();
    milepost(&place, &["log", "mrr"]).ended(2).says("no commit has this project yet");
}
