//! Rows on their way from a plan that DataFusion runs to what is computed from them.
//!
//! DataFusion plans and runs scan, filter, join and projection. Each partition of the plan's rows feeds one [`Collector`],
//! which holds the states of all rollups and the timelines of all judged tables that the scan serves. What the partitions
//! collected is merged in their order.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::common::runtime::JoinSet;
use datafusion::common::{Result, exec_err};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{
    ExecutionPlan, ExecutionPlanProperties, Partitioning, SendableRecordBatchStream,
    execute_stream_partitioned,
};
use datafusion::prelude::DataFrame;
use futures::StreamExt;

use milepost_plan::typed_ids;

use crate::ids::{ById, Id};
use crate::rollup::{Collected, InputId, Inputs, Program};
use crate::rows::PartitionCollector;

typed_ids! {
    /// An expression of the scan's statement: a column of its rows.
    pub(crate) ColumnId
    /// One who reads the rows of a scan: a rollup.
    pub(crate) RollupReaderId
    /// One who reads the rows of a scan: a judged table.
    pub(crate) TableReaderId
}

/// What a rollup reads of a scan's rows.
pub(super) struct RollupReader {
    pub(super) program: Arc<Program>,
    pub(super) inputs: ById<InputId, ColumnId>,
    /// When the dataset's rows were, if the first of them is asked for.
    pub(super) first: Option<ColumnId>,
}

/// What a judged table reads of a scan's rows.
pub(super) struct TableReader {
    pub(super) columns: Vec<ColumnId>,
}

/// What one partition's rows become.
struct Collector {
    rollups: ById<RollupReaderId, Collected>,
    tables: ById<TableReaderId, PartitionCollector>,
    memory: MemoryReservation,
}

/// Who reads the rows of a scan.
#[derive(Default)]
pub(super) struct Readers {
    pub(super) rollups: ById<RollupReaderId, RollupReader>,
    pub(super) tables: ById<TableReaderId, TableReader>,
}

impl Readers {
    /// What takes the rows of one partition.
    fn collector(
        &self,
        schema: &SchemaRef,
        tables: ById<TableReaderId, PartitionCollector>,
        memory: MemoryReservation,
    ) -> Result<Collector> {
        let ty = |column: &ColumnId| schema.field(column.position()).data_type().clone();
        let rollups = self.rollups.try_map(|_, reader| {
            Collected::new(&reader.program, &reader.inputs.map(|_, column| ty(column)))
        })?;
        Ok(Collector { rollups, tables, memory })
    }
}

impl Collector {
    fn take(&mut self, readers: &Readers, batch: &RecordBatch) -> Result<()> {
        let column = |id: &ColumnId| Arc::clone(batch.column(id.position()));
        for (id, reader) in readers.rollups.iter() {
            let inputs: Inputs = reader.inputs.map(|_, id| column(id));
            self.rollups[id].take(&inputs, reader.first.as_ref().map(column).as_ref())?;
        }
        for (id, reader) in readers.tables.iter() {
            let columns: Vec<ArrayRef> = reader.columns.iter().map(column).collect();
            self.tables[id].take(&columns)?;
        }
        self.memory.try_resize(self.bytes())
    }

    /// About: in memory.
    fn bytes(&self) -> usize {
        let rollups = self.rollups.values().map(Collected::bytes);
        rollups.chain(self.tables.values().map(PartitionCollector::bytes)).sum()
    }

    /// The rows of this partition are all there.
    fn end(&mut self) {
        self.rollups.values_mut().for_each(Collected::end);
    }
}

/// What all rows of a scan became: the states of each rollup, and what each partition has of each judged table.
pub(super) struct Whole {
    pub(super) rollups: Vec<Collected>,
    pub(super) tables: Vec<Vec<PartitionCollector>>,
}

/// Reads the rows of a plan. `taking`: what takes the rows of a judged table in one partition.
///
/// # Errors
/// A table can't be read; numbers are out of range; memory.
pub(super) async fn collect(
    frame: DataFrame,
    readers: Arc<Readers>,
    taking: impl Fn(TableReaderId) -> PartitionCollector,
) -> Result<Whole> {
    let task = Arc::new(frame.task_ctx());
    let plan = spread(frame.create_physical_plan().await?, &task)?;
    let schema = plan.schema();
    let mut tasks = JoinSet::new();
    for (partition, rows) in
        execute_stream_partitioned(plan, Arc::clone(&task))?.into_iter().enumerate()
    {
        let memory = MemoryConsumer::new("states").register(task.memory_pool());
        let tables = readers.tables.map(|id, _| taking(id));
        let collector = readers.collector(&schema, tables, memory)?;
        tasks.spawn(collected(partition, rows, Arc::clone(&readers), collector));
    }
    let mut parts = Vec::with_capacity(tasks.len());
    // Whoever fails ends all: what is dropped stops.
    while let Some(part) = tasks.join_next().await {
        match part {
            Ok(part) => parts.push(part?),
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(stopped) => return exec_err!("a partition was stopped: {stopped}"),
            },
        }
    }
    parts.sort_by_key(|(partition, _)| *partition);
    merged(parts.into_iter().map(|(_, collector)| collector), &readers)
}

async fn collected(
    partition: usize,
    mut rows: SendableRecordBatchStream,
    readers: Arc<Readers>,
    mut collector: Collector,
) -> Result<(usize, Collector)> {
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        if batch.num_rows() > 0 {
            collector.take(&readers, &batch)?;
        }
    }
    collector.end();
    Ok((partition, collector))
}

/// The plan in as many partitions as there are threads to take them.
fn spread(plan: Arc<dyn ExecutionPlan>, task: &TaskContext) -> Result<Arc<dyn ExecutionPlan>> {
    let target = task.session_config().target_partitions();
    if plan.output_partitioning().partition_count() >= target {
        return Ok(plan);
    }
    Ok(Arc::new(RepartitionExec::try_new(plan, Partitioning::RoundRobinBatch(target))?))
}

/// What the partitions collected, one after the other.
fn merged(parts: impl Iterator<Item = Collector>, readers: &Readers) -> Result<Whole> {
    let mut rollups: Vec<Option<Collected>> = readers.rollups.values().map(|_| None).collect();
    let mut tables: Vec<Vec<PartitionCollector>> =
        readers.tables.values().map(|_| Vec::new()).collect();
    // Held until all are one.
    let mut memory = Vec::new();
    for part in parts {
        for (all, own) in rollups.iter_mut().zip(part.rollups.into_values()) {
            match all {
                None => *all = Some(own),
                Some(all) => all.merge(own)?,
            }
        }
        tables.iter_mut().zip(part.tables.into_values()).for_each(|(all, own)| all.push(own));
        memory.push(part.memory);
    }
    match rollups.into_iter().collect() {
        Some(rollups) => Ok(Whole { rollups, tables }),
        None => exec_err!("a plan without a partition"),
    }
}
