//! A request taken apart: an expression tree whose leaves are aggregates with the exact spans of time they look at.
//!
//! `prior` and windows are gone here: what is left of them are bounds, one per bucket, so that both lowerings read the
//! same plain instruction "this aggregate over these rows from `lo` to `hi`".

mod bounds;
mod compile;
mod table;

pub use bounds::{Bounds, EVER, block_frames, earlier, is_step_over};
pub use compile::{Compiled, Leaf, LeafId, Node, compile};
pub use table::{LeafTable, are_too_many, slice_order};
