//! Aggregates inside an evaluation: a row's own list, the window in it, the value.

use std::rc::Rc;

use milepost_semantics::time::Instant;
use milepost_syntax::ast::AggregateFunction as F;

use crate::evaluate::{Outcome, Value};
use crate::functions::ExactPartials;
use crate::leaf::Bounds;
use crate::results::Reason;
use crate::rows::evaluate::accumulator::RowAccumulator;
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::evaluate::standing::Standings;
use crate::rows::evaluate::visible::VisibleRows;
use crate::rows::ids::{InnerId, RowId};
use crate::rows::plan::population::{InnerPlan, Population, Rows};
use crate::rows::store::timelines::{Positions, Timelines};

/// The rows that an aggregate asks: the timeline of a key.
#[derive(Clone, Copy)]
struct InnerRows<'w> {
    population: &'w Population,
    lines: &'w Timelines,
    list: Positions,
}

impl EvaluationContext<'_> {
    /// The value of an inner aggregate for one row.
    pub(in crate::rows) fn inner(&self, id: InnerId, row: Row, env: Env) -> Outcome {
        let plan = &self.plan.inners[id];
        let population = &plan.population;
        let bounds = match &plan.within {
            Some(within) => {
                let (lo, hi) = self.span_of(within, row, env).ok_or(Reason::NoData)?;
                self.covers(population.table, &population.rows, lo)?;
                Rc::new(Bounds::Range { lo: Instant(lo), hi: Instant(hi) })
            }
            None => self.window(id, env),
        };
        let lines = self.index(population.index, env);
        let list = self.list(id, plan, &lines, row, env);
        let asked = InnerRows { population, lines: &lines, list };
        // A row never matches itself; a member is one of its own members.
        let same_table = plan.others_only && population.table == row.table;
        let itself = same_table.then_some(row.row);
        if let Bounds::MeanAt(instants) = &*bounds {
            return self.mean(asked, instants, itself, env);
        }
        let mut standings = Standings::default();
        let value = self.one(asked, &bounds, itself, env, &mut standings);
        // Where all rows are left out, nothing is known.
        standings.reason().map_or_else(|| value.ok_or(Reason::NoData), Err)
    }

    /// The window seen from a frame.
    pub(in crate::rows) fn window(&self, id: InnerId, env: Env) -> Rc<Bounds> {
        if let Some(bounds) = self.windows[id].borrow().get(env.frame) {
            return bounds;
        }
        let bounds = self.frames.bounds(env.frame, self.plan.inners[id].population.window);
        self.windows[id].borrow_mut().keep(env.frame, Rc::clone(&bounds));
        bounds
    }

    /// Where the rows linked to this one are.
    pub(in crate::rows) fn list(
        &self,
        id: InnerId,
        plan: &InnerPlan,
        lines: &Timelines,
        row: Row,
        env: Env,
    ) -> Positions {
        let ask = || {
            let parts = plan.key.iter().map(|(part, by_day)| (part, *by_day));
            self.by_key(parts, row, env, |key| lines.list(key)).unwrap_or(Positions::NONE)
        };
        if plan.moves {
            return ask();
        }
        if let Some(found) = self.lists[id].borrow().get(row.row) {
            return found;
        }
        let found = ask();
        self.lists[id].borrow_mut().keep(row.row, found);
        found
    }

    /// The value over one span or at one instant; absent for a summary of nothing.
    fn one(
        &self,
        asked: InnerRows<'_>,
        bounds: &Bounds,
        itself: Option<RowId>,
        env: Env,
        standings: &mut Standings,
    ) -> Option<Value> {
        let InnerRows { population, lines, list } = asked;
        let seen = self.seen(population, lines, list, bounds, env.frame);
        let counts = matches!(population.function, F::Count | F::Any) && population.args.is_empty();
        if counts && population.filter.is_none() && !population.leaves_out() {
            return Some(counted(
                population,
                &seen,
                itself.is_some_and(|row| self.is_among(asked, &seen, row)),
            ));
        }
        let mut gather = RowAccumulator::new(self, population);
        for (row, inside) in self.rows(population, lines, &seen, bounds, env) {
            if itself == Some(row.row) {
                continue;
            }
            if population.leaves_out() {
                let standing = self.standing(population, row, inside);
                standings.add(&standing);
                if !standing.counts() {
                    continue;
                }
            }
            let passes = population
                .filter
                .as_ref()
                .is_none_or(|filter| self.eval(filter, row, inside) == Ok(Value::Boolean(true)));
            if passes {
                let input = gather.input(self, population, row, inside);
                gather.add(self, row, &input);
                if population.function == F::Any {
                    break;
                }
            }
        }
        gather.finish(population).0
    }

    /// The rows with what they are placed by, and as of when each is evaluated.
    pub(in crate::rows) fn rows<'r>(
        &'r self,
        population: &'r Population,
        lines: &'r Timelines,
        seen: &'r VisibleRows,
        bounds: &Bounds,
        env: Env,
    ) -> impl Iterator<Item = (Row, Env)> {
        let env = self.env_in(population, bounds, env);
        seen.positions().filter_map(move |position| {
            let (row, time) = (self.row_at(lines, position)?, lines.time(position));
            Some((Row { table: population.table, row, time }, env))
        })
    }

    /// As of when rows are evaluated that some bounds see.
    pub(in crate::rows) fn env_in(
        &self,
        population: &Population,
        bounds: &Bounds,
        env: Env,
    ) -> Env {
        let instant = match (&population.rows, bounds) {
            (Rows::State { .. }, Bounds::At(instant)) => Some(instant.0),
            _ => None,
        };
        Env { frame: env.frame, instant }
    }

    /// Whether a row is one of those seen.
    fn is_among(&self, asked: InnerRows<'_>, seen: &VisibleRows, row: RowId) -> bool {
        let InnerRows { population, lines, list } = asked;
        let span = match (&population.rows, seen) {
            (Rows::Placed { at, .. } | Rows::PlacedMembers { at, .. }, VisibleRows::Span(span)) => {
                let Some(time) = self.time(*at, row) else { return false };
                let same_time = lines.between(list, time, time.saturating_add(1));
                same_time.both(*span)
            }
            _ => return seen.positions().any(|position| self.row_at(lines, position) == Some(row)),
        };
        span.iter().any(|position| self.row_at(lines, position) == Some(row))
    }

    /// The mean of the states at each instant inside the span of the data. Nothing counts as 0 where nothing is 0, and
    /// is left out elsewhere.
    #[expect(clippy::cast_precision_loss, reason = "a count of days")]
    fn mean(
        &self,
        asked: InnerRows<'_>,
        instants: &[Instant],
        itself: Option<RowId>,
        env: Env,
    ) -> Outcome {
        let mut sum = ExactPartials::default();
        let (mut n, mut standings) = (0_u64, Standings::default());
        for instant in instants {
            let bounds = Bounds::At(*instant);
            if self.known(asked.population, &bounds, env.frame, false).is_err() {
                continue;
            }
            let value = self.one(asked, &bounds, itself, env, &mut standings);
            if let Some(value) = value.as_ref().and_then(Value::number) {
                sum.add(value);
                n += 1;
            }
        }
        if let Some(reason) = standings.reason() {
            return Err(reason);
        }
        if n == 0 { Err(Reason::NoData) } else { Ok(Value::Number(sum.value() / n as f64)) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "results are doubles")]
fn counted(population: &Population, seen: &VisibleRows, itself: bool) -> Value {
    let n = seen.len() - usize::from(itself);
    match population.function {
        F::Any => Value::Boolean(n > 0),
        _ => Value::Number(n as f64),
    }
}
