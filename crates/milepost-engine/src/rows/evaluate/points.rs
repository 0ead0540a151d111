//! Evaluating the rows of a leaf at one point in time, and what was found at each.

use std::collections::BTreeMap;

use datafusion::common::Result;
use milepost_semantics::time::{Instant, date_of_epoch_day, show_date};

use crate::evaluate::{LeafCell, Value};
use crate::leaf::{Bounds, Leaf};
use crate::request::Frame;
use crate::results::SliceValue;
use crate::rows::evaluate::accumulator::RowAccumulator;
use crate::rows::evaluate::block::{Block, Place};
use crate::rows::evaluate::cells::{BucketState, Slice};
use crate::rows::evaluate::column::Column;
use crate::rows::evaluate::context::{Env, EvaluationContext};
use crate::rows::evaluate::slices::SliceNumbers;
use crate::rows::evaluate::standing::Standings;
use crate::rows::ids::{ById, LeafId, PointId, SliceId};
use crate::rows::plan::LeafPlan;
use crate::rows::plan::population::Population;
use crate::rows::plan::program::Program;
use crate::rows::store::timelines::{Positions, Timelines};

/// One span or instant at which rows are evaluated.
#[derive(Debug)]
pub(in crate::rows) struct EvaluationPoint {
    /// Of the leaf.
    pub(in crate::rows) bucket: usize,
    pub(in crate::rows) bounds: Bounds,
    pub(in crate::rows) frame: Frame,
}

/// What was found at a point so far.
#[derive(Debug)]
pub(in crate::rows) enum PointState {
    /// Some rows were evaluated.
    Some(SliceAccumulators),
    /// All rows were, and what was held of them is gone.
    All(BucketState),
}

/// What was accumulated in each slice with how many rows could not be evaluated, and which rows count at all.
#[derive(Debug, Default)]
pub(in crate::rows) struct SliceAccumulators {
    names: BTreeMap<Slice, SliceId>,
    /// By the numbers of whoever accumulates.
    numbered: Vec<Option<SliceId>>,
    slices: ById<SliceId, (RowAccumulator, u64)>,
    standings: Standings,
    /// There are more slices than are computed, and not all rows were evaluated.
    is_cut: bool,
}

