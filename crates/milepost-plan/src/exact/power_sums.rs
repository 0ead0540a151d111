//! Standard deviations that depend neither on the order of rows nor on where the values lie.

use super::wide::Wide;

/// The sums of values and of their squares, exactly.
///
/// Adding, merging and taking back are exact, so any way to the same values holds the same numbers, and the difference
/// in which a deviation far from zero would cancel is exact too; what rounds is what comes after it. How many values
/// there are, and in which unit of ten, is known beside it.
#[derive(Clone, Debug, Default)]
pub struct PowerSums {
    /// Values that are no finite numbers: an overflow in the row.
    infinite: u64,
    positive: Wide,
    /// Of what is below zero, without the sign.
    negative: Wide,
    squares: Wide,
}

impl PowerSums {
    /// The sums of doubles.
    pub fn of(values: &[f64]) -> Self {
        let mut sums = Self::default();
        values.iter().for_each(|x| sums.add(*x));
        sums
    }

    /// Adds a double.
    pub fn add(&mut self, x: f64) {
        if !x.is_finite() {
            self.infinite += 1;
            return;
        }
        let (mantissa, exponent) = parts(x);
        self.side(x < 0.0).add(mantissa, exponent);
        self.squares.add(mantissa * mantissa, 2 * exponent);
    }

    /// Adds a whole number.
    pub fn add_whole(&mut self, x: i128) {
        let size = x.unsigned_abs();
        self.side(x < 0).add(size, 0);
        let (low, high) = (size & u128::from(u64::MAX), size >> 64);
        self.squares.add(low * low, 0);
        self.squares.add(low * high, 65);
        self.squares.add(high * high, 128);
    }

    const fn side(&mut self, is_negative: bool) -> &mut Wide {
        if is_negative { &mut self.negative } else { &mut self.positive }
    }

    /// Adds the values behind other sums.
    pub fn merge(&mut self, other: &Self) {
        self.infinite += other.infinite;
        self.positive.merge(&other.positive);
        self.negative.merge(&other.negative);
        self.squares.merge(&other.squares);
    }

    /// Takes back what was merged before.
    pub fn take(&mut self, other: &Self) {
        self.infinite = self.infinite.saturating_sub(other.infinite);
        self.positive.take(&other.positive);
        self.negative.take(&other.negative);
        self.squares.take(&other.squares);
    }

    /// The sample standard deviation of these `n` values in units of `10^-scale`; infinite where it is too large.
    ///
    /// It is `√((n · Σx² − (Σx)²) / (n · (n − 1)))`, of which the difference is exact and then rounded once.
    ///
    /// # Panics
    /// There are more values than `n`.
    #[expect(clippy::cast_precision_loss, reason = "counts of rows, and a power of ten")]
    pub fn deviation(&self, n: u64, scale: u32) -> Option<f64> {
        if n < 2 {
            return None;
        }
        if self.infinite > 0 {
            return Some(f64::INFINITY);
        }
        let sum = self.positive.minus(&self.negative);
        let sum = sum.or_else(|| self.negative.minus(&self.positive));
        let sum = sum.expect("of two numbers one is not less than the other");
        let squares = self.squares.times(&Wide::of(u128::from(n), 0));
        let spread = squares.minus(&sum.times(&sum));
        let spread = spread.expect("the square of a sum of `n` values is no more than that");
        let (mut spread, mut exponent) = spread.nearest();
        if exponent % 2 != 0 {
            (spread, exponent) = (2.0 * spread, exponent - 1);
        }
        let unit = 10_u128.saturating_pow(scale) as f64;
        let pairs = n as f64 * (n - 1) as f64;
        Some(scaled((spread / (pairs * unit * unit)).sqrt(), exponent / 2))
    }

    /// Appends the sums to a list, from which they can be [`read`](Self::read).
    pub fn write(&self, words: &mut Vec<u64>) {
        words.push(self.infinite);
        for number in [&self.positive, &self.negative, &self.squares] {
            number.write(words);
        }
    }

    /// Sums that were written.
    pub fn read(words: &[u64]) -> Option<Self> {
        let (infinite, rest) = words.split_first()?;
        let (positive, rest) = Wide::read(rest)?;
        let (negative, rest) = Wide::read(rest)?;
        let (squares, _) = Wide::read(rest)?;
        Some(Self { infinite: *infinite, positive, negative, squares })
    }
}

/// A finite double without its sign, as `mantissa · 2^exponent`.
fn parts(x: f64) -> (u128, i32) {
    const DIGITS: u32 = f64::MANTISSA_DIGITS - 1;
    let bits = x.abs().to_bits();
    let fraction = bits & ((1 << DIGITS) - 1);
    // Between 0 and 2047: it always fits.
    let biased = i32::try_from(bits >> DIGITS).unwrap_or(0);
    let lowest = f64::MIN_EXP - f64::MANTISSA_DIGITS.cast_signed();
    match biased {
        0 => (u128::from(fraction), lowest),
        _ => (u128::from(fraction | 1 << DIGITS), lowest + biased - 1),
    }
}

