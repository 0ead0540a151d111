//! Which aggregates share a pass, and where each reads.

use milepost_semantics::model::{
    Aggregate, DatasetId, DimensionId, Literal, Model, RowExpr, RowKind, Type,
};
use milepost_syntax::ast::{AggregateFunction as F, BinaryOp};

use super::pass::{Rollup, State, rollup_for};
use crate::leaf::{Bounds, Leaf};

/// How states of an argument merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateKind {
    /// How many values are there.
    Rows,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keyed {
    /// Positions in [`Rollup::inputs`].
    pub(crate) inputs: Vec<usize>,
    /// The one argument is read as a double.
    pub(crate) numeric: bool,
    /// Values are rounded, and counted instead of kept: for approximate percentiles.
    pub(crate) rounded: bool,
    /// Positions in [`Rollup::filters`].
    pub(crate) filters: Vec<usize>,
    /// Positions in [`Rollup::dims`]: only what the leaves of this key slice by, or the groups would be far more.
    pub(crate) dims: Vec<usize>,
    /// Of these, those that the key itself decides: a slice of its set is an intersection.
    pub(crate) by_key: Vec<usize>,
}

/// Where a leaf finds its states.
#[derive(Clone, Debug)]
pub(crate) struct PlannedLeaf {
    pub(crate) rollup: usize,
    pub(crate) filter: usize,
    pub(crate) read: Read,
}

/// What a leaf reads of its rollup.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Read {
    /// The rows that pass the filter.
    Count,
    /// A state and the number of values behind it.
    State { state: usize, rows: usize },
    /// A keyed group list.
    Keyed(usize),
}

/// Sorts leaves into rollups. `by`: what the leaf's request slices by; `is_streamed`: of datasets that are read as they are
/// stored.
pub(crate) fn plan<'m>(
    model: &'m Model,
    is_streamed: &dyn Fn(DatasetId) -> bool,
    leaves: &[(&Leaf<'m>, &[DimensionId])],
) -> (Vec<Rollup<'m>>, Vec<PlannedLeaf>) {
    let mut rollups: Vec<Rollup<'m>> = Vec::new();
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
    number: usize,
    rollups: &mut [Rollup<'m>],
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
    by.iter().for_each(|dimension| rollup.dimension(*dimension));
    let filter = rollup.filter(aggregate.filter.as_ref());
    let read = read(rollup, aggregate, filter);
    if let Read::Keyed(number) = read {
        for dimension in by {
            let at = rollup.dims.iter().position(|d| d.dimension == *dimension).unwrap_or(0);
            rollup.slice_key(number, at);
        }
    }
    PlannedLeaf { rollup: number, filter, read }
}

pub(super) fn position<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

fn read(rollup: &mut Rollup<'_>, aggregate: &Aggregate, filter: usize) -> Read {
    let Some(arg) = aggregate.args.first() else { return Read::Count };
    let kind = match aggregate.function {
        F::Any => return Read::Count,
        F::Count if aggregate.distinct => return keyed(rollup, aggregate, false, filter),
        F::Median | F::Percentile => return keyed(rollup, aggregate, true, filter),
        F::Count => StateKind::Rows,
        F::Sum | F::Avg if is_exact_decimal(arg) => StateKind::DecimalSum,
        F::Sum | F::Avg => StateKind::ExactSum,
        F::Stddev => StateKind::PowerSums,
        F::Min => StateKind::Min,
        F::Max => StateKind::Max,
        F::First => StateKind::First,
        F::Last => StateKind::Last,
    };
    let plain = rollup.scope.base_expr(arg);
    let as_double = match kind {
        StateKind::ExactSum => true,
        StateKind::PowerSums => !is_exact_decimal(arg),
        _ => false,
    };
    let input = if as_double { double(&plain) } else { plain.clone() };
    let (plain, input) = (rollup.input(plain), rollup.input(input));
    let rows = position(&mut rollup.states, State { kind: StateKind::Rows, input: plain });
    let state = position(&mut rollup.states, State { kind, input });
    Read::State { state, rows }
}

fn double(sql: &str) -> String {
    format!("CAST({sql} AS DOUBLE)")
}

fn keyed(rollup: &mut Rollup<'_>, aggregate: &Aggregate, numeric: bool, filter: usize) -> Read {
    let rounded = aggregate.approximate;
    let inputs: Vec<usize> = aggregate
        .args
        .iter()
        .map(|arg| {
            let stored = rollup.stored(arg);
            let sql = stored.unwrap_or_else(|| rollup.scope.base_expr(arg));
            rollup.input(if numeric { double(&sql) } else { sql })
        })
        .collect();
    let fits = |k: &Keyed| k.inputs == inputs && k.numeric == numeric && k.rounded == rounded;
    let number = rollup.keyed.iter().position(fits).unwrap_or_else(|| {
        rollup.keyed.push(Keyed {
            inputs,
            numeric,
            rounded,
            filters: Vec::new(),
            dims: Vec::new(),
            by_key: Vec::new(),
        });
        rollup.keyed.len() - 1
    });
    position(&mut rollup.keyed[number].filters, filter);
    Read::Keyed(number)
}

/// Whether the engine computes the expression in integers and decimals throughout.
fn is_exact_decimal(expr: &RowExpr) -> bool {
    match &expr.kind {
        RowKind::Literal(Literal::Number(n)) => {
            n.scale == 0 && n.mantissa.unsigned_abs() < 1_000_000_000_000_000_000
        }
        RowKind::Literal(Literal::Null) => true,
        RowKind::Column(_) => matches!(expr.ty, Type::Integer | Type::Decimal),
        RowKind::Unary { operand, .. } => is_exact_decimal(operand),
        RowKind::Binary {
            op: BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply,
            left,
            right,
        } => is_exact_decimal(left) && is_exact_decimal(right),
        RowKind::If { then, otherwise, .. } => {
            is_exact_decimal(then) && is_exact_decimal(otherwise)
        }
        _ => false,
    }
}
