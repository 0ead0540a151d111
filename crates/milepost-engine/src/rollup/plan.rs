//! Which aggregates share a pass, and where each reads.

use milepost_semantics::model::{
    Aggregate, DatasetId, DimensionId, Form, Literal, Model, RowExpr, RowKind, Type,
};
use milepost_syntax::ast::{AggregateFunction as F, BinaryOp};

use super::ids::{DimId, FilterId, InputId, KeyedFilterId, RollupId};
use super::pass::{Rollup, State, rollup_for};
use crate::ids::ById;
use crate::leaf::{Bounds, Leaf};
use crate::merge::{PlannedLeaf, Read};

/// How states of an argument merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateKind {
    /// Exact sum of integers and decimals.
    DecimalSum,
    /// Exact sum of doubles.
    ExactSum,
    /// Exact sums of the values and of their squares, for deviations.
    PowerSums,
    Min,
    Max,
    /// The value of the earliest row, with its time.
    First,
    /// The value of the latest row, with its time.
    Last,
}

/// Groups that also keep keys or values: for distinct counts and percentiles.
#[derive(Clone, Debug)]
pub(crate) struct Keyed {
    pub(crate) of: KeyedOf,
    pub(crate) filters: ById<KeyedFilterId, FilterId>,
    /// Only what the leaves of this key slice by, or the groups would be far more.
    pub(crate) dims: Vec<(DimId, SlicedBy)>,
}

/// What groups keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyedOf {
    /// The distinct keys, each of these values together.
    Keys(Vec<InputId>),
    /// Every value of a double.
    Values(InputId),
    /// Rounded values, counted: for approximate percentiles.
    Counts(InputId),
}

impl KeyedOf {
    pub(crate) fn inputs(&self) -> &[InputId] {
        match self {
            Self::Keys(inputs) => inputs,
            Self::Values(input) | Self::Counts(input) => std::slice::from_ref(input),
        }
    }
}

/// What decides the slice of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlicedBy {
    /// The row: groups are kept apart by it.
    Row,
    /// The key itself: a slice of its set is an intersection.
    Key,
}

/// Sorts leaves into rollups. `by`: what the leaf's request slices by; `is_streamed`: of datasets that are read as they are
/// stored.
pub(crate) fn plan<'m>(
    model: &'m Model,
    is_streamed: &dyn Fn(DatasetId) -> bool,
    leaves: &[(&Leaf<'m>, &[DimensionId])],
) -> (ById<RollupId, Rollup<'m>>, Vec<PlannedLeaf>) {
    let mut rollups = ById::default();
    let planned = leaves
        .iter()
        .map(|(leaf, by)| {
            let is_streamed = is_streamed(leaf.aggregate.dataset);
            plan_leaf(
                rollup_for(model, leaf.aggregate, is_streamed, &mut rollups),
                &mut rollups,
                leaf,
                by,
            )
        })
        .collect();
    (rollups, planned)
}

fn plan_leaf<'m>(
    number: RollupId,
    rollups: &mut ById<RollupId, Rollup<'m>>,
    leaf: &Leaf<'m>,
    by: &[DimensionId],
) -> PlannedLeaf {
    let aggregate = leaf.aggregate;
    let rollup = &mut rollups[number];
    for bounds in &leaf.bounds {
        match bounds {
            Bounds::Range { lo, hi } => rollup.cuts.extend([*lo, *hi]),
            Bounds::At(instant) => {
                rollup.cuts.insert(*instant);
            }
            Bounds::MeanAt(instants) => rollup.cuts.extend(instants),
        }
    }
    let by: Vec<DimId> = by.iter().map(|dimension| rollup.dimension(*dimension)).collect();
    let filter = rollup.filter(aggregate.filter.as_ref());
    let read = read(rollup, aggregate, filter);
    if let Read::Keyed { keyed, .. } = read {
        by.iter().for_each(|dim| rollup.slice_key(keyed, *dim));
    }
    PlannedLeaf { rollup: number, filter, by, read }
}

