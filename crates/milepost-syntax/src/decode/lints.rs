//! `lints:` of `milepost.yaml`: how much each warning matters.

use super::Decoder;
use super::field::{Field, FieldType, Kind, list};
use super::fields::Fields;
use crate::codes::{self, Code, DefaultLevel};
use crate::diagnostic::Diagnostic;
use crate::expr::short;
use crate::lints::{Level, Lints};
use crate::suggest::suggest;
use crate::yaml::Entry;

/// The codes whose level a project can set.
pub(super) static LINTS: Kind = Kind { name: "`lints`", fields: &[&FIELDS] };

const FIELDS: [Field; codes::WARNINGS] = {
    let warnings = codes::warnings();
    let mut fields = [Field::new("", FieldType::Words(Level::WORDS), ""); codes::WARNINGS];
    let mut i = 0;
    while i < codes::WARNINGS {
        (fields[i].name, fields[i].summary) = warnings[i];
        i += 1;
    }
    fields
};

pub(super) fn lints(decoder: &mut Decoder<'_>, fields: &Fields<'_>) -> Lints {
    let mut lints = Lints::default();
    let Some(node) = fields.get(decoder, "lints") else { return lints };
    for entry in decoder.entries("lints", "a map like `{ unused-definition: allow }`", node) {
        if let Some((code, level)) = lint(decoder, entry) {
            lints.set(code, level);
        }
    }
    lints
}

/// One `code: level`.
fn lint(decoder: &mut Decoder<'_>, entry: &Entry) -> Option<(Code, Level)> {
    let Some(code) = Code::parse(&entry.key.node) else {
        tell_unknown(decoder, entry);
        return None;
    };
    let takes = FieldType::Words(Level::WORDS).words();
    let written = decoder.scalar(code.name(), &takes, &entry.value)?;
    let level = Level::parse(&decoder.one_of(code.name(), Level::WORDS, written)?.node)?;
    match code.default_level() {
        DefaultLevel::Warning => return Some((code, level)),
        // It is one already.
        DefaultLevel::Error if level == Level::Deny => {}
        DefaultLevel::Error | DefaultLevel::Declared | DefaultLevel::OfOthers => {
            tell_fixed(decoder, entry, code);
        }
    }
    None
}

fn tell_unknown(decoder: &mut Decoder<'_>, entry: &Entry) {
    let name = &entry.key.node;
    let message = format!("there is no code `{}`", short(name));
    let mut told = Diagnostic::error(codes::UNKNOWN_CODE, entry.key.span, message);
    let settable = || LINTS.all().map(|field| field.name);
    let near = suggest(name, settable()).or_else(|| suggest(name, codes::all().map(Code::name)));
    if let Some(near) = near {
        told = told.help(format!("did you mean `{near}`?"));
    }
    let help = format!("the codes whose level can be set are {}", list(settable()));
    decoder.diagnostics.push(told.help(help));
}

fn tell_fixed(decoder: &mut Decoder<'_>, entry: &Entry, code: Code) {
    let (message, help) = if code.default_level() == DefaultLevel::Declared {
        (
            format!("whether `{code}` is an error or a warning is set in the dataset"),
            if code == codes::STALE_DATA {
                "in the dataset, write `freshness: { warn_after: 2 days }` for a warning, `error_after` for an error"
            } else {
                "in the dataset's `checks`, add `severity: warn` or `severity: error` to the check"
            },
        )
    } else if code.default_level() == DefaultLevel::OfOthers {
        (format!("`{code}` only counts other messages"), "remove the line")
    } else {
        (
            format!("`{code}` is always an error: without it, a figure could not be trusted"),
            "remove the line, and correct what the code reports",
        )
    };
    decoder.diagnostics.push(
        Diagnostic::error(codes::FIXED_LEVEL, entry.span(), message).help(help).help(format!(
            "the codes whose level can be set are {}",
            list(LINTS.all().map(|field| field.name))
        )),
    );
}
