//! What was found for the rows that were evaluated last.

use crate::rows::ids::RowId;

/// One thing for each of some rows: a row takes the place of another one, so that many rows take no more memory than few.
#[derive(Debug)]
pub(in crate::rows) struct Recent<T> {
    slots: Vec<Option<(RowId, T)>>,
}

/// More than the rows that are evaluated together, whatever their numbers.
const SLOTS: usize = 8_192;

// Not derived: that would ask for a default of `T`.
impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<T: Copy> Recent<T> {
    pub(in crate::rows) fn get(&self, row: RowId) -> Option<T> {
        let (known, found) = (*self.slots.get(row.position() % SLOTS)?)?;
        (known == row).then_some(found)
    }

    pub(in crate::rows) fn keep(&mut self, row: RowId, found: T) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        self.slots[row.position() % SLOTS] = Some((row, found));
    }
}
