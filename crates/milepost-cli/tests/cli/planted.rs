//! What the demo plants is found again: who is late, stuck, ready, or silent and then lost, and nobody else. What is expected comes from the
//! files in `truth/`, which were written before there was a row to find anything in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Project, collect};

const LAST: &str = "2026-01-31";
/// Each story this often.
const TIMES: &str = "8";

/// A company of which most accounts are planted, with the specs of acme.
fn company(seed: &str) -> Project {
    let folder = tempfile::tempdir().unwrap();
    let acme = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/acme"));
    for name in ["milepost.yaml", "holidays.csv"] {
        fs::copy(acme.join(name), folder.path().join(name)).unwrap();
    }
    fs::create_dir(folder.path().join("specs")).unwrap();
    let mut specs = BTreeMap::new();
    collect(&acme.join("specs"), &mut specs);
    for (path, text) in specs {
        fs::write(folder.path().join("specs").join(path.file_name().unwrap()), text).unwrap();
    }
    let project = Project { folder };
    project
        .run(&["demo", "--accounts", "20", "--planted", TIMES, "--seed", seed, "--out", "data"])
        .ended(0);
    project
}

/// A row of a file in `truth/`: its fields by name.
type Row = BTreeMap<String, String>;

fn truth(project: &Project, name: &str) -> Vec<Row> {
    let text = fs::read_to_string(project.path(&format!("data/truth/{name}.csv"))).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| {
        // A comma inside of quotes is none.
        let quoted = line.split('"').enumerate().map(|(i, text)| match i % 2 {
            1 => text.replace(',', ";"),
            _ => text.to_owned(),
        });
        let fields: String = quoted.collect();
        let fields = fields.split(',').map(str::to_owned);
        names.iter().map(|name| (*name).to_owned()).zip(fields).collect()
    };
    lines.map(row).collect()
}

/// The rows of spans that hold at the end of a day.
fn at_end_of<'a>(rows: &'a [Row], day: &str) -> impl Iterator<Item = &'a Row> {
    rows.iter().filter(move |row| {
        let until = row["until"].as_str();
        row["since"].as_str() <= day && (until.is_empty() || day < until)
    })
}

fn account(row: &Row) -> i64 {
    row["account_id"].parse().unwrap()
}

/// What `milepost query` lists of planted accounts.
fn listed(project: &Project, arguments: &[&str]) -> Vec<(i64, Value)> {
    let run = project.run(&[&["query"], arguments, &["--format", "json"]].concat()).ended(0);
    let found: Value = serde_json::from_str(&run.out).unwrap();
    let members = found["members"].as_array().unwrap().clone().into_iter();
    let own = members.map(|member| (member["account_id"].as_i64().unwrap(), member));
    own.filter(|(id, _)| *id > milepost_demo::ABOVE).collect()
}

fn counted(project: &Project, list: &str, day: &str) -> BTreeSet<i64> {
    let members = listed(project, &[&format!("{list}.count"), "--members", "--as-of", day]);
    members.into_iter().map(|(id, _)| id).collect()
}

/// A day on which somebody gets into a state of a stage, and the day before.
fn turn(standing: &[Row], (stage, state): (&str, &str)) -> [String; 2] {
    let rows = standing.iter().filter(|row| row["stage"] == stage && row["state"] == state);
    let since = rows.map(|row| row["since"].clone()).filter(|since| !since.ends_with("-01"));
    let since = since.max().unwrap();
    let (month, day) = since.split_at(8);
    let before = format!("{month}{:02}", day.parse::<u32>().unwrap() - 1);
    [before, since]
}

#[test]
fn who_is_late_stuck_or_ready_is_who_was_planted_so() {
    let project = company("3");
    let standing = truth(&project, "standing");
    let turns = [("onboarding", "late"), ("adoption", "stuck"), ("onboarding", "ready")];
    let mut days = turns.map(|into| turn(&standing, into)).concat();
    days.push(LAST.to_owned());
    let mut met = BTreeMap::new();
    for day in &days {
        let planted: BTreeMap<i64, [&str; 2]> = at_end_of(&standing, day)
            .map(|row| (account(row), ["stage", "state"].map(|name| row[name].as_str())))
            .collect();
        let members = listed(&project, &["lifecycle", "--members", "--as-of", day]);
        let found: BTreeMap<i64, [&str; 2]> = members
            .iter()
            .map(|(id, row)| (*id, ["stage", "state"].map(|name| row[name].as_str().unwrap())))
            .collect();
        assert_eq!(found, planted, "at the end of {day}");
        for [_, state] in planted.into_values() {
            *met.entry(state.to_owned()).or_insert(0) += 1;
        }
    }
    let held_up =
        at_end_of(&standing, LAST).filter(|row| ["late", "stuck"].contains(&&*row["state"]));
    assert_eq!(counted(&project, "stuck_on_the_way", LAST), held_up.map(account).collect());
    let states = ["at_risk", "late", "on_track", "ready", "stuck"];
    assert_eq!(met.keys().collect::<Vec<_>>(), states, "{met:?}");
    assert!(met.values().all(|accounts| *accounts >= 3), "{met:?}");
}

#[test]
fn who_is_silent_and_then_lost_is_who_was_planted_so() {
    let project = company("5");
    let (story, quiet) = (truth(&project, "story"), truth(&project, "quiet"));
    let mut silent_before_loss = 0;
    for (from, to) in [("2025-05-31", "2025-10-15"), ("2025-10-15", LAST)] {
        let planted: BTreeSet<i64> = at_end_of(&quiet, from).map(account).collect();
        assert_eq!(counted(&project, "gone_quiet", from), planted, "at the end of {from}");

        let there = |row: &&Row| row["created_on"].as_str() <= from;
        let lost = |row: &&Row| {
            (&*row["lost_on"] > from && &*row["lost_on"] <= to) && !row["lost_on"].is_empty()
        };
        let lost: BTreeSet<i64> = story.iter().filter(there).filter(lost).map(account).collect();
        let moved =
            listed(&project, &["lifecycle.stage", "--since", from, "--to", to, "--members"]);
        let gone = moved.iter().filter(|(_, row)| row["to"] == "(gone)");
        assert_eq!(gone.map(|(id, _)| *id).collect::<BTreeSet<_>>(), lost, "{from} to {to}");
        silent_before_loss += planted.intersection(&lost).count();
    }
    assert_eq!(
        counted(&project, "gone_quiet", LAST),
        at_end_of(&quiet, LAST).map(account).collect(),
    );
    assert!(silent_before_loss >= 1, "nobody was silent before it was lost");
}

#[test]
fn no_dataset_reads_what_was_planted() {
    let project = company("1");
    let before = project.run(&["query", "nps", "--format", "csv"]).ended(0).out;
    // What can't be read would be an error.
    for name in ["story", "standing", "quiet"] {
        fs::write(project.path(&format!("data/truth/{name}.csv")), b"\xff\x00").unwrap();
    }
    project.run(&["check"]).ended(0);
    assert_eq!(project.run(&["query", "nps", "--format", "csv"]).ended(0).out, before);
}
