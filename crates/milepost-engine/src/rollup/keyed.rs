//! Groups that are also kept apart by a key or a value.

use std::collections::HashMap;

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Float64Type;
use arrow::row::{Row, RowConverter, SortField};

use super::groups::{Names, Places, counts, dims, places};
use super::plan::{Keyed, Rollup};
use crate::error::EngineError;

/// One row per interval, slice and key (or value), sorted by `lo`.
pub(crate) struct KeyedGroups {
    pub(crate) places: Places,
    pub(crate) dims: Vec<Vec<u32>>,
    pub(crate) keys: Keys,
    /// The filters that were counted: positions in the rollup's list.
    pub(crate) filters: Vec<usize>,
    /// Rows that pass each of these filters, by filter, then group.
    pub(crate) counts: Vec<Vec<u64>>,
}

/// What the groups are kept apart by.
pub(crate) enum Keys {
    /// Keys as dense numbers from 0; how many there are.
    Dense {
        numbers: Vec<u32>,
        len: usize,
    },
    Numbers(Vec<f64>),
}

impl Keyed {
    /// The statement that groups the rollup's rows by this key too; rows without a key are left out.
    pub(super) fn sql(&self, rollup: &Rollup<'_>, rows: &str) -> String {
        let key = |i: &usize| {
            if self.numeric { format!("CAST(x{i} AS DOUBLE)") } else { format!("x{i}") }
        };
        let mut group = rollup.group_columns(&self.dims);
        let heads: Vec<String> =
            self.args.iter().enumerate().map(|(n, i)| format!("{} AS k{n}", key(i))).collect();
        let mut select = group.clone();
        select.extend(heads);
        select.extend(
            self.filters
                .iter()
                .enumerate()
                .map(|(n, f)| format!("count(*) FILTER (WHERE f{f}) AS n{n}")),
        );
        group.extend(self.args.iter().map(key));
        let present: Vec<String> = self.args.iter().map(|i| format!("x{i} IS NOT NULL")).collect();
        format!(
            "SELECT {} FROM ({rows}) AS r WHERE {} GROUP BY {} ORDER BY lo",
            select.join(", "),
            present.join(" AND "),
            group.join(", ")
        )
    }
}

impl KeyedGroups {
    pub(super) fn read(
        rollup: &Rollup<'_>,
        keyed: &Keyed,
        batch: &RecordBatch,
        names: &mut Names,
    ) -> Result<Self, EngineError> {
        let first = rollup.group_columns(&keyed.dims).len();
        let arrays: Vec<ArrayRef> =
            (0..keyed.args.len()).map(|i| batch.column(first + i).clone()).collect();
        let keys = if keyed.numeric { numbers(&arrays) } else { dense(&arrays)? };
        let offset = first + keyed.args.len();
        Ok(Self {
            places: places(rollup, batch),
            dims: dims(rollup, &keyed.dims, batch, names),
            keys,
            filters: keyed.filters.clone(),
            counts: (0..keyed.filters.len()).map(|i| counts(batch.column(offset + i))).collect(),
        })
    }
}

fn numbers(arrays: &[ArrayRef]) -> Keys {
    let values = arrays.first().and_then(|a| a.as_primitive_opt::<Float64Type>());
    Keys::Numbers(values.map(|v| v.values().to_vec()).unwrap_or_default())
}

fn dense(arrays: &[ArrayRef]) -> Result<Keys, EngineError> {
    let failed = |e: arrow::error::ArrowError| EngineError::Internal(format!("keys: {e}"));
    let fields = arrays.iter().map(|a| SortField::new(a.data_type().clone())).collect();
    let converter = RowConverter::new(fields).map_err(failed)?;
    let rows = converter.convert_columns(arrays).map_err(failed)?;
    let mut known: HashMap<Row<'_>, u32> = HashMap::new();
    let numbers = rows
        .iter()
        .map(|row| {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            *known.entry(row).or_insert(next)
        })
        .collect();
    Ok(Keys::Dense { numbers, len: known.len() })
}
