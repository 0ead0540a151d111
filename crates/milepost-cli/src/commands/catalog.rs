//! `milepost catalog [NAME]`

use std::fmt::Write as _;

use milepost::catalog::{Entry, EntryKind, PACKAGES, State, describe, entries, entries_of};
use milepost::semantics::model::Need;
use milepost::sources::Disk;
use milepost::syntax::codes;
use milepost::syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost::syntax::suggest;
use milepost::{Error, find_project, holds_project, steps};
use serde_json::{Value, json};

use crate::args::{Catalog, Format, Global};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::project::{self, plural};
use crate::table::Table;

pub(super) fn run(args: &Catalog, global: &Global, output: Output) -> Result<Exit, Stop> {
    let all = all(global, output)?;
    let shown: Vec<&Entry> = match &args.name {
        None => all.iter().collect(),
        Some(name) => named(name, &all)?,
    };
    if args.format == Format::Json {
        let list: Vec<Value> = shown.iter().map(|entry| machine(entry)).collect();
        let text = serde_json::to_string_pretty(&list);
        let text = text.map_err(|error| Error::Internal(error.to_string()))?;
        output.json(&format!("{text}\n"))?;
        return Ok(Exit::Done);
    }
    let text = match (&args.name, &shown[..]) {
        (Some(name), [entry]) if entry.name == *name => one(entry, output),
        (Some(_), [first, ..]) => {
            let about = about(first.package);
            format!("{}{about}\n\n{}", output.heading(first.package), list(&shown, output))
        }
        _ => list(&shown, output),
    };
    output.result(&text)?;
    Ok(Exit::Done)
}

/// The catalog, as the project here stands to it where there is one.
fn all(global: &Global, output: Output) -> Result<Vec<Entry>, Stop> {
    let here = std::path::Path::new(".");
    let is_asked = global.project.is_some();
    if !is_asked && !holds_project(here) && find_project(here).is_none() {
        return Ok(entries());
    }
    let root = project::find(None, global)?;
    let mut diagnostics = Diagnostics::default();
    let loaded = steps::load(&Disk::new(&root), &mut diagnostics);
    if diagnostics.has_errors() {
        output.diagnostics(&diagnostics.sorted(), &loaded.sources);
        return Err(Stop::Told(Exit::Mistakes));
    }
    let engine = steps::engine(&root)?;
    // What is wrong with the files is reported by `check`; here only their columns matter.
    let schemas = steps::schemas(&engine, &loaded.package, &mut diagnostics);
    Ok(entries_of(&loaded, &schemas))
}

/// The definition of that name, or everything in the package.
fn named<'a>(name: &str, all: &'a [Entry]) -> Result<Vec<&'a Entry>, Stop> {
    let in_package =
        |entry: &&Entry| entry.package == name || entry.package.strip_prefix("std/") == Some(name);
    if let Some(entry) = all.iter().find(|entry| entry.name == name) {
        return Ok(vec![entry]);
    }
    let found: Vec<&Entry> = all.iter().filter(in_package).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let names = all.iter().map(|entry| entry.name.as_str());
    let names = names.chain(PACKAGES.iter().map(|(name, _)| *name));
    let unknown = Diagnostic::error_nowhere(
        codes::UNKNOWN_NAME,
        format!("the catalog has no KPI, list, score, journey or package `{name}`"),
    );
    Err(match suggest(name, names) {
        Some(near) => unknown.help(format!("did you mean `{near}`?")),
        None => unknown.help("`milepost catalog` lists everything that it has"),
    }
    .into())
}

/// The comment at the head of a package: its first paragraph.
fn about(package: &str) -> String {
    let text = PACKAGES.iter().find(|(name, _)| *name == package).map_or("", |(_, text)| *text);
    let lines = text.lines().map_while(|line| line.strip_prefix('#')).map(str::trim);
    let lines: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let text = lines.join(" ");
    text.strip_prefix(&format!("{package}: ")).unwrap_or(&text).to_owned()
}

