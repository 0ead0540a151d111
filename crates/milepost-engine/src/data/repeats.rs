//! Rows that repeat a `unique` key are dropped, and counted.

use std::collections::{BTreeSet, HashMap};
use std::hash::BuildHasher;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array, make_comparator};
use arrow::compute::{SortOptions, filter_record_batch, take_record_batch};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use milepost_semantics::model::Dataset;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;

use crate::check::joined;

/// More columns than a sentence can hold are not listed.
const LISTED: usize = 6;

/// Keeps one row of each key: the earliest by `time`, then the smallest by all columns in the order of their names, so
/// that neither the order of rows nor their spread over files decides; null comes last. A key with a null part repeats
/// nothing.
pub(super) fn drop_repeats(
    batch: &RecordBatch,
    key: &[usize],
    time: Option<usize>,
) -> Result<(RecordBatch, Dropped), ArrowError> {
    let contested = contested(batch, key)?;
    if contested.is_empty() {
        return Ok((batch.clone(), Dropped::default()));
    }
    // Repeats are few, so whole rows are compared only where there are any.
    let mut by_name: Vec<usize> = (0..batch.num_columns()).collect();
    by_name.sort_by(|a, b| {
        batch.schema_ref().field(*a).name().cmp(batch.schema_ref().field(*b).name())
    });
    let order: Vec<usize> = time.into_iter().chain(by_name).collect();
    let mut all: Vec<u32> = contested.iter().flat_map(|(first, row)| [*first, *row]).collect();
    all.sort_unstable();
    all.dedup();
    let whole = take_record_batch(batch, &UInt32Array::from(all.clone()))?;
    let whole = rows(&whole, &order)?;
    let whole = |row: u32| whole.row(all.partition_point(|other| *other < row));
    let mut keep = vec![true; batch.num_rows()];
    let mut winner: HashMap<u32, u32> = HashMap::new();
    for (first, row) in &contested {
        let best = winner.entry(*first).or_insert(*first);
        if whole(*row) < whole(*best) {
            keep[*best as usize] = false;
            *best = *row;
        } else {
            keep[*row as usize] = false;
        }
    }
    let pairs: Vec<(usize, usize)> = contested
        .iter()
        .flat_map(|(first, row)| [(*first, *first), (*first, *row)])
        .filter(|(_, row)| !keep[*row as usize])
        .map(|(first, row)| (winner[&first] as usize, row as usize))
        .collect();
    let dropped = Dropped {
        rows: contested.len() as u64,
        ..differing(batch, key, &pairs.into_iter().collect())?
    };
    Ok((filter_record_batch(batch, &BooleanArray::from(keep))?, dropped))
}

/// Of rows that are left out, each behind the one that is kept in their place: how many say something else, and where.
fn differing(
    batch: &RecordBatch,
    key: &[usize],
    pairs: &BTreeSet<(usize, usize)>,
) -> Result<Dropped, ArrowError> {
    let mut differing: BTreeSet<usize> = BTreeSet::new();
    let mut columns = BTreeSet::new();
    for at in (0..batch.num_columns()).filter(|at| !key.contains(at)) {
        let column = batch.column(at);
        let compare = make_comparator(column, column, SortOptions::default())?;
        let other = pairs.iter().filter(|(kept, row)| compare(*kept, *row).is_ne());
        let before = columns.len();
        for (_, row) in other {
            differing.insert(*row);
            if columns.len() == before {
                let name = batch.schema_ref().field(at).name();
                columns.insert(name.trim_end_matches('\u{0}').to_owned());
            }
        }
    }
    Ok(Dropped { rows: 0, differing: differing.len() as u64, columns })
}

/// What was left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dropped {
    pub(super) rows: u64,
    /// Those of them that differ from the row that is kept.
    pub(super) differing: u64,
    /// The columns in which they do.
    pub(super) columns: BTreeSet<String>,
}

