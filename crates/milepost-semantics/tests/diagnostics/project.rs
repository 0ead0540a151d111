//! A page's project, read and checked as a build does it up to the engine.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use milepost_semantics::model::Type;
use milepost_semantics::prove::{Setting, plan};
use milepost_semantics::schema::{FileSchema, Schemas};
use milepost_semantics::{Import, analyze, data_needs, merge, whole_keys};
use milepost_syntax::ast::{Date, Package};
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics, Severity};
use milepost_syntax::source::SourceMap;
use milepost_syntax::span::Span;
use milepost_syntax::{parse_package, parse_project, parse_spec};

use crate::drawn::Told;
use crate::files::Page;

/// What a project without a `milepost.yaml` has.
const PROJECT: &str = "project: page\nedition: 2026\n";

/// Everything told about the page's specs, its tests included.
pub(crate) fn told(root: &Path, page: &Page<'_>) -> Vec<Told> {
    let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
    let mut package = Package::default();
    let specs = page.specs();
    if specs.first().is_none_or(|(path, _)| *path != "milepost.yaml") {
        let main = sources.add("milepost.yaml", PROJECT);
        package.project = parse_project(sources.get(main), &mut diagnostics);
    }
    for (path, text) in specs {
        let id = sources.add(path, text);
        if path == "milepost.yaml" {
            package.project = parse_project(sources.get(id), &mut diagnostics);
        } else {
            parse_spec(sources.get(id), &mut package, &mut diagnostics);
        }
    }
    import(root, &mut package, &mut sources, &mut diagnostics);
    milepost_semantics::expand(&mut package, &mut diagnostics);
    let schemas = schemas(page, &package);
    let model = analyze(&package, &sources, &schemas, &mut diagnostics);
    assert_eq!(model.is_none(), diagnostics.has_errors(), "a model, or an error that says why not");
    let holidays = holidays(page, &package);
    let setting = Setting { package: &package, schemas: Some(&schemas), holidays: &holidays };
    let plans = plan(&setting, &mut diagnostics);
    let all_right = !diagnostics.has_errors();
    assert!(!all_right || plans.len() == package.tests.len(), "a test that nobody tells about");
    diagnostics.sorted().into_iter().map(|d| words(d, &sources)).collect()
}

/// The packages of `use:`, in its order, then the others.
fn import(
    root: &Path,
    package: &mut Package,
    sources: &mut SourceMap,
    diagnostics: &mut Diagnostics,
) {
    let uses: Vec<String> = package.project.uses.iter().map(|used| used.node.clone()).collect();
    if uses.is_empty() {
        return;
    }
    let folder = fs::read_dir(root.join("specs/std")).unwrap();
    let mut names: Vec<String> = folder
        .map(|file| format!("std/{}", file.unwrap().path().file_stem().unwrap().to_string_lossy()))
        .collect();
    let position = |name: &String| uses.iter().position(|used| used == name);
    names.sort();
    names.sort_by_key(|name| position(name).unwrap_or(usize::MAX));
    let mut imports = Vec::new();
    for name in &names {
        let text = fs::read_to_string(root.join("specs").join(format!("{name}.yaml"))).unwrap();
        let id = sources.add(format!("{name}.yaml"), text);
        let mut parsed = Package::default();
        parse_package(sources.get(id), &mut parsed, diagnostics);
        imports.push(Import { used: position(name).is_some(), package: parsed });
    }
    merge(package, imports, diagnostics);
}

fn schemas(page: &Page<'_>, package: &Package) -> Schemas {
    let mut schemas = Schemas::default();
    let needs = data_needs(package);
    let whole = whole_keys(&needs, |need, name| {
        let columns = page.columns(need).filter(|_| page.is_typed(need))?;
        columns.iter().find(|(column, _)| column == name).map(|(_, ty)| *ty)
    });
    for need in needs {
        let mut columns = page.columns(&need);
        for (name, ty) in columns.iter_mut().flatten().filter(|_| !page.is_typed(&need)) {
            let found = need.identifiers.iter().find(|found| found.column == *name);
            if found.is_some_and(|f| f.is_open && f.keys.iter().any(|key| whole.contains_key(key)))
            {
                *ty = Type::Integer;
            }
        }
        if columns.is_some() || need.optional {
            let missing = columns.is_none();
            let schema = FileSchema {
                columns: columns.unwrap_or_default(),
                missing,
                ..FileSchema::default()
            };
            schemas.datasets.insert(need.name, schema);
        }
    }
    schemas
}

/// The days of the file of holidays.
fn holidays(page: &Page<'_>, package: &Package) -> BTreeSet<Date> {
    let named = package.project.calendar.holidays.as_ref();
    let text = named.and_then(|named| page.text(&named.node)).unwrap_or_default();
    let date = |line: &str| {
        let mut numbers = line.get(..10)?.split('-');
        let mut next = || numbers.next()?.parse::<u32>().ok();
        Some(Date {
            year: next()?.try_into().ok()?,
            month: next()?.try_into().ok()?,
            day: next()?.try_into().ok()?,
        })
    };
    text.lines().filter_map(date).collect()
}

fn words(diagnostic: &Diagnostic, sources: &SourceMap) -> Told {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let place = diagnostic.primary.as_ref().map(|label| {
        let file = sources.get(label.span.source);
        let at = file.line_column(label.span.start);
        format!("{}:{}:{}", file.path, at.line, at.column)
    });
    let labels = diagnostic.primary.iter().chain(&diagnostic.secondary);
    // Marks inside marks are drawn as one line.
    let inside = |a: Span, b: Span| a.source == b.source && a.start < b.end && b.start < a.end;
    let spans: Vec<Span> = labels.clone().map(|label| label.span).collect();
    let nested = spans.iter().enumerate().any(|(i, a)| spans[..i].iter().any(|b| inside(*a, *b)));
    // Marks that end at the end of a line, or go over it, are drawn in another way.
    let marked = labels.clone().map(|label| sources.get(label.span.source).slice(label.span));
    let on_a_line = marked.filter(|text| !nested && text.is_ascii() && !text.contains('\n'));
    Told {
        title: format!("{severity}[{}]", diagnostic.code),
        message: diagnostic.message.clone(),
        place,
        is_drawn: false,
        help: diagnostic.help.join("\n"),
        labels: labels.map(|label| label.message.clone()).collect(),
        drawing: String::new(),
        widths: on_a_line.map(|text| text.trim_end().len()).filter(|n| *n > 1).collect(),
    }
}
