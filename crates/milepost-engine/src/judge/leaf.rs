//! A judged leaf: every row of the population, looked at in every bucket.

use std::collections::BTreeMap;

use milepost_semantics::time::Instant;
use milepost_syntax::ast::AggregateFunction as F;

use super::gather::Gather;
use super::plan::LeafPlan;
use super::population::Population;
use super::program::Program;
use super::timelines::Timelines;
use super::world::{Env, FrameId, Row, World};
use crate::evaluate::{LeafCell, Value, shortest};
use crate::functions::ExactPartials;
use crate::leaf::{Bounds, Leaf};
use crate::results::Reason;
use crate::rollup::LeafTable;

/// Slice values in the order of the request's dimensions.
type Slice = Vec<String>;

/// How many rows are looked at in all buckets before the next ones are: their timelines stay near the processor.
const ROWS: u32 = 1_024;

/// What one bucket holds.
#[derive(Default)]
struct Bucket {
    slices: BTreeMap<Slice, LeafCell>,
    /// Rows that could not be judged, of all slices, and of those in which no row passes.
    absent: u64,
    unjudged: BTreeMap<Slice, u64>,
    /// Rows that are too young, and those that are not.
    young: u64,
    mature: u64,
}

/// One span or instant at which rows are looked at, and what was found so far.
struct Look<'w> {
    bounds: Bounds,
    frame: FrameId,
    /// What was gathered in each slice, and how many rows could not be judged.
    slices: BTreeMap<Slice, (Gather<'w>, u64)>,
    young: u64,
    mature: u64,
}

