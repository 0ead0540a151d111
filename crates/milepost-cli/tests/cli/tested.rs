//! `milepost test`

use super::Project;

const PASSES: &str = "seats_are_counted_at_the_end";

#[test]
fn the_tests_of_a_new_project_pass() {
    let run = Project::new().run(&["test"]).ended(0).says("2 tests: 2 passed");
    assert!(run.out.contains(&format!("passed  {PASSES} (seat_use)")), "{}", run.out);
}

#[test]
fn no_file_of_data_is_read() {
    let project = Project::new();
    std::fs::remove_dir_all(project.path("data")).unwrap();
    project.run(&["test"]).ended(0).says("2 passed");
}

#[test]
fn a_test_that_fails_shows_both_figures_and_its_place() {
    let project = Project::new();
    project.edit("specs/tests.yaml", "value: 50%", "value: 60%");
    let run = project.run(&["test"]).ended(1).says("2 tests: 1 passed, 1 failed");
    let line = run.out.lines().find(|line| line.contains('✗')).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words[..5], ["✗", "2026-03", "60%", "50%", "-10%"], "{}", run.out);
    assert!(words[5].starts_with("specs/tests.yaml:"), "{}", run.out);
    assert!(run.out.contains("FAILED"));
}

#[test]
fn tests_can_be_named() {
    let project = Project::new();
    let run = project.run(&["test", PASSES]).ended(0).says("1 test: 1 passed");
    assert!(run.out.contains("50%"), "a test that was named shows its figures: {}", run.out);
    project
        .run(&["test", "seats_are_counted_at_the_ends"])
        .ended(2)
        .says(&format!("did you mean `{PASSES}`?"));
}

#[test]
fn results_can_be_read_by_programs() {
    let project = Project::new();
    let run = project.run(&["test", PASSES, "--format", "json"]).ended(0);
    let list: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(list[0]["test"], PASSES);
    assert_eq!(list[0]["passed"], true);
    assert_eq!(list[0]["figures"][0]["got"]["value"], 0.5);
    assert_eq!(list[0]["figures"][0]["file"], "specs/tests.yaml");
    assert_eq!(run.err, "");
}

#[test]
fn mistakes_in_tests_are_told_by_check_too() {
    let project = Project::new();
    project.edit("specs/tests.yaml", "metric: seat_use", "metric: seats_use");
    for command in ["check", "test", "build"] {
        project.run(&[command]).ended(1).says("did you mean `seat_use`?");
    }
    // Commands whose business is one metric do not look at tests.
    project.run(&["query", "mrr"]).ended(0);
}

#[test]
fn without_tests_there_is_nothing_to_fail() {
    let project = Project::new();
    std::fs::remove_file(project.path("specs/tests.yaml")).unwrap();
    project.run(&["test"]).ended(0).says("no tests");
}

#[test]
fn packages_of_the_catalog_do_not_stand_in_the_way_of_tests() {
    let project = Project::new();
    let packages = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/std");
    let files = std::fs::read_dir(packages).unwrap().map(|entry| entry.unwrap().path());
    let all: Vec<String> =
        files.map(|path| format!("std/{}", path.file_stem().unwrap().display())).collect();
    assert!(all.len() > 5, "{all:?}");
    for list in [vec!["std/adoption".to_owned()], all] {
        let before = std::fs::read_to_string(project.path("milepost.yaml")).unwrap();
        let before = before.lines().find(|line| line.contains("use: [")).unwrap().to_owned();
        project.edit("milepost.yaml", &before, &format!("use: [{}]", list.join(", ")));
        project.run(&["check", "--data"]).ended(0);
        project.run(&["test"]).ended(0).says("2 tests: 2 passed");
        project.run(&["build"]).ended(0);
    }
}
