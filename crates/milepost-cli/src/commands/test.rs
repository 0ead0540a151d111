//! `milepost test [NAME…]`

use milepost::escape::printable_line;
use milepost::findings::Findings;
use milepost::prove::{self, TestFigure, TestOutcome};
use milepost::semantics::schema::Schemas;
use milepost::sources::Disk;
use milepost::syntax::codes;
use milepost::syntax::diagnostic::{Diagnostic, Diagnostics, Severity};
use milepost::syntax::source::SourceMap;
use milepost::syntax::span::Span;
use milepost::syntax::suggest;
use milepost::{Error, Loaded, draw, steps};
use serde_json::{Value, json};

use crate::args::{Deny, Global, ReportFormat, Test};
use crate::exit::{Exit, Stop};
use crate::output::Output;
use crate::progress::Progress;
use crate::project::{self, plural};
use crate::table::Table;

pub(super) fn run(args: &Test, global: &Global, output: Output) -> Result<Exit, Stop> {
    let root = project::find(None, global)?;
    let progress = Progress::start(output, "reading the specs");
    let mut diagnostics = Diagnostics::default();
    let mut loaded = steps::load(&Disk::new(&root), &mut diagnostics);
    choose(&mut loaded, args, &diagnostics)?;
    // No file of data is looked at: what a test says holds anywhere.
    steps::check(&loaded, &Schemas::default(), &mut diagnostics);
    let tests = prove::tests(&loaded, None, &mut diagnostics);
    let engine = steps::engine(&root)?;
    progress.step("running the tests");
    let mut outcomes = Vec::new();
    for test in &tests {
        let run = prove::run(&engine, test, &mut diagnostics);
        outcomes.extend(project::met(run, &mut diagnostics)?.into_iter().flatten());
    }
    drop(progress);
    let told = tell(&diagnostics, &loaded.sources, global, output);
    match args.format {
        ReportFormat::Human => {
            output.result(&text(&outcomes, &loaded.sources, args, output))?;
            output.note(&summary(&outcomes, loaded.package.tests.len()));
        }
        ReportFormat::Json => output.json(&machine(&outcomes, &loaded.sources)?)?,
        format => {
            let sorted = diagnostics.sorted();
            let mistakes: Vec<&Diagnostic> = sorted
                .into_iter()
                .filter(|told| told.severity == Severity::Error || global.denies(Deny::Warnings))
                .collect();
            let summary = summary(&outcomes, loaded.package.tests.len());
            let sources = &loaded.sources;
            let found = Findings::of_tests(&outcomes, &mistakes, sources, &root, &summary);
            if let Some(form) = format.form() {
                output.result(&found.write(form)?)?;
            }
        }
    }
    let failed = told || outcomes.iter().any(|outcome| !outcome.passed());
    Ok(if failed { Exit::Mistakes } else { Exit::Done })
}

/// Leaves only the tests that were named.
fn choose(loaded: &mut Loaded, args: &Test, diagnostics: &Diagnostics) -> Result<(), Stop> {
    let tests = &mut loaded.package.tests;
    for name in &args.names {
        // One that could not be read may have that name.
        if tests.iter().any(|test| test.name.node == *name) || diagnostics.has_errors() {
            continue;
        }
        let names = tests.iter().map(|test| test.name.node.as_str());
        let help = match suggest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if tests.is_empty() => "the specs have no tests yet".to_owned(),
            None => format!("tests: {}", names.collect::<Vec<_>>().join(", ")),
        };
        return Err(Diagnostic::error_nowhere(
            codes::UNKNOWN_NAME,
            format!("there is no test `{name}`"),
        )
        .help(help)
        .into());
    }
    if !args.names.is_empty() {
        tests.retain(|test| args.names.contains(&test.name.node));
    }
    Ok(())
}

/// Reports mistakes (and denied warnings); whether there were any.
fn tell(diagnostics: &Diagnostics, sources: &SourceMap, global: &Global, output: Output) -> bool {
    let mut list = diagnostics.sorted();
    if !global.denies(Deny::Warnings) {
        list.retain(|diagnostic| diagnostic.severity == Severity::Error);
    }
    output.diagnostics(&list, sources);
    !list.is_empty()
}

