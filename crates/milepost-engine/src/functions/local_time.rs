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
}

impl Kind {
    pub(crate) const ALL: [Self; 11] = [
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
        }
    }

    fn arguments(self) -> Vec<DataType> {
        match self {
            Self::Date | Self::Weekday | Self::Hour => vec![TIMESTAMP],
            Self::Midnight | Self::DateWeekday => vec![DataType::Date32],
            Self::PlusDays | Self::PlusMonths | Self::PlusSeconds => {
                vec![TIMESTAMP, DataType::Int64]
            }
            Self::DatePlusDays | Self::DatePlusMonths => vec![DataType::Date32, DataType::Int64],
            Self::ElapsedDays => vec![TIMESTAMP, TIMESTAMP],
        }
    }

    const fn returns(self) -> DataType {
        match self {
            Self::Date | Self::DatePlusDays | Self::DatePlusMonths => DataType::Date32,
            Self::Weekday | Self::Hour | Self::DateWeekday => DataType::Int64,
            Self::Midnight | Self::PlusDays | Self::PlusMonths | Self::PlusSeconds => TIMESTAMP,
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
            Kind::PlusDays | Kind::PlusMonths | Kind::PlusSeconds => self.shift_times(&arrays)?,
            Kind::DatePlusDays | Kind::DatePlusMonths => self.shift_dates(&arrays)?,
            Kind::ElapsedDays => elapsed_days(&arrays),
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

    fn shift_times(&self, arrays: &[ArrayRef]) -> Result<ArrayRef> {
        let times = arrays[0].as_primitive::<TimestampMicrosecondType>();
        let counts = arrays[1].as_primitive::<Int64Type>();
        let mut out = Vec::with_capacity(times.len());
        for (t, n) in times.iter().zip(counts.iter()) {
            out.push(match (t, n) {
                (Some(t), Some(n)) => {
                    let (length, back) = length(n, self.unit())?;
                    Some(self.calendar.shift(Instant(t), length, back).0)
                }
                _ => None,
            });
        }
        Ok(Arc::new(TimestampMicrosecondArray::from(out)))
    }

    fn shift_dates(&self, arrays: &[ArrayRef]) -> Result<ArrayRef> {
        let utc = Calendar::default();
        let dates = arrays[0].as_primitive::<Date32Type>();
        let counts = arrays[1].as_primitive::<Int64Type>();
        let mut out = Vec::with_capacity(dates.len());
        for (d, n) in dates.iter().zip(counts.iter()) {
            out.push(match (d, n) {
                (Some(d), Some(n)) => {
                    let (length, back) = length(n, self.unit())?;
                    let moved = utc.shift(utc.midnight(date_of_epoch_day(d)), length, back);
                    Some(epoch_day(utc.date_of(moved)))
                }
                _ => None,
            });
        }
        Ok(Arc::new(Date32Array::from(out)))
    }
}

fn length(n: i64, unit: Unit) -> Result<(Duration, bool)> {
    match u32::try_from(n.unsigned_abs()) {
        Ok(count) => Ok((Duration { count, unit, style: DurationStyle::Plain }, n < 0)),
        Err(_) => exec_err!("a length of time of {n} is out of range"),
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
