//! What the documentation shows can be written: every example of it is read and checked, and the fields that it says make a
//! choice are fields.

use std::collections::BTreeSet;

use milepost_semantics::explain::describe;
use milepost_semantics::model::{MetricId, Model};
use milepost_semantics::prove::{Setting, plan};
use milepost_semantics::schema::Schemas;
use milepost_semantics::{Import, analyze, merge};
use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::{
    Field, FieldType, KINDS, REFERENCE, parse_package, parse_project, parse_spec,
};

const LANGUAGE: &str = include_str!("../../../docs/language.md");
const METRICS: &str = include_str!("../../../docs/metrics.md");
const DEFINITIONS: &str = include_str!("../../../docs/definitions.md");
const DATA: &str = include_str!("../../../docs/data.md");
const README: &str = include_str!("../../../README.md");
const ACME: [&str; 6] = [
    include_str!("../../../examples/acme/specs/entities.yaml"),
    include_str!("../../../examples/acme/specs/datasets.yaml"),
    include_str!("../../../examples/acme/specs/reach.yaml"),
    include_str!("../../../examples/acme/specs/effect.yaml"),
    include_str!("../../../examples/acme/specs/roi.yaml"),
    include_str!("../../../examples/acme/specs/tests.yaml"),
];

/// The packages that the example uses.
const PACKAGES: [&str; 12] = [
    include_str!("../../../specs/std/adoption.yaml"),
    include_str!("../../../specs/std/advocacy.yaml"),
    include_str!("../../../specs/std/community.yaml"),
    include_str!("../../../specs/std/engagement.yaml"),
    include_str!("../../../specs/std/expansion.yaml"),
    include_str!("../../../specs/std/health.yaml"),
    include_str!("../../../specs/std/journey.yaml"),
    include_str!("../../../specs/std/lists.yaml"),
    include_str!("../../../specs/std/onboarding.yaml"),
    include_str!("../../../specs/std/retention.yaml"),
    include_str!("../../../specs/std/revenue.yaml"),
    include_str!("../../../specs/std/support.yaml"),
];

/// The bodies of the fences of that kind.
fn fences<'t>(text: &'t str, kind: &str) -> Vec<&'t str> {
    let open = format!("```{kind}\n");
    text.split(open.as_str())
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or_default())
        .collect()
}

/// The model of spec files, without any data file; what is wrong fails.
fn model(project: &str, specs: &[&str]) -> Model {
    let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
    let main = sources.add("milepost.yaml", project);
    let mut package = Package {
        project: parse_project(sources.get(main), &mut diagnostics),
        ..Package::default()
    };
    for (i, spec) in specs.iter().enumerate() {
        let id = sources.add(format!("specs/{i}.yaml"), *spec);
        parse_spec(sources.get(id), &mut package, &mut diagnostics);
    }
    if !package.project.uses.is_empty() {
        let mut imports = Vec::new();
        for text in PACKAGES {
            let id = sources.add("package.yaml", text);
            let mut found = Package::default();
            parse_package(sources.get(id), &mut found, &mut diagnostics);
            imports.push(Import { used: true, package: found });
        }
        merge(&mut package, imports, &mut diagnostics);
    }
    milepost_semantics::expand(&mut package, &mut diagnostics);
    let model = analyze(&package, &sources, &Schemas::default(), &mut diagnostics);
    let setting = Setting { package: &package, schemas: None, holidays: &BTreeSet::new() };
    let tests = plan(&setting, &mut diagnostics);
    let told = |d: &milepost_syntax::diagnostic::Diagnostic| {
        let place =
            d.primary.as_ref().map(|label| sources.get(label.span.source).slice(label.span));
        format!("{}: {} ({})", d.code, d.message, place.unwrap_or_default())
    };
    let list: Vec<String> = diagnostics.sorted().into_iter().map(told).collect();
    assert_eq!(tests.len(), package.tests.len(), "{list:#?}");
    model.unwrap_or_else(|| panic!("{list:#?}"))
}

/// Metrics with these values.
fn metrics(values: &[String]) -> String {
    values.iter().enumerate().fold("metrics:\n".to_owned(), |spec, (i, value)| {
        format!("{spec}  shown_{i}:\n    value: >\n      {value}\n")
    })
}

/// Expressions, one a line; a line that begins with a blank or an operator goes on with the one before.
fn expressions(text: &str) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match list.last_mut() {
            Some(last) if line.starts_with([' ', '/', '-']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => list.push(line.to_owned()),
        }
    }
    list
}

