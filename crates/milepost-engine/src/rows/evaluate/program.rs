//! The value of a program for one row in one frame.

use milepost_semantics::model::DatasetId;
use milepost_semantics::time::{Instant, epoch_day};
use milepost_syntax::ast::BinaryOp;

use crate::evaluate::{Outcome, Value, of_blocks, operators};
use crate::results::Reason;
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::plan::program::Program;

impl EvaluationContext<'_> {
    /// The value of a program. Null is a reason.
    pub(in crate::rows) fn eval(&self, program: &Program, row: Row, env: Env) -> Outcome {
        let eval = |program: &Program| self.eval(program, row, env);
        match program {
            Program::Literal(value) => Ok(value.clone()),
            Program::Column(column) => {
                self.column(row.table, *column).value(row.row).ok_or(Reason::NoData)
            }
            Program::History { history, key, value, at } => {
                self.history(*history, key, *at, *value, row, env)
            }
            Program::Negate(operand) => operators::negate(eval(operand)?),
            Program::Not(operand) => operators::not(eval(operand)?),
            Program::Binary { op: BinaryOp::And, left, right } => match eval(left) {
                Ok(Value::Boolean(false)) => Ok(Value::Boolean(false)),
                left => operators::and(left, eval(right)),
            },
            Program::Binary { op: BinaryOp::Or, left, right } => match eval(left) {
                Ok(Value::Boolean(true)) => Ok(Value::Boolean(true)),
                left => operators::or(left, eval(right)),
            },
            Program::Binary { op, left, right } => {
                operators::binary(*op, &eval(left)?, &eval(right)?, self.calendar)
            }
            Program::Shift { time, length, back } => {
                operators::shift(&eval(time)?, *length, *back, self.calendar)
            }
            Program::In { operand, list, negated } => self.is_in(&eval(operand)?, list, *negated),
            Program::Between { operand, low, high, negated } => {
                self.is_between(&eval(operand)?, (&eval(low), &eval(high)), *negated)
            }
            Program::IsNull { operand, negated } => {
                Ok(Value::Boolean(eval(operand).is_err() != *negated))
            }
            // As SQL has it: what is not known to be true takes the other branch.
            Program::If { condition, then, otherwise } => match eval(condition) {
                Ok(Value::Boolean(true)) => eval(then),
                _ => eval(otherwise),
            },
            Program::Call { function, args } => {
                operators::call(*function, args.iter().map(eval).collect(), self.calendar)
            }
            Program::Inner(inner) => self.inner(*inner, row, env),
            Program::Prior { operand, by } => {
                self.eval(operand, row, Env::of(self.frames.earlier(env.frame, *by)))
            }
            Program::Blocks { function, percentile, operand, unit, window } => {
                let blocks = self.frames.blocks(env.frame, *unit, *window);
                let values = blocks
                    .iter()
                    .filter_map(|block| self.eval(operand, row, Env::of(*block)).ok())
                    .collect();
                of_blocks(*function, *percentile, values).ok_or(Reason::NoData)
            }
            Program::Segment { segment, asks, at } => self.segment(*segment, *asks, *at, row, env),
            Program::Seen(operand) => {
                let value = eval(operand)?;
                let at = self.instant(&value).ok_or(Reason::NoData)?;
                if at < self.frames.end(env.frame) { Ok(value) } else { Err(Reason::NoData) }
            }
            Program::Latest(operand) => self.eval(operand, row, Env::of(self.frames.ever())),
            Program::Now { rows, by_day } => {
                let end = self.frames.get(env.frame).end;
                let seen = |rows: &DatasetId| {
                    self.plan.model[*rows].seen_until(self.calendar, self.plan.as_of)
                };
                let end = rows.as_ref().map_or(end, |rows| seen(rows).min(end));
                Ok(match by_day {
                    true => Value::Date(epoch_day(self.calendar.date_of(Instant(end.0 - 1)))),
                    false => Value::Timestamp(end.0),
                })
            }
            Program::BusinessDays => {
                let frame = self.frames.get(env.frame);
                let days = self.calendar.business_days_between(frame.start, frame.end);
                Ok(Value::Number(f64::from(days)))
            }
            Program::Today => {
                let last = Instant(self.frames.end(env.frame) - 1);
                Ok(Value::Date(epoch_day(self.calendar.date_of(last))))
            }
        }
    }

    /// Whether a value is one of a list.
    pub(in crate::rows) fn is_in(&self, operand: &Value, list: &[Value], negated: bool) -> Outcome {
        let equal = Ok(Value::Boolean(true));
        let found = list
            .iter()
            .any(|item| operators::binary(BinaryOp::Equal, operand, item, self.calendar) == equal);
        Ok(Value::Boolean(found != negated))
    }

    /// Whether a value is neither below the one bound nor above the other.
    pub(in crate::rows) fn is_between(
        &self,
        operand: &Value,
        (low, high): (&Outcome, &Outcome),
        negated: bool,
    ) -> Outcome {
        let compare = |op, bound: &Outcome| {
            operators::binary(op, operand, bound.as_ref().map_err(Clone::clone)?, self.calendar)
        };
        let inside = operators::and(
            compare(BinaryOp::GreaterOrEqual, low),
            compare(BinaryOp::LessOrEqual, high),
        )?;
        if negated { operators::not(inside) } else { Ok(inside) }
    }
}
