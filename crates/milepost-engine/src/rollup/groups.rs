//! Running a rollup: one pass, whose cells become groups.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, RecordBatch, StructArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Decimal256Type, DecimalType, Float64Type, Int32Type,
    Int64Type, TimeUnit, TimestampMicrosecondType, UInt64Type, i256,
};

use datafusion::error::DataFusionError;

use milepost_semantics::time::Instant;

use super::keyed::KeyedGroups;
use super::pass::{Rollup, State};
use super::plan::StateKind;
use super::states::{Interner, Program, read_powers, words};
use crate::data::Data;
use crate::evaluate::Value;
use crate::functions::{ExactPartials, PowerSums};

/// What one rollup holds after its pass: groups sorted by `lo`.
pub(crate) struct Groups {
    pub(crate) cuts: Vec<Instant>,
    /// When the first row of the dataset was.
    pub(crate) first: Option<Instant>,
    /// From when on rows may be missing, if the dataset says so.
    pub(crate) until: Option<Instant>,
    pub(crate) places: Places,
    /// The value of each dimension, by group.
    pub(crate) dims: Vec<Vec<u32>>,
    /// What the numbers in `dims` stand for.
    pub(crate) names: Names,
    pub(crate) masks: Masks,
    /// Rows, by group.
    pub(crate) rows: Vec<u64>,
    /// By state, then group.
    pub(crate) states: Vec<StateColumn>,
    pub(crate) keyed: Vec<KeyedGroups>,
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
        let masks = array.as_binary::<i32>().iter();
        let of = masks.map(|m| known.number(&words(m.unwrap_or_default()))).collect();
        Self { of, known }
    }

    /// Whether each group's rows pass the filter at that position.
    pub(super) fn passing(&self, filter: usize) -> Vec<bool> {
        let has =
            |mask: &Vec<u64>| mask.get(filter / 64).is_some_and(|w| w >> (filter % 64) & 1 == 1);
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
    Rows(Vec<u64>),
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
    ) -> Result<Self, DataFusionError> {
        let lists = states.as_struct();
        let cells = sorted(&list(lists.column(0)))?;
        let mut names = Names::default();
        let dims = rollup.dims.iter().enumerate();
        let dims = dims.map(|(i, _)| numbers(column(&cells, &format!("d{i}")), &mut names));
        let dataset = rollup.place.dataset;
        let first = integers(first).first().copied().flatten().map(Instant);
        let told = data.status(dataset).filter(|_| data.streamed.contains_key(&dataset));
        let mut groups = Self {
            cuts: rollup.cuts.iter().copied().collect(),
            first: rollup
                .place
                .complete_from(rollup.model)
                .or_else(|| told.map_or(first, |status| status.first)),
            until: rollup.place.complete_until(rollup.model),
            places: places(rollup, &cells),
            dims: dims.collect(),
            names,
            masks: Masks::read(column(&cells, "mask")),
            rows: column(&cells, "n").as_primitive::<UInt64Type>().values().to_vec(),
            states: states_of(rollup, &cells),
            keyed: Vec::new(),
            program: Arc::clone(&program),
        };
        for (i, keyed) in rollup.keyed.iter().enumerate() {
            let cells = sorted(&list(lists.column(1 + i)))?;
            let read = KeyedGroups::read(rollup, i, keyed, &program, &cells, &mut groups.names);
            groups.keyed.push(read?);
        }
        Ok(groups)
    }
}

impl Groups {
    /// Cells, and sets or lists of values.
    pub(crate) fn cells(&self) -> usize {
        self.rows.len() + self.keyed.iter().map(|keyed| keyed.places.lo.len()).sum::<usize>()
    }
}

/// The cells in the one list of a column.
fn list(array: &ArrayRef) -> StructArray {
    array.as_list::<i32>().value(0).as_struct().clone()
}

/// The cells in the order of time.
fn sorted(cells: &StructArray) -> Result<RecordBatch, arrow::error::ArrowError> {
    let batch = RecordBatch::from(cells);
    let order = arrow::compute::sort_to_indices(batch.column(0), None, None)?;
    arrow::compute::take_record_batch(&batch, &order)
}

