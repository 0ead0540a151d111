//! The binary, as a person or a script meets it: exit codes, what goes where, and what is left on disk.

#![expect(clippy::unwrap_used, reason = "a test that can not go on fails")]
#![expect(clippy::disallowed_methods, reason = "the tests put there what milepost finds")]

mod bad_input;
mod build;
mod canonical;
mod catalog;
mod checked;
mod crowd;
mod diff;
mod exports;
mod figures;
mod format;
mod from_any;
mod from_demo;
mod from_files;
mod from_systems;
mod history;
mod init;
#[cfg(unix)]
mod journeys;
mod lineage;
mod links;
mod lists;
mod members;
mod model_files;
#[cfg(unix)]
mod odd_files;
mod overwritten;
mod parts;
mod planted;
#[cfg(unix)]
mod platforms;
mod published;
mod question;
mod remarks;
#[cfg(target_os = "linux")]
mod scarce;
mod scores;
mod segments;
mod slices;
mod small;
#[cfg(target_os = "linux")]
mod terminal;
mod tested;
mod usage;
mod walked;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How a run ended.
#[derive(Debug)]
struct Run {
    code: i32,
    out: String,
    err: String,
}

/// Runs `milepost` in a folder, without colors and without the tester's own settings.
fn milepost(folder: &Path, arguments: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_milepost"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Run {
    /// The run ended with this code; else everything it said is shown.
    #[track_caller]
    fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// The messages are on standard error.
    #[track_caller]
    fn says(self, words: &str) -> Self {
        assert!(self.err.contains(words), "no `{words}` in:\n{}", self.err);
        self
    }
}

/// The project that `init` makes, in a folder of its own.
struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        milepost(folder.path(), &["init"]).ended(0);
        Self { folder }
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join(inside)
    }

    fn run(&self, arguments: &[&str]) -> Run {
        milepost(self.folder.path(), arguments)
    }

    /// Replaces words in a file.
    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "no `{from}` in {file}");
        fs::write(self.path(file), text.replace(from, to)).unwrap();
    }

    /// One without subscriptions, on which three of five KPIs rest.
    fn without_subscriptions() -> Self {
        let project = Self::new();
        fs::remove_file(project.path("data/subscriptions.csv")).unwrap();
        project.edit(
            "specs/data.yaml",
            "    kind: history\n",
            "    kind: history\n    optional: true\n",
        );
        project
    }

    /// Every file of a folder with its bytes.
    fn files(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut found = BTreeMap::new();
        collect(&self.path(folder), &mut found);
        found
    }

    /// The names in the project's folder.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
}
