//! Odd files give every figure and reason that plain ones give, by both lowerings: generated projects as CSV, and the same
//! rows in several files of other formats, whose columns have other types in each, also in the names of folders.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use milepost::syntax::diagnostic::Diagnostics;
use milepost::{Error, steps};

use crate::compare::{Opened, requests};
use crate::generate::{Project, Random, files};
use crate::streamed::{compare, run};
use crate::{far, seeds};

/// Other projects than those of the other laws.
const SEEDS: std::ops::Range<u64> = 61..66;

#[test]
fn odd_files_give_what_plain_ones_give() {
    let mut seen = BTreeSet::new();
    for seed in if far() { seeds() } else { SEEDS } {
        let project = Project::new(seed);
        let folder = tempfile::tempdir().unwrap();
        project.write(&folder.path().join("plain"));
        let plain = Opened::open(&folder.path().join("plain"), 2).unwrap();
        let place = folder.path().join("odd");
        files::write(&project, &plain.model, &place, &mut seen);
        let odd = Opened::open(&place, 2).unwrap();
        let asked = requests(&plain.model, seed);
        let as_of = plain.model.project.as_of();
        let expected = run(&plain, as_of, &asked);
        compare(&plain.model, &expected, &run(&odd, as_of, &asked), &format!("seed {seed}"));
    }
    let all = BTreeSet::from(files::ALL);
    assert!(far() || seen == all, "the seeds store values as {seen:?} alone");
}

/// All files below a folder.
fn below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            below(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

/// What comes of a project: the mistakes that are reported, if it has any. What is a mistake of milepost's own fails.
fn outcome(place: &Path, seed: u64) -> Result<(), String> {
    let opened = Opened::open(place, 2)?;
    let asked: Vec<_> = requests(&opened.model, seed).into_iter().take(12).collect();
    let mut diagnostics = Diagnostics::default();
    let as_of = opened.model.project.as_of();
    let data = steps::open(&opened.engine, &opened.model, as_of, &asked, true, &mut diagnostics);
    let Some(data) = data else { return Err(format!("{:#?}", diagnostics.sorted())) };
    match steps::run(&opened.engine, &opened.model, &data, &asked) {
        Ok(_) => Ok(()),
        Err(Error::Internal(why)) => panic!("{why}"),
        Err(told) => Err(told.to_string()),
    }
}

#[test]
fn damaged_files_are_told_by_name_and_never_bring_milepost_down() {
    let mut told = 0;
    for seed in 61..63 {
        let project = Project::new(seed);
        let folder = tempfile::tempdir().unwrap();
        project.write(&folder.path().join("plain"));
        let plain = Opened::open(&folder.path().join("plain"), 2).unwrap();
        let place = folder.path().join("odd");
        files::write(&project, &plain.model, &place, &mut BTreeSet::new());
        let mut all = Vec::new();
        below(&place.join("data"), &mut all);
        let mut random = Random::new(seed);
        for path in all {
            let whole = std::fs::read(&path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            for damage in 0..3 {
                let mut bytes = whole.clone();
                let at = random.below(bytes.len());
                match damage {
                    0 => bytes.truncate(bytes.len() / 2),
                    1 => bytes[at..].iter_mut().take(16).for_each(|byte| *byte = !*byte),
                    _ => bytes[at..].fill(0xFF),
                }
                std::fs::write(&path, bytes).unwrap();
                let found = outcome(&place, seed);
                let is_closed = [".parquet", ".gz", ".zst"].iter().any(|end| name.ends_with(end));
                if damage == 0 && is_closed {
                    let told = found.as_ref().unwrap_err();
                    assert!(told.contains(&name), "{name} is not named: {told}");
                }
                if let Err(message) = found {
                    assert!(!message.contains("\"internal\""), "{name}: {message}");
                    told += 1;
                }
            }
            std::fs::write(&path, whole).unwrap();
        }
    }
    assert!(told > 20, "only {told} files are told");
}
