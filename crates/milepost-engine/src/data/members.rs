//! What members are called, as a column of their home.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::error::DataFusionError;

use milepost_semantics::model::{ColumnId, ColumnSource, DatasetId};

use super::open::{Opening, collected, register};
use crate::sql::{ident, named_rows_sql, names_sql};

/// The key of each member, by its name.
pub(crate) type Keys = BTreeMap<String, String>;

/// Adds the column to the table of the home, which is open, and everything that a label is computed from too.
pub(super) async fn name(
    opening: &Opening<'_>,
    home: DatasetId,
    column: ColumnId,
) -> Result<Keys, DataFusionError> {
    let model = opening.model;
    let ColumnSource::MemberName(name) = model[home][column].source else {
        return Ok(Keys::new());
    };
    let rows = format!("SELECT * FROM {}", ident(&model[home].name));
    let names = format!("({})", names_sql(model, home, column, name));
    let text = named_rows_sql(model, home, column, (&rows, &names), true);
    let batch = collected(opening, &text).await?;
    let last = batch.num_columns() - 1;
    let keys = keys(&batch, last)?;
    register(opening, &model[home], &batch.project(&(0..last).collect::<Vec<_>>())?)?;
    Ok(keys)
}

fn keys(batch: &RecordBatch, last: usize) -> Result<Keys, DataFusionError> {
    let text = |at: usize| cast(batch.column(at), &DataType::Utf8);
    let (names, keys) = (text(last - 1)?, text(last)?);
    let (names, keys) = (names.as_string::<i32>(), keys.as_string::<i32>());
    let rows = (0..names.len()).filter(|row| names.is_valid(*row));
    Ok(rows.map(|row| (names.value(row).to_owned(), keys.value(row).to_owned())).collect())
}
