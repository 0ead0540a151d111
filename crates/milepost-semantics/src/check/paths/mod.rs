//! Where a row leads: over links and keys to columns of other datasets, to members, to their histories and to
//! dimensions.

pub(super) mod dimensions;
mod history;
mod links;
mod members;
pub(super) mod moving;
pub(super) mod path;
mod slices;
