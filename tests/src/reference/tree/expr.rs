//! Expressions over rows, and over aggregates.

use milepost::syntax::ast::{BinaryOp, Date, Decimal, Duration, UnaryOp};

use super::{Aggregate, Blocks, ColumnId, DatasetId, InSegment, Inner};

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Integer,
    Number,
    Decimal,
    Boolean,
    Date,
    Timestamp,
}

impl Type {
    pub(crate) const fn is_time(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp)
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Literal {
    Number(Decimal),
    /// `80%` is 80 here.
    Percent(Decimal),
    Text(String),
    Boolean(bool),
    Date(Date),
    Duration(Duration),
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScalarFunction {
    Coalesce,
    Abs,
    Sqrt,
    Round,
    Least,
    Greatest,
    DaysBetween,
    Day,
    Weekday,
    Hour,
    BusinessDaysBetween,
}

/// A column at the end of links.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Path {
    pub(crate) hops: Vec<Hop>,
    pub(crate) dataset: DatasetId,
    pub(crate) column: ColumnId,
}

/// A link to at most one row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hop {
    pub(crate) from: DatasetId,
    pub(crate) from_columns: Vec<ColumnId>,
    pub(crate) to: DatasetId,
    pub(crate) to_columns: Vec<ColumnId>,
    /// Into a history: to the row that is true then.
    pub(crate) valid: Option<ValidAt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ValidAt {
    /// At the row's own time.
    Row,
    /// At the end of the bucket, or at the instant of a state.
    End,
}

#[derive(Clone, Debug)]
pub(crate) struct RowExpr {
    pub(crate) kind: RowKind,
}

#[derive(Clone, Debug)]
pub(crate) enum RowKind {
    Literal(Literal),
    Column(Path),
    Unary {
        op: UnaryOp,
        operand: Box<RowExpr>,
    },
    Binary {
        op: BinaryOp,
        left: Box<RowExpr>,
        right: Box<RowExpr>,
    },
    In {
        operand: Box<RowExpr>,
        list: Vec<Literal>,
        negated: bool,
    },
    Between {
        operand: Box<RowExpr>,
        low: Box<RowExpr>,
        high: Box<RowExpr>,
        negated: bool,
    },
    IsNull {
        operand: Box<RowExpr>,
        negated: bool,
    },
    If {
        condition: Box<RowExpr>,
        then: Box<RowExpr>,
        otherwise: Box<RowExpr>,
    },
    Call {
        function: ScalarFunction,
        args: Vec<RowExpr>,
    },
    BusinessDays,
    Prior {
        operand: Box<RowExpr>,
        by: Option<Duration>,
    },
    Blocks(Box<Blocks<RowExpr>>),
    Inner(Box<Inner>),
    Segment(Box<InSegment>),
    /// A time as a judgement knows it: null when it lies after the end.
    Seen(Box<RowExpr>),
    Today,
}

#[derive(Clone, Debug)]
pub(crate) struct ValueExpr {
    pub(crate) kind: ValueKind,
}

#[derive(Clone, Debug)]
pub(crate) enum ValueKind {
    Literal(Literal),
    Unary {
        op: UnaryOp,
        operand: Box<ValueExpr>,
    },
    Binary {
        op: BinaryOp,
        left: Box<ValueExpr>,
        right: Box<ValueExpr>,
    },
    In {
        operand: Box<ValueExpr>,
        list: Vec<Literal>,
        negated: bool,
    },
    Between {
        operand: Box<ValueExpr>,
        low: Box<ValueExpr>,
        high: Box<ValueExpr>,
        negated: bool,
    },
    IsNull {
        operand: Box<ValueExpr>,
        negated: bool,
    },
    If {
        condition: Box<ValueExpr>,
        then: Box<ValueExpr>,
        otherwise: Box<ValueExpr>,
    },
    Call {
        function: ScalarFunction,
        args: Vec<ValueExpr>,
    },
    BusinessDays,
    Prior {
        operand: Box<ValueExpr>,
        by: Option<Duration>,
    },
    Blocks(Box<Blocks<ValueExpr>>),
    Aggregate(Box<Aggregate>),
    /// A metric that is named, written out.
    Metric {
        value: Box<ValueExpr>,
    },
}

/// The forms that rows and values have in common, to be made of their parts.
pub(crate) trait Node: Sized {
    fn literal(literal: Literal) -> Self;
    fn unary(op: UnaryOp, operand: Self) -> Self;
    fn binary(op: BinaryOp, left: Self, right: Self) -> Self;
    fn is_in(operand: Self, list: Vec<Literal>, negated: bool) -> Self;
    fn between(operand: Self, low: Self, high: Self, negated: bool) -> Self;
    fn is_null(operand: Self, negated: bool) -> Self;
    fn choice(condition: Self, then: Self, otherwise: Self) -> Self;
    fn call(function: ScalarFunction, args: Vec<Self>) -> Self;
    fn business_days() -> Self;
    fn prior(operand: Self, by: Option<Duration>) -> Self;
    fn blocks(blocks: Blocks<Self>) -> Self;
}

macro_rules! forms {
    ($expr:ident, $kind:ident: leaf $leaf:pat, one $one:pat => $inside:ident $(, many $many:pat => $list:expr)?) => {
        impl Node for $expr {
            fn literal(literal: Literal) -> Self {
                Self { kind: $kind::Literal(literal) }
            }
            fn unary(op: UnaryOp, operand: Self) -> Self {
                Self { kind: $kind::Unary { op, operand: Box::new(operand) } }
            }
            fn binary(op: BinaryOp, left: Self, right: Self) -> Self {
                Self { kind: $kind::Binary { op, left: Box::new(left), right: Box::new(right) } }
            }
            fn is_in(operand: Self, list: Vec<Literal>, negated: bool) -> Self {
                Self { kind: $kind::In { operand: Box::new(operand), list, negated } }
            }
            fn between(operand: Self, low: Self, high: Self, negated: bool) -> Self {
                let [operand, low, high] = [operand, low, high].map(Box::new);
                Self { kind: $kind::Between { operand, low, high, negated } }
            }
            fn is_null(operand: Self, negated: bool) -> Self {
                Self { kind: $kind::IsNull { operand: Box::new(operand), negated } }
            }
            fn choice(condition: Self, then: Self, otherwise: Self) -> Self {
                let [condition, then, otherwise] = [condition, then, otherwise].map(Box::new);
                Self { kind: $kind::If { condition, then, otherwise } }
            }
            fn call(function: ScalarFunction, args: Vec<Self>) -> Self {
                Self { kind: $kind::Call { function, args } }
            }
            fn business_days() -> Self {
                Self { kind: $kind::BusinessDays }
            }
            fn prior(operand: Self, by: Option<Duration>) -> Self {
                Self { kind: $kind::Prior { operand: Box::new(operand), by } }
            }
            fn blocks(blocks: Blocks<Self>) -> Self {
                Self { kind: $kind::Blocks(Box::new(blocks)) }
            }
        }

        impl $expr {
            /// Calls `f` for each direct operand; what is inside an aggregate is none.
            pub(crate) fn each_child<'a>(&'a self, f: &mut dyn FnMut(&'a Self)) {
                match &self.kind {
                    $leaf => {}
                    $one => f($inside),
                    $($many => $list.iter().for_each(f),)?
                    $kind::Unary { operand, .. }
                    | $kind::In { operand, .. }
                    | $kind::IsNull { operand, .. }
                    | $kind::Prior { operand, .. } => f(operand),
                    $kind::Binary { left, right, .. } => [left, right].into_iter().for_each(|x| f(x)),
                    $kind::Between { operand, low, high, .. } => {
                        [operand, low, high].into_iter().for_each(|x| f(x));
                    }
                    $kind::If { condition, then, otherwise } => {
                        [condition, then, otherwise].into_iter().for_each(|x| f(x));
                    }
                    $kind::Call { args, .. } => args.iter().for_each(f),
                    $kind::Blocks(blocks) => f(&blocks.operand),
                }
            }

            /// The same, to change it.
            pub(crate) fn each_child_mut(&mut self, f: &mut dyn FnMut(&mut Self)) {
                match &mut self.kind {
                    $leaf => {}
                    $one => f($inside),
                    $($many => $list.iter_mut().for_each(f),)?
                    $kind::Unary { operand, .. }
                    | $kind::In { operand, .. }
                    | $kind::IsNull { operand, .. }
                    | $kind::Prior { operand, .. } => f(operand),
                    $kind::Binary { left, right, .. } => [left, right].into_iter().for_each(|x| f(x)),
                    $kind::Between { operand, low, high, .. } => {
                        [operand, low, high].into_iter().for_each(|x| f(x));
                    }
                    $kind::If { condition, then, otherwise } => {
                        [condition, then, otherwise].into_iter().for_each(|x| f(x));
                    }
                    $kind::Call { args, .. } => args.iter_mut().for_each(f),
                    $kind::Blocks(blocks) => f(&mut blocks.operand),
                }
            }
        }
    };
}

forms!(RowExpr, RowKind:
    leaf RowKind::Literal(_) | RowKind::Column(_) | RowKind::Inner(_) | RowKind::BusinessDays | RowKind::Today,
    one RowKind::Seen(operand) => operand,
    many RowKind::Segment(segment) => segment.key
);
forms!(ValueExpr, ValueKind:
    leaf ValueKind::Literal(_) | ValueKind::Aggregate(_) | ValueKind::BusinessDays,
    one ValueKind::Metric { value } => value
);

impl RowExpr {
    /// Whether it holds of the expression itself or of one of its operands.
    pub(super) fn some(&self, holds: &dyn Fn(&Self) -> Option<bool>) -> bool {
        holds(self).unwrap_or_else(|| {
            let mut found = false;
            self.each_child(&mut |child| found = found || child.some(holds));
            found
        })
    }

    pub(crate) fn column(path: Path) -> Self {
        Self { kind: RowKind::Column(path) }
    }

    /// The path, if it is nothing else.
    pub(crate) const fn as_column(&self) -> Option<&Path> {
        match &self.kind {
            RowKind::Column(path) => Some(path),
            _ => None,
        }
    }

    /// The value as it was earlier, of members for whom that is true.
    pub(crate) fn or_as_it_was(self, (members, by): &(Self, Option<Duration>)) -> Self {
        let then = Self::prior(self.clone(), *by);
        Self::choice(members.clone(), then, self)
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self::binary(BinaryOp::And, self, other)
    }
}
