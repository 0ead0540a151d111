//! A leaf's window on its way from bucket to bucket.

use arrow::datatypes::i256;

use milepost_syntax::ast::AggregateFunction as F;

use super::best::Best;
use super::content::{Both, Sum, Totals};
use super::members::KeyedWindow;
use super::sweep::Sweep;
use super::{Merged, Merger, Slice};
use crate::evaluate::Value;
use crate::functions::{ExactPartials, PowerSums};
use crate::leaf::Bounds;
use crate::rollup::groups::StateColumn;
use crate::rollup::plan::Read;
use crate::rollup::states::Pairs;

/// The slices of a leaf's groups by number.
pub(super) struct NumberedSlices {
    /// Of the groups of rows.
    pub(super) rows: Parts,
    /// Of the keyed groups, with what the key decides left out.
    pub(super) keyed: Parts,
    /// The part of its slice that each key decides: the last one's beyond. Empty: none.
    pub(super) keys: Parts,
    /// Which of the request's dimensions the key decides.
    by_key: Vec<bool>,
}

/// Numbers for the parts of slices.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) of: Vec<u32>,
    pub(super) texts: Vec<Slice>,
}

impl Parts {
    /// Of `n` things with one value in each column.
    fn new(n: usize, columns: &[&Vec<u32>]) -> Self {
        let mut steps: Vec<Pairs> = columns.iter().map(|_| Pairs::default()).collect();
        let mut parts = Self::default();
        for i in 0..n {
            let mut number = 0;
            for (step, column) in steps.iter_mut().zip(columns) {
                number = step.number(number, column[i]);
            }
            if number as usize == parts.texts.len() {
                parts.texts.push(columns.iter().map(|column| column[i]).collect());
            }
            parts.of.push(number);
        }
        parts
    }
}

impl NumberedSlices {
    pub(super) fn new(merger: &Merger<'_>) -> Self {
        let groups = merger.groups;
        let rows = merger.by.iter().map(|d| &groups.dims[*d]).collect::<Vec<_>>();
        let rows = Parts::new(groups.places.lo.len(), &rows);
        let mut numbered =
            Self { rows, keyed: Parts::default(), keys: Parts::default(), by_key: Vec::new() };
        let Read::Keyed(number) = merger.planned.read else { return numbered };
        let keyed = &groups.keyed[number];
        numbered.by_key = merger.by.iter().map(|d| !keyed.slices[*d].is_empty()).collect();
        let (by_key, by_group): (Vec<usize>, Vec<usize>) =
            merger.by.iter().partition(|d| !keyed.slices[**d].is_empty());
        let of_groups: Vec<_> = by_group.iter().map(|d| &keyed.dims[*d]).collect();
        numbered.keyed = Parts::new(keyed.places.lo.len(), &of_groups);
        let of_keys: Vec<_> = by_key.iter().map(|d| &keyed.slices[*d]).collect();
        numbered.keys = Parts::new(of_keys.first().map_or(0, |keys| keys.len()), &of_keys);
        numbered
    }

    /// How many parts keys decide: at least one.
    pub(super) fn key_parts(&self) -> usize {
        self.keys.texts.len().max(1)
    }

    /// A slice of keyed groups, with the part that the key decides.
    pub(super) fn whole(&self, number: usize) -> Slice {
        let (group, key) = (number / self.key_parts(), number % self.key_parts());
        let none = Slice::new();
        let mut of_group = self.keyed.texts[group].iter();
        let mut of_key = self.keys.texts.get(key).unwrap_or(&none).iter();
        let part = |by_key: &bool| if *by_key { of_key.next() } else { of_group.next() };
        self.by_key.iter().filter_map(part).copied().collect()
    }
}

/// Where a leaf is.
pub(super) struct Window<'a> {
    merger: &'a Merger<'a>,
    numbered: &'a NumberedSlices,
    rows: Sweep,
    passing: Vec<bool>,
    totals: Totals<'a>,
    best: Option<Best<'a>>,
    keyed: Option<KeyedWindow<'a>>,
}

