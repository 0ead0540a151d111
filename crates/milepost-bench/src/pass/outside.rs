//! The ways over a few rows: without SQL always, beside SQL where there is DuckDB.

use std::path::Path;

use super::answers::Answers;
use super::data::Data;
use super::sets::Set;
use super::{
    Keys, Shape, Way, bits, catalog, command, pictures, process, project, subscriptions, ways,
};

const ROWS: usize = 3_000;
/// Every shape of the events that a word makes.
const SHAPES: [&[&str]; 6] = [
    &[],
    &["text"],
    &["shuffled", "files=40"],
    &["by-account"],
    &["skewed"],
    &["text", "skewed", "shuffled"],
];

fn sets(data: Data) -> Vec<Set> {
    let more = (data == Data::Events).then_some(Set::Many(30));
    data.sets().iter().copied().chain(more).collect()
}

fn events(folder: &Path, words: &[&str]) {
    project(folder, &Shape::parse(ROWS, words).unwrap()).unwrap();
    assert_eq!(Data::of(folder).unwrap(), Data::Events);
}

/// What milepost answers to a set.
fn asked(folder: &Path, set: Set) -> Answers {
    let out = folder.join("answers.tsv");
    ways::milepost(folder, set, &out).unwrap();
    ways::floor(folder, set).unwrap();
    Answers::read(&out).unwrap()
}

#[test]
fn every_set_can_be_asked_however_the_events_lie() {
    let mut first: Vec<(Set, Answers)> = Vec::new();
    for words in SHAPES {
        let folder = tempfile::tempdir().unwrap();
        events(folder.path(), words);
        let is_text = words.contains(&"text");
        assert_eq!(Keys::of(folder.path()).unwrap() == Keys::Texts, is_text);
        for set in sets(Data::Events) {
            let answers = asked(folder.path(), set);
            match first.iter().find(|(other, _)| *other == set) {
                // Where one account has half of the users, figures of accounts are others.
                Some(_) if set == Set::Accounts && words.contains(&"skewed") => {}
                Some((_, plain)) => {
                    plain.compare(&answers, &format!("{set:?}, {words:?}")).unwrap();
                }
                None => {
                    assert!(answers.len() > 0, "{set:?}");
                    first.push((set, answers));
                }
            }
        }
    }
}

#[test]
fn pictures_and_subscriptions_can_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    pictures::project(folder.path(), 60, 90).unwrap();
    assert_eq!(Data::of(folder.path()).unwrap(), Data::Pictures);
    assert!(asked(folder.path(), Set::Pictures).len() > 400);

    let folder = tempfile::tempdir().unwrap();
    subscriptions::project(folder.path(), 500).unwrap();
    assert_eq!(Data::of(folder.path()).unwrap(), Data::Subscriptions);
    assert!(asked(folder.path(), Set::Subscriptions).len() > 2_000);
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn every_way_finds_the_same() {
    // The other shapes have the same figures, as the test above says.
    for words in [SHAPES[0], SHAPES[SHAPES.len() - 1]] {
        let folder = tempfile::tempdir().unwrap();
        events(folder.path(), words);
        sets(Data::Events).into_iter().for_each(|set| finds_the_same(folder.path(), set, words));
    }
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn every_way_finds_the_same_of_pictures_and_subscriptions() {
    let folder = tempfile::tempdir().unwrap();
    pictures::project(folder.path(), 300, 200).unwrap();
    finds_the_same(folder.path(), Set::Pictures, &[]);
    let folder = tempfile::tempdir().unwrap();
    subscriptions::project(folder.path(), 2_000).unwrap();
    finds_the_same(folder.path(), Set::Subscriptions, &[]);
}

fn finds_the_same(folder: &Path, set: Set, words: &[&str]) {
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("answers.tsv");
    ways::milepost(folder, set, &out).unwrap();
    let ours = Answers::read(&out).unwrap();
    for way in [Way::Each, Way::Hand, Way::Bits] {
        if way == Way::Bits && bits::statements(set, Keys::of(folder).unwrap()).is_none() {
            continue;
        }
        process::run(&mut command(folder, set, way, scratch.path(), &out).unwrap()).unwrap();
        ours.compare(&Answers::read(&out).unwrap(), &format!("{set:?}, {words:?}, {way:?}"))
            .unwrap();
    }
}

/// The company of the example, in a folder of its own.
fn company(folder: &Path) {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let to = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &to);
            } else {
                std::fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    let acme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/acme/data");
    copy(&acme, &folder.join("data"));
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn the_catalog_is_the_same_in_duckdb() {
    let folder = tempfile::tempdir().unwrap();
    company(folder.path());
    catalog::write(folder.path()).unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("answers.tsv");
    catalog::milepost(folder.path(), &out).unwrap();
    let ours = Answers::read(&out).unwrap();
    assert!(ours.len() > 5_000, "{}", ours.len());
    let mut each = catalog::in_duckdb(folder.path(), scratch.path(), &out).unwrap();
    process::run(&mut each).unwrap();
    ours.compare(&Answers::read(&out).unwrap(), "DuckDB").unwrap();
}
