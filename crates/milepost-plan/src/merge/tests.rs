//! Whatever way windows move, they hold what a plain count of their groups gives.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use milepost_syntax::ast::AggregateFunction as F;
use proptest::prelude::*;
use roaring::RoaringBitmap;

use super::Sets;
use super::best::{Best, Candidates};
use super::content::{Both, FEW, Held, KeyParts, Members, Recent, Sum, Totals};
use super::sweep::{Content, Seen, Sweep};
use super::values::Values;
use super::{Places, StateColumn};
use crate::evaluate::{Value, extreme, percentile_of, timed};
use crate::exact::{ExactPartials, Int256, PowerSums, decimal};

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

/// Each value once, with its count.
fn pairs(values: &[f64]) -> Vec<(f64, u64)> {
    let same = |a: &f64, b: &f64| a.to_bits() == b.to_bits();
    values.chunk_by(same).map(|run| (run[0], run.len() as u64)).collect()
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
        let decimals: Vec<Option<Int256>> = groups.iter().map(|g| g.decimal.map(Int256::from)).collect();
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
            totals(Sum::Decimal { states: &decimals, scale: 2, sums: vec![Some(Int256::ZERO); n] });
        let mut exact_sums =
            totals(Sum::Exact { states: &sums, sums: vec![ExactPartials::default(); n] });
        let powers: Vec<PowerSums> = groups.iter().map(|g| PowerSums::of(&g.values)).collect();
        let mut power_sums = totals(Sum::Powers {
            states: &powers,
            scale: 0,
            sums: vec![PowerSums::default(); n],
        });
        let number = |g: &Group| g.decimal.map(|d| Value::Number(decimal(d, 2)));
        let extremes = StateColumn::Extreme(groups.iter().map(number).collect());
        let timed = StateColumn::Timed {
            values: groups.iter().map(number).collect(),
            times: groups.iter().map(|g| Some(g.at)).collect(),
        };
        let best = |state, function| {
            Best::new(&slices, n, candidates(state, function), &places, &passing)
        };
        let mut bests = [
            best(&extremes, F::Min),
            best(&extremes, F::Max),
            best(&timed, F::First),
            best(&timed, F::Last),
        ];
        let lists: Vec<Vec<f64>> = groups.iter().map(|g| g.values.clone()).collect();
        let mut together = Held { slices: &slices, groups: BTreeMap::new() };
        let mut counted = Values::new(&slices, n, &lists, &passing).unwrap();
        let pairs: Vec<Vec<(f64, u64)>> = lists.iter().map(|list| pairs(list)).collect();
        let mut paired = Values::new(&slices, n, &pairs, &passing).unwrap();
        let mut sweeps: Vec<Sweep> = (0..8).map(|_| Sweep::new(&places)).collect();
        for window in &windows {
            let [min, max, first, last] = &mut bests;
            let contents: [&mut dyn Content; 8] = [
                &mut decimal_sums,
                &mut Both(&mut exact_sums, &mut together),
                &mut power_sums,
                min, max, first, last,
                &mut Both(&mut counted, &mut paired),
            ];
            for (sweep, content) in sweeps.iter_mut().zip(contents) {
                sweep.to(&window.seen(), &places, &passing, content);
            }
            for slice in 0..SLICES {
                let own = held(&groups, window, slice);
                let s = slice as usize;
                prop_assert_eq!(decimal_sums.counts[s], own.iter().map(|g| g.rows).sum::<u64>());
                let mut values: Vec<f64> =
                    own.iter().flat_map(|g| g.values.iter().copied()).collect();
                values.sort_by(f64::total_cmp);
                let count = values.len() as u64;
                let sum: i128 = own.iter().filter_map(|g| g.decimal).sum();
                prop_assert_eq!(decimal_sums.values(s), count);
                prop_assert_eq!(decimal_sums.sum(s), Some(decimal(sum, 2)));
                prop_assert_eq!(exact_sums.sum(s), Some(exact(&values).value()));
                let deviation = PowerSums::of(&values).deviation(count, 0);
                prop_assert_eq!(bits(power_sums.sum(s)), bits(deviation));
                let found: Vec<Option<Value>> = bests.iter().map(|best| best.value(s)).collect();
                prop_assert_eq!(found, plain_bests(&own));
                for p in [0.0, 37.5, 50.0, 100.0] {
                    let expected = bits(percentile_of(&values, p));
                    for found in [
                        together.percentile(slice, &lists, p),
                        together.counted_percentile(slice, &pairs, p),
                        counted.percentile(s, p),
                        paired.percentile(s, p),
                    ] {
                        prop_assert_eq!(found.sample, count);
                        let found = found.value.as_ref().and_then(Value::number);
                        prop_assert_eq!(bits(found), expected);
                    }
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
            unions.members(&Sets::new(sets.clone()), &parts(), &mut totals);
            prop_assert_eq!(&totals, &expected);
        }
    }
}

fn bits(x: Option<f64>) -> Option<u64> {
    x.map(f64::to_bits)
}

/// The least and greatest value, and those of the first and last time.
fn plain_bests(own: &[&Group]) -> Vec<Option<Value>> {
    let shown = |mantissa: Option<i128>| mantissa.map(|d| Value::Number(decimal(d, 2)));
    let values = || own.iter().filter_map(|g| g.decimal);
    let rows = || own.iter().filter_map(|g| Some((g.at, g.decimal?)));
    let (first, last) = (rows().min(), rows().max());
    let timed = [first, last].map(|row| shown(row.map(|(_, value)| value)));
    [shown(values().min()), shown(values().max())].into_iter().chain(timed).collect()
}

fn candidates(state: &StateColumn, function: F) -> Candidates<'_> {
    match state {
        StateColumn::Extreme(values) => Candidates::new(values, None, function),
        StateColumn::Timed { values, times } => Candidates::new(values, Some(times), function),
        other => panic!("no best one of {other:?}"),
    }
}

