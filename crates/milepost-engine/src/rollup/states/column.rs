//! What a cell holds of one argument: states that merge.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, TimeUnit, UInt64Type, i256};
use datafusion::common::{Result, exec_err};

use super::best::Best;
use super::powers::Powers;
use super::sums::{DecimalSum, ExactSum};
use crate::intern::NONE;
use crate::merge::StateColumn;
use crate::rollup::plan::StateKind;

/// The states of one argument, by cell.
#[derive(Debug)]
pub(super) enum Column {
    Decimal(DecimalSum<Decimal128Type>),
    WideDecimal(DecimalSum<Decimal256Type>),
    Exact(ExactSum),
    Powers(Powers),
    BestDouble(Best<f64>),
    BestDecimal(Best<i128>),
    BestWideDecimal(Best<i256>),
    BestText(Best<Box<str>>),
    BestWhole(Best<i64>),
}

/// The same of whatever states they are.
macro_rules! of_each {
    ($column:expr, $own:ident => $of:expr) => {
        match $column {
            Column::Decimal($own) => $of,
            Column::WideDecimal($own) => $of,
            Column::Exact($own) => $of,
            Column::Powers($own) => $of,
            Column::BestDouble($own) => $of,
            Column::BestDecimal($own) => $of,
            Column::BestWideDecimal($own) => $of,
            Column::BestText($own) => $of,
            Column::BestWhole($own) => $of,
        }
    };
}

/// What every column of states can do.
pub(super) trait States: Sized {
    /// Takes rows in. `cells`: where each row counts, or [`NONE`]; `at`: when it is placed.
    fn update(&mut self, cells: &[u32], at: &[i64], values: &ArrayRef) -> Result<()>;
    /// Takes in another one's states. `cells`: where each of them counts here.
    fn merge(&mut self, cells: &[u32], other: Self) -> Result<()>;
    /// The states of these cells.
    fn finish(self, order: &[u32]) -> StateColumn;
    /// The states of these cells as arrays.
    fn write(&self, order: &[u32]) -> Result<Vec<ArrayRef>>;
    /// Takes in what was written.
    fn read(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()>;
    /// How many arrays are written.
    fn width(&self) -> usize {
        1
    }
    fn bytes(&self) -> usize;
}

impl Column {
    /// An empty column for a state of an argument of that type.
    pub(super) fn new(kind: StateKind, ty: &DataType) -> Result<Self> {
        let ty = value_type(ty);
        Ok(match kind {
            StateKind::DecimalSum => match ty {
                DataType::Decimal128(_, scale) => Self::Decimal(DecimalSum::new(scale)),
                DataType::Decimal256(_, scale) => Self::WideDecimal(DecimalSum::new(scale)),
                DataType::Int64 | DataType::Null => Self::Decimal(DecimalSum::new(0)),
                other => return exec_err!("an exact sum of {other}"),
            },
            StateKind::ExactSum => Self::Exact(ExactSum::default()),
            StateKind::PowerSums => Self::Powers(Powers::default()),
            StateKind::Min | StateKind::Max | StateKind::First | StateKind::Last => match ty {
                DataType::Float64 => Self::BestDouble(Best::new(kind, ty)),
                DataType::Decimal128(..) => Self::BestDecimal(Best::new(kind, ty)),
                DataType::Decimal256(..) => Self::BestWideDecimal(Best::new(kind, ty)),
                DataType::Utf8 => Self::BestText(Best::new(kind, ty)),
                DataType::Int64
                | DataType::Date32
                | DataType::Timestamp(TimeUnit::Microsecond, _)
                | DataType::Boolean
                | DataType::Null => Self::BestWhole(Best::new(kind, ty)),
                other => return exec_err!("the best of {other}"),
            },
        })
    }

    pub(super) fn update(&mut self, cells: &[u32], at: &[i64], values: &ArrayRef) -> Result<()> {
        of_each!(self, own => own.update(cells, at, values))
    }

