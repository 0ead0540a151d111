//! The statement of one scan, and what it reads.

use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::DataFrame;

use milepost_semantics::model::Model;

use super::Scan;
use super::collect::{ColumnId, Readers, RollupReader, TableReader, TableReaderId, Whole, collect};
use crate::data::Data;
use crate::error::EngineError;
use crate::ids::{ById, Id};
use crate::merge::RollupId;
use crate::rollup::{Grouped, Rollup};
use crate::rows::{RowEvaluation, RunTableId};

/// A scan that is ready to run.
pub(crate) struct Statement {
    /// Of the dataset, for errors.
    name: String,
    readers: Arc<Readers>,
    /// The rollups of `readers`, and its judged tables.
    rollups: Vec<RollupId>,
    tables: ById<TableReaderId, RunTableId>,
    frame: DataFrame,
}

/// What a scan reads of one table.
pub(super) struct Reading {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    /// What is asked of files before rows are read.
    pub(super) filters: Vec<String>,
}

impl Statement {
    /// The statement of a scan.
    ///
    /// # Errors
    /// A table can't be read, or a plan was refused.
    pub(crate) async fn of(
        model: &Model,
        data: &Data,
        scan: &Scan,
        rollups: &ById<RollupId, Rollup<'_>>,
        evaluation: &RowEvaluation<'_>,
    ) -> std::result::Result<Self, EngineError> {
        let name = model[scan.dataset].name.clone();
        let prepared = Self::prepare(model, data, scan, rollups, evaluation).await;
        let (readers, frame) = prepared.map_err(|e| failed(&name, &e))?;
        Ok(Self {
            name,
            readers: Arc::new(readers),
            rollups: scan.rollups.clone(),
            tables: scan.tables.iter().copied().collect(),
            frame,
        })
    }

    async fn prepare(
        model: &Model,
        data: &Data,
        scan: &Scan,
        rollups: &ById<RollupId, Rollup<'_>>,
        evaluation: &RowEvaluation<'_>,
    ) -> Result<(Readers, DataFrame)> {
        let (context, calendar) = (&data.context, &model.project.calendar);
        // What several read is evaluated once.
        let mut columns: ById<ColumnId, String> = ById::default();
        let mut readers = Readers::default();
        for id in &scan.rollups {
            let rollup = &rollups[*id];
            let program = Arc::new(rollup.program(context, calendar).await?);
            let first = rollup.first.clone().map(|sql| columns.intern(sql));
            let inputs = rollup.inputs.map(|_, sql| columns.intern(sql.clone()));
            readers.rollups.push(RollupReader { program, inputs, first });
        }
        for id in &scan.tables {
            let list = evaluation.tables()[*id].columns().into_iter();
            let columns = list.map(|sql| columns.intern(sql)).collect();
            readers.tables.push(TableReader { columns });
        }
        let columns = columns.iter().map(|(id, sql)| format!("{sql} AS c{}", id.position()));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let asked = match (scan.rollups.as_slice(), scan.tables.as_slice()) {
            ([only], []) => rollups[*only].asked_times(),
            _ => String::new(),
        };
        let sql = format!("SELECT {columns} FROM {}{asked}", scan.from);
        Ok((readers, context.sql(&sql).await?))
    }

    /// Reads the rows: the groups of each rollup. Those who judge get what was taken of their tables.
    ///
    /// # Errors
    /// A table can't be read; numbers are out of range; memory.
    pub(crate) async fn run(
        self,
        data: &Data,
        rollups: &ById<RollupId, Rollup<'_>>,
        evaluation: &RowEvaluation<'_>,
    ) -> std::result::Result<Vec<(RollupId, Grouped)>, EngineError> {
        let Self { name, readers, rollups: own, tables, frame } = self;
        let taking = |id: TableReaderId| evaluation.taking(tables[id]);
        let whole = collect(frame, Arc::clone(&readers), taking).await;
        let Whole { rollups: collected, tables: taken } = whole.map_err(|e| failed(&name, &e))?;
        for (table, parts) in tables.values().zip(taken) {
            evaluation.took(*table, parts);
        }
        let all = own.into_iter().zip(readers.rollups.values()).zip(collected);
        let groups = all.map(|((id, reader), collected)| {
            let groups = Grouped::new(data, &rollups[id], &reader.program, collected);
            Ok((id, groups.map_err(|e| failed(&name, &e))?))
        });
        groups.collect()
    }

    /// What it reads, table by table.
    pub(super) fn readings(&self) -> std::result::Result<Vec<Reading>, EngineError> {
        let plan = self.frame.clone().into_optimized_plan().map_err(|e| failed(&self.name, &e))?;
        let mut readings = Vec::new();
        plan.apply(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                let columns = scan.projected_schema.fields().iter().map(|f| f.name().clone());
                readings.push(Reading {
                    table: scan.table_name.table().to_owned(),
                    columns: columns.collect(),
                    filters: scan.filters.iter().map(ToString::to_string).collect(),
                });
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .map_err(|e| failed(&self.name, &e))?;
        Ok(readings)
    }
}

fn failed(name: &str, error: &DataFusionError) -> EngineError {
    EngineError::from_engine(&format!("dataset `{name}`"), error)
}
