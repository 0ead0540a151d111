//! Sums of values and of their squares, by cell.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, UInt64Type};
use datafusion::common::{Result, exec_err};

use super::column::{Column, slot};
use crate::functions::PowerSums;
use crate::keys::NONE;

/// The type of a column of such sums: each is a list of numbers.
pub(super) fn powers_type() -> DataType {
    DataType::new_list(DataType::UInt64, true)
}

/// The sums of each cell, of doubles or of whole numbers and decimals as they are.
#[derive(Debug, Default)]
pub(super) struct Powers {
    sums: Vec<PowerSums>,
    /// Of decimals: the digits after the point.
    scale: u32,
}

impl Powers {
    fn add<T>(
        &mut self,
        cells: &[u32],
        values: impl Iterator<Item = Option<T>>,
        add: impl Fn(&mut PowerSums, T),
    ) {
        for (cell, value) in cells.iter().zip(values) {
            if let (true, Some(value)) = (*cell != NONE, value) {
                add(slot(&mut self.sums, *cell), value);
            }
        }
    }
}

impl Column for Powers {
    fn update(&mut self, cells: &[u32], _: &[i64], values: &ArrayRef) -> Result<()> {
        match values.data_type() {
            DataType::Int64 => {
                let whole = values.as_primitive::<Int64Type>().iter();
                self.add(cells, whole, |sums, x| sums.add_whole(i128::from(x)));
            }
            DataType::Decimal128(_, scale) if let Ok(scale) = u32::try_from(*scale) => {
                self.scale = scale;
                let whole = values.as_primitive::<Decimal128Type>().iter();
                self.add(cells, whole, PowerSums::add_whole);
            }
            _ => {
                let values = cast(values, &DataType::Float64)?;
                self.add(cells, values.as_primitive::<Float64Type>().iter(), PowerSums::add);
            }
        }
        Ok(())
    }

    fn absorb(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()> {
        let (sums, scale) = read_powers(&arrays[0])?;
        if sums.len() != cells.len() {
            return exec_err!("sums of squares of other cells");
        }
        self.scale = self.scale.max(scale);
        for (cell, sums) in cells.iter().zip(&sums) {
            slot(&mut self.sums, *cell).merge(sums);
        }
        Ok(())
    }

    fn arrays(&self, n: usize) -> Result<Vec<ArrayRef>> {
        let none = PowerSums::default();
        let mut words = Vec::new();
        let mut lengths = Vec::with_capacity(n);
        for cell in 0..n {
            let start = words.len();
            words.push(u64::from(self.scale));
            self.sums.get(cell).unwrap_or(&none).write(&mut words);
            lengths.push(words.len() - start);
        }
        let DataType::List(item) = powers_type() else { return exec_err!("sums without a list") };
        let words = Arc::new(UInt64Array::from(words));
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(vec![Arc::new(ListArray::try_new(item, offsets, words, None)?)])
    }

    fn bytes(&self) -> usize {
        self.sums.capacity() * (size_of::<PowerSums>() + 64)
    }
}

/// The sums of a column, and the digits after the point of their values.
pub(crate) fn read_powers(array: &ArrayRef) -> Result<(Vec<PowerSums>, u32)> {
    let lists = array.as_list::<i32>();
    let mut scale = 0;
    let mut sums = Vec::with_capacity(lists.len());
    for cell in 0..lists.len() {
        let list = lists.value(cell);
        let words = list.as_primitive::<UInt64Type>().values();
        let read = words
            .split_first()
            .and_then(|(first, rest)| Some((u32::try_from(*first).ok()?, PowerSums::read(rest)?)));
        let Some((own, sum)) = read else { return exec_err!("sums of squares as other words") };
        // Columns of no value have no digits.
        scale = scale.max(own);
        sums.push(sum);
    }
    Ok((sums, scale))
}
