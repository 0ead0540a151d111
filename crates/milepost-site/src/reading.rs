//! What a series says: the latest complete figure, how it changed, and whether the target is met.
//!
//! Only complete buckets count. A bucket that still runs, or whose figure is not settled, is shown but never compared
//! or judged.

use crate::format::count;
use crate::page::{Absent, Better, Bound, Bucket, Cell, Kpi, Scale, SliceRow};
use crate::unsure::Unsure;

impl Cell {
    /// The number, or why there is none.
    ///
    /// # Errors
    ///
    /// The reason.
    pub fn number(&self) -> Result<f64, &str> {
        match self {
            Self::Value { value, .. } if value.is_finite() => Ok(*value),
            Self::Value { .. } => Err("not a number"),
            Self::Reason(reason) => Err(reason),
        }
    }

    /// How many the number rests on.
    #[must_use]
    pub const fn sample(&self) -> Option<u64> {
        match self {
            Self::Value { n, .. } => *n,
            Self::Reason(_) => None,
        }
    }

    /// How many could not be evaluated; absent where all were.
    #[must_use]
    pub fn absent(&self) -> Option<Absent> {
        match self {
            Self::Value { absent, .. } if *absent != Absent::default() => Some(*absent),
            Self::Value { .. } | Self::Reason(_) => None,
        }
    }
}

impl Absent {
    /// `3`; of a ratio `2 in the numerator, 3 in the denominator`.
    #[must_use]
    pub fn short(self) -> String {
        match self {
            Self { numerator, denominator: 0 } => count(numerator),
            Self { numerator, denominator } => {
                let [above, below] = [numerator, denominator].map(count);
                format!("{above} in the numerator, {below} in the denominator")
            }
        }
    }

    /// `3 could not be judged`, or the same of the numerator and of the denominator of a ratio.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self { denominator: 0, .. } => format!("{} could not be evaluated", self.short()),
            _ => format!("could not be evaluated: {}", self.short()),
        }
    }
}

impl Bucket {
    /// Whether it is over and settled.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        !self.partial && !self.immature
    }
}

/// The newest complete bucket, by position.
#[must_use]
pub fn latest_complete(buckets: &[Bucket]) -> Option<usize> {
    buckets.iter().rposition(Bucket::is_complete)
}

/// The newest complete bucket before that position.
#[must_use]
pub fn previous_complete(buckets: &[Bucket], at: usize) -> Option<usize> {
    buckets.get(..at).and_then(latest_complete)
}

/// From the previous complete bucket to a complete one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// The reference, and the figure.
    pub before: f64,
    pub now: f64,
    /// In the unit of the value.
    pub absolute: f64,
    /// Over the size of the reference; `None` where that says nothing: of a reference of zero or of the other sign, of a
    /// score, of a few things, and where it is beyond all measure.
    pub relative: Option<f64>,
    /// The reference bucket, by position.
    pub against: usize,
    pub judgement: Judgement,
}

/// Whether a change is welcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    Better,
    Worse,
    Neutral,
    /// There may be no change at all.
    Unsure,
}

/// Why there is no change to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoChange {
    /// The figure itself is missing.
    NoFigure,
    /// It is the first complete bucket.
    NoPrevious,
    /// The previous complete bucket (by position) has no figure, for that reason.
    PreviousHasNone(usize, String),
}

/// The change of the bucket at that position against the previous complete one.
///
/// # Errors
///
/// Why there is none.
pub fn change(
    buckets: &[Bucket],
    cells: &[Cell],
    at: usize,
    better: Option<Better>,
    scale: Scale,
    unsure: Unsure<'_>,
) -> Result<Change, NoChange> {
    let now = cells.get(at).and_then(|c| c.number().ok()).ok_or(NoChange::NoFigure)?;
    let against = previous_complete(buckets, at).ok_or(NoChange::NoPrevious)?;
    let before = cells
        .get(against)
        .ok_or(NoChange::NoPrevious)?
        .number()
        .map_err(|reason| NoChange::PreviousHasNone(against, reason.to_owned()))?;
    let absolute = now - before;
    let relative = relative(before, now, scale);
    // How sure a change is, is known against the bucket before.
    let may_be_none = against + 1 == at && unsure.may_be_none(at);
    let judgement = if may_be_none { Judgement::Unsure } else { judge(before, now, better) };
    Ok(Change { before, now, absolute, relative, against, judgement })
}

/// Fewer things than this are counted, not taken shares of.
const FEW: f64 = 20.0;
/// A relative change of more than this is no measure of anything.
const LARGEST: f64 = 9.99;

fn relative(before: f64, now: f64, scale: Scale) -> Option<f64> {
    let says_something = match scale {
        Scale::Amount => true,
        Scale::Count => before.abs() >= FEW,
        Scale::Score => false,
    };
    if !says_something || before == 0.0 || before * now < 0.0 {
        return None;
    }
    // Over the size of the reference: from −10 to −5 is a rise, +50%.
    Some((now - before) / before.abs()).filter(|share| share.abs() <= LARGEST)
}