/// A warning, where rows that are left out say something else than the one that is kept.
pub(super) fn told(dataset: &Dataset, dropped: &Dropped) -> Option<Diagnostic> {
    let n = dropped.differing;
    if n == 0 {
        return None;
    }
    let quoted = |name: &str| format!("`{name}`");
    let key = dataset.unique.iter().map(|c| quoted(&dataset[*c].name)).collect();
    let columns = if dropped.columns.len() <= LISTED {
        joined(dropped.columns.iter().map(|name| quoted(name)).collect(), "and")
    } else {
        format!("{} other columns", dropped.columns.len())
    };
    let (rows, repeat, differ) =
        if n == 1 { ("row", "repeats", "differs") } else { ("rows", "repeat", "differ") };
    let message = format!(
        "{n} {rows} of `{}` {repeat} the {} of another one and {differ} from it in {columns}",
        dataset.name,
        joined(key, "and")
    );
    let kept = if dataset.time().is_some() { "the earliest" } else { "the smallest" };
    Some(Diagnostic::warning(codes::DIFFERING_REPEATS, dataset.from.span, message).help(format!(
        "{kept} row of each key is counted and the others are dropped: name all columns of the key under `unique`, or remove wrong rows from the data"
    )))
}

/// The rows whose key stands in a row before, each after the first row of its key. A table of row numbers is all that is
/// kept of the keys, besides the keys.
fn contested(batch: &RecordBatch, key: &[usize]) -> Result<Vec<(u32, u32)>, ArrowError> {
    let keys = rows(batch, key)?;
    let hasher = FixedState::default();
    let at = |row: u32| keys.row(row as usize);
    let hash = |row: u32| hasher.hash_one(at(row).as_ref());
    let mut known: HashTable<u32> = HashTable::with_capacity(batch.num_rows());
    let mut contested = Vec::new();
    for row in 0..u32::try_from(batch.num_rows()).unwrap_or(u32::MAX) {
        if key.iter().any(|column| batch.column(*column).is_null(row as usize)) {
            continue;
        }
        match known.entry(hash(row), |other| at(*other) == at(row), |other| hash(*other)) {
            Entry::Occupied(first) => contested.push((*first.get(), row)),
            Entry::Vacant(place) => {
                place.insert(row);
            }
        }
    }
    Ok(contested)
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

    use arrow::array::{Array, AsArray, Int64Array, StringArray};
    use arrow::datatypes::Int64Type;
    use proptest::prelude::*;

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
            assert_eq!((kept.num_rows(), dropped.rows, dropped.differing), (4, 2, 2));
            assert_eq!(dropped.columns, ["at", "name"].map(str::to_owned).into());
            let id = kept.column(0).as_primitive::<Int64Type>();
            let name = kept.column(2).as_string::<i32>();
            let one = (0..4).find(|i| id.iter().nth(*i) == Some(Some(1))).unwrap();
            assert_eq!(name.value(one), "a");
        }
    }

    proptest! {
        /// Of each key the smallest row stays; rows without a key all stay.
        #[test]
        fn the_smallest_of_each_key_stays(
            rows in prop::collection::vec((prop::option::of(0_i64..6), 0_i64..3, 0_usize..3), 0..40),
        ) {
            let rows: Vec<(Option<i64>, i64, &str)> =
                rows.into_iter().map(|(id, at, name)| (id, at, ["a", "b", "c"][name])).collect();
            let (kept, dropped) = drop_repeats(&batch(&rows), &[0], Some(1)).unwrap();
            let id = kept.column(0).as_primitive::<Int64Type>();
            let at = kept.column(1).as_primitive::<Int64Type>();
            let name = kept.column(2).as_string::<i32>();
            let mut found: Vec<(Option<i64>, i64, &str)> = (0..kept.num_rows())
                .map(|row| (id.is_valid(row).then(|| id.value(row)), at.value(row), name.value(row)))
                .collect();
            let mut expected: Vec<(Option<i64>, i64, &str)> =
                rows.iter().filter(|row| row.0.is_none()).copied().collect();
            for key in 0..6 {
                let own = rows.iter().filter(|row| row.0 == Some(key)).copied();
                expected.extend(own.min());
            }
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(rows.len() as u64 - dropped.rows, found.len() as u64);
            // Every row that is left out and says something else than the one that stays.
            let told = |row: &(Option<i64>, i64, &str)| {
                row.0.is_some() && !found.contains(row)
            };
            prop_assert_eq!(rows.iter().filter(|row| told(row)).count() as u64, dropped.differing);
            prop_assert_eq!(found, expected);
        }
    }
}
