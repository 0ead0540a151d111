//! How much of a file there is room for. What is more is told, before the machine ends the program.

use std::fs::read_to_string;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::RecordBatch;
use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::DataFrame;
use futures::StreamExt;
use tokio::task::JoinSet;

const GIB: usize = 1 << 30;

/// Where the machine doesn't say how much memory it has.
const UNKNOWN: usize = 16 * GIB;

/// The memory that the rows of one dataset may take.
#[derive(Debug)]
pub(super) struct Budget {
    all: usize,
    taken: AtomicUsize,
}

/// The rows take more memory than there is for them: how much that is, in words.
#[derive(Debug)]
pub(super) struct TooLarge(pub(super) String);

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "more than {}", self.0)
    }
}

impl std::error::Error for TooLarge {}

impl Budget {
    /// Three quarters of the memory that is free: the rest is for computing.
    pub(super) fn of_machine() -> Self {
        Self::new(free().map_or(UNKNOWN, |free| free / 4 * 3))
    }

    pub(super) const fn new(all: usize) -> Self {
        Self { all, taken: AtomicUsize::new(0) }
    }

    /// Makes room for rows.
    pub(super) fn take(&self, batch: &RecordBatch) -> Result<()> {
        let bytes = batch.get_array_memory_size();
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.all {
            return Ok(());
        }
        let limit = if self.all < GIB {
            format!("{} MB", self.all >> 20)
        } else {
            format!("{} GB", self.all / GIB)
        };
        Err(DataFusionError::External(Box::new(TooLarge(limit))))
    }
}

/// Bytes that the system, and the group of programs that this one is limited with, can still give.
fn free() -> Option<usize> {
    let number = |path: &str| read_to_string(path).ok()?.trim().parse::<usize>().ok();
    let text = read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let machine = line.trim().trim_end_matches("kB").trim().parse::<usize>().ok()? * 1024;
    let group = number("/sys/fs/cgroup/memory.max")
        .zip(number("/sys/fs/cgroup/memory.current"))
        .map(|(most, taken)| most.saturating_sub(taken));
    Some(group.map_or(machine, |group| group.min(machine)))
}

/// All rows in their order. Parts of a large file are read side by side.
pub(super) async fn collect(frame: DataFrame, budget: &Arc<Budget>) -> Result<Vec<RecordBatch>> {
    let mut reading = JoinSet::new();
    for (part, mut stream) in frame.execute_stream_partitioned().await?.into_iter().enumerate() {
        let budget = Arc::clone(budget);
        reading.spawn(async move {
            let mut batches = Vec::new();
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                budget.take(&batch)?;
                batches.push(batch);
            }
            Ok::<_, DataFusionError>((part, batches))
        });
    }
    let mut parts = Vec::new();
    while let Some(part) = reading.join_next().await {
        let part =
            part.map_err(|e| DataFusionError::Execution(format!("the reader failed: {e}")))?;
        parts.push(part?);
    }
    parts.sort_by_key(|(part, _)| *part);
    Ok(parts.into_iter().flat_map(|(_, batches)| batches).collect())
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    #[test]
    fn what_has_no_room_is_refused() {
        let rows = Arc::new(Int64Array::from(vec![0; 1 << 20])) as ArrayRef;
        let batch = RecordBatch::try_from_iter([("x", rows)]).unwrap();
        let budget = Budget::new(20 << 20);
        assert!(budget.take(&batch).is_ok());
        assert!(budget.take(&batch).is_ok());
        let error = budget.take(&batch).unwrap_err();
        assert_eq!(error.find_root().to_string(), "External error: more than 20 MB");
        assert!(free().is_none_or(|bytes| bytes > 1 << 20));
    }
}
