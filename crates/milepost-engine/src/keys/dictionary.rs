//! Numbers for the values of Arrow's dictionaries.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int32Array};

/// The dictionary that was read last, with a number for each of its values: batch after batch has the same.
#[derive(Debug, Default)]
pub(crate) struct LastDictionary {
    values: Option<ArrayRef>,
    numbers: Vec<u32>,
}

impl LastDictionary {
    /// Whether it has these values: batches of one row group share their bytes, each in an array of its own.
    pub(crate) fn is(&self, values: &ArrayRef) -> bool {
        let same = |known: &ArrayRef| {
            Arc::ptr_eq(known, values) || known.to_data().ptr_eq(&values.to_data())
        };
        self.values.as_ref().is_some_and(same)
    }

    pub(crate) fn set(&mut self, values: &ArrayRef, numbers: Vec<u32>) {
        self.values = Some(Arc::clone(values));
        self.numbers = numbers;
    }

    /// The number of each row by its code there; `null` where a row has none.
    #[expect(clippy::cast_sign_loss, reason = "the code of a value is not negative")]
    pub(crate) fn by_code(&self, codes: &Int32Array, null: u32) -> Vec<u32> {
        let number = |code: i32| self.numbers[code as usize];
        if codes.null_count() == 0 {
            return codes.values().iter().map(|code| number(*code)).collect();
        }
        codes.iter().map(|code| code.map_or(null, number)).collect()
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{StringArray, make_array};

    use super::*;

    #[test]
    fn arrays_over_the_same_bytes_are_one_dictionary() {
        let values = || -> ArrayRef { Arc::new(StringArray::from(vec!["a", "b"])) };
        let first = values();
        let mut last = LastDictionary::default();
        last.set(&first, vec![1, 0]);
        assert!(last.is(&first) && last.is(&make_array(first.to_data())));
        assert!(!last.is(&values()));
    }
}
