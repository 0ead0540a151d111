//! What an aggregate takes together: its function and subject, the rows of its window and filter, and the rows that
//! other rows consult.

mod aggregate;
mod approximate;
pub(super) mod blocks;
pub(super) mod filter;
pub(in crate::check) mod inner;
mod judge;
pub(super) mod subject;
pub(super) mod window;