fn states_of(rollup: &Rollup<'_>, cells: &RecordBatch) -> Vec<StateColumn> {
    let states = rollup.states.iter().enumerate();
    states.map(|(i, state)| state_column(cells, i, state)).collect()
}

pub(super) fn column<'b>(batch: &'b RecordBatch, name: &str) -> &'b ArrayRef {
    // Every name comes from the statement above it.
    batch.column_by_name(name).unwrap_or_else(|| batch.column(0))
}

pub(super) fn places(rollup: &Rollup<'_>, batch: &RecordBatch) -> Places {
    let read = |name: &str| column(batch, name).as_primitive::<Int64Type>().values().to_vec();
    Places { lo: read("lo"), hi: if rollup.has_until() { read("hi") } else { Vec::new() } }
}

/// The numbers of slice values.
pub(super) fn numbers(array: &ArrayRef, names: &mut Names) -> Vec<u32> {
    texts(array).map(|text| names.number(text)).collect()
}

pub(super) fn texts(array: &ArrayRef) -> Box<dyn Iterator<Item = &str> + '_> {
    match array.data_type() {
        DataType::Utf8View => {
            Box::new(array.as_string_view().iter().map(Option::unwrap_or_default))
        }
        DataType::LargeUtf8 => {
            Box::new(array.as_string::<i64>().iter().map(Option::unwrap_or_default))
        }
        DataType::Utf8 => Box::new(array.as_string::<i32>().iter().map(Option::unwrap_or_default)),
        _ => Box::new(std::iter::repeat_n("", array.len())),
    }
}

fn integers(array: &ArrayRef) -> Vec<Option<i64>> {
    match array.data_type() {
        DataType::Int64 => array.as_primitive::<Int64Type>().iter().collect(),
        DataType::Int32 => {
            array.as_primitive::<Int32Type>().iter().map(|x| x.map(i64::from)).collect()
        }
        DataType::Date32 => {
            array.as_primitive::<Date32Type>().iter().map(|x| x.map(i64::from)).collect()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            array.as_primitive::<TimestampMicrosecondType>().iter().collect()
        }
        _ => vec![None; array.len()],
    }
}

fn state_column(batch: &RecordBatch, i: usize, state: &State) -> StateColumn {
    let array = column(batch, &format!("s{i}"));
    match state.kind {
        StateKind::Rows => StateColumn::Rows(array.as_primitive::<UInt64Type>().values().to_vec()),
        StateKind::DecimalSum => match array.data_type() {
            DataType::Decimal128(_, scale) => StateColumn::Decimal {
                values: wide(array.as_primitive::<Decimal128Type>()),
                scale: i32::from(*scale),
            },
            DataType::Decimal256(_, scale) => StateColumn::Decimal {
                values: wide(array.as_primitive::<Decimal256Type>()),
                scale: i32::from(*scale),
            },
            _ => StateColumn::Extreme(values(array)),
        },
        StateKind::ExactSum => StateColumn::Exact(exact(array)),
        StateKind::PowerSums => {
            let (sums, scale) = read_powers(array);
            StateColumn::Powers { sums, scale }
        }
        StateKind::Min | StateKind::Max => StateColumn::Extreme(values(array)),
        StateKind::First | StateKind::Last => StateColumn::Timed {
            values: values(array),
            times: integers(column(batch, &format!("t{i}"))),
        },
    }
}

fn exact(array: &ArrayRef) -> Vec<ExactPartials> {
    let Some(lists) = array.as_list_opt::<i32>() else {
        return vec![ExactPartials::default(); array.len()];
    };
    lists
        .iter()
        .map(|parts| {
            parts.map_or_else(ExactPartials::default, |parts| {
                ExactPartials::from_parts(parts.as_primitive::<Float64Type>().values())
            })
        })
        .collect()
}

/// Single values of any type of the language.
#[expect(clippy::cast_precision_loss, reason = "results are doubles")]
pub(super) fn values(array: &ArrayRef) -> Vec<Option<Value>> {
    match array.data_type() {
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
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            let present = (0..array.len()).map(|i| array.is_valid(i));
            texts(array)
                .zip(present)
                .map(|(t, there)| there.then(|| Value::Text(t.into())))
                .collect()
        }
        _ => vec![None; array.len()],
    }
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
