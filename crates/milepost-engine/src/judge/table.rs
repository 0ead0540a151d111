//! The rows of one dataset in memory: a column for everything that a row alone can tell.

use std::collections::HashMap;
use std::sync::Arc;

use crate::evaluate::Value;
use crate::rollup::{decimal, number_of};
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array,
    Float64Array, Int64Array, PrimitiveArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, DecimalType, Float64Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, i256,
};
use arrow::error::ArrowError;
use datafusion::common::{Result, internal_err};

use super::ids::{ById, RowId, TableColumnId};

/// The rows of a dataset.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) columns: ById<TableColumnId, Column>,
    /// How many.
    pub(super) rows: usize,
}

impl Table {
    pub(super) fn ids(&self) -> impl Iterator<Item = RowId> + use<> {
        (0..self.rows).map(RowId::new)
    }
}

/// How many rows are handed over: by one column at least.
pub(super) fn rows_of(batch: &[ArrayRef]) -> Result<usize> {
    match batch.first() {
        Some(column) => Ok(column.len()),
        None => internal_err!("rows without a column"),
    }
}

/// The values of one expression.
#[derive(Debug)]
pub(super) enum Column {
    Integer(Int64Array),
    Number(Float64Array),
    Decimal(Decimal128Array, i32),
    /// Products of decimals.
    Wide(Decimal256Array, i32),
    /// Decimals whose digits fit in eight bytes.
    Digits(Int64Array, i32),
    Boolean(BooleanArray),
    Date(Date32Array),
    Timestamp(TimestampMicrosecondArray),
    /// Each text once, and which of them a row has.
    Text {
        numbers: Vec<Option<u32>>,
        texts: Vec<Arc<str>>,
    },
    /// Null everywhere.
    Null,
    /// Of no row is the value asked for.
    NotAsked,
}

/// A value that can be looked up: equal exactly when the values are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Part {
    Integer(i64),
    /// The bits of a number that is no integer.
    Number(u64),
    Boolean(bool),
    Date(i32),
    Timestamp(i64),
    Text(Arc<str>),
}

/// Several values that are looked up together.
pub(super) type Key = Vec<Part>;

/// Decimals as their digits; absent if some have too many for eight bytes, or if they are none.
pub(super) fn digits(array: &ArrayRef) -> Option<Int64Array> {
    fn of<T: DecimalType<Native: Into<i256>>>(array: &PrimitiveArray<T>) -> Option<Int64Array> {
        let narrow = |x: T::Native| {
            let digits = Into::<i256>::into(x).to_i128().and_then(|x| i64::try_from(x).ok());
            digits.ok_or_else(|| ArrowError::ComputeError("more than eight bytes".to_owned()))
        };
        array.try_unary::<_, Int64Type, ArrowError>(narrow).ok()
    }
    match array.data_type() {
        DataType::Decimal128(..) => of(array.as_primitive::<Decimal128Type>()),
        DataType::Decimal256(..) => of(array.as_primitive::<Decimal256Type>()),
        _ => None,
    }
}

