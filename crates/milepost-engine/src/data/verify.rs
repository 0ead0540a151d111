//! Promises about the data that no number may rest on when they are broken.

use std::collections::HashMap;

use arrow::array::{Array, RecordBatch};
use arrow::error::ArrowError;
use arrow::util::display::array_value_to_string;

use milepost_semantics::model::{ColumnId, DatasetId, DatasetKind, Model};
use milepost_semantics::time::Calendar;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use super::place::{Broken, Example};
use super::repeats::rows;
use super::visible::instants_of;

/// A key that names two rows would make joins fan out.
///
/// # Errors
/// The key was not read, which is a bug in milepost.
pub(super) fn keys_are_unique(
    model: &Model,
    id: DatasetId,
    batch: &RecordBatch,
) -> Result<Option<Broken>, ArrowError> {
    let dataset = &model[id];
    if dataset.key.is_empty() {
        return Ok(None);
    }
    let position = |c: &ColumnId| batch.schema_ref().index_of(&dataset[*c].name);
    let columns = dataset.key.iter().map(position).collect::<Result<Vec<usize>, _>>()?;
    let keys = rows(batch, &columns)?;
    let mut first: HashMap<_, usize> = HashMap::with_capacity(keys.num_rows());
    let mut repeats = 0_u64;
    // The smallest, so that the message does not depend on the order of rows.
    let mut example: Option<(String, usize)> = None;
    for (row, key) in keys.iter().enumerate() {
        if columns.iter().any(|c| batch.column(*c).is_null(row)) {
            continue;
        }
        if first.insert(key, row).is_some() {
            repeats += 1;
            let shown = shown(batch, &columns, row);
            if example.as_ref().is_none_or(|(text, _)| shown < *text) {
                example = Some((shown, row));
            }
        }
    }
    let Some((text, row)) = example else { return Ok(None) };
    let names: Vec<String> =
        dataset.key.iter().map(|c| format!("`{}`", dataset[*c].name)).collect();
    let message = format!(
        "the key {} of dataset `{}` is in more than one row: {repeats} {}",
        names.join(", "),
        dataset.name,
        if repeats == 1 { "row repeats an earlier one" } else { "rows repeat an earlier one" }
    );
    let told = Diagnostic::error(codes::DUPLICATE_KEY_ROWS, dataset.from.span, message)
        .help("an attributes dataset has one row per key: remove the duplicates, name all columns of the key, or give the dataset another `kind`");
    let example = if dataset.key.iter().any(|c| dataset[*c].pii) {
        let row = batch.slice(row, 1).project(&columns)?;
        // The first row with the key is not the one that repeats it.
        Example::Hidden { columns: dataset.key.clone(), row, after: 1 }
    } else {
        Example::Shown(format!("`{text}`"))
    };
    Ok(Some(Broken { dataset: id, told, example }))
}

/// The values of a row's columns.
fn shown(batch: &RecordBatch, columns: &[usize], row: usize) -> String {
    let value = |c: &usize| array_value_to_string(batch.column(*c), row).unwrap_or_default();
    columns.iter().map(value).collect::<Vec<_>>().join(", ")
}

/// Rows of one member that hold at the same time would make joins fan out.
///
/// # Errors
/// The key or the times were not read, which is a bug in milepost.
pub(super) fn spans_are_apart(
    model: &Model,
    id: DatasetId,
    key: &[ColumnId],
    batch: &RecordBatch,
    calendar: &Calendar,
) -> Result<Option<Broken>, ArrowError> {
    let dataset = &model[id];
    let DatasetKind::History { from: begins, to } = dataset.kind else { return Ok(None) };
    let position = |c: ColumnId| batch.schema_ref().index_of(&dataset[c].name);
    let columns = key.iter().map(|c| position(*c)).collect::<Result<Vec<usize>, _>>()?;
    let (begin, to) = (position(begins)?, position(to)?);
    let keys = rows(batch, &columns)?;
    let (from, to) =
        (instants_of(batch.column(begin), calendar), instants_of(batch.column(to), calendar));
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
    // The smallest, so that the message does not depend on the order of rows.
    let example = overlapping.iter().map(|row| (shown(batch, &columns, *row), from[*row], *row));
    let Some((text, _, row)) = example.min() else { return Ok(None) };
    let n = overlapping.len();
    let message = format!(
        "rows of one member overlap in history `{}`: {n} {} before an earlier one ends",
        dataset.name,
        if n == 1 { "row begins" } else { "rows begin" }
    );
    let told = Diagnostic::error(codes::OVERLAPPING_HISTORY, dataset.from.span, message)
        .help("a path into a history needs one answer at any time: end each row where the next one of the same member begins");
    let example = if key.iter().any(|c| dataset[*c].pii) {
        let positions: Vec<usize> = columns.iter().copied().chain([begin]).collect();
        let row = batch.slice(row, 1).project(&positions)?;
        let columns = key.iter().copied().chain([begins]).collect();
        Example::Hidden { columns, row, after: 0 }
    } else {
        Example::Shown(format!("of `{text}`"))
    };
    Ok(Some(Broken { dataset: id, told, example }))
}
