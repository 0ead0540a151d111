//! One number for several.

use crate::intern::{NONE, Pairs};

/// Numbers combinations of numbers, part by part.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// The first numbers pairs of the first two parts, and so on.
    steps: Vec<Pairs>,
    width: usize,
    /// How many there are when there is one part, or none.
    single: u32,
}

impl Chain {
    /// The number of each row's combination; [`NONE`] where a part is.
    pub(super) fn fold(&mut self, rows: usize, parts: &[Vec<u32>], out: &mut Vec<u32>) {
        self.width = parts.len();
        out.clear();
        let Some((first, rest)) = parts.split_first() else {
            self.single = 1;
            out.resize(rows, 0);
            return;
        };
        out.extend_from_slice(first);
        if rest.is_empty() {
            let most = out.iter().filter(|n| **n != NONE).max();
            self.single = self.single.max(most.map_or(0, |n| n + 1));
        }
        self.steps.resize_with(rest.len(), Pairs::default);
        for (step, part) in self.steps.iter_mut().zip(rest) {
            step.join(out, part);
        }
    }

    /// How many combinations were met.
    pub(super) fn len(&self) -> usize {
        self.steps.last().map_or(self.single as usize, |step| step.values.len())
    }

    /// The parts of a combination.
    pub(super) fn parts(&self, mut n: u32) -> Vec<u32> {
        if self.width == 0 {
            return Vec::new();
        }
        let mut parts = Vec::with_capacity(self.width);
        for step in self.steps.iter().rev() {
            let (a, b) = step.values[n as usize];
            parts.push(b);
            n = a;
        }
        parts.push(n);
        parts.reverse();
        parts
    }
}