fn read(rollup: &mut Rollup<'_>, aggregate: &Aggregate, filter: FilterId) -> Read {
    let Some(arg) = aggregate.args.first() else { return Read::Rows };
    let kind = match aggregate.function {
        F::Any => return Read::Rows,
        F::Count if aggregate.distinct => {
            let inputs = aggregate.args.iter().map(|arg| stored_or_plain(rollup, arg));
            let inputs: Vec<String> = inputs.collect();
            let inputs = inputs.into_iter().map(|sql| rollup.input(sql)).collect();
            return keyed(rollup, KeyedOf::Keys(inputs), filter);
        }
        F::Median | F::Percentile => {
            let sql = double(&stored_or_plain(rollup, arg));
            let input = rollup.input(sql);
            let of = if aggregate.approximate { KeyedOf::Counts } else { KeyedOf::Values };
            return keyed(rollup, of(input), filter);
        }
        F::Count => None,
        F::Sum | F::Avg if is_exact_decimal(arg) => Some(StateKind::DecimalSum),
        F::Sum | F::Avg => Some(StateKind::ExactSum),
        F::Stddev => Some(StateKind::PowerSums),
        F::Min => Some(StateKind::Min),
        F::Max => Some(StateKind::Max),
        F::First => Some(StateKind::First),
        F::Last => Some(StateKind::Last),
        // They are of members alone, which are evaluated one by one.
        F::Nth | F::Curve(_) => return Read::Rows,
    };
    let plain = rollup.scope.base_expr(arg);
    let as_double = match kind {
        Some(StateKind::ExactSum) => true,
        Some(StateKind::PowerSums) => !is_exact_decimal(arg),
        _ => false,
    };
    let input = if as_double { double(&plain) } else { plain.clone() };
    let (plain, input) = (rollup.input(plain), rollup.input(input));
    let values = rollup.counts.intern(plain);
    match kind {
        None => Read::Values(values),
        Some(kind) => Read::State { state: rollup.states.intern(State { kind, input }), values },
    }
}

/// The expression as it is stored, if it is a column of the rows and nothing else.
fn stored_or_plain(rollup: &mut Rollup<'_>, arg: &RowExpr) -> String {
    rollup.stored(arg).unwrap_or_else(|| rollup.scope.base_expr(arg))
}

fn double(sql: &str) -> String {
    format!("CAST({sql} AS DOUBLE)")
}

fn keyed(rollup: &mut Rollup<'_>, of: KeyedOf, filter: FilterId) -> Read {
    let known = rollup.keyed.find(|keyed| keyed.of == of);
    let keyed = known.unwrap_or_else(|| {
        rollup.keyed.push(Keyed { of, filters: ById::default(), dims: Vec::new() })
    });
    let filter = rollup.keyed[keyed].filters.intern(filter);
    Read::Keyed { keyed, filter }
}

/// Whether the engine computes the expression in integers and decimals throughout.
fn is_exact_decimal(expr: &RowExpr) -> bool {
    match &expr.kind {
        RowKind::Form(Form::Literal(Literal::Number(n))) => {
            n.scale == 0 && n.mantissa.unsigned_abs() < 1_000_000_000_000_000_000
        }
        RowKind::Form(Form::Literal(Literal::Null)) => true,
        RowKind::Column(_) => matches!(expr.ty, Type::Integer | Type::Decimal),
        RowKind::Form(Form::Unary { operand, .. }) => is_exact_decimal(operand),
        RowKind::Form(Form::Binary {
            op: BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply,
            left,
            right,
        }) => is_exact_decimal(left) && is_exact_decimal(right),
        RowKind::Form(Form::If { then, otherwise, .. }) => {
            is_exact_decimal(then) && is_exact_decimal(otherwise)
        }
        _ => false,
    }
}
