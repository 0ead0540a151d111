//! What makes the plain lowering ([`crate::sql`]) run in DuckDB: macros, and a view per dataset over the files that were
//! found.

mod files;
mod formats;
mod prelude;

pub(crate) use prelude::prelude;
