//! Exact sums of doubles as Arrow has them.

use std::sync::Arc;

use arrow::array::{Float64Array, ListArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};

use milepost_plan::exact::ExactPartials;

/// The parts of a sum as a column.
pub(crate) fn list_type() -> DataType {
    DataType::List(item())
}

fn item() -> FieldRef {
    Arc::new(Field::new("item", DataType::Float64, true))
}

/// The parts of a sum as one value.
pub(super) fn list(sum: &ExactPartials) -> Result<ScalarValue> {
    let values = Float64Array::from(sum.parts().to_vec());
    let offsets = OffsetBuffer::from_lengths([values.len()]);
    let list = ListArray::try_new(item(), offsets, Arc::new(values), None)?;
    Ok(ScalarValue::List(Arc::new(list)))
}
