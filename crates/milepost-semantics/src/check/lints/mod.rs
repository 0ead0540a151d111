//! What has a type and a unit and is still almost certainly a mistake: conditions that never hold, sums that do not add
//! up, definitions that nothing uses, more windows than anyone would look at.

mod additivity;
mod journeys;
mod never;
mod percent;
pub(super) mod repeated;
mod stages;
mod unused;
mod work;
