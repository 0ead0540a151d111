//! Conditions that ask for a text that no row has.

use std::collections::BTreeSet;

use milepost_semantics::model::{DatasetId, Model, Place};
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::{codes, nearest_text};

use super::Remark;
use crate::data::{Compared, Data};

/// What is to be said of every comparison with a text that no row has.
pub(super) fn remarks(model: &Model, data: &Data) -> Vec<Remark> {
    data.compared.iter().flat_map(|compared| of(model, data, compared)).collect()
}

fn of(model: &Model, data: &Data, compared: &Compared) -> Vec<Remark> {
    let sets = compared.places.iter().map(|place| data.texts.of(*place));
    let Some(sets) = sets.collect::<Option<Vec<_>>>() else { return Vec::new() };
    // Of no rows nothing can be said.
    if sets.iter().all(|set| set.is_empty()) {
        return Vec::new();
    }
    let has =
        |text: &String| compared.fixed.contains(text) || sets.iter().any(|set| set.contains(text));
    let missing: BTreeSet<&String> = compared
        .texts
        .iter()
        .filter(|text| !has(text) && !compared.is_accepted(model, text))
        .collect();
    let personal = compared.places.iter().any(|(dataset, column)| model[*dataset][*column].pii);
    let near = |text: &str| {
        let values = sets.iter().flat_map(|set| set.iter()).chain(&compared.fixed);
        nearest_text(text, values.map(String::as_str))
    };
    let none = missing.len() == compared.texts.iter().collect::<BTreeSet<_>>().len();
    if none && compared.is_list && !compared.negated {
        return vec![list(model, compared, &missing, personal, near)];
    }
    let each = missing.into_iter().map(|text| {
        let found = near(text);
        match found {
            Some(near) if !compared.is_list => one(model, compared, text, near, personal),
            _ => note(model, compared, text, found.filter(|_| !personal)),
        }
    });
    each.collect()
}

/// The column in words, and the dataset that the remark stands beside.
fn place(model: &Model, compared: &Compared) -> (DatasetId, String) {
    let name = |(id, column): &Place| format!("`{}.{}`", model[*id].name, model[*id][*column].name);
    let names: Vec<String> = match &compared.column {
        Some(column) => vec![name(column)],
        None => compared.places.iter().map(name).collect(),
    };
    let first = compared.column.iter().chain(&compared.places).next();
    (first.map_or(DatasetId(0), |place| place.0), names.join(" or "))
}

/// One text, and a value that may be meant.
fn one(model: &Model, compared: &Compared, text: &str, near: &str, personal: bool) -> Remark {
    let (dataset, column) = place(model, compared);
    let mut message = format!("no row of {column} is `{text}`");
    let mut help =
        "write the text as the rows have it: case, spaces and every letter matter".to_owned();
    if !personal {
        message = format!("{message}; the nearest is `{near}`");
        help = format!("if that is meant, write {}", quoted(near));
    }
    let told = Diagnostic::warning(codes::UNSEEN_TEXT, compared.span, message).help(help);
    Remark::warned(dataset, told.help(expected(model, compared, &[text])))
}

/// A list of which no text occurs.
fn list<'a>(
    model: &Model,
    compared: &Compared,
    missing: &BTreeSet<&String>,
    personal: bool,
    near: impl Fn(&str) -> Option<&'a str>,
) -> Remark {
    let (dataset, column) = place(model, compared);
    let texts: Vec<&str> = missing.iter().map(|text| text.as_str()).collect();
    let shown: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    let message = format!("no row of {column} is {}", shown.join(" or "));
    let mut told = Diagnostic::warning(codes::UNSEEN_TEXT, compared.span, message);
    let found: BTreeSet<&str> = texts.iter().filter_map(|text| near(text)).collect();
    if !personal && !found.is_empty() {
        let found: Vec<String> = found.into_iter().map(quoted).collect();
        told =
            told.help(format!("the rows have {}, which is spelled almost so", found.join(" and ")));
    }
    Remark::warned(dataset, told.help(expected(model, compared, &texts)))
}

/// A text that no row has, which may well be right.
fn note(model: &Model, compared: &Compared, text: &str, near: Option<&str>) -> Remark {
    let (dataset, column) = place(model, compared);
    let near = near.map(|near| format!("; the nearest is `{near}`")).unwrap_or_default();
    Remark::noted(dataset, format!("no row of {column} is `{text}`, which a condition names{near}"))
}

/// What to write where rows with these texts are still to come.
fn expected(model: &Model, compared: &Compared, texts: &[&str]) -> String {
    let place = compared.column.iter().chain(&compared.places).next();
    let (dataset, column) = place.map_or(("", ""), |(id, column)| {
        (model[*id].name.as_str(), model[*id][*column].name.as_str())
    });
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!(
        "if such rows are still to come, list all texts that the column may hold, {} too, under `checks:` of `{dataset}`: `accepted: {{ {column}: [ … ] }}`",
        texts.join(" and ")
    )
}

/// As it is written in an expression.
fn quoted(text: &str) -> String {
    format!("`'{}'`", text.replace('\'', "''"))
}
