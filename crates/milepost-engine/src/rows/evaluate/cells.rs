//! The cells of a leaf, from what was accumulated at each of its points.

use std::collections::BTreeMap;

use milepost_syntax::ast::AggregateFunction as F;

use crate::evaluate::{LeafCell, LeafCells, Value, shortest};
use crate::functions::ExactPartials;
use crate::leaf::{Bounds, Leaf};
use crate::leaf::{LeafTable, are_too_many};
use crate::results::{Reason, SliceValue};
use crate::rows::evaluate::context::EvaluationContext;
use crate::rows::evaluate::frames::FrameId;
use crate::rows::evaluate::known::Setting;
use crate::rows::evaluate::points::{EvaluationPoint, PointState};
use crate::rows::evaluate::standing::Standings;
use crate::rows::ids::{ById, PointId};
use crate::rows::plan::LeafPlan;
use crate::rows::plan::population::Population;
use crate::rows::plan::program::Program;

/// Slice values in the order of the request's dimensions.
pub(in crate::rows) type Slice = Vec<SliceValue>;

/// What one bucket holds.
#[derive(Debug, Default)]
pub(in crate::rows) struct BucketState {
    pub(in crate::rows) slices: BTreeMap<Slice, LeafCell>,
    /// Rows that could not be evaluated, of all slices, and of those in which no row passes.
    pub(in crate::rows) absent: u64,
    pub(in crate::rows) unjudged: BTreeMap<Slice, u64>,
    /// Some curve is below the level that is asked, and may still reach it.
    pub(in crate::rows) rising: bool,
    /// Which rows count at all, whatever they pass.
    pub(in crate::rows) standings: Standings,
}

impl EvaluationContext<'_> {
    /// The cells of a leaf, from what was found at each of its points.
    pub(in crate::rows) fn leaf(
        &self,
        leaf: &Leaf<'_>,
        plan: &LeafPlan,
        points: &ById<PointId, EvaluationPoint>,
        found: ById<PointId, PointState>,
    ) -> LeafTable {
        if found.values().any(PointState::is_cut) {
            return LeafTable::cut();
        }
        let n = leaf.bounds.len();
        let mut table = LeafTable {
            rows: BTreeMap::new(),
            unjudged: BTreeMap::new(),
            empty: LeafCells::with_capacity(n),
            short: Vec::with_capacity(n),
            maturing: Vec::with_capacity(n),
            is_cut: false,
            clipped: Vec::with_capacity(n),
        };
        let mut unjudged: Vec<(usize, Slice, u64)> = Vec::new();
        let mut buckets: Vec<Vec<BucketState>> = (0..n).map(|_| Vec::new()).collect();
        for (point, found) in found.into_iter() {
            buckets[points[point].bucket].push(found.finish(&plan.population));
        }
        for (at, found) in buckets.into_iter().enumerate() {
            let (bounds, frame) = (&leaf.bounds[at], self.frames.number(&leaf.frames[at]));
            let own = self.known(&plan.population, bounds, frame, leaf.is_block());
            let short = self.short(leaf, plan, bounds, frame, own.is_err());
            let (bucket, reason) = self.bucket(leaf, plan, (bounds, found), frame, own);
            if are_too_many(table.rows.len().max(bucket.slices.len()), leaf) {
                return LeafTable::cut();
            }
            let standings = &bucket.standings;
            let left_out =
                standings.short.clone().filter(|_| leaf.in_blocks && standings.counted == 0);
            table.short.push(shortest(short.into_iter().chain(left_out)));
            // Where everybody waits, later rows will make a number of it.
            let waits = standings.young > 0 || reason == Some(Reason::Immature);
            let is_rising = bucket.rising || self.is_curve_open(&plan.population, bounds);
            table.maturing.push(waits || is_rising || self.is_leaf_open(plan, bounds, frame));
            table.clipped.push(standings.short.is_some());
            let known = |cell: LeafCell| match &reason {
                Some(reason) => LeafCell { value: Err(reason.clone()), absent: 0, ..cell },
                None => cell,
            };
            for (slice, cell) in bucket.slices {
                let cells = table.rows.entry(slice).or_insert_with(|| LeafCells::with_capacity(n));
                cells.extend_until(&table.empty, at);
                cells.push(known(cell));
            }
            if reason.is_none() {
                unjudged.extend(bucket.unjudged.into_iter().map(|(slice, n)| (at, slice, n)));
            }
            let absent = if plan.slices.is_empty() { bucket.absent } else { 0 };
            let value = zero(&plan.population).ok_or(Reason::NoData);
            table.empty.push(known(LeafCell { value, sample: 0, absent }));
        }
        for cells in table.rows.values_mut() {
            cells.extend_until(&table.empty, n);
        }
        // A slice that some row passes in one bucket, or in another leaf, may have nothing but absent evaluations here.
        for (at, slice, n) in unjudged {
            let cells = table.rows.get_mut(&slice);
            let cells = cells.unwrap_or_else(|| {
                table.unjudged.entry(slice).or_insert_with(|| table.empty.clone())
            });
            cells.set_absent(at, n);
        }
        table
    }

    /// Why a block of time is not known, if the leaf stands in blocks: it looks before the data, or what it evaluates by
    /// is not known. A gap between carried pictures of its own is inside the data.
    fn short(
        &self,
        leaf: &Leaf<'_>,
        plan: &LeafPlan,
        bounds: &Bounds,
        frame: FrameId,
        unknown: bool,
    ) -> Option<Reason> {
        if !leaf.in_blocks {
            return None;
        }
        let Population { filter, args, .. } = &plan.population;
        let own = if !unknown {
            None
        } else if self.is_beyond(&plan.population, bounds, leaf.is_block()) {
            Some(Reason::NoData)
        } else {
            self.is_before_data(&plan.population, bounds).then_some(Reason::ShortHistory)
        };
        let inside = args.iter().chain(filter);
        let inside = inside.filter_map(|program| self.unknown(program, frame, Setting::InBlock));
        shortest(own.into_iter().chain(inside))
    }

    /// What a bucket holds, and why its numbers are not to be used.
    fn bucket(
        &self,
        leaf: &Leaf<'_>,
        plan: &LeafPlan,
        (bounds, found): (&Bounds, Vec<BucketState>),
        frame: FrameId,
        own: Result<(), Reason>,
    ) -> (BucketState, Option<Reason>) {
        let Population { filter, args, .. } = &plan.population;
        let judged = if leaf.in_blocks { Setting::InBlock } else { Setting::InBucket };
        let unknown = |program: &Program| self.unknown(program, frame, judged);
        let filtered = filter.as_ref().and_then(unknown);
        let reason =
            own.err().or_else(|| args.iter().find_map(unknown)).or_else(|| filtered.clone());
        let mut bucket = match bounds {
            Bounds::MeanAt(_) => mean_bucket(plan, found),
            Bounds::Range { .. } | Bounds::At(_) => {
                let mut found = found.into_iter();
                let (only, more) = (found.next(), found.next());
                if only.is_none() || more.is_some() {
                    self.fault("a bucket was not looked at once");
                }
                only.unwrap_or_default()
            }
        };
        if let (Some(ages), Bounds::Range { lo, hi }) = (plan.ages, bounds) {
            bucket.standings = self.ages(&plan.population, ages, lo.0, hi.0);
        }
        if filtered.is_some() {
            // Nothing passes a filter that nobody knows.
            bucket.slices = BucketState::default().slices;
        }
        let reason = reason.or_else(|| bucket.standings.reason());
        (bucket, reason)
    }
}

