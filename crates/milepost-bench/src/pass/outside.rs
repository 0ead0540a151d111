//! The ways over a small year: without SQL always, beside SQL where there is DuckDB.

use std::path::Path;

use super::answers::Answers;
use super::sets::Set;
use super::{Keys, Way, bits, command, process, project, ways};

const SETS: [Set; 4] = [Set::Counts, Set::Trailing, Set::Wide, Set::Many(30)];
const ROWS: usize = 3_000;

#[test]
fn every_set_can_be_asked_whatever_users_are_named_by() {
    let asked = |keys| {
        let folder = tempfile::tempdir().unwrap();
        project(folder.path(), ROWS, keys).unwrap();
        assert_eq!(Keys::of(folder.path()).unwrap(), keys);
        SETS.map(|set| {
            let out = folder.path().join("answers.csv");
            ways::milepost(folder.path(), set, &out).unwrap();
            ways::floor(folder.path(), set).unwrap();
            Answers::read(&out).unwrap()
        })
    };
    let (numbers, texts) = (asked(Keys::Numbers), asked(Keys::Texts));
    for ((set, numbers), texts) in SETS.iter().zip(&numbers).zip(&texts) {
        assert!(numbers.len() > 0, "{set:?}");
        numbers.compare(texts, &format!("{set:?}, keys that are texts")).unwrap();
    }
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn every_way_finds_the_same() {
    for keys in [Keys::Numbers, Keys::Texts] {
        let folder = tempfile::tempdir().unwrap();
        project(folder.path(), ROWS, keys).unwrap();
        SETS.into_iter().for_each(|set| finds_the_same(folder.path(), set, keys));
    }
}

fn finds_the_same(folder: &Path, set: Set, keys: Keys) {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("answers.csv");
    ways::milepost(folder, set, &out).unwrap();
    let ours = Answers::read(&out).unwrap();
    for way in [Way::Each, Way::Hand, Way::Bits] {
        if way == Way::Bits && bits::statements(set, keys).is_none() {
            continue;
        }
        process::run(&mut command(folder, set, way, scratch.path(), &out).unwrap()).unwrap();
        ours.compare(&Answers::read(&out).unwrap(), &format!("{set:?}, {keys:?}, {way:?}"))
            .unwrap();
    }
}
