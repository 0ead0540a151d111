//! Whatever way windows move, they hold what a plain count of their groups gives.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use milepost_syntax::ast::AggregateFunction as F;
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::content::{Both, FEW, Held, KeyParts, Members, Recent, Sum, Totals};
use super::sweep::{Seen, Sweep};
use crate::evaluate::{Value, percentile, stddev};
use crate::functions::ExactPartials;
use crate::rollup::groups::{Places, StateColumn, decimal};
use crate::rollup::keyed::Kept;

const SLICES: u32 = 3;
const KEYS: u32 = 9;

#[derive(Clone, Debug)]
struct Group {
    lo: i64,
    length: i64,
    passes: bool,
    slice: u32,
    rows: u64,
    values: Vec<f64>,
    decimal: Option<i128>,
    at: i64,
    keys: BTreeSet<u32>,
}

fn group() -> impl Strategy<Value = Group> {
    let value = prop_oneof![Just(0.1), Just(1e16), Just(-1e16), (-9..9).prop_map(f64::from)];
    (
        (1..8_i64, 1..6_i64, proptest::bool::weighted(0.8), 0..SLICES, 1..5_u64),
        proptest::collection::vec(value, 0..4),
        proptest::option::of(-99..99_i128),
        0..9_i64,
        proptest::collection::btree_set(0..KEYS, 0..6),
    )
        .prop_map(|((lo, length, passes, slice, rows), mut values, decimal, at, keys)| {
            values.sort_by(f64::total_cmp);
            Group { lo, length, passes, slice, rows, values, decimal, at, keys }
        })
}

/// A window, of rows or of states.
#[derive(Clone, Debug)]
enum Asked {
    Range(Range<usize>),
    Cut(i64),
}

impl Asked {
    fn seen(&self) -> Seen {
        match self {
            Self::Range(range) => Seen::Range(range.clone()),
            Self::Cut(cut) => Seen::Holding(*cut),
        }
    }

    fn holds(&self, number: usize, group: &Group) -> bool {
        let there = match self {
            Self::Range(range) => range.contains(&number),
            Self::Cut(cut) => group.lo <= *cut && group.lo + group.length > *cut,
        };
        there && group.passes
    }
}

/// Groups in the order of time, and windows over them.
fn asked() -> impl Strategy<Value = (Vec<Group>, Vec<Asked>)> {
    let groups = proptest::collection::vec(group(), 0..14);
    let edges = proptest::collection::vec((0..16_usize, 0..16_usize), 1..12);
    (groups, edges, any::<bool>(), any::<bool>()).prop_map(|(mut groups, mut edges, states, on)| {
        groups.sort_by_key(|group| group.lo);
        if on {
            edges.sort_unstable();
        }
        let window = |(a, b): &(usize, usize)| {
            let (start, end) = (*a.min(b), *a.max(b));
            let n = groups.len();
            if states { Asked::Cut(*a as i64) } else { Asked::Range(start.min(n)..end.min(n)) }
        };
        let windows = edges.iter().map(window).collect();
        (groups, windows)
    })
}

fn places(groups: &[Group], windows: &[Asked]) -> Places {
    let states = matches!(windows[0], Asked::Cut(_));
    let hi = groups.iter().map(|g| g.lo + g.length).filter(|_| states).collect();
    Places { lo: groups.iter().map(|g| g.lo).collect(), hi }
}

fn exact(values: &[f64]) -> ExactPartials {
    let mut sum = ExactPartials::default();
    values.iter().for_each(|x| sum.add(*x));
    sum
}

/// The groups of a slice that a window holds.
fn held<'g>(groups: &'g [Group], window: &Asked, slice: u32) -> Vec<&'g Group> {
    let all = groups.iter().enumerate().filter(|(i, group)| window.holds(*i, group));
    all.map(|(_, group)| group).filter(|group| group.slice == slice).collect()
}

