//! The ways over a small year: without SQL always, beside SQL where there is DuckDB.

use super::answers::Answers;
use super::sets::Set;
use super::{Way, bits, command, process, project, ways};

const SETS: [Set; 4] = [Set::Counts, Set::Trailing, Set::Wide, Set::Many(30)];
const ROWS: usize = 3_000;

#[test]
fn every_set_can_be_asked() {
    let folder = tempfile::tempdir().unwrap();
    project(folder.path(), ROWS).unwrap();
    for set in SETS {
        let out = folder.path().join("answers.csv");
        ways::milepost(folder.path(), set, &out).unwrap();
        ways::floor(folder.path(), set).unwrap();
        assert!(Answers::read(&out).unwrap().len() > 0, "{set:?}");
    }
}

#[test]
#[ignore = "needs Python with duckdb: cargo xtask test"]
fn every_way_finds_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    project(folder.path(), ROWS).unwrap();
    for set in SETS {
        let out = scratch.path().join("answers.csv");
        ways::milepost(folder.path(), set, &out).unwrap();
        let ours = Answers::read(&out).unwrap();
        for way in [Way::Each, Way::Hand, Way::Bits] {
            if way == Way::Bits && bits::statements(set).is_none() {
                continue;
            }
            process::run(&mut command(folder.path(), set, way, scratch.path(), &out).unwrap())
                .unwrap();
            ours.compare(&Answers::read(&out).unwrap(), &format!("{set:?}, {way:?}")).unwrap();
        }
    }
}
