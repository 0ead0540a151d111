//! Sums of values and of their squares, by cell.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type, UInt64Type};
use datafusion::common::{Result, exec_err};

use super::column::{States, ordered, slot};
use crate::functions::PowerSums;
use crate::intern::NONE;
use crate::merge::StateColumn;

/// The type of a column of such sums: each is a list of numbers.
fn powers_type() -> DataType {
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

impl States for Powers {
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

    fn merge(&mut self, cells: &[u32], other: Self) -> Result<()> {
        // Columns of no value have no digits.
        self.scale = self.scale.max(other.scale);
        for (cell, sums) in cells.iter().zip(&other.sums) {
            slot(&mut self.sums, *cell).merge(sums);
        }
        Ok(())
    }

    fn finish(self, order: &[u32]) -> StateColumn {
        StateColumn::Powers { sums: ordered(&self.sums, order), scale: self.scale }
    }

    fn write(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let mut words = Vec::new();
        let mut lengths = Vec::with_capacity(order.len());
        for sums in ordered(&self.sums, order) {
            let start = words.len();
            words.push(u64::from(self.scale));
            sums.write(&mut words);
            lengths.push(words.len() - start);
        }
        let DataType::List(item) = powers_type() else { return exec_err!("sums without a list") };
        let words = Arc::new(UInt64Array::from(words));
        let offsets = OffsetBuffer::from_lengths(lengths);
        Ok(vec![Arc::new(ListArray::try_new(item, offsets, words, None)?)])
    }

    fn read(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()> {
        let lists = arrays[0].as_list::<i32>();
        for (row, cell) in cells.iter().enumerate() {
            let list = lists.value(row);
            let words = list.as_primitive::<UInt64Type>().values();
            let read = words.split_first().and_then(|(scale, rest)| {
                Some((u32::try_from(*scale).ok()?, PowerSums::read(rest)?))
            });
            let Some((scale, sums)) = read else {
                return exec_err!("sums of squares as other words");
            };
            self.scale = self.scale.max(scale);
            slot(&mut self.sums, *cell).merge(&sums);
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.sums.capacity() * (size_of::<PowerSums>() + 64)
    }
}
