//! Sets of keys between those who give them away and those who take them.

use std::sync::{Mutex, PoisonError};

use arrow::array::UInt64Array;
use datafusion::common::{Result, exec_err};
use roaring::RoaringBitmap;

/// The sets that the cells of one pass have given away.
///
/// A list of cells tells where they stand here: states stay in the process, and as bytes the sets would be written, copied
/// and read several times.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<Vec<Option<RoaringBitmap>>>);

impl Shelf {
    /// The places of these sets.
    pub(super) fn put(&self, sets: impl Iterator<Item = RoaringBitmap>) -> UInt64Array {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let start = all.len();
        all.extend(sets.map(Some));
        (start as u64..all.len() as u64).collect::<Vec<u64>>().into()
    }

    /// The sets of these places, each of which is taken once.
    pub(crate) fn take(&self, places: &UInt64Array) -> Result<Vec<RoaringBitmap>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let set = |place: &u64| {
            let place = usize::try_from(*place).unwrap_or(usize::MAX);
            match all.get_mut(place).and_then(Option::take) {
                Some(set) => Ok(set),
                None => exec_err!("there is no set of keys at {place}"),
            }
        };
        places.values().iter().map(set).collect()
    }
}
