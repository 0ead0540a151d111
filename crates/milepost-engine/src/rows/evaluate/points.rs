//! Looking at the rows of judged leaves, in all buckets, by several threads.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use datafusion::common::Result;
use milepost_semantics::time::{Instant, date_of_epoch_day, show_date};
use milepost_syntax::limits::CELLS;

use crate::evaluate::{LeafCell, Outcome, Value};
use crate::leaf::{Bounds, Leaf};
use crate::request::Frame;
use crate::results::{Reason, SliceValue};
use crate::rows::Limits;
use crate::rows::evaluate::accumulator::RowAccumulator;
use crate::rows::evaluate::cells::{BucketState, Slice};
use crate::rows::evaluate::context::{Env, EvaluationContext};
use crate::rows::evaluate::standing::Standings;
use crate::rows::ids::{ById, Id, LeafId, PointId, SliceId};
use crate::rows::plan::population::Population;
use crate::rows::plan::program::Program;
use crate::rows::plan::{LeafPlan, Plan};
use crate::rows::store::Store;
use crate::rows::store::timelines::{Positions, Timelines};

/// Values of slices that are looked through for each row.
const MET: usize = 16;

/// Judgements may stand deep inside each other.
const STACK: usize = 16 << 20;

/// One span or instant at which rows are looked at.
#[derive(Debug)]
pub(in crate::rows) struct EvaluationPoint {
    /// Of the leaf.
    pub(in crate::rows) bucket: usize,
    bounds: Bounds,
    frame: Frame,
}

/// What was found at a look so far.
#[derive(Debug)]
pub(in crate::rows) enum PointState {
    /// Some rows were looked at.
    Some(SliceAccumulators),
    /// All rows were, and what was held of them is gone.
    All(BucketState),
}

/// What was gathered in each slice with how many rows could not be judged, and which rows count at all.
#[derive(Debug, Default)]
pub(in crate::rows) struct SliceAccumulators {
    names: BTreeMap<Slice, SliceId>,
    /// The values of some slices: most rows are of one that was met, and no text is made for them.
    met: Vec<(Vec<Outcome>, SliceId)>,
    slices: ById<SliceId, (RowAccumulator, u64)>,
    standings: Standings,
    /// There are more slices than are computed, and not all rows were looked at.
    is_cut: bool,
}

/// A leaf whose rows are to be looked at.
pub(in crate::rows) struct Task<'a> {
    pub(in crate::rows) leaf: &'a LeafPlan,
    pub(in crate::rows) looks: &'a ById<PointId, EvaluationPoint>,
    /// Its rows, where they are not all that the plan lists.
    pub(in crate::rows) rows: Option<Timelines>,
    /// What is looked at next, by whoever comes.
    next: AtomicU32,
}

impl<'a> Task<'a> {
    pub(in crate::rows) const fn new(
        leaf: &'a LeafPlan,
        looks: &'a ById<PointId, EvaluationPoint>,
        rows: Option<Timelines>,
    ) -> Self {
        Self { leaf, looks, rows, next: AtomicU32::new(0) }
    }
}

/// Looks at the rows of leaves: for each, what was found at each of its looks. `all`: the store has all rows there are.
pub(in crate::rows) fn look(
    plan: &Plan<'_>,
    store: &Store,
    tasks: &ById<LeafId, Task<'_>>,
    threads: usize,
    limits: Limits,
    all: bool,
) -> Result<StatesByPoint> {
    let work = || {
        let context = EvaluationContext::new(plan, store);
        let found = tasks.map(|_, task| context.looked(task, limits, all));
        context.sound().map(|()| found)
    };
    if threads < 2 {
        return work();
    }
    thread::scope(|scope| {
        let worker = || thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        // A machine that gives no more threads has this one.
        let workers: Vec<_> = (1..threads).map_while(|_| worker().ok()).collect();
        let mut found = work()?;
        for worker in workers {
            let more = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            merge(&mut found, more?)?;
        }
        Ok(found)
    })
}

/// What was found at the looks of each leaf.
pub(in crate::rows) type StatesByPoint = ById<LeafId, ById<PointId, PointState>>;

/// Takes what others found at the same looks.
///
/// # Errors
/// It was gathered in another way, which is a bug in milepost.
pub(in crate::rows) fn merge(found: &mut StatesByPoint, more: StatesByPoint) -> Result<()> {
    let mut merged = Ok(());
    found.merge(more, |found, more| {
        found.merge(more, |found, more| {
            if merged.is_ok() {
                merged = found.merge(more);
            }
        });
    });
    merged
}

