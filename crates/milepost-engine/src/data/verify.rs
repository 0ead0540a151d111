//! Promises about the data that no number may rest on when they are broken.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray, RecordBatch};

use milepost_semantics::model::{ColumnId, Dataset, DatasetKind, Model};
use milepost_semantics::time::Calendar;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};

use super::repeats::rows;
use super::visible::instants_of;

/// A key that names two rows would make joins fan out.
pub(super) fn keys_are_unique(
    dataset: &Dataset,
    batch: &RecordBatch,
    diagnostics: &mut Diagnostics,
) {
    let positions: Option<Vec<usize>> =
        dataset.key.iter().map(|c| batch.schema_ref().index_of(&dataset[*c].name).ok()).collect();
    let Some(columns) = positions.filter(|p| !p.is_empty()) else { return };
    let Ok(keys) = rows(batch, &columns) else { return };
    let mut first: HashMap<_, usize> = HashMap::with_capacity(keys.num_rows());
    let mut repeats = 0_u64;
    let mut example = None;
    for (row, key) in keys.iter().enumerate() {
        if columns.iter().any(|c| batch.column(*c).is_null(row)) {
            continue;
        }
        if first.insert(key, row).is_some() {
            repeats += 1;
            let shown: Vec<String> = columns
                .iter()
                .map(|c| {
                    arrow::util::display::array_value_to_string(batch.column(*c), row)
                        .unwrap_or_default()
                })
                .collect();
            // The smallest, so that the message does not depend on the order of rows.
            let shown = shown.join(", ");
            example =
                Some(example.map_or(shown.clone(), |e: String| if shown < e { shown } else { e }));
        }
    }
    let (Some(example), false) = (example, repeats == 0) else { return };
    let names: Vec<String> =
        dataset.key.iter().map(|c| format!("`{}`", dataset[*c].name)).collect();
    let message = format!(
        "the key {} of dataset `{}` stands in more than one row: {repeats} {} (for example `{example}`)",
        names.join(", "),
        dataset.name,
        if repeats == 1 { "row repeats an earlier one" } else { "rows repeat an earlier one" }
    );
    diagnostics.push(
        Diagnostic::error(codes::DUPLICATE_KEY_ROWS, dataset.from.span, message)
            .help("an attributes dataset has one row per key: remove the repeats, name all columns of the key, or give the dataset another `kind`"),
    );
}

/// Rows of one member that hold at the same time would make joins fan out.
pub(super) fn spans_are_apart(
    dataset: &Dataset,
    key: &[ColumnId],
    batch: &RecordBatch,
    calendar: &Calendar,
    diagnostics: &mut Diagnostics,
) {
    let DatasetKind::History { from, to } = dataset.kind else { return };
    let position = |c: ColumnId| batch.schema_ref().index_of(&dataset[c].name).ok();
    let Some(columns) = key.iter().map(|c| position(*c)).collect::<Option<Vec<usize>>>() else {
        return;
    };
    let (Some(from), Some(to)) = (position(from), position(to)) else { return };
    let Ok(keys) = rows(batch, &columns) else { return };
    let (from, to) =
        (instants_of(batch.column(from), calendar), instants_of(batch.column(to), calendar));
    let named = |row: &usize| columns.iter().all(|c| batch.column(*c).is_valid(*row));
    // A row that ends before it begins holds never.
    let holds = |row: &usize| from[*row].is_some_and(|f| to[*row].is_none_or(|t| f < t));
    let mut order: Vec<usize> =
        (0..batch.num_rows()).filter(|row| named(row) && holds(row)).collect();
    order.sort_by(|a, b| keys.row(*a).cmp(&keys.row(*b)).then(from[*a].cmp(&from[*b])));
    // Until when the member's rows so far hold; `None` inside: for ever.
    let mut until: Option<(usize, Option<i64>)> = None;
    let mut overlapping: Vec<usize> = Vec::new();
    for row in order {
        let same = until.filter(|(other, _)| keys.row(*other) == keys.row(row));
        if same.is_some_and(|(_, end)| end.is_none() || end > from[row]) {
            overlapping.push(row);
        }
        let end = match same {
            Some((_, None)) => None,
            Some((_, Some(end))) => to[row].map(|t| t.max(end)),
            None => to[row],
        };
        until = Some((row, end));
    }
    let shown = |row: &usize| {
        let values: Vec<String> = columns
            .iter()
            .map(|c| {
                arrow::util::display::array_value_to_string(batch.column(*c), *row)
                    .unwrap_or_default()
            })
            .collect();
        values.join(", ")
    };
    // The smallest, so that the message does not depend on the order of rows.
    let Some(example) = overlapping.iter().map(shown).min() else { return };
    let n = overlapping.len();
    let message = format!(
        "rows of one member overlap in history `{}`: {n} {} before an earlier one ends (for example of `{example}`)",
        dataset.name,
        if n == 1 { "row begins" } else { "rows begin" }
    );
    diagnostics.push(
        Diagnostic::error(codes::OVERLAPPING_HISTORY, dataset.from.span, message)
            .help("a path into a history needs one answer at any time: end each row where the next one of the same member begins"),
    );
}

/// Amounts of several currencies can't be added up.
pub(super) fn one_currency(
    model: &Model,
    dataset: &Dataset,
    batch: &RecordBatch,
    diagnostics: &mut Diagnostics,
) {
    for column in &dataset.columns {
        let Some(currency) = column.currency_column else { continue };
        let (Some(amounts), Some(codes_array)) =
            (batch.column_by_name(&column.name), batch.column_by_name(&dataset[currency].name))
        else {
            continue;
        };
        let Some(currencies) = codes_array.as_string_opt::<i32>() else { continue };
        // Those without a currency come last.
        let mut others: BTreeMap<(bool, &str), u64> = BTreeMap::new();
        for row in 0..batch.num_rows() {
            let code = if currencies.is_valid(row) { currencies.value(row) } else { "" };
            if amounts.is_valid(row) && code != model.project.currency {
                *others.entry((code.is_empty(), code)).or_default() += 1;
            }
        }
        if others.is_empty() {
            continue;
        }
        let list: Vec<String> = others
            .iter()
            .map(|((none, code), n)| {
                let rows = if *n == 1 { "row" } else { "rows" };
                if *none {
                    format!("{n} {rows} without a currency")
                } else {
                    format!("{n} {rows} in {code}")
                }
            })
            .collect();
        let message = format!(
            "`{}.{}` holds amounts that are not in the project's currency {}: {}",
            dataset.name,
            column.name,
            model.project.currency,
            list.join(", ")
        );
        diagnostics.push(
            Diagnostic::error(codes::MIXED_CURRENCY, column.span, message)
                .help("amounts of several currencies have no sum: convert them to one currency in the data, and name that column here"),
        );
    }
}
