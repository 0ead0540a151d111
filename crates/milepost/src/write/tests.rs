//! Whatever is in a folder already, writing there touches nothing else.

#![cfg(unix)]
#![expect(clippy::disallowed_methods, reason = "the tests put there what milepost must not touch")]

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::fresh::{Fresh, PREFIX, RANDOM, Staged};
use super::lock::Lock;
use super::{edit, file, new, stays_inside, text};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/er/figures.csv");
    text(&path, "1").unwrap();
    text(&path, "2").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "2");
    let failed = file(&path, |file| {
        file.write_all(b"half").unwrap();
        let beside = names(path.parent().unwrap());
        let unfinished = beside.iter().find(|name| *name != "figures.csv").unwrap();
        assert!(unfinished.starts_with(PREFIX) && unfinished.len() == PREFIX.len() + RANDOM);
        Err(crate::Error::Internal("no more".to_owned()))
    });
    assert!(failed.is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "2");
    assert_eq!(names(path.parent().unwrap()), ["figures.csv"]);
    assert!(text(&folder.path().join(".."), "").is_err());
}

#[test]
fn new_files_have_the_rights_that_the_mask_leaves_them() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, usual) = (folder.path().join("ours"), folder.path().join("usual"));
    text(&ours, "").unwrap();
    File::create(&usual).unwrap();
    assert_eq!(mode(&ours), mode(&usual));
    let staged = Staged::beside(&folder.path().join("site"), "new").unwrap();
    fs::create_dir(folder.path().join("folder")).unwrap();
    assert_eq!(mode(staged.path()), mode(&folder.path().join("folder")));
}

#[test]
fn nothing_that_has_the_name_is_written_through() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mine = outside.path().join("mine");
    fs::write(&mine, "mine").unwrap();
    let path = folder.path().join("out.csv");
    for to in
        [mine.as_path(), outside.path(), &outside.path().join("nothing"), "/dev/null".as_ref()]
    {
        symlink(to, &path).unwrap();
        for write in [text, new] {
            let error = write(&path, "theirs").unwrap_err();
            assert_eq!(error.diagnostic().code.name(), "output-not-writable");
        }
        assert_eq!(fs::read_link(&path).unwrap(), to);
        fs::remove_file(&path).unwrap();
    }
    assert!(text("/dev/null".as_ref(), "").unwrap_err().to_string().contains("is a device"));
    assert!(text(folder.path(), "").unwrap_err().to_string().contains("is a folder"));
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    assert_eq!(names(outside.path()), ["mine"]);
    fs::write(&path, "old").unwrap();
    assert!(new(&path, "new").is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(names(folder.path()), ["out.csv"]);
}

/// Of what a killed run may have left, only what is surely that.
#[test]
fn leftovers_are_files_that_nobody_writes() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mine = outside.path().join("mine");
    fs::write(&mine, "mine").unwrap();
    let named = |letter: &str| format!("{PREFIX}{}", letter.repeat(RANDOM));
    let at = |name: &str| folder.path().join(name);
    fs::write(at(&named("a")), "half").unwrap();
    symlink(&mine, at(&named("b"))).unwrap();
    fs::create_dir(at(&named("c"))).unwrap();
    symlink(outside.path(), at(&named("d"))).unwrap();
    let alive = Fresh::in_folder(folder.path()).unwrap();
    for other in [".milepost-site", ".milepost-aaaaaaaaaaaaaaa-", "milepost-aaaaaaaaaaaaaaaa"] {
        fs::write(at(other), "mine").unwrap();
    }
    let before = names(folder.path());
    text(&at("out"), "").unwrap();
    let mut expected = before;
    expected.retain(|name| *name != named("a"));
    expected.push("out".to_owned());
    expected.sort();
    assert_eq!(names(folder.path()), expected, "one file was left, and is gone");
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    alive.add(&at("alive")).unwrap();
}

#[test]
fn an_edited_file_is_the_one_that_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    fs::write(&path, "before").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o4750)).unwrap();
    assert!(edit(&path, "other", "after").unwrap_err().to_string().contains("in the meantime"));
    assert!(edit(&path, "befor", "after").is_err());
    symlink("a.yaml", folder.path().join("link.yaml")).unwrap();
    edit(&folder.path().join("link.yaml"), "before", "after").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "after");
    assert_eq!(mode(&path), 0o750);
    assert_eq!(names(folder.path()), ["a.yaml", "link.yaml"]);
}

#[test]
fn a_lock_changes_nothing_and_follows_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mine, path) = (folder.path().join("mine"), folder.path().join("lock"));
    fs::write(&mine, "mine").unwrap();
    for to in ["mine", ".", "nothing"] {
        symlink(to, &path).unwrap();
        assert!(Lock::take(&path).is_err(), "{to}");
        fs::remove_file(&path).unwrap();
    }
    assert_eq!(names(folder.path()), ["mine"]);
    let first = Lock::take(&path).unwrap().unwrap();
    assert!(Lock::take(&path).unwrap().is_none(), "another one holds it");
    drop(first);
    assert_eq!(names(folder.path()), ["mine"]);
    // What a killed run left is taken, as it is.
    fs::write(&path, "left").unwrap();
    let held = Lock::take(&path).unwrap().unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "left");
    drop(held);
    fs::hard_link(&mine, &path).unwrap();
    drop(Lock::take(&path).unwrap().unwrap());
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
}

#[test]
fn nothing_below_a_project_leads_out_of_it() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| folder.path().join(name);
    // Before it is a project, the one who names a path knows where it leads.
    symlink(outside.path(), at("out")).unwrap();
    stays_inside(&at("out/site")).unwrap();
    fs::write(at("milepost.yaml"), "").unwrap();
    fs::create_dir(at("inside")).unwrap();
    symlink("inside", at("link")).unwrap();
    symlink("nowhere", at("nothing")).unwrap();
    for (path, stays) in [
        ("site", true),
        ("inside/deep/er", true),
        ("link/site", true),
        ("inside/../site", true),
        ("../beside", true),
        ("out", false),
        ("out/site", false),
        ("out/../site", false),
        ("link/../out/site", false),
        ("nothing", false),
        ("nothing/site", false),
    ] {
        assert_eq!(stays_inside(&at(path)).is_ok(), stays, "{path}");
    }
    // Also where the other end is a project itself.
    fs::write(outside.path().join("milepost.yaml"), "").unwrap();
    assert!(stays_inside(&at("out/site")).is_err());
    stays_inside(&outside.path().join("site")).unwrap();
}
