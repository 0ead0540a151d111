//! The statement of one pass, and what it reads.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::RecordBatch;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{AggregateUDF, LogicalPlan};
use datafusion::prelude::{DataFrame, SessionContext};

use milepost_semantics::time::Calendar;

use super::pass::Rollup;
use super::states::{Program, RollupStates};
use crate::data::Data;
use crate::error::EngineError;

/// A pass that is ready to run.
pub(crate) struct Statement {
    pub(super) program: Arc<Program>,
    function: String,
    context: SessionContext,
    frame: DataFrame,
}

/// What a pass reads of one table.
pub(super) struct Scan {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    /// What is asked of files before rows are read.
    pub(super) filters: Vec<String>,
}

impl Statement {
    /// The statement of the rollup of that number.
    ///
    /// # Errors
    /// A table can't be read, or a plan was refused.
    pub(crate) async fn of(
        data: &Data,
        calendar: &Calendar,
        rollup: &mut Rollup<'_>,
        number: usize,
    ) -> std::result::Result<Self, EngineError> {
        let prepared = Self::prepare(data, calendar, rollup, number).await;
        prepared.map_err(|e| rollup.failed(&e))
    }

    async fn prepare(
        data: &Data,
        calendar: &Calendar,
        rollup: &mut Rollup<'_>,
        number: usize,
    ) -> Result<Self> {
        let context = data.context.clone();
        let program = Arc::new(rollup.program(&context, calendar).await?);
        let function = format!("rollup_states_{number}");
        let states = RollupStates::new(function.clone(), Arc::clone(&program));
        context.register_udaf(AggregateUDF::from(states));
        let frame = context.sql(&rollup.sql(&function)).await?;
        Ok(Self { program, function, context, frame })
    }

    /// The one row of the statement.
    pub(super) async fn run(self) -> Result<RecordBatch> {
        let batches = self.frame.collect().await?;
        self.context.deregister_udaf(&self.function);
        let row = batches.into_iter().find(|batch| batch.num_rows() > 0);
        row.ok_or_else(|| DataFusionError::Internal("an aggregate without a row".to_owned()))
    }

    /// What it reads, table by table.
    pub(super) fn scans(&self) -> Result<Vec<Scan>> {
        let plan = self.frame.clone().into_optimized_plan()?;
        let mut scans = Vec::new();
        plan.apply(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                let columns = scan.projected_schema.fields().iter().map(|f| f.name().clone());
                scans.push(Scan {
                    table: scan.table_name.table().to_owned(),
                    columns: columns.collect(),
                    filters: scan.filters.iter().map(ToString::to_string).collect(),
                });
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(scans)
    }
}

/// What a run of a pass took.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cost {
    pub(super) rows: u64,
    /// Cells, and sets or lists of values.
    pub(super) cells: usize,
    pub(super) memory: usize,
    pub(super) seconds: f64,
}

impl Cost {
    pub(super) fn of(program: &Program, cells: usize, seconds: f64) -> Self {
        Self {
            rows: program.measured.rows.load(Ordering::Relaxed),
            cells,
            memory: program.measured.bytes.load(Ordering::Relaxed),
            seconds,
        }
    }
}
