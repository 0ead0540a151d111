//! Pages: a Markdown file with specs and data in fences, and what milepost must say about them.
//!
//! A new page is a new test; nothing is compiled again. `MILEPOST_UPDATE=1 cargo test -p milepost-tests --test pages`
//! fills in what is expected; without it a stale expectation fails. `tests/README.md` shows how a page is written.

#![expect(clippy::unwrap_used, reason = "a page that can't be run fails")]

mod files;
mod page;
#[path = "../python.rs"]
mod python;
mod query;
mod segment;
mod tested;
mod workbook;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use page::Page;

/// The folders of pages, below the folder of the suites.
const FOLDERS: [&str; 2] = ["results", "diagnostics"];

/// Pages about sums of doubles and decimals that are read from doubles, which are exact in milepost and rounded in DuckDB.
const INEXACT_IN_DUCKDB: [&str; 4] = [
    "aggregates/float-sums-that-cancel.md",
    "aggregates/float-sums.md",
    "data/decimals-of-doubles.md",
    "data/numbers-of-json-as-written.md",
];

/// Pages about files that DuckDB can't read as they are, or that are missing, which it says.
const NOT_READ_BY_DUCKDB: [&str; 6] = [
    "kept/a-link-that-is-missing.md",
    "written/euro-signs-of-windows.md",
    "written/months-of-a-sheet.md",
    "written/titles-and-totals.md",
    "written/utf-16-with-the-high-byte-first.md",
    "written/workbooks.md",
];

fn main() {
    let arguments = Arguments::from_args();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let name = |path: &Path| path.strip_prefix(&root).unwrap_or(path).display().to_string();
    let all = FOLDERS.iter().flat_map(|folder| pages(&root.join(folder)));
    let trials = all.map(|path| Trial::test(name(&path), move || run(&path)));
    let other = INEXACT_IN_DUCKDB.iter().chain(&NOT_READ_BY_DUCKDB);
    let exact = |path: &PathBuf| !other.clone().any(|name| path.ends_with(name));
    let results = pages(&root.join("results")).into_iter().filter(exact);
    // They need what only `cargo xtask test` installs.
    let outside = results.map(|path| {
        let trial =
            Trial::test(format!("outside::duckdb/{}", name(&path)), move || run_in_duckdb(&path));
        trial.with_ignored_flag(true)
    });
    libtest_mimic::run(&arguments, trials.chain(outside).collect()).exit();
}

/// All pages below a folder, by name.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn run(path: &Path) -> Result<(), Failed> {
    let failed = |e: &dyn std::fmt::Display| Failed::from(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| failed(&e))?;
    let answered =
        Page::parse(&text).map_err(|e| failed(&e))?.answered().map_err(|e| failed(&e))?;
    if answered == text {
        return Ok(());
    }
    if std::env::var_os("MILEPOST_UPDATE").is_some() {
        return std::fs::write(path, answered).map_err(|e| failed(&e));
    }
    Err(failed(&format!(
        "the page is stale; milepost now says:\n\n{answered}\nIf that is right: MILEPOST_UPDATE=1 cargo test -p milepost-tests --test pages"
    )))
}

/// The SQL that milepost prints for the questions of a page gives the same figures in DuckDB.
fn run_in_duckdb(path: &Path) -> Result<(), Failed> {
    let failed = |e: &dyn std::fmt::Display| Failed::from(format!("{}: {e}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|e| failed(&e))?;
    let page = Page::parse(&text).map_err(|e| failed(&e))?;
    let folder = tempfile::tempdir().map_err(|e| failed(&e))?;
    let printed = page.printed(folder.path()).map_err(|e| failed(&e))?;
    let (series, jobs): (Vec<_>, Vec<_>) = printed.into_iter().unzip();
    let answers = python::answers("outside/run_sql.py", &jobs);
    let mut wrong = Vec::new();
    for ((series, job), answer) in series.iter().zip(&jobs).zip(&answers) {
        let question = job["queries"][0]["name"].as_str().unwrap_or_default();
        let (_, others) = python::compare(series, &answer[question]);
        wrong.extend(others.into_iter().map(|other| format!("{question} {other}")));
    }
    if wrong.is_empty() { Ok(()) } else { Err(failed(&wrong.join("\n"))) }
}
