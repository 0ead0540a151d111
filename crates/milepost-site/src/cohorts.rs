//! Cohorts: the parts of a KPI by step of time, and the average of a step over all cohorts.

use serde_json::{Value, json};

use crate::page::{Kpi, Part, Shape, part_of};

/// The parts of a KPI whose buckets are cohorts.
#[derive(Debug)]
pub struct Cohorts<'a> {
    /// How many began.
    pub size: &'a Part,
    /// The share that came back in each step, from the first on.
    pub shares: Vec<Share<'a>>,
    /// What their returns add up to in each step; empty where nothing is added up.
    pub sums: Vec<&'a Part>,
}

/// The share that came back in a step.
#[derive(Clone, Copy, Debug)]
pub struct Share<'a> {
    /// How many steps after the first.
    pub number: usize,
    pub part: &'a Part,
}

/// All cohorts for which a step is over, taken together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Average {
    /// How many came back.
    pub count: f64,
    /// How many began.
    pub size: u64,
    pub cohorts: usize,
}

impl Average {
    /// Of shares and the number that each is of, which are of steps that are over. The number of those who came back is the
    /// share of those who began, exact up to rounding, and so it is rounded. Absent where nobody began.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a count of members")]
    pub fn of(shares: impl Iterator<Item = (f64, u64)>) -> Option<Self> {
        let mut all = Self { count: 0.0, size: 0, cohorts: 0 };
        for (share, n) in shares {
            all.count += (share * n as f64).round();
            all.size += n;
            all.cohorts += 1;
        }
        (all.size > 0).then_some(all)
    }

    /// The share.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a count of members")]
    pub fn value(self) -> f64 {
        self.count / self.size as f64
    }
}

/// The average of a part for programs: without any it is null, of no cohorts.
#[must_use]
pub fn average_json(part: &str, average: Option<Average>) -> Value {
    json!({
        "part": part,
        "value": average.map(Average::value),
        "n": average.map(|average| average.size),
        "count": average.map(|average| average.count),
        "cohorts": average.map_or(0, |average| average.cohorts),
    })
}

impl<'a> Cohorts<'a> {
    /// The cohorts of a KPI; absent where its buckets are none.
    #[must_use]
    pub fn of(kpi: &'a Kpi) -> Option<Self> {
        if kpi.shape != Shape::Cohort {
            return None;
        }
        let steps = |kind: &str| -> Vec<&'a Part> {
            kpi.parts.iter().filter(|part| part.name.starts_with(kind)).collect()
        };
        let shares = steps("at_").into_iter().enumerate();
        Some(Self {
            size: part_of(&kpi.parts, "size")?,
            shares: shares.map(|(number, part)| Share { number, part }).collect(),
            sums: steps("sum_"),
        })
    }
}

impl Share<'_> {
    /// The average over the cohorts for which the step is over: all who came back, divided by all who began. Absent without
    /// any.
    #[must_use]
    pub fn average(&self) -> Option<Average> {
        let over = self.part.buckets.iter().zip(&self.part.cells);
        let over = over.filter(|(bucket, _)| bucket.is_complete());
        Average::of(over.filter_map(|(_, cell)| Some((cell.number().ok()?, cell.sample()?))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::{Absent, Bucket, Cell, Display};

    #[test]
    fn an_average_is_weighted_and_takes_steps_that_are_over() {
        let bucket = |maturing: bool| Bucket {
            label: String::new(),
            start: String::new(),
            end: String::new(),
            partial: maturing,
            maturing,
            immature: false,
        };
        let cell = |value, n| Cell::Value { value, n: Some(n), absent: Absent::default() };
        let none = Cell::Reason("zero denominator".to_owned());
        let part = Part {
            name: "at_1".to_owned(),
            is_headline: true,
            display: Display::Percent,
            buckets: [false, false, false, true].map(bucket).to_vec(),
            cells: vec![cell(0.5, 2), cell(1.0 / 3.0, 6), none, cell(1.0, 100)],
        };
        let all = Share { number: 1, part: &part }.average().expect("two are over");
        assert_eq!(all, Average { count: 3.0, size: 8, cohorts: 2 });
        assert_eq!(all.value(), 0.375);
        assert_eq!(Average::of(std::iter::empty()), None);
    }
}
