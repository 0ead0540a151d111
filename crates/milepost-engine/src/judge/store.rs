//! What was read, and the lists that are made of it: shared by all who judge rows.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::ids::{
    AgeId, BandId, ById, HistoryId, Id, IndexId, RowId, SegmentPlanId, TableId, TimesId,
};
use super::plan::Plan;
use super::read::{Read, Stretch};
use super::table::{Key, Part, Table};
use super::timelines::{Names, Timelines};
use crate::results::Reason;

/// The tables of a plan with their timelines. What is made later is made once, by whoever asks first.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) tables: ById<TableId, Arc<Table>>,
    /// The timelines of each index whose keys are the same in all frames.
    pub(super) lines: ById<IndexId, OnceLock<Arc<Timelines>>>,
    /// The instants of rows.
    pub(super) times: ById<TimesId, OnceLock<Vec<Option<i64>>>>,
    /// The distinct instants of rows, sorted.
    pub(super) distinct: ById<TimesId, OnceLock<Vec<i64>>>,
    /// The first instant of rows.
    pub(super) first: ById<TimesId, OnceLock<Option<i64>>>,
    /// The first and the last row between cuts.
    pub(super) ages: ById<AgeId, Vec<Stretch>>,
    pub(super) histories: ById<HistoryId, OnceLock<Timelines>>,
    /// The row of each member.
    pub(super) members: ById<SegmentPlanId, OnceLock<Members>>,
    asked: Mutex<HashMap<AskedAt, Arc<Asked>>>,
}

/// The rows of members by their keys.
#[derive(Debug, Default)]
pub(super) struct Members {
    names: Names,
    /// By the number of the key.
    rows: Vec<RowId>,
}

impl Members {
    /// From the key of each row, if it has one.
    pub(super) fn new(keys: impl Iterator<Item = (RowId, Option<Key>)>) -> Self {
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

    pub(super) fn row(&self, key: &[Part]) -> Option<RowId> {
        self.names.get(key).map(|number| self.rows[number as usize])
    }
}

/// By segment and instant.
pub(super) type AskedAt = (SegmentPlanId, i64);

/// A segment at one instant, as far as it was asked.
#[derive(Debug)]
pub(super) struct Asked {
    /// By member, in two bytes each, for there may be many members on many days.
    bands: Vec<AtomicU16>,
    /// Why the condition of a band is not known for anybody, if it is not.
    pub(super) unknown: ById<BandId, OnceLock<Option<Reason>>>,
}

/// The band that takes a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Unknown,
    Otherwise,
    Band(BandId),
}

/// Numbers below this one stand for no band.
const BANDS: u16 = 3;

impl Store {
    pub(super) fn new(plan: &Plan<'_>, read: &ById<TableId, Arc<Read>>) -> Self {
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
    pub(super) fn asked(&self, plan: &Plan<'_>, name: AskedAt) -> Arc<Asked> {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = all.entry(name).or_insert_with(|| {
            let segment = &plan.segments[name.0];
            let members = self.tables[segment.table].rows;
            Arc::new(Asked {
                bands: (0..members).map(|_| AtomicU16::new(0)).collect(),
                unknown: locks(&segment.bands),
            })
        });
        Arc::clone(asked)
    }
}

impl Asked {
    /// The band of a member, if it was asked. Whoever asks at the same time finds the same.
    pub(super) fn band(&self, member: RowId) -> Option<Taken> {
        match self.bands[member.position()].load(Ordering::Relaxed) {
            0 => None,
            1 => Some(Taken::Unknown),
            2 => Some(Taken::Otherwise),
            band => Some(Taken::Band(BandId::new(usize::from(band - BANDS)))),
        }
    }

    /// Keeps what was found, where the band has a number that fits.
    pub(super) fn keep(&self, member: RowId, taken: Taken) {
        let number = match taken {
            Taken::Unknown => Some(1),
            Taken::Otherwise => Some(2),
            Taken::Band(band) => {
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
