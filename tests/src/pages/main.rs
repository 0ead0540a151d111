//! Pages: a Markdown file with specs and data in fences, and what milepost must say about them.
//!
//! A new page is a new test; nothing is compiled again. `MILEPOST_UPDATE=1 cargo test -p milepost-tests --test pages`
//! fills in what is expected; without it a stale expectation fails. `tests/README.md` shows how a page is written.

mod files;
mod page;
mod query;
mod tested;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use page::Page;

/// The folders of pages, below the folder of the suites.
const FOLDERS: [&str; 2] = ["results", "diagnostics"];

fn main() {
    let arguments = Arguments::from_args();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let trials = FOLDERS
        .iter()
        .flat_map(|folder| pages(&root.join(folder)))
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap_or(&path).display().to_string();
            Trial::test(name, move || run(&path))
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
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
