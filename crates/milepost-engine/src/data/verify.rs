//! Promises about the data that no number may rest on when they are broken.

use std::collections::{BTreeMap, HashMap};

use arrow::array::{Array, AsArray, RecordBatch};

use milepost_semantics::model::{Dataset, Model};
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};

use super::repeats::rows;

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