/// `x · 2^exponent`. Half of the way at a time, each power is a double.
fn scaled(x: f64, exponent: i32) -> f64 {
    let half = exponent / 2;
    x * 2f64.powi(half) * 2f64.powi(exponent - half)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn deviation(values: &[f64]) -> Option<f64> {
        PowerSums::of(values).deviation(values.len() as u64, 0)
    }

    #[test]
    fn neither_place_nor_size_loses_anything() {
        assert_eq!(deviation(&[7.0]), None);
        assert_eq!(deviation(&[0.1; 9]), Some(0.0));
        assert_eq!(deviation(&[1e15 + 1.0, 1e15 + 2.0, 1e15 + 3.0]), Some(1.0));
        // Their squares are beyond the doubles at either end.
        assert_eq!(deviation(&[1e300, 2e300, 3e300]), Some(1e300));
        let tiny = f64::from_bits(1);
        assert_eq!(deviation(&[tiny, 2.0 * tiny, 3.0 * tiny]), Some(tiny));
        assert_eq!(deviation(&[-1.0, 1e-300, 1.0]), Some(1.0));
        assert_eq!(deviation(&[f64::MAX, f64::MIN]), Some(f64::INFINITY));
        assert_eq!(deviation(&[1.0, f64::NAN, 2.0]), Some(f64::INFINITY));
    }

    #[test]
    fn whole_numbers_have_units() {
        let mut sums = PowerSums::default();
        [110, 120, 130].into_iter().for_each(|x| sums.add_whole(x));
        assert_eq!(sums.deviation(3, 2), Some(0.1));
        let mut far = PowerSums::default();
        (-1..2).for_each(|x| far.add_whole(i128::MIN + 1 + x));
        assert_eq!(far.deviation(3, 0), Some(1.0));
    }

    /// The same over whole numbers of 128 bits.
    fn plain(values: &[i64], scale: u32) -> Option<f64> {
        let n = values.len() as i128;
        let sum: i128 = values.iter().map(|x| i128::from(*x)).sum();
        let squares: i128 = values.iter().map(|x| i128::from(*x) * i128::from(*x)).sum();
        let unit = 10f64.powi(scale.cast_signed());
        let over = (n * (n - 1)) as f64 * unit * unit;
        (n > 1).then(|| ((n * squares - sum * sum) as f64 / over).sqrt())
    }

    fn any_double() -> impl Strategy<Value = f64> {
        let finite = any::<f64>().prop_filter("finite", |x| x.is_finite());
        let special = prop_oneof![
            Just(0.0),
            Just(-0.0),
            Just(f64::MAX),
            Just(f64::MIN_POSITIVE),
            Just(5e-324),
            Just(0.1)
        ];
        prop_oneof![finite, special, -1e3..1e3]
    }

    proptest! {
        #[test]
        fn whole_numbers_are_those_of_plain_arithmetic(
            values in proptest::collection::vec(-1_000_000_000_000_000_i64..1_000_000_000_000_000, 0..40),
            scale in 0_u32..7,
        ) {
            let mut sums = PowerSums::default();
            values.iter().for_each(|x| sums.add_whole(i128::from(*x)));
            prop_assert_eq!(sums.deviation(values.len() as u64, scale), plain(&values, scale));
            let doubles: Vec<f64> = values.iter().map(|x| *x as f64).collect();
            prop_assert_eq!(deviation(&doubles), plain(&values, 0));
        }

        #[test]
        fn binary_fractions_are_whole_numbers_of_their_unit(
            values in proptest::collection::vec(-1_000_000_000_i64..1_000_000_000, 2..40),
            half in -530_i32..480,
        ) {
            let unit = 2f64.powi(half) * 2f64.powi(half);
            let doubles: Vec<f64> = values.iter().map(|x| *x as f64 * unit).collect();
            prop_assert_eq!(deviation(&doubles), plain(&values, 0).map(|x| x * unit));
        }

        #[test]
        fn any_way_to_the_same_values_gives_the_same_bits(
            values in proptest::collection::vec(any_double(), 0..40),
            order in any::<u64>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let bits = |x: Option<f64>| x.map(f64::to_bits);
            let n = values.len() as u64;
            let whole = bits(deviation(&values));
            let mut shuffled = values.clone();
            shuffled.sort_by_key(|x| x.to_bits().wrapping_mul(order | 1));
            prop_assert_eq!(bits(deviation(&shuffled)), whole);
            let cut = cut.index(values.len() + 1);
            let (first, second) = (PowerSums::of(&values[..cut]), PowerSums::of(&values[cut..]));
            let mut merged = second.clone();
            merged.merge(&first);
            prop_assert_eq!(bits(merged.deviation(n, 0)), whole);
            let mut words = Vec::new();
            merged.write(&mut words);
            prop_assert_eq!(bits(PowerSums::read(&words).unwrap().deviation(n, 0)), whole);
            merged.take(&second);
            let left = first.deviation(cut as u64, 0);
            prop_assert_eq!(bits(merged.deviation(cut as u64, 0)), bits(left));
        }
    }
}
