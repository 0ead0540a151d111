//! What a cell holds of one argument: states that merge.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array,
    Float64Array, Int64Array, ListArray, PrimitiveArray, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowNativeTypeOp, DataType, Date32Type, Decimal128Type, Decimal256Type, DecimalType, Field,
    Float64Type, Int64Type, TimestampMicrosecondType, UInt64Type, i256,
};
use datafusion::common::{Result, exec_err};

use super::powers::{Powers, powers_type};
use crate::functions::{ExactPartials, list_type, overflow};
use crate::keys::NONE;
use crate::rollup::ids::StateId;
use crate::rollup::plan::StateKind;

/// The states of one argument, by cell.
pub(super) trait Column: Debug + Send + Sync {
    /// Takes rows in. `cells`: where each row counts, or [`NONE`]; `at`: when it is placed.
    fn update(&mut self, cells: &[u32], at: &[i64], values: &ArrayRef) -> Result<()>;
    /// Takes in what another column gave away.
    fn absorb(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()>;
    /// The states of the first `n` cells as arrays of the types of [`fields`].
    fn arrays(&self, n: usize) -> Result<Vec<ArrayRef>>;
    fn bytes(&self) -> usize;
}

/// The arrays that hold a state; `ty`: of its argument.
pub(super) fn fields(kind: StateKind, id: StateId, ty: &DataType) -> Vec<Field> {
    let plain = value_type(ty);
    let own = match kind {
        StateKind::DecimalSum => match plain {
            DataType::Decimal128(_, scale) => DataType::Decimal128(38, scale),
            DataType::Decimal256(_, scale) => DataType::Decimal256(76, scale),
            _ => DataType::Decimal128(38, 0),
        },
        StateKind::ExactSum => list_type(),
        StateKind::PowerSums => powers_type(),
        StateKind::Min | StateKind::Max | StateKind::First | StateKind::Last => plain,
    };
    let mut fields = vec![Field::new(id.name(), own, true)];
    if matches!(kind, StateKind::First | StateKind::Last) {
        fields.push(Field::new(id.time_name(), DataType::Int64, true));
    }
    fields
}

/// What a value is outside of a dictionary.
pub(super) fn value_type(ty: &DataType) -> DataType {
    match ty {
        DataType::Dictionary(_, values) => value_type(values),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        other => other.clone(),
    }
}

/// An empty column for a state whose first array has that type.
pub(super) fn column(kind: StateKind, ty: &DataType) -> Result<Box<dyn Column>> {
    Ok(match kind {
        StateKind::DecimalSum => match ty {
            DataType::Decimal128(_, scale) => Box::new(DecimalSum::<Decimal128Type>::new(*scale)),
            DataType::Decimal256(_, scale) => Box::new(DecimalSum::<Decimal256Type>::new(*scale)),
            other => return exec_err!("an exact sum of {other}"),
        },
        StateKind::ExactSum => Box::<ExactSum>::default(),
        StateKind::PowerSums => Box::<Powers>::default(),
        StateKind::Min | StateKind::Max | StateKind::First | StateKind::Last => match ty {
            DataType::Float64 => Box::new(Best::<f64>::new(kind, ty)),
            DataType::Decimal128(..) => Box::new(Best::<i128>::new(kind, ty)),
            DataType::Decimal256(..) => Box::new(Best::<i256>::new(kind, ty)),
            DataType::Utf8 => Box::new(Best::<Box<str>>::new(kind, ty)),
            _ => Box::new(Best::<i64>::new(kind, ty)),
        },
    })
}

/// The place of a cell, made if it is not there.
pub(super) fn slot<T: Default + Clone>(values: &mut Vec<T>, cell: u32) -> &mut T {
    let cell = cell as usize;
    if cell >= values.len() {
        values.resize(cell + 1, T::default());
    }
    &mut values[cell]
}

fn padded<T: Default + Clone>(values: &[T], n: usize) -> impl Iterator<Item = T> + '_ {
    values.iter().cloned().chain(std::iter::repeat_n(T::default(), n.saturating_sub(values.len())))
}

/// How many values are there, by cell.
#[derive(Debug, Default)]
pub(super) struct ValueCounts(Vec<u64>);

