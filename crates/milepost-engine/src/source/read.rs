use std::sync::Arc;
use std::sync::atomic::Ordering;

use arrow::array::{ArrayRef, RecordBatch, StringArray, new_null_array};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::options::ArrowReadOptions;
use datafusion::prelude::{
    CsvReadOptions, DataFrame, JsonReadOptions, ParquetReadOptions, SessionContext, ident,
};

use milepost_semantics::DataNeed;
use milepost_semantics::model::{Format, Type};
use milepost_semantics::time::Calendar;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::Diagnostic;
use milepost_syntax::span::Span;

use super::normalize::{BadValue, normalize};
use super::{DataFile, Source, SourceColumn, lines};

/// The columns of one file. CSV columns with a declared type are text here: they are converted with our own messages.
pub(super) async fn file_schema(
    context: &SessionContext,
    file: &DataFile,
    need: &DataNeed,
) -> Result<SchemaRef> {
    let frame = open(context, file, None).await?;
    let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    if file.format != Format::Csv {
        return Ok(schema);
    }
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| {
            let declared =
                need.columns.iter().any(|(name, ty)| name == field.name() && ty.is_some());
            let ty = if declared { DataType::Utf8 } else { field.data_type().clone() };
            Field::new(field.name(), ty, true)
        })
        .collect();
    Ok(Arc::new(Schema::new(fields)))
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

/// Reads the wanted columns of all files into one batch, every column as its stored type.
///
/// # Errors
/// The first file that can't be read, or the first value that its column has no place for.
pub(crate) async fn read_columns(
    context: &SessionContext,
    need: &DataNeed,
    source: &Source,
    wanted: &[SourceColumn],
    zone: &Calendar,
) -> std::result::Result<RecordBatch, Box<Diagnostic>> {
    let schema: SchemaRef = Arc::new(Schema::new(
        wanted.iter().map(|c| Field::new(&c.name, c.stored.clone(), true)).collect::<Vec<_>>(),
    ));
    let mut batches = Vec::new();
    source.reads.fetch_add(1, Ordering::Relaxed);
    if let Some(rows) = &source.rows {
        return super::given::columns(rows, need, wanted, zone);
    }
    for file in &source.files {
        let failed =
            |e: &DataFusionError| Box::new(unreadable(need.from.span, &need.name, file, e));
        if let Some(fault) = lines::unclosed_quote(file) {
            return Err(Box::new(
                cant_read(need.from.span, &need.name, file).label(fault.why).help(fault.help),
            ));
        }
        let file_schema = file_schema(context, file, need).await.map_err(|e| failed(&e))?;
        let own: Vec<&SourceColumn> =
            wanted.iter().filter(|c| file_schema.field_with_name(&c.name).is_ok()).collect();
        let csv = (file.format == Format::Csv).then_some(&*file_schema);
        let frame = open(context, file, csv).await.map_err(|e| failed(&e))?;
        let frame = frame
            .select(own.iter().map(|c| ident(&c.name)).collect::<Vec<_>>())
            .map_err(|e| failed(&e))?;
        let mut row = 0;
        // Parts of a large file are read side by side; in their order, rows can be counted.
        let parts = frame.collect_partitioned().await.map_err(|e| failed(&e))?;
        for batch in parts.into_iter().flatten() {
            let columns = wanted
                .iter()
                .map(|column| {
                    one_column(&batch, column, file, zone)
                        .map_err(|bad| unfit(need, file, column, row, &bad))
                })
                .collect::<std::result::Result<Vec<ArrayRef>, _>>()?;
            row += batch.num_rows();
            let options =
                arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)
                .map_err(|e| failed(&e.into()))?;
            batches.push(batch);
        }
    }
    concat_batches(&schema, &batches).map_err(|e| {
        Box::new(Diagnostic::error(
            codes::DATA_UNREADABLE,
            need.from.span,
            format!("dataset `{}`: {e}", need.name),
        ))
    })
}

fn one_column(
    batch: &RecordBatch,
    column: &SourceColumn,
    file: &DataFile,
    zone: &Calendar,
) -> std::result::Result<ArrayRef, BadValue> {
    let array: ArrayRef = if let Some(array) = batch.column_by_name(&column.name) {
        Arc::clone(array)
    } else if let Some((_, value)) = file.partitions.iter().find(|(name, _)| *name == column.name) {
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(value, batch.num_rows())))
    } else {
        return Ok(new_null_array(&column.stored, batch.num_rows()));
    };
    normalize(&array, column.ty, &column.stored, zone)
}

