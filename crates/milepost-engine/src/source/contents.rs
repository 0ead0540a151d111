//! What one file holds, and its rows as they stand in it.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::json::ReaderBuilder;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::options::ArrowReadOptions;
use datafusion::prelude::{
    CsvReadOptions, DataFrame, JsonReadOptions, ParquetReadOptions, SessionContext, ident,
};

use milepost_semantics::DataNeed;
use milepost_semantics::model::{Format, Type};

use super::DataFile;
use super::memory::{Budget, collect};

/// Rows of an NDJSON file that are read at once.
const BATCH: usize = 8_192;

/// The columns of one file.
#[derive(Clone, Debug)]
pub(crate) struct Contents {
    /// What they are.
    pub(crate) types: SchemaRef,
    /// As what they are read: text where it must be seen as it is written.
    pub(crate) read: SchemaRef,
}

/// The columns of a file.
pub(super) async fn contents(
    context: &SessionContext,
    file: &DataFile,
    need: &DataNeed,
) -> Result<Contents> {
    let frame = open(context, file, None).await?;
    let found: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let declared = |field: &Field| {
        let column = need.columns.iter().find(|(name, _)| name == field.name());
        column.and_then(|(_, ty)| *ty)
    };
    let text = |field: &Field| match (file.format, declared(field)) {
        (Format::Parquet | Format::Arrow, _) => false,
        // Values of declared columns are converted with our own messages, and times keep the zone that they carry.
        (Format::Csv, ty) => ty.is_some() || field.data_type().is_temporal(),
        // What no double holds.
        (Format::Ndjson, Some(Type::Decimal | Type::Integer)) => field.data_type().is_floating(),
        (Format::Ndjson, _) => false,
    };
    let schema = |is_text: &dyn Fn(&Field) -> bool| {
        let field = |field: &Arc<Field>| {
            let ty = if is_text(field) { DataType::Utf8 } else { field.data_type().clone() };
            Field::new(field.name(), ty, true)
        };
        Arc::new(Schema::new(found.fields().iter().map(field).collect::<Vec<_>>()))
    };
    let types = |field: &Field| file.format == Format::Csv && declared(field).is_some();
    Ok(Contents { types: schema(&types), read: schema(&text) })
}

/// The rows of some columns, in their order.
pub(super) async fn rows(
    context: &SessionContext,
    file: &DataFile,
    contents: &Contents,
    columns: &[&str],
    budget: &Arc<Budget>,
) -> Result<Vec<RecordBatch>> {
    if file.format == Format::Ndjson {
        return objects(file, contents, columns, budget);
    }
    let csv = (file.format == Format::Csv).then_some(&*contents.read);
    let frame = open(context, file, csv).await?;
    let frame = frame.select(columns.iter().map(|name| ident(*name)).collect::<Vec<_>>())?;
    collect(frame, budget).await
}

/// Numbers are taken for text as they are written.
fn objects(
    file: &DataFile,
    contents: &Contents,
    columns: &[&str],
    budget: &Budget,
) -> Result<Vec<RecordBatch>> {
    let wanted = |field: &&Arc<Field>| columns.contains(&field.name().as_str());
    let fields: Vec<_> = contents.read.fields().iter().filter(wanted).cloned().collect();
    // Rows have a number also where none of their columns is asked for.
    let schema =
        if fields.is_empty() { Arc::clone(&contents.read) } else { Arc::new(Schema::new(fields)) };
    let reader = ReaderBuilder::new(schema).with_coerce_primitive(true).with_batch_size(BATCH);
    let mut batches = Vec::new();
    for batch in reader.build(BufReader::new(File::open(&file.path)?))? {
        let batch = batch?;
        budget.take(&batch)?;
        batches.push(batch);
    }
    Ok(batches)
}

async fn open(
    context: &SessionContext,
    file: &DataFile,
    csv: Option<&Schema>,
) -> Result<DataFrame> {
    let url = url::Url::from_file_path(&file.path)
        .map_err(|()| {
            DataFusionError::Configuration(format!("`{}` is no path of a file", file.shown))
        })?
        .to_string();
    let ending =
        file.path.extension().and_then(|e| e.to_str()).map(|e| format!(".{e}")).unwrap_or_default();
    match file.format {
        Format::Parquet => {
            context.read_parquet(url, ParquetReadOptions::default().file_extension(&ending)).await
        }
        Format::Csv => {
            let mut options =
                CsvReadOptions::new().file_extension(&ending).schema_infer_max_records(usize::MAX);
            // Quoted line breaks are ordinary in exports.
            options = options.newlines_in_values(true);
            options.schema = csv;
            context.read_csv(url, options).await
        }
        Format::Ndjson => {
            let options = JsonReadOptions::default()
                .file_extension(&ending)
                .schema_infer_max_records(usize::MAX);
            context.read_json(url, options).await
        }
        Format::Arrow => {
            let options =
                ArrowReadOptions { file_extension: &ending, ..ArrowReadOptions::default() };
            context.read_arrow(url, options).await
        }
    }
}
