//! Functions of texts, of which engines have some and mean other things by others.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use milepost_plan::text;

/// Which function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// `text_lower(text)`
    Lower,
    /// `text_upper(text)`
    Upper,
    /// `text_trim(text)`: without blanks at both ends
    Trim,
    /// `text_replace(text, part, other)`
    Replace,
    /// `text_part(text, separator, n)`: null where there is no such part, or nothing in it
    Part,
    /// `text_left(text, n)`: the first characters
    Left,
    /// `text_length(text) → n`: characters
    Length,
    /// `text_number(text) → double`: null where it is none
    Number,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Lower,
        Self::Upper,
        Self::Trim,
        Self::Replace,
        Self::Part,
        Self::Left,
        Self::Length,
        Self::Number,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Lower => "text_lower",
            Self::Upper => "text_upper",
            Self::Trim => "text_trim",
            Self::Replace => "text_replace",
            Self::Part => "text_part",
            Self::Left => "text_left",
            Self::Length => "text_length",
            Self::Number => "text_number",
        }
    }

    fn arguments(self) -> Vec<DataType> {
        use DataType::{Int64, Utf8};
        match self {
            Self::Lower | Self::Upper | Self::Trim | Self::Length | Self::Number => vec![Utf8],
            Self::Replace => vec![Utf8, Utf8, Utf8],
            Self::Part => vec![Utf8, Utf8, Int64],
            Self::Left => vec![Utf8, Int64],
        }
    }
}

/// A function of texts.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct TextFunction {
    kind: Kind,
    signature: Signature,
}

impl TextFunction {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, signature: Signature::exact(kind.arguments(), Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for TextFunction {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Length => DataType::Int64,
            Kind::Number => DataType::Float64,
            _ => DataType::Utf8,
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = args
            .args
            .iter()
            .map(|arg| arg.to_array(args.number_rows))
            .collect::<Result<Vec<ArrayRef>>>()?;
        let texts = |at: usize| arrays[at].as_string::<i32>();
        let counts = |at: usize| arrays[at].as_primitive::<Int64Type>();
        let each = texts(0).iter();
        let array: ArrayRef = match self.kind {
            Kind::Lower => {
                Arc::new(each.map(|t| t.map(str::to_lowercase)).collect::<StringArray>())
            }
            Kind::Upper => {
                Arc::new(each.map(|t| t.map(str::to_uppercase)).collect::<StringArray>())
            }
            Kind::Trim => Arc::new(each.map(|t| t.map(text::trimmed)).collect::<StringArray>()),
            Kind::Replace => {
                let others = texts(1).iter().zip(texts(2));
                let replaced = each
                    .zip(others)
                    .map(|(t, (part, other))| Some(text::replaced(t?, part?, other?)));
                Arc::new(replaced.collect::<StringArray>())
            }
            Kind::Part => {
                let others = texts(1).iter().zip(counts(2));
                let parts =
                    each.zip(others).map(|(t, (separator, n))| text::part(t?, separator?, n?));
                Arc::new(parts.collect::<StringArray>())
            }
            Kind::Left => {
                let left = each.zip(counts(1)).map(|(t, n)| Some(text::left(t?, n?)));
                Arc::new(left.collect::<StringArray>())
            }
            Kind::Length => {
                let lengths = each.map(|t| i64::try_from(t?.chars().count()).ok());
                Arc::new(lengths.collect::<Int64Array>())
            }
            Kind::Number => Arc::new(each.map(|t| text::number(t?)).collect::<Float64Array>()),
        };
        Ok(ColumnarValue::Array(array))
    }
}
