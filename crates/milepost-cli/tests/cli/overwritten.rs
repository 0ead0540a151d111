//! Results never take the place of what a project is made of.

use std::fs;

use super::{Project, milepost};

/// Everything that `init` makes a project of.
const INPUTS: [&str; 6] = [
    "milepost.yaml",
    "specs/kpis.yaml",
    "specs/data.yaml",
    "data/accounts.csv",
    "data/subscriptions.csv",
    "data/events.csv",
];

#[test]
fn a_query_overwrites_no_input() {
    let project = Project::new();
    let before = project.files(".");
    for input in INPUTS {
        for format in ["csv", "json", "table", "parquet"] {
            project
                .run(&["query", "mrr", "--format", format, "--out", input])
                .ended(3)
                .says("output-not-writable")
                .says("a result never overwrites");
        }
        // Whatever the way to it is.
        project.run(&["query", "mrr", "--out", &format!("specs/../{input}")]).ended(3);
        project.run(&["query", "mrr", "--out", project.path(input).to_str().unwrap()]).ended(3);
    }
    // A folder, and a name that is a project's wherever it is.
    project.run(&["query", "mrr", "--out", "specs"]).ended(3).says("is a folder");
    project.run(&["query", "mrr", "--out", "elsewhere/milepost.yaml"]).ended(3);
    assert_eq!(project.files("."), before, "nothing was written");
}

#[test]
fn the_inputs_of_other_projects_are_safe_too() {
    let (project, other) = (Project::new(), Project::new());
    let target = other.path("data/accounts.csv");
    project
        .run(&["query", "mrr", "--out", target.to_str().unwrap()])
        .ended(3)
        .says("a file of dataset `accounts`");
}

#[cfg(unix)]
#[test]
fn a_link_to_an_input_is_no_way_to_it() {
    use std::os::unix::fs::symlink;
    let project = Project::new();
    let before = fs::read(project.path("data/accounts.csv")).unwrap();
    symlink("data/accounts.csv", project.path("out.csv")).unwrap();
    symlink("data", project.path("results")).unwrap();
    project.run(&["query", "mrr", "--out", "out.csv"]).ended(3).says("is a link");
    project.run(&["query", "mrr", "--out", "results/accounts.csv"]).ended(3);
    assert_eq!(fs::read(project.path("data/accounts.csv")).unwrap(), before);
}

#[test]
fn another_file_is_replaced_whole() {
    let project = Project::new();
    fs::write(project.path("mrr.csv"), "x".repeat(1 << 20)).unwrap();
    project.run(&["query", "mrr", "--format", "csv", "--out", "mrr.csv"]).ended(0);
    let text = fs::read_to_string(project.path("mrr.csv")).unwrap();
    assert!(text.starts_with("bucket,") && !text.contains('x'), "{text:.80}");
    // Beside the data, where no dataset reads it.
    project.run(&["query", "mrr", "--format", "csv", "--out", "data/mrr.csv"]).ended(0);
    project.run(&["query", "mrr", "--format", "json", "--out", "data/mrr.csv"]).ended(0);
}

#[test]
fn the_demo_overwrites_no_dataset() {
    let project = Project::new();
    let demo = ["demo", "--accounts", "1", "--out", "data"];
    project.run(&demo).ended(0);
    // Not read by any dataset yet: replaced.
    project.run(&demo).ended(0);
    fs::write(
        project.path("specs/more.yaml"),
        "datasets:\n  tickets: { from: data/ticket.parquet, kind: events, time: created_at }\n",
    )
    .unwrap();
    let before = project.files("data");
    project.run(&demo).ended(3).says("a file of dataset `tickets`");
    assert_eq!(project.files("data"), before, "not even the others are written");
    milepost(project.folder.path(), &["demo", "--accounts", "1", "--out", "elsewhere"]).ended(0);
}
