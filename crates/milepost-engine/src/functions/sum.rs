//! `sum` as the language means it, instead of DataFusion's: that one wraps around, and depends on the order of doubles.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Float64Type};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::exact_sum::{ExactPartials, list, list_type};

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
            [ty] if ty.is_floating() || ty.is_null() => Ok(vec![DataType::Float64]),
            other => plan_err!("sum of {other:?}"),
        }
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Float64))
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.return_field.data_type() {
            DataType::Decimal128(_, scale) => Ok(Box::new(DecimalSum { sum: None, scale: *scale })),
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
struct DecimalSum {
    sum: Option<i128>,
    scale: i8,
}

impl DecimalSum {
    fn add(&mut self, values: &ArrayRef) -> Result<()> {
        for value in values.as_primitive::<Decimal128Type>().iter().flatten() {
            let sum = self.sum.unwrap_or(0).checked_add(value).ok_or_else(overflow)?;
            self.sum = Some(sum);
        }
        Ok(())
    }

    fn scalar(&self) -> ScalarValue {
        ScalarValue::Decimal128(self.sum, 38, self.scale)
    }
}

pub(crate) fn overflow() -> DataFusionError {
    let message = "overflow: a sum has more than 38 digits".to_owned();
    DataFusionError::ArrowError(Box::new(ArrowError::ArithmeticOverflow(message)), None)
}

impl Accumulator for DecimalSum {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add(&values[0])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        Ok(self.scalar())
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.scalar()])
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
