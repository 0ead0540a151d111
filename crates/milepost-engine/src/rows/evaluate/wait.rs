//! Whether rows that look ahead are too young to count.

use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::plan::population::Population;
use crate::rows::plan::wait::Wait;

impl EvaluationContext<'_> {
    /// Whether something that a row looks at is still to come.
    pub(in crate::rows) fn is_young(&self, population: &Population, row: Row, env: Env) -> bool {
        population.waits.iter().any(|wait| self.is_waiting(wait, row, env))
    }

    /// The same of one of the times that it waits for.
    pub(in crate::rows) fn is_waiting(&self, wait: &Wait, row: Row, env: Env) -> bool {
        let after = wait.after.as_ref().and_then(|(after, by_day)| {
            Some((self.instant(&self.eval(after, row, env).ok()?)?, *by_day))
        });
        let from = after.or(row.time.map(|own| (own, wait.by_day)));
        from.is_some_and(|(from, by_day)| wait.last(self.calendar, from, by_day) >= wait.seen.0)
    }
}