/// The slices of one leaf, and where its rows are accumulated.
pub(in crate::rows) type Slicing<'s, 'p> = (&'s mut SliceNumbers<'p>, &'s mut SliceAccumulators);

/// What was found at the points of each leaf.
pub(in crate::rows) type StatesByPoint = ById<LeafId, ById<PointId, PointState>>;

/// Takes what others found at the same points.
///
/// # Errors
/// It was accumulated in another way, which is a bug in milepost.
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
    /// All points that the buckets of a leaf ask for.
    pub(in crate::rows) fn points(
        &self,
        leaf: &Leaf<'_>,
        plan: &LeafPlan,
    ) -> ById<PointId, EvaluationPoint> {
        let mut points = ById::default();
        for (bucket, (bounds, frame)) in leaf.bounds.iter().zip(&leaf.frames).enumerate() {
            let mut add = |bounds: Bounds| {
                points.push(EvaluationPoint { bucket, bounds, frame: frame.clone() });
            };
            match bounds {
                Bounds::MeanAt(instants) => {
                    let frame = self.frames.number(frame);
                    let known =
                        |at: &Bounds| self.known(&plan.population, at, frame, false).is_ok();
                    instants.iter().map(|at| Bounds::At(*at)).filter(known).for_each(&mut add);
                }
                Bounds::Range { .. } | Bounds::At(_) => add(bounds.clone()),
            }
        }
        points
    }

    /// Evaluates some rows in one span or at one instant, for everyone who slices them. `block`: the same rows.
    pub(in crate::rows) fn evaluate_rows(
        &self,
        plan: &LeafPlan,
        (lines, rows, block): (&Timelines, Positions, &Block),
        point: &EvaluationPoint,
        slicings: &mut [Slicing<'_, '_>],
    ) {
        let population = &plan.population;
        let env = Env::of(self.frames.number(&point.frame));
        let seen = self.seen(population, lines, rows, &point.bounds, env.frame);
        let at: Vec<Place> = seen.positions().map(|position| rows.place(position)).collect();
        let env = self.env_in(population, &point.bounds, env);
        let Judged { standings, passing, absent } = self.judged(plan, block, &at, env);
        let judged_arg = population.args.iter().any(|arg| !matches!(arg, Program::Column(_)));
        let nothing = RowAccumulator::new(self, population);
        let inputs = nothing.inputs(self, population, (block, &passing), env);
        let new = || (RowAccumulator::new(self, population), 0);
        for (slices, accumulated) in slicings.iter_mut() {
            accumulated.standings.merge(standings.clone());
            let numbers = slices.of(self, block, &passing, env);
            for ((place, input), slice) in passing.iter().zip(&inputs).zip(numbers) {
                let id = accumulated.slice(slice, || slices.slice(slice).clone(), new);
                let (accumulator, missing) = &mut accumulated.slices[id];
                let is_there = accumulator.add(self, block.row(*place), input);
                if !is_there && judged_arg && plan.judged {
                    *missing += 1;
                }
            }
            if plan.judged {
                for slice in slices.of(self, block, &absent, env) {
                    let id = accumulated.slice(slice, || slices.slice(slice).clone(), new);
                    accumulated.slices[id].1 += 1;
                }
            }
        }
    }

    /// Which of some rows count and pass the filter of a leaf.
    pub(in crate::rows) fn judged(
        &self,
        plan: &LeafPlan,
        block: &Block,
        at: &[Place],
        env: Env,
    ) -> Judged {
        let population = &plan.population;
        let mut judged = Judged::default();
        // Whether each of those that may count looks before the data, so that it counts as absent.
        let (asked, looks_before) = if population.leaves_out() {
            let (mut asked, mut looks_before) = (Vec::new(), Vec::new());
            for place in at {
                let standing = self.standing(population, block.row(*place), env);
                judged.standings.add(&standing);
                let is_short = standing.short.is_some() && population.own_looks;
                if standing.counts() || is_short {
                    asked.push(*place);
                    looks_before.push(is_short);
                }
            }
            (asked, looks_before)
        } else {
            judged.standings = Standings::counting(at.len());
            (at.to_vec(), Vec::new())
        };
        let found = match &population.filter {
            Some(filter) => self.values(filter, block, &asked, env),
            None => Column::Constant(Some(Value::Boolean(true))),
        };
        for (row, place) in asked.iter().enumerate() {
            match found.get(row) {
                Some(Value::Boolean(true)) if looks_before.get(row) != Some(&true) => {
                    judged.passing.push(*place);
                }
                Some(Value::Boolean(true)) | None => judged.absent.push(*place),
                Some(_) => {}
            }
        }
        judged
    }

    /// A slice by its texts.
    pub(in crate::rows) fn slice(
        &self,
        slices: &[(Program, bool)],
        values: &[Option<Value>],
    ) -> Slice {
        let slices = slices.iter().zip(values);
        let slices = slices.map(|((_, yes_no), value)| {
            let Some(value) = value else { return SliceValue::Unknown };
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

/// What a filter says of some rows: of the others it says that they fail.
#[derive(Default)]
pub(in crate::rows) struct Judged {
    standings: Standings,
    pub(in crate::rows) passing: Vec<Place>,
    /// It is not known whether they pass.
    pub(in crate::rows) absent: Vec<Place>,
}

/// Whether more slices are held than are computed, which is marked.
pub(in crate::rows) fn cut_off(found: &mut ById<PointId, PointState>, most: u64) -> bool {
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

    /// Whether there were too many slices to evaluate all rows.
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

    /// A slice by its number. `name`: its texts; `new`: what is accumulated in a new one.
    fn slice(
        &mut self,
        number: usize,
        name: impl FnOnce() -> Slice,
        new: impl FnOnce() -> (RowAccumulator, u64),
    ) -> SliceId {
        if let Some(Some(id)) = self.numbered.get(number) {
            return *id;
        }
        let slices = &mut self.slices;
        let id = *self.names.entry(name()).or_insert_with(|| slices.push(new()));
        if self.numbered.len() <= number {
            self.numbered.resize(number + 1, None);
        }
        self.numbered[number] = Some(id);
        id
    }

    /// The slices with their texts, in order.
    fn named(self) -> impl Iterator<Item = (Slice, (RowAccumulator, u64))> {
        let mut names: BTreeMap<SliceId, Slice> =
            self.names.into_iter().map(|(slice, id)| (id, slice)).collect();
        let named =
            self.slices.into_iter().filter_map(|(id, held)| Some((names.remove(&id)?, held)));
        named.collect::<BTreeMap<Slice, (RowAccumulator, u64)>>().into_iter()
    }

    pub(in crate::rows) fn finish(self, population: &Population) -> BucketState {
        let mut bucket =
            BucketState { standings: self.standings.clone(), ..BucketState::default() };
        for (slice, (gather, absent)) in self.named() {
            bucket.absent += absent;
            // A slice is there when at least one row passes the filter.
            if gather.rows == 0 {
                bucket.unjudged.insert(slice, absent);
                continue;
            }
            bucket.rising |= gather.is_rising(population);
            let (value, sample) = gather.outcome(population);
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
            let name = || vec![SliceValue::Known(slice.to_string())];
            gathered.slice(slice as usize, name, || (RowAccumulator::nothing(), 0));
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
        // Whoever else evaluated some of the rows hears of it.
        let mut all: StatesByPoint = [enough].into_iter().collect();
        merge(&mut all, [many].into_iter().collect()).unwrap();
        assert!(all.values().any(|found| found.values().any(PointState::is_cut)));
    }
}
