//! The first day of each member at whose end something held: found once for all runs over the same data, however often it is
//! asked.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use milepost_semantics::model::SegmentId;

use crate::rows::ids::{ById, RowId, TableId};
use crate::rows::key::Key;
use crate::rows::plan::population::{Says, SegmentPlan};
use crate::rows::store::CollectedTable;

/// What was found in earlier runs, by the key of the member.
#[derive(Debug, Default)]
pub(crate) struct KnownFirstDays(Mutex<HashMap<SegmentId, HashMap<Key, Option<i32>>>>);

/// The first day of each member of a segment, counted from 1970.
#[derive(Debug)]
pub(in crate::rows) struct FirstDays {
    segment: SegmentId,
    /// By row.
    asked: Box<[AtomicU64]>,
    known: Arc<KnownFirstDays>,
}

impl FirstDays {
    /// A day is kept as its distance from this one, so that it is above the two others.
    const FROM: i64 = i32::MIN as i64 - 2;
    const NEVER: u64 = 1;

    pub(super) fn new(
        segment: &SegmentPlan,
        read: &ById<TableId, Arc<CollectedTable>>,
        known: &Arc<KnownFirstDays>,
    ) -> Self {
        let members = match segment.says {
            Says::FirstDay { .. } => read[segment.table].table.rows,
            Says::Band | Says::Value | Says::OnDay { .. } | Says::Rank => 0,
        };
        Self {
            segment: segment.id,
            asked: (0..members).map(|_| AtomicU64::new(0)).collect(),
            known: Arc::clone(known),
        }
    }

    /// That of a member, found where it was not asked before. Whoever asks at the same time finds the same.
    pub(in crate::rows) fn of(
        &self,
        member: RowId,
        key: impl FnOnce() -> Option<Key>,
        find: impl FnOnce() -> Option<i32>,
    ) -> Option<i32> {
        let kept = &self.asked[member.position()];
        match kept.load(Ordering::Relaxed) {
            0 => {
                let found = self.known.of(self.segment, key(), find);
                let number = found.map(|day| (i64::from(day) - Self::FROM).unsigned_abs());
                kept.store(number.unwrap_or(Self::NEVER), Ordering::Relaxed);
                found
            }
            Self::NEVER => None,
            number => i32::try_from(number.cast_signed() + Self::FROM).ok(),
        }
    }
}

impl KnownFirstDays {
    fn of(
        &self,
        segment: SegmentId,
        key: Option<Key>,
        find: impl FnOnce() -> Option<i32>,
    ) -> Option<i32> {
        let Some(key) = key else { return find() };
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&segment).and_then(|days| days.get(&key)) {
            return *found;
        }
        let found = find();
        known().entry(segment).or_default().insert(key, found);
        found
    }
}
