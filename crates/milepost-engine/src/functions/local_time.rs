//! Calendar time of the project's zone, over timestamps in UTC and dates.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Date32Array, Float64Array, Int64Array, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Date32Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use milepost_semantics::time::{Calendar, Instant, date_of_epoch_day, epoch_day};
use milepost_syntax::ast::{Duration, DurationStyle, TimeUnit as Unit};

const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// Which function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// `local_date(timestamp) → date`
    Date,
    /// `local_weekday(timestamp) → 1…7`, Monday first
    Weekday,
    /// `local_hour(timestamp) → 0…23`
    Hour,
    /// `local_midnight(date) → timestamp`
    Midnight,
    /// `local_plus_days(timestamp, n) → timestamp`: the same local time n days later
    PlusDays,
    /// `local_plus_months(timestamp, n) → timestamp`: the same local time n months later, month ends clipped
    PlusMonths,
    /// `date_plus_days(date, n) → date`
    DatePlusDays,
    /// `date_plus_months(date, n) → date`, month ends clipped
    DatePlusMonths,
    /// `plus_seconds(timestamp, n) → timestamp`: elapsed time
    PlusSeconds,
    /// `elapsed_days(a, b) → double`: (b − a) in days of 24 hours
    ElapsedDays,
    /// `date_weekday(date) → 1…7`
    DateWeekday,
    /// `plus_business_days(timestamp, n) → timestamp`: the same local time n business days later
    PlusBusinessDays,
    /// `date_plus_business_days(date, n) → date`
    DatePlusBusinessDays,
    /// `business_days_between(a, b) → n`: the business days from a (included) to b (left out), negative backward
    BusinessDaysBetween,
    /// `date_month(date) → 1…12`
    DateMonth,
    /// `date_quarter(date) → 1…4`
    DateQuarter,
    /// `date_year(date) → n`
    DateYear,
}

impl Kind {
    pub(crate) const ALL: [Self; 17] = [
        Self::Date,
        Self::Weekday,
        Self::Hour,
        Self::Midnight,
        Self::PlusDays,
        Self::PlusMonths,
        Self::DatePlusDays,
        Self::DatePlusMonths,
        Self::PlusSeconds,
        Self::ElapsedDays,
        Self::DateWeekday,
        Self::PlusBusinessDays,
        Self::DatePlusBusinessDays,
        Self::BusinessDaysBetween,
        Self::DateMonth,
        Self::DateQuarter,
        Self::DateYear,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Date => "local_date",
            Self::Weekday => "local_weekday",
            Self::Hour => "local_hour",
            Self::Midnight => "local_midnight",
            Self::PlusDays => "local_plus_days",
            Self::PlusMonths => "local_plus_months",
            Self::DatePlusDays => "date_plus_days",
            Self::DatePlusMonths => "date_plus_months",
            Self::PlusSeconds => "plus_seconds",
            Self::ElapsedDays => "elapsed_days",
            Self::DateWeekday => "date_weekday",
            Self::PlusBusinessDays => "plus_business_days",
            Self::DatePlusBusinessDays => "date_plus_business_days",
            Self::BusinessDaysBetween => "business_days_between",
            Self::DateMonth => "date_month",
            Self::DateQuarter => "date_quarter",
            Self::DateYear => "date_year",
        }
    }

    fn arguments(self) -> Vec<DataType> {
        match self {
            Self::Date | Self::Weekday | Self::Hour => vec![TIMESTAMP],
            Self::Midnight
            | Self::DateWeekday
            | Self::DateMonth
            | Self::DateQuarter
            | Self::DateYear => vec![DataType::Date32],
            Self::PlusDays | Self::PlusMonths | Self::PlusSeconds | Self::PlusBusinessDays => {
                vec![TIMESTAMP, DataType::Int64]
            }
            Self::DatePlusDays | Self::DatePlusMonths | Self::DatePlusBusinessDays => {
                vec![DataType::Date32, DataType::Int64]
            }
            Self::BusinessDaysBetween => vec![DataType::Date32, DataType::Date32],
            Self::ElapsedDays => vec![TIMESTAMP, TIMESTAMP],
        }
    }

    const fn returns(self) -> DataType {
        match self {
            Self::Date | Self::DatePlusDays | Self::DatePlusMonths | Self::DatePlusBusinessDays => {
                DataType::Date32
            }
            Self::Weekday
            | Self::Hour
            | Self::DateWeekday
            | Self::BusinessDaysBetween
            | Self::DateMonth
            | Self::DateQuarter
            | Self::DateYear => DataType::Int64,
            Self::Midnight
            | Self::PlusDays
            | Self::PlusMonths
            | Self::PlusSeconds
            | Self::PlusBusinessDays => TIMESTAMP,
            Self::ElapsedDays => DataType::Float64,
        }
    }
}

