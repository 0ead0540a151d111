//! A cohort in words.

use super::Cohort;
use crate::explain::duration_words;
use crate::forms::build::plain;
use crate::model::plural;
use milepost_syntax::ast::StepClock;
use milepost_syntax::print_expr;

impl Cohort<'_> {
    /// What its parts mean, and every choice that a reader would otherwise have to guess.
    pub(super) fn words(&self, shown: &str) -> Vec<String> {
        let mut lines = vec![self.who(), self.parts_plain(shown), self.zero(), self.mode()];
        lines.push(self.not_over());
        lines.push(format!(
            "The average of a step takes all cohorts for which the step is over together: the {} that returned, divided by all that began; larger cohorts count more.",
            self.several()
        ));
        lines
    }

    fn several(&self) -> String {
        plural(&plain(&self.of.node))
    }

    fn who(&self) -> String {
        let (several, bucket) = (self.several(), self.grain.name());
        match self.starting {
            Some(rows) => format!(
                "A cohort are the {several} whose first row of `{}` lies in the {bucket}, whether they still live or not; it is the first of all the data, so what began before the data does begins with it.",
                plain(rows)
            ),
            None => format!(
                "A cohort are the {several} that begin in the {bucket}, whether they still live or not."
            ),
        }
    }

    fn parts_plain(&self, shown: &str) -> String {
        let step = match self.clock {
            StepClock::Calendar => format!(
                "in the {} that follows so many {} later",
                self.step.name(),
                plural(self.step.name())
            ),
            StepClock::Elapsed(length) => format!(
                "in the step of {} that begins so many steps after {} own time, which its end is not part of",
                duration_words(length),
                "the member’s"
            ),
        };
        let least = match self.at_least {
            1 => format!("a row of `{}`", plain(&self.returns.node)),
            n => format!("at least {n} rows of `{}`", plain(&self.returns.node)),
        };
        let sums = match &self.spec.amount {
            Some(amount) => format!(
                ", and `sum 0` to `sum {}` what `{}` adds up to",
                self.offsets,
                plain(&print_expr(amount))
            ),
            None => String::new(),
        };
        format!(
            "Its parts are `size`, how many began; `at 0` to `at {0}`, the share of them with {least} {step}; `count 0` to `count {0}`, their number{sums}. The headline is `{1}`.",
            self.offsets,
            plain(shown)
        )
    }

    fn zero(&self) -> String {
        if self.zero_is_size {
            "`at 0` stands for the whole cohort: it is 100 % by definition, whether anybody returned in the first step or not.".to_owned()
        } else {
            "`at 0` is measured like the others: the share that returned in the first step itself. A first row counts there where it is also a return.".to_owned()
        }
    }

    fn mode(&self) -> String {
        if self.onward {
            "A return counts in its own step and in all before it (on or after): known until the as-of, so a later return can still raise the figure of a step that is over.".to_owned()
        } else {
            "A return counts in its own step alone.".to_owned()
        }
    }

    fn not_over(&self) -> String {
        let several = self.several();
        match self.clock {
            StepClock::Calendar => "A step that is not over at the as-of has no figure but the reason “immature”, and is in no average.".to_owned(),
            StepClock::Elapsed(_) => format!(
                "A step counts the {several} for whom it is over at the as-of; while some of a cohort are younger, its figure is maturing, and in no average."
            ),
        }
    }
}
