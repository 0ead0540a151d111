//! A leaf's window on its way from bucket to bucket.

use milepost_syntax::ast::AggregateFunction as F;

use super::Read;
use super::Slices;
use super::StateColumn;
use super::best::{Best, Candidates};
use super::content::{Both, Sum, Totals};
use super::members::KeyedWindow;
use super::sweep::Sweep;
use super::{Impossible, Merged, Merger, Seeing, Slice};
use crate::evaluate::Value;
use crate::exact::{ExactPartials, Int256, PowerSums};
use crate::intern::Pairs;

/// The slices of a leaf's groups by number.
pub(super) struct NumberedSlices {
    /// Of the groups of rows.
    pub(super) rows: Parts,
    /// Of the keyed groups, with what the key decides left out.
    pub(super) keyed: Parts,
    /// The part of its slice that each key decides: the last one's beyond. There is one part where keys decide nothing.
    pub(super) keys: Parts,
    /// Where each value of a slice comes from.
    order: Vec<PartOf>,
}

/// Where a value of a slice of keyed groups stands: in the part of the group, or of the key.
enum PartOf {
    Group(usize),
    Key(usize),
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
        if columns.is_empty() {
            return Self { of: vec![0; n], texts: vec![Slice::new(); n.min(1)] };
        }
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
    pub(super) fn new(merger: &Merger<'_>) -> Result<Self, Impossible> {
        let groups = merger.groups;
        let by = &merger.planned.by;
        let rows = by.iter().map(|dim| &groups.dims[*dim]).collect::<Vec<_>>();
        let mut numbered = Self {
            rows: Parts::new(groups.places.lo.len(), &rows),
            keyed: Parts::default(),
            keys: Parts { of: Vec::new(), texts: vec![Slice::new()] },
            order: Vec::new(),
        };
        let Read::Keyed { keyed, .. } = merger.planned.read else { return Ok(numbered) };
        let keyed = &groups.keyed[keyed];
        let (mut of_groups, mut of_keys) = (Vec::new(), Vec::new());
        for dim in by {
            numbered.order.push(match keyed.dims.get(dim) {
                Some(Slices::OfGroups(slices)) => {
                    of_groups.push(slices);
                    PartOf::Group(of_groups.len() - 1)
                }
                Some(Slices::OfKeys(slices)) => {
                    of_keys.push(slices);
                    PartOf::Key(of_keys.len() - 1)
                }
                None => return Err(Impossible("keys are not sliced by what a leaf slices by")),
            });
        }
        numbered.keyed = Parts::new(keyed.places.lo.len(), &of_groups);
        if let Some(first) = of_keys.first() {
            numbered.keys = Parts::new(first.len(), &of_keys);
        }
        Ok(numbered)
    }

    /// How many parts keys decide: at least one.
    pub(super) const fn key_parts(&self) -> usize {
        self.keys.texts.len()
    }

    /// A slice of keyed groups, with the part that the key decides.
    pub(super) fn whole(&self, number: usize) -> Slice {
        let (group, key) = (number / self.key_parts(), number % self.key_parts());
        let (group, key) = (&self.keyed.texts[group], &self.keys.texts[key]);
        let value = |part: &PartOf| match part {
            PartOf::Group(at) => group[*at],
            PartOf::Key(at) => key[*at],
        };
        self.order.iter().map(value).collect()
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
        if let Read::Values(values) | Read::State { values, .. } = merger.planned.read {
            totals.values = Some((&groups.counts[values], vec![0; n]));
        }
        if let Read::State { state, .. } = merger.planned.read {
            let mut best_of = |values, times| {
                let function = merger.leaf.aggregate.function;
                let candidates = Candidates::new(values, times, function);
                best = Some(Best::new(&numbered.rows.of, n, candidates, &groups.places, &passing));
            };
            match &groups.states[state] {
                StateColumn::Decimal { values, scale } => {
                    totals.sum = Sum::Decimal {
                        states: values,
                        scale: *scale,
                        sums: vec![Some(Int256::ZERO); n],
                    };
                }
                StateColumn::Exact(states) => {
                    totals.sum = Sum::Exact { states, sums: vec![ExactPartials::default(); n] };
                }
                StateColumn::Powers { sums: states, scale } => {
                    let sums = vec![PowerSums::default(); n];
                    totals.sum = Sum::Powers { states, scale: *scale, sums };
                }
                StateColumn::Extreme(values) => best_of(values, None),
                StateColumn::Timed { values, times } => best_of(values, Some(times)),
            }
        }
        let keyed = match merger.planned.read {
            Read::Keyed { keyed, filter } => {
                Some(KeyedWindow::new(merger, numbered, &groups.keyed[keyed], filter))
            }
            Read::Rows | Read::Values(_) | Read::State { .. } => None,
        };
        Self { merger, numbered, rows: Sweep::new(&groups.places), passing, totals, best, keyed }
    }

    /// Moves on, and gives every slice of which at least one row passes the filter, by its number among those of rows.
    pub(super) fn slices(&mut self, seeing: Seeing) -> Vec<(usize, Merged)> {
        let places = &self.merger.groups.places;
        let seen = self.merger.seen(places, seeing);
        match &mut self.best {
            Some(best) => {
                let mut both = Both(&mut self.totals, best);
                self.rows.to(&seen, places, &self.passing, &mut both);
            }
            None => self.rows.to(&seen, places, &self.passing, &mut self.totals),
        }
        let mut keyed = self.keyed.as_mut().map(|keyed| {
            let seen = self.merger.seen(&keyed.groups.places, seeing);
            keyed.merged(&seen, self.merger, self.numbered)
        });
        let there = self.totals.counts.iter().enumerate().filter(|(_, n)| **n > 0);
        there
            .map(|(number, _)| {
                let merged = match &mut keyed {
                    Some(keyed) => {
                        let slice = &self.numbered.rows.texts[number];
                        keyed.remove(slice).unwrap_or_else(|| self.nothing())
                    }
                    None => self.merged(number),
                };
                (number, merged)
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
