//! `milepost check --emit-model` and what `milepost diff` makes of its files, where there is no git.

use std::fs;
use std::path::Path;

use super::diff::repository;
use super::{Project, milepost};

/// A project, and what its model file is called.
fn emitted() -> (Project, String) {
    let project = Project::new();
    let file = project.path("old.json").to_str().unwrap().to_owned();
    let run = project.run(&["check", "--emit-model", "old.json"]).ended(0);
    assert!(run.err.contains("wrote the model file old.json"), "{}", run.err);
    (project, file)
}

#[test]
fn the_same_specs_are_the_same_file() {
    let (one, other) = (emitted().0, Project::new());
    let text = fs::read_to_string(one.path("old.json")).unwrap();
    // A new project is called after its folder.
    fs::copy(one.path("milepost.yaml"), other.path("milepost.yaml")).unwrap();
    other.run(&["check", "--emit-model", "elsewhere/x.json"]).ended(0);
    assert!(text == fs::read_to_string(other.path("elsewhere/x.json")).unwrap());
    // Again, in its own place.
    one.run(&["check", "--emit-model", "old.json"]).ended(0);
    assert!(text == fs::read_to_string(one.path("old.json")).unwrap());
    let schema: serde_json::Value =
        serde_json::from_str(&one.run(&["schema", "model"]).ended(0).out).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    for field in schema["required"].as_array().unwrap() {
        assert!(!file[field.as_str().unwrap()].is_null(), "{field}");
    }
    assert_eq!(file["files"][0]["path"], "milepost.yaml");
}

/// Two files, where there is neither git nor a project; and one against the files as they are.
#[test]
fn model_files_are_compared_like_anything_else() {
    let (project, old) = emitted();
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    project.edit("specs/kpis.yaml", "60%", "65%");
    project.run(&["check", "--emit-model", "new.json"]).ended(0);
    let nowhere = tempfile::tempdir().unwrap();
    fs::copy(&old, nowhere.path().join("old.json")).unwrap();
    fs::copy(project.path("new.json"), nowhere.path().join("new.json")).unwrap();
    let files = milepost(nowhere.path(), &["diff", "old.json", "new.json"]).ended(5);
    assert!(files.out.starts_with("from  the model file old.json (as it was asked for)\n"));
    let tree = project.run(&["diff", "old.json"]).ended(5);
    assert!(tree.out.contains("to    the files as they are"), "{}", tree.out);
    let verdicts = |text: &str| text.split_once("\n\n").unwrap().1.to_owned();
    assert_eq!(verdicts(&files.out), verdicts(&tree.out));
    assert!(tree.out.contains("~ value › numerator › window: over 28 days → over 30 days"));
    assert!(tree.out.contains("^ target › at_least: 60% → 65%"), "{}", tree.out);
    // A way up is no range of commits.
    fs::create_dir(nowhere.path().join("in")).unwrap();
    milepost(&nowhere.path().join("in"), &["diff", "../old.json", "../new.json"]).ended(5);
    milepost(&nowhere.path().join("in"), &["diff", "../old.json", "../old.json"]).ended(0);
    for format in ["markdown", "json", "github", "gitlab", "sarif", "junit"] {
        let run = milepost(nowhere.path(), &["diff", "old.json", "new.json", "--format", format]);
        assert!(run.ended(5).out.contains("seat_use"), "{format}");
    }
    // Nobody else is asked where there is no project.
    milepost(nowhere.path(), &["diff", "old.json"]).ended(2).says("OLD.json NEW.json");
    milepost(nowhere.path(), &["diff", "older.json", "new.json"]).ended(2).says("model file");
}

