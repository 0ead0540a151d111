//! Extremes, and values of the first or last row, by cell.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array,
    Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, Float64Type, Int64Type, TimeUnit,
    TimestampMicrosecondType, i256,
};
use datafusion::common::{Result, exec_err};

use super::column::{States, ordered, slot};
use crate::evaluate::Value;
use crate::intern::NONE;
use crate::merge::StateColumn;
use crate::rollup::groups::decimal;
use crate::rollup::plan::StateKind;

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
    pub(super) fn new(kind: StateKind, ty: DataType) -> Self {
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
