//! Where the numbers of members stand among each other at the ends of days: found for all members at once, and kept.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::evaluate::Value;
use crate::rows::ids::RowId;
use crate::rows::key::KeyPart;
use crate::rows::store::timelines::Names;

/// The ranks of the members of one segment, by the end of the day.
#[derive(Debug, Default)]
pub(in crate::rows) struct Ranks(Mutex<HashMap<i64, Arc<[Option<f64>]>>>);

impl Ranks {
    /// That of a member. `all`: the number and the group of each member by its row, where it has both. Whoever asks at the same
    /// time finds the same.
    pub(in crate::rows) fn of(
        &self,
        member: RowId,
        end: i64,
        all: impl FnOnce() -> Vec<Option<(f64, Value)>>,
    ) -> Option<f64> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(&end).cloned();
        let found = found.unwrap_or_else(|| {
            let ranks: Arc<[Option<f64>]> = ranks(&all()).into();
            known().insert(end, Arc::clone(&ranks));
            ranks
        });
        found.get(member.position()).copied().flatten()
    }
}

/// The share of the others that a number is above, in percent, half of those that it equals counted.
fn ranks(all: &[Option<(f64, Value)>]) -> Vec<Option<f64>> {
    let (mut names, mut groups) = (Names::default(), Vec::<Vec<(f64, usize)>>::new());
    for (row, found) in all.iter().enumerate() {
        let Some((number, group)) = found else { continue };
        let group = names.number(vec![KeyPart::of(group)]) as usize;
        groups.resize_with(groups.len().max(group + 1), Vec::new);
        groups[group].push((*number, row));
    }
    let mut ranks = vec![None; all.len()];
    for mut members in groups.into_iter().filter(|members| members.len() > 1) {
        members.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let others = members.len() - 1;
        let mut below = 0;
        for equal in members.chunk_by(|(a, _), (b, _)| a == b) {
            let rank = percent(2 * below + equal.len() - 1, others);
            equal.iter().for_each(|(_, row)| ranks[*row] = Some(rank));
            below += equal.len();
        }
    }
    ranks
}

/// `twice`: two times the place.
#[expect(clippy::cast_precision_loss, reason = "members are fewer than doubles count exactly")]
fn percent(twice: usize, others: usize) -> f64 {
    (twice * 50) as f64 / others as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[(f64, &str)]) -> Vec<Option<f64>> {
        let all =
            numbers.iter().map(|(number, group)| Some((*number, Value::Text((*group).into()))));
        ranks(&all.collect::<Vec<_>>())
    }

    #[test]
    fn the_lowest_is_0_and_the_highest_100_in_each_group() {
        let found = of(&[(5.0, "a"), (1.0, "a"), (3.0, "a"), (7.0, "b"), (2.0, "b")]);
        assert_eq!(found, [Some(100.0), Some(0.0), Some(50.0), Some(100.0), Some(0.0)]);
    }

    #[test]
    fn equal_numbers_have_the_mean_of_their_places() {
        assert_eq!(
            of(&[(1.0, "a"), (1.0, "a"), (4.0, "a")]),
            [Some(25.0), Some(25.0), Some(100.0)]
        );
        assert_eq!(of(&[(0.0, "a"), (-0.0, "a")]), [Some(50.0), Some(50.0)]);
    }

    #[test]
    fn nobody_stands_among_nobody() {
        assert_eq!(of(&[(1.0, "a"), (1.0, "b")]), [None, None]);
        assert_eq!(ranks(&[None, Some((1.0, Value::Boolean(true)))]), [None, None]);
    }
}
