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

/// One thing for each of some rows at some instants.
#[derive(Debug)]
pub(in crate::rows) struct RecentAt<T> {
    slots: Vec<Option<((RowId, i64), T)>>,
}

/// The rows that are evaluated together at one instant find room beside some of another one.
const SLOTS_AT: usize = 2_048;

impl<T> Default for RecentAt<T> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<T: Clone> RecentAt<T> {
    pub(in crate::rows) fn get(&self, row: RowId, at: i64) -> Option<T> {
        let (known, found) = self.slots.get(slot(row, at))?.as_ref()?;
        (*known == (row, at)).then(|| found.clone())
    }

    pub(in crate::rows) fn keep(&mut self, row: RowId, at: i64, found: T) {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS_AT, None);
        }
        self.slots[slot(row, at)] = Some(((row, at), found));
    }
}

/// Rows that follow each other lie beside each other, and those of another instant elsewhere.
const fn slot(row: RowId, at: i64) -> usize {
    // Instants are ends of days most often, so the bits that differ are spread.
    let spread = at.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    (row.position() + spread as usize) % SLOTS_AT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_until_another_row_takes_its_place() {
        let mut recent = RecentAt::default();
        let rows = || (0..1_024).map(RowId::new);
        for (at, word) in [(86_400_000_000, "a"), (172_800_000_000, "b")] {
            rows().for_each(|row| recent.keep(row, at, (row, word)));
            for row in rows() {
                assert_eq!(recent.get(row, at), Some((row, word)));
                assert_eq!(recent.get(row, at + 1), None);
                assert_eq!(recent.get(row.behind(SLOTS_AT), at), None);
            }
        }
    }
}
