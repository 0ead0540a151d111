//! Which of a rollup's elementary intervals an instant falls in.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array};
use arrow::datatypes::{DataType, Date32Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

/// `cut_index_N(t)`: how many of the rollup's sorted cuts lie at or before `t`; null for null.
///
/// Cuts are microseconds for a timestamp and days since 1970 for a date.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct CutIndex {
    name: String,
    cuts: Vec<i64>,
    signature: Signature,
}

impl CutIndex {
    /// The function of that name over sorted cuts.
    pub(crate) fn new(name: String, cuts: Vec<i64>) -> Self {
        let signature = Signature::uniform(
            1,
            vec![DataType::Timestamp(TimeUnit::Microsecond, None), DataType::Date32],
            Volatility::Immutable,
        );
        Self { name, cuts, signature }
    }

    fn index(&self, t: i64) -> i32 {
        i32::try_from(self.cuts.partition_point(|cut| *cut <= t)).unwrap_or(i32::MAX)
    }
}

impl ScalarUDFImpl for CutIndex {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let array = args.args[0].to_array(args.number_rows)?;
        let index: Int32Array = match array.data_type() {
            DataType::Date32 => array
                .as_primitive::<Date32Type>()
                .iter()
                .map(|t| t.map(|t| self.index(i64::from(t))))
                .collect(),
            DataType::Timestamp(TimeUnit::Microsecond, None) => array
                .as_primitive::<TimestampMicrosecondType>()
                .iter()
                .map(|t| t.map(|t| self.index(t)))
                .collect(),
            other => return exec_err!("{} of {other}", self.name),
        };
        Ok(ColumnarValue::Array(Arc::new(index) as ArrayRef))
    }
}
