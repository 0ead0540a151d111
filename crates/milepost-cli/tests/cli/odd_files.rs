//! What is where a file is looked for, and is none: reported by its name, and never waited for.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use super::Project;

fn pipe(path: &Path) {
    let _ = fs::remove_file(path);
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn holidays(project: &Project, path: &str) {
    let from = "week_starts: monday";
    project.edit("milepost.yaml", from, &format!("{from}\n  holidays: {path}"));
}

#[test]
fn pipes_and_sockets_are_told_by_name() {
    for (name, code) in [
        ("milepost.yaml", "spec-unreadable"),
        ("specs/kpis.yaml", "spec-unreadable"),
        ("specs/more.yaml", "spec-unreadable"),
        ("free.csv", "data-unreadable"),
        ("data/events.csv", "data-unreadable"),
    ] {
        let project = Project::new();
        holidays(&project, "free.csv");
        fs::write(project.path("free.csv"), "2026-12-25\n").unwrap();
        project.run(&["check"]).ended(0);
        pipe(&project.path(name));
        let words = format!("`{name}` can't be read: it is a pipe, not a file");
        project.run(&["check"]).ended(1).says(code).says(&words);
        project.run(&["build"]).ended(1).says(&words);
        fs::remove_file(project.path(name)).unwrap();
        let _socket = UnixListener::bind(project.path(name)).unwrap();
        project.run(&["check"]).ended(1).says(code).says("it is a socket, not a file");
        fs::remove_file(project.path(name)).unwrap();
        pipe(&project.path("pipe"));
        symlink(project.path("pipe"), project.path(name)).unwrap();
        project.run(&["check"]).ended(1).says(code).says(&words);
    }
}

#[test]
fn data_is_files_in_a_folder_and_by_a_pattern_too() {
    for from in ["data/events/", "data/events/*.csv"] {
        let project = Project::new();
        fs::create_dir(project.path("data/events")).unwrap();
        fs::rename(project.path("data/events.csv"), project.path("data/events/a.csv")).unwrap();
        project.edit("specs/data.yaml", "data/events.csv", from);
        project.run(&["check"]).ended(0);
        pipe(&project.path("data/events/b.csv"));
        project.run(&["check"]).ended(1).says("`data/events/b.csv` can't be read: it is a pipe");
    }
}

#[test]
fn devices_and_standard_input_are_outside() {
    for end in ["/dev/zero", "/dev/stdin", "/dev/null"] {
        for name in ["milepost.yaml", "specs/kpis.yaml", "free.csv", "data/events.csv"] {
            let project = Project::new();
            holidays(&project, "free.csv");
            let _ = fs::remove_file(project.path(name));
            symlink(end, project.path(name)).unwrap();
            project.run(&["check"]).ended(1).says(name);
        }
    }
    let project = Project::new();
    holidays(&project, "/dev/stdin");
    project.run(&["check"]).ended(1).says("outside-project");
}

#[test]
fn linked_folders_of_specs_are_told_and_not_walked() {
    let project = Project::new();
    symlink(".", project.path("specs/circle")).unwrap();
    symlink("..", project.path("specs/up")).unwrap();
    project
        .run(&["check"])
        .ended(1)
        .says("`specs/circle` can't be read: it is a link to a folder")
        .says("`specs/up` can't be read: it is a link to a folder");
    fs::remove_file(project.path("specs/circle")).unwrap();
    fs::remove_file(project.path("specs/up")).unwrap();
    let outside = tempfile::tempdir().unwrap();
    symlink(outside.path(), project.path("specs/more")).unwrap();
    project.run(&["check"]).ended(1).says("`specs/more` is outside the project's folder");
}
