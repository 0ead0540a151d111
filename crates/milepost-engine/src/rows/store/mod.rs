//! What was read, and the lists that are made of it: shared by all who evaluate rows.

pub(crate) mod first_days;
pub(in crate::rows) mod ranks;
pub(in crate::rows) mod table;
pub(in crate::rows) mod timelines;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use datafusion::common::Result;

use crate::keys::KeySpace;
use crate::results::Reason;
use crate::rows::ids::{
    AgeId, BandId, ById, HistoryId, Id, IndexId, MembersId, RowId, SegmentPlanId, TableColumnId,
    TableId, TimesId,
};
use crate::rows::key::{Key, KeyPart};
use crate::rows::plan::Plan;
use crate::rows::store::first_days::{FirstDays, KnownFirstDays};
use crate::rows::store::ranks::Ranks;
use crate::rows::store::table::Table;
use crate::rows::store::timelines::{Names, Timelines};

/// What was read of a dataset.
#[derive(Debug)]
pub(in crate::rows) struct CollectedTable {
    pub(in crate::rows) table: Arc<Table>,
    pub(in crate::rows) lines: Vec<(IndexId, Arc<Timelines>)>,
    /// The first of instants.
    pub(in crate::rows) first: BTreeMap<TimesId, Option<i64>>,
    /// The first and the last row between cuts.
    pub(in crate::rows) ages: BTreeMap<AgeId, Vec<Stretch>>,
}

/// The first and the last instant of the rows in a stretch of time, if there are any.
pub(in crate::rows) type Stretch = Option<(i64, i64)>;

/// The tables of a plan with their timelines. What is made later is made once, by whoever asks first.
#[derive(Debug)]
pub(in crate::rows) struct Store {
    pub(in crate::rows) tables: ById<TableId, Arc<Table>>,
    /// The timelines of each index whose keys are the same in all frames.
    pub(in crate::rows) lines: ById<IndexId, OnceLock<Arc<Timelines>>>,
    /// The instants of rows.
    pub(in crate::rows) times: ById<TimesId, OnceLock<Vec<Option<i64>>>>,
    /// The distinct instants of rows, sorted.
    pub(in crate::rows) distinct: ById<TimesId, OnceLock<Vec<i64>>>,
    /// The first instant of rows.
    pub(in crate::rows) first: ById<TimesId, OnceLock<Option<i64>>>,
    /// The first and the last row between cuts.
    pub(in crate::rows) ages: ById<AgeId, Vec<Stretch>>,
    pub(in crate::rows) histories: ById<HistoryId, OnceLock<Timelines>>,
    /// The row of each member.
    pub(in crate::rows) members: ById<MembersId, OnceLock<MemberRows>>,
    spaces: Arc<KeySpaces>,
    /// The number of each row's value, of columns that are counted.
    numbers: ById<TableId, ById<TableColumnId, ValueNumbers>>,
    asked: Mutex<HashMap<SegmentInstant, Arc<SegmentAtInstant>>>,
    /// Of segments that say a first day: that of each member, once it was asked.
    pub(in crate::rows) first_days: ById<SegmentPlanId, FirstDays>,
    /// Of segments that say a rank.
    pub(in crate::rows) ranks: ById<SegmentPlanId, Ranks>,
}

/// The number of each row's value in a column, once it was asked for; absent for values that are not numbered.
type ValueNumbers = OnceLock<Option<Vec<u32>>>;

/// The numbers of the values of each column: the same whatever part of the rows is in the store.
pub(in crate::rows) type KeySpaces = ById<TableId, ById<TableColumnId, Arc<KeySpace>>>;

/// The rows of members by their keys.
#[derive(Debug, Default)]
pub(in crate::rows) struct MemberRows {
    names: Names,
    /// By the number of the key.
    rows: Vec<RowId>,
}

impl MemberRows {
    /// From the key of each row, if it has one.
    pub(in crate::rows) fn new(keys: impl Iterator<Item = (RowId, Option<Key>)>) -> Self {
        let mut members = Self::default();
        for (row, key) in keys {
            let Some(key) = key else { continue };
            // Of several rows with one key the first is the member.
            if members.names.number(key) as usize == members.rows.len() {
                members.rows.push(row);
            }
        }
        members
    }

    pub(in crate::rows) fn row(&self, key: &[KeyPart]) -> Option<RowId> {
        self.names.get(key).map(|number| self.rows[number as usize])
    }
}

/// By segment and instant.
pub(in crate::rows) type SegmentInstant = (SegmentPlanId, i64);

/// A segment at one instant, as far as it was asked.
#[derive(Debug)]
pub(in crate::rows) struct SegmentAtInstant {
    /// How many bits the value of a member takes.
    width: usize,
    /// The values of some members each: there may be many members on many days, and few of them asked on most.
    pages: Vec<OnceLock<Box<[AtomicU64]>>>,
    /// Why the condition of a band is not known for anybody, if it is not.
    pub(in crate::rows) unknown: ById<BandId, OnceLock<Option<Reason>>>,
}

/// The members of one page.
const PAGE: usize = 4_096;

/// The bits of a word.
const WORD: usize = u64::BITS as usize;

/// The band that takes a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rows) enum SegmentValue {
    Unknown,
    Otherwise,
    Band(BandId),
}

/// Numbers below this one stand for no band; 0 is not asked yet.
const BANDS: usize = 3;

