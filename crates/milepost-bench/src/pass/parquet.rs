//! Parquet files as other programs write them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use crate::Failure;

/// Rows of a row group, as most writers have it.
const ROW_GROUP: usize = 1_000_000;
/// Rows that are handed to the writer at a time.
pub(crate) const BATCH: usize = 50_000;

/// Texts of a short list.
pub(crate) fn one_of<const N: usize>(
    places: Vec<i32>,
    list: [&str; N],
) -> Result<ArrayRef, Failure> {
    let texts = Arc::new(StringArray::from_iter_values(list));
    Ok(Arc::new(DictionaryArray::try_new(Int32Array::from(places), texts)?))
}

/// A column, its name, and whether it has nulls.
pub(crate) type Column = (&'static str, ArrayRef, bool);

/// A file that is written batch by batch.
pub(crate) struct Parquet {
    path: PathBuf,
    writer: Option<ArrowWriter<File>>,
}

impl Parquet {
    /// One that is in a folder, which is there afterward.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        fs::create_dir_all(path.parent().unwrap_or(path))?;
        Ok(Self { path: path.to_owned(), writer: None })
    }

    pub(crate) fn write<const N: usize>(&mut self, columns: [Column; N]) -> Result<(), Failure> {
        let batch = &RecordBatch::try_from_iter_with_nullable(columns)?;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            absent => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_max_row_group_row_count(Some(ROW_GROUP))
                    // No two rows have the same time.
                    .set_column_dictionary_enabled(ColumnPath::from("at"), false)
                    .set_created_by("milepost".to_owned())
                    .build();
                // Plain text to every reader, as other programs write it.
                let options = ArrowWriterOptions::new()
                    .with_properties(properties)
                    .with_skip_arrow_metadata(true);
                let file = File::create(&self.path)?;
                absent.insert(ArrowWriter::try_new_with_options(file, batch.schema(), options)?)
            }
        };
        Ok(writer.write(batch)?)
    }

    pub(crate) fn close(self) -> Result<(), Failure> {
        if let Some(writer) = self.writer {
            writer.close()?;
        }
        Ok(())
    }
}