/// A line for each test; a table of figures for those that failed, or that were asked for by name.
fn text(outcomes: &[TestOutcome], sources: &SourceMap, args: &Test, output: Output) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let word = if outcome.passed() { "passed" } else { "FAILED" };
        let line = printable_line(&format!("{word}  {} ({})", outcome.name, outcome.metric));
        if outcome.passed() && args.names.is_empty() {
            text.push_str(&line);
            text.push('\n');
            continue;
        }
        text.push_str(&output.heading(&line));
        for line in table(&outcome.figures, sources).text().lines() {
            text.push_str("  ");
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

fn table(figures: &[TestFigure], sources: &SourceMap) -> Table<'static> {
    let sliced = figures.iter().any(|figure| !figure.slices.is_empty());
    let head = ["", "bucket", "slice", "expected", "got", "difference", "place"];
    let right = [false, false, false, true, true, true, false];
    let kept = |i: &usize| sliced || *i != 2;
    let rows = figures.iter().map(|figure| {
        let slices = figure.slices.iter();
        let slices =
            slices.map(|(name, value)| format!("{name}: {}", value.as_deref().unwrap_or("null")));
        let cells = [
            if figure.passed { "✓" } else { "✗" }.to_owned(),
            printable_line(&figure.bucket),
            printable_line(&slices.collect::<Vec<_>>().join(", ")),
            printable_line(&figure.words.expected),
            printable_line(&figure.words.got),
            printable_line(&figure.words.difference),
            if figure.passed { String::new() } else { draw::place(sources, figure.span) },
        ];
        (0..cells.len()).filter(kept).map(|i| cells[i].clone()).collect()
    });
    let rows: Vec<Vec<String>> = rows.collect();
    Table {
        head: (0..head.len()).filter(kept).map(|i| head[i].to_owned()).collect(),
        right: (0..right.len()).filter(kept).map(|i| right[i]).collect(),
        rows: Box::new(move || Box::new(rows.clone().into_iter())),
    }
}

fn summary(outcomes: &[TestOutcome], tests: usize) -> String {
    if tests == 0 {
        return "no tests: write some under `tests:` of a spec file".to_owned();
    }
    let passed = outcomes.iter().filter(|outcome| outcome.passed()).count();
    let failed = outcomes.len() - passed;
    let not_run = tests - outcomes.len();
    let mut parts = vec![format!("{passed} passed")];
    if failed > 0 {
        parts.push(format!("{failed} failed"));
    }
    if not_run > 0 {
        parts.push(format!("{not_run} not run"));
    }
    format!("{}: {}", plural(tests, "test"), parts.join(", "))
}

/// A JSON array with one object a test.
fn machine(outcomes: &[TestOutcome], sources: &SourceMap) -> Result<String, Stop> {
    let list: Vec<Value> = outcomes
        .iter()
        .map(|outcome| {
            let mut test = json!({
                "test": outcome.name,
                "metric": outcome.metric,
                "passed": outcome.passed(),
                "figures": outcome.figures.iter().map(|f| figure(f, sources)).collect::<Vec<_>>(),
            });
            place(&mut test, outcome.span, sources);
            test
        })
        .collect();
    let text = serde_json::to_string_pretty(&list);
    let text = text.map_err(|error| Error::Internal(error.to_string()))?;
    Ok(format!("{text}\n"))
}

fn figure(figure: &TestFigure, sources: &SourceMap) -> Value {
    let slices: serde_json::Map<String, Value> = figure
        .slices
        .iter()
        .map(|(name, value)| (name.clone(), Value::from(value.clone())))
        .collect();
    let one = |figure: &Result<f64, String>| match figure {
        Ok(value) => json!({ "value": value }),
        Err(reason) => json!({ "reason": reason }),
    };
    let mut object = json!({
        "bucket": figure.bucket,
        "slices": slices,
        "expected": one(&figure.expected),
        "tolerance": figure.tolerance,
        "got": one(&figure.got),
        "difference": figure.difference(),
        "passed": figure.passed,
    });
    place(&mut object, figure.span, sources);
    object
}

/// Adds the place in the specs, counted from 1.
fn place(object: &mut Value, span: Span, sources: &SourceMap) {
    let file = sources.get(span.source);
    let at = file.line_column(span.start);
    object["file"] = Value::from(file.path.as_str());
    object["line"] = Value::from(at.line);
    object["column"] = Value::from(at.column);
}
