//! What the footers of Parquet files tell before any row is read.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Schema, TimestampMicrosecondType};
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::basic::Encoding;

use milepost_semantics::DataNeed;
use milepost_semantics::model::{Format, Type};
use milepost_semantics::time::Calendar;
use milepost_syntax::diagnostic::Diagnostic;

use super::{Counted, RowGroup, Streamed};
use crate::source::normalize::normalize;
use crate::source::parquet::footer;
use crate::source::{Source, SourceColumn};

/// The dataset as a stream, if it has that many rows, all in Parquet files whose footers tell the times of their row
/// groups. `time`: a position in `columns`.
///
/// # Errors
/// A file that is not as it was, or a value that has no place among the digits of its column.
pub(crate) fn look(
    need: &DataNeed,
    source: &Source,
    columns: Vec<(String, SourceColumn)>,
    time: usize,
    zone: &Calendar,
    from_rows: u64,
) -> Result<Option<Streamed>, Box<Diagnostic>> {
    let mut streamed = Streamed {
        need: need.clone(),
        source: source.clone(),
        many_texts: vec![false; columns.len()],
        columns,
        time,
        zone: zone.clone(),
        files: Vec::new(),
        groups: Vec::new(),
        counted: Counted::default(),
    };
    if footers(&mut streamed).is_none_or(|rows| rows < from_rows) {
        return Ok(None);
    }
    (0..source.files.len()).try_for_each(|number| source.still(number, need))?;
    for column in 0..streamed.columns.len() {
        if streamed.columns[column].1.waits_for_digits() {
            let digits = super::rows::digits(&streamed, column).map_err(|fault| fault.0)?;
            streamed.columns[column].1.stored = digits.stored();
        }
    }
    Ok(Some(streamed))
}

/// Reads the footers, and tells how many rows there are; absent where the rows can't be streamed.
fn footers(streamed: &mut Streamed) -> Option<u64> {
    let source = streamed.source.clone();
    let plain = |file: &crate::source::DataFile| {
        let asked = |name: &String| streamed.columns.iter().any(|(_, c)| c.name == *name);
        file.format == Format::Parquet
            && file.unpivot.is_none()
            && !file.partitions.iter().any(|partition| asked(&partition.name))
    };
    let usual = streamed.columns.iter().all(|(_, column)| column.is_usual());
    let whole = source.rows.is_none() && !source.files.is_empty();
    if !whole || !usual || !source.files.iter().all(plain) {
        return None;
    }
    let (mut rows, mut footers) = (0, Vec::with_capacity(source.files.len()));
    for (number, file) in source.files.iter().enumerate() {
        let opened = File::open(&file.path).ok()?;
        let plain = footer(&opened).ok()?;
        rows += u64::try_from(plain.metadata().file_metadata().num_rows()).ok()?;
        let groups = groups_of(streamed, number, &plain)?;
        streamed.groups.extend(groups);
        footers.push(plain);
    }
    let has_many = |name: &str| footers.iter().any(|footer| has_many_texts(footer, name));
    streamed.many_texts = streamed.columns.iter().map(|(_, c)| has_many(&c.name)).collect();
    for plain in footers {
        let options = ArrowReaderOptions::new().with_schema(as_read(streamed, &plain));
        let read = ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options);
        streamed.files.push(read.ok()?);
    }
    Some(rows)
}

/// Whether a column has pages without a dictionary in some row group, as far as the footer tells.
fn has_many_texts(footer: &ArrowReaderMetadata, name: &str) -> bool {
    let columns = footer.parquet_schema().columns().iter();
    let own = columns.enumerate().filter(|(_, column)| column.path().parts() == [name]);
    let leaves: Vec<usize> = own.map(|(leaf, _)| leaf).collect();
    let mut chunks = footer
        .metadata()
        .row_groups()
        .iter()
        .flat_map(|group| leaves.iter().map(|leaf| group.column(*leaf)));
    chunks.any(|chunk| {
        chunk.page_encoding_stats_mask().is_some_and(|pages| {
            let dictionaries = [Encoding::RLE_DICTIONARY, Encoding::PLAIN_DICTIONARY];
            !dictionaries.into_iter().any(|dictionary| pages.is_only(dictionary))
        })
    })
}

/// The columns of a file, with texts that are asked for as dictionaries.
fn as_read(streamed: &Streamed, metadata: &ArrowReaderMetadata) -> Arc<Schema> {
    let fields = metadata.schema().fields().iter().map(|field| {
        let asked = streamed.columns.iter().position(|(_, c)| c.name == *field.name());
        let ty = match (asked, field.data_type()) {
            (Some(at), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
                if streamed.columns[at].1.ty == Type::Text =>
            {
                streamed.read_as(at)
            }
            _ => field.data_type().clone(),
        };
        field.as_ref().clone().with_data_type(ty)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// None where a footer does not say when its row groups begin and end.
fn groups_of(
    streamed: &Streamed,
    file: usize,
    metadata: &ArrowReaderMetadata,
) -> Option<Vec<RowGroup>> {
    let time = &streamed.columns[streamed.time].1;
    let schema = metadata.schema();
    // Times without a zone may be told in another order than they have.
    match schema.field_with_name(&time.name).ok()?.data_type() {
        DataType::Timestamp(_, Some(_)) => {}
        DataType::Timestamp(_, None) if streamed.zone.time_zone == "UTC" => {}
        _ => return None,
    }
    let parquet = metadata.parquet_schema();
    let converter = StatisticsConverter::try_new(&time.name, schema, parquet).ok()?;
    let groups = metadata.metadata().row_groups();
    let instants = |array: ArrayRef| {
        let array = normalize(&array, time.ty, &time.stored, &streamed.zone).ok()?;
        let times = array.as_primitive_opt::<TimestampMicrosecondType>()?;
        Some(times.iter().collect::<Vec<_>>())
    };
    let first = instants(converter.row_group_mins(groups).ok()?)?;
    let last = instants(converter.row_group_maxes(groups).ok()?)?;
    let nulls = converter.row_group_null_counts(groups).ok()?;
    let group = |(number, group): (usize, &parquet::file::metadata::RowGroupMetaData)| {
        let nulls = nulls.is_null(number) || nulls.value(number) > 0;
        let rows = u64::try_from(group.num_rows()).ok()?;
        Some(RowGroup { file, number, rows, first: first[number]?, last: last[number]?, nulls })
    };
    groups.iter().enumerate().filter(|(_, g)| g.num_rows() > 0).map(group).collect()
}
