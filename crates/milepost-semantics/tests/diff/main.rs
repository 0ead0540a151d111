//! The examples on the pages of the rules: what each change of a small project is, and that nothing is different between a
//! project and itself. `MILEPOST_UPDATE=1` writes what is found into the pages.

#![expect(clippy::unwrap_used, reason = "a test that can not go on fails")]
#![expect(clippy::disallowed_methods, reason = "the test keeps its pages")]

mod page;
mod project;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use milepost_semantics::diff::rules::PAGES;
use milepost_semantics::diff::{Changes, Level, Side, compare};
use page::{Example, Page};
use project::Project;

/// Rules that no example of this kind can show: what a project lacks, its packages say; and examples have no mistakes.
const ELSEWHERE: [&str; 3] = ["availability-gained", "availability-lost", "definition-unreadable"];

/// Each difference in a line.
fn lines(changes: &Changes) -> String {
    let mut text = String::new();
    for changed in &changes.changed {
        let _ = writeln!(text, "{} {}", changed.level.name(), changed.subject);
        for change in &changed.own {
            let level = change.level.name();
            let _ = write!(text, "  {}: {} ({level})", change.rule, change.part);
            match (&change.before, &change.after) {
                (Some(before), Some(after)) => {
                    let _ = write!(text, " {before} -> {after}");
                }
                (Some(before), None) => {
                    let _ = write!(text, " - {before}");
                }
                (None, Some(after)) => {
                    let _ = write!(text, " + {after}");
                }
                (None, None) => {}
            }
            text.push('\n');
        }
        for derived in &changed.derived {
            let _ = writeln!(text, "  by {} ({})", derived.by.join(", "), derived.level.name());
        }
    }
    text
}

/// What is different, in lines; mistakes of an example are lines too, which no page has.
fn found(example: &Example) -> String {
    let [old, new] = [Project::of(&example.old), Project::of(&example.new)];
    let same = compare(new.side(), new.side());
    assert!(same.changed.is_empty(), "{}: {}", example.title, lines(&same));
    let told: Vec<&str> = old.told.iter().chain(&new.told).map(String::as_str).collect();
    if told.is_empty() { lines(&compare(old.side(), new.side())) } else { told.join("\n") + "\n" }
}

#[test]
fn examples_of_the_rules() {
    let update = std::env::var_os("MILEPOST_UPDATE").is_some();
    let mut wrong = Vec::new();
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for (id, text) in PAGES {
        let mut page = Page::read(text);
        for example in &mut page.examples {
            let found = found(example);
            for rule in PAGES.iter().map(|(rule, _)| *rule) {
                if rule == *id && found.contains(&format!("  {rule}: ")) {
                    *shown.entry(rule.to_owned()).or_default() += 1;
                }
            }
            if found.trim_end() != example.found.trim_end() {
                wrong.push(format!("{id}, {}:\n{found}", example.title));
                example.found = found;
            }
        }
        if update {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"));
            page.write(&path.join(format!("src/diff/rules/{id}.md")));
        }
    }
    assert!(update || wrong.is_empty(), "{}", wrong.join("\n"));
    for (id, _) in PAGES.iter().filter(|(id, _)| !ELSEWHERE.contains(id)) {
        let times = shown.get(*id).copied().unwrap_or_default();
        assert!(times >= 3, "`{id}` has {times} examples in which it speaks; three are the least");
    }
}

#[test]
fn every_page_is_a_rule() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/diff/rules");
    let files = std::fs::read_dir(folder).unwrap();
    let files: BTreeSet<String> =
        files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(files, PAGES.iter().map(|(id, _)| format!("{id}.md")).collect());
}

/// Without a model on one side, what would need it is undecided, and the rest is compared.
#[test]
fn a_side_with_mistakes_is_compared_as_far_as_it_goes() {
    let base = Project::of("metrics:\n  m: { value: nothing, label: A, min_sample: 3 }\n");
    let head = Project::of("metrics:\n  m: { value: count(logins), label: B, min_sample: 5 }\n");
    assert!(base.model.is_none() && head.model.is_some());
    let found = compare(base.side(), head.side());
    let levels: Vec<(&str, Level)> =
        found.changed[0].own.iter().map(|change| (change.rule, change.level)).collect();
    let expected = [
        ("formula", Level::Undecided),
        ("min-sample", Level::VerdictChanging),
        ("words", Level::Cosmetic),
    ];
    assert_eq!(levels, expected);
    assert!(found.changed[0].own[0].why.contains("base"), "{:?}", found.changed[0].own[0]);
    let neither = Side { model: None, ..base.side() };
    let same = compare(neither, neither);
    assert!(same.changed.is_empty());
}

#[test]
fn what_cannot_be_read_is_not_called_removed() {
    let base = Project::of("metrics:\n  m: { value: count(logins) }\n  n: { value: 1 }\n");
    let head = Project::of(
        "metrics:\n  m: { value: count(logins where kind in ['a', }\n  n: { value: 1 }\n",
    );
    let found = compare(base.side(), head.side());
    let told: Vec<_> =
        found.changed.iter().map(|c| (c.subject.name.as_str(), c.own[0].rule)).collect();
    assert_eq!(told, [("m", "definition-unreadable")]);
    assert_eq!(found.level(), Some(Level::Undecided));
}

/// Ids hold on to the change, not to places, other changes or the order of the file.
#[test]
fn ids_are_stable() {
    let one = |old: &str, new: &str| {
        let [old, new] = [Project::of(old), Project::of(new)];
        let found = compare(old.side(), new.side());
        let metric = found.changed.iter().find(|changed| changed.subject.name == "m").unwrap();
        metric.own.iter().find(|change| change.rule == "target").unwrap().id.clone()
    };
    let first = one(
        "metrics:\n  m: { value: count(logins), better: higher, target: { at_least: 3 } }\n",
        "metrics:\n  m: { value: count(logins), better: higher, target: { at_least: 5 } }\n",
    );
    let second = one(
        "metrics:\n  n: { value: 1 }\n  m: { target: { at_least:   3 }, better: higher, value: count(logins) }\n",
        "metrics:\n  m:\n    # higher\n    label: M\n    value: count(logins)\n    better: higher\n    target: { at_least: 5 }\n",
    );
    let other = one(
        "metrics:\n  m: { value: count(logins), better: higher, target: { at_least: 3 } }\n",
        "metrics:\n  m: { value: count(logins), better: higher, target: { at_least: 6 } }\n",
    );
    assert_eq!(first, second);
    assert_ne!(first, other);
}
