//! What a cell holds of one argument: states that merge.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array,
    Float64Array, Int64Array, ListArray, PrimitiveArray, StringArray, TimestampMicrosecondArray,
    UInt64Array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::{CastOptions, cast, cast_with_options};
use arrow::datatypes::{
    ArrowNativeTypeOp, DataType, Date32Type, Decimal128Type, Decimal256Type, DecimalType,
    Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, UInt64Type, i256,
};
use datafusion::common::{Result, exec_err};

use super::powers::Powers;
use crate::evaluate::Value;
use crate::functions::{ExactPartials, list_type, overflow};
use crate::keys::NONE;
use crate::rollup::groups::{StateColumn, decimal};
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
fn present(nulls: Option<&NullBuffer>, rows: usize) -> impl Iterator<Item = usize> {
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

/// Exact sums of integers and decimals.
#[derive(Debug)]
pub(super) struct DecimalSum<T: DecimalType> {
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
        let values = ordered(&self.values, order).into_iter().map(|sum| sum.map(Into::into));
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

/// The least or greatest value, or that of the first or last row (of rows of one time: the least or greatest).
#[derive(Debug)]
pub(super) struct Best<T> {
    values: Vec<Option<T>>,
    /// Of the rows that the values are from.
    times: Vec<i64>,
    timed: bool,
    least: bool,
    ty: DataType,
}

impl<T: Native> Best<T> {
    fn new(kind: StateKind, ty: DataType) -> Self {
        let timed = matches!(kind, StateKind::First | StateKind::Last);
        let least = matches!(kind, StateKind::First | StateKind::Min);
        Self { values: Vec::new(), times: Vec::new(), timed, least, ty }
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

    /// When the value of a cell is from; values that have no time are from any.
    fn time(&self, cell: usize) -> i64 {
        if self.timed { self.times[cell] } else { 0 }
    }
}

impl<T: Native> States for Best<T> {
    fn update(&mut self, cells: &[u32], at: &[i64], values: &ArrayRef) -> Result<()> {
        for (row, value) in T::read(values)?.into_iter().enumerate() {
            if let (true, Some(value)) = (cells[row] != NONE, value) {
                self.offer(cells[row], at[row], value);
            }
        }
        Ok(())
    }

    fn merge(&mut self, cells: &[u32], mut other: Self) -> Result<()> {
        let values = std::mem::take(&mut other.values);
        for (theirs, (cell, value)) in cells.iter().zip(values).enumerate() {
            if let Some(value) = value {
                self.offer(*cell, other.time(theirs), value);
            }
        }
        Ok(())
    }

    fn finish(self, order: &[u32]) -> StateColumn {
        let values = ordered(&self.values, order).into_iter();
        let values = values.map(|value| value.map(|value| value.value(&self.ty))).collect();
        if self.timed {
            let times = ordered(&self.times, order).into_iter().map(Some).collect();
            StateColumn::Timed { values, times }
        } else {
            StateColumn::Extreme(values)
        }
    }

    fn write(&self, order: &[u32]) -> Result<Vec<ArrayRef>> {
        let mut arrays = vec![T::write(ordered(&self.values, order), &self.ty)?];
        if self.timed {
            arrays.push(Arc::new(Int64Array::from(ordered(&self.times, order))));
        }
        Ok(arrays)
    }

    fn read(&mut self, cells: &[u32], arrays: &[ArrayRef]) -> Result<()> {
        match arrays {
            [values, times] if self.timed => {
                self.update(cells, times.as_primitive::<Int64Type>().values(), values)
            }
            [values] if !self.timed => self.update(cells, &vec![0; cells.len()], values),
            _ => exec_err!("{} arrays of best values", arrays.len()),
        }
    }

    fn width(&self) -> usize {
        if self.timed { 2 } else { 1 }
    }

    fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<Option<T>>() + self.times.capacity() * 8
    }
}

/// Values that are compared in a type of their own.
pub(super) trait Native: PartialOrd + Clone + Debug + 'static {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>>;
    fn write(values: Vec<Option<Self>>, ty: &DataType) -> Result<ArrayRef>;
    /// The value of an argument of that type.
    fn value(self, ty: &DataType) -> Value;
}

impl Native for f64 {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>> {
        Ok(array.as_primitive::<Float64Type>().iter().collect())
    }

    fn write(values: Vec<Option<Self>>, _: &DataType) -> Result<ArrayRef> {
        Ok(Arc::new(Float64Array::from(values)))
    }

    fn value(self, _: &DataType) -> Value {
        Value::Number(self)
    }
}

/// The digits after the point.
fn scale_of(ty: &DataType) -> i32 {
    match ty {
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => i32::from(*scale),
        _ => 0,
    }
}

impl Native for i128 {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>> {
        Ok(array.as_primitive::<Decimal128Type>().iter().collect())
    }

    fn write(values: Vec<Option<Self>>, ty: &DataType) -> Result<ArrayRef> {
        Ok(Arc::new(Decimal128Array::from(values).with_data_type(ty.clone())))
    }

    fn value(self, ty: &DataType) -> Value {
        Value::Number(decimal(self, scale_of(ty)))
    }
}

impl Native for i256 {
    fn read(array: &ArrayRef) -> Result<Vec<Option<Self>>> {
        Ok(array.as_primitive::<Decimal256Type>().iter().collect())
    }

    fn write(values: Vec<Option<Self>>, ty: &DataType) -> Result<ArrayRef> {
        Ok(Arc::new(Decimal256Array::from(values).with_data_type(ty.clone())))
    }

    fn value(self, ty: &DataType) -> Value {
        Value::Number(decimal(self, scale_of(ty)))
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

    fn value(self, _: &DataType) -> Value {
        Value::Text(self.into())
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
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                array.as_primitive::<TimestampMicrosecondType>().iter().collect()
            }
            DataType::Boolean => array.as_boolean().iter().map(|b| b.map(Self::from)).collect(),
            DataType::Null => vec![None; array.len()],
            other => return exec_err!("whole numbers as {other}"),
        })
    }

    fn write(values: Vec<Option<Self>>, ty: &DataType) -> Result<ArrayRef> {
        Ok(match ty {
            DataType::Date32 => {
                let days = values.into_iter().map(|day| day.map(days));
                Arc::new(days.collect::<Date32Array>())
            }
            DataType::Timestamp(..) => {
                Arc::new(TimestampMicrosecondArray::from(values).with_data_type(ty.clone()))
            }
            DataType::Boolean => {
                Arc::new(values.into_iter().map(|b| b.map(|b| b != 0)).collect::<BooleanArray>())
            }
            _ => Arc::new(Int64Array::from(values)),
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    fn value(self, ty: &DataType) -> Value {
        match ty {
            DataType::Date32 => Value::Date(days(self)),
            DataType::Timestamp(..) => Value::Timestamp(self),
            DataType::Boolean => Value::Boolean(self != 0),
            _ => Value::Number(self as f64),
        }
    }
}

/// Days since 1970 as they were read.
#[expect(clippy::cast_possible_truncation, reason = "they were four bytes before")]
const fn days(days: i64) -> i32 {
    days as i32
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
