//! The values of a program for many rows in one frame: what is walked is the program, and not the program once for each row.

use std::rc::Rc;

use milepost_semantics::model::{ScalarFunction, SegmentAt};
use milepost_syntax::ast::{BinaryOp, Duration};

use crate::evaluate::{Outcome, Value, operators};
use crate::results::Reason;
use crate::rows::evaluate::block::{Block, KeptValues, Place, fill};
use crate::rows::evaluate::context::{Env, EvaluationContext};
use crate::rows::plan::program::Program;

/// A value for each of some rows of a block, in their order; absent for null, whatever the reason is.
pub(in crate::rows) enum Column<'s> {
    Constant(Option<Value>),
    Own(Vec<Option<Value>>),
    /// What is kept for the block, at these places.
    Kept(KeptValues, &'s [Place]),
}

impl Column<'_> {
    pub(in crate::rows) fn get(&self, row: usize) -> Option<&Value> {
        match self {
            Self::Constant(value) => value.as_ref(),
            Self::Own(values) => values[row].as_ref(),
            Self::Kept(values, at) => values[at[row] as usize].get().and_then(Option::as_ref),
        }
    }

    pub(in crate::rows) fn is_true(&self, row: usize) -> bool {
        self.get(row) == Some(&Value::Boolean(true))
    }

    /// The values of so many rows.
    pub(in crate::rows) fn into_values(self, rows: usize) -> Vec<Option<Value>> {
        match self {
            Self::Own(values) => values,
            kept => (0..rows).map(|row| kept.get(row).cloned()).collect(),
        }
    }
}

/// Null where one of the operands is.
fn each<'s>(rows: usize, operand: &Column<'_>, of: impl Fn(&Value) -> Option<Value>) -> Column<'s> {
    match operand {
        Column::Constant(value) => Column::Constant(value.as_ref().and_then(of)),
        _ => Column::Own((0..rows).map(|row| operand.get(row).and_then(&of)).collect()),
    }
}

/// The same of two.
fn pairs<'s>(
    rows: usize,
    (left, right): (&Column<'_>, &Column<'_>),
    of: impl Fn(&Value, &Value) -> Option<Value>,
) -> Column<'s> {
    let one = |row| of(left.get(row)?, right.get(row)?);
    match (left, right) {
        (Column::Constant(_), Column::Constant(_)) if rows > 0 => Column::Constant(one(0)),
        _ => Column::Own((0..rows).map(one).collect()),
    }
}

/// Some of the rows, by their numbers, with their places.
struct Part {
    numbers: Vec<usize>,
    at: Vec<Place>,
}

impl Part {
    fn of(at: &[Place], is_in: impl Fn(usize) -> bool) -> Self {
        let numbers: Vec<usize> = (0..at.len()).filter(|row| is_in(*row)).collect();
        let at = numbers.iter().map(|row| at[*row]).collect();
        Self { numbers, at }
    }

    /// Puts the values of the part among those of all rows.
    fn put(&self, all: &mut [Option<Value>], values: Column<'_>) {
        let values = values.into_values(self.numbers.len());
        for (row, value) in self.numbers.iter().zip(values) {
            all[*row] = value;
        }
    }
}

