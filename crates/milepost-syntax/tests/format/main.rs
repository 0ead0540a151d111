//! Formatting changes how a file looks and nothing else: what it says, its comments and their order stay,
//! and formatting again gives the same bytes.

mod cases;
mod files;
mod random;
mod writer;

use milepost_syntax::ast::Package;
use milepost_syntax::diagnostic::Diagnostics;
use milepost_syntax::source::SourceMap;
use milepost_syntax::{FileKind, format, parse_project, parse_spec};
use serde_json::Value;

/// The formatted text, or the codes of what is wrong with the file.
fn formatted(text: &str, kind: FileKind) -> Result<String, Vec<String>> {
    let mut sources = SourceMap::default();
    let id = sources.add("specs/test.yaml", text);
    let mut diagnostics = Diagnostics::default();
    let result = format(sources.get(id), kind, &mut diagnostics);
    assert_eq!(result.is_none(), diagnostics.has_errors(), "{:?}", diagnostics.sorted());
    let told =
        || diagnostics.sorted().iter().map(|d| format!("{}: {}", d.code, d.message)).collect();
    result.ok_or_else(told)
}

/// What a file says, without places; nothing if it has mistakes.
fn meaning(text: &str, kind: FileKind) -> Option<Value> {
    let mut sources = SourceMap::default();
    let id = sources.add("specs/test.yaml", text);
    let (mut package, mut diagnostics) = (Package::default(), Diagnostics::default());
    match kind {
        FileKind::Project => package.project = parse_project(sources.get(id), &mut diagnostics),
        FileKind::Spec => parse_spec(sources.get(id), &mut package, &mut diagnostics),
    }
    let mut value = serde_json::to_value(&package).expect("a tree is serializable");
    strip(&mut value);
    (!diagnostics.has_errors()).then_some(value)
}

/// Every place is a `span`, an `op_span` or the place of `distinct` or `missing`.
fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("span");
            map.remove("op_span");
            for place in ["distinct", "missing"] {
                if let Some(found) = map.get_mut(place) {
                    *found = Value::Bool(!found.is_null());
                }
            }
            map.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}

/// Checks every promise of the formatter on one text, and gives what came out.
fn check(text: &str, kind: FileKind) -> String {
    let new = match formatted(text, kind) {
        Ok(new) => new,
        Err(told) => panic!("{told:?}\n{text}"),
    };
    assert_eq!(
        meaning(&new, kind),
        meaning(text, kind),
        "it says something else:\n{text}\n---\n{new}"
    );
    assert_eq!(formatted(&new, kind), Ok(new.clone()), "not a fixed point:\n{text}\n---\n{new}");
    new
}
