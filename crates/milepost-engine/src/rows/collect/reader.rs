//! What becomes of the rows of one table: everything at once, or one part after the other.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::ArrayRef;
use datafusion::common::Result;

use milepost_semantics::time::Calendar;

use crate::rows::collect::partition::{PartitionRows, TableStatistics, finish};
use crate::rows::plan::needs::TableNeeds;
use crate::rows::spill::{HashPartitioner, PartitionId, Partitioning};
use crate::rows::store::CollectedTable;

/// What is to be made of the rows of one table, and what was.
#[derive(Debug)]
pub(in crate::rows) struct Reader {
    needs: Arc<TableNeeds>,
    calendar: Calendar,
    /// How many columns a row has.
    width: usize,
    /// How the rows are partitioned, if they are.
    partitioning: Option<Arc<Partitioning>>,
    /// What was made of each partition of the scan.
    partials: Mutex<Vec<PartitionCollector>>,
}

/// The rows of one partition.
#[derive(Debug)]
pub(crate) struct PartitionCollector {
    /// What the rows became; where they are partitioned, no more than what is known of all of them.
    part: PartitionRows,
    partitioning: Option<HashPartitioner>,
}

/// How many rows a reader took, and what they take.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Measure {
    pub(crate) rows: usize,
    /// About: in memory.
    pub(crate) bytes: usize,
    pub(crate) on_disk: u64,
}

impl Reader {
    pub(in crate::rows) fn new(
        needs: TableNeeds,
        calendar: &Calendar,
        width: usize,
        partitioning: Option<Partitioning>,
    ) -> Self {
        Self {
            needs: Arc::new(needs),
            calendar: calendar.clone(),
            width,
            partitioning: partitioning.map(Arc::new),
            partials: Mutex::default(),
        }
    }

    /// Whether one part is in memory at a time.
    pub(in crate::rows) const fn is_partitioned(&self) -> bool {
        self.partitioning.is_some()
    }

    /// One who takes the rows of a partition.
    pub(in crate::rows) fn taking(&self) -> PartitionCollector {
        PartitionCollector {
            part: self.part(),
            partitioning: self.partitioning.as_ref().map(HashPartitioner::new),
        }
    }

    fn part(&self) -> PartitionRows {
        PartitionRows::new(&self.needs, &self.calendar)
    }

    pub(in crate::rows) fn put(&self, taking: PartitionCollector) {
        self.partials.lock().unwrap_or_else(PoisonError::into_inner).push(taking);
    }

    pub(in crate::rows) fn measured(&self) -> Measure {
        let partials = self.partials.lock().unwrap_or_else(PoisonError::into_inner);
        partials.iter().fold(Measure::default(), |all, taking| Measure {
            rows: all.rows + taking.part.seen,
            bytes: all.bytes + taking.bytes(),
            on_disk: all.on_disk + taking.partitioning.as_ref().map_or(0, HashPartitioner::on_disk),
        })
    }

    /// The table and the timelines of the rows that were read, or of those of one part.
    pub(in crate::rows) fn finish(&self, part: PartitionId) -> Result<CollectedTable> {
        let mut partials = self.partials.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_partitioned() {
            let parts = std::mem::take(&mut *partials).into_iter().map(|taking| taking.part);
            return finish(&self.needs, self.width, parts.collect());
        }
        let mut known = TableStatistics::new(&self.needs);
        let mut own = self.part();
        for PartitionCollector { part: all, partitioning } in &mut *partials {
            known.merge(&all.known);
            partitioning.iter_mut().try_for_each(|rows| rows.drain(part, |rows| own.take(rows)))?;
        }
        // The first instant, say, is that of all rows.
        own.known = known;
        finish(&self.needs, self.width, vec![own])
    }
}

impl PartitionCollector {
    pub(crate) fn take(&mut self, batch: &[ArrayRef]) -> Result<()> {
        match &mut self.partitioning {
            Some(rows) => rows.take(batch, self.part.asked(batch)?.as_ref()),
            None => self.part.take(batch),
        }
    }

    /// About how many bytes this holds.
    pub(crate) fn bytes(&self) -> usize {
        self.part.bytes() + self.partitioning.as_ref().map_or(0, HashPartitioner::bytes)
    }
}
