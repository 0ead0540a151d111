//! The first day of each member at whose end something held: found once for all runs over the same data, however often it is
//! asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use milepost_semantics::model::{DatasetId, SegmentId};

use crate::intern::NONE;
use crate::rows::ids::{ById, MembersId, RowId, SegmentPlanId, TableColumnId, TableId};
use crate::rows::key::Key;
use crate::rows::plan::Plan;
use crate::rows::plan::population::{MembersPlan, Says};
use crate::rows::store::CollectedTable;
use crate::rows::store::table::{Column, Table};
use crate::rows::store::timelines::Names;

/// The members of a page.
const PAGE: usize = 4_096;

/// The days of some members, by their numbers.
type Page = Arc<[AtomicU32]>;

/// A dataset, and the columns of its key as they are read.
type MembersOf = (DatasetId, Vec<String>);

/// What was found in earlier runs.
#[derive(Debug, Default)]
pub(crate) struct KnownFirstDays(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The numbers of members: the same in all runs.
    members: HashMap<MembersOf, Names>,
    days: HashMap<SegmentId, Vec<Page>>,
}

/// The first day of each member of a segment, counted from 1970.
#[derive(Debug, Default)]
pub(in crate::rows) struct FirstDays {
    /// The number of each row's member, [`NONE`] for a row without a key.
    numbers: Arc<[u32]>,
    pages: Vec<Page>,
}

/// A member that was not asked yet; other days are kept as their distance from [`FROM`], which is above both.
const NOT_ASKED: u32 = 0;
const NEVER: u32 = 1;
/// Before all days of a calendar.
const FROM: i32 = -(1 << 30);

impl KnownFirstDays {
    /// The first days of each segment of a plan, for the rows that were read.
    pub(super) fn of_segments(
        &self,
        plan: &Plan<'_>,
        read: &ById<TableId, Arc<CollectedTable>>,
    ) -> ById<SegmentPlanId, FirstDays> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut numbered: HashMap<MembersId, Arc<[u32]>> = HashMap::new();
        plan.segments.map(|_, segment| {
            if !matches!(segment.says, Says::FirstDay { .. }) {
                return FirstDays::default();
            }
            let numbers = numbered.entry(segment.members).or_insert_with(|| {
                let MembersPlan { table, key } = &plan.members[segment.members];
                let planned = &plan.tables[*table];
                let printed = key.iter().map(|column| planned.columns[*column].clone());
                let names = known.members.entry((planned.dataset, printed.collect())).or_default();
                numbers(&read[*table].table, key, names)
            });
            let members = numbers.iter().filter(|number| **number != NONE).max();
            let pages = members.map_or(0, |last| *last as usize / PAGE + 1);
            let kept = known.days.entry(segment.id).or_default();
            while kept.len() < pages {
                kept.push((0..PAGE).map(|_| AtomicU32::new(NOT_ASKED)).collect());
            }
            FirstDays { numbers: Arc::clone(numbers), pages: kept[..pages].to_vec() }
        })
    }
}

/// The number of each row's member.
fn numbers(table: &Table, key: &[TableColumnId], names: &mut Names) -> Arc<[u32]> {
    if let [only] = key
        && let Column::Integer(integers) = &table.columns[*only]
    {
        return names.of_integers(integers).into();
    }
    let number = |row| {
        let key: Option<Key> = key.iter().map(|column| table.columns[*column].part(row)).collect();
        key.map_or(NONE, |key| names.number(key))
    };
    table.ids().map(number).collect()
}

impl FirstDays {
    /// That of a member, found where it was not asked before. Whoever asks at the same time finds the same.
    pub(in crate::rows) fn of(
        &self,
        member: RowId,
        find: impl FnOnce() -> Option<i32>,
    ) -> Option<i32> {
        let number = self.numbers[member.position()];
        // A row without a key is nobody whom another run would know.
        if number == NONE {
            return find();
        }
        let kept = &self.pages[number as usize / PAGE][number as usize % PAGE];
        match kept.load(Ordering::Relaxed) {
            NOT_ASKED => {
                let found = find();
                let distance = |day: i32| u32::try_from(day.checked_sub(FROM)?).ok();
                match found {
                    None => kept.store(NEVER, Ordering::Relaxed),
                    Some(day) => {
                        if let Some(distance) = distance(day).filter(|distance| *distance > NEVER) {
                            kept.store(distance, Ordering::Relaxed);
                        }
                    }
                }
                found
            }
            NEVER => None,
            distance => Some(distance.cast_signed() + FROM),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_found_once_and_kept_as_it_is() {
        let page = (0..PAGE).map(|_| AtomicU32::new(NOT_ASKED)).collect();
        let days = FirstDays { numbers: [0, 1, NONE].into(), pages: vec![page] };
        for (row, day) in [(0, Some(-719_162)), (1, None)] {
            assert_eq!(days.of(RowId::new(row), || day), day);
            assert_eq!(days.of(RowId::new(row), || panic!("it is known")), day);
        }
        // Two rows without a key are not one member.
        assert_eq!(days.of(RowId::new(2), || Some(3)), Some(3));
        assert_eq!(days.of(RowId::new(2), || None), None);
    }
}
