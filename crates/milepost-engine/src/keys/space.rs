//! Members and other keys as dense numbers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Int64Array, NullArray, StringArray};
use arrow::compute::max;
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, exec_err};
use foldhash::fast::FixedState;
use roaring::RoaringBitmap;

use super::dictionary::LastDictionary;
use super::integers::{DIRECT, IntegerNumbers};
use super::texts::TextNumbers;
use crate::intern::{NONE, number_of};

/// Keys lie close together where there is one for so many integers.
const CLOSE: usize = 4;

/// The numbers of one key, shared by all that count it. Append-only: a key keeps its number.
///
/// Integers that lie close together are numbers as they are.
#[derive(Debug, Default)]
pub(crate) struct KeySpace(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Integers from 0 to below it are their own numbers.
    own: u32,
    /// How many others there are.
    others: u32,
    integers: IntegerNumbers,
    texts: TextNumbers,
    /// Keys of several parts, or of other types, as comparable bytes.
    composite: HashMap<Box<[u8]>, u32, FixedState>,
}

impl KeySpace {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes keys as numbers if they lie close together. Before any has a number.
    pub(crate) fn take_as_numbers(&self, keys: &Int64Array) {
        let end = max(keys).and_then(|last| u32::try_from(last).ok()?.checked_add(1));
        let room = keys.len().saturating_mul(CLOSE).min(DIRECT);
        self.known().own = end.filter(|end| *end as usize <= room).unwrap_or(0);
    }
}

/// Keys in their order, each once, with their numbers.
pub(crate) struct KeyList {
    pub(crate) keys: ArrayRef,
    pub(crate) numbers: Vec<u32>,
}

impl KeySpace {
    /// The keys of these numbers, of whatever type they are: integers, texts, or keys of several parts as bytes.
    ///
    /// # Errors
    /// They are of several types, which is a bug in milepost.
    pub(crate) fn list(&self, members: &RoaringBitmap) -> Result<KeyList> {
        let known = self.known();
        let own = members.iter().take_while(|number| *number < known.own);
        let own = own.map(|number| (i64::from(number), number));
        let integers = listed(own.chain(known.integers.all()), members);
        let texts = listed(known.texts.all(), members);
        let composite = known.composite.iter().map(|(key, number)| (&**key, *number));
        let composite = listed(composite, members);
        let numbers = [&integers.1, &texts.1, &composite.1].map(|list| list.is_empty());
        Ok(match numbers {
            [true, true, true] => {
                KeyList { keys: Arc::new(NullArray::new(0)), numbers: Vec::new() }
            }
            [false, true, true] => {
                KeyList { keys: Arc::new(Int64Array::from(integers.0)), numbers: integers.1 }
            }
            [true, false, true] => {
                let keys = StringArray::from_iter_values(texts.0);
                KeyList { keys: Arc::new(keys), numbers: texts.1 }
            }
            [true, true, false] => {
                let keys = BinaryArray::from_iter_values(composite.0);
                KeyList { keys: Arc::new(keys), numbers: composite.1 }
            }
            _ => return exec_err!("keys of several types"),
        })
    }

    /// The numbers of listed keys.
    pub(crate) fn numbers(&self, keys: &ArrayRef) -> Result<Vec<u32>> {
        let mut known = self.known();
        Ok(match keys.data_type() {
            DataType::Null => Vec::new(),
            DataType::Int64 => {
                let keys = keys.as_primitive::<Int64Type>().values();
                keys.iter().map(|key| known.integer(*key)).collect()
            }
            DataType::Utf8 => {
                let keys = keys.as_string::<i32>();
                (0..keys.len()).map(|row| known.text(keys.value(row))).collect()
            }
            DataType::Binary => {
                let keys = keys.as_binary::<i32>();
                (0..keys.len()).map(|row| known.composite(keys.value(row))).collect()
            }
            other => return exec_err!("keys as {other}"),
        })
    }
}

/// Those that are members, in their order.
fn listed<K: Ord>(
    all: impl Iterator<Item = (K, u32)>,
    members: &RoaringBitmap,
) -> (Vec<K>, Vec<u32>) {
    let mut list: Vec<(K, u32)> = all.filter(|(_, number)| members.contains(*number)).collect();
    list.sort_unstable();
    list.into_iter().unzip()
}

impl Known {
    fn integer(&mut self, key: i64) -> u32 {
        let Self { own, others, integers, .. } = self;
        own_number(key, *own).unwrap_or_else(|| integers.number(key, || next(*own, others)))
    }

    fn text(&mut self, key: &str) -> u32 {
        let Self { own, others, texts, .. } = self;
        texts.number(key, || next(*own, others))
    }

    fn composite(&mut self, key: &[u8]) -> u32 {
        if let Some(number) = self.composite.get(key) {
            return *number;
        }
        let number = next(self.own, &mut self.others);
        self.composite.insert(key.into(), number);
        number
    }
}

/// One more number.
fn next(own: u32, others: &mut u32) -> u32 {
    let number = number_of(own as usize + *others as usize);
    *others += 1;
    number
}

