//! Parquet files in memory: their columns, and their rows by row groups.

use std::fs::File;
use std::panic::catch_unwind;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{LogicalType, Type as PhysicalType};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::schema::types::ColumnDescPtr;

use super::fault::Fault;
use super::side::side_by_side;
use super::textual::mark_as_uuid;
use super::{Contents, DataFile, pages};

/// Rows of one batch.
const BATCH: usize = 8_192;

/// What the footer says. Times of 96 bits are read to the microsecond: counted in nanoseconds, those beyond 2262 would be
/// other times.
pub(super) fn footer(file: &File) -> Result<ArrowReaderMetadata, Fault> {
    let load = |options| ArrowReaderMetadata::load(file, options);
    // Footers that are damaged make the library panic.
    let found = catch_unwind(|| {
        let plain = load(ArrowReaderOptions::new())?;
        let is_wide = |field: &Arc<Field>| {
            column(&plain, field.name())
                .is_some_and(|column| column.physical_type() == PhysicalType::INT96)
        };
        if !plain.schema().fields().iter().any(is_wide) {
            return Ok(plain);
        }
        let fields = plain.schema().fields().iter().map(|field| match field.data_type() {
            DataType::Timestamp(_, zone) if is_wide(field) => {
                let ty = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
                field.as_ref().clone().with_data_type(ty)
            }
            _ => field.as_ref().clone(),
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        load(ArrowReaderOptions::new().with_schema(schema))
    });
    let metadata = found.map_err(|_| Fault::Damaged)??;
    let mut chunks = metadata.metadata().row_groups().iter().flat_map(RowGroupMetaData::columns);
    if chunks.any(has_negative_place) {
        return Err(Fault::Damaged);
    }
    Ok(metadata)
}

/// Whether values begin before the file does, or have a negative length: over such a place the library panics when it reads.
fn has_negative_place(chunk: &ColumnChunkMetaData) -> bool {
    let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
    start < 0 || chunk.compressed_size() < 0
}

/// The column that is a value by itself and has the name, as Parquet has it.
fn column<'m>(metadata: &'m ArrowReaderMetadata, name: &str) -> Option<&'m ColumnDescPtr> {
    let columns = metadata.parquet_schema().columns().iter();
    { columns }.find(|column| column.path().parts().len() == 1 && column.name() == name)
}

/// The columns of a file.
pub(super) fn contents(file: &DataFile) -> Result<Contents, Fault> {
    let metadata = footer(&File::open(&file.path)?)?;
    let fields = metadata.schema().fields().iter().map(|field| {
        let found = column(&metadata, field.name()).and_then(|c| c.logical_type_ref());
        let field = field.as_ref().clone().with_nullable(true);
        if found == Some(&LogicalType::Uuid) { mark_as_uuid(field) } else { field }
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    Ok(Contents::new(schema.clone(), schema))
}

/// Works on the rows of some columns (positions), part by part and by several threads: on the number of rows before a part,
/// and its rows.
pub(super) fn rows<T: Send, E: Send + From<Fault>>(
    file: &DataFile,
    contents: &Contents,
    columns: &[usize],
    threads: usize,
    work: impl Fn(usize, RecordBatch) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    let names: Vec<&str> =
        columns.iter().map(|i| contents.read.field(*i).name().as_str()).collect();
    if let Some(fault) = pages::fault_of_file(file, &names) {
        return Err(Fault::Page(fault).into());
    }
    let metadata = footer(&File::open(&file.path).map_err(Fault::from)?)?;
    let mask = ProjectionMask::roots(metadata.parquet_schema(), columns.iter().copied());
    let mut before = 0;
    let lengths = metadata.metadata().row_groups().iter().enumerate().map(|(number, group)| {
        let own = before;
        before += usize::try_from(group.num_rows()).unwrap_or(0);
        (number, own)
    });
    let mut groups = lengths.collect::<Vec<_>>().into_iter();
    let convert = |(group, mut before): (usize, usize)| -> Result<Vec<T>, E> {
        let opened = File::open(&file.path).map_err(Fault::from)?;
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(opened, metadata.clone())
            .with_projection(mask.clone())
            .with_row_groups(vec![group])
            .with_batch_size(BATCH)
            .build();
        let mut done = Vec::new();
        for batch in reader.map_err(Fault::from)? {
            let batch = batch.map_err(Fault::from)?;
            let rows = batch.num_rows();
            done.push(work(before, batch)?);
            before += rows;
        }
        Ok(done)
    };
    let done = side_by_side(threads, || groups.next().map(Ok), convert, || Fault::Damaged.into())?;
    Ok(done.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use parquet::schema::types::{ColumnDescriptor, ColumnPath, Type};

    use super::*;

    #[test]
    fn places_before_the_file_are_found() {
        let ty = Type::primitive_type_builder("x", PhysicalType::INT64).build().unwrap();
        let column = Arc::new(ColumnDescriptor::new(Arc::new(ty), 0, 0, ColumnPath::from("x")));
        let is_negative = |start, dictionary, length| {
            let chunk = ColumnChunkMetaData::builder(Arc::clone(&column))
                .set_data_page_offset(start)
                .set_dictionary_page_offset(dictionary)
                .set_total_compressed_size(length);
            has_negative_place(&chunk.build().unwrap())
        };
        assert!(!is_negative(4, None, 8) && !is_negative(20, Some(4), 8));
        assert!(is_negative(-4, None, 8) && is_negative(4, Some(-4), 8));
        assert!(is_negative(4, None, -8));
    }
}