impl EvaluationContext<'_> {
    /// The values of a program for the rows at some places of a block.
    pub(in crate::rows) fn values<'s>(
        &self,
        program: &Program,
        block: &Block,
        at: &'s [Place],
        env: Env,
    ) -> Column<'s> {
        let rows = at.len();
        let values = |program: &Program| self.values(program, block, at, env);
        match program {
            Program::Literal(value) => Column::Constant(Some(value.clone())),
            Program::Column(column) => {
                let column = self.column(block.table, *column);
                Column::Own(at.iter().map(|place| column.value(block.row(*place).row)).collect())
            }
            Program::Negate(operand) => {
                each(rows, &values(operand), |value| operators::negate(value.clone()).ok())
            }
            Program::Not(operand) => {
                each(rows, &values(operand), |value| operators::not(value.clone()).ok())
            }
            Program::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                self.logical(*op, (left, right), block, at, env)
            }
            Program::Binary { op, left, right } => {
                pairs(rows, (&values(left), &values(right)), |left, right| {
                    operators::binary(*op, left, right, self.calendar).ok()
                })
            }
            Program::Shift { time, length, back } => {
                each(rows, &values(time), |time| self.shifted(time, *length, *back).ok())
            }
            Program::In { operand, list, negated } => {
                each(rows, &values(operand), |operand| self.is_in(operand, list, *negated).ok())
            }
            Program::Between { operand, low, high, negated } => {
                let (operand, low, high) = (values(operand), values(low), values(high));
                let bound = |column: &Column<'_>, row| outcome(column.get(row));
                let one = |row| {
                    let bounds = (&bound(&low, row), &bound(&high, row));
                    self.is_between(operand.get(row)?, bounds, *negated).ok()
                };
                Column::Own((0..rows).map(one).collect())
            }
            Program::IsNull { operand, negated } => {
                let operand = values(operand);
                let one = |row| Some(Value::Boolean(operand.get(row).is_none() != *negated));
                Column::Own((0..rows).map(one).collect())
            }
            Program::If { condition, then, otherwise } => {
                let condition = values(condition);
                self.either(&condition, (then, otherwise), block, at, env)
            }
            Program::Call { function: ScalarFunction::Coalesce, args } => {
                self.first_present(args, block, at, env)
            }
            Program::Call { function, args } => {
                let args: Vec<Column<'_>> = args.iter().map(values).collect();
                let one = |row| {
                    let args: Option<Vec<&Value>> = args.iter().map(|arg| arg.get(row)).collect();
                    operators::apply(*function, &args?, self.calendar).ok()
                };
                Column::Own((0..rows).map(one).collect())
            }
            Program::Prior { operand, by } => {
                let earlier = Env::of(self.frames.earlier(env.frame, *by));
                self.values(operand, block, at, earlier)
            }
            Program::Segment { segment, asks, at: SegmentAt::End }
                if !self.plan.asks[*asks].moves =>
            {
                self.said_of(*segment, *asks, block, at, env)
            }
            Program::Seen(time) => {
                let end = self.frames.end(env.frame);
                each(rows, &values(time), |time| (self.instant(time)? < end).then(|| time.clone()))
            }
            Program::Latest(operand) => {
                let kept = block.latest(operand);
                fill(&kept, at, |at| {
                    let ever = Env::of(self.frames.ever());
                    self.values(operand, block, at, ever).into_values(at.len())
                });
                Column::Kept(Rc::clone(&kept), at)
            }
            // The same for all rows.
            Program::BusinessDays | Program::Today | Program::Now { .. } => {
                let first = at.first().map(|place| block.row(*place));
                Column::Constant(first.and_then(|row| self.eval(program, row, env).ok()))
            }
            Program::History { .. }
            | Program::Inner(_)
            | Program::Blocks { .. }
            | Program::Segment { .. } => {
                let one = |place: &Place| self.eval(program, block.row(*place), env).ok();
                Column::Own(at.iter().map(one).collect())
            }
        }
    }

    /// What holds by both sides, or by one: the second is asked only of rows that the first does not decide.
    fn logical<'s>(
        &self,
        op: BinaryOp,
        (left, right): (&Program, &Program),
        block: &Block,
        at: &[Place],
        env: Env,
    ) -> Column<'s> {
        let decides = Value::Boolean(op == BinaryOp::Or);
        let left = self.values(left, block, at, env);
        let open = Part::of(at, |row| left.get(row) != Some(&decides));
        let right = self.values(right, block, &open.at, env);
        let join = if op == BinaryOp::Or { operators::or } else { operators::and };
        let mut all = vec![Some(decides); at.len()];
        for (number, row) in open.numbers.iter().enumerate() {
            all[*row] = join(outcome(left.get(*row)), outcome(right.get(number))).ok();
        }
        Column::Own(all)
    }

    /// The first where a condition is true, and else the second.
    fn either<'s>(
        &self,
        condition: &Column<'_>,
        (then, otherwise): (&Program, &Program),
        block: &Block,
        at: &[Place],
        env: Env,
    ) -> Column<'s> {
        let mut all = vec![None; at.len()];
        for (branch, program) in [(true, then), (false, otherwise)] {
            let part = Part::of(at, |row| condition.is_true(row) == branch);
            if !part.at.is_empty() {
                part.put(&mut all, self.values(program, block, &part.at, env));
            }
        }
        Column::Own(all)
    }

    /// The first value that is there.
    fn first_present<'s>(
        &self,
        args: &[Program],
        block: &Block,
        at: &[Place],
        env: Env,
    ) -> Column<'s> {
        let mut all = vec![None; at.len()];
        for arg in args {
            let part = Part::of(at, |row| all[row].is_none());
            if part.at.is_empty() {
                break;
            }
            part.put(&mut all, self.values(arg, block, &part.at, env));
        }
        Column::Own(all)
    }

    /// A time moved by a length. Days are met again and again, and moving one takes a calendar.
    fn shifted(&self, time: &Value, length: Duration, back: bool) -> Outcome {
        let shift = || operators::shift(time, length, back, self.calendar);
        let Value::Date(day) = time else { return shift() };
        self.shifts.borrow_mut().entry((length, back, *day)).or_insert_with(shift).clone()
    }
}

fn outcome(value: Option<&Value>) -> Outcome {
    value.cloned().ok_or(Reason::NoData)
}
