//! How much of a file there is room for. What is more is told, before the machine ends the program.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::fault::Fault;
use crate::machine;

const GIB: usize = 1 << 30;

/// Where the machine doesn't say how much memory it has.
const UNKNOWN: usize = 16 * GIB;

/// The memory that the rows of one dataset may take.
#[derive(Debug)]
pub(super) struct Budget {
    all: usize,
    taken: AtomicUsize,
}

impl Budget {
    /// Three quarters of the memory that is free: the rest is for computing.
    pub(super) fn of_machine() -> Self {
        Self::new(machine::free().map_or(UNKNOWN, |free| free / 4 * 3))
    }

    pub(super) const fn new(all: usize) -> Self {
        Self { all, taken: AtomicUsize::new(0) }
    }

    /// Makes room for so many bytes of rows.
    pub(super) fn take(&self, bytes: usize) -> Result<(), Fault> {
        let before = self.taken.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) <= self.all {
            return Ok(());
        }
        Err(Fault::TooLarge(if self.all < GIB {
            format!("{} MB", self.all >> 20)
        } else {
            format!("{} GB", self.all / GIB)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_refused() {
        let budget = Budget::new(20 << 20);
        assert!(budget.take(8 << 20).is_ok());
        assert!(budget.take(8 << 20).is_ok());
        let refused = budget.take(8 << 20);
        assert!(matches!(refused, Err(Fault::TooLarge(limit)) if limit == "20 MB"));
    }
}