#[inline]
fn own_number(key: i64, own: u32) -> Option<u32> {
    u32::try_from(key).ok().filter(|key| *key < own)
}

/// What one reader of a [`KeySpace`] remembers of it.
#[derive(Debug)]
pub(crate) struct KeyReader {
    space: Arc<KeySpace>,
    own: u32,
    integers: IntegerNumbers,
    texts: TextNumbers,
    dictionary: LastDictionary,
}

impl KeyReader {
    pub(crate) fn new(space: &Arc<KeySpace>) -> Self {
        Self {
            space: Arc::clone(space),
            own: space.known().own,
            integers: IntegerNumbers::default(),
            texts: TextNumbers::default(),
            dictionary: LastDictionary::default(),
        }
    }

    /// The number of each row's key; [`NONE`] where a part of it is null.
    pub(crate) fn numbers(&mut self, key: &[ArrayRef]) -> Result<Vec<u32>> {
        let [array] = key else { return self.rows(key) };
        match array.data_type() {
            DataType::Int64 => Ok(self.integers(array.as_primitive::<Int64Type>())),
            DataType::Dictionary(keys, _) if **keys == DataType::Int32 => {
                let array = array.as_dictionary::<Int32Type>();
                self.look_up(array.values())?;
                Ok(self.dictionary.by_code(array.keys(), NONE))
            }
            DataType::Utf8 => {
                let (texts, space) = (&mut self.texts, &self.space);
                let new = |text: &str| space.known().text(text);
                Ok(texts.numbers(array.as_string::<i32>(), new))
            }
            _ => self.rows(key),
        }
    }

    fn integers(&mut self, keys: &Int64Array) -> Vec<u32> {
        let near = |key: i64| self.integers.near(key);
        let number = |key: &i64| own_number(*key, self.own).unwrap_or_else(|| near(*key));
        let mut numbers: Vec<u32> = keys.values().iter().map(number).collect();
        if let Some(nulls) = keys.nulls().filter(|nulls| nulls.null_count() > 0) {
            let rows = numbers.iter_mut().zip(nulls);
            rows.filter(|(_, there)| !there).for_each(|(n, _)| *n = NONE);
        }
        // Keys that are new or far are seen to afterwards, so that the loop over all stays short.
        if numbers.contains(&NONE) {
            for (row, n) in numbers.iter_mut().enumerate() {
                if *n == NONE && keys.is_valid(row) {
                    *n = self.integer(keys.value(row));
                }
            }
        }
        numbers
    }

    /// The number of a key that was not in the table.
    fn integer(&mut self, key: i64) -> u32 {
        if let Some(number) = self.integers.get(key) {
            return number;
        }
        let mut known = self.space.known();
        let number = known.integer(key);
        self.integers.learn(key, &known.integers);
        number
    }

    fn look_up(&mut self, values: &ArrayRef) -> Result<()> {
        if self.dictionary.is(values) {
            return Ok(());
        }
        let numbers = self.numbers(std::slice::from_ref(values))?;
        self.dictionary.set(values, numbers);
        Ok(())
    }

    fn rows(&self, key: &[ArrayRef]) -> Result<Vec<u32>> {
        let fields = key.iter().map(|a| SortField::new(a.data_type().clone())).collect();
        let converter = RowConverter::new(fields)?;
        let rows = converter.convert_columns(key)?;
        let mut known = self.space.known();
        let whole = |row: usize| key.iter().all(|array| array.is_valid(row));
        let number = |(row, bytes): (usize, arrow::row::Row<'_>)| {
            if whole(row) { known.composite(bytes.as_ref()) } else { NONE }
        };
        Ok(rows.iter().enumerate().map(number).collect())
    }

    pub(crate) fn bytes(&self) -> usize {
        self.integers.bytes() + self.texts.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(reader: &mut KeyReader, keys: &[Option<i64>]) -> Vec<u32> {
        reader.numbers(&[Arc::new(Int64Array::from(keys.to_vec()))]).unwrap()
    }

    #[test]
    fn keys_that_lie_close_together_are_their_own_numbers() {
        let space = Arc::new(KeySpace::default());
        space.take_as_numbers(&Int64Array::from(vec![3, 1, 7]));
        let keys = [Some(7), None, Some(2), Some(8), Some(-1), Some(1 << 40), Some(2000), Some(8)];
        let expected = [7, NONE, 2, 8, 9, 10, 11, 8];
        assert_eq!(numbers(&mut KeyReader::new(&space), &keys), expected);
        // Another reader, in another order.
        let mut other = KeyReader::new(&space);
        assert_eq!(numbers(&mut other, &[Some(2000), Some(-1), Some(0)]), [11, 9, 0]);
        assert_eq!(numbers(&mut other, &keys), expected);
    }

    #[test]
    fn keys_that_lie_far_apart_are_counted() {
        let space = Arc::new(KeySpace::default());
        space.take_as_numbers(&Int64Array::from(vec![3, 1, 100]));
        let keys = [Some(100), Some(3), Some(100), None, Some(1)];
        assert_eq!(numbers(&mut KeyReader::new(&space), &keys), [0, 1, 0, NONE, 2]);
    }
}