/// Code in the first column of the tables under a heading.
fn shown(heading: &str) -> Vec<String> {
    let part = LANGUAGE.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_default();
    let part = part.split("\n## ").next().unwrap_or_default();
    let cells = part.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[test]
fn the_language_reference_can_be_written() {
    let fences = fences(LANGUAGE, "yaml");
    let (project, specs): (Vec<&str>, Vec<&str>) =
        fences.iter().partition(|fence| fence.starts_with("# milepost.yaml"));
    let mut values: Vec<String> = shown("Aggregates");
    values.extend(shown("States"));
    for heading in
        ["Members", "Values per member, row or period", "Linked rows", "Metrics in metrics"]
    {
        values.extend(shown(heading));
    }
    values.extend(shown("Windows").iter().map(|window| match window.strip_prefix("on ") {
        Some(_) => format!("count(trials {window})"),
        // After `to date in year` the other words for it stand alone.
        None if window.split(' ').count() == 1 && window != "ever" => {
            format!("count(events to date in {window})")
        }
        None if window.starts_with("fiscal") => format!("count(events to date in {window})"),
        None => format!("count(events {window})"),
    }));
    assert!(values.len() > 45, "{values:?}");
    let named = "metrics:\n  active: { value: count(distinct events.user) }\n  seats: { value: sum(subscriptions.seats at end) }\n";
    let all = metrics(&values);
    let specs: Vec<&str> = specs.into_iter().chain([named, all.as_str()]).collect();
    let model = model(project[0], &specs);
    let written = model.metrics.iter().filter(|metric| !metric.name.contains('.'));
    assert_eq!(written.count(), values.len() + 34);
}

#[test]
fn the_metrics_page_and_the_readme_can_be_written() {
    let values: Vec<String> = fences(METRICS, "text").into_iter().flat_map(expressions).collect();
    assert!(values.len() > 20, "{values:?}");
    let project = include_str!("../../../examples/acme/milepost.yaml");
    let all = metrics(&values);
    let written = fences(METRICS, "yaml");
    assert!(!written.is_empty());
    let specs: Vec<&str> = ACME.into_iter().chain([all.as_str()]).chain(written).collect();
    model(project, &specs);
    // The README shows a KPI as it stands in the example.
    let shown = fences(README, "yaml")[0].split_once("metrics:\n").map_or("", |(_, shown)| shown);
    assert!(!shown.is_empty() && ACME[3].contains(shown.trim_end()), "{shown}");
}

#[test]
fn the_page_of_data_can_be_written() {
    let written = fences(DATA, "yaml");
    assert_eq!(written.len(), 5);
    let model = model("project: shown\nas_of: 2026-03-31\n", &written);
    let count = |name: &str| model.metrics.iter().filter(|metric| metric.name == name).count();
    assert_eq!(count("invoiced") + count("recurring_revenue_of_pictures") + count("calls"), 3);
}

/// What stands between backquotes.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The name under which the page of definitions knows a kind of map: `metric` for `a metric`.
fn short_name(kind: &str) -> &str {
    match kind.trim_matches('`') {
        "milepost.yaml" => "project",
        name => name.rsplit(' ').next().unwrap_or(name),
    }
}

/// The field that the page of definitions calls by that name.
fn field(name: &str) -> Option<&'static Field> {
    let (kind, field) = name.split_once('.')?;
    KINDS
        .iter()
        .filter(|found| short_name(found.name) == kind)
        .flat_map(|found| found.all())
        .find(|found| found.name == field)
}

#[test]
fn the_page_of_definitions_names_fields_and_their_words() {
    let rows: Vec<[&str; 3]> = DEFINITIONS
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter_map(|line| line.split(" | ").collect::<Vec<_>>().try_into().ok())
        .filter(|row: &[&str; 3]| row[0] != "choice")
        .collect();
    assert!(rows.len() > 70, "{}", rows.len());
    let mut named = BTreeSet::new();
    for [choice, made_by, default] in rows {
        for part in made_by.split(", ") {
            let Some(name) = code(part).first().copied() else {
                let known = ["always", "the expression", "the data"].contains(&part);
                assert!(known, "{choice}: what is `{part}`?");
                continue;
            };
            let field = field(name).unwrap_or_else(|| panic!("{choice}: `{name}` is no field"));
            assert_eq!(field.later.is_some(), part.ends_with("(later)"), "{choice}: {name}");
            named.insert(name);
            let (FieldType::Words(words), Some(first)) = (field.ty, code(default).first().copied())
            else {
                continue;
            };
            assert!(words.contains(&first), "{choice}: `{first}` is no word of {name}");
        }
    }
    // A field of a form that makes a choice stands on the page.
    for kind in KINDS {
        let kind_name = short_name(kind.name);
        if !["quartiles", "retention", "cohort", "survey", "duration"].contains(&kind_name) {
            continue;
        }
        for field in kind.all() {
            let name = format!("{kind_name}.{}", field.name);
            let decides = !matches!(field.ty, FieldType::Expression | FieldType::Name);
            assert!(!decides || named.contains(name.as_str()), "no row about {name}");
        }
    }
}

#[test]
fn the_page_of_expressions_can_be_written() {
    let mut values = Vec::new();
    for fence in fences(REFERENCE, "text").into_iter().take(6) {
        for line in fence.lines() {
            // Words stand after at least two blanks; two expressions may stand side by side.
            let parts = line.split("  ").map(str::trim);
            values.extend(parts.filter(|part| part.ends_with(')') || *part == "active / seats"));
        }
    }
    assert!(values.len() > 28, "{values:?}");
    for value in values {
        let (mut sources, mut diagnostics) = (SourceMap::default(), Diagnostics::default());
        let id = sources.add("reference.md", value);
        let end = u32::try_from(value.len()).unwrap();
        let span = milepost_syntax::span::Span::new(id, 0, end);
        milepost_syntax::parse_expr(sources.get(id), span, &mut diagnostics);
        assert!(!diagnostics.has_errors(), "{value}: {:?}", diagnostics.sorted());
    }
}

#[test]
fn every_metric_of_the_example_is_told_in_sentences() {
    let model = model(include_str!("../../../examples/acme/milepost.yaml"), &ACME);
    for (i, metric) in model.metrics.iter().enumerate() {
        let lines = describe(&model, MetricId(i));
        for line in &lines {
            let good = line
                .starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || "`“(".contains(c))
                && line.ends_with('.')
                && !["..", "  ", " ,", "of ("].iter().any(|slip| line.contains(slip));
            assert!(good, "{}: {line}", metric.name);
        }
        assert_eq!(lines, describe(&model, MetricId(i)));
    }
}