/// The mean of the states at each instant inside the span of the data. Nothing counts as 0 where nothing is 0, and is left
/// out elsewhere.
#[expect(clippy::cast_precision_loss, reason = "a count of days or rows")]
fn mean_bucket(plan: &LeafPlan, found: Vec<BucketState>) -> BucketState {
    let mut sums: BTreeMap<Slice, (ExactPartials, u64, u64, u64)> = BTreeMap::new();
    let (days, mut bucket) = (found.len() as u64, BucketState::default());
    for day in found {
        bucket.absent += day.absent;
        bucket.standings.merge(day.standings);
        for (slice, n) in day.unjudged {
            *bucket.unjudged.entry(slice).or_default() += n;
        }
        for (slice, cell) in day.slices {
            let (sum, n, sample, absent) = sums.entry(slice).or_default();
            if let Some(value) = cell.value.as_ref().ok().and_then(Value::number) {
                sum.add(value);
                *n += 1;
            }
            *sample += cell.sample;
            *absent += cell.absent;
        }
    }
    let zero = zero(&plan.population).is_some();
    for (slice, (.., absent)) in &mut sums {
        *absent += bucket.unjudged.remove(slice).unwrap_or(0);
    }
    bucket.slices = sums
        .into_iter()
        .map(|(slice, (sum, n, sample, absent))| {
            let over = if zero { days } else { n };
            let value = if over == 0 {
                Err(Reason::NoData)
            } else {
                Ok(Value::Number(sum.value() / over as f64))
            };
            let sample = sample.checked_div(days).unwrap_or(0);
            (slice, LeafCell { value, sample, absent })
        })
        .collect();
    bucket
}

/// What nothing is: 0, false, or absent.
fn zero(population: &Population) -> Option<Value> {
    match population.function {
        F::Any => Some(Value::Boolean(false)),
        F::Count | F::Sum => Some(Value::Number(0.0)),
        _ => None,
    }
}
