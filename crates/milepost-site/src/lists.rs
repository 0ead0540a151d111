//! The lines of a list, as programs read them: CSV, JSON lines, and the id that each keeps for as long as it means the same.
//!
//! An id is made of the list, the key of the member and the reason, so that what is imported every day is known again:
//! `renewals/42`, `renewals/42/seats%20nearly%20full`.

use serde_json::{Map, Value, json};

use crate::csv;
use crate::format::Formatter;
use crate::page::{List, ListCell, ListField, ListKind, ListRole, ListRow, ListStatus};

/// The fields before those of the list, and after them.
const BEFORE: [&str; 5] = ["id", "list", "status", "assignee", "rank"];
const AFTER: [&str; 3] = ["reason", "snoozed_until", "next_step"];

/// What stays the same of a line from day to day; nothing where its key may not be shown.
#[must_use]
pub fn id(list: &List, row: &ListRow) -> Option<String> {
    if list.hides_key {
        return None;
    }
    let fields = list.fields.iter().zip(&row.cells);
    let key = fields.filter(|(field, _)| field.role == ListRole::Key);
    let key: Vec<String> = key.map(|(_, cell)| escaped(&text(cell).unwrap_or_default())).collect();
    let reason = row.reason.iter().map(|reason| escaped(reason));
    let parts = [escaped(&list.name), key.join(",")].into_iter().chain(reason);
    Some(parts.collect::<Vec<_>>().join("/"))
}

/// The text with everything but letters, digits and `-._~` as in addresses.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                use std::fmt::Write;
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// The names of all fields of a line.
#[must_use]
pub fn head(list: &List) -> Vec<&str> {
    let own = list.fields.iter().map(|field| field.name.as_str());
    let change = list.since.is_some().then_some("change");
    BEFORE.into_iter().chain(own).chain(AFTER).chain(change).collect()
}

/// A line of a list, by the names of its fields.
#[must_use]
pub fn record<'l>(list: &'l List, row: &'l ListRow) -> Vec<(&'l str, ListCell)> {
    let maybe = |text: Option<String>| text.map_or(ListCell::Nothing, ListCell::Text);
    let rank = row.rank.and_then(|rank| i64::try_from(rank).ok());
    let values = [
        maybe(id(list, row)),
        ListCell::Text(list.name.clone()),
        ListCell::Text(row.status.name().to_owned()),
        maybe(row.assignee.clone()),
        rank.map_or(ListCell::Nothing, ListCell::Whole),
    ]
    .into_iter()
    .chain(row.cells.iter().cloned())
    .chain([
        maybe(row.reason.clone()),
        maybe(row.until.clone()),
        maybe(list.next_step.clone()),
        maybe(row.change.map(|change| change.name().to_owned())),
    ]);
    head(list).into_iter().zip(values).collect()
}

/// Whether somebody is not on the list who would be: beyond the limit, snoozed, or unknown.
#[must_use]
pub fn has_rest(list: &List) -> bool {
    list.rows.iter().any(|row| row.status != ListStatus::Listed)
}

/// Rows of a list as CSV.
#[must_use]
pub fn csv<'l>(list: &'l List, rows: impl Iterator<Item = &'l ListRow>) -> String {
    let mut out = String::new();
    let names: Vec<String> = head(list).into_iter().map(csv::text).collect();
    csv::line(&mut out, &names.iter().map(String::as_str).collect::<Vec<_>>());
    for row in rows {
        let fields = record(list, row).into_iter().map(|(_, cell)| match cell {
            ListCell::Text(raw) => csv::text(&raw),
            other => text(&other).unwrap_or_default(),
        });
        let fields: Vec<String> = fields.collect();
        csv::line(&mut out, &fields.iter().map(String::as_str).collect::<Vec<_>>());
    }
    out
}

/// Rows of a list as JSON, an object a line.
#[must_use]
pub fn json_lines<'l>(list: &'l List, rows: impl Iterator<Item = &'l ListRow>) -> String {
    rows.map(|row| format!("{}\n", json_of(list, row))).collect()
}

/// A line of a list as a JSON object.
#[must_use]
pub fn json_of(list: &List, row: &ListRow) -> Value {
    let fields = record(list, row).into_iter().map(|(name, cell)| {
        let value = match cell {
            ListCell::Truth(truth) => json!(truth),
            ListCell::Whole(number) => json!(number),
            ListCell::Number(number) => json!(number),
            ListCell::Text(text) => json!(text),
            ListCell::Nothing => Value::Null,
        };
        (name.to_owned(), value)
    });
    Value::Object(fields.collect::<Map<String, Value>>())
}

/// A value as files have it; absent for null.
#[must_use]
pub fn text(cell: &ListCell) -> Option<String> {
    match cell {
        ListCell::Truth(truth) => Some(truth.to_string()),
        ListCell::Whole(number) => Some(number.to_string()),
        ListCell::Number(number) => Some(number.to_string()),
        ListCell::Text(text) => Some(text.clone()),
        ListCell::Nothing => None,
    }
}

/// A value as people read it; `—` for null.
#[must_use]
pub fn shown(field: &ListField, cell: &ListCell, formatter: &Formatter) -> String {
    let number = match cell {
        #[expect(clippy::cast_precision_loss, reason = "what is shown has few digits")]
        ListCell::Whole(number) => Some(*number as f64),
        ListCell::Number(number) => Some(*number),
        _ => None,
    };
    match (&field.kind, cell, number) {
        (_, ListCell::Nothing, _) => "—".to_owned(),
        (_, ListCell::Truth(truth), _) => if *truth { "yes" } else { "no" }.to_owned(),
        (ListKind::Number(_), _, Some(number)) => formatter.sentence(number),
        (ListKind::Instant, ListCell::Text(time), _) => {
            // The day and the minute; what has none is a day.
            let minute = time.get(..16).unwrap_or(time);
            minute.strip_suffix("T00:00").unwrap_or(minute).replace('T', " ")
        }
        _ => text(cell).unwrap_or_default(),
    }
}

/// How the numbers of a field are shown, all with as many decimals.
#[must_use]
pub fn formatter(list: &List, at: usize) -> Formatter {
    let display = match &list.fields[at].kind {
        ListKind::Number(display) => display.clone(),
        _ => crate::page::Display::Number(None),
    };
    let numbers = list.rows.iter().filter_map(|row| match row.cells[at] {
        #[expect(clippy::cast_precision_loss, reason = "only its size matters")]
        ListCell::Whole(number) => Some(number as f64),
        ListCell::Number(number) => Some(number),
        _ => None,
    });
    Formatter::new(&display, numbers)
}
