//! Members and other keys as dense numbers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use arrow::row::{RowConverter, SortField};
use datafusion::common::Result;
use foldhash::fast::FixedState;

use super::intern::{Interner, NONE, number_of};

/// Keys below this have a place of their own in a table, rather than a hash.
const DIRECT: usize = 1 << 24;
/// So many neighbors in the table are learned with a key.
const BLOCK: usize = 1 << 10;

/// The numbers of one key, shared by all that count it. Append-only: a key keeps its number.
#[derive(Debug, Default)]
pub(crate) struct KeySpace(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// How many integers there are.
    integers: usize,
    direct: Vec<u32>,
    far: HashMap<i64, u32, FixedState>,
    /// Other keys as comparable bytes; text as it is.
    bytes: Interner<Vec<u8>>,
}

impl Known {
    fn integer(&mut self, key: i64) -> u32 {
        let next = number_of(self.integers);
        let n = match direct_place(key) {
            Some(place) => {
                widen(&mut self.direct, place);
                let n = &mut self.direct[place];
                if *n == NONE {
                    *n = next;
                }
                *n
            }
            None => *self.far.entry(key).or_insert(next),
        };
        self.integers += usize::from(n == next);
        n
    }
}

/// Where a table has the number of a key.
fn direct_place(key: i64) -> Option<usize> {
    usize::try_from(key).ok().filter(|place| *place < DIRECT)
}

/// Makes room for a place in a table, and for as many again: keys arrive one after the other.
fn widen(table: &mut Vec<u32>, place: usize) {
    if place >= table.len() {
        table.resize((place + 1).next_power_of_two().max(BLOCK), NONE);
    }
}

/// What one reader of a [`KeySpace`] remembers of it.
#[derive(Debug)]
pub(crate) struct KeyReader {
    space: Arc<KeySpace>,
    direct: Vec<u32>,
    far: HashMap<i64, u32, FixedState>,
    /// The dictionary that was read last, with the number of each of its values.
    dictionary: Option<(ArrayRef, Vec<u32>)>,
}

impl KeyReader {
    pub(crate) fn new(space: &Arc<KeySpace>) -> Self {
        let space = Arc::clone(space);
        Self { space, direct: Vec::new(), far: HashMap::default(), dictionary: None }
    }

    /// The number of each row's key; [`NONE`] where a part of it is null.
    pub(crate) fn numbers(&mut self, key: &[ArrayRef]) -> Result<Vec<u32>> {
        let [array] = key else { return self.rows(key) };
        match array.data_type() {
            DataType::Int64 => Ok(self.integers(array.as_primitive::<Int64Type>())),
            DataType::Dictionary(keys, _) if **keys == DataType::Int32 => {
                let array = array.as_dictionary::<Int32Type>();
                self.look_up(array.values())?;
                let known = self.dictionary.as_ref().map_or(&[][..], |(_, known)| known);
                let number = |code: Option<i32>| {
                    code.and_then(|code| known.get(usize::try_from(code).ok()?)).copied()
                };
                Ok(array.keys().iter().map(|code| number(code).unwrap_or(NONE)).collect())
            }
            DataType::Utf8 => {
                let mut known = self.space.0.lock().unwrap_or_else(PoisonError::into_inner);
                let texts = array.as_string::<i32>().iter();
                Ok(texts.map(|t| t.map_or(NONE, |t| known.bytes.number(t.as_bytes()))).collect())
            }
            _ => self.rows(key),
        }
    }

    fn integers(&mut self, keys: &Int64Array) -> Vec<u32> {
        let direct = |key: &i64| {
            let place = usize::try_from(*key).ok();
            place.and_then(|place| self.direct.get(place)).map_or(NONE, |n| *n)
        };
        let mut numbers: Vec<u32> = keys.values().iter().map(direct).collect();
        // Mostly all are in the table: others are seen to afterwards, so that the loop before it stays short.
        if keys.null_count() > 0 || numbers.contains(&NONE) {
            for (row, n) in numbers.iter_mut().enumerate() {
                if keys.is_null(row) {
                    *n = NONE;
                } else if *n == NONE {
                    *n = self.integer(keys.value(row));
                }
            }
        }
        numbers
    }

    /// The number of a key that was not in the table.
    fn integer(&mut self, key: i64) -> u32 {
        let Some(place) = direct_place(key) else {
            let far = || self.space.0.lock().unwrap_or_else(PoisonError::into_inner).integer(key);
            return *self.far.entry(key).or_insert_with(far);
        };
        if let Some(n) = self.direct.get(place).filter(|n| **n != NONE) {
            return *n;
        }
        let mut known = self.space.0.lock().unwrap_or_else(PoisonError::into_inner);
        let n = known.integer(key);
        widen(&mut self.direct, place);
        let start = place - place % BLOCK;
        let block = start..start + BLOCK;
        self.direct[block.clone()].copy_from_slice(&known.direct[block]);
        n
    }

    fn look_up(&mut self, values: &ArrayRef) -> Result<()> {
        if self.dictionary.as_ref().is_some_and(|(known, _)| Arc::ptr_eq(known, values)) {
            return Ok(());
        }
        let numbers = self.numbers(std::slice::from_ref(values))?;
        self.dictionary = Some((Arc::clone(values), numbers));
        Ok(())
    }

    fn rows(&self, key: &[ArrayRef]) -> Result<Vec<u32>> {
        let fields = key.iter().map(|a| SortField::new(a.data_type().clone())).collect();
        let converter = RowConverter::new(fields)?;
        let rows = converter.convert_columns(key)?;
        let mut known = self.space.0.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = |row: usize| key.iter().all(|array| array.is_valid(row));
        let number = |(row, bytes): (usize, arrow::row::Row<'_>)| {
            if whole(row) { known.bytes.number(bytes.as_ref()) } else { NONE }
        };
        Ok(rows.iter().enumerate().map(number).collect())
    }

    pub(super) fn bytes(&self) -> usize {
        self.direct.capacity() * 4 + self.far.capacity() * 16
    }
}
