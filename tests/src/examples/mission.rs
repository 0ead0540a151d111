//! `mission.md`: every idea is listed once, and what it names exists.
//!
//! The page is next to this file, because it is maintained for this test: which idea is covered by which metric or page.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use milepost::syntax::ast::Package;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::syntax::source::SourceMap;
use milepost::syntax::{KINDS, LATER_SECTIONS, parse_package};

use crate::figures::Example;

/// Where the links of the page begin.
const DOCS: &str = "../../../docs/";

/// What rows may wait for that is neither a section nor a field.
const COMMANDS: [&str; 1] = ["diff"];

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// A row of the tables.
struct Row {
    id: String,
    /// File and metric.
    definitions: Vec<(String, String)>,
    /// File in `docs/` and heading.
    links: Vec<(String, String)>,
    waits: Vec<String>,
}

fn rows() -> Vec<Row> {
    let text = read("tests/src/examples/mission.md");
    let lines = text
        .lines()
        .filter(|line| line.strip_prefix("| ").is_some_and(|rest| rest.starts_with(['A', 'B'])));
    lines.map(row).collect()
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [id, _, definitions, described, waits] = cells[..] else { panic!("five cells: {line}") };
    let code = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let links = described.split("](").skip(1).filter_map(|part| part.split_once(')'));
    let links = links.map(|(link, _)| link.split_once('#').unwrap_or((link, "")));
    Row {
        id: id.to_owned(),
        definitions: code(definitions)
            .iter()
            .map(|entry| {
                let (file, metric) = entry.split_once(": ").expect("FILE: METRIC");
                (file.to_owned(), metric.to_owned())
            })
            .collect(),
        links: links
            .map(|(file, anchor)| {
                let file = file.strip_prefix(DOCS).unwrap_or_else(|| panic!("{id}: {file}"));
                (file.to_owned(), anchor.to_owned())
            })
            .collect(),
        waits: code(waits),
    }
}

/// The metrics that a file of specs defines.
fn metrics(file: &str) -> BTreeSet<String> {
    let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
    let id = sources.add(file, read(file));
    let mut package = Package::default();
    parse_package(sources.get(id), &mut package, &mut diagnostics);
    package.metrics.into_iter().map(|metric| metric.name.node).collect()
}

/// The headings of a page, as links name them.
fn anchors(file: &str) -> BTreeSet<String> {
    let text = read(&format!("docs/{file}"));
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn every_idea_is_listed_once_and_in_order() {
    let all = (1..=64).map(|n| format!("A{n}")).chain((1..=73).map(|n| format!("B{n}")));
    let ids: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    assert_eq!(ids, all.collect::<Vec<_>>());
}

#[test]
fn what_an_idea_names_exists() {
    let acme = Example::load("acme");
    let mut wrong = Vec::new();
    for row in rows() {
        let id = &row.id;
        if row.definitions.is_empty() && row.links.is_empty() && row.waits.is_empty() {
            wrong.push(format!("{id} says nothing"));
        }
        for (file, name) in &row.definitions {
            if !path(file).is_file() || !metrics(file).contains(name) {
                wrong.push(format!("{id}: {file} does not define {name}"));
            }
            let model = &acme.model;
            if model.metric(name).is_none_or(|metric| model[metric].category.is_none()) {
                wrong.push(format!("{id}: {name} has no page on the site of examples/acme"));
            }
        }
        for (file, anchor) in &row.links {
            let exists = path("docs").join(file).is_file();
            if !exists || !(anchor.is_empty() || anchors(file).contains(anchor)) {
                wrong.push(format!("{id}: docs/{file} has no heading {anchor}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_an_idea_waits_for_is_not_there_yet() {
    let fields = KINDS.iter().flat_map(|kind| kind.all());
    let later: BTreeSet<&str> = fields
        .filter(|field| field.later.is_some())
        .map(|field| field.name)
        .chain(LATER_SECTIONS.iter().map(|(name, ..)| *name))
        .chain(COMMANDS)
        .collect();
    for row in rows() {
        for waits in &row.waits {
            assert!(later.contains(waits.as_str()), "{} waits for {waits}, which is there", row.id);
        }
    }
}
