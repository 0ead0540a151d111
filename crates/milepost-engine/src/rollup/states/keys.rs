//! Members and other keys as dense numbers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int32Type, Int64Type};
use arrow::row::{RowConverter, SortField};
use datafusion::common::Result;
use foldhash::fast::FixedState;

use super::intern::{Interner, NONE, number_of};

/// Keys below this have a place of their own in a table, rather than a hash.
const DIRECT: usize = 1 << 24;

/// The numbers of one key, shared by all that count it. Append-only: a key keeps its number.
#[derive(Debug, Default)]
pub(crate) struct KeySpace(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    integers: HashMap<i64, u32, FixedState>,
    /// Other keys as comparable bytes; text as it is.
    bytes: Interner<Vec<u8>>,
}

impl Known {
    fn integer(&mut self, key: i64) -> u32 {
        let next = number_of(self.integers.len());
        *self.integers.entry(key).or_insert(next)
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
            DataType::Int64 => {
                let array = array.as_primitive::<Int64Type>();
                let number = |(row, value): (usize, &i64)| {
                    if array.is_null(row) { NONE } else { self.integer(*value) }
                };
                Ok(array.values().iter().enumerate().map(number).collect())
            }
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

    #[inline]
    fn integer(&mut self, key: i64) -> u32 {
        let place = usize::try_from(key).ok();
        if let Some(n) = place.and_then(|place| self.direct.get(place))
            && *n != NONE
        {
            return *n;
        }
        self.new_integer(key)
    }

    fn new_integer(&mut self, key: i64) -> u32 {
        if let Some(n) = self.far.get(&key) {
            return *n;
        }
        let n = self.space.0.lock().unwrap_or_else(PoisonError::into_inner).integer(key);
        match usize::try_from(key).ok().filter(|place| *place < DIRECT) {
            Some(place) => {
                if place >= self.direct.len() {
                    let len = (place + 1).next_power_of_two();
                    self.direct.resize(len, NONE);
                }
                self.direct[place] = n;
            }
            None => {
                self.far.insert(key, n);
            }
        }
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
