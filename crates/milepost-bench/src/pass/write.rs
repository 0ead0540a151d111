//! The files of the project: events by month, users, and the specs.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, DictionaryArray, Int32Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;

use super::keys::Keys;
use super::rows::{Columns, NAMES, PLANS, REGIONS, Random, Year, users_of};
use super::sets;
use crate::Failure;

/// Where the users are.
pub(super) const USERS: &str = "data/users.parquet";
/// The same project for everybody.
const SEED: u64 = 2_025;
/// Rows of a row group, as most writers have it.
const ROW_GROUP: usize = 1_000_000;
/// Rows that are handed to the writer at a time.
const BATCH: usize = 50_000;
const DAYS_OF_MONTHS: [usize; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/// Writes a project of that many events, done by users with such keys, into a folder.
pub(crate) fn project(folder: &Path, rows: usize, keys: Keys) -> Result<(), Failure> {
    fs::create_dir_all(folder.join("data/events"))?;
    let mut year = Year::new(rows, SEED);
    let mut day = 0;
    for (month, days) in DAYS_OF_MONTHS.iter().enumerate() {
        let path = folder.join(format!("data/events/2025-{:02}.parquet", month + 1));
        let mut columns = Columns::default();
        let mut file = Parquet::new(&path);
        for hour in day * 24..(day + days) * 24 {
            year.hour(hour, &mut columns);
            if columns.at.len() >= BATCH {
                file.write(&batch(std::mem::take(&mut columns), keys)?)?;
            }
        }
        file.write(&batch(columns, keys)?)?;
        file.close()?;
        day += days;
    }
    users(&folder.join(USERS), users_of(rows), keys)?;
    for (path, text) in sets::project(&sets::SHOWN) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn batch(columns: Columns, keys: Keys) -> Result<RecordBatch, Failure> {
    let amount = Decimal128Array::from(columns.amount).with_precision_and_scale(12, 2)?;
    let columns: [(&str, ArrayRef, bool); 5] = [
        ("at", Arc::new(TimestampMicrosecondArray::from(columns.at)), false),
        ("user_id", keys.column(columns.user), false),
        ("name", one_of(columns.name, NAMES.map(|(name, _)| name))?, false),
        ("seconds", Arc::new(Int64Array::from(columns.seconds)), true),
        ("amount", Arc::new(amount), true),
    ];
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

fn users(path: &Path, count: usize, keys: Keys) -> Result<(), Failure> {
    let mut random = Random::new(SEED + 1);
    let (mut plans, mut regions) = (Vec::new(), Vec::new());
    for _ in 0..count {
        plans.push(random.pick(&PLANS) as i32);
        regions.push(random.pick(&REGIONS) as i32);
    }
    let columns: [(&str, ArrayRef, bool); 3] = [
        ("user_id", keys.column(1..=count as i64), false),
        ("plan", one_of(plans, PLANS.map(|(name, _)| name))?, false),
        ("region", one_of(regions, REGIONS.map(|(name, _)| name))?, false),
    ];
    let mut file = Parquet::new(path);
    file.write(&RecordBatch::try_from_iter_with_nullable(columns)?)?;
    file.close()
}

/// Texts of a short list.
fn one_of<const N: usize>(places: Vec<i32>, list: [&str; N]) -> Result<ArrayRef, Failure> {
    let texts = Arc::new(StringArray::from_iter_values(list));
    Ok(Arc::new(DictionaryArray::try_new(Int32Array::from(places), texts)?))
}

/// A file that is written batch by batch.
struct Parquet<'a> {
    path: &'a Path,
    writer: Option<ArrowWriter<File>>,
}

impl<'a> Parquet<'a> {
    const fn new(path: &'a Path) -> Self {
        Self { path, writer: None }
    }

    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
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
                let file = File::create(self.path)?;
                absent.insert(ArrowWriter::try_new_with_options(file, batch.schema(), options)?)
            }
        };
        Ok(writer.write(batch)?)
    }

    fn close(self) -> Result<(), Failure> {
        if let Some(writer) = self.writer {
            writer.close()?;
        }
        Ok(())
    }
}
