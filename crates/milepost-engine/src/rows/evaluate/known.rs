//! Whether a window lies inside the span of the data.

use milepost_semantics::model::{SegmentAt, Window};
use milepost_semantics::time::{Instant, epoch_day};

use crate::evaluate::shortest;
use crate::leaf::{Bounds, is_step_over};
use crate::results::Reason;
use crate::rows::evaluate::context::EvaluationContext;
use crate::rows::evaluate::frames::FrameId;
use crate::rows::ids::{InnerId, TableId, TimesId};
use crate::rows::plan::population::{Life, Population, Rows};
use crate::rows::plan::program::Program;

/// Where an evaluation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rows) enum Setting {
    InBucket,
    /// In a block of time, which the data must cover.
    InBlock,
    /// By a segment, on one day.
    OnDay,
}

impl EvaluationContext<'_> {
    /// When the first row was, whatever the aggregate filters: what lies before is no data.
    pub(in crate::rows) fn first(&self, table: TableId, rows: &Rows) -> Option<i64> {
        let earliest = |times: TimesId| self.earliest(times);
        let placed = matches!(rows, Rows::Placed { .. } | Rows::State { .. });
        if let Some(from) = self.complete[table].from.filter(|_| placed) {
            return Some(from.0);
        }
        match rows {
            Rows::Placed { first, .. } => earliest(*first),
            Rows::State { at, .. } => earliest(*at),
            Rows::Members(life) => self.first_member(table, life),
            Rows::PlacedMembers { life: Life::Always, at } => earliest(*at),
            Rows::PlacedMembers { life, at } => {
                let lives = self.first_member(table, life);
                lives.into_iter().chain(earliest(*at)).min()
            }
        }
    }

    fn first_row(&self, population: &Population) -> Option<i64> {
        self.first(population.table, &population.rows)
    }

    fn first_member(&self, table: TableId, life: &Life) -> Option<i64> {
        if self.table(table).rows == 0 {
            return None;
        }
        match life {
            Life::Always => Some(i64::MIN),
            Life::Between { from, .. } => self.earliest(*from),
            Life::Since(since) if self.times(*since).contains(&None) => Some(i64::MIN),
            Life::Since(since) => self.earliest(*since),
        }
    }

    /// Whether a population is known in these bounds. `block`: they are a block of time, which must be whole.
    pub(in crate::rows) fn known(
        &self,
        population: &Population,
        bounds: &Bounds,
        frame: FrameId,
        block: bool,
    ) -> Result<(), Reason> {
        let first = self.first_row(population).ok_or(Reason::NoData)?;
        if self.is_to_come(population, frame) {
            return Err(Reason::Immature);
        }
        if self.is_beyond(population, bounds, block) {
            return Err(Reason::NoData);
        }
        if let Rows::Members(_) = population.rows {
            let instant = match (self.instant_of_members(population.window, frame), bounds) {
                (Some(instant), _) => instant,
                (None, Bounds::Range { hi, .. }) => hi.0,
                (None, Bounds::At(instant)) => instant.0,
                (None, Bounds::MeanAt(_)) => {
                    return Err(self.fault("members were chosen at several instants"));
                }
            };
            if first >= instant {
                return Err(Reason::NoData);
            }
            let start = self.frames.get(frame).start;
            return if block && self.is_day_after(first, start) {
                Err(Reason::ShortHistory)
            } else {
                Ok(())
            };
        }
        match bounds {
            Bounds::Range { lo, hi } => {
                let members = matches!(population.rows, Rows::PlacedMembers { .. });
                let full = matches!(population.window, Window::Over { .. } | Window::ToDate(_))
                    && !members;
                if first >= hi.0 {
                    Err(Reason::NoData)
                } else if (full || block) && bounds.lo().is_some() && self.is_day_after(first, *lo)
                {
                    Err(Reason::ShortHistory)
                } else {
                    Ok(())
                }
            }
            Bounds::At(instant) => {
                let seen = match population.rows {
                    Rows::State { at, until, fades: true, .. } => {
                        let (times, until) = (self.times(at), until.map(|until| self.times(until)));
                        times.iter().enumerate().any(|(row, from)| {
                            from.is_some_and(|from| from < instant.0)
                                && until.is_none_or(|until| {
                                    until[row].is_none_or(|until| until >= instant.0)
                                })
                        })
                    }
                    _ => first < instant.0,
                };
                if seen { Ok(()) } else { Err(Reason::NoData) }
            }
            Bounds::MeanAt(instants) => {
                let known = |instant: &Instant| {
                    self.known(population, &Bounds::At(*instant), frame, false).is_ok()
                };
                if instants.iter().any(known) { Ok(()) } else { Err(Reason::NoData) }
            }
        }
    }

    /// Whether rows in a step of time may still come.
    fn is_to_come(&self, population: &Population, frame: FrameId) -> bool {
        // Not every window asks for its frame.
        let Window::Step(_) = population.window else { return false };
        let as_of = self.plan.as_of.end;
        let seen = self.complete[population.table].until.map_or(as_of, |until| until.min(as_of));
        !is_step_over(population.window, &self.frames.get(frame), self.calendar, seen)
    }

    /// Whether bounds lie after the time of which all rows are there.
    pub(in crate::rows) fn is_beyond(
        &self,
        population: &Population,
        bounds: &Bounds,
        block: bool,
    ) -> bool {
        let until = self.complete[population.table].until;
        until.is_some_and(|until| bounds.is_beyond(until, block))
    }

    /// Whether an instant lies on a later day.
    pub(in crate::rows) fn is_day_after(&self, first: i64, other: Instant) -> bool {
        let day = |instant| epoch_day(self.calendar.date_of(instant));
        first > other.0 && day(Instant(first)) > day(other)
    }

    /// Whether bounds lie before all data: no gap between carried pictures.
    pub(in crate::rows) fn is_before_data(&self, population: &Population, bounds: &Bounds) -> bool {
        let begun = |instant: &Instant| self.first_row(population).is_some_and(|at| at < instant.0);
        !match bounds {
            Bounds::Range { .. } => false,
            Bounds::At(instant) => begun(instant),
            Bounds::MeanAt(instants) => instants.iter().any(begun),
        }
    }

    /// Why a program can't be evaluated for anybody in a frame: the first of its aggregates that looks before the data.
    /// What is seen from single rows is told for single rows.
    pub(in crate::rows) fn unknown(
        &self,
        program: &Program,
        frame: FrameId,
        judged: Setting,
    ) -> Option<Reason> {
        match program {
            Program::Inner(number) => {
                let inner = &self.plan.inners[*number];
                let population = &inner.population;
                let block = judged == Setting::InBlock;
                if inner.within.is_none() {
                    let bare = block && population.window.is_bare();
                    let bounds = self.frames.bounds(frame, population.window);
                    if let Err(reason) = self.known(population, &bounds, frame, bare) {
                        let short = block
                            && !self.is_beyond(population, &bounds, bare)
                            && self.is_before_data(population, &bounds);
                        return Some(if short { Reason::ShortHistory } else { reason });
                    }
                }
                let inside = population.args.iter().chain(&population.filter);
                let inside =
                    inside.into_iter().find_map(|program| self.unknown(program, frame, judged));
                inside.or_else(|| self.none_left(*number, frame, judged))
            }
            Program::Prior { operand, by } => {
                let judged = if judged == Setting::OnDay { judged } else { Setting::InBucket };
                self.unknown(operand, self.frames.earlier(frame, *by), judged)
            }
            Program::Latest(operand) => {
                self.unknown(operand, self.frames.ever(), Setting::InBucket)
            }
            Program::Blocks { operand, unit, window, .. } => {
                let blocks = self.frames.blocks(frame, *unit, *window);
                let unknown = |block: &FrameId| self.unknown(operand, *block, Setting::InBlock);
                shortest(blocks.iter().filter_map(unknown))
            }
            Program::Segment { segment, at: SegmentAt::End, .. } => {
                self.unknown_segment(*segment, self.frames.end(frame))
            }
            // Rows that ask as of another day are left out one by one.
            Program::Segment { at: SegmentAt::DayBefore, .. } | Program::History { .. } => None,
            _ => program.operands().into_iter().find_map(|p| self.unknown(p, frame, judged)),
        }
    }

    /// Why nothing is known of anybody by an aggregate inside an evaluation, if all rows of its window are left out. Where
    /// all are too young, blocks of time are left out alone, and a segment sorts nobody by them yet.
    fn none_left(&self, inner: InnerId, frame: FrameId, judged: Setting) -> Option<Reason> {
        let plan = &self.plan.inners[inner];
        if plan.within.is_some() || !plan.population.leaves_out() {
            return None;
        }
        let reason = self.standings(inner, frame).reason();
        reason.filter(|reason| judged == Setting::InBucket || *reason != Reason::Immature)
    }
}
