//! What was read, and the lists that are made of it: shared by all who judge rows.

pub(in crate::rows) mod table;
pub(in crate::rows) mod timelines;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::results::Reason;
use crate::rows::ids::{
    AgeId, BandId, ById, HistoryId, Id, IndexId, RowId, SegmentPlanId, TableId, TimesId,
};
use crate::rows::key::{Key, KeyPart};
use crate::rows::plan::Plan;
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
    pub(in crate::rows) members: ById<SegmentPlanId, OnceLock<MemberRows>>,
    asked: Mutex<HashMap<SegmentInstant, Arc<SegmentAtInstant>>>,
}

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
    /// By member, in two bytes each, for there may be many members on many days.
    bands: Vec<AtomicU16>,
    /// Why the condition of a band is not known for anybody, if it is not.
    pub(in crate::rows) unknown: ById<BandId, OnceLock<Option<Reason>>>,
}

/// The band that takes a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rows) enum SegmentValue {
    Unknown,
    Otherwise,
    Band(BandId),
}

/// Numbers below this one stand for no band.
const BANDS: u16 = 3;

impl Store {
    pub(in crate::rows) fn new(plan: &Plan<'_>, read: &ById<TableId, Arc<CollectedTable>>) -> Self {
        let mut store = Self {
            tables: read.map(|_, read| Arc::clone(&read.table)),
            lines: locks(&plan.indexes),
            times: locks(&plan.times),
            distinct: locks(&plan.times),
            first: locks(&plan.times),
            ages: plan.ages.map(|_, _| Vec::new()),
            histories: locks(&plan.histories),
            members: locks(&plan.segments),
            asked: Mutex::default(),
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
            Arc::new(SegmentAtInstant {
                bands: (0..members).map(|_| AtomicU16::new(0)).collect(),
                unknown: locks(&segment.bands),
            })
        });
        Arc::clone(asked)
    }
}

impl SegmentAtInstant {
    /// The band of a member, if it was asked. Whoever asks at the same time finds the same.
    pub(in crate::rows) fn band(&self, member: RowId) -> Option<SegmentValue> {
        match self.bands[member.position()].load(Ordering::Relaxed) {
            0 => None,
            1 => Some(SegmentValue::Unknown),
            2 => Some(SegmentValue::Otherwise),
            band => Some(SegmentValue::Band(BandId::new(usize::from(band - BANDS)))),
        }
    }

    /// Keeps what was found, where the band has a number that fits.
    pub(in crate::rows) fn keep(&self, member: RowId, taken: SegmentValue) {
        let number = match taken {
            SegmentValue::Unknown => Some(1),
            SegmentValue::Otherwise => Some(2),
            SegmentValue::Band(band) => {
                u16::try_from(band.position()).ok().and_then(|band| band.checked_add(BANDS))
            }
        };
        if let Some(number) = number {
            self.bands[member.position()].store(number, Ordering::Relaxed);
        }
    }
}

fn locks<I: Id, P, T>(of: &ById<I, P>) -> ById<I, OnceLock<T>> {
    of.map(|_, _| OnceLock::new())
}
