//! `carry:` makes a snapshot's row count until the member's next row, or until it is too old.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Date32Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Date32Type, Field, Schema, TimestampMicrosecondType};
use arrow::error::ArrowError;

use milepost_semantics::model::Carry;
use milepost_semantics::time::{Calendar, Instant, date_of_epoch_day, epoch_day};

use super::repeats::rows;
use crate::placement::CARRIED_UNTIL;

/// Adds the column `carried_until`: null for ever, else the last instant before whose end the row still counts.
pub(super) fn add_carried_until(
    batch: &RecordBatch,
    members: &[usize],
    time: usize,
    carry: Carry,
    calendar: &Calendar,
) -> Result<RecordBatch, ArrowError> {
    // Without an entity all rows tell of one thing.
    let members = if members.is_empty() { None } else { Some(rows(batch, members)?) };
    let compare = |a: usize, b: usize| {
        members.as_ref().map_or(Ordering::Equal, |members| members.row(a).cmp(&members.row(b)))
    };
    let times = times_of(batch.column(time));
    let mut order: Vec<usize> = (0..batch.num_rows()).collect();
    order.sort_by(|a, b| compare(*a, *b).then(times[*a].cmp(&times[*b])));
    let mut until: Vec<Option<i64>> = vec![None; batch.num_rows()];
    // Backward, so that the next different time of the same member is known.
    let mut next: Option<(usize, i64)> = None;
    let mut group_next: Option<i64> = None;
    for row in order.into_iter().rev() {
        let Some(at) = times[row] else { continue };
        match next {
            Some((other, t)) if compare(other, row).is_eq() && t != at => group_next = Some(t),
            Some((other, _)) if compare(other, row).is_eq() => {}
            _ => group_next = None,
        }
        next = Some((row, at));
        let aged = oldest(batch.column(time).data_type(), at, carry, calendar);
        until[row] = match (group_next, aged) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    let array: ArrayRef = if batch.column(time).data_type() == &DataType::Date32 {
        let days = until.iter().map(|t| t.and_then(|t| i32::try_from(t).ok()));
        Arc::new(days.collect::<Date32Array>())
    } else {
        Arc::new(TimestampMicrosecondArray::from(until))
    };
    let mut fields = batch.schema().fields().to_vec();
    fields.push(Arc::new(Field::new(CARRIED_UNTIL, array.data_type().clone(), true)));
    let mut columns = batch.columns().to_vec();
    columns.push(array);
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// Days since 1970 or microseconds, as the column has them.
fn times_of(array: &ArrayRef) -> Vec<Option<i64>> {
    match array.data_type() {
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().iter().map(|d| d.map(i64::from)).collect()
        }
        DataType::Timestamp(..) => {
            array.as_primitive::<TimestampMicrosecondType>().iter().collect()
        }
        _ => vec![None; array.len()],
    }
}

/// Until when a row of that time may count at most.
fn oldest(ty: &DataType, at: i64, carry: Carry, calendar: &Calendar) -> Option<i64> {
    let Carry::For(length) = carry else { return None };
    if ty == &DataType::Date32 {
        let midnight = calendar.midnight(date_of_epoch_day(i32::try_from(at).ok()?));
        Some(i64::from(epoch_day(calendar.date_of(calendar.shift(midnight, length, false)))))
    } else {
        Some(calendar.shift(Instant(at), length, false).0)
    }
}
