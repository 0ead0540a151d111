//! Odd files give every figure and reason that plain ones give, by both lowerings: generated projects as CSV, and the same
//! rows in several files of other formats, whose columns have other types in each, also in the names of folders.

use std::collections::BTreeSet;

use crate::compare::{Opened, requests};
use crate::generate::{Project, files};
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
