//! The statement of one scan, and what it reads.

use std::sync::Arc;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{AggregateUDF, LogicalPlan};
use datafusion::prelude::{DataFrame, SessionContext};

use milepost_semantics::model::Model;

use super::Scan;
use crate::data::Data;
use crate::error::EngineError;
use crate::ids::{ById, Id};
use crate::rollup::{Groups, Program, Rollup, RollupId, RollupStates};
use crate::rows::RowEvaluation;

/// A scan that is ready to run.
pub(crate) struct Statement {
    /// Of the dataset, for errors.
    name: String,
    /// By rollup of the scan.
    programs: Vec<Arc<Program>>,
    /// Of our own, registered for this statement.
    functions: Vec<String>,
    context: SessionContext,
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
        rollups: &mut ById<RollupId, Rollup<'_>>,
        evaluation: &RowEvaluation<'_>,
    ) -> std::result::Result<Self, EngineError> {
        let name = model[scan.dataset].name.clone();
        let prepared = Self::prepare(model, data, scan, rollups, evaluation).await;
        let (programs, functions, frame) = prepared.map_err(|e| failed(&name, &e))?;
        Ok(Self { name, programs, functions, context: data.context.clone(), frame })
    }

    async fn prepare(
        model: &Model,
        data: &Data,
        scan: &Scan,
        rollups: &mut ById<RollupId, Rollup<'_>>,
        evaluation: &RowEvaluation<'_>,
    ) -> Result<(Vec<Arc<Program>>, Vec<String>, DataFrame)> {
        let (context, calendar) = (&data.context, &model.project.calendar);
        let (mut programs, mut functions, mut columns) = (Vec::new(), Vec::new(), Vec::new());
        for id in &scan.rollups {
            let rollup = &mut rollups[*id];
            let program = Arc::new(rollup.program(context, calendar).await?);
            let function = format!("rollup_states_{}", id.position());
            let states = RollupStates::new(function.clone(), &program);
            context.register_udaf(AggregateUDF::from(states));
            columns.extend(rollup.columns(&function));
            programs.push(program);
            functions.push(function);
        }
        for number in &scan.tables {
            let function = format!("entity_timelines_{number}");
            context
                .register_udaf(AggregateUDF::from(evaluation.function(*number, function.clone())));
            columns.push(format!("{function}({})", evaluation.tables()[*number].columns()));
            functions.push(function);
        }
        let columns = columns.iter().enumerate().map(|(i, sql)| format!("{sql} AS c{i}"));
        let columns = columns.collect::<Vec<_>>().join(", ");
        let asked = match (scan.rollups.as_slice(), scan.tables.as_slice()) {
            ([only], []) => rollups[*only].asked_times(),
            _ => String::new(),
        };
        let sql = format!("SELECT {columns} FROM {}{asked}", scan.from);
        Ok((programs, functions, context.sql(&sql).await?))
    }

    /// Reads the rows: the groups of each rollup, with its position. Timelines stay with those who make them.
    ///
    /// # Errors
    /// A table can't be read; numbers are out of range; memory.
    pub(crate) async fn run(
        self,
        data: &Data,
        scan: &Scan,
        rollups: &ById<RollupId, Rollup<'_>>,
    ) -> std::result::Result<Vec<(RollupId, Groups)>, EngineError> {
        let Self { name, programs, functions, context, frame } = self;
        let batches = frame.collect().await.map_err(|e| failed(&name, &e))?;
        functions.iter().for_each(|function| {
            context.deregister_udaf(function);
        });
        let row = batches.into_iter().find(|batch| batch.num_rows() > 0);
        let row = row.ok_or_else(|| {
            EngineError::Internal(format!("dataset `{name}`: an aggregate without a row"))
        })?;
        let groups = scan.rollups.iter().zip(programs).enumerate().map(|(i, (number, program))| {
            let (states, first) = (row.column(2 * i), row.column(2 * i + 1));
            let groups = Groups::read(data, &rollups[*number], program, states, first);
            Ok((*number, groups.map_err(|e| failed(&name, &e))?))
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