#[test]
fn policies_and_waivers_are_those_of_the_files() {
    let project = Project::new();
    project.edit(
        "milepost.yaml",
        "currency: USD",
        "currency: USD\nreview: { fail_on: [value-changing] }",
    );
    project.run(&["check", "--emit-model", "old.json"]).ended(0);
    project.edit("specs/kpis.yaml", "over 28 days", "over 30 days");
    project.run(&["check", "--emit-model", "new.json"]).ended(0);
    let run = project.run(&["diff", "old.json", "new.json"]).ended(1);
    let id = run.out.split("is value-changing (`fail_on`, ").nth(1).unwrap()[..16].to_owned();
    let waiver = format!("waivers: [ {{ id: {id}, reason: agreed, until: 2999-12-31 }} ], fail_on");
    project.edit("milepost.yaml", "fail_on", &waiver);
    project.run(&["check", "--emit-model", "new.json"]).ended(0);
    let run = project.run(&["diff", "old.json", "new.json"]).ended(5);
    assert!(run.out.contains(&format!("waived: {id} (agreed)")), "{}", run.out);
}

#[test]
fn figures_are_of_the_data_in_a_folder() {
    let (project, _) = emitted();
    project.edit("specs/kpis.yaml", "over 28 days", "over 7 days");
    project.run(&["check", "--emit-model", "new.json"]).ended(0);
    let here = project.run(&["diff", "old.json", "new.json", "--data"]).ended(5);
    assert!(here.out.contains("= last complete: "), "{}", here.out);
    let nowhere = tempfile::tempdir().unwrap();
    for name in ["old.json", "new.json"] {
        fs::copy(project.path(name), nowhere.path().join(name)).unwrap();
    }
    let folder = project.folder.path().to_str().unwrap();
    let there = milepost(nowhere.path(), &["diff", "old.json", "new.json", "--data", folder]);
    assert_eq!(there.ended(5).out, here.out);
    // The option takes the word behind it for a folder.
    let behind = project.run(&["diff", "--data", "old.json"]).ended(5);
    assert!(behind.out.contains("= last complete: "), "{}", behind.out);
    project.run(&["diff", "--data", "old.json", "new.json"]).ended(2).says("no folder `old.json`");
    project.run(&["diff", "--data"]).ended(2).says("name the base");
    milepost(nowhere.path(), &["diff", "old.json", "new.json", "--data"])
        .ended(2)
        .says("--data DIR");
    fs::create_dir(nowhere.path().join("empty")).unwrap();
    let run = milepost(nowhere.path(), &["diff", "old.json", "new.json", "--data", "empty"]);
    assert!(run.ended(5).out.contains("the data of the head can't be used"));
}

/// Where the data does not lie, columns are those that were written down.
#[test]
fn definitions_are_the_same_without_the_data() {
    let (project, _) = emitted();
    fs::remove_dir_all(project.path("data")).unwrap();
    project.run(&["diff", "old.json"]).ended(0);
    project.edit("specs/kpis.yaml", "over 28 days", "over 7 days");
    let run = project.run(&["diff", "old.json"]).ended(5);
    assert!(run.out.ends_with("\n1 value-changing\n"), "{}", run.out);
}

#[test]
fn a_project_with_mistakes_has_no_model_file() {
    let project = Project::new();
    project.edit("specs/kpis.yaml", "label: Seats in use", "lable: Seats");
    let run = project.run(&["check", "--emit-model", "x.json"]).ended(1);
    run.says("did you mean `label`?").says("no model file was written");
    assert!(!project.path("x.json").exists());
    let other = Project::new();
    let paths = [project.folder.path().to_str().unwrap(), other.folder.path().to_str().unwrap()];
    other
        .run(&["check", paths[0], paths[1], "--emit-model", "x.json"])
        .ended(2)
        .says("a model file is about one");
}

#[test]
fn only_model_files_are_replaced() {
    let (project, _) = emitted();
    let before = project.files(".");
    fs::write(project.path("notes.json"), "{}").unwrap();
    for (name, says) in [
        ("notes.json", "is no model file"),
        ("milepost.yaml", "a result never overwrites"),
        ("specs/kpis.yaml", "a result never overwrites"),
        ("data/events.csv", "a result never overwrites"),
        ("specs", "is a folder"),
    ] {
        project.run(&["check", "--emit-model", name]).ended(3).says(says);
    }
    fs::remove_file(project.path("notes.json")).unwrap();
    assert_eq!(project.files("."), before, "nothing was written");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("old.json", project.path("link.json")).unwrap();
        project.run(&["check", "--emit-model", "link.json"]).ended(3).says("is a link");
    }
}

