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
pub(crate) struct Taking {
    /// What the rows became; where they are put apart, no more than what is known of all of them.
    part: Part,
    apart: Option<Scatter>,
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
        Taking { part: self.part(), apart: self.apart.as_ref().map(Scatter::new) }
    }

    fn part(&self) -> Part {
        Part::new(&self.needs, &self.calendar)
    }

    pub(super) fn put(&self, taking: Taking) {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(taking);
    }

    pub(super) fn measured(&self) -> Measure {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.iter().fold(Measure::default(), |all, taking| Measure {
            rows: all.rows + taking.part.seen,
            bytes: all.bytes + taking.bytes(),
            on_disk: all.on_disk + taking.apart.as_ref().map_or(0, Scatter::on_disk),
        })
    }

    /// The table and the timelines of the rows that were read, or of those of one part.
    pub(super) fn finish(&self, number: usize) -> Result<Read> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_apart() {
            let parts = std::mem::take(&mut *taken).into_iter().map(|taking| taking.part);
            return finish(&self.needs, self.width, parts.collect());
        }
        let mut known = Known::new(&self.needs);
        let mut own = self.part();
        for Taking { part, apart } in &mut *taken {
            known.merge(&part.known);
            apart.iter_mut().try_for_each(|rows| rows.give(number, &mut own))?;
        }
        // The first instant, say, is that of all rows.
        own.known = known;
        finish(&self.needs, self.width, vec![own])
    }
}

impl Taking {
    pub(crate) fn take(&mut self, batch: &[ArrayRef]) -> Result<()> {
        match &mut self.apart {
            Some(rows) => rows.take(batch, self.part.asked(batch).as_ref()),
            None => self.part.take(batch),
        }
    }

    /// About how many bytes this holds.
    pub(crate) fn bytes(&self) -> usize {
        self.part.bytes() + self.apart.as_ref().map_or(0, Scatter::bytes)
    }
}
