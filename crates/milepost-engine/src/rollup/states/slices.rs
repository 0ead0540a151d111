//! Values of slices as texts that are numbered.

use arrow::array::{ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::Result;

use crate::intern::Interner;
use crate::merge::slice_code;

/// The numbers of slice values that stand row by row, by their codes.
pub(super) fn numbers(names: &mut Interner<String>, array: &ArrayRef) -> Result<Vec<u32>> {
    let text = cast(array, &DataType::Utf8)?;
    Ok(text.as_string::<i32>().iter().map(|t| names.number(&*slice_code(t))).collect())
}
