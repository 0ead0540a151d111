//! Numbers that depend on nothing but their coordinates.
//!
//! A [`Stream`] is named by (seed, topic, id, part); what it yields depends on that name and on how many draws came
//! before, never on other streams. Only integer operations and the four exact basic operations on doubles are used, so
//! that every machine draws the same.

/// What a stream decides; keeps the draws of one topic from moving those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Account = 1,
    Contact = 2,
    User = 3,
    Momentum = 4,
    Touch = 5,
    Outreach = 6,
    Contract = 7,
    Event = 8,
    Survey = 9,
    Goal = 10,
    Integration = 11,
    Permission = 12,
    Ticket = 13,
    Referral = 14,
    Invoice = 15,
    Cost = 16,
    Activation = 17,
    Csat = 18,
    Role = 19,
    Guide = 20,
    Video = 21,
    Webinar = 22,
    Help = 23,
    Community = 24,
    Offer = 25,
    Journey = 26,
}

/// A sequence of pseudo-random numbers (splitmix64 over a hashed name).
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    state: u64,
}

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

fn mix(value: u64) -> u64 {
    let z = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Stream {
    /// The stream of that name.
    pub(crate) fn new(seed: u64, topic: Topic, id: u64, part: u64) -> Self {
        let named = [topic as u64, id, part]
            .into_iter()
            .fold(mix(seed.wrapping_add(GOLDEN)), |hash, word| {
                mix(hash ^ word.wrapping_mul(GOLDEN).wrapping_add(1))
            });
        Self { state: named }
    }

    fn next(&mut self) -> u64 {
        #[cfg(test)]
        DRAWS.with(|draws| draws.set(draws.get() + 1));
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// Uniform in [0, 1), a multiple of 2^-53.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// True with probability `p`.
    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// Uniform in `low..=high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low) + 1;
        low + i64::try_from(self.next() % width).unwrap_or(0)
    }

    /// Nearly normal, mean 0 and variance 1: the sum of twelve uniforms (never beyond ±6).
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// A Poisson count, by multiplication; meant for small means.
    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        let floor = exp(-mean);
        let mut product = self.unit();
        let mut count = 0;
        while product > floor && count < 10_000 {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// One of a list, all alike.
    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        let last = i64::try_from(list.len()).unwrap_or(1) - 1;
        list[usize::try_from(self.between(0, last)).unwrap_or(0)]
    }

    /// One of a list by weight.
    pub(crate) fn weighted<T: Copy>(&mut self, list: &[(T, u32)]) -> T {
        let total: u32 = list.iter().map(|(_, weight)| weight).sum();
        let mut at = self.between(0, i64::from(total) - 1);
        for (value, weight) in list {
            at -= i64::from(*weight);
            if at < 0 {
                return *value;
            }
        }
        list[0].0
    }
}

/// e to the `x`, by Taylor series and squaring; good to about ten digits for |x| ≤ 20, clipped there.
pub(crate) fn exp(x: f64) -> f64 {
    let small = x.clamp(-20.0, 20.0) / 1024.0;
    let mut power = 1.0 + small * (1.0 + small / 2.0 * (1.0 + small / 3.0 * (1.0 + small / 4.0)));
    for _ in 0..10 {
        power *= power;
    }
    power
}

/// The logistic function.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// The nearest integer, halves away from zero. `x` is small enough for an `i64`.
#[expect(clippy::cast_possible_truncation, reason = "callers pass small numbers")]
pub(crate) fn round(x: f64) -> i64 {
    if x < 0.0 { -((0.5 - x) as i64) } else { (x + 0.5) as i64 }
}

/// A count as a double.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) fn float(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
thread_local! {
    static DRAWS: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
}

/// How many numbers this thread has drawn: what a company costs, in no machine's seconds.
#[cfg(test)]
pub(crate) fn draws() -> u64 {
    DRAWS.with(std::cell::Cell::get)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_depend_on_their_name_alone() {
        let draw = |seed, id| Stream::new(seed, Topic::Event, id, 0).next();
        assert_eq!(draw(1, 7), draw(1, 7));
        assert_ne!(draw(1, 7), draw(2, 7));
        assert_ne!(draw(1, 7), draw(1, 8));
    }

    #[test]
    fn the_first_draw_never_changes() {
        // Whoever changes the generator changes every committed example: this number says so.
        assert_eq!(Stream::new(1, Topic::Account, 1, 0).next(), 557_792_232_761_317_192);
    }

    #[test]
    fn exp_and_round_are_right() {
        assert!((exp(1.0) - std::f64::consts::E).abs() < 1e-9);
        assert!((exp(-5.0) - 0.006_737_946_999).abs() < 1e-10);
        assert_eq!((round(2.5), round(-2.5), round(0.49)), (3, -3, 0));
    }

    #[test]
    fn uniforms_and_normals_have_their_moments() {
        let mut stream = Stream::new(3, Topic::Account, 1, 0);
        let n = 20_000;
        let mean = (0..n).map(|_| stream.unit()).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 0.01);
        let squares = (0..n).map(|_| stream.normal()).map(|x| x * x).sum::<f64>() / f64::from(n);
        assert!((squares - 1.0).abs() < 0.05);
    }
}
