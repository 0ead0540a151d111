//! Small numbers for values, in the order in which they are met, and sets of them: what is grouped by is compared as
//! numbers. Nothing outside a run depends on them.

mod bits;
mod pairs;

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::FixedState;

pub use bits::{Bits, has, put};
pub use pairs::Pairs;

/// No number.
pub const NONE: u32 = u32::MAX;

/// A count of things as a number.
///
/// # Panics
/// Memory holds fewer things than that: more would be a bug.
pub fn number_of(n: usize) -> u32 {
    let number = u32::try_from(n).ok().filter(|number| *number != NONE);
    number.expect("fewer than four thousand million things are numbered")
}

/// Numbers for values of one type.
#[derive(Debug)]
pub struct Interner<T> {
    numbers: HashMap<T, u32, FixedState>,
    /// The values, by number.
    pub values: Vec<T>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { numbers: HashMap::default(), values: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The number of a value; a new one for a new value.
    pub fn number<Q>(&mut self, value: &Q) -> u32
    where
        T: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = T> + ?Sized,
    {
        if let Some(n) = self.numbers.get(value) {
            return *n;
        }
        let n = number_of(self.values.len());
        let owned = value.to_owned();
        self.values.push(owned.clone());
        self.numbers.insert(owned, n);
        n
    }
}