/// What anybody may send: a message with the code, never a panic, and nothing of it is done.
#[test]
fn hostile_files_are_told() {
    let (project, old) = emitted();
    let text = fs::read_to_string(&old).unwrap();
    let large = fs::File::create(project.path("large.json")).unwrap();
    large.set_len((64 << 20) + 1).unwrap();
    project.run(&["diff", "large.json"]).ended(2).says("model-unreadable").says("over 64 MB");
    for (changed, says) in [
        (text.replace("\"format\": 1", "\"format\": 2"), "is of format 2, by milepost 0.1.0"),
        (text[..text.len() / 2].to_owned(), "ends in the middle"),
        ("hello".to_owned(), "it is not JSON"),
        (text.replace("specs/kpis.yaml", "../kpis.yaml"), "leads out of the project"),
        (text.replace("specs/kpis.yaml", "/kpis.yaml"), "leads out of the project"),
        (text.replace("specs/kpis.yaml", "specs/\\u001b[2J.yaml"), "control a terminal"),
        (text.replace("specs/kpis.yaml", "specs/data.yaml"), "is in it twice"),
    ] {
        fs::write(project.path("bad.json"), changed).unwrap();
        let run = project.run(&["diff", "bad.json"]).ended(2).says("model-unreadable").says(says);
        let run = run.says("milepost check --emit-model");
        assert!(!run.err.contains('\u{1b}') && run.out.is_empty(), "{}", run.err);
    }
    // What does not compile is compared as far as it goes, as a commit is.
    fs::write(project.path("bad.json"), text.replace("mrr at end", "mr at end")).unwrap();
    let run = project.run(&["diff", "bad.json"]).ended(5);
    assert!(
        run.out.contains("note: the base, the model file bad.json, has mistakes"),
        "{}",
        run.out
    );
    fs::write(
        project.path("bad.json"),
        text.replace("\"milepost\": \"0.1.0\"", "\"milepost\": \"9\""),
    )
    .unwrap();
    let run = project.run(&["diff", "bad.json"]).ended(0);
    assert!(run.out.contains("written by milepost 9, and this is 0.1.0"), "{}", run.out);
}

/// Dots at the beginning of a path are no range.
#[test]
fn a_file_that_is_not_there_is_named() {
    let run = repository().run(&["diff", "../gone.json", "."]).ended(2);
    run.says("no commit, branch, tag, project folder or model file `../gone.json`");
}

#[cfg(unix)]
#[test]
fn pipes_and_links_out_of_a_project_are_told() {
    let (project, _) = emitted();
    let path = project.path("pipe.json");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    project.run(&["diff", "pipe.json"]).ended(2).says("it is a pipe, not a file");
    let outside = emitted();
    std::os::unix::fs::symlink(Path::new(&outside.1), project.path("link.json")).unwrap();
    project.run(&["diff", "link.json"]).ended(2).says("leads out of the project");
    std::os::unix::fs::symlink("old.json", project.path("own.json")).unwrap();
    project.run(&["diff", "own.json"]).ended(0);
}

/// A file that is called like a branch.
#[test]
fn a_branch_and_a_file_of_one_name_are_told_apart() {
    let project = repository();
    let folder = project.folder.path();
    fs::write(project.path("twice"), "some file").unwrap();
    super::diff::git(folder, &["branch", "twice"]);
    let run = project.run(&["diff", "twice"]).ended(0);
    assert!(run.out.contains("from  twice ("), "{}", run.out);
    fs::remove_file(project.path("twice")).unwrap();
    project.run(&["check", "--emit-model", "twice"]).ended(0);
    project.run(&["diff", "twice"]).ended(2).says("write `./twice` for the model file");
    let run = project.run(&["diff", "./twice"]).ended(0);
    assert!(run.out.contains("from  the model file ./twice"), "{}", run.out);
}