    /// # Errors
    /// The states are of other values, or their sums too large.
    pub(super) fn merge(&mut self, cells: &[u32], other: Self) -> Result<()> {
        match (self, other) {
            (Self::Decimal(own), Self::Decimal(other)) => own.merge(cells, other),
            (Self::WideDecimal(own), Self::WideDecimal(other)) => own.merge(cells, other),
            (Self::Exact(own), Self::Exact(other)) => own.merge(cells, other),
            (Self::Powers(own), Self::Powers(other)) => own.merge(cells, other),
            (Self::BestDouble(own), Self::BestDouble(other)) => own.merge(cells, other),
            (Self::BestDecimal(own), Self::BestDecimal(other)) => own.merge(cells, other),
            (Self::BestWideDecimal(own), Self::BestWideDecimal(other)) => own.merge(cells, other),
            (Self::BestText(own), Self::BestText(other)) => own.merge(cells, other),
            (Self::BestWhole(own), Self::BestWhole(other)) => own.merge(cells, other),
            _ => exec_err!("states of other values"),
        }
    }

    pub(super) fn finish(self, order: &[u32]) -> StateColumn {
        of_each!(self, own => own.finish(order))
    }

    pub(super) fn write(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        of_each!(self, own => own.write(order))
    }

    pub(super) fn read(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()> {
        of_each!(self, own => own.read(cells, arrays))
    }

    /// How many arrays are written.
    pub(super) fn width(&self) -> usize {
        of_each!(self, own => own.width())
    }

    pub(super) fn bytes(&self) -> usize {
        of_each!(self, own => own.bytes())
    }
}

/// What a value is outside of a dictionary.
fn value_type(ty: &DataType) -> DataType {
    match ty {
        DataType::Dictionary(_, values) => value_type(values),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        other => other.clone(),
    }
}

/// The place of a cell, made if it is not there.
pub(super) fn slot<T: Default + Clone>(values: &mut Vec<T>, cell: u32) -> &mut T {
    let cell = cell as usize;
    if cell >= values.len() {
        values.resize(cell + 1, T::default());
    }
    &mut values[cell]
}

/// What cells have, in an order; nothing where they have none.
pub(super) fn ordered<T: Default + Clone>(values: &[T], order: &[u32]) -> Vec<T> {
    order.iter().map(|cell| values.get(*cell as usize).cloned().unwrap_or_default()).collect()
}

/// The rows that have a value: most columns have one in few rows, or in all.
pub(super) fn present(nulls: Option<&NullBuffer>, rows: usize) -> impl Iterator<Item = usize> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
    let some = nulls.into_iter().flat_map(NullBuffer::valid_indices);
    some.chain(0..if nulls.is_some() { 0 } else { rows })
}

/// How many values are there, by cell.
#[derive(Debug, Default)]
pub(super) struct ValueCounts(Vec<u64>);

impl ValueCounts {
    /// Takes rows in. `cells`: where each row counts, or [`NONE`].
    pub(super) fn update(&mut self, cells: &[u32], values: &ArrayRef) {
        let nulls = values.logical_nulls();
        for row in present(nulls.as_ref(), cells.len()) {
            if cells[row] != NONE {
                *slot(&mut self.0, cells[row]) += 1;
            }
        }
    }

    /// Takes in what others have.
    pub(super) fn merge(&mut self, cells: &[u32], counts: &[u64]) {
        for (cell, n) in cells.iter().zip(counts) {
            *slot(&mut self.0, *cell) += n;
        }
    }

    /// By cell, as far as there are any.
    pub(super) fn all(&self) -> &[u64] {
        &self.0
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * 8
    }
}

/// Counts as an array.
pub(super) fn whole(counts: Vec<u64>) -> ArrayRef {
    Arc::new(UInt64Array::from(counts))
}

/// Counts from an array.
pub(super) fn whole_from(array: &ArrayRef) -> Result<&[u64]> {
    match array.as_primitive_opt::<UInt64Type>() {
        Some(counts) => Ok(counts.values()),
        None => exec_err!("counts as {}", array.data_type()),
    }
}
