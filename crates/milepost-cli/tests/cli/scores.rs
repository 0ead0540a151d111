//! `milepost query`, `explain` and `build` of scores.

use std::fs;

use super::Project;

/// Accounts with a score of two components, one of which is overridden.
fn project() -> Project {
    let project = Project::new();
    for entry in fs::read_dir(project.path("specs")).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let write = |path: &str, text: &str| fs::write(project.path(path), text).unwrap();
    write("milepost.yaml", "project: shop\nas_of: 2026-03-31\nhistory: 2 months\n");
    write(
        "specs/all.yaml",
        "\
entities:
  account: { key: account_id, home: accounts, lives: always }
datasets:
  accounts: { from: data/accounts.csv, key: account_id, columns: { used: integer, seats: integer, stars: integer } }
  fixes: { from: data/fixes.csv, kind: events, time: given_at, entities: { account: account_id }, columns: { given_at: date, until: { type: date, planned: true }, score: integer, reason: text } }
scores:
  health:
    question: How are they?
    of: account
    components:
      - use:  { value: used / seats, worst: 0%, best: 100%, weight: 3 }
      - mood: { value: stars, worst: 1, best: 5 }
    bands: [ green: score >= 70, red: otherwise ]
    override: { rows: fixes, score: score, until: until, reason: reason }
metrics:
  mean: { category: effect, question: How are all?, slices: [health.band], value: avg(health per account) }
",
    );
    write("data/accounts.csv", "account_id,used,seats,stars\n1,8,10,5\n2,2,10,1\n3,,,\n4,9,10,5\n");
    write(
        "data/fixes.csv",
        "given_at,account_id,until,score,reason\n2026-03-01,4,2026-05-01,20,They leave\n",
    );
    project
}

#[test]
fn a_score_lists_all_members_the_lowest_first() {
    let project = project();
    let text = project.run(&["query", "health"]).ended(0).out;
    assert!(text.contains("4 accounts, 1 of them without a score: 1 green, 2 red"), "{text}");
    assert!(!text.contains("use.value"), "the table has the lines alone: {text}");
    let csv = project.run(&["query", "health", "--members", "--format", "csv"]).ended(0).out;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 5, "{csv}");
    assert!(lines[1].starts_with("health/2,health,listed,,1,2,15,red,"), "{csv}");
    assert!(lines[2].starts_with("health/4,health,listed,,2,4,20,red,"), "{csv}");
    assert!(lines[2].contains("They leave"), "{csv}");
    assert!(lines[3].starts_with("health/1,health,listed,,3,1,85,green,"), "{csv}");
    assert!(lines[4].starts_with("health/3,health,listed,,4,3,,,"), "{csv}");
}

#[test]
fn what_a_score_says_of_members_is_no_number() {
    let project = project();
    let told = project.run(&["query", "health.change"]).ended(2).err;
    assert!(told.contains("is a value of each member"), "{told}");
    // What metrics are sliced by is asked as a segment.
    let sizes = project.run(&["query", "health.band"]).ended(0).out;
    assert!(sizes.contains("green"), "{sizes}");
    let told = project.run(&["query", "health", "--by", "health.band"]).ended(2).err;
    assert!(told.contains("`health.count --by health.band`"), "{told}");
    let shown = project.run(&["query", "health.count", "--by", "health.band", "--grain", "month"]);
    assert!(shown.ended(0).out.contains("(unknown)"));
}

#[test]
fn a_score_is_explained_in_words() {
    let text = project().run(&["explain", "health"]).ended(0).out;
    for words in [
        "Health of an account is a number from 0 to 100, the weighted mean of 2 components",
        "0% is 0 and 100% is 100, linear in between and never beyond",
        "use: 75.0 (“green”)",
        "leaves its weight to the others",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(!text.contains("SELECT"), "{text}");
}

#[test]
fn a_score_has_a_page_and_files() {
    let project = project();
    project.run(&["build"]).ended(0);
    let read = |path: &str| fs::read_to_string(project.path(path)).unwrap();
    let page = read("site/score/health.html");
    assert!(page.contains("Overrides in force") && page.contains("They leave"));
    assert_eq!(read("site/scores/health.csv").lines().count(), 5);
    assert_eq!(read("site/scores/health.jsonl").lines().count(), 4);
    assert!(read("site/index.html").contains("score/health.html"));
    let checked = project.run(&["check"]).ended(0).err;
    assert!(checked.contains("checked 1 metric, 1 score, 2 datasets"), "{checked}");
}
