//! Every spec file and page of the repository.
#![expect(clippy::disallowed_methods, reason = "a test reads the files that the compiler is given")]

use std::fs;
use std::path::{Path, PathBuf};

use milepost_syntax::FileKind;

use super::{check, meaning};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The files below a folder with this ending, in one order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found
}

fn kind(name: &str) -> FileKind {
    if name.ends_with("milepost.yaml") { FileKind::Project } else { FileKind::Spec }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_repository_is_formatted() {
    let root = repository();
    let folders = ["examples", "specs", "crates/milepost-cli/init"];
    let found: Vec<PathBuf> =
        folders.iter().flat_map(|folder| files(&root.join(folder), "yaml")).collect();
    assert!(found.len() >= 10, "the examples are not where they were");
    let mut wrong = Vec::new();
    for path in found {
        let text = read(&path);
        if check(&text, kind(&path.to_string_lossy())) != text {
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "run `milepost fmt` on them: {wrong:#?}");
}

/// The fences of a page that hold YAML: what is after the three backquotes, and the text.
fn fences(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let text: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        if info.starts_with("yaml") {
            found.push((info.to_owned(), text));
        }
    }
    found
}

#[test]
fn every_page_keeps_its_meaning() {
    let pages = files(&repository().join("tests/results"), "md");
    let mut count = 0;
    for page in pages {
        for (info, text) in fences(&read(&page)) {
            if meaning(&text, kind(&info)).is_some() {
                check(&text, kind(&info));
                count += 1;
            }
        }
    }
    assert!(count > 100, "only {count} fences were looked at");
}
