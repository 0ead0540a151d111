//! Rows on their way into cells.

use std::ops::Range;

use super::program::Inputs;
use crate::ids::ById;
use crate::intern::{NONE, number_of};
use crate::rollup::ids::KeyId;

/// Positions that follow each other and have one place, [`NONE`] if it is not asked for.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) place: u32,
    pub(super) rows: Range<usize>,
}

/// Where rows stand: in runs, one after the other.
pub(super) struct Placed {
    runs: Vec<Run>,
    /// The rows in the order of the runs, if they came in another.
    order: Option<Vec<u32>>,
}

/// Runs are short if there is more than one for so many rows.
const SHORT: usize = 8;

/// Whether so many rows make short runs.
pub(super) const fn are_short(runs: usize, rows: usize) -> bool {
    runs > SHORT && runs * SHORT > rows
}

impl Placed {
    /// Rows that stand as they came.
    pub(super) const fn in_order(runs: Vec<Run>) -> Self {
        Self { runs, order: None }
    }

    /// By the place of each row, one of so many: rows in no order are put in the order of their places, so that what is
    /// done for each run is done once for many rows.
    pub(super) fn new(places: &[u32], count: usize) -> Self {
        let changes = places.windows(2).filter(|two| two[0] != two[1]).count();
        if are_short(changes + 1, places.len()) && count <= places.len() {
            return Self::sorted(places, count);
        }
        let mut runs: Vec<Run> = Vec::with_capacity(changes + 1);
        for (row, place) in places.iter().enumerate() {
            match runs.last_mut() {
                Some(run) if run.place == *place => run.rows.end = row + 1,
                _ => runs.push(Run { place: *place, rows: row..row + 1 }),
            }
        }
        Self::in_order(runs)
    }

    fn sorted(places: &[u32], count: usize) -> Self {
        // Rows without a place come last.
        let slot = |place: &u32| count.min(*place as usize);
        let mut next = vec![0_usize; count + 2];
        places.iter().for_each(|place| next[slot(place) + 1] += 1);
        let mut runs = Vec::new();
        for place in 0..=count {
            let rows = next[place]..next[place] + next[place + 1];
            next[place + 1] = rows.end;
            if !rows.is_empty() {
                runs.push(Run { place: if place < count { number_of(place) } else { NONE }, rows });
            }
        }
        let mut order = vec![0; places.len()];
        for (row, place) in (0..).zip(places) {
            let at = &mut next[slot(place)];
            order[*at] = row;
            *at += 1;
        }
        Self { runs, order: Some(order) }
    }

    /// What each row has, in the order of the runs.
    fn ordered(&self, of: Vec<u32>) -> Vec<u32> {
        match &self.order {
            None => of,
            Some(order) => order.iter().map(|row| of[*row as usize]).collect(),
        }
    }
}

/// Rows that are taken in together.
pub(super) struct Rows<'a> {
    pub(super) inputs: &'a Inputs,
    /// The number of each key in each row, in the order of the runs.
    pub(super) keys: ById<KeyId, Vec<u32>>,
    /// The class of each row, in the order of the runs.
    pub(super) classes: Vec<u32>,
    placed: Placed,
    /// The classes that each run has rows of, and how many, one run's after the other's.
    met: Vec<(u32, u32)>,
    /// Where the classes of each run end in `met`.
    ends: Vec<usize>,
}

impl<'a> Rows<'a> {
    /// `keys`, `classes`: of the rows as they came; `count`: how many classes there are.
    pub(super) fn new(
        inputs: &'a Inputs,
        keys: ById<KeyId, Vec<u32>>,
        classes: Vec<u32>,
        count: usize,
        placed: Placed,
    ) -> Self {
        let classes = placed.ordered(classes);
        let keys = keys.into_values().map(|keys| placed.ordered(keys)).collect();
        let mut tally = vec![0_u32; count];
        let mut met: Vec<(u32, u32)> = Vec::new();
        let mut ends = Vec::with_capacity(placed.runs.len());
        for run in &placed.runs {
            let start = met.len();
            if run.place != NONE {
                for class in &classes[run.rows.clone()] {
                    let n = &mut tally[*class as usize];
                    if *n == 0 {
                        met.push((*class, 0));
                    }
                    *n += 1;
                }
            }
            for (class, n) in &mut met[start..] {
                *n = std::mem::take(&mut tally[*class as usize]);
            }
            ends.push(met.len());
        }
        Self { inputs, keys, classes, placed, met, ends }
    }

    /// The row at a position of a run.
    #[inline]
    pub(super) fn row(&self, position: usize) -> usize {
        self.placed.order.as_ref().map_or(position, |order| order[position] as usize)
    }

    /// Each run, with the classes that it has rows of, and how many. Of places that are not asked for: none.
    pub(super) fn runs(&self) -> impl Iterator<Item = (&Run, &[(u32, u32)])> {
        let mut start = 0;
        self.placed.runs.iter().zip(&self.ends).map(move |(run, end)| {
            let met = &self.met[start..*end];
            start = *end;
            (run, met)
        })
    }
}
