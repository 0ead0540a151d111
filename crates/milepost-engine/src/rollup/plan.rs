use std::collections::BTreeSet;

use milepost_semantics::model::{
    Aggregate, DatasetKind, DimensionId, Literal, Model, RowExpr, RowKind, Type,
};
use milepost_semantics::time::{Instant, epoch_day};
use milepost_syntax::ast::{AggregateFunction as F, BinaryOp};

use crate::leaf::{Bounds, EVER, Leaf};
use crate::placement::{Placement, placement};
use crate::sql::{Scope, dimension_sql};

/// One pass over the rows of a dataset, placed by one time.
pub(crate) struct Rollup<'m> {
    pub(crate) place: Placement<'m>,
    /// The printed time: rollups of one dataset that are placed alike are one.
    at: String,
    /// The statement that finds the dataset's first row.
    pub(crate) first: String,
    until: Option<String>,
    pub(crate) scope: Scope<'m>,
    /// What the groups are kept apart by, with the SQL of each.
    pub(crate) dims: Vec<(DimensionId, String)>,
    /// Every instant at which any window starts or ends, or any state is read.
    pub(crate) cuts: BTreeSet<Instant>,
    /// Every distinct predicate; `TRUE` is none.
    pub(crate) filters: Vec<String>,
    /// Every distinct argument.
    pub(crate) args: Vec<String>,
    pub(crate) states: Vec<State>,
    pub(crate) keyed: Vec<Keyed>,
}

/// A state that one column (or two) of a group holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) kind: StateKind,
    /// Position in [`Rollup::args`].
    pub(crate) arg: usize,
    /// Position in [`Rollup::filters`].
    pub(crate) filter: usize,
}

/// How states of an argument merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StateKind {
    /// How many values are there.
    Rows,
    /// Exact sum of integers and decimals.
    DecimalSum,
    /// Exact sum of doubles.
    ExactSum,
    Min,
    Max,
    /// The value of the earliest row, with its time.
    First,
    /// The value of the latest row, with its time.
    Last,
}

/// Groups that are also kept apart by a key or value: for distinct counts, percentiles and deviations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keyed {
    /// Positions in [`Rollup::args`].
    pub(crate) args: Vec<usize>,
    /// The one argument is read as a double.
    pub(crate) numeric: bool,
    /// Positions in [`Rollup::filters`].
    pub(crate) filters: Vec<usize>,
    /// Positions in [`Rollup::dims`]: only what the leaves of this key slice by, or the groups would be far more.
    pub(crate) dims: Vec<usize>,
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

/// Sorts leaves into rollups. `by`: what the leaf's request slices by.
pub(crate) fn plan<'m>(
    model: &'m Model,
    leaves: &[(&Leaf<'m>, &[DimensionId])],
) -> (Vec<Rollup<'m>>, Vec<PlannedLeaf>) {
    let mut rollups: Vec<Rollup<'m>> = Vec::new();
    let planned =
        leaves.iter().map(|(leaf, by)| plan_leaf(model, leaf, by, &mut rollups)).collect();
    (rollups, planned)
}

fn plan_leaf<'m>(
    model: &'m Model,
    leaf: &Leaf<'m>,
    by: &[DimensionId],
    rollups: &mut Vec<Rollup<'m>>,
) -> PlannedLeaf {
    let aggregate = leaf.aggregate;
    let number = rollup_for(model, aggregate, rollups);
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
    for dimension in by {
        if !rollup.dims.iter().any(|(d, _)| d == dimension) {
            let sql = dimension_sql(&mut rollup.scope, &model[aggregate.dataset].reach[dimension]);
            rollup.dims.push((*dimension, sql));
        }
    }
    let filter =
        aggregate.filter.as_ref().map_or_else(|| "TRUE".to_owned(), |f| rollup.scope.base_expr(f));
    let filter = position(&mut rollup.filters, filter);
    let args: Vec<usize> = aggregate
        .args
        .iter()
        .map(|arg| {
            let sql = rollup.scope.base_expr(arg);
            position(&mut rollup.args, sql)
        })
        .collect();
    let read = read(rollup, aggregate, &args, filter);
    if let Read::Keyed(number) = read {
        for dimension in by {
            let at = rollup.dims.iter().position(|(d, _)| d == dimension).unwrap_or(0);
            position(&mut rollup.keyed[number].dims, at);
        }
    }
    PlannedLeaf { rollup: number, filter, read }
}

fn rollup_for<'m>(
    model: &'m Model,
    aggregate: &'m Aggregate,
    rollups: &mut Vec<Rollup<'m>>,
) -> usize {
    let place = placement(model, aggregate);
    let mut scope = Scope::new(model, aggregate.dataset);
    let at = place.at_sql(&mut scope);
    let first = place.first_sql(model);
    let until = place.until_sql(&mut scope);
    let same = |r: &Rollup<'_>| {
        r.place.dataset == place.dataset
            && r.place.kind == place.kind
            && r.at == at
            && r.until == until
    };
    if let Some(found) = rollups.iter().position(same) {
        return found;
    }
    rollups.push(Rollup {
        place,
        at,
        first,
        until,
        scope,
        dims: Vec::new(),
        cuts: BTreeSet::new(),
        filters: Vec::new(),
        args: Vec::new(),
        states: Vec::new(),
        keyed: Vec::new(),
    });
    rollups.len() - 1
}

