//! The rows of one dataset in memory: a column for everything that a row alone can tell.

use std::collections::HashMap;
use std::sync::Arc;

use crate::evaluate::Value;
use crate::intern::{NONE, number_of};
use crate::keys::{KeyReader, KeySpace};
use crate::rollup::decimal;
use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Decimal256Array,
    Float64Array, Int64Array, PrimitiveArray, StringArray, TimestampMicrosecondArray,
};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, DecimalType, Float64Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, i256,
};
use arrow::error::ArrowError;
use datafusion::common::{Result, internal_err};

use crate::rows::ids::{ById, RowId, TableColumnId};
use crate::rows::key::KeyPart;

/// The rows of a dataset.
#[derive(Debug)]
pub(in crate::rows) struct Table {
    pub(in crate::rows) columns: ById<TableColumnId, Column>,
    /// How many.
    pub(in crate::rows) rows: usize,
}

impl Table {
    pub(in crate::rows) fn ids(&self) -> impl Iterator<Item = RowId> + use<> {
        (0..self.rows).map(RowId::new)
    }
}

/// How many rows are handed over: by one column at least.
pub(in crate::rows) fn rows_of(batch: &[ArrayRef]) -> Result<usize> {
    match batch.first() {
        Some(column) => Ok(column.len()),
        None => internal_err!("rows without a column"),
    }
}

/// The values of one expression.
#[derive(Debug)]
pub(in crate::rows) enum Column {
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

/// Decimals as their digits; absent if some have too many for eight bytes, or if they are none.
pub(in crate::rows) fn digits(array: &ArrayRef) -> Option<Int64Array> {
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
    pub(in crate::rows) fn new(array: &ArrayRef) -> Result<Self> {
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

    /// The value in a row. Of a column that is not kept, whoever asks has made a failure.
    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    pub(in crate::rows) fn value(&self, row: RowId) -> Option<Value> {
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

    /// The number of each row's value, [`NONE`] where there is none; absent for values of other types than keys mostly have.
    ///
    /// # Errors
    /// Arrow refuses its own arrays.
    pub(in crate::rows) fn numbers(&self, space: &Arc<KeySpace>) -> Result<Option<Vec<u32>>> {
        let mut reader = KeyReader::new(space);
        Ok(match self {
            Self::Integer(integers) => Some(reader.numbers(&[Arc::new(integers.clone())])?),
            Self::Text { numbers, texts } => {
                let all = StringArray::from_iter_values(texts);
                let of = reader.numbers(&[Arc::new(all)])?;
                let number = |text: &Option<u32>| text.map_or(NONE, |text| of[text as usize]);
                Some(numbers.iter().map(number).collect())
            }
            _ => None,
        })
    }

    /// The digits after the point, if sums of the column are exact in integers.
    pub(in crate::rows) const fn scale(&self) -> Option<i32> {
        match self {
            Self::Integer(_) => Some(0),
            Self::Decimal(_, scale) | Self::Wide(_, scale) | Self::Digits(_, scale) => Some(*scale),
            _ => None,
        }
    }

    /// The value as an integer, `10^scale` times itself.
    pub(in crate::rows) fn exact(&self, row: RowId) -> Option<i256> {
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
    pub(in crate::rows) fn part(&self, row: RowId) -> Option<KeyPart> {
        match self {
            Self::Integer(a) => {
                let row = row.position();
                a.is_valid(row).then(|| KeyPart::Integer(a.value(row)))
            }
            Self::Decimal(_, scale) | Self::Wide(_, scale) | Self::Digits(_, scale) => {
                KeyPart::of_digits(self.exact(row)?, *scale)
            }
            _ => self.value(row).as_ref().map(KeyPart::of),
        }
    }
}
