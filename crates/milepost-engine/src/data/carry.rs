//! `carry:` makes a snapshot's row count until the member's next row, or until it is too old.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Date32Type, Field, Schema, TimestampMicrosecondType};
use arrow::error::ArrowError;

use milepost_semantics::model::Carry;
use milepost_semantics::time::{Calendar, Instant, date_of_epoch_day, epoch_day};

use super::repeats::rows;
use crate::intern::{Interner, NONE};
use crate::keys::{KeyReader, KeySpace};
use crate::placement::CARRIED_UNTIL;

/// Adds the column `carried_until`: null for ever, else the last instant before whose end the row still counts.
pub(super) fn add_carried_until(
    batch: &RecordBatch,
    members: &[usize],
    time: usize,
    carry: Carry,
    calendar: &Calendar,
) -> Result<RecordBatch, ArrowError> {
    let members = numbers(batch, members)?;
    let times = times_of(batch.column(time))?;
    let mut until: Vec<Option<i64>> = vec![None; batch.num_rows()];
    let mut aged: HashMap<i64, Option<i64>> = HashMap::new();
    let kind = batch.column(time).data_type();
    // Of each member: the time of the row that was met last, and that of the next picture after it.
    let n = members.iter().max().map_or(0, |last| *last as usize + 1);
    let mut met: Vec<Option<(i64, Option<i64>)>> = vec![None; n];
    // Backward in time, so that the next picture of a row's member is known.
    for row in latest_first(&times) {
        let (Some(at), member) = (times[row], members[row] as usize) else { continue };
        let next = match met[member] {
            Some((last, next)) if last == at => next,
            Some((last, _)) => Some(last),
            None => None,
        };
        met[member] = Some((at, next));
        let aged = *aged.entry(at).or_insert_with(|| oldest(kind, at, carry, calendar));
        until[row] = match (next, aged) {
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

/// The number of each row's member. Rows that name nobody are of one.
fn numbers(batch: &RecordBatch, members: &[usize]) -> Result<Vec<u32>, ArrowError> {
    match members {
        // Without an entity all rows tell of one thing.
        [] => Ok(vec![0; batch.num_rows()]),
        [member] => {
            let mut reader = KeyReader::new(&Arc::new(KeySpace::default()));
            let column = std::slice::from_ref(batch.column(*member));
            let mut numbers =
                reader.numbers(column).map_err(|e| ArrowError::ComputeError(e.to_string()))?;
            let nobody = numbers.iter().filter(|n| **n != NONE).max().map_or(0, |last| last + 1);
            numbers.iter_mut().filter(|n| **n == NONE).for_each(|n| *n = nobody);
            Ok(numbers)
        }
        _ => {
            let mut known: Interner<Vec<u8>> = Interner::default();
            let rows = rows(batch, members)?;
            Ok(rows.iter().map(|row| known.number(row.as_ref())).collect())
        }
    }
}

/// Rows from the latest time to the earliest: pictures are of few times, so rows are sorted by the number of their time.
fn latest_first(times: &[Option<i64>]) -> impl Iterator<Item = usize> {
    let mut pictures: Vec<i64> = times.iter().flatten().copied().collect();
    if !pictures.is_sorted() {
        pictures.sort_unstable();
    }
    pictures.dedup();
    let mut starts = vec![0_usize; pictures.len() + 1];
    let mut last = (i64::MIN, 0);
    let mut number = |time: i64| {
        if last.0 != time {
            last = (time, pictures.partition_point(|picture| *picture < time));
        }
        last.1
    };
    times.iter().flatten().for_each(|time| starts[number(*time) + 1] += 1);
    for picture in 1..starts.len() {
        starts[picture] += starts[picture - 1];
    }
    let mut order = vec![0_usize; starts.last().copied().unwrap_or(0)];
    for (row, time) in times.iter().enumerate() {
        let Some(time) = time else { continue };
        let place = &mut starts[number(*time)];
        order[*place] = row;
        *place += 1;
    }
    order.into_iter().rev()
}

/// Days since 1970 or microseconds, as the column has them.
fn times_of(array: &ArrayRef) -> Result<Vec<Option<i64>>, ArrowError> {
    Ok(match array.data_type() {
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().iter().map(|d| d.map(i64::from)).collect()
        }
        DataType::Timestamp(..) => {
            array.as_primitive::<TimestampMicrosecondType>().iter().collect()
        }
        DataType::Null => vec![None; array.len()],
        other => return Err(ArrowError::SchemaError(format!("times as {other}"))),
    })
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

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use proptest::prelude::*;

    use super::*;
    use milepost_syntax::ast::{Duration, DurationStyle, TimeUnit};

    proptest! {
        /// A row counts until its member's next picture, or its age.
        #[test]
        fn a_row_counts_until_the_next_of_its_member(
            rows in prop::collection::vec((prop::option::of(0_i64..4), prop::option::of(0_i32..6), 0_i64..2), 0..40),
            composite in any::<bool>(),
            carry in prop::option::of(1_u32..4),
        ) {
            let member: Int64Array = rows.iter().map(|row| row.0).collect();
            let day: Date32Array = rows.iter().map(|row| row.1).collect();
            let part = Int64Array::from_iter_values(rows.iter().map(|row| row.2));
            let batch = RecordBatch::try_from_iter([
                ("member", Arc::new(member) as ArrayRef),
                ("day", Arc::new(day) as ArrayRef),
                ("part", Arc::new(part) as ArrayRef),
            ]).unwrap();
            let members: &[usize] = if composite { &[0, 2] } else { &[0] };
            let length = |count| Duration { count, unit: TimeUnit::Day, style: DurationStyle::Plain };
            let kind = carry.map_or(Carry::Forever, |count| Carry::For(length(count)));
            let found = add_carried_until(&batch, members, 1, kind, &Calendar::default()).unwrap();
            let found: Vec<Option<i32>> = found.column(3).as_primitive::<Date32Type>().iter().collect();
            let of = |row: &(Option<i64>, Option<i32>, i64)| (row.0, if composite { row.2 } else { 0 });
            for (row, found) in rows.iter().zip(found) {
                let expected = row.1.and_then(|day| {
                    let later = rows.iter().filter(|other| of(other) == of(row)).filter_map(|other| other.1);
                    let next = later.filter(|other| *other > day).min();
                    let aged = carry.and_then(|count| i32::try_from(count).ok()).map(|count| day + count);
                    next.into_iter().chain(aged).min()
                });
                prop_assert_eq!(found, expected);
            }
        }
    }
}
