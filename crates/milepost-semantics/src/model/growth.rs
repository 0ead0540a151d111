//! Whether a part of the rows can be held against the goal of the whole.

use super::{Form, ScalarFunction, ValueExpr, ValueKind};
use milepost_syntax::ast::{AggregateFunction as F, BinaryOp};

/// How a number grows with the rows that it is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Growth {
    /// A fixed number, or one of the calendar: the same for every part.
    Fixed,
    /// As the rows to this power: 1 of a count or a sum, 0 of a mean, a percentile or a ratio of two sums.
    Power(i32),
    /// In no such way.
    Uneven,
}

impl ValueExpr {
    /// Whether slices of this value are numbers of the same kind as the whole: means, percentiles, extremes and ratios, of
    /// which numerator and denominator are sliced. A count, a sum and what is a multiple of one are not: a part of them is
    /// smaller by nature.
    #[must_use]
    pub fn is_alike_in_slices(&self) -> bool {
        self.growth() == Growth::Power(0)
    }

    fn growth(&self) -> Growth {
        match &self.kind {
            ValueKind::Form(Form::Literal(_)) | ValueKind::BusinessDays => Growth::Fixed,
            ValueKind::Aggregate(found) => match found.function {
                F::Count | F::Sum => Growth::Power(1),
                F::Avg
                | F::Median
                | F::Percentile
                | F::Stddev
                | F::Min
                | F::Max
                | F::First
                | F::Last
                | F::Nth
                | F::Curve(_) => Growth::Power(0),
                // Whether there is any row is no number.
                F::Any => Growth::Uneven,
            },
            ValueKind::Metric { value, .. } => value.growth(),
            ValueKind::Prior { operand, .. } | ValueKind::Form(Form::Unary { operand, .. }) => {
                operand.growth()
            }
            // A summary over days is of the days, not of the rows.
            ValueKind::Blocks(blocks) => blocks.operand.growth(),
            ValueKind::Form(Form::Binary { op, left, right }) => {
                let (left, right) = (left.growth(), right.growth());
                match op {
                    BinaryOp::Add | BinaryOp::Subtract => added(left, right),
                    BinaryOp::Multiply => scaled(left, right, 1),
                    BinaryOp::Divide => scaled(left, right, -1),
                    _ => Growth::Uneven,
                }
            }
            ValueKind::Form(Form::If { then, otherwise, .. }) => {
                either(then.growth(), otherwise.growth())
            }
            ValueKind::Form(Form::Call { function, args }) => called(*function, args),
            ValueKind::Form(Form::In { .. } | Form::Between { .. } | Form::IsNull { .. }) => {
                Growth::Uneven
            }
        }
    }
}

/// A fixed number is no part of a total: what is left of a sum without it is no sum.
fn added(a: Growth, b: Growth) -> Growth {
    match (a, b) {
        (a, b) if a == b => a,
        (Growth::Fixed, Growth::Power(0)) | (Growth::Power(0), Growth::Fixed) => Growth::Power(0),
        _ => Growth::Uneven,
    }
}

fn scaled(a: Growth, b: Growth, sign: i32) -> Growth {
    match (a, b) {
        (Growth::Fixed, Growth::Fixed) => Growth::Fixed,
        (Growth::Power(power), Growth::Fixed) => Growth::Power(power),
        (Growth::Fixed, Growth::Power(power)) => Growth::Power(power.saturating_mul(sign)),
        (Growth::Power(a), Growth::Power(b)) => {
            Growth::Power(a.saturating_add(b.saturating_mul(sign)))
        }
        (Growth::Uneven, _) | (_, Growth::Uneven) => Growth::Uneven,
    }
}

/// One of two values. A fixed one stands in for a missing one.
fn either(a: Growth, b: Growth) -> Growth {
    match (a, b) {
        (a, b) if a == b => a,
        (Growth::Fixed, other) | (other, Growth::Fixed) => other,
        _ => Growth::Uneven,
    }
}

fn called(function: ScalarFunction, args: &[ValueExpr]) -> Growth {
    let growths = args.iter().map(ValueExpr::growth);
    match function {
        ScalarFunction::Abs | ScalarFunction::Round => growths.take(1).fold(Growth::Fixed, either),
        ScalarFunction::Sqrt => match growths.take(1).fold(Growth::Fixed, either) {
            Growth::Power(power) if power % 2 == 0 => Growth::Power(power / 2),
            Growth::Fixed => Growth::Fixed,
            Growth::Power(_) | Growth::Uneven => Growth::Uneven,
        },
        ScalarFunction::Coalesce | ScalarFunction::Least | ScalarFunction::Greatest => {
            growths.reduce(either).unwrap_or(Growth::Fixed)
        }
        // Of times, which don't grow with the rows.
        ScalarFunction::DaysBetween
        | ScalarFunction::BusinessDaysBetween
        | ScalarFunction::Day
        | ScalarFunction::Weekday
        | ScalarFunction::Hour
        | ScalarFunction::Month
        | ScalarFunction::Quarter
        | ScalarFunction::Year
        // Of texts, which don't either.
        | ScalarFunction::Lower
        | ScalarFunction::Upper
        | ScalarFunction::Trim
        | ScalarFunction::Replace
        | ScalarFunction::SplitPart
        | ScalarFunction::Left
        | ScalarFunction::Length
        | ScalarFunction::Number
        | ScalarFunction::Date
        | ScalarFunction::Timestamp => growths.reduce(either).unwrap_or(Growth::Fixed),
    }
}
