//! The plain lowering: the meaning of a metric as one SQL text of standard operators and aggregates.
//!
//! It is what `explain` prints, what runs in DuckDB for comparison, and what the tests hold the shared scan against.
//! The text is written by us rather than unparsed from a plan, so that it has names and comments and reads from top
//! to bottom.

mod derived;
mod files;
mod grouped;
mod judge;
mod leaf;
mod length;
mod members;
mod operators;
mod plain;
mod prelude;
mod row;
mod structure;
mod tables;
mod text;

pub(crate) use derived::derived_sql;
pub(crate) use members::{named_rows_sql, names_sql};
pub(crate) use plain::plain;
pub use plain::sql;
pub(crate) use prelude::prelude;
pub(crate) use row::{Scope, dimension_sql};
pub(crate) use structure::structure_sql;
pub(crate) use tables::Tables;
pub(crate) use text::{ident, string, timestamp};
