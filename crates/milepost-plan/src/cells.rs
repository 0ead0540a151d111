//! Cells as columns. A question may have millions of figures, so what a cell holds stands in lists of its own: the number, a
//! byte for the reason, what it rests on, and what could not be judged. Zeros at the end of a list are not kept.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::results::{Absent, Cell, Reason};

/// The cells of one slice of a series, one for each bucket.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cells {
    /// 0 where there is a reason.
    values: Vec<f64>,
    reasons: Reasons,
    /// One more than the sample; 0: there is none.
    samples: Counts,
    numerators: Counts,
    denominators: Counts,
}

impl Cells {
    /// No cells yet, and room for so many.
    #[must_use]
    pub fn with_capacity(cells: usize) -> Self {
        Self { values: Vec::with_capacity(cells), ..Self::default() }
    }

    /// The same cell for every bucket.
    #[must_use]
    pub fn repeat(cell: &Cell, buckets: usize) -> Self {
        let mut cells = Self::with_capacity(buckets);
        (0..buckets).for_each(|_| cells.push(cell));
        cells
    }

    /// Adds one at the end.
    pub fn push(&mut self, cell: &Cell) {
        let at = self.values.len();
        self.values.push(*cell.value.as_ref().unwrap_or(&0.0));
        self.reasons.set(at, cell.value.as_ref().err());
        self.samples.set(at, cell.sample.map_or(0, |n| n.saturating_add(1)));
        self.numerators.set(at, cell.absent.numerator);
        self.denominators.set(at, cell.absent.denominator);
    }

    /// Gives a bucket a number.
    ///
    /// # Panics
    /// There is no such bucket.
    pub fn set(&mut self, at: usize, value: f64) {
        self.values[at] = value;
        self.reasons.set(at, None);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The cell of a bucket.
    ///
    /// # Panics
    /// There is no such bucket.
    #[must_use]
    pub fn at(&self, at: usize) -> Cell {
        Cell {
            value: self.value(at),
            sample: self.samples.get(at).checked_sub(1),
            absent: Absent {
                numerator: self.numerators.get(at),
                denominator: self.denominators.get(at),
            },
        }
    }

    /// The number of a bucket, or why there is none.
    ///
    /// # Errors
    /// There is a reason instead.
    ///
    /// # Panics
    /// There is no such bucket.
    pub fn value(&self, at: usize) -> Result<f64, Reason> {
        let value = self.values[at];
        self.reasons.get(at).map_or(Ok(value), Err)
    }

    /// All of them, from the first bucket to the last.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Cell> + ExactSizeIterator {
        self.from(0)
    }

    /// Those from a bucket on.
    pub fn from(&self, first: usize) -> impl DoubleEndedIterator<Item = Cell> + ExactSizeIterator {
        (first.min(self.len())..self.len()).map(|at| self.at(at))
    }

    /// The first one, if there is any.
    #[must_use]
    pub fn first(&self) -> Option<Cell> {
        self.iter().next()
    }

    /// The last one, if there is any.
    #[must_use]
    pub fn last(&self) -> Option<Cell> {
        self.iter().next_back()
    }

    /// Leaves out those before a bucket.
    pub fn drop_before(&mut self, first: usize) {
        self.values.drain(..first.min(self.values.len()));
        self.reasons.drop_before(first);
        self.samples.drop_before(first);
        self.numerators.drop_before(first);
        self.denominators.drop_before(first);
    }
}

impl Serialize for Cells {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Counts by position. Those past the end are 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    /// [`u32::MAX`]: see `large`.
    small: Vec<u32>,
    large: BTreeMap<usize, u64>,
}

impl Counts {
    /// Sets one. What was set does not become 0 again.
    pub(crate) fn set(&mut self, at: usize, count: u64) {
        if count == 0 {
            return;
        }
        let small = u32::try_from(count).ok().filter(|n| *n < u32::MAX);
        if small.is_none() {
            self.large.insert(at, count);
        }
        put(&mut self.small, at, small.unwrap_or(u32::MAX));
    }

    pub(crate) fn get(&self, at: usize) -> u64 {
        match self.small.get(at) {
            Some(&u32::MAX) => self.large[&at],
            Some(count) => u64::from(*count),
            None => 0,
        }
    }

    fn drop_before(&mut self, first: usize) {
        drop_before(&mut self.small, &mut self.large, first);
    }

    /// About: in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.small.capacity() * size_of::<u32>() + self.large.len() * size_of::<(usize, u64)>()
    }
}

