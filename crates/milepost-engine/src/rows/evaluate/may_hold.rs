//! The days on which a condition that does not hold may begin to: who counts rows waits until there are enough of them.

use milepost_semantics::model::Window;
use milepost_syntax::ast::{AggregateFunction as F, BinaryOp};

use crate::evaluate::Value;
use crate::leaf::Bounds;
use crate::rows::evaluate::changes::{Ahead, earlier};
use crate::rows::evaluate::context::{EvaluationContext, Row};
use crate::rows::ids::InnerId;
use crate::rows::plan::population::{InnerPlan, Rows};
use crate::rows::plan::program::Program;

impl EvaluationContext<'_> {
    /// The next day at whose end a condition that is not true may be: it may be too early, and is never too late.
    pub(in crate::rows) fn may_hold(
        &self,
        condition: &Program,
        row: Row,
        ahead: Ahead,
    ) -> Option<i32> {
        if let Program::Binary { op: BinaryOp::Or, left, right } = condition {
            return earlier(self.may_hold(left, row, ahead), self.may_hold(right, row, ahead));
        }
        match self.rows_needed(condition) {
            Some((id, rows)) => self.has_rows((id, &self.plan.inners[id]), rows, row, ahead),
            None => self.changes(condition, row, ahead),
        }
    }

    /// How many rows a condition needs to be true, if it counts rows that come one by one: what is counted of them, distinct
    /// or by a condition, is never more.
    fn rows_needed(&self, condition: &Program) -> Option<(InnerId, u32)> {
        let (id, rows) = match condition {
            Program::Inner(id) => (*id, 1),
            Program::Binary { op, left, right } => {
                let (id, n, beyond) = match (op, &**left, &**right) {
                    (BinaryOp::GreaterOrEqual, Program::Inner(id), Program::Literal(n))
                    | (BinaryOp::LessOrEqual, Program::Literal(n), Program::Inner(id)) => {
                        (*id, n, false)
                    }
                    (BinaryOp::Greater, Program::Inner(id), Program::Literal(n))
                    | (BinaryOp::Less, Program::Literal(n), Program::Inner(id)) => (*id, n, true),
                    _ => return None,
                };
                (id, rows_of(n, beyond)?)
            }
            _ => return None,
        };
        let InnerPlan { population, within, moves, .. } = &self.plan.inners[id];
        let counts = match condition {
            Program::Inner(_) => population.function == F::Any,
            _ => population.function == F::Count,
        };
        let is_placed = matches!(population.rows, Rows::Placed { .. } | Rows::PlacedMembers { .. });
        // A row is seen on its own day, and from then on until it is so old.
        let is_steady = matches!(
            population.window,
            Window::Over { before: false, .. } | Window::Ever { before: false } | Window::Since(_)
        );
        (counts && is_placed && is_steady && within.is_none() && !moves).then_some((id, rows))
    }

    /// The next day at whose end an aggregate sees so many rows.
    fn has_rows(
        &self,
        (id, plan): (InnerId, &InnerPlan),
        rows: u32,
        row: Row,
        ahead: Ahead,
    ) -> Option<i32> {
        let mut day = ahead.day;
        let lines = self.index(plan.population.index, self.env_of(day));
        let list = self.list(id, plan, &lines, row, self.env_of(day));
        loop {
            let Bounds::Range { lo, hi } = *self.window(id, self.env_of(day)) else {
                self.fault("rows that come one by one were looked at in bounds of another kind");
                return None;
            };
            let seen = lines.between(list, lo.0, hi.0);
            let missing = rows.saturating_sub(seen.count());
            if missing == 0 && day > ahead.day {
                return Some(day);
            }
            // Those that are gone do not come again, so at least as many more must come.
            let next = seen.behind(list, missing.saturating_sub(1))?;
            day = Ahead { day, ..ahead }.on(self.day_at(lines.time(next)?))?;
        }
    }
}

/// How many rows there must be for their number to be at least another one, or more.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a whole number in the range"
)]
fn rows_of(n: &Value, beyond: bool) -> Option<u32> {
    let Value::Number(n) = n else { return None };
    let rows = if beyond { n.floor() + 1.0 } else { n.ceil() };
    (rows >= 1.0 && rows <= f64::from(u32::MAX)).then_some(rows as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_needed_until_their_number_is_large_enough() {
        let rows = |n, beyond| rows_of(&Value::Number(n), beyond);
        assert_eq!(
            [rows(3.0, false), rows(2.5, false), rows(3.0, true)],
            [Some(3), Some(3), Some(4)]
        );
        // Nothing is enough, and no number ever.
        assert_eq!([rows(0.0, false), rows(-1.0, true), rows(f64::NAN, true)], [None, None, None]);
        assert_eq!([rows(0.0, true), rows(1e12, false)], [Some(1), None]);
    }
}
