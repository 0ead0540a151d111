//! Rows in memory in place of files.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema};

use milepost_semantics::DataNeed;
use milepost_semantics::model::{Model, Type};
use milepost_semantics::time::Calendar;
use milepost_syntax::codes;
use milepost_syntax::diagnostic::{Diagnostic, Diagnostics};

use super::decimals::Digits;
use super::normalize::{BadValue, digits_of_values, normalize};
use super::schema::type_of;
use super::{Source, SourceColumn, arrow_type, undeclared};
use crate::write::{GivenRows, array};

/// Sources that hold their rows, by dataset.
pub(crate) fn given(
    model: &Model,
    tables: Vec<GivenRows>,
    diagnostics: &mut Diagnostics,
) -> Option<BTreeMap<String, (DataNeed, Source)>> {
    let mut sources = BTreeMap::new();
    for table in tables {
        let Some(dataset) = model.dataset(&table.dataset).map(|id| &model[id]) else { continue };
        let need = DataNeed {
            time_zone: dataset.time_zone.clone(),
            optional: dataset.optional,
            ..undeclared(table.dataset.clone(), dataset.from.clone())
        };
        let arrays: Vec<(String, ArrayRef)> =
            table.columns.into_iter().map(|(name, values)| (name, array(values))).collect();
        let columns = arrays.iter().map(|(name, array)| {
            let ty = type_of(array.data_type()).unwrap_or(Type::Text);
            let stored = arrow_type(ty, Some(array.data_type()));
            SourceColumn::found(name, ty, stored)
        });
        let columns = columns.collect();
        match batch(arrays, table.rows) {
            Ok(rows) => {
                let source = Source { rows: Some(rows), columns, ..Source::default() };
                sources.insert(table.dataset, (need, source));
            }
            Err(error) => {
                diagnostics.push(wrong(&need, &error.to_string()));
                return None;
            }
        }
    }
    Some(sources)
}

fn batch(
    arrays: Vec<(String, ArrayRef)>,
    rows: usize,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let fields: Vec<Field> = arrays
        .iter()
        .map(|(name, array)| Field::new(name, array.data_type().clone(), true))
        .collect();
    let columns = arrays.into_iter().map(|(_, array)| array).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
}

/// The wanted columns, each as its stored type.
pub(super) fn columns(
    rows: &RecordBatch,
    need: &DataNeed,
    wanted: &[SourceColumn],
    zone: &Calendar,
) -> Result<RecordBatch, Box<Diagnostic>> {
    let read = |column: &SourceColumn| {
        let Some(array) = rows.column_by_name(&column.name) else {
            return Err(Box::new(wrong(need, &format!("there is no column `{}`", column.name))));
        };
        let stored = if column.waits_for_digits() {
            digits_of_values(array).map(Digits::stored)
        } else {
            Ok(column.stored.clone())
        };
        let array = stored.and_then(|stored| normalize(array, column.ty, &stored, zone));
        array.map(|array| (column.name.clone(), array)).map_err(|bad| unfit(need, column, &bad))
    };
    let arrays = wanted.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    batch(arrays, rows.num_rows()).map_err(|error| Box::new(wrong(need, &error.to_string())))
}

fn unfit(need: &DataNeed, column: &SourceColumn, bad: &BadValue) -> Box<Diagnostic> {
    let place =
        |row: &usize| format!("column `{}`, row {} of `{}`", column.name, row + 1, need.name);
    let (code, message) = bad.told(column, place);
    Box::new(
        Diagnostic::error(code, need.from.span, message)
            .help("write another value, or `null` for none"),
    )
}

fn wrong(need: &DataNeed, why: &str) -> Diagnostic {
    Diagnostic::error(
        codes::INTERNAL,
        need.from.span,
        format!("the rows of `{}` can't be read: {why}", need.name),
    )
    .help("this is a bug in milepost: please report it with the test")
}
