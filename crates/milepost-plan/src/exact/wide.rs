//! Whole numbers of any size in units of any power of two: what doubles and their squares add up to, exactly.

use std::iter::repeat_n;

/// The bits of a limb.
const BITS: i32 = 64;

/// A number that is not negative: the sum of `limbs[i] · 2^(64 · (low + i))`.
///
/// Nothing is ever rounded: not the square of a number near the largest double, nor that of one near the smallest.
#[derive(Clone, Debug, Default)]
pub(super) struct Wide {
    low: i32,
    limbs: Vec<u64>,
}

impl Wide {
    /// `mantissa · 2^exponent`.
    pub(super) fn of(mantissa: u128, exponent: i32) -> Self {
        let mut number = Self::default();
        number.add(mantissa, exponent);
        number
    }

    /// Adds `mantissa · 2^exponent`.
    pub(super) fn add(&mut self, mantissa: u128, exponent: i32) {
        let shift = exponent.rem_euclid(BITS);
        let beyond = if shift == 0 { 0 } else { mantissa >> (2 * BITS - shift) };
        let [low, high] = halves(mantissa << shift);
        self.add_limbs(exponent.div_euclid(BITS), &[low, high, halves(beyond)[0]]);
    }

    /// Adds another number.
    pub(super) fn merge(&mut self, other: &Self) {
        self.add_limbs(other.low, &other.limbs);
    }

    /// Takes away what was added before.
    pub(super) fn take(&mut self, other: &Self) {
        self.subtract(other);
    }

    fn add_limbs(&mut self, at: i32, limbs: &[u64]) {
        let Some(first) = limbs.iter().position(|limb| *limb != 0) else { return };
        let last = limbs.iter().rposition(|limb| *limb != 0).unwrap_or(first);
        let limbs = &limbs[first..=last];
        let start = self.reach(at + as_i32(first), limbs.len());
        let mut carry = false;
        for (own, limb) in self.limbs[start..].iter_mut().zip(limbs) {
            (*own, carry) = own.carrying_add(*limb, carry);
        }
        for own in &mut self.limbs[start + limbs.len()..] {
            if !carry {
                return;
            }
            (*own, carry) = own.overflowing_add(1);
        }
        if carry {
            self.limbs.push(1);
        }
    }

    /// Makes room for so many limbs from `low`, and tells where the first stands.
    fn reach(&mut self, low: i32, count: usize) -> usize {
        if self.limbs.is_empty() {
            self.low = low;
        }
        let missing = as_usize(self.low - low);
        if missing > 0 {
            self.limbs.splice(..0, repeat_n(0, missing));
            self.low = low;
        }
        let start = as_usize(low - self.low);
        if self.limbs.len() < start + count {
            self.limbs.resize(start + count, 0);
        }
        start
    }

    /// Whether the other number was larger: the rest is then wrong.
    fn subtract(&mut self, other: &Self) -> bool {
        if other.limbs.is_empty() {
            return false;
        }
        let start = self.reach(other.low, other.limbs.len());
        let mut borrow = false;
        for (i, own) in self.limbs[start..].iter_mut().enumerate() {
            let limb = other.limbs.get(i).copied();
            if limb.is_none() && !borrow {
                return false;
            }
            (*own, borrow) = own.borrowing_sub(limb.unwrap_or(0), borrow);
        }
        borrow
    }

    /// The difference, if it is not negative.
    pub(super) fn minus(&self, other: &Self) -> Option<Self> {
        let mut rest = self.clone();
        (!rest.subtract(other)).then_some(rest)
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        let mut limbs = vec![0_u64; self.limbs.len() + other.limbs.len()];
        for (i, a) in self.limbs.iter().enumerate() {
            let mut carry = 0;
            for (own, b) in limbs[i..].iter_mut().zip(&other.limbs) {
                (*own, carry) = a.carrying_mul_add(*b, *own, carry);
            }
            limbs[i + other.limbs.len()] = carry;
        }
        Self { low: self.low + other.low, limbs }
    }

