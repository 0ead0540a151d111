//! Pages of the documentation that are a way to go: their files are written, their commands run and their edits made, in the
//! order of the page.

use std::fs;
use std::path::Path;

use super::milepost;

/// The fences of a page: what stands behind the three quotes, and the text.
fn fences(page: &str) -> Vec<(&str, &str)> {
    let parts = page.split("\n```").skip(1).step_by(2);
    parts.filter_map(|part| part.split_once('\n')).collect()
}

/// Goes the way of a page, in an empty folder; gives how many commands were run.
fn walk(folder: &Path, page: &str) -> usize {
    let (mut ran, mut said) = (0, String::new());
    for (kind, text) in fences(page) {
        let (kind, path) = kind.split_once(' ').unwrap_or((kind, ""));
        match kind {
            "csv" => {
                let file = folder.join(path);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, format!("{text}\n")).unwrap();
            }
            "sh" => {
                said.clear();
                for line in text.lines() {
                    let words: Vec<&str> = line.split_whitespace().collect();
                    assert_eq!(words[0], "milepost", "{line}");
                    let run = milepost(folder, &words[1..]).ended(0);
                    said += &run.out;
                    said += &run.err;
                    ran += 1;
                }
            }
            "text" => {
                for line in text.lines() {
                    assert!(said.contains(line), "no `{line}` in:\n{said}");
                }
            }
            "diff" => edit(&folder.join(path), text),
            other => panic!("a fence of {other}"),
        }
    }
    ran
}

/// Replaces the lines with a minus by those with a plus.
fn edit(file: &Path, diff: &str) {
    let lines = |sign: char| -> Vec<&str> {
        diff.lines().filter_map(|line| line.strip_prefix(sign)).collect()
    };
    let (from, to) = (lines('-').join("\n"), lines('+').join("\n"));
    let before = fs::read_to_string(file).unwrap();
    assert_eq!(before.matches(&from).count(), 1, "`{from}` in:\n{before}");
    fs::write(file, before.replace(&from, &to)).unwrap();
}

#[test]
fn your_own_files_in_ten_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let page = include_str!("../../../../docs/your-own-files.md");
    assert_eq!(walk(folder.path(), page), 8);
    assert!(folder.path().join("site/index.html").is_file());
}
