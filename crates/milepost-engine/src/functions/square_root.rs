//! `square_root(x)`: a double, and null of a negative number, of which engines say different things.

use std::sync::Arc;

use arrow::array::{AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

/// The square root of a number; null of a negative one.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct SquareRoot {
    signature: Signature,
}

impl SquareRoot {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::exact(vec![DataType::Float64], Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for SquareRoot {
    fn name(&self) -> &str {
        "square_root"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [numbers] = arrays.as_slice() else {
            return exec_err!("a square root of {} values", arrays.len());
        };
        let numbers = numbers.as_primitive::<Float64Type>();
        let roots: Float64Array =
            numbers.iter().map(|x| x.filter(|x| *x >= 0.0).map(f64::sqrt)).collect();
        Ok(ColumnarValue::Array(Arc::new(roots)))
    }
}