    /// The number as `mantissa · 2^exponent`, with the double nearest to the mantissa: ties to even.
    #[expect(clippy::cast_precision_loss, reason = "the rounding that is asked for")]
    pub(super) fn nearest(&self) -> (f64, i32) {
        let Some(top) = self.limbs.iter().rposition(|limb| *limb != 0) else { return (0.0, 0) };
        let lead = self.limbs[top].leading_zeros();
        let (next, rest) = self.limbs[..top].split_last().map_or((0, &[][..]), |(n, r)| (*n, r));
        let window = (u128::from(self.limbs[top]) << BITS | u128::from(next)) << lead;
        let [below, mut mantissa] = halves(window);
        // Far below what is kept, all that matters is whether there is anything.
        let inexact = below != 0 || rest.iter().any(|limb| *limb != 0);
        mantissa |= u64::from(inexact);
        let exponent = BITS * (self.low + as_i32(top)) - lead.cast_signed();
        (mantissa as f64, exponent)
    }

    /// Appends the number to a list from which it can be [`read`](Self::read).
    pub(super) fn write(&self, words: &mut Vec<u64>) {
        words.push(i64::from(self.low).cast_unsigned());
        words.push(self.limbs.len() as u64);
        words.extend(&self.limbs);
    }

    /// The number at the start of a list, and the rest of the list.
    pub(super) fn read(words: &[u64]) -> Option<(Self, &[u64])> {
        let [low, length, rest @ ..] = words else { return None };
        let (limbs, rest) = rest.split_at_checked(usize::try_from(*length).ok()?)?;
        let low = i32::try_from(low.cast_signed()).ok()?;
        Some((Self { low, limbs: limbs.to_vec() }, rest))
    }
}

/// The low half, then the high one.
#[expect(clippy::cast_possible_truncation, reason = "halves")]
const fn halves(x: u128) -> [u64; 2] {
    [x as u64, (x >> BITS) as u64]
}

fn as_i32(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// 0 of what is negative.
fn as_usize(n: i32) -> usize {
    usize::try_from(n).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(x: u128, exponent: i32) -> Wide {
        Wide::of(x, exponent)
    }

    fn same(a: &Wide, b: &Wide) -> bool {
        let zero = |rest: Wide| rest.limbs.iter().all(|limb| *limb == 0);
        a.minus(b).is_some_and(zero)
    }

    proptest! {
        #[test]
        fn arithmetic_is_that_of_whole_numbers(
            a in any::<u64>(), b in any::<u64>(), c in any::<u64>(),
            e in -2200_i32..2200, apart in 0_u32..60,
        ) {
            let (x, y) = (u128::from(a) << apart, u128::from(b));
            let mut sum = of(x, e);
            sum.merge(&of(y, e));
            prop_assert!(same(&sum, &of(x + y, e)));
            let product = sum.times(&of(u128::from(c), -e));
            if let Some(expected) = (x + y).checked_mul(u128::from(c)) {
                prop_assert!(same(&product, &of(expected, 0)));
            }
            let back = product.minus(&of(x, 0).times(&of(u128::from(c), 0)));
            prop_assert!(same(&back.unwrap(), &of(y * u128::from(c), 0)));
            prop_assert_eq!(of(x, e).minus(&of(y, e)).is_some(), x >= y);
            sum.take(&of(x, e));
            prop_assert!(same(&sum, &of(y, e)));
            let mut words = vec![7];
            sum.write(&mut words);
            words.push(9);
            let (read, rest) = Wide::read(&words[1..]).unwrap();
            prop_assert!(same(&read, &sum));
            prop_assert_eq!(rest, &[9]);
        }

        #[test]
        fn the_nearest_double_is_that_of_a_conversion(high in any::<u64>(), low in any::<u64>(), e in -900_i32..900, lost in 0_u32..128) {
            let x = (u128::from(high) << 64 | u128::from(low)) >> lost;
            let (mantissa, exponent) = of(x, e).nearest();
            prop_assert_eq!(mantissa * 2f64.powi(exponent - e), x as f64);
        }
    }

    #[test]
    fn a_carry_runs_through_and_comes_back() {
        let mut sum = of(u128::MAX, -640);
        sum.add(u128::MAX, -512);
        sum.add(1, -640);
        assert!(same(&sum, &of(1, -384)));
        sum.take(&of(1, -640));
        assert!(same(&sum, &{
            let mut all = of(u128::MAX, -640);
            all.add(u128::MAX, -512);
            all
        }));
        assert_eq!(Wide::default().nearest(), (0.0, 0));
    }
}
