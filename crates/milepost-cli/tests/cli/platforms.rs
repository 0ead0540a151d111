//! What platforms read: annotations, reports, the action and the template, run as they would run them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::diff::{commit, git, repository};
use super::{Project, milepost};

#[test]
fn a_check_as_annotations() {
    let project = Project::new();
    project.edit("specs/kpis.yaml", "label: Seats in use", "lable: 'Seats, 100%'");
    let run = project.run(&["check", "--format", "github"]).ended(1);
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(lines[0].starts_with("::error file=specs/kpis.yaml,line="), "{}", run.out);
    assert!(lines[0].contains(",title=unknown-field::"), "{}", run.out);
    assert!(lines[0].contains("%0Adid you mean `label`?"), "{}", run.out);
    assert!(lines[lines.len() - 1].starts_with("::notice title=milepost check::"), "{}", run.out);
    assert!(run.err.is_empty(), "{}", run.err);
}

#[test]
fn a_check_as_reports() {
    let project = Project::new();
    let clean = project.run(&["check", "--format", "junit"]).ended(0);
    assert!(clean.out.contains("tests=\"1\" failures=\"0\""), "{}", clean.out);
    project.edit("specs/kpis.yaml", "label: Seats in use", "lable: Seats");
    let gitlab = project.run(&["check", "--format", "gitlab"]).ended(1);
    let report: Value = serde_json::from_str(&gitlab.out).unwrap();
    let issue = &report[0];
    assert_eq!(
        (&issue["check_name"], &issue["severity"]),
        (&"unknown-field".into(), &"critical".into())
    );
    assert_eq!(issue["location"]["path"], "specs/kpis.yaml");
    assert_eq!(issue["fingerprint"].as_str().unwrap().len(), 32);
    let sarif = project.run(&["check", "--format", "sarif"]).ended(1);
    let log: Value = serde_json::from_str(&sarif.out).unwrap();
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(run["tool"]["driver"]["rules"][0]["id"], "unknown-field");
    let place = &run["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "specs/kpis.yaml");
    assert!(place["region"]["startLine"].as_u64().unwrap() > 1);
    let junit = project.run(&["check", "--format", "junit"]).ended(1);
    assert!(junit.out.contains("<failure message=\""), "{}", junit.out);
}

#[test]
fn tests_as_reports() {
    let project = Project::new();
    let junit = project.run(&["test", "--format", "junit"]).ended(0);
    assert!(junit.out.contains("failures=\"0\""), "{}", junit.out);
    assert!(junit.out.contains("<testcase classname=\"test\" name=\""), "{}", junit.out);
    let tests = fs::read_to_string(project.path("specs/tests.yaml")).unwrap();
    let broken = tests.replacen("value: ", "value: 7", 1);
    fs::write(project.path("specs/tests.yaml"), broken).unwrap();
    let github = project.run(&["test", "--format", "github"]).ended(1);
    assert!(github.out.starts_with("::error file=specs/tests.yaml,line="), "{}", github.out);
    assert!(github.out.contains(": expected "), "{}", github.out);
}

#[test]
fn a_difference_as_annotations() {
    let project = repository();
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    project.edit("specs/kpis.yaml", "label: Monthly recurring revenue", "label: MRR");
    let run = project.run(&["diff", "main", "--format", "github"]).ended(5);
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 2, "{}", run.out);
    assert!(lines[0].starts_with("::warning file=specs/kpis.yaml,line="), "{}", run.out);
    assert!(lines[0].contains("value › numerator › window"), "{}", run.out);
    for format in ["gitlab", "sarif"] {
        let run = project.run(&["diff", "main", "--format", format]).ended(5);
        let _: Value = serde_json::from_str(&run.out).unwrap();
    }
    let junit = project.run(&["diff", "main", "--format", "junit"]).ended(5);
    assert!(junit.out.contains("failures=\"0\""), "no policy forbids it: {}", junit.out);
}

