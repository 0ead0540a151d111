//! Running a rollup: one grouping for its states, one more for each key that must be kept apart.

use std::collections::HashMap;
use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::logical_expr::ScalarUDF;
use datafusion::prelude::SessionContext;

use milepost_semantics::time::{Calendar, Instant};

use super::keyed::KeyedGroups;
use super::plan::{Rollup, State, StateKind};
use crate::error::EngineError;
use crate::evaluate::Value;
use crate::functions::{CutIndex, ExactPartials};

/// What one rollup holds after its pass: groups sorted by `lo`.
pub(crate) struct Groups {
    pub(crate) cuts: Vec<Instant>,
    /// When the first row of the dataset was.
    pub(crate) first: Option<Instant>,
    pub(crate) places: Places,
    /// The value of each dimension, by group.
    pub(crate) dims: Vec<Vec<u32>>,
    /// What the numbers in `dims` stand for.
    pub(crate) names: Names,
    /// Rows that pass each filter, by filter, then group.
    pub(crate) counts: Vec<Vec<u64>>,
    /// By state, then group.
    pub(crate) states: Vec<StateColumn>,
    pub(crate) keyed: Vec<KeyedGroups>,
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

/// Slice values by number.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: HashMap<String, u32>,
    pub(crate) texts: Vec<String>,
}

impl Names {
    pub(super) fn number(&mut self, text: &str) -> u32 {
        if let Some(n) = self.numbers.get(text) {
            return *n;
        }
        let n = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.texts.push(text.to_owned());
        self.numbers.insert(text.to_owned(), n);
        n
    }
}

/// One state of every group.
#[derive(Debug)]
pub(crate) enum StateColumn {
    Rows(Vec<u64>),
    Decimal {
        values: Vec<Option<i128>>,
        scale: i32,
    },
    Exact(Vec<ExactPartials>),
    Extreme(Vec<Option<Value>>),
    /// The value and the time of its row.
    Timed {
        values: Vec<Option<Value>>,
        times: Vec<Option<i64>>,
    },
}

impl Groups {
    /// Runs a rollup over the opened tables.
    pub(crate) async fn run(
        context: &SessionContext,
        calendar: &Calendar,
        rollup: &Rollup<'_>,
        number: usize,
    ) -> Result<Self, EngineError> {
        let cut_index = format!("cut_index_{number}");
        context.register_udf(ScalarUDF::from(CutIndex::new(
            cut_index.clone(),
            rollup.sorted_cuts(calendar),
        )));
        let rows = rollup.rows_sql(&cut_index);
        let first = query(context, rollup, &rollup.first).await?;
        let batch = query(context, rollup, &states_sql(rollup, &rows)).await?;
        let mut names = Names::default();
        let places = places(rollup, &batch);
        let dims = dims(rollup, &rollup.all_dims(), &batch, &mut names);
        let counts =
            (0..rollup.filters.len()).map(|i| counts(column(&batch, &format!("n{i}")))).collect();
        let states = rollup
            .states
            .iter()
            .enumerate()
            .map(|(i, state)| state_column(&batch, i, state))
            .collect();
        let mut keyed = Vec::new();
        for keys in &rollup.keyed {
            let batch = query(context, rollup, &keys.sql(rollup, &rows)).await?;
            keyed.push(KeyedGroups::read(rollup, keys, &batch, &mut names)?);
        }
        let first = integers(first.column(0)).first().copied().flatten().map(Instant);
        let cuts = rollup.cuts.iter().copied().collect();
        Ok(Self { cuts, first, places, dims, names, counts, states, keyed })
    }
}

/// Runs one statement, sorted by `lo` where there is one, as one batch.
async fn query(
    context: &SessionContext,
    rollup: &Rollup<'_>,
    sql: &str,
) -> Result<RecordBatch, EngineError> {
    let what = format!("dataset `{}`", rollup.place.dataset_name);
    let failed = |e: &datafusion::error::DataFusionError| EngineError::from_engine(&what, e);
    let frame = context.sql(sql).await.map_err(|e| failed(&e))?;
    let schema = std::sync::Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect().await.map_err(|e| failed(&e))?;
    let schema = batches.first().map_or(schema, RecordBatch::schema);
    concat_batches(&schema, &batches).map_err(|e| EngineError::Internal(format!("{what}: {e}")))
}

