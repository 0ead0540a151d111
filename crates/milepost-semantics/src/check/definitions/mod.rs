//! What each kind of definition must say: metrics with their targets, behaviors, segments and columns.

pub(super) mod behaviors;
mod columns;
mod complete;
mod form_rows;
mod journeys;
mod lists;
mod matures;
mod metric;
mod parts;
pub(super) mod personal;
mod scores;
pub(crate) mod segments;
mod target;