proptest! {
    #[test]
    fn totals_and_values_are_those_of_a_plain_count((groups, windows) in asked()) {
        let places = places(&groups, &windows);
        let slices: Vec<u32> = groups.iter().map(|g| g.slice).collect();
        let passing: Vec<bool> = groups.iter().map(|g| g.passes).collect();
        let rows: Vec<u64> = groups.iter().map(|g| g.rows).collect();
        let counts: Vec<u64> = groups.iter().map(|g| g.values.len() as u64).collect();
        let decimals: Vec<Option<i128>> = groups.iter().map(|g| g.decimal).collect();
        let sums: Vec<ExactPartials> = groups.iter().map(|g| exact(&g.values)).collect();
        let n = SLICES as usize;
        let totals = |sum| Totals {
            slices: &slices,
            rows: &rows,
            counts: vec![0; n],
            values: Some((&counts[..], vec![0; n])),
            sum,
        };
        let mut decimal_sums =
            totals(Sum::Decimal { states: &decimals, scale: 2, sums: vec![Some(0); n] });
        let mut exact_sums =
            totals(Sum::Exact { states: &sums, sums: vec![ExactPartials::default(); n] });
        let mut best = Held { slices: &slices, groups: BTreeMap::new() };
        let number = |g: &Group| g.decimal.map(|d| Value::Number(decimal(d, 2)));
        let extremes = StateColumn::Extreme(groups.iter().map(number).collect());
        let timed = StateColumn::Timed {
            values: groups.iter().map(number).collect(),
            times: groups.iter().map(|g| Some(g.at)).collect(),
        };
        let kept = Kept::Values(groups.iter().map(|g| g.values.clone()).collect());
        let (mut sweep, mut other) = (Sweep::new(&places), Sweep::new(&places));
        for window in &windows {
            sweep.to(&window.seen(), &places, &passing, &mut Both(&mut decimal_sums, &mut best));
            other.to(&window.seen(), &places, &passing, &mut exact_sums);
            for slice in 0..SLICES {
                let own = held(&groups, window, slice);
                let s = slice as usize;
                prop_assert_eq!(decimal_sums.counts[s], own.iter().map(|g| g.rows).sum::<u64>());
                let mut values: Vec<f64> =
                    own.iter().flat_map(|g| g.values.iter().copied()).collect();
                values.sort_by(f64::total_cmp);
                let count = values.len() as u64;
                let sum = own.iter().filter_map(|g| g.decimal).sum();
                prop_assert_eq!(decimal_sums.sum(s), (count, Some(decimal(sum, 2))));
                prop_assert_eq!(exact_sums.sum(s), (count, Some(exact(&values).value())));
                bests(&best, &extremes, &timed, slice, &own)?;
                let weighted: Vec<(f64, u64)> = values.into_iter().map(|x| (x, 1)).collect();
                for (function, value) in [
                    (F::Median, percentile(&weighted, count, 50.0)),
                    (F::Stddev, stddev(&weighted, count)),
                ] {
                    let found = best.summary(slice, &kept, function, None);
                    prop_assert_eq!(found.sample, count);
                    prop_assert_eq!(found.value, value.map(Value::Number));
                }
            }
        }
    }

    #[test]
    fn members_are_those_of_a_plain_count(
        (groups, windows) in asked(),
        of in prop_oneof![Just(Vec::new()), proptest::collection::vec(0..2_u32, 1..12)],
        many in any::<bool>(),
    ) {
        let places = places(&groups, &windows);
        let slices: Vec<u32> = groups.iter().map(|g| g.slice).collect();
        let passing: Vec<bool> = groups.iter().map(|g| g.passes).collect();
        let sets: Vec<RoaringBitmap> = groups.iter().map(|g| g.keys.iter().collect()).collect();
        let count = if of.is_empty() { 1 } else if many { FEW + 1 } else { 2 };
        let parts = || KeyParts::new(&of, count);
        let n = SLICES as usize;
        let mut members = Members {
            slices: &slices,
            sets: &sets,
            met: vec![0; n * KEYS as usize],
            keys: KEYS as usize,
            totals: vec![0; n * count],
            parts: parts(),
        };
        let mut unions = Held { slices: &slices, groups: BTreeMap::new() };
        let mut recent = Recent {
            slices: &slices,
            sets: &sets,
            last: vec![u32::MAX; n * KEYS as usize],
            keys: KEYS as usize,
            own: vec![Vec::new(); sets.len()],
            totals: vec![0; n * count],
            parts: parts(),
        };
        let (mut sweep, mut of_rows) = (Sweep::new(&places), Sweep::new(&places));
        for window in &windows {
            sweep.to(&window.seen(), &places, &passing, &mut Both(&mut members, &mut unions));
            let mut expected = vec![0; n * count];
            for slice in 0..SLICES {
                let own = held(&groups, window, slice);
                let keys: BTreeSet<u32> = own.iter().flat_map(|g| g.keys.iter().copied()).collect();
                for key in keys {
                    // Keys beyond the list lead where the last one does.
                    let part = of.get(key as usize).or(of.last()).copied().unwrap_or(0);
                    expected[slice as usize * count + part as usize] += 1_u64;
                }
            }
            prop_assert_eq!(&members.totals, &expected);
            if places.hi.is_empty() {
                of_rows.to(&window.seen(), &places, &passing, &mut recent);
                prop_assert_eq!(&recent.totals, &expected);
            }
            let mut totals = vec![0; n * count];
            unions.members(&sets, &parts(), &mut totals);
            prop_assert_eq!(&totals, &expected);
        }
    }
}

/// The least and greatest value, and those of the first and last time.
fn bests(
    best: &Held<'_>,
    extremes: &StateColumn,
    timed: &StateColumn,
    slice: u32,
    own: &[&Group],
) -> Result<(), TestCaseError> {
    let found = |state: &StateColumn, function: F| best.best(slice, state, function);
    let shown = |mantissa: Option<i128>| mantissa.map(|d| Value::Number(decimal(d, 2)));
    let values = || own.iter().filter_map(|g| g.decimal);
    prop_assert_eq!(found(extremes, F::Min), shown(values().min()));
    prop_assert_eq!(found(extremes, F::Max), shown(values().max()));
    let rows = || own.iter().filter_map(|g| Some((g.at, g.decimal?)));
    prop_assert_eq!(found(timed, F::First), shown(rows().min().map(|row| row.1)));
    prop_assert_eq!(found(timed, F::Last), shown(rows().max().map(|row| row.1)));
    Ok(())
}