impl<'a> Window<'a> {
    pub(super) fn new(merger: &'a Merger<'a>, numbered: &'a NumberedSlices) -> Self {
        let groups = merger.groups;
        let passing = groups.masks.passing(merger.planned.filter);
        let n = numbered.rows.texts.len();
        let mut totals = Totals {
            slices: &numbered.rows.of,
            rows: &groups.rows,
            counts: vec![0; n],
            values: None,
            sum: Sum::None,
        };
        let mut best = None;
        if let Read::State { state, rows } = merger.planned.read {
            if let StateColumn::Rows(rows) = &groups.states[rows] {
                totals.values = Some((rows, vec![0; n]));
            }
            match &groups.states[state] {
                StateColumn::Rows(_) => {}
                StateColumn::Decimal { values, scale } => {
                    totals.sum = Sum::Decimal {
                        states: values,
                        scale: *scale,
                        sums: vec![Some(i256::ZERO); n],
                    };
                }
                StateColumn::Exact(states) => {
                    totals.sum = Sum::Exact { states, sums: vec![ExactPartials::default(); n] };
                }
                StateColumn::Powers { sums: states, scale } => {
                    let sums = vec![PowerSums::default(); n];
                    totals.sum = Sum::Powers { states, scale: *scale, sums };
                }
                state @ (StateColumn::Extreme(_) | StateColumn::Timed { .. }) => {
                    let function = merger.leaf.aggregate.function;
                    let slices = &numbered.rows.of;
                    best = Some(Best::new(slices, n, state, function, &groups.places, &passing));
                }
            }
        }
        let keyed = match merger.planned.read {
            Read::Keyed(number) => Some(KeyedWindow::new(merger, numbered, &groups.keyed[number])),
            Read::Count | Read::State { .. } => None,
        };
        Self { merger, numbered, rows: Sweep::new(&groups.places), passing, totals, best, keyed }
    }

    /// Moves on, and gives every slice of which at least one row passes the filter.
    pub(super) fn slices(&mut self, bounds: &Bounds) -> Vec<(Slice, Merged)> {
        let places = &self.merger.groups.places;
        let seen = self.merger.seen(places, bounds);
        match &mut self.best {
            Some(best) => {
                let mut both = Both(&mut self.totals, best);
                self.rows.to(&seen, places, &self.passing, &mut both);
            }
            None => self.rows.to(&seen, places, &self.passing, &mut self.totals),
        }
        let mut keyed = self.keyed.as_mut().map(|keyed| {
            let seen = self.merger.seen(&keyed.groups.places, bounds);
            keyed.merged(&seen, self.merger, self.numbered)
        });
        let there = self.totals.counts.iter().enumerate().filter(|(_, n)| **n > 0);
        there
            .map(|(number, _)| {
                let slice = self.numbered.rows.texts[number].clone();
                let merged = match &mut keyed {
                    Some(keyed) => keyed.remove(&slice).unwrap_or_else(|| self.nothing()),
                    None => self.merged(number),
                };
                (slice, merged)
            })
            .collect()
    }

    /// Of rows without any key or value.
    fn nothing(&self) -> Merged {
        let distinct = self.merger.leaf.aggregate.function == F::Count;
        Merged { value: distinct.then_some(Value::Number(0.0)), sample: 0 }
    }

    #[expect(clippy::cast_precision_loss, reason = "results are doubles")]
    fn merged(&self, number: usize) -> Merged {
        let function = self.merger.leaf.aggregate.function;
        let n = self.totals.values(number);
        let count = || Value::Number(n as f64);
        let value = match (&self.totals.sum, &self.best) {
            (_, Some(best)) => best.value(number),
            (Sum::None, None) if function == F::Any => Some(Value::Boolean(n > 0)),
            (Sum::None, None) => Some(count()),
            (_, None) if function == F::Avg && n == 0 => None,
            (_, None) => self
                .totals
                .sum(number)
                .map(|sum| Value::Number(if function == F::Avg { sum / n as f64 } else { sum })),
        };
        Merged { value, sample: n }
    }
}
