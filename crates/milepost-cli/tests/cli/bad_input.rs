use std::fs;

use super::Project;

#[test]
fn specs_that_can_not_be_read() {
    let project = Project::new();
    fs::write(project.path("specs/kpis.yaml"), b"metrics:\n  mrr: { label: \"\xff\" }\n").unwrap();
    project.run(&["check"]).ended(1).says("invalid-utf8").says("specs/kpis.yaml:2:");
    fs::write(project.path("specs/kpis.yaml"), vec![b'#'; (8 << 20) + 1]).unwrap();
    project.run(&["check"]).ended(1).says("spec-too-large").says("over 8 MB");
    fs::remove_dir_all(project.path("specs")).unwrap();
    project.run(&["check"]).ended(1).says("spec-unreadable").says("specs/");
    project.edit("milepost.yaml", "edition: 2026", "edition: 2026\nspecs: ../specs/");
    project.run(&["build"]).ended(1).says("outside-project").says("milepost.yaml:");
}

#[test]
fn data_that_is_not_there() {
    let project = Project::new();
    fs::remove_file(project.path("data/events.csv")).unwrap();
    project.run(&["check"]).ended(1).says("data/events.csv").says("specs/data.yaml:");
    project.run(&["query", "mrr"]).ended(1).says("data/events.csv");
    project.run(&["build"]).ended(1);
    assert!(!project.path("site").exists());
}

#[test]
fn text_of_specs_and_data_is_shown_and_does_nothing() {
    let project = Project::new();
    project.edit("data/accounts.csv", "starter", "\u{1b}[31m<script>alert(1)</script>");
    project.edit(
        "specs/kpis.yaml",
        "label: Seats in use",
        "label: \"\\e[2J=1+1 <script>alert(2)</script>\"",
    );
    let table = project.run(&["query", "seat_use", "--by", "plan"]).ended(0).out;
    assert!(!table.contains('\u{1b}'), "{table:?}");
    project.run(&["build"]).ended(0);
    for (path, bytes) in project.files("site") {
        let text = String::from_utf8_lossy(&bytes);
        let is_page = path.extension().is_some_and(|ending| ending == "html");
        assert!(!is_page || !text.contains("<script>alert"), "{}", path.display());
    }
}

#[cfg(unix)]
#[test]
fn a_place_that_can_not_be_written() {
    let project = Project::new();
    fs::write(project.path("taken"), "a file").unwrap();
    project.run(&["build", "--out", "taken/site"]).ended(3).says("output-not-writable");
    project.run(&["query", "mrr", "--out", "taken/mrr.txt"]).ended(3).says("output-not-writable");
    project
        .run(&["demo", "--accounts", "1", "--out", "taken/data"])
        .ended(3)
        .says("output-not-writable");
}
