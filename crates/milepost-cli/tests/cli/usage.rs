use std::fs;
use std::process::{Command, Stdio};

use super::{Project, milepost};

#[test]
fn a_wrong_command_line_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["chek"][..],
        &[],
        &["build", "--nonsense"],
        &["query"],
        &["check", "--as-of", "2026-01-01"],
    ] {
        let run = milepost(folder.path(), arguments).ended(2);
        assert_eq!(run.out, "", "{arguments:?}");
    }
    milepost(folder.path(), &["check"]).ended(2).says("project-not-found");
    milepost(folder.path(), &["check", "nowhere"])
        .ended(2)
        .says("`nowhere` is not a project")
        .says("milepost init");
}

#[test]
fn the_project_is_found_upward() {
    let project = Project::new();
    milepost(&project.path("specs"), &["check"]).ended(0);
    let elsewhere = tempfile::tempdir().unwrap();
    let root = project.folder.path().to_str().unwrap();
    milepost(elsewhere.path(), &["-C", root, "check"]).ended(0);
    milepost(elsewhere.path(), &["check", "--project", root]).ended(0);
    milepost(elsewhere.path(), &["check", root]).ended(0);
}

#[test]
fn help_is_a_result() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (&["--help"][..], "Exit codes:"),
        (&["help"], "Exit codes:"),
        (&["help", "build"], "--as-of"),
        (&["build", "--help"], "--as-of"),
        (&["help", "expressions"], "# Expressions"),
        (&["--version"], "milepost 0"),
    ] {
        let run = milepost(folder.path(), arguments).ended(0);
        assert!(run.out.contains(words) && run.err.is_empty(), "{arguments:?}\n{}", run.out);
    }
    milepost(folder.path(), &["help", "expresions"])
        .ended(2)
        .says("did you mean `milepost help expressions`?");
}

#[test]
fn completions_are_for_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(
            milepost(folder.path(), &["completions", shell]).ended(0).out.contains("milepost"),
            "{shell}"
        );
    }
}

#[test]
fn diagnostics_for_programs() {
    let project = Project::new();
    assert_eq!(project.run(&["check", "--format", "json"]).ended(0).out, "[]\n");
    project.edit("specs/kpis.yaml", "label: Weekly active users", "lable: Weekly active users");
    for command in ["check", "build"] {
        let run = project.run(&[command, "--format", "json"]).ended(1);
        assert_eq!(run.err, "");
        let list: serde_json::Value = serde_json::from_str(&run.out).unwrap();
        let told = &list[0];
        assert_eq!(told["code"], "unknown-field");
        assert_eq!(told["severity"], "error");
        assert_eq!(told["file"], "specs/kpis.yaml");
        assert_eq!((&told["line"], &told["column"]), (&6.into(), &5.into()));
        assert_eq!((&told["end_line"], &told["end_column"]), (&6.into(), &10.into()));
        assert_eq!(told["help"][0], "did you mean `label`?");
    }
}

#[test]
fn colors_are_for_terminals_and_for_who_asks() {
    let project = Project::new();
    project.edit("specs/kpis.yaml", "label: Weekly", "lable: Weekly");
    let check = |arguments: &[&str], no_color: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_milepost"));
        command.args(arguments).current_dir(project.folder.path()).env("NO_COLOR", no_color);
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    assert!(!check(&["check"], "").contains('\u{1b}'), "not a terminal");
    assert!(check(&["check", "--color", "always"], "").contains('\u{1b}'));
    assert!(
        check(&["check", "--color", "always"], "1").contains('\u{1b}'),
        "an option is stronger than a setting"
    );
    assert!(!check(&["check", "--color", "never"], "").contains('\u{1b}'));
}

#[test]
fn quiet_says_only_results_and_mistakes() {
    let project = Project::new();
    let run = project.run(&["build", "--quiet"]).ended(0);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("", ""));
    project.edit("specs/kpis.yaml", "label: Weekly", "lable: Weekly");
    project.run(&["check", "-q"]).ended(1).says("unknown-field");
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let project = Project::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_milepost"))
        .args(["help", "expressions"])
        .current_dir(project.folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
}

#[test]
fn the_demo_writes_tables() {
    let folder = tempfile::tempdir().unwrap();
    let run = milepost(folder.path(), &["demo", "--accounts", "2", "--seed", "7", "--out", "data"])
        .ended(0)
        .says("tables");
    assert_eq!(run.out, "");
    let account = fs::read(folder.path().join("data/account.parquet")).unwrap();
    assert!(account.starts_with(b"PAR1"));
    milepost(folder.path(), &["demo", "--accounts", "2", "--seed", "7", "--out", "again"]).ended(0);
    assert_eq!(fs::read(folder.path().join("again/account.parquet")).unwrap(), account);
}
