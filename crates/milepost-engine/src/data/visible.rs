//! What can be seen at the as-of: later rows are gone, later facts read as null.

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{filter_record_batch, max, nullif};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use arrow::error::ArrowError;

use milepost_semantics::model::{ColumnId, Dataset, DatasetKind};
use milepost_semantics::time::{AsOf, Calendar, Instant, date_of_epoch_day, epoch_day};

/// The first day that is no longer seen, counted from 1970.
fn end_day(calendar: &Calendar, as_of: AsOf) -> i32 {
    epoch_day(calendar.first_day_from(as_of.end))
}

/// Whether each value lies at or after the as-of; null: no. Absent where none does.
pub(super) fn is_later(array: &ArrayRef, calendar: &Calendar, as_of: AsOf) -> Option<BooleanArray> {
    match array.data_type() {
        DataType::Date32 => {
            let end = end_day(calendar, as_of);
            let days = array.as_primitive::<Date32Type>();
            max(days).filter(|newest| *newest >= end)?;
            Some(days.iter().map(|d| Some(d.is_some_and(|d| d >= end))).collect())
        }
        DataType::Timestamp(..) => {
            let times = array.as_primitive::<TimestampMicrosecondType>();
            max(times).filter(|newest| *newest >= as_of.end.0)?;
            Some(times.iter().map(|t| Some(t.is_some_and(|t| t >= as_of.end.0))).collect())
        }
        _ => None,
    }
}

/// The rows and facts of a dataset as they are seen at the as-of. Columns named after the dataset's.
pub(crate) fn visible(
    dataset: &Dataset,
    batch: &RecordBatch,
    calendar: &Calendar,
    as_of: AsOf,
) -> Result<RecordBatch, ArrowError> {
    let own = dataset.begins();
    let batch = match own
        .and_then(|c| batch.column_by_name(&dataset[c].name))
        .and_then(|c| is_later(c, calendar, as_of))
    {
        Some(later) => {
            let seen: BooleanArray = later.iter().map(|l| l.map(|l| !l)).collect();
            filter_record_batch(batch, &seen)?
        }
        None => batch.clone(),
    };
    visible_facts(dataset, &batch, calendar, as_of)
}

/// The same of rows that are all seen.
pub(crate) fn visible_facts(
    dataset: &Dataset,
    batch: &RecordBatch,
    calendar: &Calendar,
    as_of: AsOf,
) -> Result<RecordBatch, ArrowError> {
    let columns = batch
        .schema()
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, array)| match dataset.column(field.name()) {
            Some(column) if dataset.begins() != Some(column) && is_fact(dataset, column) => {
                is_later(array, calendar, as_of)
                    .map_or_else(|| Ok(array.clone()), |later| nullif(array, &later))
            }
            _ => Ok(array.clone()),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns, &options)
}

/// Plans may lie in the future; the end of a history row may not: later than the as-of, it is still open.
pub(super) fn is_fact(dataset: &Dataset, column: ColumnId) -> bool {
    let end = matches!(dataset.kind, DatasetKind::History { to, .. } if to == column);
    end || !dataset[column].planned
}

/// First and newest instant of a time column; a day stands for its midnight.
pub(super) fn span_of(array: &ArrayRef, calendar: &Calendar) -> Option<(Instant, Instant)> {
    match array.data_type() {
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>();
            let midnight = |d: i32| calendar.midnight(date_of_epoch_day(d));
            Some((midnight(days.iter().flatten().min()?), midnight(days.iter().flatten().max()?)))
        }
        DataType::Timestamp(..) => {
            let times = array.as_primitive::<TimestampMicrosecondType>();
            Some((Instant(times.iter().flatten().min()?), Instant(times.iter().flatten().max()?)))
        }
        _ => None,
    }
}

/// Each value of a time column as microseconds since 1970; a day stands for its midnight.
pub(super) fn instants_of(array: &ArrayRef, calendar: &Calendar) -> Vec<Option<i64>> {
    match array.data_type() {
        DataType::Date32 => {
            let midnight = |d: i32| calendar.midnight(date_of_epoch_day(d)).0;
            array.as_primitive::<Date32Type>().iter().map(|d| d.map(midnight)).collect()
        }
        DataType::Timestamp(..) => {
            array.as_primitive::<TimestampMicrosecondType>().iter().collect()
        }
        DataType::Null => vec![None; array.len()],
        other => unreachable!("times as {other}"),
    }
}

/// The as-of that the newest value implies: the end of its day, or the instant itself.
pub(super) fn as_of_after(array: &ArrayRef, calendar: &Calendar) -> Option<AsOf> {
    let newest = span_of(array, calendar)?.1;
    let end = if array.data_type() == &DataType::Date32 {
        calendar.bucket_of(milepost_semantics::time::Grain::Day, newest).end
    } else {
        Instant(newest.0 + 1)
    };
    Some(AsOf { end })
}
