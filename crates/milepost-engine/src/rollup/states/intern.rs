//! Small numbers for values, in the order in which they are met. Nothing outside a run depends on them.

use std::borrow::{Borrow, Cow};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use foldhash::fast::FixedState;

use crate::results::SliceValue;

/// No number.
pub(crate) const NONE: u32 = u32::MAX;

/// Entries of a dense table of pairs; beyond it pairs are hashed.
const DENSE: usize = 1 << 20;

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

impl Interner<String> {
    /// The numbers of slice values that stand row by row, by their codes.
    pub(super) fn slices(&mut self, array: &ArrayRef) -> Result<Vec<u32>> {
        let text = cast(array, &DataType::Utf8)?;
        Ok(text.as_string::<i32>().iter().map(|t| self.number(&*slice_code(t))).collect())
    }
}

/// The dictionary that was read last, with a number for each of its values: batch after batch has the same.
#[derive(Debug, Default)]
pub(super) struct LastDictionary {
    values: Option<ArrayRef>,
    numbers: Vec<u32>,
}

impl LastDictionary {
    pub(super) fn is(&self, values: &ArrayRef) -> bool {
        self.values.as_ref().is_some_and(|known| Arc::ptr_eq(known, values))
    }

    pub(super) fn set(&mut self, values: &ArrayRef, numbers: Vec<u32>) {
        self.values = Some(Arc::clone(values));
        self.numbers = numbers;
    }

    /// The number of each row by its code there; `null` where a row has none.
    #[expect(clippy::cast_sign_loss, reason = "the code of a value is not negative")]
    pub(super) fn by_code(&self, codes: &Int32Array, null: u32) -> Vec<u32> {
        let number = |code: i32| self.numbers[code as usize];
        if codes.null_count() == 0 {
            return codes.values().iter().map(|code| number(*code)).collect();
        }
        codes.iter().map(|code| code.map_or(null, number)).collect()
    }
}

/// What the code of null is, and what codes of texts begin with that would be taken for it.
const NULL: char = '\0';

/// The value of a slice as one text, such that null is no text's code: nearly every text is its own.
fn slice_code(value: Option<&str>) -> Cow<'_, str> {
    match value {
        None => Cow::Owned(NULL.to_string()),
        Some(text) if text.starts_with(NULL) => Cow::Owned(format!("{NULL}{text}")),
        Some(text) => Cow::Borrowed(text),
    }
}

/// The value that a code stands for.
pub(crate) fn slice_value(code: &str) -> SliceValue {
    match code.strip_prefix(NULL) {
        None => SliceValue::Known(code.to_owned()),
        Some("") => SliceValue::Unknown,
        Some(text) => SliceValue::Known(text.to_owned()),
    }
}

/// Numbers for pairs of numbers: a table while they are small, a hash beyond.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    dense: Vec<u32>,
    /// The second number takes so many bits of a place in the table.
    bits: u32,
    /// One more than the largest first number.
    rows: usize,
    sparse: HashMap<u64, u32, FixedState>,
    is_sparse: bool,
    pub(crate) values: Vec<(u32, u32)>,
}

impl Pairs {
    pub(crate) fn number(&mut self, a: u32, b: u32) -> u32 {
        match self.known(a, b) {
            NONE => self.insert(a, b),
            n => n,
        }
    }

    /// The number of each first number, which it replaces, with each second; [`NONE`] where one of both is.
    pub(super) fn join(&mut self, a: &mut [u32], b: &[u32]) {
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

    pub(crate) fn bytes(&self) -> usize {
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

    #[test]
    fn no_text_has_the_code_of_null() {
        let values = [None, Some(""), Some("\0"), Some("\0\0"), Some("(unknown)"), Some("pro ")];
        let codes: std::collections::BTreeSet<_> = values.map(slice_code).into();
        assert_eq!(codes.len(), values.len());
        for value in values {
            assert_eq!(slice_value(&slice_code(value)).text(), value);
        }
    }

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
