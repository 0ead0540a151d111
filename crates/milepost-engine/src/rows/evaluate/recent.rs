//! What was found for the rows that were evaluated last.

use crate::rows::ids::RowId;

/// One thing for each of some rows, or of some rows at some instants: one takes the place of another, so that many take no more
/// memory than few.
#[derive(Debug)]
pub(in crate::rows) struct Recent<K, T> {
    slots: Vec<Option<(K, T)>>,
}

/// What something is found for.
pub(in crate::rows) trait RecentKey: Copy + Eq {
    /// How many are remembered at most.
    const SLOTS: usize;

    /// Those that are evaluated one after the other have places beside each other.
    fn place(self) -> usize;
}

impl RecentKey for RowId {
    /// More than the rows that are evaluated together, whatever their numbers.
    const SLOTS: usize = 8_192;

    fn place(self) -> usize {
        self.position()
    }
}

/// A row at an instant.
impl RecentKey for (RowId, i64) {
    /// The rows that are evaluated together at one instant find room beside some of another one.
    const SLOTS: usize = 2_048;

    fn place(self) -> usize {
        let (row, at) = self;
        // Instants are ends of days most often, so the bits that differ are spread.
        let spread = at.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        row.position() + spread as usize
    }
}

/// A day: those of eleven years have places of their own.
impl RecentKey for i32 {
    const SLOTS: usize = 4_096;

    fn place(self) -> usize {
        self.cast_unsigned() as usize
    }
}

/// The end of a day.
impl RecentKey for i64 {
    const SLOTS: usize = 1_024;

    fn place(self) -> usize {
        // Ends of days are a day apart most often, so that each has the place after that of the one before.
        (self / DAY).cast_unsigned() as usize
    }
}

/// Microseconds of a day that is as long as most.
const DAY: i64 = 86_400_000_000;

// Not derived: that would ask for a default of `K` and `T`.
impl<K, T> Default for Recent<K, T> {
    fn default() -> Self {
        Self { slots: Vec::new() }
    }
}

impl<K: RecentKey, T: Clone> Recent<K, T> {
    pub(in crate::rows) fn get(&self, key: K) -> Option<T> {
        let (known, found) = self.slots.get(key.place() % K::SLOTS)?.as_ref()?;
        (*known == key).then(|| found.clone())
    }

    pub(in crate::rows) fn keep(&mut self, key: K, found: T) {
        if self.slots.is_empty() {
            self.slots.resize(K::SLOTS, None);
        }
        self.slots[key.place() % K::SLOTS] = Some((key, found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_until_another_row_takes_its_place() {
        let mut recent = Recent::default();
        let rows = || (0..1_024).map(RowId::new);
        for (at, word) in [(86_400_000_000, "a"), (172_800_000_000, "b")] {
            rows().for_each(|row| recent.keep((row, at), (row, word)));
            for row in rows() {
                assert_eq!(recent.get((row, at)), Some((row, word)));
                assert_eq!(recent.get((row, at + 1)), None);
                assert_eq!(recent.get((row.behind(<(RowId, i64)>::SLOTS), at)), None);
            }
        }
    }
}
