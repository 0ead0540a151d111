//! The rows that a dataset has by its `where`, and by the cells of columns that become rows.

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, prep_null_mask_filter};
use arrow::error::ArrowError;

use milepost_semantics::model::Dataset;

/// The rows that a dataset has by its `where`.
pub(super) struct Kept {
    pub(super) rows: RecordBatch,
    /// Of all rows, which these are; absent: all of them.
    pub(super) mask: Option<BooleanArray>,
    /// How many are not, in a sentence without a full stop.
    pub(super) left_out: Option<String>,
}

/// Leaves out the rows for which the condition of the dataset is not true.
pub(super) fn kept(dataset: &Dataset, rows: RecordBatch) -> Result<Kept, ArrowError> {
    let condition = dataset.keeps.and_then(|keeps| {
        let at = rows.schema_ref().index_of(&dataset[keeps].name).ok()?;
        Some((at, rows.column(at).as_boolean_opt()?.clone()))
    });
    let Some((at, condition)) = condition else {
        return Ok(Kept { rows, mask: None, left_out: None });
    };
    let mask = match condition.null_count() {
        0 => condition,
        _ => prep_null_mask_filter(&condition),
    };
    let others: Vec<usize> = (0..rows.num_columns()).filter(|column| *column != at).collect();
    let kept = filter_record_batch(&rows, &mask)?.project(&others)?;
    let left_out = match rows.num_rows() - kept.num_rows() {
        n if dataset.from.unpivot.is_some() => match n {
            0 => "each cell of the columns that become rows is a row".to_owned(),
            1 => "1 cell is no row: it is empty, or left out by `where`".to_owned(),
            n => format!("{n} cells are no rows: they are empty, or left out by `where`"),
        },
        0 => "`where` leaves out no row".to_owned(),
        1 => "1 row is left out by `where`".to_owned(),
        n => format!("{n} rows are left out by `where`"),
    };
    Ok(Kept { rows: kept, mask: Some(mask), left_out: Some(left_out) })
}
