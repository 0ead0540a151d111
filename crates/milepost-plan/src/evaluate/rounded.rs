//! Values as approximate percentiles see them.

/// 2^44 + 1: times this, and the difference taken back, a double of 53 significant bits has nine (G. W. Veltkamp's
/// splitting; T. J. Dekker, "A Floating-Point Technique for Extending the Available Precision", 1971).
pub const SPLIT: f64 = 17_592_186_044_417.0;

/// 2^960: from here on the product would overflow. A power of two, so that what is rounded never passes what is not.
pub const LARGE: f64 = 9.745_314_011_4e288;

/// The value with nine significant bits, at most one part in 512 off: the nearest, halves to even. Zero stays zero, signs
/// are kept, and so is the order of values. Plain arithmetic of doubles, so SQL gives the same bits.
pub fn rounded(x: f64) -> f64 {
    if x.abs() < LARGE {
        let product = x * SPLIT;
        product - (product - x)
    } else {
        x
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluate::percentile_of;

    #[test]
    fn nine_bits_stay() {
        assert_eq!((SPLIT, LARGE), (2_f64.powi(44) + 1.0, 2_f64.powi(960)));
        for (x, nearest) in [
            (0.0, 0.0),
            (511.0, 511.0),
            (513.0, 512.0),
            (515.0, 516.0),
            (1021.0, 1020.0),
            (1023.0, 1024.0),
            (-1000.9, -1000.0),
            (0.1, 0.100_097_656_25),
            (5e-324, 5e-324),
            (1e300, 1e300),
            (f64::MIN, f64::MIN),
        ] {
            assert_eq!(rounded(x), nearest, "{x}");
        }
        assert_eq!(rounded(-0.0).to_bits(), (-0.0_f64).to_bits());
    }

    /// Doubles of all sizes.
    fn double() -> impl Strategy<Value = f64> {
        prop_oneof![
            prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
            -1e6..1e6,
            (-2000..2000_i32).prop_map(f64::from),
        ]
    }

    fn sorted(mut values: Vec<f64>) -> Vec<f64> {
        values.sort_by(f64::total_cmp);
        values
    }

    proptest! {
        #[test]
        fn close_and_in_order(x in double(), y in double()) {
            let (a, b) = (rounded(x), rounded(y));
            // One part in 512: exact, for it moves the exponent alone.
            prop_assert!((a - x).abs() <= x.abs() / 512.0);
            prop_assert_eq!(rounded(a).to_bits(), a.to_bits());
            prop_assert_eq!(rounded(-x).to_bits(), (-a).to_bits());
            prop_assert!(x > y || a <= b);
            prop_assert!(x.abs() >= LARGE || x.abs() < f64::MIN_POSITIVE || a.to_bits() << 20 == 0);
        }

        #[test]
        fn percentiles_are_close(
            values in proptest::collection::vec(-1e9..1e9_f64, 1..60),
            p in 0..=100_u8,
        ) {
            let n = values.len() as u64;
            let approximate = sorted(values.iter().map(|x| rounded(*x)).collect());
            let values = sorted(values);
            let of = |list: &[f64]| percentile_of(list, f64::from(p)).unwrap();
            let (found, exact) = (of(&approximate), of(&values));
            // Within one part in 512 of the larger neighbor, and of a value itself where it lies on one.
            let place = f64::from(p) / 100.0 * (n - 1) as f64;
            let neighbors = [place.floor(), place.ceil()].map(|at| values[at as usize].abs());
            let largest = neighbors[0].max(neighbors[1]);
            prop_assert!((found - exact).abs() <= largest / 512.0 * (1.0 + 1e-12));
            if place.fract() == 0.0 {
                prop_assert!((found - exact).abs() <= exact.abs() / 512.0);
            }
        }
    }
}
