//! Numbers for pairs of numbers.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::{NONE, number_of};

/// Entries of a dense table of pairs; beyond it pairs are hashed.
const DENSE: usize = 1 << 20;

/// Numbers for pairs of numbers: a table while they are small, a hash beyond.
#[derive(Debug, Default)]
pub struct Pairs {
    dense: Vec<u32>,
    /// The second number takes so many bits of a place in the table.
    bits: u32,
    /// One more than the largest first number.
    rows: usize,
    sparse: HashMap<u64, u32, FixedState>,
    is_sparse: bool,
    /// The pairs, by number.
    pub values: Vec<(u32, u32)>,
}

impl Pairs {
    /// The number of a pair; a new one for a new pair.
    #[inline]
    pub fn number(&mut self, a: u32, b: u32) -> u32 {
        match self.known(a, b) {
            NONE => self.insert(a, b),
            n => n,
        }
    }

    /// The number of each first number, which it replaces, with each second; [`NONE`] where one of both is.
    pub fn join(&mut self, a: &mut [u32], b: &[u32]) {
        for (a, b) in a.iter_mut().zip(b) {
            *a = match self.known(*a, *b) {
                NONE if *a == NONE || *b == NONE => NONE,
                NONE => self.insert(*a, *b),
                n => n,
            };
        }
    }

    /// The number of a pair that the table has.
    #[inline]
    fn known(&self, a: u32, b: u32) -> u32 {
        if b >> self.bits != 0 {
            return NONE;
        }
        let place = ((a as usize) << self.bits) | b as usize;
        self.dense.get(place).map_or(NONE, |n| *n)
    }

    /// A pair that the table has no place for, or does not know yet.
    #[cold]
    fn insert(&mut self, a: u32, b: u32) -> u32 {
        if !self.is_sparse {
            let bits = self.bits.max(32 - b.leading_zeros());
            let rows = self.rows.max(a as usize + 1);
            if bits >= 32 || rows.saturating_mul(1 << bits) > DENSE {
                self.hash_all();
            } else {
                self.widen(bits, rows);
                self.rows = rows;
            }
        }
        let next = number_of(self.values.len());
        if self.is_sparse {
            let n = *self.sparse.entry(joined(a, b)).or_insert(next);
            if n == next {
                self.values.push((a, b));
            }
            return n;
        }
        self.dense[((a as usize) << self.bits) | b as usize] = next;
        self.values.push((a, b));
        next
    }

    fn hash_all(&mut self) {
        self.is_sparse = true;
        self.dense = Vec::new();
        self.sparse = self.values.iter().zip(0..).map(|((a, b), n)| (joined(*a, *b), n)).collect();
    }

    fn widen(&mut self, bits: u32, rows: usize) {
        let size = rows << bits;
        if bits != self.bits {
            self.bits = bits;
            self.dense = vec![NONE; size];
            for ((a, b), n) in self.values.iter().zip(0..) {
                self.dense[((*a as usize) << bits) | *b as usize] = n;
            }
        } else if self.dense.len() < size {
            // Room for as many again: numbers arrive one after the other.
            self.dense.resize((size * 2).min(DENSE), NONE);
        }
    }

    /// About: in memory.
    pub fn bytes(&self) -> usize {
        self.dense.capacity() * 4 + self.values.capacity() * 8 + self.sparse.capacity() * 13
    }
}

fn joined(a: u32, b: u32) -> u64 {
    (u64::from(a) << 32) | u64::from(b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pairs_are_told_apart(pairs in proptest::collection::vec((0u32..3000, 0u32..3000), 0..400), far in any::<bool>()) {
            let mut table = Pairs::default();
            let mut plain: Vec<(u32, u32)> = Vec::new();
            for (a, b) in pairs {
                let a = if far { a << 20 } else { a };
                let expected = plain.iter().position(|p| *p == (a, b)).unwrap_or_else(|| {
                    plain.push((a, b));
                    plain.len() - 1
                });
                prop_assert_eq!(table.number(a, b) as usize, expected);
            }
            prop_assert_eq!(table.values, plain);
        }
    }
}
