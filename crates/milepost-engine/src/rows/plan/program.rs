//! What is computed of one row in one frame.

use milepost_semantics::model::{BlockUnit, DatasetId, ScalarFunction, SegmentAt, ValidAt, Window};
use milepost_syntax::ast::{AggregateFunction, BinaryOp, Duration};

use crate::evaluate::Value;
use crate::rows::ids::{HistoryId, InnerId, MemberKeyId, SegmentPlanId, TableColumnId};

/// An expression over a row: what the row alone determines is a column of its table.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rows) enum Program {
    Literal(Value),
    /// Of the table of the row.
    Column(TableColumnId),
    /// A column of the history row that is valid.
    History {
        history: HistoryId,
        key: Vec<Program>,
        /// A column of the history's table.
        value: TableColumnId,
        at: ValidAt,
    },
    Negate(Box<Program>),
    Not(Box<Program>),
    Binary {
        op: BinaryOp,
        left: Box<Program>,
        right: Box<Program>,
    },
    Shift {
        time: Box<Program>,
        length: Duration,
        back: bool,
    },
    In {
        operand: Box<Program>,
        list: Vec<Value>,
        negated: bool,
    },
    Between {
        operand: Box<Program>,
        low: Box<Program>,
        high: Box<Program>,
        negated: bool,
    },
    IsNull {
        operand: Box<Program>,
        negated: bool,
    },
    If {
        condition: Box<Program>,
        then: Box<Program>,
        otherwise: Box<Program>,
    },
    Call {
        function: ScalarFunction,
        args: Vec<Program>,
    },
    Inner(InnerId),
    Prior {
        operand: Box<Program>,
        by: Option<Duration>,
    },
    Blocks {
        function: AggregateFunction,
        percentile: Option<f64>,
        operand: Box<Program>,
        unit: BlockUnit,
        window: Window,
    },
    Segment {
        segment: SegmentPlanId,
        asks: MemberKeyId,
        at: SegmentAt,
    },
    Seen(Box<Program>),
    /// In the frame of all that is known.
    Latest(Box<Program>),
    BusinessDays,
    Today,
    /// The end of the frame, or that of the rows of a dataset; as a day, the last one before it.
    Now {
        rows: Option<DatasetId>,
        by_day: bool,
    },
}

impl Program {
    /// The direct operands, from left to right.
    pub(in crate::rows) fn operands(&self) -> Vec<&Self> {
        match self {
            Self::Literal(_)
            | Self::Column(_)
            | Self::Inner(_)
            | Self::Segment { .. }
            | Self::BusinessDays
            | Self::Today
            | Self::Now { .. } => Vec::new(),
            Self::Negate(x) | Self::Not(x) | Self::Seen(x) | Self::Latest(x) => vec![&**x],
            Self::Shift { time: operand, .. }
            | Self::In { operand, .. }
            | Self::IsNull { operand, .. }
            | Self::Prior { operand, .. }
            | Self::Blocks { operand, .. } => vec![&**operand],
            Self::Binary { left, right, .. } => vec![&**left, &**right],
            Self::Between { operand, low, high, .. } => vec![&**operand, &**low, &**high],
            Self::If { condition, then, otherwise } => vec![&**condition, &**then, &**otherwise],
            Self::Call { args, .. } => args.iter().collect(),
            Self::History { key, .. } => key.iter().collect(),
        }
    }

    /// Whether it may be another value in another frame.
    pub(in crate::rows) fn moves(&self) -> bool {
        match self {
            Self::Inner(_)
            | Self::Prior { .. }
            | Self::Blocks { .. }
            | Self::Seen(_)
            | Self::BusinessDays
            | Self::Today
            | Self::Now { .. }
            // Of the day before too: the key may be one of another segment.
            | Self::Segment { .. }
            | Self::History { at: ValidAt::End, .. } => true,
            Self::Latest(_) => false,
            _ => self.operands().into_iter().any(Self::moves),
        }
    }
}
