//! What the fuzz targets hold for any text, for the texts that are here: the examples, whatever the fuzzers found
//! before, and what someone with a grudge would send.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "the texts are files, and a failure has to name the one that it is about"
)]

#[expect(unreachable_pub, reason = "a crate of its own for the fuzzers")]
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

/// A target by its name.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 4] = [
    ("spec_reader", targets::spec_reader),
    ("expression", targets::expression),
    ("check", targets::check),
    ("format", targets::format),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// All files below a folder with that ending, sorted.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn what_was_found_before_stays_mended() {
    let folder = root().join("fuzz/regressions");
    let found = files(&folder, "");
    assert!(found.len() >= 7, "only {found:?}");
    for file in found {
        // Its folder is named after the target that it is for.
        let own = file.parent().and_then(Path::file_name).unwrap_or_default();
        let target = TARGETS.iter().find(|(name, _)| own == *name);
        let (_, target) = target.unwrap_or_else(|| panic!("{} is for no target", file.display()));
        eprintln!("{}", file.display());
        target(&fs::read(&file).unwrap());
    }
}

#[test]
fn the_examples_hold_what_the_targets_ask() {
    for file in files(&root().join("examples"), ".yaml") {
        let text = fs::read(&file).unwrap();
        for (name, target) in TARGETS.into_iter().filter(|(name, _)| *name != "expression") {
            eprintln!("{name} {}", file.display());
            target(&text);
        }
    }
}

#[test]
fn a_flood_of_any_sign_is_survived() {
    let signs = "'\"([{)]}:,-#&*!%@`|>? \t\n\\.~0a\u{a0}\u{2028}é𐍈";
    for sign in signs.chars() {
        for count in [1, 7, 300, 20_000] {
            let flood: String = std::iter::repeat_n(sign, count).collect();
            for text in [
                flood.clone(),
                format!("metrics:\n  a: {{ value: {flood} }}\n"),
                format!("metrics:\n  a:\n    value: {flood}\n  b: {{ value: count(e) }}\n"),
                format!("{flood}: {flood}\n"),
            ] {
                for (name, target) in TARGETS {
                    let shown: String = text.chars().take(80).collect();
                    eprintln!("{name}: {count} times {sign:?}: {shown:?}");
                    target(text.as_bytes());
                }
            }
        }
    }
}

#[test]
fn a_megabyte_of_anything_is_survived() {
    // The longest expression that is read has 64 kB.
    let many = |part: &str, size: usize| part.repeat(size / part.len());
    let floods = [
        "a + ",
        "(",
        "count(e) + ",
        "not ",
        "- ",
        "{a: ",
        "[",
        "&a [*a, *a] ",
        "'",
        "a.",
        "if(a, ",
        "1,",
        "e where ",
        "over 28 days ",
        "x: ",
        "\t",
        "\"\\",
        "é",
        "# ",
        "> ",
        "? ",
        "%",
        "--- ",
        "0",
        "a = 1 and ",
    ];
    let sizes = |part| [(part, 60_000), (part, 1_000_000)];
    for (part, size) in floods.into_iter().flat_map(sizes) {
        let flood = many(part, size);
        for text in [
            format!("metrics:\n  a:\n    value: {flood}\n  b: {{ value: count(e) }}\n"),
            format!("metrics:\n  a: {{ value: \"{flood}\" }}\n"),
            flood,
        ] {
            for (name, target) in TARGETS {
                eprintln!("{name}: {size} bytes of {part:?}");
                target(text.as_bytes());
            }
        }
    }
}

/// Reading that tries two ways at each level would take longer than anybody waits.
#[test]
fn what_is_opened_at_every_depth_and_never_closed_is_told_at_once() {
    let openings = [
        "(",
        "not (",
        "-(",
        "(a + ",
        "f(",
        "f(a, (",
        "f(a, b, (",
        "f(a among b, (",
        "if(a, (",
        "max(",
        "max(a, (",
        "percentile(a, 1, (",
        "count(distinct a, (",
        "count(a per b, (",
        "count(a over 2 days, (",
        "count(a over 2 days before, (",
        "count(a on (",
        "count(a on b, (",
        "count(a where (",
        "count(a where b, (",
        "any(a since (",
        "any(a with same b within 2 days after (",
        "any(a with same b within 2 days before (",
        "a in [",
        "a in [(",
        "a not in [1, (",
        "a between (",
        "a not between 1 and (",
        "count(a between (",
        "count(a is null, (",
    ];
    for opening in openings {
        // As deep as brackets may be.
        let depth = 126 / opening.matches(['(', '[']).count();
        for end in ["", "1", "1)", ", "] {
            let text = opening.repeat(depth) + end;
            eprintln!("{depth} times {opening:?} and {end:?}");
            targets::expression(text.as_bytes());
        }
    }
}
