//! Rows that repeat a `unique` key are dropped, and counted.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::{SortOptions, filter_record_batch};
use arrow::error::ArrowError;
use arrow::row::{Row, RowConverter, Rows, SortField};

/// Keeps one row of each key: the earliest by `time`, then the smallest by all columns in the order of their names, so
/// that neither the order of rows nor their spread over files decides; null comes last. A key with a null part repeats
/// nothing.
pub(super) fn drop_repeats(
    batch: &RecordBatch,
    key: &[usize],
    time: Option<usize>,
) -> Result<(RecordBatch, u64), ArrowError> {
    let keys = rows(batch, key)?;
    let mut by_name: Vec<usize> = (0..batch.num_columns()).collect();
    by_name.sort_by(|a, b| {
        batch.schema_ref().field(*a).name().cmp(batch.schema_ref().field(*b).name())
    });
    let order: Vec<usize> = time.into_iter().chain(by_name).collect();
    let mut kept: HashMap<Row<'_>, usize> = HashMap::with_capacity(batch.num_rows());
    let mut keep = vec![true; batch.num_rows()];
    let mut contested = Vec::new();
    for (row, value) in keys.iter().enumerate() {
        let null = key.iter().any(|column| batch.column(*column).is_null(row));
        if null {
            continue;
        }
        match kept.entry(value) {
            Entry::Vacant(slot) => {
                slot.insert(row);
            }
            Entry::Occupied(slot) => contested.push((*slot.get(), row)),
        }
    }
    if contested.is_empty() {
        return Ok((batch.clone(), 0));
    }
    // Repeats are few, so whole rows are compared only where there are any.
    let whole = rows(batch, &order)?;
    let mut winner: HashMap<usize, usize> = HashMap::new();
    for (first, row) in &contested {
        let best = winner.entry(*first).or_insert(*first);
        if whole.row(*row) < whole.row(*best) {
            keep[*best] = false;
            *best = *row;
        } else {
            keep[*row] = false;
        }
    }
    let dropped = contested.len() as u64;
    Ok((filter_record_batch(batch, &BooleanArray::from(keep))?, dropped))
}

/// The values of some columns, row by row, as comparable bytes; null comes last.
pub(super) fn rows(batch: &RecordBatch, columns: &[usize]) -> Result<Rows, ArrowError> {
    let arrays: Vec<ArrayRef> = columns.iter().map(|c| batch.column(*c).clone()).collect();
    let options = SortOptions { descending: false, nulls_first: false };
    let field = |a: &ArrayRef| SortField::new_with_options(a.data_type().clone(), options);
    let fields = arrays.iter().map(field).collect();
    RowConverter::new(fields)?.convert_columns(&arrays)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;

    use super::*;

    fn batch(rows: &[(Option<i64>, i64, &str)]) -> RecordBatch {
        let id: Int64Array = rows.iter().map(|r| r.0).collect();
        let at = Int64Array::from_iter_values(rows.iter().map(|r| r.1));
        let name = StringArray::from_iter_values(rows.iter().map(|r| r.2));
        RecordBatch::try_from_iter([
            ("id", Arc::new(id) as ArrayRef),
            ("at", Arc::new(at) as ArrayRef),
            ("name", Arc::new(name) as ArrayRef),
        ])
        .unwrap()
    }

    #[test]
    fn the_earliest_stays_whatever_the_order() {
        let rows = [
            (Some(1), 5, "b"),
            (Some(2), 1, "x"),
            (Some(1), 3, "c"),
            (None, 1, "n"),
            (None, 1, "n"),
            (Some(1), 3, "a"),
        ];
        let mut backward = rows;
        backward.reverse();
        for rows in [rows, backward] {
            let (kept, dropped) = drop_repeats(&batch(&rows), &[0], Some(1)).unwrap();
            assert_eq!((kept.num_rows(), dropped), (4, 2));
            let id = kept.column(0).as_primitive::<Int64Type>();
            let name = kept.column(2).as_string::<i32>();
            let one = (0..4).find(|i| id.iter().nth(*i) == Some(Some(1))).unwrap();
            assert_eq!(name.value(one), "a");
        }
    }
}
