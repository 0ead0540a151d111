//! Small numbers for values, in the order in which they are met. Nothing outside a run depends on them.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array};
use foldhash::fast::FixedState;

/// No number.
pub(crate) const NONE: u32 = u32::MAX;

/// A count of things as a number.
///
/// # Panics
/// Memory holds fewer things than that: more would be a bug.
pub(crate) fn number_of(n: usize) -> u32 {
    let number = u32::try_from(n).ok().filter(|number| *number != NONE);
    number.expect("fewer than four thousand million things are numbered")
}

/// Numbers for values of one type.
#[derive(Debug)]
pub(crate) struct Interner<T> {
    numbers: HashMap<T, u32, FixedState>,
    pub(crate) values: Vec<T>,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { numbers: HashMap::default(), values: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The number of a value; a new one for a new value.
    pub(crate) fn number<Q>(&mut self, value: &Q) -> u32
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

/// The dictionary that was read last, with a number for each of its values: batch after batch has the same.
#[derive(Debug, Default)]
pub(crate) struct LastDictionary {
    values: Option<ArrayRef>,
    numbers: Vec<u32>,
}

impl LastDictionary {
    pub(crate) fn is(&self, values: &ArrayRef) -> bool {
        self.values.as_ref().is_some_and(|known| Arc::ptr_eq(known, values))
    }

    pub(crate) fn set(&mut self, values: &ArrayRef, numbers: Vec<u32>) {
        self.values = Some(Arc::clone(values));
        self.numbers = numbers;
    }

    /// The number of each row by its code there; `null` where a row has none.
    #[expect(clippy::cast_sign_loss, reason = "the code of a value is not negative")]
    pub(crate) fn by_code(&self, codes: &Int32Array, null: u32) -> Vec<u32> {
        let number = |code: i32| self.numbers[code as usize];
        if codes.null_count() == 0 {
            return codes.values().iter().map(|code| number(*code)).collect();
        }
        codes.iter().map(|code| code.map_or(null, number)).collect()
    }
}