/// Reasons by position. Where there is none, and past the end, is a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reasons {
    /// 0: a number; [`OTHER`]: see `others`.
    codes: Vec<u8>,
    others: BTreeMap<usize, Reason>,
}

const OTHER: u8 = u8::MAX;

impl Reasons {
    pub(crate) fn set(&mut self, at: usize, reason: Option<&Reason>) {
        let code = match reason {
            None if at >= self.codes.len() => return,
            None => 0,
            Some(Reason::NoData) => 1,
            Some(Reason::ZeroDenominator) => 2,
            Some(Reason::TooFew) => 3,
            Some(Reason::ShortHistory) => 4,
            Some(Reason::Immature) => 5,
            Some(Reason::NotReached) => 6,
            Some(other @ Reason::Unavailable { .. }) => {
                self.others.insert(at, other.clone());
                OTHER
            }
        };
        put(&mut self.codes, at, code);
        if code == 0 {
            self.others.remove(&at);
            let kept = self.codes.iter().rposition(|code| *code != 0).map_or(0, |last| last + 1);
            self.codes.truncate(kept);
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<Reason> {
        match *self.codes.get(at)? {
            1 => Some(Reason::NoData),
            2 => Some(Reason::ZeroDenominator),
            3 => Some(Reason::TooFew),
            4 => Some(Reason::ShortHistory),
            5 => Some(Reason::Immature),
            6 => Some(Reason::NotReached),
            OTHER => self.others.get(&at).cloned(),
            _ => None,
        }
    }

    fn drop_before(&mut self, first: usize) {
        drop_before(&mut self.codes, &mut self.others, first);
    }
}

/// Sets a position of a list that has zeros where it was not set.
fn put<T: Clone + Default>(list: &mut Vec<T>, at: usize, value: T) {
    if at >= list.len() {
        list.resize(at + 1, T::default());
    }
    list[at] = value;
}

/// Moves everything to the front by so many positions.
fn drop_before<T, V>(list: &mut Vec<T>, apart: &mut BTreeMap<usize, V>, first: usize) {
    list.drain(..first.min(list.len()));
    *apart = apart.split_off(&first).into_iter().map(|(at, value)| (at - first, value)).collect();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reason() -> impl Strategy<Value = Reason> {
        prop_oneof![
            Just(Reason::NoData),
            Just(Reason::ZeroDenominator),
            Just(Reason::TooFew),
            Just(Reason::ShortHistory),
            Just(Reason::Immature),
            Just(Reason::NotReached),
            Just(Reason::Unavailable { dataset: "touches".to_owned() }),
        ]
    }

    fn count() -> impl Strategy<Value = u64> {
        let edge = u64::from(u32::MAX);
        prop_oneof![Just(0), 0..9_u64, Just(edge - 2), Just(edge - 1), Just(edge), edge..edge * 4]
    }

    fn cell() -> impl Strategy<Value = Cell> {
        let value = prop_oneof![(-9.0..9.0_f64).prop_map(Ok), reason().prop_map(Err)];
        (value, proptest::option::of(count()), count(), count()).prop_map(
            |(value, sample, numerator, denominator)| Cell {
                value,
                sample,
                absent: Absent { numerator, denominator },
            },
        )
    }

    fn columns(cells: &[Cell]) -> Cells {
        let mut columns = Cells::with_capacity(cells.len());
        cells.iter().for_each(|cell| columns.push(cell));
        columns
    }

    proptest! {
        #[test]
        fn columns_hold_the_cells(cells in proptest::collection::vec(cell(), 0..12)) {
            let columns = columns(&cells);
            prop_assert_eq!(columns.len(), cells.len());
            prop_assert_eq!(columns.iter().collect::<Vec<_>>(), cells);
        }

        #[test]
        fn what_is_left_is_as_if_it_were_all(
            cells in proptest::collection::vec(cell(), 0..12),
            first in 0..14_usize,
        ) {
            let mut left = columns(&cells);
            left.drop_before(first);
            prop_assert_eq!(left, columns(&cells[first.min(cells.len())..]));
        }

        #[test]
        fn a_number_takes_the_place_of_a_reason(
            mut cells in proptest::collection::vec(cell(), 1..12),
            at in 0..12_usize,
        ) {
            let at = at % cells.len();
            let mut changed = columns(&cells);
            changed.set(at, 2.5);
            cells[at].value = Ok(2.5);
            prop_assert_eq!(changed, columns(&cells));
        }
    }
}
