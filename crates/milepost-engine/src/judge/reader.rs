//! What becomes of the rows of one table: everything at once, or one part after the other.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::ArrayRef;
use datafusion::common::Result;

use milepost_semantics::time::Calendar;

use super::needs::TableNeeds;
use super::read::{Known, Part, Read, finish};
use super::scatter::{Apart, Scatter};

/// What is to be made of the rows of one table, and what was.
#[derive(Debug)]
pub(super) struct Reader {
    needs: Arc<TableNeeds>,
    calendar: Calendar,
    /// How many columns a row has.
    width: usize,
    /// How the rows are put apart, if they are.
    apart: Option<Arc<Apart>>,
    /// What was made of each partition of the scan.
    taken: Mutex<Vec<Taking>>,
}

/// The rows of one partition.
#[derive(Debug)]
pub(super) enum Taking {
    Whole(Part),
    /// What is known of all rows, and the rows.
    Apart(Part, Scatter),
}

/// What a reader took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Taken {
    pub(crate) rows: usize,
    /// About: in memory.
    pub(crate) bytes: usize,
    pub(crate) on_disk: u64,
}

impl Reader {
    pub(super) fn new(
        needs: TableNeeds,
        calendar: &Calendar,
        width: usize,
        apart: Option<Apart>,
    ) -> Self {
        Self {
            needs: Arc::new(needs),
            calendar: calendar.clone(),
            width,
            apart: apart.map(Arc::new),
            taken: Mutex::default(),
        }
    }

    /// Whether one part is in memory at a time.
    pub(super) const fn is_apart(&self) -> bool {
        self.apart.is_some()
    }

    /// One who takes the rows of a partition.
    pub(super) fn taking(&self) -> Taking {
        let part = Part::new(&self.needs, &self.calendar);
        match &self.apart {
            Some(apart) => Taking::Apart(part, Scatter::new(apart)),
            None => Taking::Whole(part),
        }
    }

    pub(super) fn put(&self, taking: Taking) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(taking);
    }

    pub(super) fn measured(&self) -> Taken {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.iter().fold(Taken::default(), |all, taking| {
            let (rows, on_disk) = match taking {
                Taking::Whole(part) => (part.seen, 0),
                Taking::Apart(part, scatter) => (part.seen, scatter.on_disk()),
            };
            Taken {
                rows: all.rows + rows,
                bytes: all.bytes + taking.bytes(),
                on_disk: all.on_disk + on_disk,
            }
        })
    }

    /// The table and the timelines of the rows that were read, or of those of one part.
    pub(super) fn finish(&self, number: usize) -> Result<Read> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_apart() {
            let parts = std::mem::take(&mut *taken).into_iter().filter_map(|taking| match taking {
                Taking::Whole(part) => Some(part),
                Taking::Apart(..) => None,
            });
            return finish(&self.needs, self.width, parts.collect());
        }
        let mut known = Known::new(&self.needs);
        let mut own = Part::new(&self.needs, &self.calendar);
        for taking in &mut *taken {
            let Taking::Apart(all, scatter) = taking else { continue };
            known.merge(&all.known);
            scatter.give(number, &mut own)?;
        }
        // The first instant, say, is that of all rows.
        own.known = known;
        finish(&self.needs, self.width, vec![own])
    }
}

impl Taking {
    pub(super) fn take(&mut self, batch: &[ArrayRef]) -> Result<()> {
        match self {
            Self::Whole(part) => part.take(batch),
            Self::Apart(all, scatter) => {
                let asked = all.asked(batch);
                scatter.take(batch, asked.as_ref())
            }
        }
    }

    /// About how many bytes this holds.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Whole(part) => part.bytes(),
            Self::Apart(_, scatter) => scatter.bytes(),
        }
    }
}
