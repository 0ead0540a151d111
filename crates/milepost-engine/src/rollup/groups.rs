//! Running a rollup: one pass, whose cells become groups.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, RecordBatch, StructArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, DecimalType, Float64Type, Int64Type,
    TimeUnit, TimestampMicrosecondType, UInt64Type, i256,
};
use datafusion::common::{Result, exec_datafusion_err, exec_err};

use milepost_semantics::time::Instant;

use super::ids::{CountId, DimId, KeyedId, StateId};
use super::keyed::KeyedGroups;
use super::pass::{Rollup, State};
use super::plan::StateKind;
use super::states::{Program, has, read_powers, words};
use crate::data::Data;
use crate::evaluate::Value;
use crate::functions::{ExactPartials, PowerSums};
use crate::ids::{ById, Id};
use crate::keys::Interner;

/// What one rollup holds after its pass: groups sorted by `lo`.
pub(crate) struct Groups {
    pub(crate) cuts: Vec<Instant>,
    /// When the first row of the dataset was.
    pub(crate) first: Option<Instant>,
    /// From when on rows may be missing, if the dataset says so.
    pub(crate) until: Option<Instant>,
    pub(crate) places: Places,
    /// The value of each dimension, by group.
    pub(crate) dims: ById<DimId, Vec<u32>>,
    /// What the numbers in `dims` stand for.
    pub(crate) names: Names,
    pub(crate) masks: Masks,
    /// Rows, by group.
    pub(crate) rows: Vec<u64>,
    /// How many values there are, by group.
    pub(crate) counts: ById<CountId, Vec<u64>>,
    /// By group.
    pub(crate) states: ById<StateId, StateColumn>,
    pub(crate) keyed: ById<KeyedId, KeyedGroups>,
    pub(crate) program: Arc<Program>,
}

/// The filters that the rows of each group pass.
#[derive(Debug, Default)]
pub(crate) struct Masks {
    /// By group: a number in `known`.
    of: Vec<u32>,
    known: Interner<Vec<u64>>,
}

impl Masks {
    pub(super) fn read(array: &ArrayRef) -> Self {
        let mut known = Interner::default();
        let masks = array.as_binary::<i32>();
        let of = (0..masks.len()).map(|i| known.number(&words(masks.value(i)))).collect();
        Self { of, known }
    }

    /// Whether each group's rows pass a filter.
    pub(super) fn passing(&self, filter: impl Id) -> Vec<bool> {
        let has = |mask: &Vec<u64>| has(mask, filter.position());
        let passes: Vec<bool> = self.known.values.iter().map(has).collect();
        self.of.iter().map(|mask| passes[*mask as usize]).collect()
    }
}

/// Where groups stand in time.
#[derive(Debug, Default)]
pub(crate) struct Places {
    /// The elementary interval (number of cuts at or before), the first instant at which a state holds, or a
    /// picture's own time.
    pub(crate) lo: Vec<i64>,
    /// One past the last instant at which a state holds; empty for rows and pictures.
    pub(crate) hi: Vec<i64>,
}

/// The codes of slice values by number.
pub(crate) type Names = Interner<String>;

/// One state of every group.
#[derive(Debug)]
pub(crate) enum StateColumn {
    Decimal {
        values: Vec<Option<i256>>,
        scale: i32,
    },
    Exact(Vec<ExactPartials>),
    Powers {
        sums: Vec<PowerSums>,
        /// The values are so many powers of ten smaller.
        scale: u32,
    },
    Extreme(Vec<Option<Value>>),
    /// The value and the time of its row.
    Timed {
        values: Vec<Option<Value>>,
        times: Vec<Option<i64>>,
    },
}

impl Groups {
    /// What a scan gave for a rollup: its states, and when the first row of the dataset was.
    ///
    /// # Errors
    /// The states are not those of this program.
    pub(crate) fn read(
        data: &Data,
        rollup: &Rollup<'_>,
        program: Arc<Program>,
        states: &ArrayRef,
        first: &ArrayRef,
    ) -> Result<Self> {
        let lists = states.as_struct();
        let cells = sorted(&list(lists.column(0)))?;
        let mut names = Names::default();
        let dims =
            rollup.dims.try_map(|id, _| column(&cells, &id.name()).map(|c| numbers(c, &mut names)));
        let whole = |name: &str| -> Result<Vec<u64>> {
            Ok(column(&cells, name)?.as_primitive::<UInt64Type>().values().to_vec())
        };
        let dataset = rollup.place.dataset;
        let first = integers(first)?.first().copied().flatten().map(Instant);
        let told = data.status(dataset).filter(|_| data.streamed.contains_key(&dataset));
        let mut groups = Self {
            cuts: rollup.cuts.iter().copied().collect(),
            first: rollup
                .place
                .complete_from(rollup.model)
                .or_else(|| told.map_or(first, |status| status.first)),
            until: rollup.place.complete_until(rollup.model),
            places: places(rollup, &cells)?,
            dims: dims?,
            names,
            masks: Masks::read(column(&cells, "mask")?),
            rows: whole("n")?,
            counts: rollup.counts.try_map(|id, _| whole(&id.name()))?,
            states: rollup.states.try_map(|id, state| state_column(&cells, id, state))?,
            keyed: ById::default(),
            program: Arc::clone(&program),
        };
        for (at, (id, keyed)) in rollup.keyed.iter().enumerate() {
            let cells = sorted(&list(lists.column(1 + at)))?;
            let read = KeyedGroups::read(rollup, id, keyed, &program, &cells, &mut groups.names)?;
            groups.keyed.push(read);
        }
        Ok(groups)
    }
}

