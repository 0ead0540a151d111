//! The pages of a small site, byte for byte. `MILEPOST_UPDATE=1 cargo test -p milepost-site --test golden` writes the
//! files anew; without it a difference fails, as does a file that no page stands for.

#![expect(clippy::disallowed_methods, reason = "golden files are files")]

mod sample;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use milepost_site::{OutputFile, render};

/// The style sheet has its own file; repeating it in every page would only hide what changed.
fn without_style(page: &str) -> String {
    match (page.find("<style>"), page.find("</style>")) {
        (Some(from), Some(to)) => format!("{}<style>\u{2026}{}", &page[..from], &page[to..]),
        _ => page.to_owned(),
    }
}

fn golden_name(file: &OutputFile) -> String {
    file.path.replace('/', "__")
}

#[test]
fn pages_are_as_before() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("MILEPOST_UPDATE").is_some();
    let files = render(&sample::site(sample::NASTY)).unwrap();
    let mut different = Vec::new();
    for file in &files {
        let path = folder.join(golden_name(file));
        let text = without_style(std::str::from_utf8(&file.bytes).unwrap());
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, text).unwrap();
        } else if std::fs::read_to_string(&path).ok().as_deref() != Some(text.as_str()) {
            different.push(file.path.clone());
        }
    }
    let expected: BTreeSet<PathBuf> = files.iter().map(|f| folder.join(golden_name(f))).collect();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if !expected.contains(&path) {
            if update {
                std::fs::remove_file(&path).unwrap();
            } else {
                different.push(format!("{} belongs to no page", path.display()));
            }
        }
    }
    assert!(
        different.is_empty(),
        "changed: {different:?}; look at them, then run with MILEPOST_UPDATE=1"
    );
}

#[test]
fn the_same_site_gives_the_same_bytes() {
    let site = sample::site(sample::NASTY);
    assert_eq!(render(&site).unwrap(), render(&site).unwrap());
}
