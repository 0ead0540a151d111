//! Datasets that are made from others: the members of an entity without a home.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use datafusion::error::DataFusionError;

use milepost_semantics::model::DatasetId;

use super::needs::Needs;
use super::open::{Opening, numbered, register};
use crate::sql::derived_sql;

/// Makes the table from those of its sources, which are open.
pub(super) async fn make(
    opening: &Opening<'_>,
    id: DatasetId,
    wanted: &Needs,
) -> Result<(), DataFusionError> {
    let dataset = &opening.model[id];
    let Some(derived) = &dataset.derived else { return Ok(()) };
    let text = derived_sql(opening.model, dataset, derived);
    let frame = opening.tables.sql(&text).await?;
    let schema = std::sync::Arc::new(frame.schema().as_arrow().clone());
    let batches: Vec<RecordBatch> = frame.collect().await?;
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    let mut batch = concat_batches(&schema, &batches)?;
    if wanted.numbered.contains(&id) {
        batch = numbered(&batch)?;
    }
    register(opening, dataset, &batch)?;
    Ok(())
}