#[test]
fn files_find_their_projects() {
    let outer = tempfile::tempdir().unwrap();
    for name in ["one", "two"] {
        fs::create_dir(outer.path().join(name)).unwrap();
        milepost(&outer.path().join(name), &["init"]).ended(0);
    }
    let files = ["one/specs/kpis.yaml", "one/specs/data.yaml", "one/milepost.yaml"];
    let run = milepost(outer.path(), &["check", files[0], files[1], files[2]]).ended(0);
    assert_eq!(run.err.matches("checked ").count(), 1, "{}", run.err);
    let path = outer.path().join("two/specs/kpis.yaml");
    let text = fs::read_to_string(&path).unwrap().replace("label: Seats in use", "lable: Seats");
    fs::write(path, text).unwrap();
    let run = milepost(outer.path(), &["check", files[0], "two/specs/gone.yaml"]).ended(1);
    assert!(run.err.contains("did you mean `label`?"), "{}", run.err);
    milepost(outer.path(), &["check", "nowhere/x.yaml"]).ended(2).says("project-not-found");
    milepost(outer.path(), &["check", files[0], "two/milepost.yaml", "--format", "json"]).ended(2);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The shell steps of a file, by name: what stands behind `run: |`, or as an item of `script`.
fn steps(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let (mut name, mut indent) = (String::new(), None);
    for line in text.lines() {
        let depth = line.len() - line.trim_start().len();
        match indent {
            Some(inside) if line.trim().is_empty() || depth >= inside => {
                let body: &mut String = found.entry(name.clone()).or_default();
                body.push_str(line.get(inside..).unwrap_or_default());
                body.push('\n');
                continue;
            }
            _ => indent = None,
        }
        if let Some((_, named)) = line.split_once("- name: ") {
            named.clone_into(&mut name);
        } else if line.trim() == "run: |" {
            indent = Some(depth + 2);
        } else if line.trim() == "- |" {
            name = format!("step {}", found.len() + 1);
            indent = Some(depth + 2);
        }
    }
    found
}

/// Runs a step as the platforms do.
fn step(folder: &Path, script: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script])
        .current_dir(folder)
        .env("MILEPOST", env!("CARGO_BIN_EXE_milepost"))
        .env("NO_COLOR", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn the_action_runs() {
    let project = repository();
    let folder = project.folder.path();
    git(folder, &["update-ref", "refs/remotes/origin/main", "main"]);
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    commit(folder, "change");
    let scratch = tempfile::tempdir().unwrap();
    let file = |name: &str| scratch.path().join(name).to_str().unwrap().to_owned();
    // It writes down what it is asked.
    for program in ["gh", "pipx"] {
        let asked = file(&format!("asked-{program}"));
        fs::write(file(program), format!("#!/bin/sh\necho \"$@\" > {asked}\n")).unwrap();
        Command::new("chmod").args(["+x", &file(program)]).status().unwrap();
    }
    let path = format!("{}:{}", scratch.path().display(), std::env::var("PATH").unwrap());
    let (temp, site) = (scratch.path().to_str().unwrap(), file("site"));
    let (outputs, summary) = (file("outputs"), file("summary"));
    let variables = [
        ("PROJECT", "."),
        ("SITE", &site),
        ("BASE", "origin/main"),
        ("DATA", "true"),
        ("RUNNER_TEMP", temp),
        ("GITHUB_OUTPUT", &outputs),
        ("GITHUB_STEP_SUMMARY", &summary),
        ("PULL_REQUEST", "https://example.com/pull/1"),
        ("PATH", &path),
        ("DIFFERENCES", "allowed"),
        ("VERSION", "1.2.3"),
    ];
    let text = fs::read_to_string(root().join("integrations/github/action.yml")).unwrap();
    let steps = steps(&text);
    let names: Vec<&str> = steps.keys().map(String::as_str).collect();
    let expected = [
        "Build the site",
        "Check",
        "Comment",
        "Compare",
        "Compile",
        "Hold the policy",
        "Install a release",
        "Test",
    ];
    assert_eq!(names, expected);
    for name in [
        "Install a release",
        "Check",
        "Test",
        "Build the site",
        "Compare",
        "Comment",
        "Hold the policy",
    ] {
        let (code, said) = step(folder, &steps[name], &variables);
        assert_eq!(code, 0, "{name}: {said}");
    }
    assert!(Path::new(&site).join("index.html").is_file());
    assert_eq!(fs::read_to_string(&outputs).unwrap(), "differences=allowed\n");
    let comment = fs::read_to_string(file("milepost-diff.md")).unwrap();
    assert!(comment.contains("over 28 days") && comment.contains("- = "), "{comment}");
    assert_eq!(fs::read_to_string(&summary).unwrap(), comment);
    let asked = |program| fs::read_to_string(file(&format!("asked-{program}"))).unwrap();
    assert!(asked("gh").contains("--edit-last"), "{}", asked("gh"));
    assert_eq!(asked("pipx"), "install milepost==1.2.3\n");
    // A policy holds, and a base that is not there is no difference.
    let forbidden = [("DIFFERENCES", "forbidden")];
    assert_eq!(step(folder, &steps["Hold the policy"], &forbidden).0, 1);
    let lost: Vec<(&str, &str)> =
        variables.iter().map(|(n, v)| (*n, if *n == "BASE" { "origin/mian" } else { v })).collect();
    assert_eq!(step(folder, &steps["Compare"], &lost).0, 2);
}

#[test]
fn the_template_runs() {
    let project = repository();
    let folder = project.folder.path();
    let base = git(folder, &["rev-parse", "main"]);
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    commit(folder, "change");
    let text = fs::read_to_string(root().join("integrations/gitlab/milepost.yml")).unwrap();
    let variables = [("MILEPOST_PROJECT", "."), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", base.as_str())];
    let steps = steps(&text);
    assert_eq!(steps.len(), 4);
    for (name, script) in &steps {
        let (code, said) = step(folder, script, &variables);
        assert_eq!(code, 0, "{name}: {said}");
    }
    let _: Value =
        serde_json::from_str(&fs::read_to_string(project.path("milepost-quality.json")).unwrap())
            .unwrap();
    assert!(project.path("milepost-tests.xml").is_file());
    let metrics = fs::read_to_string(project.path("site/data/metrics.txt")).unwrap();
    let index = fs::read_to_string(project.path("site/data/index.json")).unwrap();
    let index: Value = serde_json::from_str(&index).unwrap();
    for kpi in index["kpis"].as_array().unwrap() {
        let (name, value) = (kpi["name"].as_str().unwrap(), &kpi["headline"]["value"]);
        let line = metrics.lines().find_map(|line| {
            line.strip_prefix(&format!("milepost_kpi{{kpi=\"{name}\"}} "))?.parse::<f64>().ok()
        });
        assert_eq!(line, value.as_f64(), "{name}: {metrics}");
    }
    assert!(text.contains("metrics: site/data/metrics.txt") && metrics.contains("milepost_kpi{"));
    assert!(fs::read_to_string(project.path("milepost-diff.md")).unwrap().contains("30 days"));
}

/// What pre-commit runs: the entry of a hook with the files that match it.
#[test]
fn the_hooks_run() {
    let project = Project::new();
    let hooks = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let entries: Vec<&str> =
        hooks.lines().filter_map(|line| line.trim().strip_prefix("entry: milepost ")).collect();
    assert_eq!(entries, ["check", "fmt"]);
    for entry in entries {
        project.run(&[entry, "milepost.yaml", "specs/kpis.yaml", "specs/data.yaml"]).ended(0);
    }
}
