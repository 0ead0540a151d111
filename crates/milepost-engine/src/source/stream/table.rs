//! A stream as a table of the session.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use super::rows::Part;
use super::{RowGroup, View};

/// Reads the columns and the row groups that a statement asks for, each time that it runs.
#[derive(Debug)]
pub(crate) struct StreamedTable {
    view: Arc<View>,
    schema: SchemaRef,
}

impl StreamedTable {
    pub(crate) fn new(view: Arc<View>) -> Self {
        let schema = view.streamed.schema();
        Self { view, schema }
    }

    /// The row groups that hold rows of the asked times, as far as the as-of sees.
    fn groups(&self, filters: &[Expr]) -> Vec<RowGroup> {
        let streamed = &self.view.streamed;
        let time = &streamed.columns[streamed.time].0;
        let bounds: Vec<(Operator, i64)> =
            filters.iter().filter_map(|filter| bound(filter, time)).collect();
        let asked = |group: &RowGroup| {
            bounds.iter().all(|(op, t)| match op {
                Operator::GtEq => group.last >= *t,
                Operator::Lt => group.first < *t,
                _ => true,
            })
        };
        let seen = |group: &RowGroup| group.nulls || group.first < self.view.as_of.end.0;
        streamed.groups.iter().filter(|g| seen(g) && asked(g)).copied().collect()
    }
}

impl StreamedTable {
    /// Whether a bound holds for all rows of a group that are seen, or for none.
    fn is_on_one_side(&self, group: &RowGroup, op: Operator, t: i64) -> bool {
        let last = group.last.min(self.view.as_of.end.0 - 1);
        let (none, all) = match op {
            Operator::GtEq => (last < t, group.first >= t),
            _ => (group.first >= t, last < t),
        };
        !group.nulls && (none || all)
    }
}

/// The filter as a bound of the times: `time >= t` or `time < t`.
fn bound(filter: &Expr, time: &str) -> Option<(Operator, i64)> {
    let Expr::BinaryExpr(binary) = filter else { return None };
    let (Expr::Column(column), Expr::Literal(value, _)) = (&*binary.left, &*binary.right) else {
        return None;
    };
    let ScalarValue::TimestampMicrosecond(Some(t), None) = value else { return None };
    let known = matches!(binary.op, Operator::GtEq | Operator::Lt);
    (column.name == time && known).then_some((binary.op, *t))
}

#[async_trait]
impl TableProvider for StreamedTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Row groups are left out, rows are not: where a bound passes through a row group, they are looked at one by one.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let time = &self.view.streamed.columns[self.view.streamed.time].0;
        let kind = |filter: &&Expr| match bound(filter, time) {
            Some((op, t)) if self.groups(&[]).iter().all(|g| self.is_on_one_side(g, op, t)) => {
                TableProviderFilterPushDown::Exact
            }
            Some(_) => TableProviderFilterPushDown::Inexact,
            None => TableProviderFilterPushDown::Unsupported,
        };
        Ok(filters.iter().map(kind).collect())
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = || (0..self.schema.fields().len()).collect();
        let columns: Vec<usize> = projection.cloned().unwrap_or_else(all);
        let schema = Arc::new(self.schema.project(&columns)?);
        let groups = self.groups(filters);
        let partitions = self.view.partitions.clamp(1, groups.len().max(1));
        let parts = (0..partitions).map(|part| {
            // In turn, so that each gets as much of every time.
            let own = groups.iter().skip(part).step_by(partitions).copied().collect();
            Arc::new(Part {
                view: Arc::clone(&self.view),
                columns: columns.clone(),
                schema: Arc::clone(&schema),
                groups: own,
                is_first: part == 0,
            }) as Arc<dyn PartitionStream>
        });
        let parts = parts.collect();
        Ok(Arc::new(StreamingTableExec::try_new(schema, parts, None, None, false, limit)?))
    }
}
