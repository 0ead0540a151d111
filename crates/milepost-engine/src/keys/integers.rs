//! Numbers of integers that are looked up row by row.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::intern::NONE;

/// Keys below this may have a slot of their own in a table, rather than a hash.
pub(super) const DIRECT: usize = 1 << 24;
/// So many neighbors in the table are learned with a key; a table is a power of two of at least as many slots.
const BLOCK: usize = 1 << 10;
/// A table is made for keys of which at least one in so many slots is there. Others are hashed: a few keys that lie far
/// apart cost no more than a few that lie close together.
const SLOTS: usize = 8;

/// What each integer is numbered.
#[derive(Debug, Default)]
pub(crate) struct IntegerNumbers {
    /// By integer; [`NONE`] where one has no number.
    table: Vec<u32>,
    /// Integers beyond the table.
    hashed: HashMap<i64, u32, FixedState>,
    /// How many integers have a number.
    known: usize,
}

impl IntegerNumbers {
    pub(crate) fn get(&self, key: i64) -> Option<u32> {
        match self.slot(key) {
            Some(slot) => Some(self.table[slot]).filter(|number| *number != NONE),
            None => self.hashed.get(&key).copied(),
        }
    }

    /// The number of an integer that the table has; [`NONE`] for others.
    #[inline]
    pub(super) fn near(&self, key: i64) -> u32 {
        let number = usize::try_from(key).ok().and_then(|place| self.table.get(place));
        number.map_or(NONE, |number| *number)
    }

    /// The number of an integer; what is given for one that is new.
    pub(crate) fn number(&mut self, key: i64, new: impl FnOnce() -> u32) -> u32 {
        if let Some(number) = self.get(key) {
            return number;
        }
        let number = new();
        self.known += 1;
        if let Some(place) = place(key).filter(|place| *place < self.known * SLOTS) {
            self.widen(place);
        }
        match self.slot(key) {
            Some(slot) => self.table[slot] = number,
            None => {
                self.hashed.insert(key, number);
            }
        }
        number
    }

    /// Takes over what others know of an integer that they have, and of its neighbors.
    pub(super) fn learn(&mut self, key: i64, others: &Self) {
        let Some(slot) = others.slot(key) else {
            self.hashed.extend(others.hashed.get_key_value(&key));
            return;
        };
        self.widen(slot);
        let start = slot - slot % BLOCK;
        let block = start..start + BLOCK;
        self.table[block.clone()].copy_from_slice(&others.table[block]);
    }

    /// Every integer with its number, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (i64, u32)> {
        let near = (0..).zip(&self.table).filter(|(_, number)| **number != NONE);
        let far = self.hashed.iter().map(|(key, number)| (*key, *number));
        near.map(|(key, number)| (key, *number)).chain(far)
    }

    /// Where the table has the number of a key.
    fn slot(&self, key: i64) -> Option<usize> {
        usize::try_from(key).ok().filter(|place| *place < self.table.len())
    }

    /// Makes room for a place, and for as many again: keys arrive one after the other.
    fn widen(&mut self, place: usize) {
        let before = self.table.len();
        if place < before {
            return;
        }
        let slots = (place + 1).next_power_of_two().max(BLOCK);
        self.table.resize(slots, NONE);
        let table = &mut self.table;
        self.hashed.retain(|key, number| {
            let slot = usize::try_from(*key).ok().and_then(|place| table.get_mut(place));
            let is_near = slot.is_some();
            slot.into_iter().for_each(|slot| *slot = *number);
            !is_near
        });
    }

    pub(crate) fn bytes(&self) -> usize {
        self.table.capacity() * 4 + self.hashed.capacity() * 17
    }
}

/// Where a table may have the number of a key.
fn place(key: i64) -> Option<usize> {
    usize::try_from(key).ok().filter(|place| *place < DIRECT)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_that_lie_far_apart_take_no_table() {
        let mut numbers = IntegerNumbers::default();
        for (number, key) in [1, 16_777_215, 9_000_000, -4, i64::MAX].into_iter().enumerate() {
            assert_eq!(numbers.number(key, || number as u32), number as u32);
        }
        assert_eq!(numbers.table.len(), BLOCK);
        // One in a thousand, as many as there may be.
        for number in 0..16_000_u32 {
            numbers.number(i64::from(number) * 1_000 + 7, || number);
        }
        assert!(numbers.bytes() < 16_000 * 200, "{} bytes", numbers.bytes());
    }

    #[test]
    fn keys_in_no_order_have_a_table_in_the_end() {
        let n = 300_000_i64;
        let mut numbers = IntegerNumbers::default();
        for i in 0..n {
            numbers.number(i * 7_919 % n, || i as u32);
        }
        assert!(numbers.hashed.is_empty());
        assert!((0..n).all(|i| numbers.near(i * 7_919 % n) == i as u32));
    }

    fn key() -> impl Strategy<Value = i64> {
        let edge = DIRECT as i64;
        prop_oneof![-3_i64..40, 0_i64..5_000, edge - 3..edge + 3, any::<i64>()]
    }

    proptest! {
        #[test]
        fn an_integer_has_one_number(keys in prop::collection::vec(key(), 0..200), others in prop::collection::vec(key(), 0..40)) {
            let (mut numbers, mut reader) = (IntegerNumbers::default(), IntegerNumbers::default());
            let mut known: BTreeMap<i64, u32> = BTreeMap::new();
            for key in keys {
                let next = u32::try_from(known.len()).unwrap();
                prop_assert_eq!(numbers.get(key), known.get(&key).copied());
                let expected = *known.entry(key).or_insert(next);
                prop_assert_eq!(numbers.number(key, || next), expected);
                if next % 3 == 0 {
                    reader.learn(key, &numbers);
                    prop_assert_eq!(reader.get(key), Some(expected));
                }
            }
            let all: BTreeMap<i64, u32> = numbers.all().collect();
            prop_assert_eq!(&all, &known);
            prop_assert_eq!(numbers.all().count(), known.len());
            for key in others.iter().chain(known.keys()) {
                prop_assert_eq!(numbers.get(*key), known.get(key).copied());
                let near = numbers.near(*key);
                prop_assert!(near == NONE || Some(near) == known.get(key).copied());
                let learned = reader.get(*key);
                prop_assert!(learned.is_none() || learned == known.get(key).copied());
            }
        }
    }
}
