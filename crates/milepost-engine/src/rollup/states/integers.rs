//! Numbers of integers that are looked up row by row.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::intern::NONE;

/// Keys below this have a place of their own in a table, rather than a hash.
pub(super) const DIRECT: usize = 1 << 24;
/// So many neighbors in the table are learned with a key.
const BLOCK: usize = 1 << 10;

/// What each integer is numbered.
#[derive(Debug, Default)]
pub(crate) struct IntegerNumbers {
    /// By integer; [`NONE`] where one has no number.
    direct: Vec<u32>,
    far: HashMap<i64, u32, FixedState>,
}

impl IntegerNumbers {
    pub(crate) fn get(&self, key: i64) -> Option<u32> {
        match place(key) {
            Some(_) => Some(self.near(key)).filter(|number| *number != NONE),
            None => self.far.get(&key).copied(),
        }
    }

    /// The number of an integer that has a place of its own; [`NONE`] for others.
    #[inline]
    pub(super) fn near(&self, key: i64) -> u32 {
        place(key).and_then(|place| self.direct.get(place)).map_or(NONE, |number| *number)
    }

    /// The number of an integer; what is given for one that is new.
    pub(crate) fn number(&mut self, key: i64, new: impl FnOnce() -> u32) -> u32 {
        let Some(place) = place(key) else { return *self.far.entry(key).or_insert_with(new) };
        self.widen(place);
        let number = &mut self.direct[place];
        if *number == NONE {
            *number = new();
        }
        *number
    }

    /// Takes over what others know of an integer that they have, and of its neighbors.
    pub(super) fn learn(&mut self, key: i64, others: &Self) {
        let Some(place) = place(key) else {
            self.far.extend(others.far.get_key_value(&key));
            return;
        };
        self.widen(place);
        let start = place - place % BLOCK;
        let block = start..start + BLOCK;
        self.direct[block.clone()].copy_from_slice(&others.direct[block]);
    }

    /// Makes room for a place, and for as many again: keys arrive one after the other.
    fn widen(&mut self, place: usize) {
        if place >= self.direct.len() {
            self.direct.resize((place + 1).next_power_of_two().max(BLOCK), NONE);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.direct.capacity() * 4 + self.far.capacity() * 16
    }
}

/// Where a table has the number of a key.
#[inline]
fn place(key: i64) -> Option<usize> {
    usize::try_from(key).ok().filter(|place| *place < DIRECT)
}
