//! Days and instants out of texts that are written by a pattern.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use milepost_plan::text::Written;

/// Which function. What is not written so is null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// `text_date(text, pattern) → date`
    Date,
    /// `text_timestamp(text, pattern, zone) → timestamp`
    Timestamp,
    /// `text_instant(text, pattern) → timestamp`, where the pattern reads an offset
    Instant,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Date, Self::Timestamp, Self::Instant];
}

/// A function of a text and how it is written.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct WrittenTime {
    kind: Kind,
    signature: Signature,
}

impl WrittenTime {
    pub(crate) fn new(kind: Kind) -> Self {
        let arguments = match kind {
            Kind::Date | Kind::Instant => vec![DataType::Utf8; 2],
            Kind::Timestamp => vec![DataType::Utf8; 3],
        };
        Self { kind, signature: Signature::exact(arguments, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for WrittenTime {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Date => "text_date",
            Kind::Timestamp => "text_timestamp",
            Kind::Instant => "text_instant",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Date => DataType::Date32,
            Kind::Timestamp | Kind::Instant => DataType::Timestamp(TimeUnit::Microsecond, None),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some((text, ways)) = args.args.split_first() else {
            return exec_err!("`{}` needs a text", self.name());
        };
        let ways = ways.iter().map(fixed).collect::<Result<Vec<&str>>>()?;
        let written = match ways[..] {
            [pattern] => Written::new(pattern, "UTC"),
            [pattern, zone] => Written::new(pattern, zone),
            _ => None,
        };
        let Some(written) = written else {
            return exec_err!("`{}` knows no way to read {ways:?}", self.name());
        };
        let texts = text.to_array(args.number_rows)?;
        let texts = texts.as_string::<i32>().iter();
        let array: ArrayRef = match self.kind {
            Kind::Date => Arc::new(texts.map(|t| written.day(t?)).collect::<Date32Array>()),
            Kind::Timestamp | Kind::Instant => {
                let instants = texts.map(|t| written.instant(t?));
                Arc::new(instants.collect::<TimestampMicrosecondArray>())
            }
        };
        Ok(ColumnarValue::Array(array))
    }
}

/// A pattern or a zone: a text of the spec, the same for all rows.
fn fixed(value: &ColumnarValue) -> Result<&str> {
    match value {
        ColumnarValue::Scalar(ScalarValue::Utf8(Some(text))) => Ok(text),
        other => exec_err!("{other} is no fixed text"),
    }
}