impl World<'_> {
    /// The cells of a leaf.
    pub(super) fn leaf(&self, leaf: &Leaf<'_>, plan: &LeafPlan) -> LeafTable {
        let n = leaf.bounds.len();
        let mut table = LeafTable {
            rows: BTreeMap::new(),
            unjudged: BTreeMap::new(),
            empty: Vec::with_capacity(n),
            short: Vec::with_capacity(n),
            maturing: Vec::with_capacity(n),
        };
        let mut unjudged: Vec<(usize, Slice, u64)> = Vec::new();
        let mut found = self.found(leaf, plan).into_iter();
        for (at, (bounds, frame)) in leaf.bounds.iter().zip(&leaf.frames).enumerate() {
            let frame = self.frames.number(frame);
            let found = found.next().unwrap_or_default();
            let own = self.known(&plan.population, bounds, frame, leaf.is_block());
            table.short.push(self.short(leaf, plan, bounds, frame, own.is_err()));
            let (bucket, reason) = self.bucket(leaf, plan, (bounds, found), frame, own);
            table.maturing.push(bucket.young > 0);
            let known = |cell: LeafCell| match &reason {
                Some(reason) => LeafCell { value: Err(reason.clone()), absent: 0, ..cell },
                None => cell,
            };
            for (slice, cell) in bucket.slices {
                let cells = table.rows.entry(slice).or_insert_with(|| table.empty.clone());
                cells.extend_from_slice(&table.empty[cells.len()..at]);
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
            cells.extend_from_slice(&table.empty[cells.len()..]);
        }
        // A slice that some row passes in one bucket, or in another leaf, may have nothing but absent judgements here.
        for (at, slice, n) in unjudged {
            let cells = table.rows.get_mut(&slice);
            let cells = cells.unwrap_or_else(|| {
                table.unjudged.entry(slice).or_insert_with(|| table.empty.clone())
            });
            cells[at].absent = n;
        }
        table
    }

    /// Why a block of time is not known, if the leaf stands in blocks: it looks before the data, or what it judges by
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
        let own = (unknown && self.is_before_data(&plan.population, bounds))
            .then_some(Reason::ShortHistory);
        let inside = args.iter().chain(filter);
        let inside = inside.filter_map(|program| self.unknown(program, frame, true));
        shortest(own.into_iter().chain(inside))
    }

    /// What a bucket holds, and why its numbers are not to be used.
    fn bucket(
        &self,
        leaf: &Leaf<'_>,
        plan: &LeafPlan,
        (bounds, found): (&Bounds, Vec<Bucket>),
        frame: FrameId,
        own: Result<(), Reason>,
    ) -> (Bucket, Option<Reason>) {
        let Population { filter, args, .. } = &plan.population;
        let unknown = |program: &Program| self.unknown(program, frame, leaf.in_blocks);
        let filtered = filter.as_ref().and_then(unknown);
        let reason =
            own.err().or_else(|| args.iter().find_map(unknown)).or_else(|| filtered.clone());
        let mut bucket = match bounds {
            Bounds::MeanAt(_) => mean_bucket(plan, found),
            Bounds::Range { .. } | Bounds::At(_) => found.into_iter().next().unwrap_or_default(),
        };
        if filtered.is_some() {
            // Nothing passes a filter that nobody knows.
            bucket.slices = Bucket::default().slices;
        }
        let immature = bucket.young > 0 && bucket.mature == 0;
        let reason = reason.or_else(|| immature.then_some(Reason::Immature));
        (bucket, reason)
    }

    /// Looks at every row, in all buckets: for each, what was found in its span or at each of its instants.
    fn found(&self, leaf: &Leaf<'_>, plan: &LeafPlan) -> Vec<Vec<Bucket>> {
        let mut looks: Vec<Look<'_>> = Vec::new();
        let mut counts: Vec<usize> = Vec::with_capacity(leaf.bounds.len());
        for (bounds, frame) in leaf.bounds.iter().zip(&leaf.frames) {
            let frame = self.frames.number(frame);
            let before = looks.len();
            match bounds {
                Bounds::MeanAt(instants) => {
                    let known =
                        |at: &Bounds| self.known(&plan.population, at, frame, false).is_ok();
                    let days = instants.iter().map(|instant| Bounds::At(*instant)).filter(known);
                    looks.extend(days.map(|at| Look::new(at, frame)));
                }
                Bounds::Range { .. } | Bounds::At(_) => {
                    looks.push(Look::new(bounds.clone(), frame));
                }
            }
            counts.push(looks.len() - before);
        }
        let mut buckets = self.looked(plan, looks).into_iter();
        counts.into_iter().map(|n| buckets.by_ref().take(n).collect()).collect()
    }

    fn looked<'w>(&'w self, plan: &'w LeafPlan, mut looks: Vec<Look<'w>>) -> Vec<Bucket> {
        let Some(first) = looks.first() else { return Vec::new() };
        // Nothing is looked up by, so the rows are the same in all frames.
        let lines = self.index(plan.population.index, Env::of(first.frame));
        let (start, end) = lines.all();
        if plan.population.holds_values() {
            let look = |mut look: Look<'w>| {
                self.look(plan, &lines, (start, end), &mut look);
                look.finish()
            };
            return looks.into_iter().map(look).collect();
        }
        let mut at = start;
        while at < end {
            let next = at.saturating_add(ROWS).min(end);
            looks.iter_mut().for_each(|look| self.look(plan, &lines, (at, next), look));
            at = next;
        }
        looks.into_iter().map(Look::finish).collect()
    }

    /// Looks at some rows in one span or at one instant.
    fn look<'w>(
        &'w self,
        plan: &'w LeafPlan,
        lines: &Timelines,
        rows: (u32, u32),
        look: &mut Look<'w>,
    ) {
        let population = &plan.population;
        let seen = self.seen(population, lines, rows, &look.bounds, look.frame);
        let judged_arg = population.args.iter().any(|arg| !matches!(arg, Program::Column(_)));
        let env = Env::of(look.frame);
        for (row, env) in self.rows(population, lines, &seen, &look.bounds, env) {
            if self.is_young(population, row, env) {
                look.young += 1;
                continue;
            }
            look.mature += 1;
            let passes = match population.filter.as_ref().map(|f| self.eval(f, row, env)) {
                None | Some(Ok(Value::Boolean(true))) => true,
                Some(Ok(_)) => continue,
                Some(Err(_)) => false,
            };
            if !passes && !plan.judged {
                continue;
            }
            let slice = plan.slices.iter().map(|slice| self.slice(slice, row, env)).collect();
            let (gather, absent) =
                look.slices.entry(slice).or_insert_with(|| (Gather::new(self, population), 0));
            let missing = !passes || (!gather.add(row, env) && judged_arg);
            if missing && plan.judged {
                *absent += 1;
            }
        }
    }

    /// Whether too little time has passed for a row to count.
    fn is_young(&self, population: &Population, row: Row, env: Env) -> bool {
        population.matures.iter().any(|(after, length)| {
            let after =
                after.as_ref().and_then(|after| self.instant(&self.eval(after, row, env).ok()?));
            let from = after.or(row.time);
            from.is_some_and(|from| self.reach(from, *length, false) > self.plan.as_of.end.0)
        })
    }

    fn slice(&self, (program, yes_no): &(Program, bool), row: Row, env: Env) -> String {
        match self.eval(program, row, env) {
            Ok(Value::Text(text)) => text.to_string(),
            Ok(Value::Boolean(b)) if *yes_no => (if b { "yes" } else { "no" }).to_owned(),
            Ok(Value::Boolean(b)) => b.to_string(),
            Ok(Value::Number(x)) => x.to_string(),
            Ok(Value::Date(day)) => {
                let day = milepost_semantics::time::date_of_epoch_day(day);
                milepost_semantics::time::show_date(day)
            }
            Ok(Value::Timestamp(t)) => self.calendar.show_instant(Instant(t)),
            Err(_) => "(unknown)".to_owned(),
        }
    }
}

impl Look<'_> {
    const fn new(bounds: Bounds, frame: FrameId) -> Self {
        Self { bounds, frame, slices: BTreeMap::new(), young: 0, mature: 0 }
    }

    /// What the bucket holds, or the day of a mean.
    fn finish(self) -> Bucket {
        let mut bucket = Bucket { young: self.young, mature: self.mature, ..Bucket::default() };
        for (slice, (gather, absent)) in self.slices {
            bucket.absent += absent;
            // A slice is there when at least one row passes the filter.
            if gather.rows == 0 {
                bucket.unjudged.insert(slice, absent);
                continue;
            }
            let (value, sample) = gather.finish();
            let value = value.ok_or(Reason::NoData);
            bucket.slices.insert(slice, LeafCell { value, sample, absent });
        }
        bucket
    }
}

/// The mean of the states at each instant inside the span of the data. Nothing counts as 0 where nothing is 0, and is left
/// out elsewhere.
#[expect(clippy::cast_precision_loss, reason = "a count of days or rows")]
fn mean_bucket(plan: &LeafPlan, found: Vec<Bucket>) -> Bucket {
    let mut sums: BTreeMap<Slice, (ExactPartials, u64, u64, u64)> = BTreeMap::new();
    let (days, mut bucket) = (found.len() as u64, Bucket::default());
    for day in found {
        bucket.absent += day.absent;
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