impl EvaluationContext<'_> {
    /// All looks that the buckets of a leaf ask for.
    pub(in crate::rows) fn looks(
        &self,
        leaf: &Leaf<'_>,
        plan: &LeafPlan,
    ) -> ById<PointId, EvaluationPoint> {
        let mut looks = ById::default();
        for (bucket, (bounds, frame)) in leaf.bounds.iter().zip(&leaf.frames).enumerate() {
            let mut look = |bounds: Bounds| {
                looks.push(EvaluationPoint { bucket, bounds, frame: frame.clone() });
            };
            match bounds {
                Bounds::MeanAt(instants) => {
                    let frame = self.frames.number(frame);
                    let known =
                        |at: &Bounds| self.known(&plan.population, at, frame, false).is_ok();
                    instants.iter().map(|at| Bounds::At(*at)).filter(known).for_each(&mut look);
                }
                Bounds::Range { .. } | Bounds::At(_) => look(bounds.clone()),
            }
        }
        looks
    }

    /// Looks at rows that nobody else looks at, until there are no more.
    fn looked(&self, task: &Task<'_>, limits: Limits, all: bool) -> ById<PointId, PointState> {
        let plan = task.leaf;
        let mut found = task.looks.map(|_, _| PointState::Some(SliceAccumulators::default()));
        let Some(first) = task.looks.values().next() else { return found };
        // Nothing is looked up by, so the rows are the same in all frames.
        let env = Env::of(self.frames.number(&first.frame));
        let listed = self.index(plan.population.index, env);
        let lines = task.rows.as_ref().unwrap_or(&*listed);
        let every = lines.all();
        if all && plan.population.holds_values() {
            // One look after the other, so that the values of one alone are held.
            while let Some(look) =
                next(&task.next, 1).map(|n| n as usize).filter(|n| *n < task.looks.len())
            {
                let look = PointId::new(look);
                let mut gathered = SliceAccumulators::default();
                self.look(plan, lines, every, &task.looks[look], &mut gathered);
                found[look] = PointState::All(gathered.finish(&plan.population));
            }
            return found;
        }
        while let Some(rows) =
            next(&task.next, limits.at_once).and_then(|at| every.from(at, limits.at_once))
        {
            for (look, found) in found.iter_mut() {
                if let PointState::Some(gathered) = found {
                    self.look(plan, lines, rows, &task.looks[look], gathered);
                }
            }
            if cut_off(&mut found, CELLS) {
                break;
            }
        }
        found
    }

    /// Looks at some rows in one span or at one instant.
    fn look(
        &self,
        plan: &LeafPlan,
        lines: &Timelines,
        rows: Positions,
        look: &EvaluationPoint,
        found: &mut SliceAccumulators,
    ) {
        let population = &plan.population;
        let frame = self.frames.number(&look.frame);
        let seen = self.seen(population, lines, rows, &look.bounds, frame);
        let judged_arg = population.args.iter().any(|arg| !matches!(arg, Program::Column(_)));
        let env = Env::of(frame);
        for (row, env) in self.rows(population, lines, &seen, &look.bounds, env) {
            let standing = self.standing(population, row, env);
            found.standings.add(&standing);
            // A row that looks before the data is told where the look stands, if it might count there.
            let looks_before = standing.short.is_some() && population.own_looks;
            if !standing.counts() && !looks_before {
                continue;
            }
            let passes = match population.filter.as_ref().map(|f| self.eval(f, row, env)) {
                None | Some(Ok(Value::Boolean(true))) => !looks_before,
                Some(Ok(_)) => continue,
                Some(Err(_)) => false,
            };
            if !passes && !plan.judged {
                continue;
            }
            let slice = plan.slices.iter().map(|(slice, _)| self.eval(slice, row, env)).collect();
            let number = found.slice(
                slice,
                |values| self.slice(plan, values),
                || (RowAccumulator::new(self, population), 0),
            );
            let (gather, absent) = &mut found.slices[number];
            let missing = !passes || (!gather.add(self, population, row, env) && judged_arg);
            if missing && plan.judged {
                *absent += 1;
            }
        }
    }

    /// A slice by its texts.
    fn slice(&self, plan: &LeafPlan, values: &[Outcome]) -> Slice {
        let slices = plan.slices.iter().zip(values);
        let slices = slices.map(|((_, yes_no), value)| {
            let Ok(value) = value else { return SliceValue::Unknown };
            SliceValue::Known(match value {
                Value::Text(text) => text.to_string(),
                Value::Boolean(b) if *yes_no => (if *b { "yes" } else { "no" }).to_owned(),
                Value::Boolean(b) => b.to_string(),
                Value::Number(x) => x.to_string(),
                Value::Date(day) => show_date(date_of_epoch_day(*day)),
                Value::Timestamp(t) => self.calendar.show_instant(Instant(*t)),
            })
        });
        slices.collect()
    }
}

/// Whether two values have one text: 0 and -0 have not.
fn prints_as(a: &Outcome, b: &Outcome) -> bool {
    match (a, b) {
        (Ok(Value::Number(a)), Ok(Value::Number(b))) => a.to_bits() == b.to_bits(),
        _ => a == b,
    }
}