pub(super) fn unfit(
    need: &DataNeed,
    file: &DataFile,
    column: &SourceColumn,
    before: usize,
    bad: &BadValue,
) -> Box<Diagnostic> {
    let place = |row: &usize| {
        let place = lines::place(file, before + row);
        format!("column `{}`, {place} of `{}`", column.name, file.shown)
    };
    let span = need.from.span;
    Box::new(match bad {
        BadValue::Unfit { row, value } => {
            let value = column.shown(value);
            let message = format!("{value} is no {} ({})", word(column.ty), place(row));
            Diagnostic::error(codes::COLUMN_TYPE, span, message)
                .help(format!("correct the value in the file, or declare `{}` with a type that fits under `columns:` of `{}`", column.name, need.name))
        }
        BadValue::DateOutOfRange { row, what } => {
            let what =
                if column.personal { "a time is too early or too late" } else { what.as_str() };
            let message = format!("{what} ({})", place(row));
            Diagnostic::error(codes::DATE_OUT_OF_RANGE, span, message)
                .help("a sentinel such as 9999-12-31T23:59:59Z for \"no end\" should be empty (null) instead")
        }
        BadValue::NotFinite { row } => {
            let message = format!("a number is NaN or infinite ({})", place(row));
            Diagnostic::error(codes::NOT_FINITE, span, message)
                .help("no sum or average is right with it: write an empty value (null) where there is no number")
        }
    })
}

const fn word(ty: Type) -> &'static str {
    match ty {
        Type::Text => "text",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Decimal => "decimal number",
        Type::Boolean => "true or false",
        Type::Date => "date (write 2026-03-31)",
        Type::Timestamp => "timestamp (write 2026-03-31T12:00:00)",
        Type::Duration | Type::Unknown => "value",
    }
}

/// The message without the names of the libraries that passed it on.
fn plain_words(mut text: &str) -> &str {
    const PASSED_ON: [&str; 9] = [
        "Arrow error: ",
        "Parquet error: ",
        "Csv error: ",
        "Json error: ",
        "Parser error: ",
        "External error: ",
        "External: ",
        "Object Store error: ",
        "Execution error: ",
    ];
    while let Some(rest) = PASSED_ON.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest;
    }
    text
}

/// What is wrong with a file, without a word of the engine's where that can be helped.
pub(super) fn unreadable(
    span: Span,
    dataset: &str,
    file: &DataFile,
    error: &DataFusionError,
) -> Diagnostic {
    let text = error.find_root().to_string();
    let lower = text.to_lowercase();
    let shown = &file.shown;
    if lower.contains("utf-8") || lower.contains("utf8") {
        let message = format!("`{shown}` (dataset `{dataset}`) holds text that is not valid UTF-8");
        return Diagnostic::error(codes::BAD_TEXT, span, message).help(
            "save the file as UTF-8; spreadsheets often write Windows-1252 unless told otherwise",
        );
    }
    let next = match file.format {
        Format::Parquet => {
            "the file may be cut short or not Parquet at all: write or copy it again"
        }
        Format::Csv => "every line needs as many values as the header has names",
        Format::Ndjson => "every line must be one JSON object",
        Format::Arrow => "the file may be cut short or of another format: write or copy it again",
    };
    let told = cant_read(span, dataset, file);
    // Libraries count lines in their own way, where they do.
    match lines::fault(file) {
        Some(fault) => told.label(fault.why).help(fault.help),
        // What a reader of text says may hold the value that it met.
        None if matches!(file.format, Format::Csv | Format::Ndjson) => told.help(next),
        None => {
            told.label(plain_words(text.lines().next().unwrap_or_default()).to_owned()).help(next)
        }
    }
}

fn cant_read(span: Span, dataset: &str, file: &DataFile) -> Diagnostic {
    let what = match file.format {
        Format::Parquet => "a Parquet file",
        Format::Csv => "a CSV file",
        Format::Ndjson => "an NDJSON file",
        Format::Arrow => "an Arrow IPC file",
    };
    let shown = &file.shown;
    Diagnostic::error(
        codes::DATA_UNREADABLE,
        span,
        format!("`{shown}` can't be read as {what} (dataset `{dataset}`)"),
    )
}

/// Nothing at all is not a file without rows: that has a header or a schema.
pub(super) fn empty(span: Span, dataset: &str, file: &DataFile) -> Diagnostic {
    let message = format!("the file `{}` is empty (dataset `{dataset}`)", file.shown);
    let next = match file.format {
        Format::Csv => "write it again: without rows, it still has its header line",
        Format::Parquet | Format::Arrow => {
            "write it again: without rows, it still says which columns it has"
        }
        Format::Ndjson => "write it again, or remove it if there is nothing to tell",
    };
    Diagnostic::error(codes::DATA_UNREADABLE, span, message).help(next)
}
