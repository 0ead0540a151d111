//! Rows on their way into cells.

use std::ops::Range;

use super::program::Inputs;
use crate::ids::ById;
use crate::intern::NONE;
use crate::rollup::ids::KeyId;

/// Rows that follow each other and have one place, [`NONE`] if it is not asked for.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) place: u32,
    pub(super) rows: Range<usize>,
}

/// Rows that are taken in together.
pub(super) struct Rows<'a> {
    pub(super) inputs: &'a Inputs,
    /// The number of each key in each row.
    pub(super) keys: ById<KeyId, Vec<u32>>,
    /// The class of each row.
    pub(super) classes: Vec<u32>,
    runs: Vec<Run>,
    /// The classes that each run has rows of, and how many, one run's after the other's.
    met: Vec<(u32, u32)>,
    /// Where the classes of each run end in `met`.
    ends: Vec<usize>,
}

impl<'a> Rows<'a> {
    /// `count`: how many classes there are.
    pub(super) fn new(
        inputs: &'a Inputs,
        keys: ById<KeyId, Vec<u32>>,
        classes: Vec<u32>,
        count: usize,
        runs: Vec<Run>,
    ) -> Self {
        let mut tally = vec![0_u32; count];
        let mut met: Vec<(u32, u32)> = Vec::new();
        let mut ends = Vec::with_capacity(runs.len());
        for run in &runs {
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
        Self { inputs, keys, classes, runs, met, ends }
    }

    /// Each run, with the classes that it has rows of, and how many. Of places that are not asked for: none.
    pub(super) fn runs(&self) -> impl Iterator<Item = (&Run, &[(u32, u32)])> {
        let mut start = 0;
        self.runs.iter().zip(&self.ends).map(move |(run, end)| {
            let met = &self.met[start..*end];
            start = *end;
            (run, met)
        })
    }
}
