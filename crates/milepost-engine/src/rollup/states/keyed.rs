//! Sets of keys, and lists of values: for distinct counts, percentiles and deviations.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Float64Array, ListArray, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Fields, Float64Type};
use datafusion::common::{Result, exec_datafusion_err, exec_err};
use roaring::RoaringBitmap;

use super::cells::{head_fields, narrowed};
use super::chain::Chain;
use super::classes::Bits;
use super::intern::{Interner, NONE};
use super::keys::KeyReader;
use super::program::KeyedInput;
use crate::functions::list_type;

/// Keys that wait to be put into a cell's set together.
const PENDING: usize = 1 << 13;

/// The fields of a list of keyed cells.
pub(super) fn keyed_fields(keyed: &KeyedInput) -> Fields {
    let mut list = head_fields(&keyed.dims);
    let ty = if keyed.space.is_some() { DataType::Binary } else { list_type() };
    list.push(Field::new("kept", ty, false));
    list.into()
}

/// The cells of one key or value.
#[derive(Debug)]
pub(super) struct KeyedCells {
    pub(super) chain: Chain,
    /// What the filters of this key see of a row's mask.
    pub(super) masks: Interner<Bits>,
    /// By mask of the rows: the number of what is seen of it; [`NONE`] if it passes none.
    seen: Vec<u32>,
    keys: Option<KeyReader>,
    sets: Vec<Set>,
    values: Vec<Vec<f64>>,
    /// How many keys and values were taken in.
    taken: usize,
}

/// A set that is put together in portions.
#[derive(Debug, Default)]
struct Set {
    pending: Vec<u32>,
    set: RoaringBitmap,
}

impl Set {
    fn settle(&mut self) -> Result<()> {
        self.pending.sort_unstable();
        self.pending.dedup();
        let new = RoaringBitmap::from_sorted_iter(self.pending.drain(..))
            .map_err(|e| exec_datafusion_err!("keys out of order: {e}"))?;
        if self.set.is_empty() {
            self.set = new;
        } else {
            self.set |= new;
        }
        Ok(())
    }
}

impl KeyedCells {
    pub(super) fn new(keyed: &KeyedInput) -> Self {
        Self {
            chain: Chain::default(),
            masks: Interner::default(),
            seen: Vec::new(),
            keys: keyed.space.as_ref().map(KeyReader::new),
            sets: Vec::new(),
            values: Vec::new(),
            taken: 0,
        }
    }

    /// Takes rows in. `parts`: mask, dimensions and place of each; `masks`: what the masks stand for.
    pub(super) fn update(
        &mut self,
        keyed: &KeyedInput,
        inputs: &[ArrayRef],
        parts: &[Vec<u32>],
        masks: &Interner<Bits>,
    ) -> Result<()> {
        for mask in &masks.values[self.seen.len()..] {
            let seen = narrowed(mask, &keyed.filters);
            self.seen.push(seen.map_or(NONE, |seen| self.masks.number(&seen)));
        }
        let mut own: Vec<Vec<u32>> =
            vec![parts[0].iter().map(|m| self.seen[*m as usize]).collect()];
        own.extend(keyed.dims.iter().map(|d| parts[1 + d].clone()));
        own.extend(parts.last().cloned());
        let mut cells = Vec::new();
        self.chain.fold(parts[0].len(), &own, &mut cells);
        self.taken += cells.iter().filter(|cell| **cell != NONE).count();
        let arrays: Vec<ArrayRef> = keyed.inputs.iter().map(|i| Arc::clone(&inputs[*i])).collect();
        if let Some(keys) = &mut self.keys {
            let numbers = keys.numbers(&arrays)?;
            self.sets.resize_with(self.chain.len(), Set::default);
            for (cell, key) in cells.iter().zip(numbers) {
                if *cell != NONE && key != NONE {
                    let set = &mut self.sets[*cell as usize];
                    set.pending.push(key);
                    if set.pending.len() >= PENDING {
                        set.settle()?;
                    }
                }
            }
            return Ok(());
        }
        self.values.resize_with(self.chain.len(), Vec::new);
        for (cell, value) in cells.iter().zip(arrays[0].as_primitive::<Float64Type>()) {
            if let (true, Some(value)) = (*cell != NONE, value) {
                self.values[*cell as usize].push(value);
            }
        }
        Ok(())
    }

    pub(super) fn absorb(&mut self, parts: &[Vec<u32>], list: &StructArray) -> Result<()> {
        let mut cells = Vec::new();
        self.chain.fold(list.len(), parts, &mut cells);
        let kept = list.column(list.num_columns() - 1);
        if self.keys.is_some() {
            self.sets.resize_with(self.chain.len(), Set::default);
            for (cell, bytes) in cells.iter().zip(kept.as_binary::<i32>().iter()) {
                let set = &mut self.sets[*cell as usize].set;
                *set |= set_of(bytes.unwrap_or_default())?;
            }
            return Ok(());
        }
        self.values.resize_with(self.chain.len(), Vec::new);
        for (cell, values) in cells.iter().zip(kept.as_list::<i32>().iter()) {
            if let Some(values) = values {
                let values = values.as_primitive::<Float64Type>().values();
                self.values[*cell as usize].extend_from_slice(values);
            }
        }
        Ok(())
    }

    /// Nothing is pending after it.
    pub(super) fn settle(&mut self) -> Result<()> {
        self.sets.iter_mut().try_for_each(Set::settle)?;
        for values in &mut self.values {
            values.sort_unstable_by(f64::total_cmp);
        }
        Ok(())
    }

    /// What the cells keep.
    pub(super) fn array(&self, fields: &Fields) -> Result<ArrayRef> {
        let n = self.chain.len();
        match fields[fields.len() - 1].data_type() {
            DataType::Binary => {
                let empty = Set::default();
                let mut texts = Vec::with_capacity(n);
                for i in 0..n {
                    let set = &self.sets.get(i).unwrap_or(&empty).set;
                    let mut bytes = Vec::with_capacity(set.serialized_size());
                    set.serialize_into(&mut bytes)?;
                    texts.push(bytes);
                }
                Ok(Arc::new(BinaryArray::from_iter_values(texts)))
            }
            DataType::List(item) => {
                let list = |i: usize| self.values.get(i).map_or(&[][..], Vec::as_slice);
                let offsets = OffsetBuffer::from_lengths((0..n).map(|i| list(i).len()));
                let values: Float64Array =
                    (0..n).flat_map(list).copied().collect::<Vec<f64>>().into();
                let item = Arc::clone(item);
                Ok(Arc::new(ListArray::try_new(item, offsets, Arc::new(values), None)?))
            }
            other => exec_err!("keys as {other}"),
        }
    }

    /// About: of the memory limit, asked after every batch. A key takes two bytes in most sets.
    pub(super) fn bytes(&self) -> usize {
        let each = if self.keys.is_some() { 2 } else { 8 };
        let keys = self.keys.as_ref().map_or(0, KeyReader::bytes);
        self.chain.bytes() + self.sets.len() * size_of::<Set>() + self.taken * each + keys
    }
}

/// A set from its bytes.
pub(crate) fn set_of(bytes: &[u8]) -> Result<RoaringBitmap> {
    // The bytes are our own.
    RoaringBitmap::deserialize_unchecked_from(bytes)
        .map_err(|e| exec_datafusion_err!("a set of keys can't be read: {e}"))
}
