use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use super::{Project, Run, milepost};

/// Formats standard input.
fn piped(arguments: &[&str], text: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_milepost"))
        .args(arguments)
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_new_project_is_formatted() {
    let project = Project::new();
    let before = project.files("specs");
    project.run(&["fmt", "--check"]).ended(0).says("nothing to format");
    let run = project.run(&["fmt"]).ended(0);
    assert_eq!(run.out, "");
    assert_eq!(project.files("specs"), before);
}

#[test]
fn a_project_is_brought_into_one_style() {
    let project = Project::new();
    let good = project.files("specs");
    let site = |project: &Project| {
        project.run(&["build"]).ended(0);
        project.files("site/data")
    };
    let figures = site(&project);
    project.edit("specs/kpis.yaml", "    label: Seats in use", "    label:   \"Seats in use\"");
    project.edit("specs/kpis.yaml", "slices: [plan]", "slices: [ plan]");
    let run = project.run(&["fmt", "--check"]).ended(1).says("1 would change");
    assert_eq!(run.out.trim().replace('\\', "/"), "specs/kpis.yaml");
    let patch = project.run(&["fmt", "--check", "--diff"]).ended(1).says("1 would change").out;
    assert!(patch.contains("\n-    label:   \"Seats in use\"\n"), "{patch}");
    assert!(patch.contains("\n+    label: Seats in use\n"), "{patch}");
    assert_eq!(project.run(&["fmt", "--diff"]).ended(1).out, patch);
    assert_ne!(project.files("specs"), good, "--check and --diff change nothing");
    project.run(&["fmt"]).ended(0).says("formatted").says("1 changed");
    assert_eq!(project.files("specs"), good);
    assert_eq!(project.run(&["fmt", "--diff"]).ended(0).out, "");
    assert_eq!(site(&project), figures);
    let names = project.names();
    assert!(!names.iter().any(|name| name.contains("milepost-new")), "{names:?}");
}

#[test]
fn a_file_with_mistakes_stays_as_it_is() {
    let project = Project::new();
    project.edit("specs/kpis.yaml", "    label: Seats in use", "    lable:   Seats in use");
    project.edit("specs/data.yaml", "    key: account_id", "    key:   account_id");
    let before = fs::read(project.path("specs/kpis.yaml")).unwrap();
    project.run(&["fmt"]).ended(1).says("unknown-field").says("1 changed");
    assert_eq!(fs::read(project.path("specs/kpis.yaml")).unwrap(), before);
    let data = fs::read_to_string(project.path("specs/data.yaml")).unwrap();
    assert!(data.contains("    key: account_id"), "the others are formatted");
}

#[test]
fn files_are_formatted_wherever_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    fs::write(&path, "\u{feff}metrics:\r\n   a: {value: 1}   # why\r\n").unwrap();
    milepost(folder.path(), &["fmt", "a.yaml"]).ended(0);
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "\u{feff}metrics:\r\n  a: { value: 1 }   # why\r\n"
    );
    fs::write(folder.path().join("milepost.yaml"), "project:  x\n").unwrap();
    milepost(folder.path(), &["fmt", "milepost.yaml", "a.yaml"]).ended(0).says("1 changed");
    milepost(folder.path(), &["fmt", "b.yaml"])
        .ended(2)
        .says("there is no file or folder `b.yaml`");
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("real.yaml"), folder.path().join("link.yaml"));
    fs::write(&real, "metrics:\n   a: { value: 1 }\n").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real.yaml", &link).unwrap();
    milepost(folder.path(), &["fmt", "link.yaml"]).ended(0);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&real).unwrap(), "metrics:\n  a: { value: 1 }\n");
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn editors_pipe_text_through() {
    let run = piped(&["fmt", "-"], "metrics:\n   a: {value: 1}\n").ended(0);
    assert_eq!((run.out.as_str(), run.err.as_str()), ("metrics:\n  a: { value: 1 }\n", ""));
    assert_eq!(piped(&["fmt", "-"], "project:  x\n").ended(0).out, "project: x\n");
    assert_eq!(piped(&["fmt", "-", "--check"], "project:  x\n").ended(1).out, "");
    assert_eq!(piped(&["fmt", "-", "--check"], "project: x\n").ended(0).out, "");
    let patch = piped(&["fmt", "-", "--diff"], "project:  x\n").ended(1).out;
    assert!(patch.contains("-project:  x\n+project: x\n"), "{patch}");
    let run = piped(&["fmt", "-"], "metrics: [\n").ended(1).says("standard input");
    assert_eq!(run.out, "", "an editor must not take half a file for the whole");
    piped(&["fmt", "-", "a.yaml"], "").ended(2);
}

#[test]
fn the_schema_is_json() {
    let folder = tempfile::tempdir().unwrap();
    let schema = |of: &[&str]| -> serde_json::Value {
        serde_json::from_str(&milepost(folder.path(), of).ended(0).out).unwrap()
    };
    let specs = schema(&["schema"]);
    assert_eq!(specs["$schema"], "http://json-schema.org/draft-07/schema#");
    let category = &specs["definitions"]["metric"]["properties"]["category"];
    assert_eq!(category["enum"][0], "reach");
    assert!(category["description"].as_str().unwrap().starts_with("What it measures."));
    assert_eq!(specs["definitions"]["metric"]["oneOf"][0]["required"][0], "value");
    assert_eq!(specs["definitions"]["metric"]["additionalProperties"], false);
    assert_eq!(specs, schema(&["schema", "specs"]));
    let project = schema(&["schema", "project"]);
    assert_eq!(project["required"][0], "project");
    assert!(project["properties"]["calendar"].is_object());
}