/// Whether more slices are held than are computed, which is marked.
fn cut_off(found: &mut ById<PointId, PointState>, most: u64) -> bool {
    let slices = found.values().map(|found| match found {
        PointState::Some(gathered) => gathered.slices.len() as u64,
        PointState::All(_) => 0,
    });
    let is_cut = slices.sum::<u64>() > most;
    if let (true, Some((_, PointState::Some(gathered)))) = (is_cut, found.iter_mut().next()) {
        gathered.is_cut = true;
    }
    is_cut
}

/// Takes so many of what is left; absent once the numbers end.
fn next(at: &AtomicU32, n: u32) -> Option<u32> {
    at.try_update(Ordering::Relaxed, Ordering::Relaxed, |at| at.checked_add(n)).ok()
}

impl PointState {
    fn merge(&mut self, other: Self) -> Result<()> {
        match (&mut *self, other) {
            (Self::All(_), Self::Some(_)) => Ok(()),
            (_, Self::All(bucket)) => {
                *self = Self::All(bucket);
                Ok(())
            }
            (Self::Some(own), Self::Some(more)) => own.merge(more),
        }
    }

    /// Whether there were too many slices to look at all rows.
    pub(in crate::rows) const fn is_cut(&self) -> bool {
        matches!(self, Self::Some(gathered) if gathered.is_cut)
    }

    /// What the bucket holds, or the day of a mean.
    pub(in crate::rows) fn finish(self, population: &Population) -> BucketState {
        match self {
            Self::Some(gathered) => gathered.finish(population),
            Self::All(bucket) => bucket,
        }
    }
}

impl SliceAccumulators {
    fn merge(&mut self, mut other: Self) -> Result<()> {
        self.standings.merge(std::mem::take(&mut other.standings));
        self.is_cut |= other.is_cut;
        for (slice, (gather, absent)) in other.named() {
            match self.names.get(&slice) {
                Some(number) => {
                    let (own, n) = &mut self.slices[*number];
                    own.merge(gather)?;
                    *n += absent;
                }
                None => {
                    self.names.insert(slice, self.slices.push((gather, absent)));
                }
            }
        }
        Ok(())
    }

    /// A slice by its values. `name`: its texts; `new`: what is gathered in a new one.
    fn slice(
        &mut self,
        values: Vec<Outcome>,
        name: impl FnOnce(&[Outcome]) -> Slice,
        new: impl FnOnce() -> (RowAccumulator, u64),
    ) -> SliceId {
        let known = |(known, _): &&(Vec<Outcome>, SliceId)| {
            known.iter().zip(&values).all(|(a, b)| prints_as(a, b))
        };
        if let Some((_, number)) = self.met.iter().find(known) {
            return *number;
        }
        let slices = &mut self.slices;
        let number = *self.names.entry(name(&values)).or_insert_with(|| slices.push(new()));
        if self.met.len() < MET {
            self.met.push((values, number));
        }
        number
    }

    /// The slices with their texts, in order.
    fn named(self) -> impl Iterator<Item = (Slice, (RowAccumulator, u64))> {
        let mut names: BTreeMap<SliceId, Slice> =
            self.names.into_iter().map(|(slice, id)| (id, slice)).collect();
        let named =
            self.slices.into_iter().filter_map(|(id, held)| Some((names.remove(&id)?, held)));
        named.collect::<BTreeMap<Slice, (RowAccumulator, u64)>>().into_iter()
    }

    fn finish(self, population: &Population) -> BucketState {
        let mut bucket =
            BucketState { standings: self.standings.clone(), ..BucketState::default() };
        for (slice, (gather, absent)) in self.named() {
            bucket.absent += absent;
            // A slice is there when at least one row passes the filter.
            if gather.rows == 0 {
                bucket.unjudged.insert(slice, absent);
                continue;
            }
            let (value, sample) = gather.finish(population);
            let value = value.ok_or(Reason::NoData);
            bucket.slices.insert(slice, LeafCell { value, sample, absent });
        }
        bucket
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was found with as many slices.
    fn found(slices: u32) -> PointState {
        let mut gathered = SliceAccumulators::default();
        for slice in 0..slices {
            let name = |_: &[Outcome]| vec![SliceValue::Known(slice.to_string())];
            gathered.slice(vec![Ok(Value::Number(slice.into()))], name, || {
                (RowAccumulator::nothing(), 0)
            });
        }
        PointState::Some(gathered)
    }

    #[test]
    fn looking_ends_where_there_are_too_many_slices_in_all_buckets_together() {
        let mut enough: ById<PointId, PointState> = [found(3), found(2)].into_iter().collect();
        assert!(!cut_off(&mut enough, 5));
        assert!(!enough.values().any(PointState::is_cut));
        let mut many: ById<PointId, PointState> = [found(3), found(3)].into_iter().collect();
        assert!(cut_off(&mut many, 5));
        assert!(many.values().any(PointState::is_cut));
        // Whoever else looked at some of the rows hears of it.
        let mut all: StatesByPoint = [enough].into_iter().collect();
        merge(&mut all, [many].into_iter().collect()).unwrap();
        assert!(all.values().any(|found| found.values().any(PointState::is_cut)));
    }
}
