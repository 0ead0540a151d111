//! `product(a, b)`: what `a * b` means for decimals, with as many digits as it needs.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::kernels::numeric::mul;
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use crate::error::OutOfRange;

/// Digits of decimals of 128 bits, and of 256.
const NARROW: u8 = 38;
const WIDE: u8 = 76;

/// The exact product of two decimals or whole numbers: 38 digits, or 76 where those of both are more. A product with a
/// double is a double.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Product {
    signature: Signature,
}

impl Product {
    pub(crate) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

/// Digits in all and after the point; absent for doubles.
fn digits(ty: &DataType) -> Result<Option<(u8, i8)>> {
    Ok(match ty {
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            Some((*precision, *scale))
        }
        ty if ty.is_integer() => Some((19, 0)),
        ty if ty.is_floating() || ty.is_null() => None,
        other => return plan_err!("a product of {other}"),
    })
}

/// As what both are multiplied, and what comes out.
fn types(types: &[DataType]) -> Result<(Vec<DataType>, DataType)> {
    let [a, b] = types else { return plan_err!("a product of {} values", types.len()) };
    let (Some(a), Some(b)) = (digits(a)?, digits(b)?) else {
        return Ok((vec![DataType::Float64; 2], DataType::Float64));
    };
    let scale = a.1 + b.1;
    if scale.unsigned_abs() > WIDE {
        return Err(OutOfRange::error(format!(
            "a product of decimals has {scale} digits after the point, and {WIDE} are the most"
        )));
    }
    let is_narrow = a.0 + b.0 <= NARROW;
    let ty = |precision: u8, scale: i8| match is_narrow {
        true => DataType::Decimal128(precision.min(NARROW), scale),
        false => DataType::Decimal256(precision.min(WIDE), scale),
    };
    Ok((vec![ty(a.0, a.1), ty(b.0, b.1)], ty(a.0 + b.0 + 1, scale)))
}

impl ScalarUDFImpl for Product {
    fn name(&self) -> &str {
        "product"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        Ok(types(given)?.0)
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(types(given)?.1)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let to = args.return_field.data_type().clone();
        let all = ColumnarValue::values_to_arrays(&args.args)?;
        let [a, b] = all.as_slice() else { return exec_err!("a product of {} values", all.len()) };
        let product = mul(a, b).map_err(|_| told(a, b))?;
        Ok(ColumnarValue::Array(as_type(product, &to)?))
    }
}

/// The same numbers under the type that was promised: only the count of digits may differ.
fn as_type(array: ArrayRef, to: &DataType) -> Result<ArrayRef> {
    Ok(match *to {
        ref ty if array.data_type() == ty => array,
        DataType::Decimal128(precision, scale) => {
            let array = array.as_primitive::<Decimal128Type>().clone();
            Arc::new(array.with_precision_and_scale(precision, scale)?)
        }
        DataType::Decimal256(precision, scale) => {
            let array = array.as_primitive::<Decimal256Type>().clone();
            Arc::new(array.with_precision_and_scale(precision, scale)?)
        }
        _ => return exec_err!("a product as {to}"),
    })
}

/// Names the factors of the first row that has no product.
fn told(a: &ArrayRef, b: &ArrayRef) -> DataFusionError {
    let too_large = |row: &usize| mul(&a.slice(*row, 1), &b.slice(*row, 1)).is_err();
    let row = (0..a.len()).find(too_large).unwrap_or(0);
    let shown = |array: &ArrayRef| {
        arrow::util::display::array_value_to_string(array, row).unwrap_or_default()
    };
    let (a, b) = (shown(a), shown(b));
    OutOfRange::error(format!("`{a}` times `{b}` has more than {WIDE} digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(a: &DataType, b: &DataType) -> Option<DataType> {
        types(&[a.clone(), b.clone()]).ok().map(|(_, to)| to)
    }

    #[test]
    fn a_product_is_as_wide_as_its_factors_together() {
        use DataType::{Decimal128, Decimal256, Float64, Int64, Utf8};
        let money = Decimal128(18, 9);
        assert_eq!(of(&money, &money), Some(Decimal128(37, 18)));
        assert_eq!(of(&money, &Int64), Some(Decimal128(38, 9)));
        assert_eq!(of(&Decimal128(38, 20), &money), Some(Decimal256(57, 29)));
        let wide = Decimal256(76, 38);
        assert_eq!(of(&wide, &wide), Some(Decimal256(76, 76)));
        assert_eq!(of(&Decimal256(76, 76), &money), None);
        assert_eq!(of(&money, &Float64), Some(Float64));
        assert_eq!(of(&money, &Utf8), None);
    }
}
