//! Every code has a page that teaches, and something that provokes it.

use std::path::{Path, PathBuf};

use milepost::syntax::codes::{self, Code};

/// Codes that no page of `tests/diagnostics` can show, as they are not about a project's text and data: the place where
/// each is provoked.
const ELSEWHERE: &[(Code, &str)] = &[
    (codes::NUMBER_OVERFLOW, "tests/results/arithmetic/overflow-decimal.md"),
    (codes::PROJECT_NOT_FOUND, "crates/milepost-cli/tests/cli/usage.rs"),
    (codes::UNKNOWN_REVISION, "crates/milepost-cli/tests/cli/diff.rs"),
    (codes::MODEL_UNREADABLE, "crates/milepost-cli/tests/cli/model_files.rs"),
    (codes::SITE_UNREADABLE, "crates/milepost-cli/tests/cli/published.rs"),
    (codes::OUTPUT_NOT_WRITABLE, "crates/milepost-cli/tests/cli/bad_input.rs"),
    (codes::SITE_NOT_OURS, "crates/milepost-cli/tests/cli/build.rs"),
    (codes::OUT_OF_RESOURCES, "crates/milepost/src/error.rs"),
    (codes::MESSAGES_LEFT_OUT, "crates/milepost-cli/tests/cli/crowd.rs"),
    (codes::INTERNAL, "crates/milepost-cli/src/bug.rs"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All pages below a folder, as one text.
fn pages(folder: &Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text.push_str(&pages(&path));
        } else {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
    text
}

#[test]
fn every_code_has_a_case() {
    let pages = pages(&root().join("tests/diagnostics"));
    for code in codes::all() {
        let shown =
            ["error", "warning"].iter().any(|s| pages.contains(&format!("\n{s}[{code}]\n")));
        match ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == code) {
            None => assert!(shown, "no page of tests/diagnostics shows {code}"),
            Some((_, place)) => {
                assert!(!shown, "{code} has a page by now");
                let text = std::fs::read_to_string(root().join(place)).unwrap();
                // What is tested in a file of code is behind its first `#[test]`.
                let tests = text.find("#[test]").map_or(text.as_str(), |at| &text[at..]);
                let constant = code.name().to_uppercase().replace('-', "_");
                assert!(
                    tests.contains(code.name()) || tests.contains(&constant),
                    "{code}: {place}"
                );
            }
        }
    }
}

#[test]
fn every_page_says_what_why_and_what_to_write_instead() {
    for code in codes::all() {
        let page = code.page();
        let body = page.strip_prefix(&format!("# {code}\n\n")).unwrap_or_default();
        let (prose, rest) = body.split_once("\n```").unwrap_or_default();
        assert!(
            prose.split_whitespace().count() >= 20,
            "{code}: what it means, and why it is a mistake"
        );
        let (example, instead) = rest.split_once("\n```\n").unwrap_or_default();
        assert!(example.lines().count() >= 2, "{code}: an example that fails");
        let instead = instead.trim_start().strip_prefix("Instead").unwrap_or_default();
        assert!(instead.split_whitespace().count() >= 5, "{code}: what to write instead");
        assert!(code.explained().starts_with(page.trim_end()), "{code}");
        assert!(code.explained().contains("\n\nLevel: "), "{code}");
    }
}

#[test]
fn the_reference_tells_every_lint() {
    let language = std::fs::read_to_string(root().join("docs/language.md")).unwrap();
    for code in codes::all() {
        if code.default_level() == codes::DefaultLevel::Warning {
            assert!(language.contains(&format!("`{code}`")), "{code} in docs/language.md");
        }
    }
}
