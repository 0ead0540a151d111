//! One member, as it is known at the end of the data: for how many days it was on the way, and what came of it.

use super::read::{End, Followed};
use crate::forms::build::Writer;
use milepost_syntax::ast::{
    AS_KNOWN_NOW, AggregateFunction, BUSINESS_DAYS_SO_FAR, BinaryOp, DAYS_SO_FAR, Duration,
    DurationStyle, Expr, Step, StepClock, TimeUnit, Window,
};

/// It has neither reached it nor been lost.
pub(super) const WAITING: &str = "waiting";
pub(super) const REACHED: &str = "reached";
/// It was lost before it reached it.
pub(super) const LOST: &str = "lost";
/// The same, where that only means that it is followed no longer.
const CENSORED: &str = "censored";

/// From the member's own time on, to the end of the data.
const ONWARD: Step = Step { number: 0, onward: true };
const AT_ONCE: Duration = Duration { count: 0, unit: TimeUnit::Day, style: DurationStyle::Plain };

/// Numbers of one member.
pub(super) struct Spell {
    /// Until it reached it, was lost, or the data end.
    pub(super) days: Expr,
    /// [`WAITING`], [`REACHED`] or [`LOST`].
    pub(super) state: Expr,
    /// The same as the curve has it: who is lost may be [`CENSORED`].
    pub(super) state_of_curve: Expr,
}

impl Followed<'_> {
    pub(super) fn spell(&self) -> Spell {
        let write = self.write();
        let choose =
            |condition: Expr, then, otherwise| write.call("if", vec![condition, then, otherwise]);
        let to = self.reached_at();
        let reached = || self.is_reached(&to);
        let lost = self.lost.map(|lost| (lost, self.is_lost(lost, &to)));
        let waited = self.so_far(&to);
        let (days, is_lost) = match lost {
            Some((lost, is_lost)) => {
                (choose(is_lost.clone(), self.days_to(lost.clone()), waited), Some(is_lost))
            }
            None => (waited, None),
        };
        let state = |lost: &str| {
            let open = is_lost.clone().map_or_else(
                || write.text(WAITING),
                |is_lost| choose(is_lost, write.text(lost), write.text(WAITING)),
            );
            choose(reached(), write.text(REACHED), open)
        };
        let days = choose(reached(), self.days_to(to.clone()), days);
        Spell {
            // What is said of a day may begin before the instant at which the member did.
            days: write.call("greatest", vec![write.number(0), days]),
            state: state(LOST),
            state_of_curve: state(if self.competing { LOST } else { CENSORED }),
        }
    }

    /// As it is known at the end of the data.
    pub(super) fn known(&self, expr: Expr) -> Expr {
        self.write().call(AS_KNOWN_NOW, vec![expr])
    }

    /// When the member reached it; null if it has not.
    fn reached_at(&self) -> Expr {
        match &self.to {
            End::Time(time) => (*time).clone(),
            End::Rows { name, time, nth, filter, .. } => {
                let write = Writer { span: name.span };
                let function =
                    if *nth == 1 { AggregateFunction::Min } else { AggregateFunction::Nth };
                let nth = (*nth != 1).then(|| write.number((*nth).into()));
                let clock = StepClock::Elapsed(AT_ONCE);
                let window = write.at(Window::Step { step: ONWARD, clock });
                let found = write.aggregate(function, write.column(name, time)).arguments(nth);
                found.window(window).filter(filter.cloned()).done()
            }
        }
    }

    /// Whether it did so, not before it began, and not after it was lost.
    fn is_reached(&self, to: &Expr) -> Expr {
        let write = self.write();
        let since = match &self.to {
            End::Time(_) => write.binary(BinaryOp::GreaterOrEqual, to.clone(), self.from.clone()),
            // Rows are those from its beginning on; where some are missing, the others say nothing.
            End::Rows { ends_early: true, .. } => self.is_seen(to, to),
            End::Rows { .. } => write.not(write.is_null(to.clone())),
        };
        let Some(lost) = self.lost else { return since };
        let never = write.is_null(lost.clone());
        let before = write.binary(BinaryOp::LessOrEqual, to.clone(), lost.clone());
        write.binary(BinaryOp::And, since, write.binary(BinaryOp::Or, never, before))
    }

    /// Whether it was lost, while what it is on the way to could be seen.
    fn is_lost(&self, lost: &Expr, to: &Expr) -> Expr {
        let write = self.write();
        match self.to {
            End::Rows { ends_early: true, .. } => self.is_seen(lost, to),
            _ => write.not(write.is_null(lost.clone())),
        }
    }

    /// Whether a time lies before the end of the data in which it is sought that is on the way to.
    fn is_seen(&self, time: &Expr, to: &Expr) -> Expr {
        let (days, so_far) = (self.days_to(time.clone()), self.so_far(to));
        self.write().binary(BinaryOp::LessOrEqual, days, so_far)
    }

    fn days_to(&self, end: Expr) -> Expr {
        let function = if self.business { "business_days_between" } else { "days_between" };
        self.write().call(function, vec![self.from.clone(), end])
    }

    fn so_far(&self, to: &Expr) -> Expr {
        let function = if self.business { BUSINESS_DAYS_SO_FAR } else { DAYS_SO_FAR };
        self.write().call(function, vec![self.from.clone(), to.clone()])
    }
}