impl Groups {
    /// Cells, and sets or lists of values.
    pub(crate) fn cells(&self) -> usize {
        self.rows.len() + self.keyed.values().map(|keyed| keyed.places.lo.len()).sum::<usize>()
    }
}

/// The cells in the one list of a column.
fn list(array: &ArrayRef) -> StructArray {
    array.as_list::<i32>().value(0).as_struct().clone()
}

/// The cells in the order of time.
fn sorted(cells: &StructArray) -> Result<RecordBatch> {
    let batch = RecordBatch::from(cells);
    let order = arrow::compute::sort_to_indices(batch.column(0), None, None)?;
    Ok(arrow::compute::take_record_batch(&batch, &order)?)
}

pub(super) fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef> {
    let column = batch.column_by_name(name);
    column.ok_or_else(|| exec_datafusion_err!("states without a column `{name}`"))
}

pub(super) fn places(rollup: &Rollup<'_>, batch: &RecordBatch) -> Result<Places> {
    let read = |name: &str| -> Result<Vec<i64>> {
        Ok(column(batch, name)?.as_primitive::<Int64Type>().values().to_vec())
    };
    Ok(Places { lo: read("lo")?, hi: if rollup.has_until() { read("hi")? } else { Vec::new() } })
}

/// The numbers of slice values.
pub(super) fn numbers(array: &ArrayRef, names: &mut Names) -> Vec<u32> {
    let texts = array.as_string::<i32>();
    (0..texts.len()).map(|i| names.number(texts.value(i))).collect()
}

fn integers(array: &ArrayRef) -> Result<Vec<Option<i64>>> {
    Ok(match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().iter().collect(),
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            array.as_primitive::<TimestampMicrosecondType>().iter().collect()
        }
        DataType::Null => vec![None; array.len()],
        other => return exec_err!("instants as {other}"),
    })
}

fn state_column(batch: &RecordBatch, id: StateId, state: &State) -> Result<StateColumn> {
    let array = column(batch, &id.name())?;
    Ok(match state.kind {
        StateKind::DecimalSum => match array.data_type() {
            DataType::Decimal128(_, scale) => StateColumn::Decimal {
                values: wide(array.as_primitive::<Decimal128Type>()),
                scale: i32::from(*scale),
            },
            DataType::Decimal256(_, scale) => StateColumn::Decimal {
                values: wide(array.as_primitive::<Decimal256Type>()),
                scale: i32::from(*scale),
            },
            other => return exec_err!("exact sums as {other}"),
        },
        StateKind::ExactSum => StateColumn::Exact(exact(array)),
        StateKind::PowerSums => {
            let (sums, scale) = read_powers(array)?;
            StateColumn::Powers { sums, scale }
        }
        StateKind::Min | StateKind::Max => StateColumn::Extreme(values(array)?),
        StateKind::First | StateKind::Last => StateColumn::Timed {
            values: values(array)?,
            times: integers(column(batch, &id.time_name())?)?,
        },
    })
}

fn exact(array: &ArrayRef) -> Vec<ExactPartials> {
    let lists = array.as_list::<i32>();
    let sum = |i| ExactPartials::from_parts(lists.value(i).as_primitive::<Float64Type>().values());
    (0..lists.len()).map(sum).collect()
}

/// Single values of any type of the language.
#[expect(clippy::cast_precision_loss, reason = "results are doubles")]
fn values(array: &ArrayRef) -> Result<Vec<Option<Value>>> {
    Ok(match array.data_type() {
        DataType::Int64 => array
            .as_primitive::<Int64Type>()
            .iter()
            .map(|x| x.map(|x| Value::Number(x as f64)))
            .collect(),
        DataType::Float64 => {
            array.as_primitive::<Float64Type>().iter().map(|x| x.map(Value::Number)).collect()
        }
        DataType::Decimal128(_, scale) => {
            let scale = i32::from(*scale);
            let numbers = array.as_primitive::<Decimal128Type>();
            numbers.iter().map(|x| x.map(|x| Value::Number(decimal(x, scale)))).collect()
        }
        DataType::Decimal256(_, scale) => {
            let scale = i32::from(*scale);
            let numbers = array.as_primitive::<Decimal256Type>();
            numbers.iter().map(|x| x.map(|x| Value::Number(decimal(x, scale)))).collect()
        }
        DataType::Boolean => array.as_boolean().iter().map(|b| b.map(Value::Boolean)).collect(),
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().iter().map(|d| d.map(Value::Date)).collect()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => array
            .as_primitive::<TimestampMicrosecondType>()
            .iter()
            .map(|t| t.map(Value::Timestamp))
            .collect(),
        DataType::Utf8 => {
            let texts = array.as_string::<i32>().iter();
            texts.map(|text| text.map(|text| Value::Text(text.into()))).collect()
        }
        DataType::Null => vec![None; array.len()],
        other => return exec_err!("a value as {other}"),
    })
}

/// The mantissas of decimals, with room for those of their products.
fn wide<T: DecimalType<Native: Into<i256>>>(array: &PrimitiveArray<T>) -> Vec<Option<i256>> {
    array.iter().map(|x| x.map(Into::into)).collect()
}

/// The nearest double of an exact decimal.
#[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
pub(crate) fn decimal(mantissa: impl Into<i256>, scale: i32) -> f64 {
    let mantissa: i256 = mantissa.into();
    // Below 2^53 both are exact and the quotient is correctly rounded; above, read the decimal as text, which is too.
    if let Some(small) = mantissa.to_i128()
        && small.unsigned_abs() < 1 << 53
        && scale <= 22
    {
        return small as f64 / 10f64.powi(scale);
    }
    format!("{mantissa}e-{scale}").parse().unwrap_or(f64::NAN)
}