/// A function of local calendar time.
#[derive(Debug)]
pub(crate) struct LocalTime {
    kind: Kind,
    calendar: Arc<Calendar>,
    signature: Signature,
}

impl LocalTime {
    pub(crate) fn new(kind: Kind, calendar: Arc<Calendar>) -> Self {
        Self {
            kind,
            calendar,
            signature: Signature::exact(kind.arguments(), Volatility::Immutable),
        }
    }
}

impl PartialEq for LocalTime {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.calendar.time_zone == other.calendar.time_zone
    }
}

impl Eq for LocalTime {}

impl std::hash::Hash for LocalTime {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.kind.hash(state);
        self.calendar.time_zone.hash(state);
    }
}

impl ScalarUDFImpl for LocalTime {
    fn name(&self) -> &str {
        self.kind.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(self.kind.returns())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = args
            .args
            .iter()
            .map(|a| a.to_array(args.number_rows))
            .collect::<Result<Vec<ArrayRef>>>()?;
        let calendar = &*self.calendar;
        let array: ArrayRef = match self.kind {
            Kind::Date => Arc::new(
                map_time(&arrays, |t| epoch_day(calendar.date_of(t))).collect::<Date32Array>(),
            ),
            Kind::Weekday => Arc::new(
                map_time(&arrays, |t| i64::from(calendar.weekday(t))).collect::<Int64Array>(),
            ),
            Kind::Hour => {
                Arc::new(map_time(&arrays, |t| i64::from(calendar.hour(t))).collect::<Int64Array>())
            }
            Kind::Midnight => Arc::new(
                map_date(&arrays, |d| calendar.midnight(date_of_epoch_day(d)).0)
                    .collect::<TimestampMicrosecondArray>(),
            ),
            Kind::DateWeekday => {
                // 1970-01-01 was a Thursday.
                Arc::new(
                    map_date(&arrays, |d| i64::from((d + 3).rem_euclid(7) + 1))
                        .collect::<Int64Array>(),
                )
            }
            Kind::DateMonth | Kind::DateQuarter | Kind::DateYear => {
                let part = |day| {
                    let date = date_of_epoch_day(day);
                    match self.kind {
                        Kind::DateMonth => i64::from(date.month),
                        Kind::DateQuarter => i64::from((date.month + 2) / 3),
                        _ => i64::from(date.year),
                    }
                };
                Arc::new(map_date(&arrays, part).collect::<Int64Array>())
            }
            Kind::PlusDays | Kind::PlusMonths | Kind::PlusSeconds | Kind::PlusBusinessDays => {
                self.shift_times(&arrays)?
            }
            Kind::DatePlusDays | Kind::DatePlusMonths | Kind::DatePlusBusinessDays => {
                self.shift_dates(&arrays)?
            }
            Kind::ElapsedDays => elapsed_days(&arrays),
            Kind::BusinessDaysBetween => business_days_between(&arrays, calendar),
        };
        Ok(ColumnarValue::Array(array))
    }
}

impl LocalTime {
    fn unit(&self) -> Unit {
        match self.kind {
            Kind::PlusMonths | Kind::DatePlusMonths => Unit::Month,
            Kind::PlusSeconds => Unit::Second,
            _ => Unit::Day,
        }
    }

