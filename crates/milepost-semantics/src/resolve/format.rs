//! `format:` and `bad_values:` of a column.

use crate::model::{EpochUnit, NumberFormat, Type, ValueFormat};
use crate::time::Pattern;
use milepost_syntax::ast::{BadValues, ColumnSpec};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};
use milepost_syntax::span::Spanned;

/// How the values of a column are written; what can't be is told.
pub(super) fn value_format(
    spec: &ColumnSpec,
    ty: Option<Type>,
    diagnostics: &mut Diagnostics,
) -> Option<ValueFormat> {
    let written = spec.format.as_ref()?;
    let name = &spec.name.node;
    let told = |message: String| Diagnostic::error(codes::INVALID_VALUE, written.span, message);
    if spec.value.is_some() {
        let message = format!("`{name}` is computed, so no value of it is written in the files");
        diagnostics
            .push(told(message).help("give `format:` to the column that it is computed from"));
        return None;
    }
    let text = written.node.as_str();
    let found = match ty {
        // A type that there is none of was told.
        None if spec.ty.is_some() => return None,
        None => Err((
            format!("`format` says how values of a type are written, and `{name}` has no type"),
            format!("write its type too: `{name}: {{ type: {}, format: … }}`", type_of(text)),
        )),
        Some(Type::Date) => pattern(text),
        Some(Type::Timestamp) => match epoch(text) {
            Some(unit) => Ok(ValueFormat::Epoch(unit)),
            None => pattern(text),
        },
        Some(Type::Integer | Type::Number | Type::Decimal) => NumberFormat::parse(text)
            .map(ValueFormat::Number)
            .map_err(|help| (format!("`{text}` does not show how numbers are written"), help)),
        Some(Type::Boolean) => words(text),
        Some(Type::Text | Type::Duration | Type::Unknown) => Err((
            format!("`{name}` is text, which is read as it is written"),
            "remove `format:`, or change `type:`".to_owned(),
        )),
    };
    found.map_err(|(message, help)| diagnostics.push(told(message).help(help))).ok()
}

/// Whether values that do not fit are null.
pub(super) fn bad_values(
    spec: &ColumnSpec,
    ty: Option<Type>,
    diagnostics: &mut Diagnostics,
) -> BadValues {
    let Some(Spanned { node, span }) = &spec.bad_values else { return BadValues::Error };
    let name = &spec.name.node;
    let why = match ty {
        _ if spec.value.is_some() => "is computed, so no value of it is read",
        None if spec.ty.is_none() => "has no type that a value could fail to fit",
        Some(Type::Text) => "is text, and every value fits",
        _ => return *node,
    };
    diagnostics
        .push(Diagnostic::error(codes::INVALID_VALUE, *span, format!("`{name}` {why}")).help(
            "write `bad_values: null` at a column of the files with a `type:`, or remove it",
        ));
    BadValues::Error
}

type Told = (String, String);

fn pattern(text: &str) -> Result<ValueFormat, Told> {
    if epoch(text).is_some() {
        let message = "a number since 1970 is an instant, and a date is a day alone".to_owned();
        return Err((
            message,
            "write `type: timestamp`, and `day(x)` where its day is meant".to_owned(),
        ));
    }
    Pattern::new(text).map(ValueFormat::Pattern).map_err(|fault| (fault.message, fault.help))
}

/// `epoch seconds`
pub(crate) fn epoch(text: &str) -> Option<EpochUnit> {
    let words = text.replace('_', " ");
    match words.split_whitespace().collect::<Vec<_>>()[..] {
        ["epoch", "seconds" | "s"] => Some(EpochUnit::Seconds),
        ["epoch", "milliseconds" | "ms"] => Some(EpochUnit::Milliseconds),
        ["epoch", "microseconds" | "us"] => Some(EpochUnit::Microseconds),
        _ => None,
    }
}

/// `yes/no`
fn words(text: &str) -> Result<ValueFormat, Told> {
    let help = || {
        "write the word for true and the word for false: `format: yes/no`, `format: 1/0`".to_owned()
    };
    let both =
        text.split_once('/').map(|(yes, no)| (yes.trim().to_lowercase(), no.trim().to_lowercase()));
    match both {
        Some((yes, no)) if yes == no => Err((
            format!("`{text}` has one word for true and for false (capitals don't matter)"),
            help(),
        )),
        Some((yes, no)) if !yes.is_empty() && !no.is_empty() && !no.contains('/') => {
            Ok(ValueFormat::Words { yes, no })
        }
        _ => Err((format!("`{text}` does not show two words"), help())),
    }
}

/// The type whose format that may be.
fn type_of(text: &str) -> &'static str {
    match text {
        _ if epoch(text).is_some() => "timestamp",
        _ if Pattern::new(text).is_ok() => match text.contains("%H") || text.contains("%I") {
            true => "timestamp",
            false => "date",
        },
        _ if NumberFormat::parse(text).is_ok() => "decimal",
        _ => "boolean",
    }
}
