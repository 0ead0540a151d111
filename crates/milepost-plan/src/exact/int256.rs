//! Whole numbers of 256 bits: sums of decimals, exact until they are shown.

use std::fmt;

/// A whole number of 256 bits in two's complement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Int256 {
    low: u128,
    high: i128,
}

/// What text is made of at a time: 19 digits.
const CHUNK: u128 = 10_u128.pow(19);

impl Int256 {
    pub const ZERO: Self = Self { low: 0, high: 0 };

    /// `high · 2^128 + low`.
    #[must_use]
    pub const fn from_parts(low: u128, high: i128) -> Self {
        Self { low, high }
    }

    /// The sum, if it has no more bits.
    #[inline]
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        let (low, carry) = self.low.overflowing_add(other.low);
        let (high, beyond) = self.high.overflowing_add(other.high);
        let (high, back) = high.overflowing_add(carry as i128);
        // A carry can take back what went beyond the least number.
        if beyond == back { Some(Self { low, high }) } else { None }
    }

    /// The difference, if it has no more bits.
    #[inline]
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        let (low, borrow) = self.low.overflowing_sub(other.low);
        let (high, beyond) = self.high.overflowing_sub(other.high);
        let (high, back) = high.overflowing_sub(borrow as i128);
        if beyond == back { Some(Self { low, high }) } else { None }
    }

    /// The same in 128 bits, if it has no more.
    #[must_use]
    pub const fn to_i128(self) -> Option<i128> {
        let small = self.low.cast_signed();
        if self.high == small >> 127 { Some(small) } else { None }
    }

    /// The size without the sign, as its halves: the high one first.
    const fn size(self) -> [u128; 2] {
        if self.high >= 0 {
            return [self.high.cast_unsigned(), self.low];
        }
        let (low, carry) = (!self.low).overflowing_add(1);
        [(!self.high).cast_unsigned().wrapping_add(carry as u128), low]
    }
}

impl From<i128> for Int256 {
    fn from(x: i128) -> Self {
        Self { low: x.cast_unsigned(), high: x >> 127 }
    }
}

impl fmt::Display for Int256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HALF: u128 = u64::MAX as u128;
        let mut limbs: Vec<u128> =
            self.size().into_iter().flat_map(|half| [half >> 64, half & HALF]).collect();
        let mut chunks = Vec::new();
        while limbs.iter().any(|limb| *limb != 0) {
            // Long division: what is left of a limb is less than a chunk, which has fewer than 64 bits.
            let mut rest = 0;
            for limb in &mut limbs {
                let part = rest << 64 | *limb;
                (*limb, rest) = (part / CHUNK, part % CHUNK);
            }
            chunks.push(rest);
        }
        let mut digits = chunks.pop().unwrap_or(0).to_string();
        digits.extend(chunks.iter().rev().map(|chunk| format!("{chunk:019}")));
        f.pad_integral(self.high >= 0, "", &digits)
    }
}

/// The double that is nearest to `mantissa · 10^-scale`.
#[expect(clippy::cast_precision_loss, reason = "the nearest double is what is asked for")]
pub fn decimal(mantissa: impl Into<Int256>, scale: i32) -> f64 {
    let mantissa: Int256 = mantissa.into();
    // Below 2^53 both are exact and the quotient is correctly rounded; above, read the decimal as text, which is too.
    if let Some(small) = mantissa.to_i128()
        && small.unsigned_abs() < 1 << 53
        && scale <= 22
    {
        return small as f64 / 10f64.powi(scale);
    }
    format!("{mantissa}e-{scale}").parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LEAST: Int256 = Int256::from_parts(0, i128::MIN);
    const GREATEST: Int256 = Int256::from_parts(u128::MAX, i128::MAX);

    proptest! {
        #[test]
        fn small_numbers_are_those_of_128_bits(a in any::<i128>(), b in any::<i128>()) {
            let (x, y) = (Int256::from(a), Int256::from(b));
            let (sum, rest) = (x.checked_add(y).unwrap(), x.checked_sub(y).unwrap());
            prop_assert_eq!(sum.to_i128(), a.checked_add(b));
            prop_assert_eq!(rest.to_i128(), a.checked_sub(b));
            prop_assert_eq!(sum.checked_sub(y), Some(x));
            prop_assert_eq!(rest.checked_add(y), Some(x));
            prop_assert_eq!(x.to_string(), a.to_string());
        }

        #[test]
        fn what_goes_beyond_is_no_number(low in any::<u128>(), high in any::<i128>()) {
            let x = Int256::from_parts(low, high);
            let up = GREATEST.checked_sub(x).is_some();
            prop_assert_eq!(up, high >= 0);
            prop_assert_eq!(GREATEST.checked_add(x).is_some(), high < 0 || x == Int256::ZERO);
            prop_assert_eq!(LEAST.checked_add(x).is_some(), high >= 0);
            prop_assert_eq!(LEAST.checked_sub(x).is_some(), high < 0 || x == Int256::ZERO);
        }
    }

    #[test]
    fn a_carry_takes_back_what_went_beyond() {
        let minus_one = Int256::from(-1);
        let above = LEAST.checked_add(Int256::from(1)).unwrap();
        assert_eq!(above.checked_add(minus_one), Some(LEAST));
        assert_eq!(LEAST.checked_add(minus_one), None);
        assert_eq!(GREATEST.checked_sub(minus_one), None);
    }

    #[test]
    fn large_numbers_are_written_in_full() {
        let power = "57896044618658097711785492504343953926634992332820282019728792003956564819";
        assert_eq!(LEAST.to_string(), format!("-{power}968"));
        assert_eq!(GREATEST.to_string(), format!("{power}967"));
        let beyond = Int256::from_parts(0, 1);
        assert_eq!(beyond.to_string(), "340282366920938463463374607431768211456");
        assert_eq!(Int256::ZERO.to_string(), "0");
    }

    #[test]
    fn the_nearest_double_of_a_decimal() {
        assert_eq!(decimal(1_i128, 1), 0.1);
        assert_eq!(decimal(-(1_i128 << 60) - 1, 3), -((1_i128 << 60) as f64) / 1e3);
        assert_eq!(decimal(Int256::from_parts(0, 1), 0), 2f64.powi(128));
        assert_eq!(decimal(5_i128, 30), 5e-30);
    }
}
