//! Spans of time seen from a row: how far they reach, whether they lie inside the data, and which rows are left out because
//! theirs do not.

use milepost_semantics::time::Instant;
use milepost_syntax::ast::Duration;

use crate::evaluate::shortest;
use crate::results::Reason;
use crate::rows::evaluate::context::{Env, EvaluationContext, Row};
use crate::rows::ids::{AgeId, TableId};
use crate::rows::plan::elapsed;
use crate::rows::plan::population::{AgePlan, LookPlan, Population, Rows, SincePlan, WithinPlan};
use crate::rows::store::Stretch;

/// Whether a row counts.
#[derive(Clone, Debug, Default)]
pub(in crate::rows) struct Standing {
    /// It is too young.
    pub(in crate::rows) young: bool,
    /// Why it can't look back: it looks before the data.
    pub(in crate::rows) short: Option<Reason>,
}

impl Standing {
    pub(in crate::rows) const fn counts(&self) -> bool {
        !self.young && self.short.is_none()
    }
}

/// How many rows of a span count, and why others don't.
#[derive(Clone, Debug, Default)]
pub(in crate::rows) struct Standings {
    pub(in crate::rows) young: u64,
    pub(in crate::rows) counted: u64,
    /// Why some look before the data.
    pub(in crate::rows) short: Option<Reason>,
}

impl Standings {
    pub(in crate::rows) fn add(&mut self, row: &Standing) {
        self.young += u64::from(row.young);
        self.counted += u64::from(row.counts());
        if row.short.is_some() {
            self.look_back(row.short.clone());
        }
    }

    /// So many rows that count.
    pub(in crate::rows) fn counting(rows: usize) -> Self {
        Self { counted: rows as u64, ..Self::default() }
    }

    pub(in crate::rows) fn merge(&mut self, other: Self) {
        self.young += other.young;
        self.counted += other.counted;
        self.look_back(other.short);
    }

    fn look_back(&mut self, short: Option<Reason>) {
        self.short = shortest(self.short.take().into_iter().chain(short));
    }

    /// Why there is no number, if rows are left out and none is left.
    pub(in crate::rows) fn reason(&self) -> Option<Reason> {
        let immature = (self.young > 0).then_some(Reason::Immature);
        self.short.clone().or(immature).filter(|_| self.counted == 0)
    }
}