impl Store {
    pub(in crate::rows) fn new(
        plan: &Plan<'_>,
        read: &ById<TableId, Arc<CollectedTable>>,
        spaces: &Arc<KeySpaces>,
        known: &KnownFirstDays,
    ) -> Self {
        let mut store = Self {
            tables: read.map(|_, read| Arc::clone(&read.table)),
            lines: locks(&plan.indexes),
            times: locks(&plan.times),
            distinct: locks(&plan.times),
            first: locks(&plan.times),
            ages: plan.ages.map(|_, _| Vec::new()),
            histories: locks(&plan.histories),
            members: locks(&plan.members),
            spaces: Arc::clone(spaces),
            numbers: plan.tables.map(|_, table| locks(&table.columns)),
            asked: Mutex::default(),
            first_days: known.of_segments(plan, read),
            ranks: plan.segments.map(|_, _| Ranks::default()),
        };
        for read in read.values() {
            // Each is made or found once.
            for (index, lines) in &read.lines {
                let _ = store.lines[*index].set(Arc::clone(lines));
            }
            for (times, instant) in &read.first {
                let _ = store.first[*times].set(*instant);
            }
            for (age, there) in &read.ages {
                store.ages[*age].clone_from(there);
            }
        }
        store
    }

    /// The number of each row's value, [`NONE`](crate::intern::NONE) where there is none; absent for values that are not
    /// numbered.
    ///
    /// # Errors
    /// The values are of another type than they say, which is a bug in milepost.
    pub(in crate::rows) fn numbers(
        &self,
        table: TableId,
        column: TableColumnId,
    ) -> Result<Option<&[u32]>> {
        let known = &self.numbers[table][column];
        if known.get().is_none() {
            let numbers =
                self.tables[table].columns[column].numbers(&self.spaces[table][column])?;
            // Whoever comes second has found the same.
            let _ = known.set(numbers);
        }
        Ok(known.get().and_then(Option::as_deref))
    }

    /// What is known of a segment of the plan at an instant.
    pub(in crate::rows) fn asked(
        &self,
        plan: &Plan<'_>,
        name: SegmentInstant,
    ) -> Arc<SegmentAtInstant> {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = all.entry(name).or_insert_with(|| {
            let segment = &plan.segments[name.0];
            let members = self.tables[segment.table].rows;
            Arc::new(SegmentAtInstant::new(members, &segment.bands))
        });
        Arc::clone(asked)
    }
}

impl SegmentAtInstant {
    fn new<T>(members: usize, bands: &ById<BandId, T>) -> Self {
        // The fewest bits of which a word holds a whole number.
        let fits = |width: &usize| bands.len() + BANDS <= 1 << width;
        let width = [2, 4, 8, 16].into_iter().find(fits).unwrap_or(32);
        let pages = (0..members.div_ceil(PAGE)).map(|_| OnceLock::new()).collect();
        Self { width, pages, unknown: locks(bands) }
    }

    /// Where the value of a member stands in its page: in which word, and how many bits from the right.
    const fn place(&self, member: RowId) -> (usize, usize) {
        let bit = member.position() % PAGE * self.width;
        (bit / WORD, bit % WORD)
    }

    /// The band of a member, if it was asked. Whoever asks at the same time finds the same.
    pub(in crate::rows) fn band(&self, member: RowId) -> Option<SegmentValue> {
        let page = self.pages[member.position() / PAGE].get()?;
        let (word, shift) = self.place(member);
        let number = (page[word].load(Ordering::Relaxed) >> shift) & ((1 << self.width) - 1);
        match usize::try_from(number).ok()? {
            0 => None,
            1 => Some(SegmentValue::Unknown),
            2 => Some(SegmentValue::Otherwise),
            band => Some(SegmentValue::Band(BandId::new(band - BANDS))),
        }
    }

    /// Keeps what was found.
    pub(in crate::rows) fn keep(&self, member: RowId, value: SegmentValue) {
        let number = match value {
            SegmentValue::Unknown => 1,
            SegmentValue::Otherwise => 2,
            SegmentValue::Band(band) => band.position() + BANDS,
        };
        let nothing = || (0..PAGE * self.width / WORD).map(|_| AtomicU64::new(0)).collect();
        let page = self.pages[member.position() / PAGE].get_or_init(nothing);
        let (word, shift) = self.place(member);
        // All who keep it keep the same bits.
        page[word].fetch_or((number as u64) << shift, Ordering::Relaxed);
    }
}

fn locks<I: Id, P, T>(of: &ById<I, P>) -> ById<I, OnceLock<T>> {
    of.map(|_, _| OnceLock::new())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_segment_remembers_what_was_found_of_each_member(bands in 1_usize..300, found in prop::collection::btree_map(0_usize..9_000, 0_usize..302, 0..40)) {
            let all: ById<BandId, ()> = (0..bands).map(|_| ()).collect();
            let segment = SegmentAtInstant::new(9_000, &all);
            let value = |number: usize| match number % (bands + 2) {
                0 => SegmentValue::Unknown,
                1 => SegmentValue::Otherwise,
                band => SegmentValue::Band(BandId::new(band - 2)),
            };
            for (member, number) in &found {
                segment.keep(RowId::new(*member), value(*number));
                segment.keep(RowId::new(*member), value(*number));
            }
            for member in 0..9_000 {
                prop_assert_eq!(segment.band(RowId::new(member)), found.get(&member).map(|n| value(*n)));
            }
        }
    }
}
