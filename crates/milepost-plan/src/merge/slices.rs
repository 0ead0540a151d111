//! Values of slices as texts that are numbered.

use std::borrow::Cow;

use crate::results::SliceValue;

/// What the code of null is, and what codes of texts begin with that would be taken for it.
const NULL: char = '\0';

/// The value of a slice as one text, such that null is no text's code: nearly every text is its own.
pub fn slice_code(value: Option<&str>) -> Cow<'_, str> {
    match value {
        None => Cow::Owned(NULL.to_string()),
        Some(text) if text.starts_with(NULL) => Cow::Owned(format!("{NULL}{text}")),
        Some(text) => Cow::Borrowed(text),
    }
}

/// The value that a code stands for.
pub fn slice_value(code: &str) -> SliceValue {
    match code.strip_prefix(NULL) {
        None => SliceValue::Known(code.to_owned()),
        Some("") => SliceValue::Unknown,
        Some(text) => SliceValue::Known(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_has_the_code_of_null() {
        let values = [None, Some(""), Some("\0"), Some("\0\0"), Some("(unknown)"), Some("pro ")];
        let codes: std::collections::BTreeSet<_> = values.map(slice_code).into();
        assert_eq!(codes.len(), values.len());
        for value in values {
            assert_eq!(slice_value(&slice_code(value)).text(), value);
        }
    }
}
