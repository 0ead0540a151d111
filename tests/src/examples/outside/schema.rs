//! The JSON Schema that `milepost schema` prints, held against every YAML text of the repository by a validator that
//! is not ours.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use milepost::syntax::ast::Package;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::syntax::source::SourceMap;
use milepost::syntax::{FileKind, codes, parse_package, parse_project, schema};
use serde_json::{Value, json};

use crate::python::answers;

/// Mistakes that a schema sees: what is one of these for milepost is one for an editor.
const SEEN: [codes::Code; 2] = [codes::UNKNOWN_FIELD, codes::UNKNOWN_SECTION];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below a folder with this ending.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
}

fn is_project(name: &str) -> bool {
    name.ends_with("milepost.yaml")
}

/// The codes of what milepost finds wrong with the text alone.
fn told(name: &str, text: &str) -> Vec<codes::Code> {
    let mut sources = SourceMap::default();
    let id = sources.add(name, text);
    let (mut package, mut diagnostics) = (Package::default(), Diagnostics::default());
    if is_project(name) {
        parse_project(sources.get(id), &mut diagnostics);
    } else {
        parse_package(sources.get(id), &mut package, &mut diagnostics);
    }
    diagnostics.sorted().iter().map(|diagnostic| diagnostic.code).collect()
}

/// Every YAML file of the repository, and every YAML fence of its pages, by name.
fn texts() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut paths = Vec::new();
    for folder in ["examples", "specs", "crates/milepost-cli/init"] {
        files(&repository().join(folder), "yaml", &mut paths);
    }
    for path in paths {
        found.insert(path.display().to_string(), fs::read_to_string(&path).unwrap());
    }
    let mut pages = Vec::new();
    files(&repository().join("tests/results"), "md", &mut pages);
    files(&repository().join("tests/diagnostics"), "md", &mut pages);
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        // Told when names are resolved; the schema sees it as soon as it is written.
        let resolved = page.ends_with("datasets/complete-days.md");
        if resolved || text.contains(codes::MISSING_FIELD.name()) {
            continue;
        }
        for (at, (info, fence)) in fences(&text).into_iter().enumerate() {
            let name = if is_project(&info) { "milepost.yaml" } else { "spec.yaml" };
            found.insert(format!("{}#{at}/{name}", page.display()), fence);
        }
    }
    found
}

/// What is after the three backquotes of a fence of YAML, and its text.
fn fences(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
        let text = lines.by_ref().take_while(|line| *line != "```");
        let text: String = text.map(|line| format!("{line}\n")).collect();
        if info.starts_with("yaml") {
            found.push((info.to_owned(), text));
        }
    }
    found
}

/// What the validator says of each text.
fn validated(texts: &BTreeMap<String, String>) -> BTreeMap<String, Vec<String>> {
    let jobs: Vec<Value> = [(FileKind::Project, true), (FileKind::Spec, false)]
        .into_iter()
        .map(|(kind, project)| {
            let texts: BTreeMap<&String, &String> =
                texts.iter().filter(|(name, _)| is_project(name) == project).collect();
            json!({ "schema": schema(kind), "texts": texts })
        })
        .collect();
    let answers = answers("outside/check_schema.py", &jobs);
    let read = |answer| serde_json::from_value::<BTreeMap<_, _>>(answer).unwrap();
    answers.into_iter().flat_map(read).collect()
}

#[test]
#[ignore = "needs Python with jsonschema: cargo xtask test"]
fn the_schema_takes_what_milepost_takes() {
    let mut texts = texts();
    let told: BTreeMap<String, Vec<codes::Code>> =
        texts.iter().map(|(name, text)| (name.clone(), told(name, text))).collect();
    // What can't be read as YAML is no matter of a schema.
    texts.retain(|name, _| {
        told[name].is_empty() || told[name].iter().any(|code| SEEN.contains(code))
    });
    let answers = validated(&texts);
    assert_eq!(answers.len(), texts.len());
    let (mut right, mut mistakes, mut wrong) = (0, 0, Vec::new());
    for (name, answer) in &answers {
        match (told[name].is_empty(), answer.is_empty()) {
            (true, true) => right += 1,
            (false, false) => mistakes += 1,
            (true, false) => wrong.push(format!("{name}: {answer:#?}")),
            (false, true) => {
                wrong.push(format!("{name}: nothing, and milepost tells {:?}", told[name]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(right > 100 && mistakes > 3, "only {right} right and {mistakes} wrong texts were seen");
}

#[test]
#[ignore = "needs Python with jsonschema: cargo xtask test"]
fn the_schema_sees_mistakes() {
    let metric = |fields: &str| format!("metrics:\n  a:\n    value: count(events)\n    {fields}\n");
    let dataset = |fields: &str| format!("datasets:\n  a:\n    from: a.csv\n    {fields}\n");
    let texts: BTreeMap<String, String> = [
        ("section", "metrcs: {}\n".to_owned()),
        ("later section", "alerts: {}\n".to_owned()),
        ("field", metric("lable: A")),
        ("later field", metric("retention: {}")),
        ("word", metric("category: efect")),
        ("grain", metric("grain: fortnight")),
        ("duration", metric("maturity: 90")),
        ("whole number", metric("min_sample: many")),
        ("better", metric("better: larger")),
        ("field of a target", metric("target: { atleast: 80% }")),
        ("range", metric("target: { inside: [1, 2, 3] }")),
        ("no value", "metrics:\n  a: { label: A }\n".to_owned()),
        ("name", "metrics:\n  a-b: { value: 1 }\n".to_owned()),
        ("no key", "entities:\n  a: { home: b }\n".to_owned()),
        ("type", dataset("columns: { a: txt }")),
        ("field of a column", dataset("columns: { a: { typ: text } }")),
        ("yes", dataset("optional: yes")),
        ("field of a check", dataset("checks: [ notnull: [a] ]")),
        ("three columns", dataset("valid: [a, b, c]")),
        ("list", "metrics: [a]\n".to_owned()),
        ("no project/milepost.yaml", "label: A\n".to_owned()),
        ("weekday/milepost.yaml", "project: a\ncalendar: { week_starts: mon }\n".to_owned()),
        ("misplaced/milepost.yaml", "project: a\nmetrics: {}\n".to_owned()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text))
    .collect();
    let answers = validated(&texts);
    let unseen: Vec<&String> =
        texts.keys().filter(|name| answers.get(*name).is_none_or(Vec::is_empty)).collect();
    assert!(unseen.is_empty(), "{unseen:?}");
}
