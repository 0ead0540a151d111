//! Datasets that are made from others: the members of an entity without a home.

use datafusion::error::DataFusionError;

use milepost_semantics::model::DatasetId;

use super::needs::Needs;
use super::open::{Opening, collected, numbered, register};
use crate::sql::derived_sql;

/// Makes the table from those of its sources, which are open.
pub(super) async fn make(
    opening: &Opening<'_>,
    id: DatasetId,
    wanted: &Needs,
) -> Result<(), DataFusionError> {
    let dataset = &opening.model[id];
    let Some(derived) = &dataset.derived else { return Ok(()) };
    let mut batch = collected(opening, &derived_sql(opening.model, dataset, derived)).await?;
    if wanted.numbered.contains(&id) {
        batch = numbered(&batch)?;
    }
    register(opening, dataset, &batch)?;
    Ok(())
}
