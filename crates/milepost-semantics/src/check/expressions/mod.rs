//! What one expression says, of a row or of aggregated values: its form, its type, its unit.

pub(super) mod expr;
mod functions;
mod habits;
mod now;
pub(super) mod operators;
pub(super) mod row;
mod seen;
mod times;
pub(super) mod value;