fn judge(before: f64, now: f64, better: Option<Better>) -> Judgement {
    // How far from good, so that less is always better.
    let badness = |value: f64| match better {
        None => 0.0,
        Some(Better::Higher) => -value,
        Some(Better::Lower) => value,
        Some(Better::Inside(low, high)) => (low - value).max(value - high).max(0.0),
    };
    match badness(now).total_cmp(&badness(before)) {
        std::cmp::Ordering::Less => Judgement::Better,
        std::cmp::Ordering::Greater => Judgement::Worse,
        std::cmp::Ordering::Equal => Judgement::Neutral,
    }
}

/// Which way is good: as the author says, else as the target implies.
#[must_use]
pub fn direction(better: Option<Better>, target: Option<Bound>) -> Option<Better> {
    let implied = target.map(|target| match target {
        Bound::AtLeast(_) => Better::Higher,
        Bound::AtMost(_) => Better::Lower,
        Bound::Inside(low, high) => Better::Inside(low, high),
    });
    better.or(implied)
}

/// Which way is good for a slice: as for the whole. But how far a part of a total is from the range that is good for the
/// whole says nothing.
#[must_use]
pub fn slice_direction(kpi: &Kpi, row: &SliceRow) -> Option<Better> {
    let better = direction(kpi.better, row.target.or(kpi.target));
    let own = row.target.is_some() && kpi.better.is_none();
    better.filter(|better| kpi.alike_in_slices || own || !matches!(better, Better::Inside(..)))
}

/// The change of the bucket at that position as one word, for files: `better`, `worse`, `neutral` or `unsure`. Absent where
/// nothing is compared, and where no way is said to be good.
#[must_use]
pub fn judgement(
    buckets: &[Bucket],
    cells: &[Cell],
    at: usize,
    better: Option<Better>,
    unsure: Unsure<'_>,
) -> Option<&'static str> {
    let is_complete = buckets.get(at).is_some_and(Bucket::is_complete);
    let moved = change(buckets, cells, at, Some(better?), Scale::Amount, unsure);
    let moved = moved.ok().filter(|_| is_complete)?;
    Some(moved.judgement.word())
}

impl Judgement {
    /// `better`, `worse`, `neutral`, `unsure`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Neutral => "neutral",
            Self::Unsure => "unsure",
        }
    }
}

/// Whether the goal is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Met,
    Missed,
    /// There is a goal, but no complete figure to hold against it.
    NotJudged,
    NoTarget,
}

