//! From groups to cells: every bucket and slice of a leaf is a merge of states.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use milepost_semantics::model::{Carry, DatasetKind, DimensionId};
use milepost_semantics::time::{Calendar, Instant, epoch_day};
use milepost_syntax::ast::AggregateFunction as F;

use super::groups::{Groups, Places, StateColumn, decimal};
use super::keyed::{KeyedGroups, Keys};
use super::plan::{PlannedLeaf, Read, Rollup};
use crate::evaluate::{LeafCell, Value, extreme, percentile, stddev, timed};
use crate::functions::ExactPartials;
use crate::leaf::{Bounds, Leaf};
use crate::results::Reason;

/// A leaf's cells by slice, and the cell of a slice in which the leaf has no row.
pub(crate) struct LeafTable {
    /// Slice values in the order of the request's dimensions; one cell per bucket.
    pub(crate) rows: BTreeMap<Vec<String>, Vec<LeafCell>>,
    pub(crate) empty: Vec<LeafCell>,
    /// Which bounds start before the data. Told for leaves in blocks of time only, which must be whole.
    pub(crate) short: Vec<bool>,
    /// In which bounds some rows are too young to be judged.
    pub(crate) maturing: Vec<bool>,
}

/// Merges the states of one leaf. `by`: what its request slices by.
pub(crate) fn merge(
    leaf: &Leaf<'_>,
    planned: &PlannedLeaf,
    rollup: &Rollup<'_>,
    groups: &Groups,
    by: &[DimensionId],
    calendar: &Calendar,
) -> LeafTable {
    let positions =
        by.iter().filter_map(|d| rollup.dims.iter().position(|(known, _)| known == d)).collect();
    let merger = Merger { leaf, planned, rollup, groups, calendar, by: positions };
    merger.run()
}

/// A slice as numbers.
type Slice = Vec<u32>;

struct Merger<'a> {
    leaf: &'a Leaf<'a>,
    planned: &'a PlannedLeaf,
    rollup: &'a Rollup<'a>,
    groups: &'a Groups,
    calendar: &'a Calendar,
    /// Positions of the request's dimensions among the rollup's.
    by: Vec<usize>,
}

/// The finished value of one slice at one instant or window: absent for a summary of nothing.
struct Merged {
    value: Option<Value>,
    sample: u64,
}