fn list(shown: &[&Entry], output: Output) -> String {
    let has_project = shown.iter().any(|entry| entry.state.is_some());
    let row = |entry: &&Entry| {
        let mut cells = vec![entry.name.clone(), title(entry), entry.package.to_owned()];
        cells.push(entry.state.as_ref().map_or_else(|| datasets(&entry.needs), short));
        cells
    };
    let last = if has_project { "this project" } else { "needs" };
    let head: Vec<String> = ["name", "shows", "package", last].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = shown.iter().map(row).collect();
    let table =
        Table { head, right: vec![false; 4], rows: Box::new(|| Box::new(rows.iter().cloned())) };
    let count = |kind: EntryKind| shown.iter().filter(|entry| entry.kind == kind).count();
    let kinds = [EntryKind::Kpi, EntryKind::List, EntryKind::Score, EntryKind::Journey];
    let counts = kinds.into_iter().filter(|kind| count(*kind) > 0);
    let counts: Vec<String> = counts.map(|kind| plural(count(kind), kind.word())).collect();
    let mut text = table.text();
    _ = write!(text, "\n{}", output.heading(&counts.join(", ")));
    if has_project {
        let ready = shown.iter().filter(|entry| entry.state == Some(State::Ready)).count();
        let used = shown.iter().filter(|entry| entry.state == Some(State::InUse)).count();
        _ = writeln!(text, "{ready} need nothing but `use:` in milepost.yaml, {used} are in use");
    }
    text
}

/// What it is called, and what it is where that is no KPI.
fn title(entry: &Entry) -> String {
    let label = entry.label.as_deref().unwrap_or(&entry.name);
    match entry.kind {
        EntryKind::Kpi => label.to_owned(),
        kind => format!("{label} ({})", kind.word()),
    }
}

/// The datasets and entities that something needs, by their names.
fn datasets(needs: &[Need]) -> String {
    let names = needs.iter().filter_map(|need| match need {
        Need::Dataset(name) => Some(name.as_str()),
        _ => None,
    });
    names.collect::<Vec<_>>().join(", ")
}

fn short(state: &State) -> String {
    match state {
        State::Ready => "ready: `use:` it".to_owned(),
        State::InUse => "in use".to_owned(),
        State::Lacks(needs) => format!("lacks {}", describe(needs).join(", ")),
    }
}

/// One definition in detail.
fn one(entry: &Entry, output: Output) -> String {
    let mut text = output.heading(&format!("{} ({})", title(entry), entry.name));
    for line in [&entry.question, &entry.description].into_iter().flatten() {
        _ = writeln!(text, "{line}");
    }
    let kind = [Some(entry.kind.word()), entry.category.as_deref(), entry.stage.as_deref()];
    let kind: Vec<&str> = kind.into_iter().flatten().collect();
    _ = write!(text, "\n{} of {}\n", kind.join(", "), entry.package);
    _ = write!(text, "\n{}", output.heading("Needs"));
    for need in describe(&entry.needs) {
        _ = writeln!(text, "- {need}");
    }
    match &entry.state {
        None => {}
        Some(State::InUse) => {
            _ = write!(text, "\nThis project has it: `milepost explain {}`\n", entry.name);
        }
        Some(State::Ready) => {
            _ = write!(
                text,
                "\nThis project has everything for it. In milepost.yaml:\n\nuse: [{}]\n",
                entry.package
            );
        }
        Some(State::Lacks(needs)) => {
            _ = write!(text, "\n{}", output.heading("This project lacks"));
            for need in describe(needs) {
                _ = writeln!(text, "- {need}");
            }
        }
    }
    text
}

fn machine(entry: &Entry) -> Value {
    let (state, lacks) = match &entry.state {
        None => (Value::Null, None),
        Some(State::Ready) => ("ready".into(), None),
        Some(State::InUse) => ("in use".into(), None),
        Some(State::Lacks(needs)) => ("lacks".into(), Some(needs)),
    };
    let words = |needs: &[Need]| -> Vec<String> { needs.iter().map(ToString::to_string).collect() };
    json!({
        "name": entry.name,
        "kind": entry.kind.word(),
        "package": entry.package,
        "label": entry.label,
        "question": entry.question,
        "description": entry.description,
        "category": entry.category,
        "stage": entry.stage,
        "needs": words(&entry.needs),
        "state": state,
        "lacks": lacks.map(|needs| words(needs)),
    })
}
