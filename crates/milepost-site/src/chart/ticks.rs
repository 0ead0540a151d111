//! Round numbers along an axis.

/// Ticks and how far they are apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Ticks {
    pub values: Vec<f64>,
    pub step: f64,
}

/// Multiples of 1, 2, 2.5 or 5 × 10ⁿ inside the span, about `wanted` of them.
#[must_use]
pub fn ticks((low, high): (f64, f64), wanted: usize) -> Ticks {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || wanted == 0 {
        return Ticks { values: Vec::new(), step: 1.0 };
    }
    let step = nice_step(span, wanted);
    let mut values = Vec::new();
    let first = (low / step - 1e-9).ceil();
    let mut i = 0.0;
    // Multiples, not sums: 0.1 added three times is not 0.3.
    while values.len() <= 2 * wanted + 2 {
        let value = (first + i) * step;
        if value > high + step * 1e-9 {
            break;
        }
        values.push(if value == 0.0 { 0.0 } else { value });
        i += 1.0;
    }
    Ticks { values, step }
}

fn nice_step(span: f64, wanted: usize) -> f64 {
    let raw = span / f64::from(u32::try_from(wanted).unwrap_or(u32::MAX));
    let power = 10_f64.powf(raw.log10().floor());
    let lead = raw / power;
    // The nearest in proportion; the bounds are geometric means of neighbours.
    let nice = match lead {
        l if l < 1.42 => 1.0,
        l if l < 2.24 => 2.0,
        l if l < 3.54 => 2.5,
        l if l < 7.08 => 5.0,
        _ => 10.0,
    };
    nice * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_numbers_inside_the_span() {
        assert_eq!(ticks((0.0, 100.0), 5).values, [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks((-3.0, 7.0), 4).values, [-2.5, 0.0, 2.5, 5.0]);
        let percent = ticks((0.58, 0.87), 4);
        assert_eq!(percent.values.len(), 3);
        assert!((percent.step - 0.1).abs() < 1e-12);
    }

    #[test]
    fn no_span_no_ticks() {
        assert!(ticks((1.0, 1.0), 4).values.is_empty());
        assert!(ticks((0.0, f64::INFINITY), 4).values.is_empty());
        assert!(ticks((0.0, f64::NAN), 4).values.is_empty());
    }

    #[test]
    fn never_too_many() {
        for span in [1e-300, 1e-9, 0.3, 7.0, 12_345.0, 1e299] {
            let n = ticks((0.0, span), 5).values.len();
            assert!((3..=11).contains(&n), "{span}: {n}");
        }
    }
}
