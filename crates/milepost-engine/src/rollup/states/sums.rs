//! Exact sums, by cell.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, ListArray, PrimitiveArray};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{ArrowNativeTypeOp, DataType, DecimalType, Float64Type, Int64Type, i256};
use datafusion::common::{Result, exec_err};

use super::column::{States, ordered, present, slot};
use crate::functions::{ExactPartials, list_type, overflow};
use crate::intern::NONE;
use crate::merge::StateColumn;
use crate::rollup::groups::plain;

/// Exact sums of integers and decimals.
#[derive(Debug)]
pub(super) struct DecimalSum<T: DecimalType> {
    values: Vec<Option<T::Native>>,
    scale: i8,
}

impl<T: DecimalType> DecimalSum<T> {
    pub(super) const fn new(scale: i8) -> Self {
        Self { values: Vec::new(), scale }
    }

    fn ty(&self) -> DataType {
        T::TYPE_CONSTRUCTOR(T::MAX_PRECISION, self.scale)
    }

    fn add(&mut self, cell: u32, value: T::Native) -> Result<()> {
        let sum = slot(&mut self.values, cell);
        let added = sum.unwrap_or(T::Native::ZERO).add_checked(value);
        *sum = Some(added.map_err(|_| overflow(T::MAX_PRECISION))?);
        Ok(())
    }
}

impl<T: DecimalType<Native: From<i64> + Into<i256>> + Debug> States for DecimalSum<T> {
    fn update(&mut self, cells: &[u32], _: &[i64], values: &ArrayRef) -> Result<()> {
        if let Some(integers) = values.as_primitive_opt::<Int64Type>().filter(|_| self.scale == 0) {
            let add = |row: usize| match cells[row] {
                NONE => Ok(()),
                cell => self.add(cell, integers.value(row).into()),
            };
            return present(integers.nulls(), cells.len()).try_for_each(add);
        }
        let options = CastOptions { safe: false, ..CastOptions::default() };
        let values = cast_with_options(values, &self.ty(), &options)?;
        let values = values.as_primitive::<T>();
        let add = |row: usize| match cells[row] {
            NONE => Ok(()),
            cell => self.add(cell, values.value(row)),
        };
        present(values.nulls(), cells.len()).try_for_each(add)
    }

    fn merge(&mut self, cells: &[u32], other: Self) -> Result<()> {
        if self.scale != other.scale {
            return exec_err!("sums of {} and of {} digits", self.scale, other.scale);
        }
        for (cell, sum) in cells.iter().zip(other.values) {
            sum.map_or(Ok(()), |sum| self.add(*cell, sum))?;
        }
        Ok(())
    }

    fn finish(self, order: &[u32]) -> StateColumn {
        let values =
            ordered(&self.values, order).into_iter().map(|sum| sum.map(|sum| plain(sum.into())));
        StateColumn::Decimal { values: values.collect(), scale: i32::from(self.scale) }
    }

    fn write(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let array = PrimitiveArray::<T>::from_iter(ordered(&self.values, order));
        Ok(vec![Arc::new(array.with_data_type(self.ty()))])
    }

    fn read(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()> {
        self.update(cells, &[], &arrays[0])
    }

    fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<Option<T::Native>>()
    }
}

/// Exact sums of doubles.
#[derive(Debug, Default)]
pub(super) struct ExactSum(Vec<ExactPartials>);

impl States for ExactSum {
    fn update(&mut self, cells: &[u32], _: &[i64], values: &ArrayRef) -> Result<()> {
        for (cell, value) in cells.iter().zip(values.as_primitive::<Float64Type>()) {
            if let (true, Some(value)) = (*cell != NONE, value) {
                slot(&mut self.0, *cell).add(value);
            }
        }
        Ok(())
    }

    fn merge(&mut self, cells: &[u32], other: Self) -> Result<()> {
        for (cell, sum) in cells.iter().zip(&other.0) {
            slot(&mut self.0, *cell).merge(sum);
        }
        Ok(())
    }

    fn finish(self, order: &[u32]) -> StateColumn {
        StateColumn::Exact(ordered(&self.0, order))
    }

    /// Sums that are equal are written alike, whatever parts they have: as the nearest double, and what is left.
    fn write(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let sums: Vec<Vec<f64>> = ordered(&self.0, order).iter().map(canonical).collect();
        let offsets = OffsetBuffer::from_lengths(sums.iter().map(Vec::len));
        let parts: Float64Array = sums.into_iter().flatten().collect::<Vec<_>>().into();
        let DataType::List(item) = list_type() else { return exec_err!("parts of a sum") };
        Ok(vec![Arc::new(ListArray::try_new(item, offsets, Arc::new(parts), None)?)])
    }

    fn read(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()> {
        let lists = arrays[0].as_list::<i32>();
        for (row, cell) in cells.iter().enumerate() {
            let parts = lists.value(row);
            let sum = slot(&mut self.0, *cell);
            parts.as_primitive::<Float64Type>().values().iter().for_each(|x| sum.add(*x));
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.0.capacity() * (size_of::<ExactPartials>() + 32)
    }
}

/// The parts of a sum, each the nearest double to what those before it leave.
fn canonical(sum: &ExactPartials) -> Vec<f64> {
    let (mut rest, mut parts) = (sum.clone(), Vec::new());
    loop {
        let part = rest.value();
        if part == 0.0 {
            return parts;
        }
        parts.push(part);
        if !part.is_finite() {
            return parts;
        }
        rest.add(-part);
    }
}
