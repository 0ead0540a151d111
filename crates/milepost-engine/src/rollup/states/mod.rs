//! The mergeable states of one pass over a dataset.
//!
//! [`Cells`] take the rows of one partition as they are streamed: a cell holds what rows of one place in time, one set of passed
//! predicates and one slice add up to, a keyed cell their keys or values. Cells of several partitions merge in any order.
//! Only at the edge of a process are they written, as Arrow (`edge`).

mod best;
mod cells;
mod chain;
mod classes;
mod collected;
mod column;
mod counts;
#[cfg_attr(not(test), expect(dead_code, reason = "states leave no process yet"))]
mod edge;
mod finish;
mod intervals;
mod keyed;
mod places;
mod powers;
mod program;
mod rows;
mod slices;
mod sums;
#[cfg(test)]
mod tests;

use cells::Cells;

pub(crate) use classes::truths;
pub(crate) use collected::Collected;
pub(crate) use finish::{Finished, Heads};
pub(crate) use program::{
    AtomSource, DimSource, Facts, Inputs, Kept, KeyInput, KeyedInput, Placing, Program, Rules,
    Source, StateInput,
};
