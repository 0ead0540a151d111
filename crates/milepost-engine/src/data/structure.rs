//! Computed columns by which rows are linked, told apart or placed in time: each is computed once, when the data is opened.

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;

use milepost_semantics::model::{ColumnId, DatasetId, Place};
use milepost_semantics::time::AsOf;

use super::kept::kept;
use super::needs::Needs;
use super::open::{Opening, collected, register};
use super::visible::as_of_after;
use crate::sql::structure_sql;

/// Those that are asked for, by dataset in the order in which datasets become complete; others come before.
pub(super) fn wanted(opening: &Opening<'_>, needs: &Needs) -> Vec<(DatasetId, Vec<ColumnId>)> {
    let asked = |place: &Place| needs.structure.contains(place);
    let places: Vec<Place> = opening.model.computed_structure().into_iter().filter(asked).collect();
    // A dataset is complete when its last column is there.
    let mut list: Vec<(DatasetId, Vec<ColumnId>)> = Vec::new();
    for (id, _) in places.iter().rev() {
        if !list.iter().any(|(known, _)| known == id) {
            let own = places.iter().filter(|(of, _)| of == id).map(|(_, column)| *column);
            list.push((*id, own.collect()));
        }
    }
    list.reverse();
    list
}

/// The rows with these columns too. The tables of other datasets that they look at are there.
pub(super) async fn add(
    opening: &Opening<'_>,
    id: DatasetId,
    columns: &[ColumnId],
    rows: &RecordBatch,
) -> Result<RecordBatch, DataFusionError> {
    let mut rows = rows.clone();
    for column in columns {
        let sql = structure_sql(opening.model, (id, *column), |scope| scope.passing_by());
        let Some(sql) = sql else { continue };
        register(opening, &opening.model[id], &rows)?;
        rows = collected(opening, &sql).await?;
    }
    Ok(rows)
}

/// The newest fact among times that are computed, over rows as they were read.
pub(super) async fn newest(
    opening: &Opening<'_>,
    structure: &[(DatasetId, Vec<ColumnId>)],
    read: &BTreeMap<DatasetId, RecordBatch>,
) -> Result<Option<AsOf>, DataFusionError> {
    let model = opening.model;
    let time = |id: DatasetId| model[id].time().filter(|time| !model[id][*time].planned);
    let decides = |(id, columns): &(DatasetId, Vec<ColumnId>)| {
        time(*id).is_some_and(|t| model[*id].keeps.is_some() || columns.contains(&t))
    };
    if !structure.iter().any(decides) {
        return Ok(None);
    }
    for (id, rows) in read {
        register(opening, &model[*id], rows)?;
    }
    let mut found = None;
    for (id, columns) in structure {
        let Some(rows) = read.get(id) else { continue };
        let rows = kept(&model[*id], add(opening, *id, columns, rows).await?)?.rows;
        register(opening, &model[*id], &rows)?;
        let times = time(*id).and_then(|time| rows.column_by_name(&model[*id][time].name));
        let newest = times.and_then(|times| as_of_after(times, &model.project.calendar));
        found = found.into_iter().chain(newest).max_by_key(|as_of: &AsOf| as_of.end);
    }
    Ok(found)
}

/// Adds the columns to a table whose rows are computed when they are asked for.
pub(super) async fn add_to_view(
    opening: &Opening<'_>,
    id: DatasetId,
    columns: &[ColumnId],
) -> Result<(), DataFusionError> {
    for column in columns {
        let sql = structure_sql(opening.model, (id, *column), |scope| scope.passing_by());
        let Some(sql) = sql else { continue };
        let view = opening.tables.sql(&sql).await?.into_view();
        let name = TableReference::bare(opening.model[id].name.clone());
        opening.tables.deregister_table(name.clone())?;
        opening.tables.register_table(name, view)?;
    }
    Ok(())
}
