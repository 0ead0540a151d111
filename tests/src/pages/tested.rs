//! The tests of a page's specs, as `milepost test` would tell them.

use std::fmt::Write as _;

use milepost::engine::Engine;
use milepost::semantics::schema::Schemas;
use milepost::syntax::diagnostic::Diagnostics;
use milepost::{Loaded, prove};

/// A line for each expected figure of each test.
pub(crate) fn tested(
    engine: &Engine,
    loaded: &Loaded,
    schemas: &Schemas,
    diagnostics: &mut Diagnostics,
) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = String::new();
    for plan in prove::tests(loaded, Some(schemas), diagnostics) {
        let Some(outcome) = prove::run(engine, &plan, diagnostics)? else {
            let _ = writeln!(text, "{}: its rows can't be used", plan.name);
            continue;
        };
        let passed = if outcome.passed() { "passed" } else { "failed" };
        let _ = writeln!(text, "{}: {passed}", outcome.name);
        for figure in &outcome.figures {
            let mark = if figure.passed { " " } else { "!" };
            let slices: String = figure.slices.iter().fold(String::new(), |text, (name, value)| {
                format!("{text}, {name} {}", value.as_deref().unwrap_or("null"))
            });
            let words = &figure.words;
            let off = if words.difference.is_empty() {
                String::new()
            } else {
                format!(" ({})", words.difference)
            };
            let _ = writeln!(
                text,
                "{mark} {}{slices}: expected {}, got {}{off}",
                figure.bucket, words.expected, words.got
            );
        }
    }
    // What a project without files can be tested on does not depend on them.
    if !diagnostics.has_errors() {
        let again = prove::tests(loaded, None, &mut Diagnostics::default());
        assert_eq!(again.len(), loaded.package.tests.len(), "every test runs without the files");
    }
    Ok(text)
}
