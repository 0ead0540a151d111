//! What is computed of the rows in memory: of each row in each frame, and of all of them in a bucket.

pub(in crate::rows) mod accumulator;
pub(in crate::rows) mod best;
pub(in crate::rows) mod block;
pub(in crate::rows) mod cells;
mod changes;
pub(in crate::rows) mod column;
pub(in crate::rows) mod context;
pub(in crate::rows) mod frames;
pub(in crate::rows) mod inner;
pub(in crate::rows) mod known;
pub(in crate::rows) mod listing;
pub(in crate::rows) mod maturity;
mod may_hold;
pub(in crate::rows) mod points;
pub(in crate::rows) mod program;
pub(in crate::rows) mod recent;
mod said;
mod said_column;
mod segments;
mod slices;
pub(in crate::rows) mod standing;
pub(in crate::rows) mod tasks;
pub(in crate::rows) mod visible;
pub(in crate::rows) mod wait;
