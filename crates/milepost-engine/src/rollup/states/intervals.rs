//! Which interval between cuts holds a time.

/// Steps of a grid for each cut: most steps hold one cut or none.
const STEPS: usize = 4;

/// Sorted cuts, with where to look among them for a time. An interval is the number of cuts that lie at or before a time.
#[derive(Debug)]
pub(super) struct Intervals {
    cuts: Vec<i64>,
    /// Where the steps begin.
    first: i64,
    /// A step is two to this power long.
    shift: u32,
    /// How many cuts lie before each step, and at last how many there are.
    before: Vec<usize>,
}

impl Intervals {
    /// `cuts`: sorted.
    pub(super) fn new(cuts: &[i64]) -> Self {
        // The beginning of all time would make every step endless.
        let first = cuts.iter().find(|cut| **cut != i64::MIN).copied().unwrap_or(0);
        let last = cuts.last().map_or(first, |last| first.max(*last));
        let (span, most) = (first.abs_diff(last), cuts.len() * STEPS);
        let shift = (0..u64::BITS).find(|shift| span >> shift <= most as u64).unwrap_or(0);
        let steps = usize::try_from(span >> shift).unwrap_or(0) + 1;
        let before = |step: usize| {
            let start = (step as u64) << shift;
            cuts.partition_point(|cut| *cut < first || cut.abs_diff(first) < start)
        };
        let before = (0..steps).map(before).chain([cuts.len()]).collect();
        Self { cuts: cuts.to_vec(), first, shift, before }
    }

    /// How many cuts there are.
    pub(super) const fn cuts(&self) -> usize {
        self.cuts.len()
    }

    /// The interval of a time.
    #[inline]
    pub(super) fn of(&self, t: i64) -> usize {
        let Some(after) = t.checked_sub(self.first).filter(|after| *after >= 0) else {
            return self.cuts.partition_point(|cut| *cut <= t);
        };
        let step = usize::try_from(after >> self.shift).unwrap_or(usize::MAX);
        let Some([start, end]) = self.before.get(step..step.saturating_add(2)) else {
            return self.cuts.len();
        };
        let mut interval = *start;
        if end - start > STEPS {
            return start + self.cuts[*start..*end].partition_point(|cut| *cut <= t);
        }
        while interval < *end && self.cuts[interval] <= t {
            interval += 1;
        }
        interval
    }

    /// Where an interval begins and ends.
    pub(super) fn edges(&self, interval: usize) -> (i64, i64) {
        let lo = interval.checked_sub(1).map_or(i64::MIN, |cut| self.cuts[cut]);
        (lo, self.cuts.get(interval).copied().unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time() -> impl Strategy<Value = i64> {
        let day = 86_400_000_000_i64;
        prop_oneof![-40_i64..40, (-40_i64..4_000).prop_map(move |n| n * day), any::<i64>()]
    }

    proptest! {
        #[test]
        fn an_interval_is_the_number_of_cuts_before(cuts in prop::collection::btree_set(time(), 0..60), ever in any::<bool>(), times in prop::collection::vec(time(), 0..60)) {
            let cuts: Vec<i64> = ever.then_some(i64::MIN).into_iter().chain(cuts).collect();
            let intervals = Intervals::new(&cuts);
            for t in times.iter().chain(&cuts) {
                let expected = cuts.iter().filter(|cut| **cut <= *t).count();
                prop_assert_eq!(intervals.of(*t), expected);
                let (lo, hi) = intervals.edges(expected);
                prop_assert!(lo <= *t && (*t < hi || hi == i64::MAX));
            }
        }
    }
}