fn position<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

fn read(rollup: &mut Rollup<'_>, aggregate: &Aggregate, args: &[usize], filter: usize) -> Read {
    let keyed = |rollup: &mut Rollup<'_>, numeric: bool| {
        let fits = |k: &Keyed| k.args == args && k.numeric == numeric;
        let number = rollup.keyed.iter().position(fits).unwrap_or_else(|| {
            rollup.keyed.push(Keyed {
                args: args.to_vec(),
                numeric,
                filters: Vec::new(),
                dims: Vec::new(),
            });
            rollup.keyed.len() - 1
        });
        position(&mut rollup.keyed[number].filters, filter);
        Read::Keyed(number)
    };
    let Some(arg) = args.first().copied() else { return Read::Count };
    let kind = match aggregate.function {
        F::Count if aggregate.distinct => return keyed(rollup, false),
        F::Stddev | F::Median | F::Percentile => return keyed(rollup, true),
        F::Any => return Read::Count,
        F::Count => StateKind::Rows,
        F::Sum | F::Avg if aggregate.args.first().is_some_and(is_exact_decimal) => {
            StateKind::DecimalSum
        }
        F::Sum | F::Avg => StateKind::ExactSum,
        F::Min => StateKind::Min,
        F::Max => StateKind::Max,
        F::First => StateKind::First,
        F::Last => StateKind::Last,
    };
    let rows = position(&mut rollup.states, State { kind: StateKind::Rows, arg, filter });
    let state = position(&mut rollup.states, State { kind, arg, filter });
    Read::State { state, rows }
}

/// Whether the engine computes the expression in integers and decimals throughout.
fn is_exact_decimal(expr: &RowExpr) -> bool {
    match &expr.kind {
        RowKind::Literal(Literal::Number(n)) => {
            n.scale == 0 && n.mantissa.unsigned_abs() < 1_000_000_000_000_000_000
        }
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

impl Rollup<'_> {
    /// The cuts as the placing column compares with them: microseconds, or days since 1970.
    pub(crate) fn sorted_cuts(&self, calendar: &milepost_semantics::time::Calendar) -> Vec<i64> {
        let edge = |instant: &Instant| {
            if *instant == EVER || !self.place.is_date() {
                instant.0
            } else {
                i64::from(epoch_day(calendar.first_day_from(*instant)))
            }
        };
        self.cuts.iter().map(edge).collect()
    }

    /// The rows with everything that the groups need, under fixed names: `at`, `lo`, `hi`, `d0…`, `f0…`, `x0…`.
    ///
    /// `cut_index`: the function that numbers the elementary intervals.
    pub(crate) fn rows_sql(&self, cut_index: &str) -> String {
        let mut columns = vec![format!("{} AS at", self.at)];
        let last = self.cuts.len();
        let placed = match (&self.until, self.place.kind) {
            (Some(until), _) => {
                columns.push(format!("{cut_index}({}) AS lo", self.at));
                columns.push(format!("coalesce({cut_index}({until}), {last}) AS hi"));
                format!("lo < {last} AND hi > lo")
            }
            (None, Some(DatasetKind::Snapshot { .. })) => {
                columns.push(format!("{} AS lo", self.at));
                "lo IS NOT NULL".to_owned()
            }
            (None, _) => {
                columns.push(format!("{cut_index}({}) AS lo", self.at));
                format!("lo >= 1 AND lo < {last}")
            }
        };
        columns.extend(self.dims.iter().enumerate().map(|(i, (_, sql))| format!("{sql} AS d{i}")));
        columns.extend(self.filters.iter().enumerate().map(|(i, sql)| format!("({sql}) AS f{i}")));
        columns.extend(self.args.iter().enumerate().map(|(i, sql)| format!("{sql} AS x{i}")));
        format!(
            "SELECT * FROM (SELECT {} FROM {}) AS r WHERE {placed}",
            columns.join(", "),
            self.scope.tables()
        )
    }

    /// The names of the columns that keep groups apart.
    pub(crate) fn group_columns(&self, dims: &[usize]) -> Vec<String> {
        let mut columns = vec!["lo".to_owned()];
        if self.until.is_some() {
            columns.push("hi".to_owned());
        }
        columns.extend(dims.iter().map(|i| format!("d{i}")));
        columns
    }

    /// The positions of all dimensions.
    pub(crate) fn all_dims(&self) -> Vec<usize> {
        (0..self.dims.len()).collect()
    }

    /// Whether groups hold over a range of instants.
    pub(crate) const fn has_until(&self) -> bool {
        self.until.is_some()
    }
}