impl Merger<'_> {
    fn run(&self) -> LeafTable {
        let mut rows: BTreeMap<Slice, Vec<LeafCell>> = BTreeMap::new();
        let mut empty = Vec::with_capacity(self.leaf.bounds.len());
        for (bucket, bounds) in self.leaf.bounds.iter().enumerate() {
            let (merged, nothing) = self.bucket(bounds);
            for (slice, cell) in merged {
                let cells = rows.entry(slice).or_insert_with(|| empty.clone());
                // Slices that were met before but not in the bucket in between.
                cells.extend_from_slice(&empty[cells.len()..bucket]);
                cells.push(cell);
            }
            empty.push(nothing);
        }
        let text = |slice: Slice| {
            slice.into_iter().map(|n| self.groups.names.texts[n as usize].clone()).collect()
        };
        let rows = rows
            .into_iter()
            .map(|(slice, mut cells)| {
                cells.extend_from_slice(&empty[cells.len()..]);
                (text(slice), cells)
            })
            .collect();
        let n = self.leaf.bounds.len();
        let short = self.leaf.bounds.iter().map(|bounds| self.is_short(bounds)).collect();
        LeafTable { rows, empty, short, maturing: vec![false; n] }
    }

    /// The cells of one bucket, and what a slice without rows has there.
    fn bucket(&self, bounds: &Bounds) -> (BTreeMap<Slice, LeafCell>, LeafCell) {
        match bounds {
            Bounds::MeanAt(instants) => self.mean(instants),
            Bounds::Range { .. } | Bounds::At(_) => {
                let known = self.known(bounds);
                let cell = |merged: Merged| LeafCell {
                    value: known.clone().and_then(|()| merged.value.ok_or(Reason::NoData)),
                    sample: merged.sample,
                    absent: 0,
                };
                let merged =
                    self.slices(bounds).into_iter().map(|(slice, m)| (slice, cell(m))).collect();
                (merged, cell(Merged { value: self.zero(), sample: 0 }))
            }
        }
    }

    /// What nothing is: 0, false, or absent.
    fn zero(&self) -> Option<Value> {
        match self.leaf.aggregate.function {
            F::Any => Some(Value::Boolean(false)),
            _ if self.leaf.empty_is_zero() => Some(Value::Number(0.0)),
            _ => None,
        }
    }

    /// The mean of the states at each instant inside the span of the data. Nothing counts as 0 where nothing is 0, and
    /// is left out elsewhere.
    #[expect(clippy::cast_precision_loss, reason = "a count of days or rows")]
    fn mean(&self, instants: &[Instant]) -> (BTreeMap<Slice, LeafCell>, LeafCell) {
        let mut sums: BTreeMap<Slice, (ExactPartials, u64, u64)> = BTreeMap::new();
        let mut days = 0_u64;
        for instant in instants {
            let bounds = Bounds::At(*instant);
            if self.known(&bounds).is_err() {
                continue;
            }
            days += 1;
            for (slice, merged) in self.slices(&bounds) {
                let (sum, n, sample) = sums.entry(slice).or_default();
                if let Some(value) = merged.value.as_ref().and_then(Value::number) {
                    sum.add(value);
                    *n += 1;
                }
                *sample += merged.sample;
            }
        }
        let zero = self.leaf.empty_is_zero();
        let nothing = if days == 0 || !zero { Err(Reason::NoData) } else { Ok(Value::Number(0.0)) };
        let cells = sums
            .into_iter()
            .map(|(slice, (sum, n, sample))| {
                let over = if zero { days } else { n };
                let value = if over == 0 {
                    Err(Reason::NoData)
                } else {
                    Ok(Value::Number(sum.value() / over as f64))
                };
                (
                    slice,
                    LeafCell { value, sample: sample.checked_div(days).unwrap_or(0), absent: 0 },
                )
            })
            .collect();
        (cells, LeafCell { value: nothing, sample: 0, absent: 0 })
    }

    /// Whether a block of time starts before the data.
    fn is_short(&self, bounds: &Bounds) -> bool {
        self.leaf.is_block() && self.known(bounds).is_err()
    }

    /// Whether the bounds lie inside the span of the data.
    fn known(&self, bounds: &Bounds) -> Result<(), Reason> {
        let first = self.groups.first.ok_or(Reason::NoData)?;
        match bounds {
            Bounds::Range { lo, hi } => {
                if first >= *hi {
                    return Err(Reason::NoData);
                }
                let short = self.leaf.needs_full_window()
                    && bounds.lo().is_some()
                    && self.day(first) > self.day(*lo);
                if short { Err(Reason::ShortHistory) } else { Ok(()) }
            }
            Bounds::At(instant) => {
                let seen =
                    if let Some(DatasetKind::Snapshot { carry: Some(Carry::For(_)), .. }) =
                        self.rollup.place.kind
                    {
                        !self.holding(&self.groups.places, *instant).is_empty()
                    } else {
                        first < *instant
                    };
                if seen { Ok(()) } else { Err(Reason::NoData) }
            }
            Bounds::MeanAt(_) => Ok(()),
        }
    }

    /// An instant as the placing column compares with it.
    fn edge(&self, instant: Instant) -> i64 {
        if self.rollup.place.is_date() {
            i64::from(epoch_day(self.calendar.first_day_from(instant)))
        } else {
            instant.0
        }
    }

    fn day(&self, instant: Instant) -> i64 {
        i64::from(epoch_day(self.calendar.date_of(instant)))
    }

    /// The groups that the bounds see.
    fn seen(&self, places: &Places, bounds: &Bounds) -> Vec<usize> {
        match bounds {
            Bounds::Range { lo, hi } => {
                let cut = |instant: &Instant| self.groups.cuts.binary_search(instant).unwrap_or(0);
                let first = places.lo.partition_point(|x| *x <= as_i64(cut(lo)));
                let end = places.lo.partition_point(|x| *x <= as_i64(cut(hi)));
                Range { start: first, end }.collect()
            }
            Bounds::At(instant) => self.holding(places, *instant),
            Bounds::MeanAt(_) => Vec::new(),
        }
    }

    /// The groups of the state just before the instant.
    fn holding(&self, places: &Places, instant: Instant) -> Vec<usize> {
        if self.rollup.has_until() {
            let k = as_i64(self.groups.cuts.binary_search(&instant).unwrap_or(0));
            let started = places.lo.partition_point(|lo| *lo <= k);
            return (0..started).filter(|i| places.hi[*i] > k).collect();
        }
        // The latest picture of all, whatever this leaf's own rows are.
        let edge = self.edge(instant);
        let all = &self.groups.places.lo;
        let Some(picture) = all.partition_point(|lo| *lo < edge).checked_sub(1).map(|i| all[i])
        else {
            return Vec::new();
        };
        let start = places.lo.partition_point(|lo| *lo < picture);
        let end = places.lo.partition_point(|lo| *lo <= picture);
        (start..end).collect()
    }

    fn slice(&self, dims: &[Vec<u32>], group: usize) -> Slice {
        self.by.iter().map(|d| dims[*d][group]).collect()
    }

    /// Merges the seen groups by slice. A slice is there when at least one row passes the filter.
    fn slices(&self, bounds: &Bounds) -> BTreeMap<Slice, Merged> {
        let mut counted: BTreeMap<Slice, Vec<usize>> = BTreeMap::new();
        let passing = &self.groups.counts[self.planned.filter];
        for group in self.seen(&self.groups.places, bounds) {
            if passing[group] > 0 {
                counted.entry(self.slice(&self.groups.dims, group)).or_default().push(group);
            }
        }
        match self.planned.read {
            Read::Count => {
                counted.into_iter().map(|(slice, groups)| (slice, self.count(&groups))).collect()
            }
            Read::State { state, rows } => counted
                .into_iter()
                .map(|(slice, groups)| (slice, self.state(state, rows, &groups)))
                .collect(),
            Read::Keyed(number) => {
                let keyed = &self.groups.keyed[number];
                let mut sets = self.keyed_slices(keyed, bounds);
                counted
                    .into_keys()
                    .map(|slice| {
                        let merged = self.keyed(keyed, sets.remove(&slice).unwrap_or_default());
                        (slice, merged)
                    })
                    .collect()
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    fn count(&self, groups: &[usize]) -> Merged {
        let n: u64 = groups.iter().map(|g| self.groups.counts[self.planned.filter][*g]).sum();
        let value = if self.leaf.aggregate.function == F::Any {
            Value::Boolean(n > 0)
        } else {
            Value::Number(n as f64)
        };
        Merged { value: Some(value), sample: n }
    }

    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    fn state(&self, state: usize, rows: usize, groups: &[usize]) -> Merged {
        let rows: u64 = match &self.groups.states[rows] {
            StateColumn::Rows(rows) => groups.iter().map(|g| rows[*g]).sum(),
            _ => 0,
        };
        let average = self.leaf.aggregate.function == F::Avg;
        let finish = |sum: f64| match (average, rows) {
            (true, 0) => None,
            (true, n) => Some(Value::Number(sum / n as f64)),
            (false, _) => Some(Value::Number(sum)),
        };
        let value = match &self.groups.states[state] {
            StateColumn::Rows(_) => Some(Value::Number(rows as f64)),
            StateColumn::Decimal { values, scale } => {
                let sum =
                    groups.iter().filter_map(|g| values[*g]).try_fold(0_i128, i128::checked_add);
                finish(sum.map_or(f64::INFINITY, |sum| decimal(sum, *scale)))
            }
            StateColumn::Exact(parts) => {
                let mut sum = ExactPartials::default();
                groups.iter().for_each(|g| sum.merge(&parts[*g]));
                finish(sum.value())
            }
            StateColumn::Extreme(values) => {
                let values = groups.iter().filter_map(|g| values[*g].clone());
                extreme(values, self.leaf.aggregate.function == F::Min)
            }
            StateColumn::Timed { values, times } => {
                let rows = groups.iter().filter_map(|g| Some((times[*g]?, values[*g].clone()?)));
                timed(rows, self.leaf.aggregate.function == F::First)
            }
        };
        Merged { value, sample: rows }
    }

    /// The keyed groups that the bounds see and that pass the filter, by slice.
    fn keyed_slices(&self, keyed: &KeyedGroups, bounds: &Bounds) -> BTreeMap<Slice, Vec<usize>> {
        let mut slices: BTreeMap<Slice, Vec<usize>> = BTreeMap::new();
        let passing = self.passing(keyed);
        for group in self.seen(&keyed.places, bounds) {
            if passing[group] > 0 {
                slices.entry(self.slice(&keyed.dims, group)).or_default().push(group);
            }
        }
        slices
    }

    fn passing<'k>(&self, keyed: &'k KeyedGroups) -> &'k [u64] {
        let position = keyed.filters.iter().position(|f| *f == self.planned.filter).unwrap_or(0);
        &keyed.counts[position]
    }

    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    fn keyed(&self, keyed: &KeyedGroups, groups: Vec<usize>) -> Merged {
        match &keyed.keys {
            Keys::Dense { numbers, len } => {
                let mut met = vec![false; *len];
                groups.into_iter().for_each(|g| met[numbers[g] as usize] = true);
                let n = met.into_iter().filter(|m| *m).count() as u64;
                Merged { value: Some(Value::Number(n as f64)), sample: n }
            }
            Keys::Numbers(values) => {
                let passing = self.passing(keyed);
                let mut weighted: Vec<(f64, u64)> =
                    groups.into_iter().map(|g| (values[g], passing[g])).collect();
                weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
                let n = weighted.iter().map(|(_, w)| w).sum();
                let value = match self.leaf.aggregate.function {
                    F::Stddev => stddev(&weighted, n),
                    _ => percentile(&weighted, n, self.leaf.aggregate.percentile.unwrap_or(50.0)),
                };
                Merged { value: value.map(Value::Number), sample: n }
            }
        }
    }
}

fn as_i64(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// All slices that any of a request's leaves has, in the order in which people read them: `(unknown)` last, numbers by
/// size, text by letters.
pub(crate) fn slice_order(tables: &[LeafTable]) -> Vec<Vec<String>> {
    let all: BTreeSet<&Vec<String>> = tables.iter().flat_map(|t| t.rows.keys()).collect();
    let mut list: Vec<Vec<String>> = all.into_iter().cloned().collect();
    list.sort_by_cached_key(|key| key.iter().map(|text| sort_key(text)).collect::<Vec<_>>());
    list
}

fn sort_key(text: &str) -> (bool, bool, u64, String) {
    let number = text.parse::<i64>().ok();
    // Order-preserving map of signed to unsigned.
    let rank = number.map_or(0, |n| (n as u64) ^ (1 << 63));
    (text == "(unknown)", number.is_none(), rank, text.to_owned())
}
