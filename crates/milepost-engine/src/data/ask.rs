//! Statements over the opened tables.

use arrow::array::{ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::error::DataFusionError;

use super::Data;
use crate::error::EngineError;

impl Data {
    /// The rows that a statement gives. `what`: what it is about, for an error.
    pub(crate) async fn answer(
        &self,
        what: &str,
        sql: &str,
    ) -> Result<Vec<RecordBatch>, EngineError> {
        let failed = |e: &DataFusionError| EngineError::from_engine(what, e);
        let frame = self.context.sql(sql).await.map_err(|e| failed(&e))?;
        frame.collect().await.map_err(|e| failed(&e))
    }

    /// The one row of counts that a statement gives.
    pub(crate) async fn counts(&self, what: &str, sql: &str) -> Result<Vec<u64>, EngineError> {
        let batches = self.answer(what, sql).await?;
        let impossible = || EngineError::Internal(format!("{what}: counts without a number"));
        let row = batches.iter().find(|batch| batch.num_rows() > 0).ok_or_else(impossible)?;
        let count = |column: &ArrayRef| {
            let count = column.as_primitive_opt::<Int64Type>()?.iter().next()?;
            u64::try_from(count?).ok()
        };
        row.columns().iter().map(|column| count(column).ok_or_else(impossible)).collect()
    }
}
