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
    Truths(Vec<Truth>),
    Own(Vec<Option<Value>>),
    /// What is kept for the block, at these places.
    Kept(KeptValues, &'s [Place]),
}

/// Whether something holds, in a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rows) enum Truth {
    False,
    True,
    Null,
}

impl Truth {
    fn of(holds: Option<bool>) -> Self {
        match holds {
            Some(true) => Self::True,
            Some(false) => Self::False,
            None => Self::Null,
        }
    }

    /// Three-valued: what `decides` decides whatever the other side lacks.
    fn join(self, other: Self, decides: Self) -> Self {
        match (self, other) {
            (one, two) if one == decides || two == decides => decides,
            (Self::Null, _) | (_, Self::Null) => Self::Null,
            (_, two) => two,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::True => Self::False,
            Self::Null => Self::Null,
        }
    }
}

impl Column<'_> {
    pub(in crate::rows) fn get(&self, row: usize) -> Option<&Value> {
        match self {
            Self::Constant(value) => value.as_ref(),
            Self::Truths(truths) => match truths[row] {
                Truth::False => Some(&Value::Boolean(false)),
                Truth::True => Some(&Value::Boolean(true)),
                Truth::Null => None,
            },
            Self::Own(values) => values[row].as_ref(),
            Self::Kept(values, at) => values[at[row] as usize].get().and_then(Option::as_ref),
        }
    }

    /// Whether the condition that the column is holds in a row.
    pub(in crate::rows) fn truth(&self, row: usize) -> Truth {
        match self {
            Self::Truths(truths) => truths[row],
            _ => match self.get(row) {
                Some(Value::Boolean(holds)) => Truth::of(Some(*holds)),
                _ => Truth::Null,
            },
        }
    }

    pub(in crate::rows) fn is_true(&self, row: usize) -> bool {
        self.truth(row) == Truth::True
    }

    /// The values of so many rows.
    pub(in crate::rows) fn into_values(self, rows: usize) -> Vec<Option<Value>> {
        match self {
            Self::Own(values) => values,
            kept => (0..rows).map(|row| kept.get(row).cloned()).collect(),
        }
    }
}

fn truths<'s>(rows: usize, of: impl Fn(usize) -> Truth) -> Column<'s> {
    Column::Truths((0..rows).map(of).collect())
}

/// No value for any row.
fn nothing(rows: usize) -> Vec<Option<Value>> {
    std::iter::repeat_with(|| None).take(rows).collect()
}

/// Null where the operand is.
fn each<'s>(rows: usize, operand: &Column<'_>, of: impl Fn(&Value) -> Option<Value>) -> Column<'s> {
    match operand {
        Column::Constant(value) => Column::Constant(value.as_ref().and_then(of)),
        _ => Column::Own((0..rows).map(|row| operand.get(row).and_then(&of)).collect()),
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

    const fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Those for which something is so, by their numbers in this part, and the others.
    fn split(self, is_so: impl Fn(usize) -> bool) -> (Self, Self) {
        let some = |wanted: bool| {
            let own = || (0..self.numbers.len()).filter(|row| is_so(*row) == wanted);
            Self {
                numbers: own().map(|row| self.numbers[row]).collect(),
                at: own().map(|row| self.at[row]).collect(),
            }
        };
        (some(true), some(false))
    }

    /// Puts the values of the part among those of all rows.
    fn put(&self, all: &mut [Option<Value>], values: &Column<'_>) {
        for (number, row) in self.numbers.iter().enumerate() {
            all[*row] = values.get(number).cloned();
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
                let operand = values(operand);
                truths(rows, |row| operand.truth(row).not())
            }
            Program::Binary { op: op @ (BinaryOp::And | BinaryOp::Or), left, right } => {
                self.logical(*op, (left, right), block, at, env)
            }
            Program::Binary { op, left, right } if op.is_comparison() => {
                let (left, right) = (values(left), values(right));
                let holds =
                    |row| operators::holds(*op, left.get(row)?, right.get(row)?, self.calendar);
                truths(rows, |row| Truth::of(holds(row)))
            }
            Program::Binary { op, left, right } => {
                let (left, right) = (values(left), values(right));
                let one = |row| {
                    operators::binary(*op, left.get(row)?, right.get(row)?, self.calendar).ok()
                };
                Column::Own((0..rows).map(one).collect())
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
                truths(rows, |row| Truth::of(Some(operand.get(row).is_none() != *negated)))
            }
            Program::If { .. } => self.choice(program, block, at, env),
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
        let decides = if op == BinaryOp::Or { Truth::True } else { Truth::False };
        let left = self.values(left, block, at, env);
        let open = Part::of(at, |row| left.truth(row) != decides);
        let mut all = vec![decides; at.len()];
        if !open.is_empty() {
            let right = self.values(right, block, &open.at, env);
            for (number, row) in open.numbers.iter().enumerate() {
                all[*row] = left.truth(*row).join(right.truth(number), decides);
            }
        }
        Column::Truths(all)
    }

    /// The first value of nested branches whose condition is true. As SQL has it: what is not known to be true takes the other
    /// branch.
    fn choice<'s>(
        &self,
        mut program: &Program,
        block: &Block,
        at: &[Place],
        env: Env,
    ) -> Column<'s> {
        let mut all = nothing(at.len());
        let mut left = Part::of(at, |_| true);
        while let Program::If { condition, then, otherwise } = program {
            let condition = self.values(condition, block, &left.at, env);
            let holds: Vec<bool> = (0..left.at.len()).map(|row| condition.is_true(row)).collect();
            let (taken, others) = left.split(|row| holds[row]);
            if !taken.is_empty() {
                taken.put(&mut all, &self.values(then, block, &taken.at, env));
            }
            (left, program) = (others, otherwise);
            if left.is_empty() {
                return Column::Own(all);
            }
        }
        left.put(&mut all, &self.values(program, block, &left.at, env));
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
        let Some((first, others)) = args.split_first() else { return Column::Constant(None) };
        let mut all = self.values(first, block, at, env).into_values(at.len());
        for arg in others {
            let part = Part::of(at, |row| all[row].is_none());
            if part.is_empty() {
                break;
            }
            part.put(&mut all, &self.values(arg, block, &part.at, env));
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