impl EvaluationContext<'_> {
    /// Whether a row counts: all that the metric looks at from it lies inside the data.
    pub(in crate::rows) fn standing(
        &self,
        population: &Population,
        row: Row,
        env: Env,
    ) -> Standing {
        Standing {
            young: self.is_young(population, row, env),
            short: shortest(
                population.looks.iter().filter_map(|look| self.short_look(look, row, env)),
            ),
        }
    }

    /// Why a look of a row begins before the data, if it does. One without a time to look from can't be evaluated, which is
    /// another thing.
    fn short_look(&self, look: &LookPlan, row: Row, env: Env) -> Option<Reason> {
        match look {
            LookPlan::Span { within, table, rows } => {
                let (lo, _) = self.span_of(within, row, env)?;
                self.covers(*table, rows, lo).err()
            }
            LookPlan::Segment(segment) => {
                let day = self.calendar.date_of(Instant(row.time?));
                let unknown = self.unknown_segment(*segment, self.calendar.midnight(day).0);
                unknown.map(|_| Reason::ShortHistory)
            }
        }
    }

    /// The span that a row sees: from an instant on, and before another. Absent without a time to see it from.
    pub(in crate::rows) fn span_of(
        &self,
        within: &WithinPlan,
        row: Row,
        env: Env,
    ) -> Option<(i64, i64)> {
        let anchor = match &within.anchor {
            Some(anchor) => self.instant(&self.eval(anchor, row, env).ok()?),
            None => row.time,
        }?;
        let (lo, hi) = self.span_from(within, anchor);
        match &within.since {
            Some(since) => Some((self.begins(since, row, env)?.min(hi), hi)),
            None => Some((lo, hi)),
        }
    }

    /// From when on a row sees others that follow something.
    fn begins(&self, since: &SincePlan, row: Row, env: Env) -> Option<i64> {
        let time = self.instant(&self.eval(&since.time, row, env).ok()?)?;
        Some(match (since.by_day, since.apart) {
            (true, true) => self.calendar.end_of_day(Instant(time)).0,
            (true, false) => self.calendar.midnight(self.calendar.date_of(Instant(time))).0,
            (false, apart) => time.saturating_add(apart.into()),
        })
    }

    /// The span that is seen from an instant.
    fn span_from(&self, within: &WithinPlan, anchor: i64) -> (i64, i64) {
        let WithinPlan { length, before, by_day, .. } = within;
        if let Some(step) = within.step {
            let ahead = |length| self.reach(anchor, length, false, *by_day);
            let hi = if step.onward { self.plan.as_of.end.0 } else { ahead(within.reach()) };
            return (ahead(step.begin(*length)), hi);
        }
        let away = self.reach(anchor, *length, *before, *by_day);
        if *before {
            (away, anchor)
        } else if *by_day && length.is_of_days() {
            // The last day, whole.
            (anchor, self.calendar.end_of_day(Instant(away)).0)
        } else {
            (anchor, away.saturating_add(1))
        }
    }

    /// Whether there is data of a population from an instant on, by calendar day.
    pub(in crate::rows) fn covers(
        &self,
        table: TableId,
        rows: &Rows,
        from: i64,
    ) -> Result<(), Reason> {
        let first = self.first(table, rows).ok_or(Reason::NoData)?;
        if self.is_day_after(first, Instant(from)) { Err(Reason::ShortHistory) } else { Ok(()) }
    }

    /// An instant moved as windows seen from a row are: elapsed time, but for calendar units, business days, and days that
    /// are counted from a calendar day.
    fn reach(&self, from: i64, length: Duration, back: bool, by_day: bool) -> i64 {
        match elapsed(length) {
            Some(elapsed) if !by_day && back => from.saturating_sub(elapsed),
            Some(elapsed) if !by_day => from.saturating_add(elapsed),
            _ => self.calendar.shift(Instant(from), length, back).0,
        }
    }

    /// Which rows of a population count between two instants, each kind as a number, where their own time alone tells it.
    pub(in crate::rows) fn ages(
        &self,
        population: &Population,
        age: AgeId,
        lo: i64,
        hi: i64,
    ) -> Standings {
        let AgePlan { cuts, young_from, .. } = &self.plan.ages[age];
        let young_from = young_from.unwrap_or(i64::MAX);
        // Where no row can be left out, nobody asks for others.
        if hi <= young_from && population.looks.is_empty() {
            return Standings::default();
        }
        let short = |time: i64| {
            let looks = population.looks.iter().filter_map(|look| match look {
                LookPlan::Span { within: WithinPlan { anchor: Some(_), .. }, .. }
                | LookPlan::Segment(_) => {
                    Some(self.fault("what a row's time alone does not tell was asked of its time"))
                }
                LookPlan::Span { within, table, rows } => {
                    self.covers(*table, rows, self.span_from(within, time).0).err()
                }
            });
            shortest(looks)
        };
        let among = |lo: i64, hi: i64| -> Vec<(i64, i64)> {
            let stretches: &[Stretch] = &self.store.ages[age];
            let inside = stretches.iter().skip(1).zip(cuts);
            inside.filter_map(|(rows, from)| rows.filter(|_| (lo..hi).contains(from))).collect()
        };
        let first = among(lo, hi).first().map(|(first, _)| *first);
        let last = among(lo, hi.min(young_from)).last().map(|(_, last)| *last);
        Standings {
            young: u64::from(!among(lo.max(young_from), hi).is_empty()),
            counted: u64::from(last.is_some_and(|last| short(last).is_none())),
            short: first.and_then(short),
        }
    }
}
