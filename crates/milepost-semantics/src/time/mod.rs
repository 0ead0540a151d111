//! Calendar time: grains, buckets, windows, the as-of. Pure functions of the calendar; no clock.

mod bucket;
mod calendar;
mod pattern;

pub(crate) use bucket::approximate_days;
pub use bucket::*;
pub use calendar::*;
pub use pattern::*;
