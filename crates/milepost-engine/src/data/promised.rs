//! What datasets promise of their times, by the rows as they are stored: a time that is not seen at the as-of is not empty.

use std::collections::BTreeMap;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};

use milepost_semantics::model::{CheckRule, ColumnId, Dataset};
use milepost_semantics::time::{AsOf, Calendar};

use super::visible::{is_fact, is_later};

/// How many of the rows that are seen break a promise of values, for those promises, by position, that the as-of would
/// break by itself; `kept`: which of these rows the dataset has. Not of rows of which repeats are dropped: which of them is kept is not known here.
pub(super) fn empty(
    dataset: &Dataset,
    batch: &RecordBatch,
    kept: &Option<BooleanArray>,
    calendar: &Calendar,
    as_of: AsOf,
) -> BTreeMap<usize, u64> {
    if !dataset.unique.is_empty() {
        return BTreeMap::new();
    }
    let stored = |column: ColumnId| batch.column_by_name(&dataset[column].name);
    let begins = dataset.begins().and_then(stored);
    let gone = begins.and_then(|times| is_later(times, calendar, as_of));
    let rules = dataset.checks.iter().enumerate();
    let found = rules.filter_map(|(at, check)| {
        let CheckRule::NotNull(columns) = &check.rule else { return None };
        let arrays: Vec<&ArrayRef> = columns.iter().map(|c| stored(*c)).collect::<Option<_>>()?;
        let mut times =
            columns.iter().zip(&arrays).filter(|(column, _)| is_fact(dataset, **column));
        times.any(|(_, array)| is_later(array, calendar, as_of).is_some()).then_some(())?;
        let rows = Seen { rows: batch.num_rows(), gone: gone.as_ref(), kept: kept.as_ref() };
        Some((at, rows_with_null(&arrays, &rows)))
    });
    found.collect()
}

/// The rows that count.
struct Seen<'a> {
    rows: usize,
    /// Later than the as-of.
    gone: Option<&'a BooleanArray>,
    /// Of the others, those that the dataset has.
    kept: Option<&'a BooleanArray>,
}

fn rows_with_null(arrays: &[&ArrayRef], seen: &Seen<'_>) -> u64 {
    let is_gone = |row: &usize| seen.gone.is_some_and(|gone| gone.value(*row));
    let is_broken = |row: usize| arrays.iter().any(|array| array.is_null(row));
    let others = (0..seen.rows).filter(|row| !is_gone(row)).enumerate();
    let own = others.filter(|(at, _)| seen.kept.is_none_or(|kept| kept.value(*at)));
    own.filter(|(_, row)| is_broken(*row)).count() as u64
}