/// The verdict on a complete figure; `None`: there is none.
#[must_use]
pub fn verdict(value: Option<f64>, target: Option<Bound>) -> Verdict {
    let Some(target) = target else { return Verdict::NoTarget };
    let Some(value) = value else { return Verdict::NotJudged };
    let met = match target {
        Bound::AtLeast(low) => value >= low,
        Bound::AtMost(high) => value <= high,
        Bound::Inside(low, high) => (low..=high).contains(&value),
    };
    if met { Verdict::Met } else { Verdict::Missed }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing says how sure changes are.
    const SURE: Unsure<'_> = Unsure(None);

    fn buckets(states: &str) -> Vec<Bucket> {
        states
            .chars()
            .enumerate()
            .map(|(i, c)| Bucket {
                label: format!("2026-{:02}", i + 1),
                start: String::new(),
                end: String::new(),
                partial: c == 'p',
                maturing: false,
                immature: c == 'i',
            })
            .collect()
    }

    fn cells(values: &[f64]) -> Vec<Cell> {
        values
            .iter()
            .map(|v| Cell::Value { value: *v, n: None, absent: Absent::default() })
            .collect()
    }

    #[test]
    fn only_complete_buckets_count() {
        assert_eq!(latest_complete(&buckets("cccip")), Some(2));
        assert_eq!(previous_complete(&buckets("cicp"), 2), Some(0));
        assert_eq!(latest_complete(&buckets("p")), None);
        assert_eq!(previous_complete(&buckets("c"), 0), None);
    }

    #[test]
    fn change_is_absolute_and_over_the_reference() {
        let c = change(
            &buckets("cc"),
            &cells(&[80.0, 100.0]),
            1,
            Some(Better::Higher),
            Scale::Amount,
            SURE,
        )
        .unwrap();
        assert_eq!(
            (c.absolute, c.relative, c.against, c.judgement),
            (20.0, Some(0.25), 0, Judgement::Better)
        );
        let c = change(
            &buckets("cc"),
            &cells(&[-10.0, -5.0]),
            1,
            Some(Better::Lower),
            Scale::Amount,
            SURE,
        )
        .unwrap();
        assert_eq!((c.relative, c.judgement), (Some(0.5), Judgement::Worse));
    }

    #[test]
    fn a_zero_reference_has_no_relative_change() {
        let c = change(&buckets("cc"), &cells(&[0.0, 5.0]), 1, None, Scale::Amount, SURE).unwrap();
        assert_eq!((c.absolute, c.relative, c.judgement), (5.0, None, Judgement::Neutral));
    }

    #[test]
    fn a_share_of_what_was_is_left_out_where_it_says_nothing() {
        let amount = relative(0.000_8, 0.000_4, Scale::Amount).unwrap();
        assert!((amount + 0.5).abs() < 1e-12, "{amount}");
        assert_eq!(relative(19.0, 21.0, Scale::Count), None);
        assert_eq!(relative(20.0, 25.0, Scale::Count), Some(0.25));
        assert_eq!(relative(19.0, 38.0, Scale::Amount), Some(1.0));
        assert_eq!(relative(30.0, 40.0, Scale::Score), None);
        assert_eq!(relative(-5.0, 5.0, Scale::Amount), None);
        assert_eq!(relative(5.0, 0.0, Scale::Amount), Some(-1.0));
        assert_eq!(relative(1.0, 20.0, Scale::Amount), None);
    }

    #[test]
    fn who_could_not_be_judged_is_told_by_side() {
        let absent = |numerator, denominator| Absent { numerator, denominator };
        assert_eq!(absent(1_200, 0).words(), "1,200 could not be evaluated");
        let both = "could not be evaluated: 0 in the numerator, 3 in the denominator";
        assert_eq!(absent(0, 3).words(), both);
    }

    #[test]
    fn a_reason_is_never_compared() {
        let with_gap = vec![
            Cell::Reason("too few".to_owned()),
            Cell::Value { value: 1.0, n: None, absent: Absent::default() },
        ];
        assert_eq!(
            change(&buckets("cc"), &with_gap, 1, None, Scale::Amount, SURE),
            Err(NoChange::PreviousHasNone(0, "too few".to_owned()))
        );
        assert_eq!(
            change(&buckets("cc"), &with_gap, 0, None, Scale::Amount, SURE),
            Err(NoChange::NoFigure)
        );
        assert_eq!(
            change(&buckets("c"), &cells(&[1.0]), 0, None, Scale::Amount, SURE),
            Err(NoChange::NoPrevious)
        );
        assert_eq!(cells(&[f64::NAN])[0].number(), Err("not a number"));
    }

    #[test]
    fn inside_judges_the_distance_to_the_range() {
        let inside = Some(Better::Inside(2.0, 4.0));
        assert_eq!(judge(1.0, 1.5, inside), Judgement::Better);
        assert_eq!(judge(3.0, 4.5, inside), Judgement::Worse);
        assert_eq!(judge(2.0, 4.0, inside), Judgement::Neutral);
        assert_eq!(judge(5.0, 1.0, inside), Judgement::Neutral);
    }

    #[test]
    fn targets_include_their_bounds() {
        assert_eq!(verdict(Some(0.8), Some(Bound::AtLeast(0.8))), Verdict::Met);
        assert_eq!(verdict(Some(0.79), Some(Bound::AtLeast(0.8))), Verdict::Missed);
        assert_eq!(verdict(Some(3.0), Some(Bound::AtMost(3.0))), Verdict::Met);
        assert_eq!(verdict(Some(5.0), Some(Bound::Inside(1.0, 4.0))), Verdict::Missed);
        assert_eq!(verdict(None, Some(Bound::AtLeast(0.8))), Verdict::NotJudged);
        assert_eq!(verdict(Some(1.0), None), Verdict::NoTarget);
    }

    #[test]
    fn only_complete_buckets_with_a_direction_are_better_or_worse() {
        let (all, values) = (buckets("cccp"), cells(&[1.0, 3.0, 2.0, 9.0]));
        let words = |better| -> Vec<Option<&str>> {
            (0..4).map(|at| judgement(&all, &values, at, better, SURE)).collect()
        };
        assert_eq!(words(Some(Better::Higher)), [None, Some("better"), Some("worse"), None]);
        let inside = Some(Better::Inside(2.0, 3.0));
        assert_eq!(words(inside), [None, Some("better"), Some("neutral"), None]);
        assert_eq!(words(None), [None; 4]);
    }

    #[test]
    fn a_change_whose_interval_holds_zero_is_unsure() {
        let (all, values) = (buckets("ccicc"), cells(&[1.0, 3.0, 4.0, 5.0, 9.0]));
        let (low, high) =
            (cells(&[-1.0, -1.0, -1.0, -1.0, 1.0]), cells(&[1.0, 4.0, 4.0, 4.0, 7.0]));
        let unsure = Unsure(Some([&low, &high]));
        let word = |at| judgement(&all, &values, at, Some(Better::Higher), unsure);
        // The interval is that of the change from the bucket before, which of the fourth is not settled.
        assert_eq!(
            [0, 1, 2, 3, 4].map(word),
            [None, Some("unsure"), None, Some("better"), Some("better")]
        );
    }

    #[test]
    fn a_target_tells_the_direction() {
        assert_eq!(direction(None, Some(Bound::AtMost(1.0))), Some(Better::Lower));
        assert_eq!(direction(Some(Better::Higher), Some(Bound::AtMost(1.0))), Some(Better::Higher));
        assert_eq!(direction(Some(Better::Lower), None), Some(Better::Lower));
        assert_eq!(direction(None, None), None);
    }
}