    fn length(&self, n: i64) -> Result<(Duration, bool)> {
        let business = matches!(self.kind, Kind::PlusBusinessDays | Kind::DatePlusBusinessDays);
        let style = if business { DurationStyle::Business } else { DurationStyle::Plain };
        match u32::try_from(n.unsigned_abs()) {
            Ok(count) => Ok((Duration { count, unit: self.unit(), style }, n < 0)),
            Err(_) => exec_err!("a length of time of {n} is out of range"),
        }
    }

    fn shift_times(&self, arrays: &[ArrayRef]) -> Result<ArrayRef> {
        let times = arrays[0].as_primitive::<TimestampMicrosecondType>();
        let counts = arrays[1].as_primitive::<Int64Type>();
        let mut out = Vec::with_capacity(times.len());
        for (t, n) in times.iter().zip(counts.iter()) {
            out.push(match (t, n) {
                (Some(t), Some(n)) => {
                    let (length, back) = self.length(n)?;
                    Some(self.calendar.shift(Instant(t), length, back).0)
                }
                _ => None,
            });
        }
        Ok(Arc::new(TimestampMicrosecondArray::from(out)))
    }

    fn shift_dates(&self, arrays: &[ArrayRef]) -> Result<ArrayRef> {
        // Of the calendar without its zone: days have no hour that daylight saving could move.
        let mut utc = (*self.calendar).clone();
        utc.set_time_zone("UTC");
        let dates = arrays[0].as_primitive::<Date32Type>();
        let counts = arrays[1].as_primitive::<Int64Type>();
        let mut out = Vec::with_capacity(dates.len());
        for (d, n) in dates.iter().zip(counts.iter()) {
            out.push(match (d, n) {
                (Some(d), Some(n)) => {
                    let (length, back) = self.length(n)?;
                    let moved = utc.shift(utc.midnight(date_of_epoch_day(d)), length, back);
                    Some(epoch_day(utc.date_of(moved)))
                }
                _ => None,
            });
        }
        Ok(Arc::new(Date32Array::from(out)))
    }
}

fn map_time<T>(arrays: &[ArrayRef], f: impl Fn(Instant) -> T) -> impl Iterator<Item = Option<T>> {
    arrays[0]
        .as_primitive::<TimestampMicrosecondType>()
        .iter()
        .map(move |t| t.map(|t| f(Instant(t))))
}

fn map_date<T>(arrays: &[ArrayRef], f: impl Fn(i32) -> T) -> impl Iterator<Item = Option<T>> {
    arrays[0].as_primitive::<Date32Type>().iter().map(move |d| d.map(&f))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of any calendar time are exact in a double"
)]
fn elapsed_days(arrays: &[ArrayRef]) -> ArrayRef {
    let from = arrays[0].as_primitive::<TimestampMicrosecondType>();
    let to = arrays[1].as_primitive::<TimestampMicrosecondType>();
    let days = from.iter().zip(to.iter()).map(|pair| match pair {
        (Some(a), Some(b)) => Some((b - a) as f64 / 86_400_000_000.0),
        _ => None,
    });
    Arc::new(days.collect::<Float64Array>())
}

fn business_days_between(arrays: &[ArrayRef], calendar: &Calendar) -> ArrayRef {
    let from = arrays[0].as_primitive::<Date32Type>();
    let to = arrays[1].as_primitive::<Date32Type>();
    let midnight = |day: i32| calendar.midnight(date_of_epoch_day(day));
    let between =
        |a: i32, b: i32| i64::from(calendar.business_days_between(midnight(a), midnight(b)));
    let days = from.iter().zip(to.iter()).map(|pair| match pair {
        (Some(a), Some(b)) if a <= b => Some(between(a, b)),
        (Some(a), Some(b)) => Some(-between(b, a)),
        _ => None,
    });
    Arc::new(days.collect::<Int64Array>())
}
