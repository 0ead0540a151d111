//! The plain lowering: the meaning of a metric as one SQL text of standard operators and aggregates.
//!
//! It is what `explain` prints, what runs in DuckDB for comparison, and what the tests hold the shared scan against.
//! The text is written by us rather than unparsed from a plan, so that it has names and comments and reads from top
//! to bottom.

mod curve;
pub mod derived;
mod grouped;
mod judge;
mod leaf;
pub mod length;
pub mod members;
mod operators;
mod plain;
mod row;
pub mod structure;
mod tables;
pub mod text;

pub use derived::derived_sql;
pub use grouped::rounded as rounded_sql;
pub use members::{named_rows_sql, names_sql};
pub use plain::plain;
pub use plain::sql;
pub use row::{Scope, dimension_sql};
pub use structure::structure_sql;
pub use tables::Tables;
pub use text::{ident, string, timestamp};
