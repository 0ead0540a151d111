//! What users are named by: numbers from 1 on, or texts that say nothing.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::DataType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::rows::Random;
use super::write::USERS;
use crate::Failure;

/// The type of the keys of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keys {
    /// Small numbers that lie close together, which can be distinguished by themselves.
    Numbers,
    /// UUIDs as text, which must be looked up before they can be distinguished quickly.
    Texts,
}

impl Keys {
    /// Those of a project that was written.
    pub(crate) fn of(folder: &Path) -> Result<Self, Failure> {
        if !folder.join(USERS).exists() {
            return Ok(Self::Numbers);
        }
        let users = ParquetRecordBatchReaderBuilder::try_new(File::open(folder.join(USERS))?)?;
        let key = users.schema().field_with_name("user_id")?;
        Ok(if *key.data_type() == DataType::Utf8 { Self::Texts } else { Self::Numbers })
    }

    /// The keys of users or accounts, of whom there are the numbers.
    pub(crate) fn column(self, users: impl IntoIterator<Item = i64>) -> ArrayRef {
        match self {
            Self::Numbers => Arc::new(Int64Array::from_iter_values(users)),
            Self::Texts => Arc::new(StringArray::from_iter_values(users.into_iter().map(uuid))),
        }
    }
}

/// As programs draw them (version 4), but the same one for the same user.
fn uuid(user: i64) -> String {
    let mut random = Random::new(user.unsigned_abs());
    let (first, last) = (random.next(), random.next());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
        first >> 32,
        first >> 16 & 0xffff,
        first & 0xfff,
        8 + (last >> 62),
        last >> 48 & 0xfff,
        last & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_user_has_a_name_of_their_own() {
        let names: BTreeSet<String> = (1..=10_000).map(uuid).collect();
        assert_eq!(names.len(), 10_000);
        assert_eq!(uuid(7), uuid(7));
        for name in names {
            let lengths: Vec<usize> = name.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12], "{name}");
        }
    }
}