impl Column {
    /// # Errors
    /// Values of a type that no expression has.
    pub(super) fn new(array: &ArrayRef) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Int64 => Self::Integer(array.as_primitive::<Int64Type>().clone()),
            DataType::Float64 => Self::Number(array.as_primitive::<Float64Type>().clone()),
            DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
                let scale = i32::from(*scale);
                match (digits(array), array.as_primitive_opt::<Decimal128Type>()) {
                    (Some(digits), _) => Self::Digits(digits, scale),
                    (None, Some(array)) => Self::Decimal(array.clone(), scale),
                    (None, None) => {
                        Self::Wide(array.as_primitive::<Decimal256Type>().clone(), scale)
                    }
                }
            }
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::Date32 => Self::Date(array.as_primitive::<Date32Type>().clone()),
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Self::Timestamp(array.as_primitive::<TimestampMicrosecondType>().clone())
            }
            DataType::Utf8 => Self::text(array),
            DataType::LargeUtf8 | DataType::Utf8View => Self::text(&cast(array, &DataType::Utf8)?),
            DataType::Null => Self::Null,
            other if other.is_integer() => Self::new(&cast(array, &DataType::Int64)?)?,
            other => return internal_err!("an expression over rows is of the type {other}"),
        })
    }

    fn text(array: &ArrayRef) -> Self {
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut texts: Vec<Arc<str>> = Vec::new();
        let numbers = array
            .as_string::<i32>()
            .iter()
            .map(|text| {
                text.map(|text| {
                    *known.entry(text).or_insert_with(|| {
                        texts.push(text.into());
                        number_of(texts.len() - 1)
                    })
                })
            })
            .collect();
        Self::Text { numbers, texts }
    }

    /// The value in a row; of a column that is not kept [`super::world::World::column`] has made a failure.
    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    pub(super) fn value(&self, row: RowId) -> Option<Value> {
        let row = row.position();
        match self {
            Self::Integer(a) => a.is_valid(row).then(|| Value::Number(a.value(row) as f64)),
            Self::Number(a) => a.is_valid(row).then(|| Value::Number(a.value(row))),
            Self::Decimal(a, scale) => {
                a.is_valid(row).then(|| Value::Number(decimal(a.value(row), *scale)))
            }
            Self::Wide(a, scale) => {
                a.is_valid(row).then(|| Value::Number(decimal(a.value(row), *scale)))
            }
            Self::Digits(a, scale) => {
                a.is_valid(row).then(|| Value::Number(decimal(a.value(row), *scale)))
            }
            Self::Boolean(a) => a.is_valid(row).then(|| Value::Boolean(a.value(row))),
            Self::Date(a) => a.is_valid(row).then(|| Value::Date(a.value(row))),
            Self::Timestamp(a) => a.is_valid(row).then(|| Value::Timestamp(a.value(row))),
            Self::Text { numbers, texts } => {
                numbers[row].map(|n| Value::Text(Arc::clone(&texts[n as usize])))
            }
            Self::Null | Self::NotAsked => None,
        }
    }

    /// The digits after the point, if sums of the column are exact in integers.
    pub(super) const fn scale(&self) -> Option<i32> {
        match self {
            Self::Integer(_) => Some(0),
            Self::Decimal(_, scale) | Self::Wide(_, scale) | Self::Digits(_, scale) => Some(*scale),
            _ => None,
        }
    }

    /// The value as an integer, `10^scale` times itself.
    pub(super) fn exact(&self, row: RowId) -> Option<i256> {
        let row = row.position();
        match self {
            Self::Integer(a) | Self::Digits(a, _) => {
                a.is_valid(row).then(|| i256::from(a.value(row)))
            }
            Self::Decimal(a, _) => a.is_valid(row).then(|| i256::from(a.value(row))),
            Self::Wide(a, _) => a.is_valid(row).then(|| a.value(row)),
            _ => None,
        }
    }

    /// The value as it is looked up.
    pub(super) fn part(&self, row: RowId) -> Option<Part> {
        match self {
            Self::Integer(a) => {
                let row = row.position();
                a.is_valid(row).then(|| Part::Integer(a.value(row)))
            }
            Self::Decimal(_, scale) | Self::Wide(_, scale) | Self::Digits(_, scale) => {
                Part::of_digits(self.exact(row)?, *scale)
            }
            _ => self.value(row).as_ref().map(Part::of),
        }
    }
}

impl Part {
    /// A decimal; absent if it has too many digits to be one.
    fn of_digits(x: i256, scale: i32) -> Option<Self> {
        let unit = i256::from(10_i64).checked_pow(u32::try_from(scale).ok()?)?;
        let (whole, rest) = (x.checked_div(unit)?, x.checked_rem(unit)?);
        Some(match whole.to_i128().and_then(|whole| i64::try_from(whole).ok()) {
            Some(whole) if rest == i256::ZERO => Self::Integer(whole),
            _ => Self::of(&Value::Number(decimal(x, scale))),
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "whole numbers inside the range")]
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Number(x) if x.fract() == 0.0 && x.abs() < 9.2e18 => Self::Integer(*x as i64),
            Value::Number(x) => Self::Number(x.to_bits()),
            Value::Boolean(b) => Self::Boolean(*b),
            Value::Date(day) => Self::Date(*day),
            Value::Timestamp(t) => Self::Timestamp(*t),
            Value::Text(text) => Self::Text(Arc::clone(text)),
        }
    }
}