/// A value with a number that tells equal ones apart.
fn tied(values: &[f64], timed: bool) -> StateColumn {
    let value = |x: &f64| Some(Value::Number(*x));
    let values: Vec<Option<Value>> = values.iter().map(value).collect();
    let times = vec![Some(7); values.len()];
    if timed { StateColumn::Timed { values, times } } else { StateColumn::Extreme(values) }
}

proptest! {
    /// Equal values that print apart (0 and -0), and what is no number: as `extreme` and `timed` choose.
    #[test]
    fn ties_are_decided_as_among_rows(
        values in proptest::collection::vec(
            prop_oneof![Just(0.0), Just(-0.0), Just(1.0), Just(f64::NAN), Just(f64::INFINITY)], 1..12,
        ),
        windows in proptest::collection::vec((0..12_usize, 0..12_usize), 1..9),
        ends in any::<bool>(),
        function in prop_oneof![Just(F::Min), Just(F::Max), Just(F::First), Just(F::Last)],
    ) {
        let n = values.len();
        let state = tied(&values, matches!(function, F::First | F::Last));
        let (slices, passing) = (vec![0; n], vec![true; n]);
        // Windows of groups that end are of either kind here.
        let hi = if ends { vec![i64::MAX; n] } else { Vec::new() };
        let places = Places { lo: (0..n as i64).collect(), hi };
        let mut best = Best::new(&slices, 1, candidates(&state, function), &places, &passing);
        let mut sweep = Sweep::new(&places);
        for (a, b) in windows {
            let range = a.min(b).min(n)..a.max(b).min(n);
            sweep.to(&Seen::Range(range.clone()), &places, &passing, &mut best);
            let own = values[range].iter().map(|x| Value::Number(*x));
            let expected = match function {
                F::Min | F::Max => extreme(own, function == F::Min),
                _ => timed(own.map(|value| (7, value)), function == F::First),
            };
            let number = |value: Option<Value>| bits(value.as_ref().and_then(Value::number));
            prop_assert_eq!(number(best.value(0)), number(expected));
        }
    }

    /// Enough values for several levels of counters.
    #[test]
    fn counted_values_are_those_of_a_sorted_list(
        values in proptest::collection::vec(-3_000_i32..3_000, 4_000..9_000),
        length in 1..1_000_usize,
        step in 1..400_usize,
        p in 0.0..100.0_f64,
    ) {
        let size = 50;
        let chunk = |values: &[i32]| {
            let mut list: Vec<f64> = values.iter().map(|x| f64::from(*x) / 7.0).collect();
            list.sort_by(f64::total_cmp);
            list
        };
        let lists: Vec<Vec<f64>> = values.chunks(size).map(chunk).collect();
        let n = lists.len();
        let (slices, passing) = (vec![0; n], vec![true; n]);
        let places = Places { lo: (0..n as i64).collect(), hi: Vec::new() };
        let mut counted = Values::new(&slices, 1, &lists, &passing).unwrap();
        let mut sweep = Sweep::new(&places);
        for start in (0..n).step_by(1 + step / size) {
            let range = start..(start + 1 + length / size).min(n);
            sweep.to(&Seen::Range(range.clone()), &places, &passing, &mut counted);
            let mut own: Vec<f64> = lists[range].concat();
            own.sort_by(f64::total_cmp);
            let found = counted.percentile(0, p).value.as_ref().and_then(Value::number);
            prop_assert_eq!(bits(found), bits(percentile_of(&own, p)));
        }
    }
}
