//! `sum` as the language means it, instead of DataFusion's: that one wraps around, and depends on the order of doubles.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{
    ArrowNativeTypeOp, DataType, Decimal128Type, Decimal256Type, DecimalType, Field, FieldRef,
    Float64Type,
};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use milepost_plan::exact::ExactPartials;

use super::exact_sum::{list, list_type};
use crate::error::OutOfRange;

/// `sum(x)`: exact for integers and decimals, with overflow told; for doubles the exact sum rounded once. Null without a
/// value.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sum {
    signature: Signature,
}

impl Sum {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &str {
        "sum"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        match types {
            [ty] if ty.is_integer() => Ok(vec![DataType::Decimal128(38, 0)]),
            [DataType::Decimal128(_, scale)] => Ok(vec![DataType::Decimal128(38, *scale)]),
            [DataType::Decimal256(_, scale)] => Ok(vec![DataType::Decimal256(76, *scale)]),
            [ty] if ty.is_floating() || ty.is_null() => Ok(vec![DataType::Float64]),
            other => plan_err!("sum of {other:?}"),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Float64))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.return_field.data_type() {
            DataType::Decimal128(_, scale) => {
                Ok(Box::new(DecimalSum::<Decimal128Type> { sum: None, scale: *scale }))
            }
            DataType::Decimal256(_, scale) => {
                Ok(Box::new(DecimalSum::<Decimal256Type> { sum: None, scale: *scale }))
            }
            _ => Ok(Box::<DoubleSum>::default()),
        }
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let ty = args.return_field.data_type();
        let state = if ty.is_floating() { list_type() } else { ty.clone() };
        Ok(vec![Arc::new(Field::new(format!("{}[sum]", args.name), state, true))])
    }
}

#[derive(Debug)]
struct DecimalSum<T: DecimalType> {
    sum: Option<T::Native>,
    scale: i8,
}

impl<T: DecimalType> DecimalSum<T> {
    fn add(&mut self, values: &ArrayRef) -> Result<()> {
        for value in values.as_primitive::<T>().iter().flatten() {
            let sum = self.sum.unwrap_or(T::Native::ZERO);
            self.sum = Some(sum.add_checked(value).map_err(|_| overflow(T::MAX_PRECISION))?);
        }
        Ok(())
    }

    fn scalar(&self) -> Result<ScalarValue> {
        ScalarValue::new_primitive::<T>(
            self.sum,
            &T::TYPE_CONSTRUCTOR(T::MAX_PRECISION, self.scale),
        )
    }
}

/// A sum has more than so many digits.
pub(crate) fn overflow(digits: u8) -> DataFusionError {
    OutOfRange::error(format!("a sum has more than {digits} digits"))
}

impl<T: DecimalType + std::fmt::Debug> Accumulator for DecimalSum<T> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.scalar()
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.scalar()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.add(&states[0])
    }
}

#[derive(Debug, Default)]
struct DoubleSum {
    sum: ExactPartials,
    any: bool,
}

impl DoubleSum {
    fn add(&mut self, values: &ArrayRef) {
        for value in values.as_primitive::<Float64Type>().iter().flatten() {
            self.sum.add(value);
            self.any = true;
        }
    }
}

impl Accumulator for DoubleSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0]);
        Ok(())
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(ScalarValue::Float64(self.any.then(|| self.sum.value())))
    }

    fn size(&self) -> usize {
        size_of_val(self) + size_of_val(self.sum.parts())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![list(&self.sum)?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for parts in states[0].as_list::<i32>().iter().flatten() {
            self.add(&parts);
        }
        Ok(())
    }
}
