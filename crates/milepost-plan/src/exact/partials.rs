//! Sums of doubles that do not depend on the order of rows.

/// An exact sum as non-overlapping doubles (J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997).
///
/// Adding is exact, so any order of additions and merges holds the same real number; only [`ExactPartials::value`]
/// rounds, once. Finite input is assumed: the data is checked when it is opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExactPartials(Vec<f64>);

impl ExactPartials {
    /// The parts of an earlier sum.
    pub fn from_parts(parts: &[f64]) -> Self {
        let mut sum = Self::default();
        parts.iter().for_each(|x| sum.add(*x));
        sum
    }

    /// Adds one number.
    pub fn add(&mut self, mut x: f64) {
        let mut kept = 0;
        for i in 0..self.0.len() {
            let mut y = self.0[i];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let high = x + y;
            let low = y - (high - x);
            if low != 0.0 {
                self.0[kept] = low;
                kept += 1;
            }
            x = high;
        }
        self.0.truncate(kept);
        self.0.push(x);
    }

    /// The parts, for a state that can be merged.
    pub fn parts(&self) -> &[f64] {
        &self.0
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|x| self.add(*x));
    }

    /// The nearest double to the exact sum, ties to even.
    pub fn value(&self) -> f64 {
        let mut rest = self.0.iter().rev().copied();
        let Some(mut high) = rest.next() else { return 0.0 };
        let mut low = 0.0;
        for y in rest.by_ref() {
            let x = high;
            high = x + y;
            low = y - (high - x);
            if low != 0.0 {
                break;
            }
        }
        // Half-way cases: the next part decides which neighbor is nearer.
        if let Some(next) = rest.next()
            && ((low < 0.0 && next < 0.0) || (low > 0.0 && next > 0.0))
        {
            let y = low * 2.0;
            let x = high + y;
            if y == x - high {
                high = x;
            }
        }
        // Never -0.0, which would print apart from 0.
        high + 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn adds_what_plain_addition_loses() {
        assert_eq!(ExactPartials::from_parts(&[1e100, 1.0, -1e100]).value(), 1.0);
        assert_eq!(ExactPartials::from_parts(&[0.1; 10]).value(), 1.0);
        assert_eq!(ExactPartials::default().value(), 0.0);
    }

    proptest! {
        #[test]
        fn order_and_grouping_do_not_matter(mut xs in proptest::collection::vec(-1e12f64..1e12, 0..60), cut in 0usize..60) {
            let whole = ExactPartials::from_parts(&xs).value();
            let cut = cut.min(xs.len());
            let mut parts = ExactPartials::from_parts(&xs[cut..]);
            parts.merge(&ExactPartials::from_parts(&xs[..cut]));
            prop_assert_eq!(parts.value().to_bits(), whole.to_bits());
            xs.reverse();
            prop_assert_eq!(ExactPartials::from_parts(&xs).value().to_bits(), whole.to_bits());
        }
    }
}
