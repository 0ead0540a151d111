//! What must hold for any text whatever, one function for each fuzz target. The same functions are run over the
//! examples and over everything that was ever found (`regressions/`) by the ordinary tests of `milepost-semantics`.
//!
//! A function panics when something does not hold.

use milepost_semantics::explain::describe;
use milepost_semantics::model::MetricId;
use milepost_semantics::schema::Schemas;
use milepost_semantics::{analyze, data_needs};
use milepost_syntax::ast::Package;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::{SourceFile, SourceMap};
use milepost_syntax::span::Span;
use milepost_syntax::{FileKind, parse_expr, parse_project, parse_spec, print_expr};

/// What stands between the files of one input, on a line of its own: the first is `milepost.yaml`, the others are spec
/// files.
const BETWEEN_FILES: &str = "\n%%%%\n";

/// The text of an input, as the product would read it: bytes that are not UTF-8 are refused before.
fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok().map(|text| text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// How many bytes a message and a next step have, at most.
const LONGEST: usize = 2_000;

/// Every place lies in its file, between two characters; every sentence has its form; nothing is a bug.
fn well_told(diagnostics: &Diagnostics, sources: &SourceMap) {
    for told in diagnostics.sorted() {
        let labels = told.primary.iter().chain(&told.secondary);
        labels.for_each(|label| in_file(label.span, sources.get(label.span.source)));
        assert_ne!(told.code, codes::INTERNAL, "{}", told.message);
        assert!(!told.message.is_empty() && !told.message.ends_with('.'), "{}", told.message);
        // A message is read by a person: whatever was typed, it stays short.
        let texts = told.help.iter().chain([&told.message]);
        let longest = texts.map(String::len).max().unwrap_or_default();
        assert!(longest <= LONGEST, "{longest} bytes: {}", &told.message[..100]);
    }
}

fn in_file(span: Span, file: &SourceFile) {
    let text: &str = &file.text;
    let (start, end) = (span.start as usize, span.end as usize);
    assert!(start <= end && end <= text.len(), "{start}..{end} of {}", text.len());
    assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{start}..{end}");
}

/// A spec file, or `milepost.yaml`: any text is read, and what is wrong is told in its place.
pub fn spec_reader(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let mut sources = SourceMap::default();
    let id = sources.add("specs/a.yaml", text);
    let mut told = Diagnostics::default();
    parse_project(sources.get(id), &mut told);
    well_told(&told, &sources);
    let mut told = Diagnostics::default();
    let mut package = Package::default();
    parse_spec(sources.get(id), &mut package, &mut told);
    well_told(&told, &sources);
}

/// An expression: it is read, or one mistake is told. What was read is printed as an expression of the same meaning.
pub fn expression(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let read = |text: &str| {
        let mut sources = SourceMap::default();
        let id = sources.add("expression", text);
        let mut told = Diagnostics::default();
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let expr = parse_expr(sources.get(id), Span::new(id, 0, end), &mut told);
        well_told(&told, &sources);
        assert!(told.counts().0 <= 1, "one mistake");
        (!told.has_errors()).then_some(expr)
    };
    let Some(expr) = read(text) else { return };
    let printed = print_expr(&expr);
    let Some(again) = read(&printed) else { panic!("`{printed}` can't be read") };
    assert_eq!(printed, print_expr(&again));
}

/// A whole project, without any data file: it is checked, and explained if nothing is wrong.
pub fn check(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let (mut sources, mut told) = (SourceMap::default(), Diagnostics::default());
    let (main, specs) = match text.split_once(BETWEEN_FILES) {
        Some((main, specs)) => (main, specs),
        None => ("project: x\n", text),
    };
    let main = sources.add("milepost.yaml", main);
    let mut package =
        Package { project: parse_project(sources.get(main), &mut told), ..Package::default() };
    for (i, spec) in specs.split(BETWEEN_FILES).enumerate() {
        let id = sources.add(format!("specs/{i}.yaml"), spec);
        parse_spec(sources.get(id), &mut package, &mut told);
    }
    milepost_semantics::expand(&mut package, &mut told);
    let _ = data_needs(&package);
    let model = analyze(&package, &sources, &Schemas::default(), &mut told);
    well_told(&told, &sources);
    let Some(model) = model else {
        assert!(told.has_errors(), "there is a model, or a mistake is told");
        return;
    };
    for (i, metric) in model.metrics.iter().enumerate() {
        assert!(!describe(&model, MetricId(i)).is_empty(), "{}", metric.name);
    }
}

/// A file that is formatted says what it said (the formatter looks itself), and formatting it again changes nothing.
pub fn format(data: &[u8]) {
    let Some(text) = text(data) else { return };
    for kind in [FileKind::Spec, FileKind::Project] {
        let once = |text: &str| {
            let mut sources = SourceMap::default();
            let id = sources.add("specs/a.yaml", text);
            let mut told = Diagnostics::default();
            let formatted = milepost_syntax::format(sources.get(id), kind, &mut told);
            well_told(&told, &sources);
            formatted
        };
        let Some(formatted) = once(text) else { continue };
        assert_eq!(once(&formatted).as_deref(), Some(formatted.as_str()), "a fixed point");
    }
}