/// The rows that have a value: most columns have one in few rows, or in all.
fn present(nulls: Option<&NullBuffer>, rows: usize) -> impl Iterator<Item = usize> {
    let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
    let some = nulls.into_iter().flat_map(NullBuffer::valid_indices);
    some.chain(0..if nulls.is_some() { 0 } else { rows })
}

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

    /// Takes in what others gave away.
    pub(super) fn absorb(&mut self, cells: &[u32], array: &ArrayRef) {
        for (cell, n) in cells.iter().zip(array.as_primitive::<UInt64Type>().values()) {
            *slot(&mut self.0, *cell) += n;
        }
    }

    /// Those of the first `n` cells.
    pub(super) fn array(&self, n: usize) -> ArrayRef {
        Arc::new(UInt64Array::from_iter_values(padded(&self.0, n)))
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * 8
    }
}

/// Exact sums of integers and decimals.
#[derive(Debug)]
struct DecimalSum<T: DecimalType> {
    values: Vec<Option<T::Native>>,
    scale: i8,
}

impl<T: DecimalType> DecimalSum<T> {
    const fn new(scale: i8) -> Self {
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

impl<T: DecimalType<Native: From<i64>> + Debug> Column for DecimalSum<T> {
    fn update(&mut self, cells: &[u32], _: &[i64], values: &ArrayRef) -> Result<()> {
        if let Some(integers) = values.as_primitive_opt::<Int64Type>().filter(|_| self.scale == 0) {
            let add = |row: usize| match cells[row] {
                NONE => Ok(()),
                cell => self.add(cell, integers.value(row).into()),
            };
            return present(integers.nulls(), cells.len()).try_for_each(add);
        }
        let values = cast(values, &self.ty())?;
        let values = values.as_primitive::<T>();
        let add = |row: usize| match cells[row] {
            NONE => Ok(()),
            cell => self.add(cell, values.value(row)),
        };
        present(values.nulls(), cells.len()).try_for_each(add)
    }

    fn absorb(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()> {
        self.update(cells, &[], &arrays[0])
    }

    fn arrays(&self, n: usize) -> Result<Vec<ArrayRef>> {
        let array = PrimitiveArray::<T>::from_iter(padded(&self.values, n));
        Ok(vec![Arc::new(array.with_data_type(self.ty()))])
    }

    fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<Option<T::Native>>()
    }
}

/// Exact sums of doubles.
#[derive(Debug, Default)]
struct ExactSum(Vec<ExactPartials>);

impl Column for ExactSum {
    fn update(&mut self, cells: &[u32], _: &[i64], values: &ArrayRef) -> Result<()> {
        for (cell, value) in cells.iter().zip(values.as_primitive::<Float64Type>()) {
            if let (true, Some(value)) = (*cell != NONE, value) {
                slot(&mut self.0, *cell).add(value);
            }
        }
        Ok(())
    }

    fn absorb(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()> {
        for (cell, parts) in cells.iter().zip(arrays[0].as_list::<i32>().iter()) {
            let sum = slot(&mut self.0, *cell);
            if let Some(parts) = parts {
                parts.as_primitive::<Float64Type>().values().iter().for_each(|x| sum.add(*x));
            }
        }
        Ok(())
    }

    fn arrays(&self, n: usize) -> Result<Vec<ArrayRef>> {
        let sums: Vec<ExactPartials> = padded(&self.0, n).collect();
        let offsets = OffsetBuffer::from_lengths(sums.iter().map(|s| s.parts().len()));
        let parts: Float64Array =
            sums.iter().flat_map(|s| s.parts().iter().copied()).collect::<Vec<_>>().into();
        let DataType::List(item) = list_type() else { return exec_err!("parts of a sum") };
        Ok(vec![Arc::new(ListArray::try_new(item, offsets, Arc::new(parts), None)?)])
    }

    fn bytes(&self) -> usize {
        self.0.capacity() * (size_of::<ExactPartials>() + 32)
    }
}

/// The least or greatest value, or that of the first or last row (of rows of one time: the least or greatest).
#[derive(Debug)]
struct Best<T> {
    values: Vec<Option<T>>,
    /// Of the rows that the values are from.
    times: Vec<i64>,
    timed: bool,
    least: bool,
    ty: DataType,
}

impl<T: Native> Best<T> {
    fn new(kind: StateKind, ty: &DataType) -> Self {
        let timed = matches!(kind, StateKind::First | StateKind::Last);
        let least = matches!(kind, StateKind::First | StateKind::Min);
        Self { values: Vec::new(), times: Vec::new(), timed, least, ty: ty.clone() }
    }

    fn offer(&mut self, cell: u32, at: i64, value: T) {
        let best = slot(&mut self.values, cell);
        let time = if self.timed { Some(slot(&mut self.times, cell)) } else { None };
        let better = best.as_ref().is_none_or(|best| {
            let earlier = match time.as_ref() {
                Some(time) if **time != at => at < **time,
                _ => value < *best,
            };
            earlier == self.least
        });
        if better {
            *best = Some(value);
            if let Some(time) = time {
                *time = at;
            }
        }
    }
}

impl<T: Native> Column for Best<T> {
    fn update(&mut self, cells: &[u32], at: &[i64], values: &ArrayRef) -> Result<()> {
        for (row, value) in T::read(values)?.into_iter().enumerate() {
            if let (true, Some(value)) = (cells[row] != NONE, value) {
                self.offer(cells[row], at[row], value);
            }
        }
        Ok(())
    }

    fn absorb(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()> {
        let none = vec![0; cells.len()];
        let times = arrays.get(1).map_or(none, |t| t.as_primitive::<Int64Type>().values().to_vec());
        self.update(cells, &times, &arrays[0])
    }

    fn arrays(&self, n: usize) -> Result<Vec<ArrayRef>> {
        let mut arrays = vec![T::write(padded(&self.values, n).collect(), &self.ty)?];
        if self.timed {
            arrays.push(Arc::new(Int64Array::from_iter_values(padded(&self.times, n))));
        }
        Ok(arrays)
    }

    fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<Option<T>>() + self.times.capacity() * 8
    }
}

/// Values that are compared in a type of their own.
trait Native: PartialOrd + Clone + Debug + Send + Sync + 'static {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>>;
    fn write(values: Vec<Option<Self>>, ty: &DataType) -> Result<ArrayRef>;
}

impl Native for f64 {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>> {
        Ok(array.as_primitive::<Float64Type>().iter().collect())
    }

    fn write(values: Vec<Option<Self>>, _: &DataType) -> Result<ArrayRef> {
        Ok(Arc::new(Float64Array::from(values)))
    }
}

impl Native for i128 {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>> {
        Ok(array.as_primitive::<Decimal128Type>().iter().collect())
    }

    fn write(values: Vec<Option<Self>>, ty: &DataType) -> Result<ArrayRef> {
        Ok(Arc::new(Decimal128Array::from(values).with_data_type(ty.clone())))
    }
}

impl Native for i256 {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>> {
        Ok(array.as_primitive::<Decimal256Type>().iter().collect())
    }

    fn write(values: Vec<Option<Self>>, ty: &DataType) -> Result<ArrayRef> {
        Ok(Arc::new(Decimal256Array::from(values).with_data_type(ty.clone())))
    }
}

impl Native for Box<str> {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>> {
        let array = cast(array, &DataType::Utf8)?;
        Ok(array.as_string::<i32>().iter().map(|t| t.map(Into::into)).collect())
    }

    fn write(values: Vec<Option<Self>>, _: &DataType) -> Result<ArrayRef> {
        Ok(Arc::new(values.into_iter().collect::<StringArray>()))
    }
}

/// Integers, days, instants; false and true as 0 and 1.
impl Native for i64 {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>> {
        Ok(match array.data_type() {
            DataType::Int64 => array.as_primitive::<Int64Type>().iter().collect(),
            DataType::Date32 => {
                array.as_primitive::<Date32Type>().iter().map(|d| d.map(Self::from)).collect()
            }
            DataType::Timestamp(..) => {
                array.as_primitive::<TimestampMicrosecondType>().iter().collect()
            }
            DataType::Boolean => array.as_boolean().iter().map(|b| b.map(Self::from)).collect(),
            _ => cast(array, &DataType::Int64)?.as_primitive::<Int64Type>().iter().collect(),
        })
    }

    fn write(values: Vec<Option<Self>>, ty: &DataType) -> Result<ArrayRef> {
        Ok(match ty {
            DataType::Date32 => {
                let days = values.into_iter().map(|d| d.and_then(|d| i32::try_from(d).ok()));
                Arc::new(days.collect::<Date32Array>())
            }
            DataType::Timestamp(..) => Arc::new(TimestampMicrosecondArray::from(values)),
            DataType::Boolean => {
                Arc::new(values.into_iter().map(|b| b.map(|b| b != 0)).collect::<BooleanArray>())
            }
            DataType::Int64 => Arc::new(Int64Array::from(values)),
            other => cast(&(Arc::new(Int64Array::from(values)) as ArrayRef), other)?,
        })
    }
}