fn states_sql(rollup: &Rollup<'_>, rows: &str) -> String {
    let group = rollup.group_columns(&rollup.all_dims()).join(", ");
    let mut sql = format!("SELECT {group}");
    for i in 0..rollup.filters.len() {
        let _ = write!(sql, ", count(*) FILTER (WHERE f{i}) AS n{i}");
    }
    for (i, State { kind, arg, filter }) in rollup.states.iter().enumerate() {
        let x = format!("x{arg}");
        let present = format!("FILTER (WHERE f{filter} AND {x} IS NOT NULL)");
        let _ = match kind {
            StateKind::Rows => write!(sql, ", count(*) {present} AS s{i}"),
            StateKind::DecimalSum => {
                write!(sql, ", sum({x}) {present} AS s{i}")
            }
            StateKind::ExactSum => {
                write!(sql, ", exact_sum(CAST({x} AS DOUBLE)) {present} AS s{i}")
            }
            StateKind::Min => write!(sql, ", min({x}) {present} AS s{i}"),
            StateKind::Max => write!(sql, ", max({x}) {present} AS s{i}"),
            StateKind::First => {
                write!(
                    sql,
                    ", first_value({x} ORDER BY at ASC, {x} ASC) {present} AS s{i}, min(at) {present} AS t{i}"
                )
            }
            StateKind::Last => {
                write!(
                    sql,
                    ", first_value({x} ORDER BY at DESC, {x} DESC) {present} AS s{i}, max(at) {present} AS t{i}"
                )
            }
        };
    }
    let _ = write!(sql, " FROM ({rows}) AS r GROUP BY {group} ORDER BY lo");
    sql
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> &'b ArrayRef {
    // Every name comes from the statement above it.
    batch.column_by_name(name).unwrap_or_else(|| batch.column(0))
}

pub(super) fn places(rollup: &Rollup<'_>, batch: &RecordBatch) -> Places {
    let read = |name: &str| {
        integers(column(batch, name)).into_iter().map(|x| x.unwrap_or(i64::MIN)).collect()
    };
    Places { lo: read("lo"), hi: if rollup.has_until() { read("hi") } else { Vec::new() } }
}

/// The values of the wanted dimensions; a dimension that is not wanted has none.
pub(super) fn dims(
    rollup: &Rollup<'_>,
    wanted: &[usize],
    batch: &RecordBatch,
    names: &mut Names,
) -> Vec<Vec<u32>> {
    (0..rollup.dims.len())
        .map(|i| {
            if !wanted.contains(&i) {
                return Vec::new();
            }
            let array = column(batch, &format!("d{i}"));
            texts(array).map(|text| names.number(text)).collect()
        })
        .collect()
}

fn texts(array: &ArrayRef) -> Box<dyn Iterator<Item = &str> + '_> {
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

pub(super) fn counts(array: &ArrayRef) -> Vec<u64> {
    integers(array)
        .into_iter()
        .map(|n| n.and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
        .collect()
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
        StateKind::Rows => StateColumn::Rows(counts(array)),
        StateKind::DecimalSum => match array.data_type() {
            DataType::Decimal128(_, scale) => StateColumn::Decimal {
                values: array.as_primitive::<Decimal128Type>().iter().collect(),
                scale: i32::from(*scale),
            },
            _ => StateColumn::Extreme(values(array)),
        },
        StateKind::ExactSum => StateColumn::Exact(exact(array)),
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

/// The nearest double of an exact decimal.
#[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
pub(crate) fn decimal(mantissa: i128, scale: i32) -> f64 {
    // Below 2^53 both are exact and the quotient is correctly rounded; above, read the decimal as text, which is too.
    if mantissa.unsigned_abs() < 1 << 53 && scale <= 22 {
        return mantissa as f64 / 10f64.powi(scale);
    }
    format!("{mantissa}e-{scale}").parse().unwrap_or(f64::NAN)
}
